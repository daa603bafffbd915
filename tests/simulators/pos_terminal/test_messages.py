"""The codec against a published frame and a second implementation; whatever else comes is refused as one kind of error."""

import os
import random
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.pos_terminal import messages
from simulators.pos_terminal.messages import BadMessage, Frame, Message
from tests.simulators.pos_terminal import octets
from tests.simulators.pos_terminal.vectors import told

PUBLISHED = told("frame", "hex")
MUTATIONS = 300 * int(os.environ.get("KONGCHONG_SEEDS", "1"))


def field_value(number: int, message_type: str) -> st.SearchStrategy[str]:
    """Any value a field of the table can have."""
    kind, counted, length = octets.kind_of(message_type, number)
    least = 1 if counted else length
    if kind == "n":
        return st.text("0123456789", min_size=least, max_size=length)
    if kind == "c":
        # What a terminal's text fields carry; those of a fixed length are ASCII.
        letters = "AZ09 充值" if counted else "AZ09 "
        return st.text(letters, min_size=least, max_size=length // 2 if counted else length)
    return st.binary(min_size=least, max_size=length).map(bytes.hex)


@st.composite
def any_message(draw: st.DrawFn) -> tuple[str, dict[int, str]]:
    """A message type and some fields."""
    message_type = draw(st.sampled_from(["0100", "0200", "0210", "0220", "0230", "0320", "0400", "0410", "0500", "0510", "0800", "0810"]))
    numbers = draw(st.sets(st.sampled_from(sorted(octets.TABLE)), max_size=12))
    return message_type, {number: draw(field_value(number, message_type)) for number in numbers}


class TestPublishedFrame:
    def test_it_decodes_completely(self) -> None:
        frame = messages.read_frame(PUBLISHED[2:])
        message = messages.unpack(frame.body)
        assert (frame.tpdu.hex(), frame.header, frame.line, message.type) == ("6000030000", "603210320072", b"", "0200")
        assert message.get(4) == "000000001234"
        assert message.get(22) == "030"
        assert message.get(42) == "952718182217875"
        assert message.get(60) == "2600000100060000000"
        assert bytes.fromhex(message.get(64)) == b"B3A092AE"

    def test_it_encodes_to_the_same_octets(self) -> None:
        frame = messages.read_frame(PUBLISHED[2:])
        packed = messages.pack(messages.unpack(frame.body))
        assert Frame(packed, frame.tpdu, frame.header).octets() == PUBLISHED

    def test_the_mac_is_over_everything_before_it(self) -> None:
        body = messages.read_frame(PUBLISHED[2:]).body
        assert messages.signed_part(body) + b"B3A092AE" == body


class TestPaddings:
    @pytest.mark.parametrize(
        ("number", "value", "packed"),
        [
            (22, "012", "0120"),
            (22, "072", "0720"),
            (23, "001", "0001"),
            (2, "123456789", "091234567890"),
            (35, "1234D5", "061234d5"),
            (60, "22000001000", "0011220000010000"),
            (61, "000001000002", "0012000001000002"),
            (32, "12345678", "0812345678"),
            (48, "435a", "0002435a"),
            (63, "01 ", "0003303120"),
            (54, "充", "0002b3e4"),
            (39, "A6", "4136"),
        ],
    )
    def test_a_field_is_packed_as_the_field_does(self, number: int, value: str, packed: str) -> None:
        assert messages.pack(Message("0200", {number: value}))[10:].hex() == packed
        back = messages.unpack(messages.pack(Message("0200", {number: value}))).get(number)
        assert back.upper() == value.upper()

    def test_a_settlements_field_48_is_digits(self) -> None:
        digits = "1" * 62
        packed = messages.pack(Message("0500", {48: digits}))
        assert packed[10:12].hex() == "0062"
        assert len(packed) == 12 + 31
        assert messages.unpack(packed).get(48) == digits


class TestDifferential:
    @given(any_message())
    def test_both_codecs_write_the_same_octets(self, told: tuple[str, dict[int, str]]) -> None:
        assert messages.pack(Message(*told)) == octets.write(*told)

    @given(any_message())
    def test_both_codecs_read_the_same_fields(self, told: tuple[str, dict[int, str]]) -> None:
        body = octets.write(*told)
        message = messages.unpack(body)
        message_type, fields = octets.read(body)
        assert message.type == message_type
        assert {number: value.lower() for number, value in message.fields.items()} == {n: v.lower() for n, v in fields.items()}


class TestRefused:
    def test_mutated_frames_raise_the_codecs_own_error_only(self) -> None:
        chance = random.Random(MUTATIONS)
        for _ in range(MUTATIONS):
            damaged = bytearray(PUBLISHED[2:])
            for _ in range(chance.randint(1, 4)):
                damaged[chance.randrange(len(damaged))] = chance.randrange(256)
            cut = bytes(damaged[: chance.randint(0, len(damaged))])
            try:
                messages.unpack(messages.read_frame(cut).body)
            except BadMessage:
                continue

    @given(st.binary(max_size=80))
    def test_noise_raises_nothing_else(self, noise: bytes) -> None:
        with suppress(BadMessage):
            messages.unpack(noise)

    def test_the_error_does_not_carry_the_message(self) -> None:
        body = messages.read_frame(PUBLISHED[2:]).body
        with pytest.raises(BadMessage) as caught:
            messages.unpack(body[:-3])
        assert "field 64" in str(caught.value)
        assert "952718182217875" not in str(caught.value)

    @pytest.mark.parametrize("fields", [{4: "12"}, {70: "1"}, {39: "000"}, {60: "1" * 41}, {11: "12345x"}])
    def test_fields_that_do_not_fit_cannot_be_packed(self, fields: dict[int, str]) -> None:
        with pytest.raises(BadMessage):
            messages.pack(Message("0200", fields))

    @pytest.mark.parametrize("inside", [b"", b"\x60" * 11, b"\x60\0\3\0\0LRI\0\x1c"])
    def test_too_little_is_no_frame(self, inside: bytes) -> None:
        with pytest.raises(BadMessage):
            messages.read_frame(inside)

    def test_letters_no_terminal_can_print_are_refused(self) -> None:
        body = octets.write("0210", {63: "ab"})[:-2] + b"\xff\xff"
        with pytest.raises(BadMessage, match="field 63"):
            messages.unpack(body)


class TestFrame:
    def test_the_dial_up_block_is_set_apart(self) -> None:
        line = messages.dial_up("073112345678", "96188")
        assert line.hex() == "4c5249001c" + "073112345678ffff" + "96188fffffffffff" + "580009490006000000220030"
        frame = Frame(b"\x08\x20" + bytes(8), line=line)
        back = messages.read_frame(frame.octets()[2:])
        assert (back.line, back.body, back.header) == (line, frame.body, messages.HEADER)

    def test_the_length_does_not_count_itself(self) -> None:
        whole = Frame(b"\x08\x20" + bytes(8)).octets()
        assert int.from_bytes(whole[:2], "big") == len(whole) - 2

    def test_the_hosts_wish_is_the_headers_sixth_digit(self) -> None:
        assert Frame(b"", header="603103310000").wish == "3"

    def test_an_answers_type_is_ten_more(self) -> None:
        assert [Message(one).answer_type for one in ("0200", "0800", "0320")] == ["0210", "0810", "0330"]

    def test_fields_are_changed_by_name(self) -> None:
        message = Message("0200", {3: "190000"}).having(f11="000001", f3="280000")
        assert message.fields == {3: "280000", 11: "000001"}
        assert message.get(64) == ""
