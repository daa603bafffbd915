"""Recharges packed from a template, and answers read no further than needed: a hundred times a second and terminal."""

from dataclasses import dataclass
from typing import Final

from simulators.concentrator.quick import Mac

_LENGTH_OCTETS = 2
_TPDU: Final = bytes.fromhex("6000030000")
_HEADER: Final = bytes.fromhex("603100310000")
# 3 4 11 22 25 26 41 42 48 49 52 53 60 63 64, and without password, entry and operator for the question how it ended: 3 4 11 25 41 42 48
# 49 60 61 64. Fields 48 and 60 have lengths of two octets.
_SALE_BITMAP: Final = sum(1 << (64 - field) for field in (3, 4, 11, 22, 25, 26, 41, 42, 48, 49, 52, 53, 60, 63, 64)).to_bytes(8, "big")
_ASK_BITMAP: Final = sum(1 << (64 - field) for field in (3, 4, 11, 25, 41, 42, 48, 49, 60, 61, 64)).to_bytes(8, "big")
_PROCESSING: Final = bytes.fromhex("190000")
_ENTRY_CONDITION_LENGTH: Final = bytes.fromhex("01208106")
_CONDITION: Final = b"\x81"
_PASSWORD_KIND: Final = bytes.fromhex("1600000000000000")
_OPERATOR: Final = b"\x00\x0301 "
_REPLY_CODE, _TRACE = 39, 11
# Octets of the fields that may stand before field 39; a negative one is a length of that many octets in BCD, counting digits.
_SIZES: Final = {2: -1, 3: 3, 4: 6, 11: 3, 12: 3, 13: 2, 14: 2, 15: 2, 22: 2, 23: 2, 25: 1, 26: 1, 32: -1, 37: 12, 38: 6, 39: 2}


class Unreadable(ValueError):
    """An answer with something in it that a recharge's answer does not have."""


@dataclass
class Template:
    """What is the same in every recharge of a terminal under one set of keys; strings are as on the wire."""

    terminal: str
    merchant: str
    batch: str
    block: bytes
    mac: Mac
    line: bytes = b""

    def __post_init__(self) -> None:
        self._whose = self.terminal.encode("ascii") + self.merchant.encode("ascii")
        self._sale_head = b"\x02\x00" + _SALE_BITMAP + _PROCESSING
        self._ask_head = b"\x02\x20" + _ASK_BITMAP + _PROCESSING
        field_60 = b"\x00\x11" + bytes.fromhex(f"22{self.batch}0000")
        self._sale_tail = b"156" + self.block + _PASSWORD_KIND + field_60 + _OPERATOR
        self._before = _TPDU + self.line + _HEADER

    def recharge(self, trace: int, number: str, amount_minor: int) -> bytes:
        """0200/190000, a whole frame."""
        body = b"".join(
            (
                self._sale_head,
                bytes.fromhex(f"{amount_minor:012d}{trace:06d}"),
                _ENTRY_CONDITION_LENGTH,
                self._whose,
                business(number),
                self._sale_tail,
            )
        )
        return self._framed(body)

    def question(self, trace: int, number: str, amount_minor: int) -> bytes:
        """0220/190000 about that recharge, a whole frame."""
        about = b"156\x00\x11" + bytes.fromhex(f"48{self.batch}0000") + b"\x00\x12" + bytes.fromhex(f"{self.batch}{trace:06d}")
        amount = bytes.fromhex(f"{amount_minor:012d}{trace:06d}")
        return self._framed(b"".join((self._ask_head, amount, _CONDITION, self._whose, business(number), about)))

    def _framed(self, body: bytes) -> bytes:
        inside = self._before + body + self.mac(body)
        return len(inside).to_bytes(_LENGTH_OCTETS, "big") + inside

    def vouched(self, inside: bytes) -> bool:
        """Whether an answer's last eight octets are its MAC."""
        return self.mac(body_of(inside)[:-8]) == inside[-8:]


def business(number: str) -> bytes:
    """Field 48 of a recharge with its length: any carrier, airtime."""
    text = f"CZ0101{len(number):02d}{number}020200030200#".encode("ascii")
    return bytes.fromhex(f"{len(text):04d}") + text


def body_of(inside: bytes) -> bytes:
    """The message in a frame that no concentrator's block stands in."""
    return inside[len(_TPDU) + len(_HEADER) :]


def code_and_trace(inside: bytes) -> tuple[str, int]:
    """Fields 39 and 11 of an answer. Raises Unreadable."""
    body = body_of(inside)
    bitmap, place, trace = int.from_bytes(body[2:10], "big"), 10, -1
    for field in range(2, _REPLY_CODE + 1):
        if not bitmap >> (64 - field) & 1:
            continue
        size = _SIZES.get(field, 0)
        if size < 0:
            digits = int(body[place : place - size].hex() or "0")
            place, size = place - size, (digits + 1) // 2
        if not size or len(body) < place + size:
            raise Unreadable(f"field {field}")
        if field == _TRACE:
            trace = int(body[place : place + size].hex())
        if field == _REPLY_CODE:
            return body[place : place + size].decode("ascii"), trace
        place += size
    raise Unreadable("no code")
