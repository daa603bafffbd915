"""The key store: what is wrapped opens for its own purpose only, and passwords leave nothing that can be turned back."""

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recharge.keys.store import PASSWORD_KEY_VERSION, CannotUnwrap, KeyStore, new_salt, same

MASTER, OTHER = bytes(range(32)), bytes(32)
STORE = KeyStore(MASTER)


def hkdf(key: bytes, purpose: bytes) -> bytes:
    """RFC 5869 with SHA-256, no salt, 32 bytes: one block of expansion."""
    extracted = hmac.digest(bytes(32), key, "sha256")
    return hmac.digest(extracted, purpose + b"\x01", "sha256")


@pytest.mark.parametrize("length", [0, 16, 31, 33, 64])
def test_a_master_key_has_thirty_two_bytes(length: int) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        KeyStore(bytes(length))


def test_the_store_shows_nothing() -> None:
    assert repr(STORE) == "KeyStore(***)"
    assert MASTER.hex() not in str(vars(STORE))


def test_a_service_passwords_digest_is_the_one_described() -> None:
    key = hkdf(MASTER, b"kongchong service password 1")
    expected = hmac.new(key, b"salt" + b"|7|0|836194", hashlib.sha256).digest()
    assert STORE.password_mac(PASSWORD_KEY_VERSION, b"salt", 7, 0, "836194") == expected


def test_every_part_of_a_digest_counts() -> None:
    macs = {
        STORE.password_mac(1, b"a" * 16, 7, 0, "836194"), STORE.password_mac(1, b"b" * 16, 7, 0, "836194"),
        STORE.password_mac(1, b"a" * 16, 8, 0, "836194"), STORE.password_mac(1, b"a" * 16, 7, 1, "836194"),
        STORE.password_mac(1, b"a" * 16, 7, 0, "836195"), KeyStore(OTHER).password_mac(1, b"a" * 16, 7, 0, "836194"),
    }  # fmt: skip
    assert len(macs) == 6


@given(st.binary(max_size=300))
def test_what_is_wrapped_opens_again(secret: bytes) -> None:
    assert STORE.unwrap("sim", "8986", 1, STORE.wrap("sim", "8986", 1, secret)) == secret


def test_the_same_secret_is_never_wrapped_the_same_way() -> None:
    assert len({STORE.wrap("sim", "8986", 1, b"secret") for _ in range(50)}) == 50


@pytest.mark.parametrize(("purpose", "name", "version"), [("terminal", "8986", 1), ("sim", "8987", 1), ("sim", "8986", 2)])
def test_a_secret_does_not_open_for_another_purpose(purpose: str, name: str, version: int) -> None:
    wrapped = STORE.wrap("sim", "8986", 1, b"secret")
    with pytest.raises(CannotUnwrap):
        STORE.unwrap(purpose, name, version, wrapped)


def test_a_secret_does_not_open_under_another_master_key() -> None:
    with pytest.raises(CannotUnwrap):
        KeyStore(OTHER).unwrap("sim", "8986", 1, STORE.wrap("sim", "8986", 1, b"secret"))


@given(st.integers(0, 33), st.integers(1, 255))
def test_a_changed_byte_does_not_open(place: int, change: int) -> None:
    wrapped = bytearray(STORE.wrap("sim", "8986", 1, b"secret"))
    assert len(wrapped) == 34
    wrapped[place] ^= change
    with pytest.raises(CannotUnwrap):
        STORE.unwrap("sim", "8986", 1, bytes(wrapped))


@given(st.binary(max_size=40))
def test_any_bytes_open_or_are_refused(wrapped: bytes) -> None:
    with pytest.raises(CannotUnwrap):
        STORE.unwrap("sim", "8986", 1, wrapped)


def test_one_master_key_is_told_from_another_without_showing_it() -> None:
    assert STORE.fingerprint() == KeyStore(MASTER).fingerprint() != KeyStore(OTHER).fingerprint()
    assert len(STORE.fingerprint()) == 8
    assert STORE.fingerprint() not in MASTER.hex()


def test_salts_are_new_each_time_and_bytes_are_compared_whole() -> None:
    assert len({new_salt() for _ in range(100)}) == 100
    assert len(new_salt()) == 16
    assert same(b"abc", b"abc")
    assert not same(b"abc", b"abd")
    assert not same(b"abc", b"ab")
