"""One command at a time: what belongs to it, what came by itself, what came too late, and what can have left when a port fails."""

import queue
import threading

import pytest

from gsm.modem.channel import Answer, Channel, Event, NoAnswer, NoPrompt, PortGone
from tests.gsm.modem.fake import IMEI, FakeModem

Events = queue.SimpleQueue[Event]
WAIT = 10.0


def test_an_answer_has_its_lines_and_its_result(modem: FakeModem, channel: Channel) -> None:
    assert channel.ask("AT+CSQ", r"\+CSQ:") == Answer("OK", ("+CSQ: 20,99",), ("",))
    assert channel.ask("AT+NONE").final == "ERROR"
    modem.answers["AT+X"] = ["+CME ERROR: 30"]
    answer = channel.ask("AT+X")
    assert (answer.ok, answer.error, answer.is_cms) == (False, 30, False)


@pytest.mark.parametrize(("final", "error"), [("+CMS ERROR: 500", 500), ("+CME ERROR: SIM busy", None), ("ERROR", None), ("OK", None)])
def test_error_numbers(final: str, error: int | None) -> None:
    assert Answer(final).error == error


def test_events_between_the_lines_are_handed_on(modem: FakeModem, channel: Channel, events: Events) -> None:
    modem.answers["AT+CMGL=4"] = ["+CMGL: 1,0,,5", '+CMTI: "SM",2', "0011", "+CMT: ,5", "2233", "+CREG: 1", "OK"]
    answer = channel.ask("AT+CMGL=4", r"\+CMGL:", takes_body=True)
    assert (answer.lines, answer.bodies) == (("+CMGL: 1,0,,5",), ("0011",))
    assert [events.get(timeout=WAIT) for _ in range(3)] == [Event('+CMTI: "SM",2'), Event("+CMT: ,5", "2233"), Event("+CREG: 1")]


def test_an_echo_is_no_answer(modem: FakeModem, channel: Channel) -> None:
    modem.answers["AT+CSQ"] = ["AT+CSQ", "+CSQ: 1,99", "OK"]
    assert channel.ask("AT+CSQ", r"\+CSQ:").lines == ("+CSQ: 1,99",)


def test_silence_is_no_answer_and_the_late_one_is_not_the_next_ones(modem: FakeModem, channel: Channel) -> None:
    modem.answers["AT+SLOW"] = []
    with pytest.raises(NoAnswer):
        channel.ask("AT+SLOW", seconds=0.05)
    assert channel.owed == 1
    modem.answers["AT+CGSN"] = ["OK", IMEI, "OK"]
    assert channel.in_step()
    assert channel.owed == 0
    assert channel.late_count == 1
    assert channel.ask("AT+CSQ", r"\+CSQ:").ok


def test_a_deaf_modem_is_not_in_step(modem: FakeModem, channel: Channel) -> None:
    modem.deaf = True
    with pytest.raises(NoAnswer):
        channel.ask("AT", seconds=0.05)
    assert not channel.in_step(0.1)


def test_data_go_out_behind_the_prompt_only(modem: FakeModem, channel: Channel) -> None:
    modem.begins["AT+CMGS="] = lambda fake, _: fake.prompt(lambda taken, _data: taken.say("+CMGS: 7", "OK"))
    answer = channel.ask("AT+CMGS=3", r"\+CMGS:", data=b"001122")
    assert (answer.lines, answer.given) == (("+CMGS: 7",), True)
    assert modem.data == [b"001122"]


def test_without_a_prompt_nothing_is_given(modem: FakeModem, channel: Channel) -> None:
    modem.begins["AT+CMGS="] = []
    with pytest.raises(NoPrompt):
        channel.ask("AT+CMGS=3", data=b"001122", seconds=0.1)
    modem.begins["AT+CMGS="] = ["+CMS ERROR: 38"]
    answer = channel.ask("AT+CMGS=3", data=b"001122")
    assert (answer.error, answer.given, modem.data) == (38, False, [])


def test_a_result_that_nobody_waits_for_is_an_event_and_is_kept_without_digits(modem: FakeModem, channel: Channel, events: Events) -> None:
    modem.say("+CME ERROR: 100", "something 081389092678")
    assert events.get(timeout=WAIT) == Event("+CME ERROR: 100")
    channel.ask("AT")
    assert list(channel.late) == ["+CME ERROR: ###", "something ############"]


def test_a_modem_that_is_unplugged_under_a_command(modem: FakeModem, channel: Channel) -> None:
    modem.answers["AT+X"] = lambda fake, _: fake.unplug()
    with pytest.raises(PortGone) as failed:
        channel.ask("AT+X", seconds=WAIT)
    assert failed.value.written


class DeadPort:
    """A port that takes so many octets of what is written."""

    def __init__(self, written: int | None) -> None:
        self._written, self._closed = written, threading.Event()

    def read(self) -> bytes:
        self._closed.wait(0.05)
        return b""

    def write(self, octets: bytes) -> None:
        error = OSError("gone")
        if self._written is not None:
            error.written = self._written  # type: ignore[attr-defined]
        raise error

    def close(self) -> None:
        self._closed.set()


@pytest.mark.parametrize(("written", "may_have_left"), [(0, False), (3, True), (None, True)])
def test_how_much_of_a_command_had_left(written: int | None, may_have_left: bool) -> None:
    channel = Channel(DeadPort(written), lambda _event: None)
    with pytest.raises(PortGone) as failed:
        channel.ask("AT+X")
    assert failed.value.written == may_have_left
    with pytest.raises(PortGone) as failed:
        channel.ask("AT+X")
    assert not failed.value.written
    channel.close()
