"""Key versions' lives and the key store behind them."""

from datetime import UTC, datetime, timedelta

import pytest

from recharge.keys.store import CannotUnwrap, KeyStore
from stk_sms.cards.errors import CardError, CardProblem
from stk_sms.cards.keyring import CHECKSUM_PURPOSE, CIPHERING_PURPOSE, Keyring, MasterKeys
from stk_sms.cards.records import KeyState, KeyVersion
from stk_sms.packet import Algorithm, card_keys
from tests.stk_sms.till import ICCID, KEY_SET, MASTERS, NEW_MASTERS, MemoryShelf, Till

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)


def states(till: Till) -> list[str]:
    return [item.state.value for item in till.keys.versions(KEY_SET)]


def refused(till: Till, command: str, *arguments: object) -> CardProblem:
    with pytest.raises(CardError) as caught:
        getattr(till.keys, command)(*arguments)
    return caught.value.problem


def test_a_version_is_pending_then_active_then_retiring_then_dead(till: Till) -> None:
    assert states(till) == ["active"]
    assert till.keys.add(KEY_SET, Algorithm.AES, *NEW_MASTERS) == 2
    assert states(till) == ["active", "pending"]
    till.keys.activate(KEY_SET, 2, timedelta(days=30))
    assert states(till) == ["retiring", "active"]
    assert till.keys.versions(KEY_SET)[0].retire_at == till.now() + timedelta(days=30)
    assert till.keys.end_retired() == 0
    till.world.clock.pass_time(days=30)
    assert till.keys.end_retired() == 1
    assert states(till) == ["dead", "active"]


def test_a_version_killed_at_once(till: Till) -> None:
    till.keys.kill(KEY_SET, 1)
    assert states(till) == ["dead"]
    assert refused(till, "kill", KEY_SET, 1) is CardProblem.NO_KEY_VERSION


@pytest.mark.parametrize("version", [1, 2])
def test_only_a_pending_version_is_activated(till: Till, version: int) -> None:
    assert refused(till, "activate", KEY_SET, version, timedelta()) in {CardProblem.WRONG_STATE, CardProblem.NO_KEY_VERSION}
    assert states(till) == ["active"]


def test_versions_run_out(till: Till) -> None:
    for version in range(2, 16):
        assert till.keys.add(KEY_SET, Algorithm.AES, *NEW_MASTERS) == version
    assert refused(till, "add", KEY_SET, Algorithm.AES, *NEW_MASTERS) is CardProblem.NO_VERSION_LEFT


@pytest.mark.parametrize(
    ("algorithm", "kic", "kid"),
    [
        (Algorithm.AES, bytes(15), bytes(range(16))),
        (Algorithm.AES, bytes(range(16)), bytes(range(16))),
        (Algorithm.TRIPLE_DES_2, bytes(range(8)) * 2, bytes(range(16))),
        (Algorithm.TRIPLE_DES_2, bytes(range(16)), bytes(range(8))),
    ],
)
def test_keys_that_cannot_be(till: Till, algorithm: Algorithm, kic: bytes, kid: bytes) -> None:
    assert refused(till, "add", KEY_SET, algorithm, kic, kid) is CardProblem.BAD_KEY
    assert states(till) == ["active"]


@pytest.mark.parametrize("name", ["", "G D", "广东", "G" * 25])
def test_a_key_set_whose_name_cannot_be(till: Till, name: str) -> None:
    assert refused(till, "add", name, Algorithm.AES, *MASTERS) is CardProblem.BAD_KEY_SET


def test_key_sets_do_not_know_each_other(till: Till) -> None:
    assert till.keys.add("JS", Algorithm.TRIPLE_DES_2, *MASTERS) == 1
    assert states(till) == ["active"]


@pytest.fixture
def shelf() -> MemoryShelf:
    return MemoryShelf()


@pytest.fixture
def masters(shelf: MemoryShelf) -> MasterKeys:
    return MasterKeys(KeyStore(bytes(range(32))), shelf)


def test_master_keys_lie_wrapped(masters: MasterKeys, shelf: MemoryShelf) -> None:
    masters.keep(KEY_SET, 1, *MASTERS)
    assert masters.open(KEY_SET, 1) == MASTERS
    assert set(shelf.kept) == {(CIPHERING_PURPOSE, KEY_SET, 1), (CHECKSUM_PURPOSE, KEY_SET, 1)}
    assert not any(key in wrapped for key in MASTERS for wrapped in shelf.kept.values())


def test_a_wrapped_key_stands_in_for_no_other(masters: MasterKeys, shelf: MemoryShelf) -> None:
    masters.keep(KEY_SET, 1, *MASTERS)
    shelf.kept[CIPHERING_PURPOSE, KEY_SET, 2] = shelf.kept[CIPHERING_PURPOSE, KEY_SET, 1]
    shelf.kept[CHECKSUM_PURPOSE, KEY_SET, 2] = shelf.kept[CIPHERING_PURPOSE, KEY_SET, 1]
    with pytest.raises(CannotUnwrap):
        masters.open(KEY_SET, 2)


def test_a_version_is_kept_once(masters: MasterKeys) -> None:
    masters.keep(KEY_SET, 1, *MASTERS)
    with pytest.raises(ValueError, match="there already"):
        masters.keep(KEY_SET, 1, *NEW_MASTERS)
    assert masters.open(KEY_SET, 1) == MASTERS


def test_a_keyring_derives_once(masters: MasterKeys, shelf: MemoryShelf) -> None:
    masters.keep(KEY_SET, 1, *MASTERS)
    keyring, version = Keyring(masters), KeyVersion(KEY_SET, 1, Algorithm.AES, KeyState.ACTIVE)
    keys = keyring.keys_of(ICCID, version)
    assert keys == card_keys(Algorithm.AES, *MASTERS, ICCID, 1)
    shelf.kept.clear()
    assert keyring.keys_of(ICCID, version) is keys


def test_keys_that_came_late_are_found(masters: MasterKeys) -> None:
    keyring, version = Keyring(masters), KeyVersion(KEY_SET, 1, Algorithm.AES, KeyState.ACTIVE)
    with pytest.raises(LookupError):
        keyring.keys_of(ICCID, version)
    masters.keep(KEY_SET, 1, *MASTERS)
    assert keyring.keys_of(ICCID, version).kic


@pytest.mark.parametrize(
    ("state", "retire_at", "verifies"),
    [
        (KeyState.PENDING, None, False),
        (KeyState.ACTIVE, None, True),
        (KeyState.RETIRING, NOW + timedelta(seconds=1), True),
        (KeyState.RETIRING, NOW, False),
        (KeyState.RETIRING, None, False),
        (KeyState.DEAD, None, False),
    ],
)
def test_which_versions_are_taken(state: KeyState, retire_at: datetime | None, verifies: bool) -> None:
    assert KeyVersion(KEY_SET, 1, Algorithm.AES, state, retire_at).verifies(NOW) is verifies
