"""Short messages at their edges: headers before packed text, names of every length, odd validity, codings by group, cut septets."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from gsm import alphabet, concat, pdu, septets, text, udh

MOMENT = datetime(2026, 11, 21, 20, 40, 1, tzinfo=timezone(timedelta(hours=8)))


def delivered(line: str) -> pdu.Deliver:
    found = pdu.decode(line)
    assert isinstance(found, pdu.Deliver)
    return found


def deliver(data: bytes, coding: int = text.GSM7, header: bytes = b"", sender: str = "10086") -> str:
    return pdu.encode_deliver(pdu.Deliver(pdu.Address(sender), data, MOMENT, coding, header))[0]


@pytest.mark.parametrize("length", range(1, 12))
def test_a_senders_name_keeps_its_length(length: int) -> None:
    # Eleven letters are the most that ten octets hold (9.1.2.5); seven and eight differ by no octet.
    name = "ABCDEFGHIJK"[:length]
    line, _ = pdu.encode_deliver(pdu.Deliver(pdu.Address(name, pdu.ALPHANUMERIC), b"x", MOMENT))
    assert str(delivered(line).sender) == name


@pytest.mark.parametrize("octets", range(1, 9))
def test_text_behind_a_header_of_any_length_begins_at_a_septet(octets: int) -> None:
    header = udh.build((udh.Element(0x70, bytes(octets)),))
    words = alphabet.encode("Kongchong {10}")
    found = delivered(deliver(words, header=header))
    assert (found.header, found.data, found.text) == (header, words, "Kongchong {10}")


@pytest.mark.parametrize("length", [0, 1, 6, 7, 8, 9, 159, 160])
def test_texts_of_any_length_come_back_without_an_at_sign_too_many(length: int) -> None:
    assert delivered(deliver(alphabet.encode("@" * length))).text == "@" * length


@pytest.mark.parametrize(
    ("coding", "packed"),
    [(0x00, True), (0x10, True), (0xF0, True), (0xC0, True), (0xD0, True), (0x08, False), (0x18, False), (0xE0, False), (0x04, False),
     (0xF4, False), (0xF6, False), (0x20, False)],
)  # fmt: skip
def test_which_codings_travel_packed(coding: int, packed: bool) -> None:
    line = deliver(b"\x31\x32\x33\x34", coding)
    assert line.endswith("31D98C06") is packed
    assert delivered(line).data == b"1234"


@pytest.mark.parametrize(
    ("coding", "binary", "ucs2", "gsm7"),
    [
        (0x00, False, False, True),
        (0x01, False, False, False),
        (0x02, True, False, False),
        (0x03, False, False, False),
        (0x04, True, False, False),
        (0x08, False, True, False),
        (0x14, True, False, False),
        (0x19, False, True, False),
        (0x3C, False, False, True),
        (0xC8, False, False, True),
        (0xE8, False, True, False),
        (0xF3, False, False, True),
        (0xF5, True, False, False),
    ],
)
def test_a_coding_says_one_thing(coding: int, binary: bool, ucs2: bool, gsm7: bool) -> None:
    assert (text.is_binary(coding), text.is_ucs2(coding), text.is_gsm7(coding)) == (binary, ucs2, gsm7)


def stored(first: int, period: str) -> str:
    """A SUBMIT of ours as it lies on a card, with the octets of its validity period."""
    return f"00{first:02X}2A" + "05810180F6" + "0000" + period + "0131"


@pytest.mark.parametrize(
    ("first", "period", "seconds"),
    [
        (0x01, "", 0),
        (0x11, "00", 300),
        (0x11, "8F", 43_200),
        (0x11, "A7", 86_400),
        (0x11, "C4", 2_592_000),
        (0x11, "FF", 38_102_400),
        (0x09, "01020304050607", 0),
        (0x19, "62111202041023", 0),
    ],
)
def test_every_form_of_the_validity_period_is_read_past(first: int, period: str, seconds: int) -> None:
    found = pdu.decode(stored(first, period))
    assert isinstance(found, pdu.Submit)
    assert (str(found.recipient), found.data, found.valid_seconds, found.reference) == ("10086", b"1", seconds, 42)


def test_a_report_that_is_asked_for_is_asked_for_again() -> None:
    found = pdu.decode(stored(0x21, ""))
    assert isinstance(found, pdu.Submit)
    assert found.want_report
    assert pdu.encode(found)[0] == stored(0x21, "")


@pytest.mark.parametrize(
    "line",
    [
        "0044" + "0581019076" + "0000" + "62111202041023" + "05" + "FF",
        "0044" + "0581018076" + "0000" + "62111202041023" + "03" + "0500031F",
        "0044" + "0581018076" + "0000" + "62111202041023" + "02" + "0570",
        "0004" + "0581018076" + "0000" + "62111202041023" + "A1" + "00",
        "0003" + "0581018076",
        "05 91",
        "0x04",
    ],
)
def test_what_does_not_hold_together_is_refused_with_its_place(line: str) -> None:
    with pytest.raises(pdu.BadPdu) as refused:
        pdu.decode(line)
    assert 0 <= refused.value.position <= len(line) // 2


@pytest.mark.parametrize("minutes", [15, -15, 765, -720, 840])
def test_zones_in_quarters_of_an_hour(minutes: int) -> None:
    moment = datetime(2026, 2, 28, 23, 59, 59, tzinfo=timezone(timedelta(minutes=minutes)))
    line, _ = pdu.encode_deliver(pdu.Deliver(pdu.Address("1"), b"", moment))
    found = delivered(line).sent_at
    assert found is not None
    assert (found, found.utcoffset()) == (moment, timedelta(minutes=minutes))


@pytest.mark.parametrize("stamp", ["00000000000000", "62131202041000", "62110302049900", "6211030204100A", "FFFFFFFFFFFFFF"])
def test_times_that_are_none_or_odd_lose_no_message(stamp: str) -> None:
    good = deliver(b"x")
    line = good.replace("62111202041023", stamp)
    assert line != good
    assert delivered(line).text == "x"


def test_a_recipient_with_a_sign_that_no_number_has() -> None:
    with pytest.raises(ValueError, match="substring"):
        pdu.encode(pdu.Submit(pdu.Address.of("138-0013"), b"x"))


def test_a_centre_is_kept_with_its_type() -> None:
    centre = pdu.Address("8613800100500", pdu.INTERNATIONAL)
    line, octets = pdu.encode(pdu.Submit(pdu.Address("10086"), b"x", centre=centre))
    assert len(line) == 2 * (octets + 9)
    found = pdu.decode(line)
    assert isinstance(found, pdu.Submit)
    assert found.centre == centre


@pytest.mark.parametrize(("message", "parts"), [("x" * 160, 1), ("€" * 80, 1), ("€" * 81, 2), ("充" * 70, 1), ("充" * 71, 2)])
def test_how_many_messages_a_text_takes(message: str, parts: int) -> None:
    assert len(pdu.submits("10086", message, 1)) == parts


def test_no_sign_is_cut_between_two_parts() -> None:
    # 152 letters and a sign of two septets: the sign goes whole into the second part.
    first, second = concat.split("x" * 152 + "€" + "y" * 20, 1)
    assert (alphabet.decode(first.data), alphabet.decode(second.data)) == ("x" * 152, "€" + "y" * 20)
    first, second = concat.split("充" * 66 + "😀" + "值" * 20, 1)
    assert (first.data.decode("utf-16-be"), second.data.decode("utf-16-be")) == ("充" * 66, "😀" + "值" * 20)


def test_half_a_sign_is_never_sent() -> None:
    data, coding = text.encode("充\ud83d")
    assert coding == text.UCS2
    assert data.decode("utf-16-be") == "充\ufffd"


@pytest.mark.parametrize(("octets", "count", "fill"), [(b"", 1, 0), (b"\x00", 2, 0), (b"\x00" * 7, 9, 0), (b"\x00", 1, 2)])
def test_septets_that_are_not_there_are_not_made_up(octets: bytes, count: int, fill: int) -> None:
    with pytest.raises(ValueError, match="do not lie"):
        septets.unpack(octets, count, fill)


@pytest.mark.parametrize("code", [0x1B, 0x80, 0xFF])
def test_an_escape_that_leads_nowhere_is_shown_as_unreadable(code: int) -> None:
    assert alphabet.decode(bytes([0x31, alphabet.ESCAPE, code])) == "1\ufffd"
    assert alphabet.decode(bytes([alphabet.ESCAPE])) == "\ufffd"
    assert alphabet.decode(bytes([alphabet.ESCAPE, 0x41])) == "A"


def test_a_character_that_is_not_in_the_alphabet_is_named_with_its_place() -> None:
    with pytest.raises(alphabet.NotInAlphabet, match=r"U\+5145 at 2") as refused:
        alphabet.encode("ab充")
    assert (refused.value.character, refused.value.position) == ("充", 2)


def test_a_time_without_a_zone_is_taken_as_utc() -> None:
    line, _ = pdu.encode_deliver(pdu.Deliver(pdu.Address("1"), b"", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)))
    assert delivered(line).sent_at == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
