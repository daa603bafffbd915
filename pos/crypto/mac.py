"""The three MACs of the field: UnionPay's ECB, X9.9 and X9.19. Each gives the 8 octets of field 64."""

from collections.abc import Callable
from enum import StrEnum

from pos.crypto.des import BLOCK, Double, padded


class MacAlgorithm(StrEnum):
    """By the names they are kept under."""

    UNIONPAY = "cup"
    X9_9 = "x9.9"
    X9_19 = "x9.19"


def unionpay(key: Double, octets: bytes) -> bytes:
    """All blocks XORed, written as 16 hexadecimal characters, those enciphered in two steps; the first 8 characters of the result.

    Blocks that change places keep this MAC: X9.19 does not have that weakness.
    """
    whole = padded(octets)
    folded = 0
    for begin in range(0, len(whole), BLOCK):
        folded ^= int.from_bytes(whole[begin : begin + BLOCK], "big")
    text = folded.to_bytes(BLOCK, "big").hex().upper().encode("ascii")
    half = int.from_bytes(key.encrypt(text[:BLOCK]), "big") ^ int.from_bytes(text[BLOCK:], "big")
    return key.encrypt(half.to_bytes(BLOCK, "big")).hex().upper()[:BLOCK].encode("ascii")


def x9_9(key: Double, octets: bytes) -> bytes:
    """CBC under the single key (ANSI X9.9, ISO 9797-1 algorithm 1)."""
    return key.first.chained(padded(octets))


def x9_19(key: Double, octets: bytes) -> bytes:
    """CBC under the first half, the last block once more through the second (ANSI X9.19, ISO 9797-1 algorithm 3)."""
    return key.first.encrypt(key.second.decrypt(key.first.chained(padded(octets))))


ALGORITHMS: dict[MacAlgorithm, Callable[[Double, bytes], bytes]] = {
    MacAlgorithm.UNIONPAY: unionpay,
    MacAlgorithm.X9_9: x9_9,
    MacAlgorithm.X9_19: x9_19,
}
KEY_OCTETS = {MacAlgorithm.UNIONPAY: 8, MacAlgorithm.X9_9: 8, MacAlgorithm.X9_19: 16}
"""How long a work key each is given."""
