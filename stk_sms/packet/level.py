"""The least security a card's packet must have: checksum, ciphering and counter, with AES or, for legacy cards, triple DES."""

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from stk_sms.packet.errors import PacketError, ResponseStatus

CHECKSUM_OCTETS = 8
# Counter, padding counter and checksum follow the 7 octets of SPI, KIc, KID and TAR (TS 102 225, clause 5.1).
HEADER_LENGTH = 13 + CHECKSUM_OCTETS


class Algorithm(StrEnum):
    """Algorithms that are taken. The value is stored with a key version."""

    AES = "aes"
    TRIPLE_DES_2 = "3des2"
    TRIPLE_DES_3 = "3des3"


# Low nibble of KIc and KID (TS 102 225, 5.1.2 and 5.1.3). 1 is single DES and D is DES in ECB mode: both are broken in public since 2013.
NIBBLES = {0x2: Algorithm.AES, 0x5: Algorithm.TRIPLE_DES_2, 0x9: Algorithm.TRIPLE_DES_3}
_BY_ALGORITHM = {algorithm: nibble for nibble, algorithm in NIBBLES.items()}
_CHECKSUM, _CIPHERED = 0b10, 0b100


class Counter(StrEnum):
    """How the packet's own header wants its counter handled (SPI octet 1, b5 b4)."""

    NONE = "none"
    AVAILABLE = "available"
    HIGHER = "higher"
    NEXT = "next"


@dataclass(frozen=True, slots=True)
class Level:
    """What SPI, KIc and KID ask for. `key_version` is 1 to 15 and the same for both keys."""

    algorithm: Algorithm
    key_version: int
    counter: Counter


def key_octet(algorithm: Algorithm, key_version: int) -> int:
    """KIc or KID for an algorithm and a key version."""
    return key_version << 4 | _BY_ALGORITHM[algorithm]


@lru_cache(maxsize=256)
def check_level(spi: bytes, kic: int, kid: int, header_length: int) -> Level:
    """The level of a packet whose header reads so. Raises PacketError with INSUFFICIENT_LEVEL.

    Positions are those of the command packet: CPL at 0, CHL at 2, SPI at 3, KIc at 5, KID at 6.
    """
    if spi[0] & 0b11 != _CHECKSUM:
        raise _weak("SPI", 3, "no cryptographic checksum")
    if not spi[0] & _CIPHERED:
        raise _weak("SPI", 3, "not ciphered")
    counter = tuple(Counter)[spi[0] >> 3 & 0b11]
    if counter is Counter.NONE or spi[0] >> 5:
        raise _weak("SPI", 3, "no counter" if counter is Counter.NONE else "reserved bits")
    return Level(_algorithm(kic, kid), _version(kic, kid, header_length), counter)


def _algorithm(kic: int, kid: int) -> Algorithm:
    algorithm = NIBBLES.get(kic & 0xF)
    if algorithm is None:
        raise _weak("KIc", 5, f"algorithm {kic & 0xF:x}")
    if kid & 0xF != kic & 0xF:
        raise _weak("KID", 6, f"algorithm {kid & 0xF:x} beside {kic & 0xF:x}")
    return algorithm


def _version(kic: int, kid: int, header_length: int) -> int:
    if not kic >> 4:
        raise _weak("KIc", 5, "no key version")
    if kid >> 4 != kic >> 4:
        raise _weak("KID", 6, "another key version than KIc")
    if header_length != HEADER_LENGTH:
        raise _weak("CHL", 2, f"{header_length}, not {HEADER_LENGTH}: the checksum has {CHECKSUM_OCTETS} octets")
    return kic >> 4


def _weak(field: str, position: int, reason: str) -> PacketError:
    return PacketError(field, position, reason, ResponseStatus.INSUFFICIENT_LEVEL)
