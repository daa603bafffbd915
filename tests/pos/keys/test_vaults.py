"""Both key stores by one contract: the soft one, and a PKCS#11 token (Debian's softhsm2)."""

from collections.abc import Iterator

import pytest

from pos.crypto.des import Double, check_value
from pos.crypto.mac import ALGORITHMS, KEY_OCTETS, MacAlgorithm
from pos.crypto.pin import BadPinBlock, make_block
from pos.keys.soft import SoftVault
from pos.keys.vault import Kept, KeyName, KeyUse, KeyVault, VaultError
from recharge import KeyStore
from tests.pos.conftest import PIN
from tests.pos.vectors import octets

KEYS = KeyStore(bytes(range(32)))
MASTER = KeyName("KC000001", KeyUse.MASTER, 1)


@pytest.fixture(params=["soft", "token"])
def vault(request: pytest.FixtureRequest) -> Iterator[KeyVault]:
    if request.param == "soft":
        yield SoftVault(KEYS)
        return
    from pos.keys.token import TokenVault

    made = TokenVault(request.getfixturevalue("token"), KEYS)
    yield made
    made.close()


def test_a_key_comes_back_as_what_it_was(vault: KeyVault) -> None:
    key = octets("sign_in_f62", "tmk")
    kept = vault.keep(MASTER, key)
    assert vault.check_value(kept) == check_value(key)
    assert key not in kept.blob


def test_work_keys_reach_the_terminal_under_its_master_key(vault: KeyVault) -> None:
    key = octets("sign_in_f62", "tmk")
    master = vault.keep(MASTER, key)
    for use, length in ((KeyUse.PIN, 16), (KeyUse.MAC, 8), (KeyUse.MAC, 16)):
        work = vault.new_work_key(KeyName("KC000001", use, 7), length, master)
        clear = Double(key).decrypt(work.under_master)
        assert (len(clear), check_value(clear)) == (length, work.check)
        assert vault.check_value(work.kept) == work.check


@pytest.mark.parametrize("algorithm", list(MacAlgorithm))
@pytest.mark.parametrize("length", [1, 8, 9, 200])
def test_macs(vault: KeyVault, algorithm: MacAlgorithm, length: int) -> None:
    for key in (bytes(range(1, 1 + KEY_OCTETS[algorithm])), bytes(range(40, 56))):
        kept = vault.keep(KeyName("KC000001", KeyUse.MAC, 1), key)
        text = bytes(range(length))
        assert vault.mac(kept, algorithm, text) == ALGORITHMS[algorithm](Double(key), text)


def test_pin_blocks(vault: KeyVault) -> None:
    key = bytes(range(16))
    kept = vault.keep(KeyName("KC000001", KeyUse.PIN, 1), key)
    assert vault.open_pin(kept, Double(key).encrypt(make_block("274961")), "") == "274961"
    account = "6222000012345678901"
    assert vault.open_pin(kept, Double(key).encrypt(make_block("274961", account)), account) == "274961"
    with pytest.raises(BadPinBlock):
        vault.open_pin(kept, bytes(8), "")


def test_a_key_under_another_name_does_not_open(vault: KeyVault) -> None:
    kept = vault.keep(KeyName("KC000001", KeyUse.MAC, 1), bytes(range(16)))
    for name in (
        KeyName("KC000002", KeyUse.MAC, 1),
        KeyName("KC000001", KeyUse.PIN, 1),
        KeyName("KC000001", KeyUse.MAC, 2),
    ):
        with pytest.raises(VaultError):
            vault.check_value(Kept(name, kept.blob))
    with pytest.raises(VaultError):
        vault.check_value(Kept(kept.name, kept.blob[:-1] + bytes([kept.blob[-1] ^ 1])))


@pytest.mark.parametrize("length", [0, 7, 15, 24])
def test_keys_of_other_lengths(vault: KeyVault, length: int) -> None:
    with pytest.raises(VaultError):
        vault.keep(MASTER, bytes(length))


def test_few_keys_stay_open(vault: KeyVault, monkeypatch: pytest.MonkeyPatch) -> None:
    module = "soft" if isinstance(vault, SoftVault) else "token"
    monkeypatch.setattr(f"pos.keys.{module}._OPEN_KEYS", 2)
    kept = [vault.keep(KeyName("KC000001", KeyUse.MAC, version), bytes([version + 1]) * 16) for version in range(5)]
    for _ in range(2):
        for version, each in enumerate(kept):
            assert vault.check_value(each) == check_value(bytes([version + 1]) * 16)


def test_keys_outlive_the_process_and_the_token_tells_nothing(token: object) -> None:
    from pos.keys.token import TokenSettings, TokenVault

    assert isinstance(token, TokenSettings)
    first = TokenVault(token, KEYS)
    kept = first.keep(MASTER, bytes(range(16)))
    first.close()
    second = TokenVault(token, KEYS)
    assert second.check_value(kept) == check_value(bytes(range(16)))
    second.close()
    with pytest.raises(VaultError) as caught:
        TokenVault(TokenSettings(token.module, token.token, "999999"), KEYS)
    assert "999999" not in str(caught.value)
    for wrong in (TokenSettings("/nowhere.so", "kongchong", PIN), TokenSettings(token.module, "another", PIN)):
        with pytest.raises(VaultError):
            TokenVault(wrong, KEYS)
    with pytest.raises(VaultError):
        TokenVault(TokenSettings(token.module, token.token, PIN, "no-such-key"), KEYS)


def test_keys_of_one_store_do_not_open_in_the_other(token: object) -> None:
    from pos.keys.token import TokenSettings, TokenVault

    assert isinstance(token, TokenSettings)
    soft, hard = SoftVault(KEYS), TokenVault(token, KEYS)
    for first, second in ((soft, hard), (hard, soft)):
        with pytest.raises(VaultError):
            second.check_value(first.keep(MASTER, bytes(range(16))))
    hard.close()


def test_the_soft_store_shows_nothing_in_its_repr() -> None:
    assert "KeyName" not in repr(SoftVault(KEYS))
