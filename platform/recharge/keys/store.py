"""The key store: everything that needs the local master key, which never leaves this module."""

import hmac
from hashlib import sha256

from Crypto.Cipher import AES
from Crypto.Hash import SHA256
from Crypto.Protocol.KDF import HKDF
from Crypto.Random import get_random_bytes

MASTER_KEY_BYTES = 32
PASSWORD_KEY_VERSION = 1
_NONCE, _TAG = 12, 16


class CannotUnwrap(Exception):
    """A wrapped secret does not open: another master key, another purpose, or a changed byte."""


class KeyStore:
    """Holds the local master key (32 bytes) and the keys derived from it (HKDF-SHA256, RFC 5869)."""

    def __init__(self, master_key: bytes) -> None:
        if len(master_key) != MASTER_KEY_BYTES:
            raise ValueError("the local master key has 32 bytes")
        self._wrapping = _derive(master_key, b"kongchong wrap 1")
        self._passwords = {PASSWORD_KEY_VERSION: _derive(master_key, b"kongchong service password 1")}

    def __repr__(self) -> str:
        return "KeyStore(***)"

    def password_mac(self, version: int, salt: bytes, party_id: int, person_id: int, digits: str) -> bytes:
        """32 bytes that stand for a service password; useless without the master key."""
        message = b"%s|%d|%d|%s" % (salt, party_id, person_id, digits.encode())
        return hmac.digest(self._passwords[version], message, "sha256")

    def wrap(self, purpose: str, name: str, version: int, secret: bytes) -> bytes:
        """The secret under AES-256-GCM, bound to what it is for (NIST SP 800-38D; 96-bit random nonce)."""
        cipher = AES.new(self._wrapping, AES.MODE_GCM, nonce=get_random_bytes(_NONCE), mac_len=_TAG)
        cipher.update(_bound_to(purpose, name, version))
        text, tag = cipher.encrypt_and_digest(secret)
        return bytes(cipher.nonce + tag + text)

    def unwrap(self, purpose: str, name: str, version: int, wrapped: bytes) -> bytes:
        """The secret again. Raises CannotUnwrap."""
        nonce, tag, text = wrapped[:_NONCE], wrapped[_NONCE : _NONCE + _TAG], wrapped[_NONCE + _TAG :]
        try:
            cipher = AES.new(self._wrapping, AES.MODE_GCM, nonce=nonce, mac_len=_TAG)
            cipher.update(_bound_to(purpose, name, version))
            return cipher.decrypt_and_verify(text, tag)
        except ValueError as error:
            raise CannotUnwrap(f"{purpose}/{name}") from error

    def fingerprint(self) -> str:
        """Eight hex digits that tell one master key from another, for operators."""
        return sha256(self._wrapping).hexdigest()[:8]


def same(first: bytes, second: bytes) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(first, second)


def new_salt() -> bytes:
    """16 random bytes."""
    return get_random_bytes(16)


def _bound_to(purpose: str, name: str, version: int) -> bytes:
    return f"{purpose}|{name}|{version}".encode()


def _derive(master_key: bytes, purpose: bytes) -> bytes:
    derived = HKDF(master_key, 32, b"", SHA256, context=purpose)
    assert isinstance(derived, bytes)
    return derived
