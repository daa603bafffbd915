"""Messages to octets and back, by the table: pure, and with one error for whatever is wrong."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pos.codec import bcd
from pos.codec.errors import FrameError
from pos.codec.spec import MAC_FIELD, Field, Kind, fields_of

Value = str | bytes
_BITMAP = slice(2, 10)
_FIRST = 10
_MOST_FIELD = 64


@dataclass(frozen=True, slots=True)
class Message:
    """A message: its type (4 digits) and its fields by number. Text and digits are str, octets are bytes."""

    mti: str
    fields: Mapping[int, Value] = field(default_factory=dict)

    def text(self, number: int) -> str:
        """A field of digits or text; "" where it does not stand."""
        value = self.fields.get(number, "")
        return value if isinstance(value, str) else ""

    def octets(self, number: int) -> bytes:
        """A field of octets; empty where it does not stand."""
        value = self.fields.get(number, b"")
        return value if isinstance(value, bytes) else b""


def decode(octets: bytes) -> Message:
    """The message in these octets (MTI to the last field, nothing behind it). Raises FrameError and nothing else."""
    if len(octets) < _FIRST:
        raise FrameError(0, len(octets), "too short for a bitmap")
    mti = bcd.unpack(octets[:2], 4, 0, 0)
    present = int.from_bytes(octets[_BITMAP], "big")
    if present >> (_MOST_FIELD - 1):
        raise FrameError(1, 2, "a second bitmap is not of this dialect")
    table, position = fields_of(mti), _FIRST
    found: dict[int, Value] = {}
    for number in range(2, _MOST_FIELD + 1):
        if present >> (_MOST_FIELD - number) & 1:
            spec = table.get(number)
            if spec is None:
                raise FrameError(number, position, "a field that this dialect does not have")
            found[number], position = _read(octets, position, number, spec)
    if position != len(octets):
        raise FrameError(0, position, f"{len(octets) - position} octets behind the last field")
    return Message(mti, found)


def encode(message: Message) -> bytes:
    """The octets of a message. Raises FrameError for a value that does not fit its field."""
    table = fields_of(message.mti)
    present, pieces = 0, []
    for number in sorted(message.fields):
        spec = table.get(number)
        if spec is None:
            raise FrameError(number, 0, "a field that this dialect does not have")
        present |= 1 << (_MOST_FIELD - number)
        pieces.append(_write(message.fields[number], number, spec))
    if len(message.mti) != 4:
        raise FrameError(0, 0, "a type has four digits")
    return bcd.pack(message.mti, 0) + present.to_bytes(8, "big") + b"".join(pieces)


def mac_input(octets: bytes) -> bytes:
    """What the MAC of an encoded message is taken over: all of it but field 64, the last 8 octets."""
    return octets[: -_width(fields_of("")[MAC_FIELD])]


def gbk(octets: bytes, number: int) -> str:
    """Chinese text. Raises FrameError."""
    try:
        return octets.decode("gb18030")
    except UnicodeDecodeError as error:
        raise FrameError(number, error.start, "not GBK") from None


def _width(spec: Field) -> int:
    """Octets of a field of its full length."""
    return (spec.length + 1) // 2 if spec.kind in (Kind.DIGITS, Kind.TRACK) else spec.length


def _read(octets: bytes, position: int, number: int, spec: Field) -> tuple[Value, int]:
    begin, count = position, spec.length
    if spec.prefix:
        begin = position + spec.prefix
        if begin > len(octets):
            raise FrameError(number, position, "cut off in its length")
        count = int(bcd.unpack(octets[position:begin], 2 * spec.prefix, number, position))
        if count > spec.length:
            raise FrameError(number, position, f"longer than {spec.length}")
    digits = spec.kind in (Kind.DIGITS, Kind.TRACK)
    end = begin + ((count + 1) // 2 if digits else count)
    if end > len(octets):
        raise FrameError(number, begin, "cut off")
    piece = octets[begin:end]
    if digits:
        return bcd.unpack(piece, count, number, begin, right=spec.right, track=spec.kind is Kind.TRACK), end
    return (_ascii(piece, number, begin) if spec.kind is Kind.TEXT else piece), end


def _ascii(piece: bytes, number: int, position: int) -> str:
    try:
        return piece.decode("ascii")
    except UnicodeDecodeError:
        raise FrameError(number, position, "not ASCII") from None


def _write(value: Value, number: int, spec: Field) -> bytes:
    wanted = bytes if spec.kind is Kind.OCTETS else str
    if not isinstance(value, wanted):
        raise FrameError(number, 0, f"a value of another kind than {spec.kind.value}")
    if len(value) > spec.length or (not spec.prefix and len(value) != spec.length):
        raise FrameError(number, 0, f"{len(value)} long, where {spec.length} fit")
    head = bcd.pack(str(len(value)).zfill(2 * spec.prefix), number) if spec.prefix else b""
    if isinstance(value, bytes):
        return head + value
    if spec.kind is Kind.TEXT:
        if not value.isascii():
            raise FrameError(number, 0, "not ASCII")
        return head + value.encode("ascii")
    return head + bcd.pack(value, number, right=spec.right)
