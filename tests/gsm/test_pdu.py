"""Short messages as PDUs: published forms, everything that is written read again, and nothing senseless taken."""

import random
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone

import pytest

from gsm import alphabet, concat, pdu, text, udh

CENTRE = pdu.Address("8613800100500", pdu.INTERNATIONAL)
MOMENT = datetime(2026, 11, 21, 20, 40, 1, tzinfo=timezone(timedelta(hours=8)))


def deliver(message: str = "hello", **instead: object) -> pdu.Deliver:
    data, coding = text.encode(message)
    made = {"sender": pdu.Address("10086"), "data": data, "sent_at": MOMENT, "coding": coding, "centre": CENTRE}
    return pdu.Deliver(**(made | instead))  # type: ignore[arg-type]


def test_a_known_submit_in_the_gsm_alphabet() -> None:
    # "hellohello", the example of many modems' manuals.
    message = pdu.Submit(pdu.Address("46708251358", pdu.INTERNATIONAL), alphabet.encode("hellohello"))
    assert pdu.encode(message) == ("0001000B916407281553F800000AE8329BFD4697D9EC37", 22)


def test_a_known_deliver() -> None:
    line = "07911326040000F0040B911346610089F60000208062917314080CC8F71D14969741F977FD07"
    found = pdu.decode(line)
    assert isinstance(found, pdu.Deliver)
    assert (str(found.sender), found.text) == ("+31641600986", "How are you?")
    assert found.sent_at == datetime(2002, 8, 26, 19, 37, 41, tzinfo=UTC)
    assert found.centre == pdu.Address("31624000000", pdu.INTERNATIONAL)


def test_a_status_report() -> None:
    head = "07916831083150F0" + "06" + "2A" + "0D91683108108300F0"
    found = pdu.decode(head + "62111202041023" + "62111202142023" + "00")
    assert isinstance(found, pdu.StatusReport)
    assert (found.reference, str(found.recipient), found.status) == (42, "+8613800138000", 0)
    assert found.sent_at is not None
    assert found.done_at is not None
    assert found.done_at > found.sent_at


@pytest.mark.parametrize("name", ["TELKOMSEL", "XL", "SMART Load"])
def test_senders_may_have_names(name: str) -> None:
    line, _ = pdu.encode_deliver(deliver(sender=pdu.Address(name, pdu.ALPHANUMERIC)))
    found = pdu.decode(line)
    assert isinstance(found, pdu.Deliver)
    assert str(found.sender) == name


@pytest.mark.parametrize("number", ["10086", "+8613800138000", "081389092678", "*777#", "12a"])
def test_numbers_of_all_kinds(number: str) -> None:
    message = pdu.Submit(pdu.Address.of(number), b"x")
    found = pdu.decode(pdu.encode(message)[0])
    assert isinstance(found, pdu.Submit)
    assert str(found.recipient) == number


@pytest.mark.parametrize(
    ("seconds", "kept"), [(1, 300), (300, 300), (301, 600), (43_200, 43_200), (43_201, 45_000), (86_400, 86_400), (86_401, 172_800),
                          (2_592_000, 2_592_000), (2_592_001, 3_024_000), (38_102_400, 38_102_400), (10**9, 38_102_400)]
)  # fmt: skip
def test_the_validity_period_is_never_shorter_than_wanted(seconds: int, kept: int) -> None:
    message = pdu.Submit(pdu.Address("10086"), b"x", valid_seconds=seconds)
    found = pdu.decode(pdu.encode(message)[0])
    assert isinstance(found, pdu.Submit)
    assert found.valid_seconds == kept


@pytest.mark.parametrize("minutes", [0, 480, 345, -180, -570])
def test_times_keep_their_zone(minutes: int) -> None:
    moment = datetime(2026, 2, 3, 4, 5, 6, tzinfo=timezone(timedelta(minutes=minutes)))
    found = pdu.decode(pdu.encode_deliver(deliver(sent_at=moment))[0])
    assert isinstance(found, pdu.Deliver)
    assert found.sent_at == moment
    assert found.sent_at is not None
    assert found.sent_at.utcoffset() == moment.utcoffset()


def test_an_impossible_time_is_no_reason_to_lose_a_message() -> None:
    line, _ = pdu.encode_deliver(deliver())
    broken = line.replace("62111202041023", "62999902041023")
    found = pdu.decode(broken)
    assert isinstance(found, pdu.Deliver)
    assert found.sent_at is None
    assert found.text == "hello"


def any_text(chance: random.Random) -> str:
    letters = ["".join(map(chr, range(32, 126))), "£¥èéùìòÇØøÅåΔΦΓΛΩΠΨΣΘΞÆæßÉ¤¡ÄÖÑÜ§¿äöñüà\n", "^{}\\[~]|€", "充值成功余额", "😀𠀀"]
    pool = "".join(chance.sample(letters, chance.randint(1, len(letters))))
    return "".join(chance.choice(pool) for _ in range(chance.choice([0, 1, 7, 8, 40, 69, 70, 71, 153, 159, 160, 161, 400])))


def test_what_is_written_is_read() -> None:
    chance = random.Random()
    for _ in range(300):
        message = any_text(chance)
        parts = pdu.submits("+8613800138000", message, chance.randrange(256), want_report=True, valid_seconds=300)
        read = [pdu.decode(pdu.encode(part)[0]) for part in parts]
        assert read == list(parts)
        assert "".join(text.decode(part.data, part.coding) for part in parts) == message
        assert all(pdu.encode(part)[1] <= 164 for part in parts)


def test_parts_carry_their_place() -> None:
    parts = pdu.submits("10086", "x" * 400, 77)
    places = [udh.part_of(part.header) for part in parts]
    assert [(place.reference, place.number, place.count) for place in places if place] == [(77, 1, 3), (77, 2, 3), (77, 3, 3)]
    with pytest.raises(concat.TooLong):
        pdu.submits("10086", "x" * 153 * 256, 1)


@pytest.mark.parametrize("data", [b"x" * 161, b"\x01" * 200])
def test_more_than_a_message_holds_is_refused(data: bytes) -> None:
    for coding in (text.GSM7, text.BINARY):
        with pytest.raises(ValueError, match="more than"):
            pdu.encode(pdu.Submit(pdu.Address("1"), data, coding))


def test_binary_data_and_headers_are_left_as_they_are() -> None:
    header = udh.build((udh.Element(udh.COMMAND_PACKET),))
    message = deliver(data=bytes(range(100)), coding=0xF6, header=header, protocol_id=0x7F)
    assert pdu.decode(pdu.encode_deliver(message)[0]) == message


@pytest.mark.parametrize("line", ["", "0", "zz", "00", "0001", "00010005", "07911326", "0003000A", "00" + "04" + "FF91"])
def test_what_is_no_message_is_refused(line: str) -> None:
    with pytest.raises(pdu.BadPdu):
        pdu.decode(line)


def test_every_cut_of_a_message_is_refused_or_read() -> None:
    line, _ = pdu.encode_deliver(deliver("x" * 60))
    for length in range(0, len(line), 2):
        with pytest.raises(pdu.BadPdu):
            pdu.decode(line[:length])


def test_random_octets_end_in_a_message_or_a_refusal() -> None:
    chance = random.Random()
    for _ in range(2000):
        line = chance.randbytes(chance.randrange(1, 60)).hex()
        with suppress(pdu.BadPdu):
            pdu.decode(line)
