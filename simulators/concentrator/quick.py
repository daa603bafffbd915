"""MACs at the pace of a load test, on OpenSSL with a terminal's ciphers made once; the simulated terminal has them from psec."""

from collections.abc import Callable
from typing import Final

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, modes

_BLOCK = 8
_ZEROS: Final = bytes(_BLOCK)

Mac = Callable[[bytes], bytes]


def mac_of(algorithm: str, key: bytes) -> Mac:
    """A terminal's MAC by its profile's algorithm: octets in, field 64 out. Raises KeyError for an unknown algorithm."""
    return {"x9.19": _x9_19, "x9.9": _x9_9, "cup-ecb": _union_pay}[algorithm](key)


def _whole(key: bytes) -> TripleDES:
    return TripleDES(key * 3 if len(key) == _BLOCK else key + key[:_BLOCK])


def _xored(left: bytes, right: bytes) -> bytes:
    return (int.from_bytes(left, "big") ^ int.from_bytes(right, "big")).to_bytes(_BLOCK, "big")


def _filled(octets: bytes) -> bytes:
    return octets + bytes(-len(octets) % _BLOCK)


def _x9_19(key: bytes) -> Mac:
    # All blocks but the last in CBC under the left half; the last one under the whole key, which comes to the same as the
    # standard's three steps.
    chain, end = Cipher(_whole(key[:_BLOCK]), modes.CBC(_ZEROS)), Cipher(_whole(key), modes.ECB())  # noqa: S305  one block

    def made(octets: bytes) -> bytes:
        filled = _filled(octets)
        before = chain.encryptor().update(filled[:-_BLOCK])[-_BLOCK:] or _ZEROS
        return end.encryptor().update(_xored(before, filled[-_BLOCK:]))

    return made


def _x9_9(key: bytes) -> Mac:
    chain = Cipher(_whole(key), modes.CBC(_ZEROS))
    return lambda octets: chain.encryptor().update(_filled(octets))[-_BLOCK:]


def _union_pay(key: bytes) -> Mac:
    single = Cipher(_whole(key), modes.ECB())  # noqa: S305  one block at a time, as UnionPay has it

    def made(octets: bytes) -> bytes:
        filled, folded = _filled(octets), 0
        for start in range(0, len(filled), _BLOCK):
            folded ^= int.from_bytes(filled[start : start + _BLOCK], "big")
        letters = f"{folded:016X}".encode("ascii")
        first = single.encryptor().update(letters[:_BLOCK])
        return single.encryptor().update(_xored(first, letters[_BLOCK:])).hex().upper().encode("ascii")[:_BLOCK]

    return made
