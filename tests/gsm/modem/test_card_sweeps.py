"""Sweeping a card: what lies on it in any state and of any sort is read, and only what is safe elsewhere is deleted."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from gsm import pdu, udh
from gsm.modem.channel import Channel, ModemError, NoAnswer
from gsm.modem.sim_store import Stored, fullness, read_all, read_text, send_pdu, sweep
from gsm.text import BINARY, GSM7, UCS2
from tests.gsm.modem.fake import FakeModem

AT = datetime(2026, 11, 21, 12, 40, tzinfo=UTC)
REPORT = "07916831083150F0" + "06" + "2A" + "0D91683108108300F0" + "62111202041023" + "62111202142023" + "00"


def shown(text: str, header: bytes = b"", sender: str = "777") -> str:
    return pdu.encode_deliver(pdu.Deliver(pdu.Address(sender), text.encode("utf-16-be"), AT, UCS2, header))[0]


def lies(modem: FakeModem, *messages: tuple[int, str]) -> None:
    modem.answers["AT+CMGL=4"] = [line for index, text in messages for line in (f"+CMGL: {index},1,,{len(text) // 2}", text)] + ["OK"]
    modem.begins["AT+CMGD="] = ["OK"]


def keep_all(stored: list[Stored]) -> Sequence[Stored]:
    return stored


def test_an_empty_card_asks_nobody_to_keep_anything(modem: FakeModem, channel: Channel) -> None:
    def keeps(_stored: list[Stored]) -> Sequence[Stored]:
        raise AssertionError

    assert sweep(channel, keeps) == 0
    assert modem.heard("AT+CMGD") == []


def test_places_on_the_card_need_not_follow_one_another(modem: FakeModem, channel: Channel) -> None:
    lies(modem, (2, shown("一")), (17, shown("二")), (20, shown("三")))
    assert sweep(channel, keep_all) == 3
    assert modem.heard("AT+CMGD") == ["AT+CMGD=2", "AT+CMGD=17", "AT+CMGD=20"]


def test_reports_and_our_own_messages_lie_there_too(modem: FakeModem, channel: Channel) -> None:
    own = pdu.encode(pdu.submits("777", "R 0813 10 1234", 0)[0])[0]
    lies(modem, (1, REPORT), (2, own), (3, shown("好")))
    found = read_all(channel)
    assert [type(one.message) for one in found] == [pdu.StatusReport, pdu.Submit, pdu.Deliver]
    assert [(one.sender, one.part) for one in found] == [("", None), ("", None), ("777", None)]
    assert [one.sent_at for one in found] == [None, None, AT]


def test_a_message_that_nobody_can_read_may_be_kept_and_deleted_like_any_other(modem: FakeModem, channel: Channel) -> None:
    lies(modem, (1, "00FF"), (2, shown("好")))
    kept: list[str] = []

    def keeps(stored: list[Stored]) -> Sequence[Stored]:
        kept.extend(one.line for one in stored)
        return stored[:1]

    assert sweep(channel, keeps) == 1
    assert kept == ["00FF", shown("好")]
    assert modem.heard("AT+CMGD") == ["AT+CMGD=1"]


def test_a_place_that_is_not_deleted_does_not_stop_the_others(modem: FakeModem, channel: Channel) -> None:
    lies(modem, (1, shown("一")), (2, shown("二")))
    modem.answers["AT+CMGD=1"] = ["+CMS ERROR: 321"]
    assert sweep(channel, keep_all) == 2
    assert modem.heard("AT+CMGD") == ["AT+CMGD=1", "AT+CMGD=2"]


def test_what_was_kept_and_not_deleted_comes_again(modem: FakeModem, channel: Channel) -> None:
    lies(modem, (1, shown("一")), (2, shown("二")))
    modem.answers["AT+CMGD=1"] = lambda fake, _: fake.unplug()
    seen: list[int] = []

    def keeps(stored: list[Stored]) -> Sequence[Stored]:
        seen.append(len(stored))
        return stored

    with pytest.raises(ModemError):
        sweep(channel, keeps)
    assert seen == [2]
    assert modem.heard("AT+CMGD") == ["AT+CMGD=1"]


def test_a_message_that_arrives_while_the_card_is_read_is_not_taken_for_one_of_them(modem: FakeModem, channel: Channel) -> None:
    line = shown("一")
    modem.answers["AT+CMGL=4"] = ["+CMGL: 1,0,,30", '+CMTI: "SM",2', line, "+CREG: 1", "OK"]
    assert [(one.index, one.line) for one in read_all(channel)] == [(1, line)]


def test_a_head_without_its_message_is_passed_over(modem: FakeModem, channel: Channel) -> None:
    modem.answers["AT+CMGL=4"] = ["+CMGL: 1,0,,30", "+CMGL: 2,0,,30", shown("二"), "OK"]
    assert [one.index for one in read_all(channel)] == [2]


def test_a_card_that_cannot_be_listed_keeps_its_messages(modem: FakeModem, channel: Channel) -> None:
    modem.answers["AT+CMGL=4"] = ["+CMS ERROR: 310"]
    assert sweep(channel, keep_all) == 0
    assert modem.heard("AT+CMGD") == []


PART = udh.build((udh.part_element(udh.Part(7, 3, 2)),))


@pytest.mark.parametrize(("header", "part"), [(PART, udh.Part(7, 3, 2)), (b"\x03\x00\x03\x1f", None), (b"\x02\x70\x00", None)])
def test_parts_of_long_messages_say_which(modem: FakeModem, channel: Channel, header: bytes, part: udh.Part | None) -> None:
    lies(modem, (1, shown("好", header)))
    (found,) = read_all(channel)
    assert found.part == part
    assert isinstance(found.message, pdu.Deliver)
    assert read_text(found.message) == "好"


@pytest.mark.parametrize(
    ("data", "coding", "text"),
    [
        ("好\0\0".encode("utf-16-be"), UCS2, "好"),
        (b"sn 1\0\0", 0xF0, "sn 1@@"),
        (b"caf\xe9", BINARY, "caf\xe9"),
        (b"\xd8\x3d", UCS2, "\ufffd"),
        (b"x\x00", UCS2, "\u7800"),
        (b"", GSM7, ""),
    ],
)
def test_a_text_is_read_by_its_coding(data: bytes, coding: int, text: str) -> None:
    assert read_text(pdu.Deliver(pdu.Address("777"), data, AT, coding)) == text


@pytest.mark.parametrize(
    ("said", "percent"),
    [
        (['+CPMS: "ME",3,20,"SM",10,10,"ME",3,20', "OK"], 100),
        (['+CPMS: "SM",7,0', "OK"], 700),
        (['+CPMS: "SM", 8, 10', "OK"], 80),
        (['+CPMS: "ME",20,20', "OK"], 0),
        (["ERROR"], 0),
        (["OK"], 0),
    ],
)
def test_how_full_a_card_is_by_whatever_the_modem_tells(modem: FakeModem, channel: Channel, said: list[str], percent: int) -> None:
    modem.answers["AT+CPMS?"] = said
    assert fullness(channel) == percent


@pytest.mark.parametrize(("said", "error"), [("+CMS ERROR: 38", 38), ("+CMS ERROR: 500", 500), ("ERROR", None)])
def test_a_refused_message_says_whether_it_was_given(modem: FakeModem, channel: Channel, said: str, error: int | None) -> None:
    (message,) = pdu.submits("777", "x", 0)
    modem.begins["AT+CMGS="] = [said]
    answer = send_pdu(channel, message)
    assert (answer.ok, answer.error, answer.given) == (False, error, False)
    modem.begins["AT+CMGS="] = lambda fake, _: fake.prompt(lambda taken, _data: taken.say(said))
    answer = send_pdu(channel, message)
    assert (answer.ok, answer.error, answer.given) == (False, error, True)


def test_after_a_message_without_an_answer_the_line_is_out_of_step(modem: FakeModem, channel: Channel) -> None:
    modem.begins["AT+CMGS="] = lambda fake, _: fake.prompt(lambda _taken, _data: None)
    with pytest.raises(NoAnswer):
        send_pdu(channel, pdu.submits("777", "x", 0)[0], 0.05)
    assert channel.owed == 1
    assert channel.in_step(30)
    assert read_all(channel) == []
