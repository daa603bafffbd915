"""The terminal's cryptography on psec: work keys under the master key, check values, MACs, PIN blocks."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import psec.des
import psec.mac
import psec.pinblock
from cryptography.hazmat.decrepit.ciphers import algorithms as moved

# psec looks for TripleDES where cryptography used to keep it and is warned at every call. It is given the new place, so that
# nobody has to silence warnings.
for _module in (psec.des, psec.mac):
    vars(_module)["_algorithms"] = moved

_BLOCK = 8
_DOUBLE = 16
_CHECK_OCTETS = 4
_SHORTEST_ACCOUNT = 13
_NOTHING: Final = bytes(_BLOCK)
# Where each key stands in field 62 by the field's length: PIN key and MAC key, each with its check value behind it.
_PLACES: Final[Mapping[int, tuple[slice, slice]]] = {
    24: (slice(0, 8), slice(12, 20)),
    40: (slice(0, 16), slice(20, 36)),
    60: (slice(0, 16), slice(20, 36)),
}


class WrongKey(ValueError):
    """A key whose check value does not fit, or a field 62 of a length nobody uses."""


@dataclass(frozen=True)
class WorkKeys:
    """The keys of a sign-in, in clear: PIN key and MAC key, of 8 or 16 octets."""

    pin: bytes
    mac: bytes


def whole(key: bytes) -> bytes:
    """A single or double key as the three keys of TripleDES."""
    return key * 3 if len(key) == _BLOCK else key + key[:_BLOCK]


def check_value(key: bytes) -> bytes:
    """The first four octets of eight zeros under the key."""
    return psec.des.generate_kcv(whole(key), _CHECK_OCTETS)


def combined(components: list[bytes]) -> bytes:
    """A master key from its components, exclusive or. Raises WrongKey."""
    if not components or {len(one) for one in components} != {_DOUBLE}:
        raise WrongKey("components of 16 octets each are needed")
    key = bytes(_DOUBLE)
    for one in components:
        key = bytes(left ^ right for left, right in zip(key, one, strict=True))
    return key


def work_keys(master: bytes, field_62: bytes) -> WorkKeys:
    """Field 62 of a sign-in's answer under the terminal's master key. Raises WrongKey."""
    try:
        places = _PLACES[len(field_62)]
    except KeyError:
        raise WrongKey(f"{len(field_62)} octets of keys") from None
    return WorkKeys(*(_unwrapped(master, field_62, place) for place in places))


def _unwrapped(master: bytes, field_62: bytes, place: slice) -> bytes:
    wrapped = field_62[place]
    if wrapped[_BLOCK:] == _NOTHING:
        # A single-length MAC key stands in the room of a double one.
        wrapped = wrapped[:_BLOCK]
    key = psec.des.decrypt_tdes_ecb(whole(master), wrapped)
    if check_value(key) != field_62[place.stop : place.stop + _CHECK_OCTETS]:
        raise WrongKey("check value does not fit")
    return key


def _union_pay(key: bytes, octets: bytes) -> bytes:
    """All blocks folded into one by exclusive or, written as 16 hexadecimal letters, enciphered by halves; 8 letters of the end."""
    folded = bytes(_BLOCK)
    for start in range(0, len(octets), _BLOCK):
        block = octets[start : start + _BLOCK].ljust(_BLOCK, b"\0")
        folded = bytes(left ^ right for left, right in zip(folded, block, strict=True))
    letters = folded.hex().upper().encode("ascii")
    first = psec.des.encrypt_tdes_ecb(whole(key), letters[:_BLOCK])
    second = bytes(left ^ right for left, right in zip(first, letters[_BLOCK:], strict=True))
    return psec.des.encrypt_tdes_ecb(whole(key), second).hex().upper().encode("ascii")[:_BLOCK]


def _x9_9(key: bytes, octets: bytes) -> bytes:
    return psec.mac.generate_cbc_mac(whole(key), octets, padding=1)


def _x9_19(key: bytes, octets: bytes) -> bytes:
    first, second = key[:_BLOCK], key[-_BLOCK:]
    return psec.mac.generate_retail_mac(whole(first), whole(second), octets, padding=1)


_MACS: Final[Mapping[str, Callable[[bytes, bytes], bytes]]] = {"x9.19": _x9_19, "x9.9": _x9_9, "cup-ecb": _union_pay}
MAC_ALGORITHMS: Final = tuple(_MACS)


def mac(algorithm: str, key: bytes, octets: bytes) -> bytes:
    """Field 64, 8 octets, by one of MAC_ALGORITHMS."""
    return _MACS[algorithm](key, octets)


def pin_block(key: bytes, password: str, account: str = "") -> bytes:
    """Field 52: the password in ANSI X9.8 form, with an account number or without, under the PIN key."""
    # Without an account the form is the password's part alone, and an account of zeros changes nothing in it. The last digit of an
    # account is a check digit, which the form leaves out.
    clear = psec.pinblock.encode_pinblock_iso_0(password, account.rjust(_SHORTEST_ACCOUNT, "0"))
    return psec.des.encrypt_tdes_ecb(whole(key), clear)
