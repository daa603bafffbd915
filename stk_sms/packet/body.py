"""The order inside an opened packet: tag, length, value, each with one octet of tag and one of length."""

from dataclasses import dataclass
from enum import IntEnum

from stk_sms.packet import bcd
from stk_sms.packet.errors import PacketError

VERSION = 1
NONCE_OCTETS = 8
# Tags from here on may be added by newer cards without asking; they are passed over.
_OPTIONAL_FROM = 0xC0
Found = dict[int, tuple[bytes, int]]


class StkOperation(IntEnum):
    """The menu of the card."""

    RECHARGE = 1
    REPEAT = 2
    QUERY = 3
    BALANCE = 4
    REVERSAL = 5
    TRANSFER = 6
    CHANGE_PASSWORD = 7
    KEY_UPDATED = 8


class Tag(IntEnum):
    """Fields of the body."""

    OPERATION = 0x81
    NONCE = 0x82
    NUMBER = 0x83
    AMOUNT = 0x84
    PASSWORD = 0x85
    SECOND_NUMBER = 0x86
    NEW_PASSWORD = 0x87
    ORIGINAL_NONCE = 0x88
    REPEAT_MARK = 0xC0


@dataclass(frozen=True, slots=True)
class Shape:
    """What an operation carries: tags it must have, tags it may have, and tags of which it needs at least one."""

    needed: frozenset[Tag]
    allowed: frozenset[Tag] = frozenset()
    one_of: frozenset[Tag] = frozenset()


_ALWAYS = frozenset({Tag.OPERATION, Tag.NONCE})
_ORDER = frozenset({Tag.NUMBER, Tag.AMOUNT, Tag.PASSWORD})
_WHICH = frozenset({Tag.ORIGINAL_NONCE, Tag.NUMBER, Tag.SECOND_NUMBER})
_PASSWORD = frozenset({Tag.PASSWORD})
SHAPES: dict[StkOperation, Shape] = {
    StkOperation.RECHARGE: Shape(_ORDER, frozenset({Tag.REPEAT_MARK})),
    StkOperation.REPEAT: Shape(_ORDER, frozenset({Tag.REPEAT_MARK, Tag.ORIGINAL_NONCE})),
    StkOperation.QUERY: Shape(frozenset(), _PASSWORD, _WHICH),
    StkOperation.BALANCE: Shape(frozenset(), _PASSWORD),
    StkOperation.REVERSAL: Shape(_PASSWORD, frozenset(), _WHICH),
    StkOperation.TRANSFER: Shape(frozenset({Tag.SECOND_NUMBER, Tag.AMOUNT, Tag.PASSWORD})),
    StkOperation.CHANGE_PASSWORD: Shape(frozenset({Tag.PASSWORD, Tag.NEW_PASSWORD})),
    StkOperation.KEY_UPDATED: Shape(frozenset()),
}
# What is in an order with nothing that could be left out: most messages are that, and need no closer look.
_BARE = {operation: shape.needed | _ALWAYS for operation, shape in SHAPES.items() if not shape.one_of}
# Octets a value may have.
_LENGTHS: dict[int, range] = {
    Tag.OPERATION: range(2, 3),
    Tag.NONCE: range(NONCE_OCTETS, NONCE_OCTETS + 1),
    Tag.NUMBER: range(6, 7),
    Tag.AMOUNT: range(4, 5),
    Tag.PASSWORD: range(3, 7),
    Tag.SECOND_NUMBER: range(1, 11),
    Tag.NEW_PASSWORD: range(3, 4),
    Tag.ORIGINAL_NONCE: range(NONCE_OCTETS, NONCE_OCTETS + 1),
    Tag.REPEAT_MARK: range(1, 2),
}


@dataclass(frozen=True, slots=True)
class Body:
    """One order from the card's menu. Numbers are digits as keyed; `amount_minor` in fen (0 to 2^32 - 1); nonces have 8 octets."""

    operation: StkOperation
    nonce: bytes
    number: str | None = None
    amount_minor: int | None = None
    password: str | None = None
    second_number: str | None = None
    new_password: str | None = None
    original_nonce: bytes | None = None
    repeat_mark: int = 0

    def __repr__(self) -> str:
        return f"Body({self.operation.name}, nonce={self.nonce.hex()}, number={self.number}, amount_minor={self.amount_minor}, ***)"


def parse_body(data: bytes) -> Body:
    """The order in an opened packet's data. Raises PacketError for anything but exactly one well-formed order."""
    found = _split(data)
    for tag in (Tag.OPERATION, Tag.NONCE):
        if tag not in found:
            raise PacketError(tag.name, 0, "missing")
    operation = _operation(*found[Tag.OPERATION])
    _check_shape(operation, found)
    return Body(
        operation,
        found[Tag.NONCE][0],
        number=_digits(found, Tag.NUMBER),
        amount_minor=_whole(found, Tag.AMOUNT),
        password=_digits(found, Tag.PASSWORD),
        second_number=_digits(found, Tag.SECOND_NUMBER),
        new_password=_digits(found, Tag.NEW_PASSWORD),
        original_nonce=found[Tag.ORIGINAL_NONCE][0] if Tag.ORIGINAL_NONCE in found else None,
        repeat_mark=_whole(found, Tag.REPEAT_MARK) or 0,
    )


def write_body(body: Body) -> bytes:
    """The octets of an order, tags in rising order; `parse_body` reads them back."""
    values: dict[Tag, bytes | None] = {
        Tag.OPERATION: bytes((VERSION, body.operation)),
        Tag.NONCE: body.nonce,
        Tag.NUMBER: bcd.pack(body.number, 6),
        Tag.AMOUNT: None if body.amount_minor is None else body.amount_minor.to_bytes(4),
        Tag.PASSWORD: bcd.pack(body.password, 3),
        Tag.SECOND_NUMBER: bcd.pack(body.second_number),
        Tag.NEW_PASSWORD: bcd.pack(body.new_password, 3),
        Tag.ORIGINAL_NONCE: body.original_nonce,
        Tag.REPEAT_MARK: bytes((body.repeat_mark,)) if body.repeat_mark else None,
    }
    return b"".join(bytes((tag, len(value))) + value for tag, value in values.items() if value is not None)


def _split(data: bytes) -> Found:
    """Values by tag, each with the octet it begins at."""
    found: Found = {}
    position, over = 0, len(data)
    while position < over:
        tag, start = data[position], position + 2
        if start > over or (end := start + data[position + 1]) > over:
            raise PacketError(f"tag {tag:02x}", position, "cut short")
        if tag in _LENGTHS:
            if tag in found:
                raise PacketError(Tag(tag).name, position, "twice")
            if end - start not in _LENGTHS[tag]:
                raise PacketError(Tag(tag).name, position + 1, f"{end - start} octets")
            found[tag] = (data[start:end], start)
        elif tag < _OPTIONAL_FROM:
            raise PacketError(f"tag {tag:02x}", position, "unknown")
        position = end
    return found


def _operation(value: bytes, position: int) -> StkOperation:
    if value[0] != VERSION:
        raise PacketError("OPERATION", position, f"version {value[0]}")
    try:
        return StkOperation(value[1])
    except ValueError as error:
        raise PacketError("OPERATION", position + 1, f"operation {value[1]}") from error


def _check_shape(operation: StkOperation, found: Found) -> None:
    if found.keys() == _BARE.get(operation):
        return
    shape = SHAPES[operation]
    for tag in sorted(shape.needed - found.keys()):
        raise PacketError(tag.name, 0, f"missing in {operation.name}")
    if shape.one_of and not shape.one_of & found.keys():
        raise PacketError(min(shape.one_of).name, 0, f"{operation.name} does not say which order")
    known = shape.needed | shape.allowed | shape.one_of | _ALWAYS
    for other in sorted(found.keys() - known):
        # What newer cards add of their own accord is passed over, wherever it stands.
        if other < _OPTIONAL_FROM:
            raise PacketError(Tag(other).name, found[other][1] - 2, f"does not belong to {operation.name}")


def _digits(found: Found, tag: Tag) -> str | None:
    if tag not in found:
        return None
    value, position = found[tag]
    return bcd.unpack(tag.name, value, position)


def _whole(found: Found, tag: Tag) -> int | None:
    return int.from_bytes(found[tag][0]) if tag in found else None
