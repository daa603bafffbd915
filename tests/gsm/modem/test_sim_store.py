"""A card's messages: read, kept, and only then deleted; messages sent."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from gsm import pdu
from gsm.modem.channel import Channel, NoAnswer
from gsm.modem.sim_store import Stored, delete, fullness, read_all, read_text, send_pdu, sweep
from gsm.text import UCS2
from tests.gsm.modem.fake import FakeModem

AT = datetime(2026, 11, 21, 12, 40, tzinfo=UTC)


def listed(*texts: str) -> list[str]:
    lines = []
    for index, text in enumerate(texts, 1):
        line, octets = pdu.encode_deliver(pdu.Deliver(pdu.Address("777"), text.encode("utf-16-be"), AT, UCS2))
        lines += [f"+CMGL: {index},0,,{octets}", line]
    return [*lines, "OK"]


def test_all_messages_are_read(modem: FakeModem, channel: Channel) -> None:
    modem.answers["AT+CMGL=4"] = listed("一", "二")
    found = read_all(channel)
    assert [(one.index, one.sender, one.sent_at) for one in found] == [(1, "777", AT), (2, "777", AT)]
    assert [read_text(one.message) for one in found if isinstance(one.message, pdu.Deliver)] == ["一", "二"]


def test_what_cannot_be_read_is_kept_as_it_lies(modem: FakeModem, channel: Channel) -> None:
    modem.answers["AT+CMGL=4"] = ["+CMGL: 3,0,,5", "00FF", "OK"]
    assert read_all(channel) == [Stored(3, "00FF", None)]
    assert (read_all(channel)[0].sender, read_all(channel)[0].sent_at) == ("", None)


def test_nothing_is_deleted_before_it_was_kept(modem: FakeModem, channel: Channel) -> None:
    modem.answers["AT+CMGL=4"] = listed("一", "二")
    modem.begins["AT+CMGD="] = ["OK"]

    def fails(_stored: list[Stored]) -> Sequence[Stored]:
        raise RuntimeError("the database is away")

    with pytest.raises(RuntimeError):
        sweep(channel, fails)
    assert not modem.heard("AT+CMGD")
    assert sweep(channel, lambda stored: stored[1:]) == 1
    assert modem.heard("AT+CMGD") == ["AT+CMGD=2"]
    assert not delete(channel, 3) or modem.heard("AT+CMGD=3")


@pytest.mark.parametrize(("said", "percent"), [('+CPMS: "SM",16,20,"SM",16,20,"SM",16,20', 80), ('+CPMS: "SM",0,20', 0), ("+CPMS: x", 0)])
def test_how_full_the_card_is(modem: FakeModem, channel: Channel, said: str, percent: int) -> None:
    modem.answers["AT+CPMS?"] = [said, "OK"]
    assert fullness(channel) == percent


def test_a_message_is_handed_over_as_its_pdu(modem: FakeModem, channel: Channel) -> None:
    modem.begins["AT+CMGS="] = lambda fake, _: fake.prompt(lambda taken, _data: taken.say("+CMGS: 7", "OK"))
    [message] = pdu.submits("777", "R 0813 10 1234", 0)
    assert send_pdu(channel, message).ok
    assert pdu.decode(modem.data[0].decode()) == message
    assert modem.heard("AT+CMGS") == [f"AT+CMGS={pdu.encode(message)[1]}"]


def test_a_message_without_an_answer(modem: FakeModem, channel: Channel) -> None:
    modem.begins["AT+CMGS="] = lambda fake, _: fake.prompt(lambda _taken, _data: None)
    with pytest.raises(NoAnswer):
        send_pdu(channel, pdu.submits("777", "x", 0)[0], 0.1)
