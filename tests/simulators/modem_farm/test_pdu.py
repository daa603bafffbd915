"""Short messages in PDU form: published examples, our own both ways, and a decoder and an encoder we did not write."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone

import pytest
from gsmmodem import pdu as other
from hypothesis import given
from hypothesis import strategies as st

from simulators.modem_farm import alphabet, pdu
from simulators.modem_farm.pdu import BadPdu, Deliver, Part, Report

AT = datetime(2026, 11, 27, 18, 9, 30, tzinfo=timezone(timedelta(hours=7)))
# The other codec has a grave accent for the section mark and no form feed, stumbles over a y with two dots,
# and cannot write letters beyond the first plane.
OTHERS = alphabet.from_septets(bytes(code for code in range(128) if code not in (0x1B, 0x5F))) + "€[]{}\\^~|"
OTHERS_SEVEN = st.text(OTHERS, min_size=1, max_size=600)
OTHERS_WIDE = st.text(
    st.characters(max_codepoint=0xFFFF, exclude_categories=["Cs"], exclude_characters="§`\f\x1bÿ"), min_size=1, max_size=300
)
SEVEN = st.text(alphabet.from_septets(bytes(range(0x1B)) + bytes(range(0x1C, 128))) + "€[]{}\\^~|", min_size=1, max_size=600)
WIDE = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=300)


def test_a_published_message_to_send() -> None:
    # dreamfabric.com, "SMS and the PDU format": to +46708251358, "hellohello", stored for four days.
    message = pdu.read_submit("0011000B916407281553F80000AA0AE8329BFD4697D9EC37", 23)
    assert (message.recipient, message.part.text) == ("+46708251358", "hellohello")
    assert (message.report, message.smsc, message.message_class) == (False, "", None)


def test_a_published_message_that_arrives() -> None:
    # The same page: from 27838890001, by the centre +27381000015, on 1999-03-29 15:16:59 +08:00.
    at = datetime(1999, 3, 29, 15, 16, 59, tzinfo=timezone(timedelta(hours=2)))
    octets, length = pdu.whole(Deliver("+27838890001", pdu.parts_of("hellohello", 0)[0], at, "+27381000015"))
    assert octets == "07917283010010F5040B917238880900F100009930925161958" + "00AE8329BFD4697D9EC37"
    assert length == 28


def test_the_centre_and_the_class_are_read() -> None:
    message = pdu.read_submit("07917283010010F521000B917238880900F100F10141", 14)
    assert (message.smsc, message.report, message.message_class, message.part.text) == ("+27381000015", True, 1, "A")


@pytest.mark.parametrize(
    ("scheme", "coding", "message_class"),
    [
        (0x00, pdu.SEVEN_BITS, None), (0x04, pdu.EIGHT_BITS, None), (0x08, pdu.UCS2, None), (0x0C, pdu.SEVEN_BITS, None),
        (0x10, pdu.SEVEN_BITS, 0), (0x1A, pdu.UCS2, 2), (0xF0, pdu.SEVEN_BITS, 0), (0xF6, pdu.EIGHT_BITS, 2),
        (0xC8, pdu.SEVEN_BITS, None), (0xE0, pdu.UCS2, None),
    ],
)  # fmt: skip
def test_coding_schemes(scheme: int, coding: int, message_class: int | None) -> None:
    assert pdu.coding_of(scheme) == (coding, message_class)


@pytest.mark.parametrize(("flags", "validity"), [(0x01, ""), (0x11, "AA"), (0x19, "62112781903282"), (0x09, "01" * 7)])
def test_validity_in_each_form(flags: int, validity: str) -> None:
    tpdu = f"{flags:02X}0004812143" + "0000" + validity + "0141"
    message = pdu.read_submit("00" + tpdu, len(tpdu) // 2)
    assert (message.recipient, message.part.text) == ("1234", "A")


@pytest.mark.parametrize(
    ("octets", "length", "what"),
    [
        ("", 0, "length"),
        ("zz", 1, "hexadecimal"),
        ("00", 5, "length"),
        ("0011", 1, "reference"),
        ("0004000481214300000141", 10, "SUBMIT"),
        ("000100048121430000", 8, "user data length"),
        ("00010004812143000005E8", 10, "user data"),
        ("0001000481214300000141FF", 11, "after"),
        ("004100048121430004020541", 11, "header"),
        ("00010004812143000499" + "00" * 0x99, 9 + 0x99, "too long"),
        ("0001000481", 4, "recipient"),
    ],
)
def test_octets_that_break_off_say_where(octets: str, length: int, what: str) -> None:
    with pytest.raises(BadPdu, match=what):
        pdu.read_submit(octets, length)


@given(st.binary(max_size=200), st.integers(0, 255))
def test_noise_is_refused_or_read_but_never_breaks(octets: bytes, length: int) -> None:
    with suppress(BadPdu):
        pdu.read_submit(octets.hex(), length)


@pytest.mark.parametrize(
    ("number", "octets"),
    [
        ("+6281200000001", "0D91261802000000F1"),
        ("10086", "0581" + "0180F6"),
        ("*777#", "0581" + "7A77FB"),
        ("TELKOMSEL", "10D0D4E2F2F97C4E0B44"[:4]),
    ],
)
def test_addresses(number: str, octets: str) -> None:
    assert pdu.write_address(number).hex().upper().startswith(octets)


@given(st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZabc 123", min_size=1, max_size=11).filter(lambda text: not set(text) <= set("0123456789abc")))
def test_letters_as_sender_are_read_by_another_decoder(sender: str) -> None:
    told = other.decodeSmsPdu(pdu.whole(Deliver(sender, Part(b"x"), AT))[0])
    assert told["number"] == sender


@given(st.datetimes(datetime(2000, 1, 1), datetime(2060, 1, 1)), st.integers(-47, 47))  # noqa: DTZ001  # the zone follows
def test_stamps_are_read_by_another_decoder(moment: datetime, quarters: int) -> None:
    at = moment.replace(microsecond=0, tzinfo=timezone(timedelta(minutes=15 * quarters)))
    told = other.decodeSmsPdu(pdu.whole(Deliver("10086", Part(b"x"), at))[0])
    assert told["time"].replace(tzinfo=None) == at.replace(tzinfo=None)


@given(st.one_of(OTHERS_SEVEN, OTHERS_WIDE))
def test_messages_that_arrive_are_read_by_another_decoder(text: str) -> None:
    parts = pdu.parts_of(text, 77)
    told = [other.decodeSmsPdu(pdu.whole(Deliver("+6281200000001", part, AT, "+6281100000"))[0]) for part in parts]
    assert "".join(one["text"] for one in told) == text
    assert {one["number"] for one in told} == {"+6281200000001"}
    assert {one["smsc"] for one in told} == {"+6281100000"}
    if len(parts) > 1:
        assert [(one["udh"][0].reference, one["udh"][0].parts, one["udh"][0].number) for one in told] == [
            (77, len(parts), number) for number in range(1, len(parts) + 1)
        ]


@given(st.one_of(OTHERS_SEVEN, OTHERS_WIDE), st.booleans())
def test_messages_another_encoder_wrote_are_read(text: str, report: bool) -> None:
    written = other.encodeSmsSubmitPdu("+6281200000001", text, reference=5, requestStatusReport=report)
    read = [pdu.read_submit(str(one), one.tpduLength) for one in written]
    assert "".join(one.part.text for one in read) == text
    assert {(one.recipient, one.report) for one in read} == {("+6281200000001", report)}
    if len(read) > 1:
        assert [one.part.place for one in read] == [(5, len(read), number) for number in range(1, len(read) + 1)]


def test_reports_are_read_by_another_decoder() -> None:
    octets, length = pdu.whole(Report(9, "+6281200000001", AT, AT + timedelta(seconds=5), 0x46, "+6281100000"))
    told = other.decodeSmsPdu(octets)
    assert (told["type"], told["reference"], told["number"], told["status"]) == ("SMS-STATUS-REPORT", 9, "+6281200000001", 0x46)
    assert told["discharge"] - told["time"] == timedelta(seconds=5)
    assert length == told["tpdu_length"]


@given(st.one_of(SEVEN, WIDE))
def test_parts_fit_and_never_cut_a_letter(text: str) -> None:
    for part in pdu.parts_of(text, 255):
        user_data = part.user_data()
        assert len(user_data) - 1 <= 140
        assert "\ufffd" not in part.text or "\ufffd" in text
        assert part.coding == pdu.UCS2 or part.content[-1:] != b"\x1b"


@pytest.mark.parametrize(("length", "parts"), [(160, 1), (161, 2), (306, 2), (307, 3)])
def test_how_many_parts(length: int, parts: int) -> None:
    assert len(pdu.parts_of("x" * length, 1)) == parts


@pytest.mark.parametrize(("length", "parts"), [(70, 1), (71, 2), (134, 2), (135, 3)])
def test_how_many_wide_parts(length: int, parts: int) -> None:
    assert len(pdu.parts_of("充" * length, 1)) == parts


def test_a_place_in_either_form_or_none() -> None:
    assert Part(b"", header=bytes([0, 3, 7, 2, 1])).place == (7, 2, 1)
    assert Part(b"", header=bytes([5, 4, 0, 1, 0, 1, 8, 4, 1, 0, 3, 2])).place == (256, 3, 2)
    assert Part(b"", header=bytes([5, 4, 0, 1, 0, 1])).place is None
    assert Part(b"").place is None


def test_binary_is_shown_in_hexadecimal() -> None:
    assert Part(b"\x01\xfe", pdu.EIGHT_BITS).text == "01FE"
    assert Deliver("10086", Part(b"\x01", pdu.EIGHT_BITS), datetime.now(UTC)).octets()[-1] == 1
