"""Keys, MACs and PIN blocks against published vectors and DES put together by hand; no warning is hidden."""

import secrets
import warnings

import psec.des
import pytest
from cryptography.utils import CryptographyDeprecationWarning
from hypothesis import given
from hypothesis import strategies as st

from simulators.pos_terminal import ciphers, messages
from simulators.pos_terminal.ciphers import WrongKey
from tests.simulators.pos_terminal import octets
from tests.simulators.pos_terminal.host import MAC_KEYS, MASTER, PIN_KEY, Host, wrapped
from tests.simulators.pos_terminal.vectors import VECTORS, told

KEY = st.sampled_from([8, 16]).flatmap(lambda size: st.binary(min_size=size, max_size=size))
TEXT = st.binary(min_size=1, max_size=100)


class TestVectors:
    def test_unionpays_mac_of_the_published_frame(self) -> None:
        body = messages.read_frame(told("frame", "hex")[2:]).body
        made = ciphers.mac("cup-ecb", told("frame", "tak"), messages.signed_part(body))
        assert made.decode("ascii") == VECTORS["frame"]["mac_ascii"]

    @pytest.mark.parametrize(("algorithm", "entry"), [("x9.9", "x9_9"), ("x9.19", "x9_19")])
    def test_the_standards_own(self, algorithm: str, entry: str) -> None:
        made = ciphers.mac(algorithm, told(entry, "key"), VECTORS[entry]["text"].encode("ascii"))
        assert made == told(entry, "mac")

    def test_the_work_keys_of_a_published_sign_in(self) -> None:
        keys = ciphers.work_keys(told("sign_in_f62", "tmk"), told("sign_in_f62", "f62"))
        assert keys.pin == told("sign_in_f62", "pik")
        assert keys.mac == told("sign_in_f62", "mak")
        assert ciphers.check_value(keys.pin) == told("sign_in_f62", "pik_kcv")
        assert ciphers.check_value(keys.mac) == told("sign_in_f62", "mak_kcv")

    def test_the_pin_block_with_an_account(self) -> None:
        entry = VECTORS["pin_block_clear"]
        block = ciphers.pin_block(PIN_KEY, entry["pin"], entry["pan"])
        assert psec.des.decrypt_tdes_ecb(ciphers.whole(PIN_KEY), block) == told("pin_block_clear", "block")


class TestAgainstAnotherHand:
    @given(KEY, TEXT)
    def test_macs(self, key: bytes, text: bytes) -> None:
        assert ciphers.mac("cup-ecb", key, text) == octets.cup_ecb(key, text)
        assert ciphers.mac("x9.9", key[:8], text) == octets.x9_9(key, text)
        assert ciphers.mac("x9.19", key * 2 if len(key) == 8 else key, text) == octets.x9_19(key * 2 if len(key) == 8 else key, text)

    @given(st.binary(min_size=16, max_size=16), st.text("0123456789", min_size=4, max_size=12))
    def test_pin_blocks(self, key: bytes, password: str) -> None:
        clear = octets.ede(key, ciphers.pin_block(key, password), decrypt=True)
        assert clear.hex() == f"{len(password):02x}{password}".ljust(16, "f")

    def test_check_values(self) -> None:
        key = secrets.token_bytes(16)
        assert ciphers.check_value(key) == octets.ede(key, bytes(8))[:4]

    def test_the_account_is_taken_without_its_check_digit(self) -> None:
        account = "731000000018"
        plain = octets.ede(PIN_KEY, ciphers.pin_block(PIN_KEY, "123456"), decrypt=True)
        mixed = octets.ede(PIN_KEY, ciphers.pin_block(PIN_KEY, "123456", account), decrypt=True)
        assert bytes(left ^ right for left, right in zip(plain, mixed, strict=True)).hex() == account[:-1].zfill(16)


class TestWorkKeys:
    def field_62(self, pin: bytes, mac: bytes, tail: bytes = b"") -> bytes:
        shown = octets.ede(pin, bytes(8))[:4], octets.ede(mac, bytes(8))[:4]
        return wrapped(pin) + shown[0] + wrapped(mac).ljust(16, b"\0") + shown[1] + tail

    @pytest.mark.parametrize("mac", [MAC_KEYS["x9.19"], MAC_KEYS["x9.9"]], ids=["double", "single"])
    @pytest.mark.parametrize("tail", [b"", bytes(20)], ids=["two keys", "with a track key"])
    def test_they_are_unwrapped(self, mac: bytes, tail: bytes) -> None:
        assert ciphers.work_keys(MASTER, self.field_62(PIN_KEY, mac, tail)) == ciphers.WorkKeys(PIN_KEY, mac)

    def test_single_length_keys(self) -> None:
        pin, mac = PIN_KEY[:8], MAC_KEYS["x9.9"]
        parts = b"".join(wrapped(key) + octets.ede(key, bytes(8))[:4] for key in (pin, mac))
        assert ciphers.work_keys(MASTER, parts) == ciphers.WorkKeys(pin, mac)

    @pytest.mark.parametrize("place", [0, 17, 25, 37])
    def test_a_wrong_octet_is_seen(self, place: int) -> None:
        damaged = bytearray(self.field_62(PIN_KEY, MAC_KEYS["x9.19"]))
        damaged[place] ^= 0x10
        with pytest.raises(WrongKey):
            ciphers.work_keys(MASTER, bytes(damaged))

    @pytest.mark.parametrize("length", [0, 20, 56, 84])
    def test_other_lengths_are_refused(self, length: int) -> None:
        with pytest.raises(WrongKey):
            ciphers.work_keys(MASTER, bytes(length))

    def test_another_master_key_is_seen(self) -> None:
        with pytest.raises(WrongKey):
            ciphers.work_keys(bytes(16), self.field_62(PIN_KEY, MAC_KEYS["x9.19"]))


class TestComponents:
    def test_they_are_combined(self) -> None:
        first, second = secrets.token_bytes(16), secrets.token_bytes(16)
        third = bytes(a ^ b ^ c for a, b, c in zip(first, second, MASTER, strict=True))
        assert ciphers.combined([first, second, third]) == MASTER

    @pytest.mark.parametrize("components", [[], [bytes(8)], [bytes(16), bytes(24)]])
    def test_what_is_no_component_is_refused(self, components: list[bytes]) -> None:
        with pytest.raises(WrongKey):
            ciphers.combined(components)


class TestWarnings:
    def test_nothing_warns(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            for algorithm in ciphers.MAC_ALGORITHMS:
                ciphers.mac(algorithm, MAC_KEYS[algorithm], b"x" * 20)
            ciphers.pin_block(PIN_KEY, "123456")

    def test_a_key_that_should_warn_still_does(self) -> None:
        with pytest.warns(CryptographyDeprecationWarning, match="16-byte keys"):
            psec.des.encrypt_tdes_ecb(PIN_KEY, bytes(8))


def test_the_tests_host_makes_the_published_sign_in() -> None:
    """The host of these tests wraps its keys as the published host did."""
    host = Host("cup-ecb")
    answer = host._keys(type("Heard", (), {"net": "003"})())
    assert bytes.fromhex(answer[62]) == told("sign_in_f62", "f62")
