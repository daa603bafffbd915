"""Any message that fits its table goes out and comes back, and any octets are a message or an error with a place."""

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from pos.codec import bcd
from pos.codec.errors import FrameError
from pos.codec.frame import Frame, parse, write
from pos.codec.message import Message, Value, decode, encode, mac_input
from pos.codec.spec import Field, Kind, fields_of

TYPES = ("0100", "0200", "0220", "0320", "0400", "0500", "0510", "0800", "0810", "0820")
DIGITS = st.text("0123456789")


def values(spec: Field) -> st.SearchStrategy[Value]:
    """Whatever fits a field."""
    least = 1 if spec.prefix else spec.length
    if spec.kind is Kind.OCTETS:
        return st.binary(min_size=least, max_size=spec.length)
    letters = {Kind.DIGITS: "0123456789", Kind.TRACK: "0123456789=", Kind.TEXT: "".join(map(chr, range(32, 127)))}[spec.kind]
    return st.text(letters, min_size=least, max_size=spec.length)


@st.composite
def messages(draw: st.DrawFn) -> Message:
    """Any message of any type."""
    mti = draw(st.sampled_from(TYPES))
    table = fields_of(mti)
    chosen = draw(st.sets(st.sampled_from(sorted(table)), max_size=12))
    return Message(mti, {number: draw(values(table[number])) for number in sorted(chosen)})


@given(messages())
def test_there_and_back(message: Message) -> None:
    assert decode(encode(message)) == message


@given(messages(), st.binary(min_size=8, max_size=8))
def test_the_mac_stands_behind_everything_it_is_over(message: Message, mac: bytes) -> None:
    octets = encode(Message(message.mti, {**message.fields, 64: mac}))
    assert mac_input(octets) + mac == octets


@given(messages(), st.binary(min_size=5, max_size=5), st.text("0123456789", min_size=12, max_size=12))
def test_frames_there_and_back(message: Message, tpdu: bytes, header: str) -> None:
    frame = Frame(tpdu, header, encode(message))
    assert parse(write(frame)[2:]) == frame


def place(reader: Callable[[bytes], object], octets: bytes) -> tuple[int, int]:
    """Where a reader stumbles; the beginning where it does not."""
    try:
        reader(octets)
    except FrameError as error:
        return error.field, error.position
    return 0, 0


@given(st.binary(max_size=300))
def test_any_octets(octets: bytes) -> None:
    for reader in (decode, parse):
        field, position = place(reader, octets)
        assert 0 <= field <= 64
        assert 0 <= position <= len(octets)


@given(DIGITS, st.booleans())
def test_digits_there_and_back(digits: str, right: bool) -> None:
    packed = bcd.pack(digits, 1, right=right)
    assert len(packed) == (len(digits) + 1) // 2
    assert bcd.unpack(packed, len(digits), 1, 0, right=right) == (digits or "")
