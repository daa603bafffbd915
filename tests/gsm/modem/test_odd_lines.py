"""A channel among odd lines: echoes, half lines, events inside answers, answers that come for a command long given up."""

import queue
import threading

import pytest

from gsm.modem.channel import KEPT_LATE, Answer, Channel, Event, NoAnswer, NoPrompt, PortGone
from gsm.modem.lines import LONGEST_LINE, Splitter
from gsm.modem.ussd import UssdSaid, UssdState, command, read
from tests.gsm.modem.fake import IMEI, FakeModem

Events = queue.SimpleQueue[Event]
WAIT = 30.0


def test_lines_that_come_octet_by_octet_are_the_same_lines(modem: FakeModem, channel: Channel) -> None:
    def slowly(fake: FakeModem, _command: str) -> None:
        for octet in b"\r\n+CSQ: 20,99\r\n\r\nOK\r\n":
            fake.raw(bytes([octet]))

    modem.answers["AT+CSQ"] = slowly
    assert channel.ask("AT+CSQ", r"\+CSQ:") == Answer("OK", ("+CSQ: 20,99",), ("",))


def test_noise_before_an_answer_is_kept_apart(modem: FakeModem, channel: Channel) -> None:
    def noisy(fake: FakeModem, _command: str) -> None:
        fake.raw(b"\xff\x00\xfe~~\r\n\x00\r\n")
        fake.say("+CSQ: 20,99", "OK")

    modem.answers["AT+CSQ"] = noisy
    assert channel.ask("AT+CSQ", r"\+CSQ:").lines == ("+CSQ: 20,99",)
    assert channel.late_count == 1


def test_an_event_in_the_middle_of_an_answer_belongs_to_nobodys_answer(modem: FakeModem, channel: Channel, events: Events) -> None:
    modem.answers["AT+CREG?"] = ["RING", "+CREG: 2", '+CLIP: "0812",129', "+CREG: 1,1", "+CREG: 5", "OK"]
    assert channel.ask("AT+CREG?", r"\+CREG: ?\d+, ?\d+").lines == ("+CREG: 1,1",)
    assert [events.get(timeout=WAIT).line for _ in range(4)] == ["RING", "+CREG: 2", '+CLIP: "0812",129', "+CREG: 5"]


def test_a_text_with_line_ends_is_one_event(modem: FakeModem, channel: Channel, events: Events) -> None:
    modem.raw(b'\r\n+CUSD: 1,"1.Ya\r\n\r\n2.Tidak\n",15\r\n')
    assert events.get(timeout=WAIT) == Event('+CUSD: 1,"1.Ya\n2.Tidak\n",15')


def test_a_message_that_is_shown_at_once_keeps_its_second_line(modem: FakeModem, channel: Channel, events: Events) -> None:
    modem.answers["AT"] = ["+CMT: ,24", "OK", "OK"]
    assert channel.ask("AT").ok
    # Whatever stands behind the head is its message, even where it reads like a result.
    assert events.get(timeout=WAIT) == Event("+CMT: ,24", "OK")


@pytest.mark.parametrize("final", ["NO CARRIER", "BUSY", "NO ANSWER", "NO DIALTONE", "COMMAND NOT SUPPORT", "TOO MANY PARAMETERS"])
def test_every_final_result_ends_its_command(modem: FakeModem, channel: Channel, final: str) -> None:
    modem.answers["ATD"] = [final]
    answer = channel.ask("ATD")
    assert (answer.final, answer.ok, answer.error) == (final, False, None)


def test_a_command_comes_after_one_that_was_given_up(modem: FakeModem, channel: Channel, events: Events) -> None:
    modem.answers["AT+SLOW"] = []
    with pytest.raises(NoAnswer):
        channel.ask("AT+SLOW", seconds=0.05)
    modem.say("+CME ERROR: 100")
    # A result without a command is told as an event and answers nobody.
    assert events.get(timeout=WAIT) == Event("+CME ERROR: 100")
    assert channel.owed == 1
    assert channel.in_step(WAIT)
    assert (channel.owed, modem.said[-1]) == (0, "AT+CGSN")


def test_a_result_that_is_somebody_elses_does_not_answer_what_must_be_told(modem: FakeModem, channel: Channel) -> None:
    modem.answers |= {"AT+SLOW": [], "AT+CGSN": ["ERROR", "OK", IMEI, "OK"]}
    with pytest.raises(NoAnswer):
        channel.ask("AT+SLOW", seconds=0.05)
    answer = channel.ask("AT+CGSN", r"\d{14,16}$", WAIT, must_tell=True)
    assert (answer.ok, answer.lines) == (True, (IMEI,))
    assert list(channel.late) == ["ERROR", "OK"]


def test_in_step_an_empty_answer_is_an_answer(modem: FakeModem, channel: Channel) -> None:
    modem.answers["AT+CGSN"] = ["OK"]
    assert channel.ask("AT+CGSN", r"\d{14,16}$", WAIT, must_tell=True) == Answer("OK")


def test_a_prompt_is_only_one_when_it_is_awaited(modem: FakeModem, channel: Channel) -> None:
    modem.answers["AT+X"] = lambda fake, _: fake.raw(b"\r\n> \r\n\r\nOK\r\n")
    assert channel.ask("AT+X").ok
    modem.begins["AT+CMGS="] = lambda fake, _: fake.say("+CMS ERROR: 304")
    assert channel.ask("AT+CMGS=9", data=b"00").given is False
    assert modem.data == []


def test_a_prompt_that_comes_too_late_is_ended_with_nothing_sent(modem: FakeModem, channel: Channel) -> None:
    modem.begins["AT+CMGS="] = []
    with pytest.raises(NoPrompt, match=r"AT\+CMGS$"):
        channel.ask('AT+CMGS="0812345678"', data=b"secret words", seconds=0.05)
    assert channel.in_step(WAIT)
    assert modem.data == []


def test_only_so_many_late_lines_are_kept_and_all_are_counted(modem: FakeModem, channel: Channel) -> None:
    modem.raw(b"".join(b"nonsense %d %s\r\n" % (number, b"y" * 100) for number in range(KEPT_LATE + 20)))
    modem.answers["AT+END"] = ["OK"]
    assert channel.ask("AT+END", seconds=WAIT).ok
    assert (len(channel.late), channel.late_count) == (KEPT_LATE, KEPT_LATE + 20)
    assert all(len(line) <= 80 and "#" in line for line in channel.late)


def test_two_threads_have_one_command_in_flight(modem: FakeModem, channel: Channel) -> None:
    answers: list[Answer] = []
    threads = [threading.Thread(target=lambda: answers.append(channel.ask("AT+CSQ", r"\+CSQ:", WAIT))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [Answer("OK", ("+CSQ: 20,99",), ("",))] * 4


def test_a_closed_channel_takes_no_command_and_may_be_closed_again(modem: FakeModem, channel: Channel) -> None:
    channel.close()
    channel.close()
    with pytest.raises(PortGone) as failed:
        channel.ask("AT")
    assert not failed.value.written
    assert not channel.in_step()


def test_a_quote_that_is_never_closed_grows_no_further_than_a_line_may() -> None:
    splitter = Splitter()
    lines: list[str] = []
    for _ in range(3 * LONGEST_LINE // 64):
        lines += splitter.feed(b'+CUSD: 0,"' + b"z" * 53 + b"\n" if not lines else b"z" * 63 + b"\n")
    assert lines
    assert max(map(len, lines)) < LONGEST_LINE + 128


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('+CUSD: 0, "spaced", 15', UssdSaid(UssdState.DONE, "spaced")),
        ('+CUSD: 0,""', UssdSaid(UssdState.DONE, "")),
        ('+CUSD: 0,"",15', UssdSaid(UssdState.DONE, "")),
        ('+CUSD: 3,"taken",15', UssdSaid(UssdState.OTHER_CLIENT, "taken")),
        ('+CUSD: 0,"a, "b", 5",15', UssdSaid(UssdState.DONE, 'a, "b", 5')),
        ('+CUSD: 0,"ABC",15', UssdSaid(UssdState.DONE, "ABC")),
        ('+CUSD: 0,"D83D",72', UssdSaid(UssdState.DONE, "\ufffd")),
        ('+CUSD: 0,"4f60597d",72', UssdSaid(UssdState.DONE, "你好")),
        ('+CUSD: 0,"4F60597D",89', UssdSaid(UssdState.DONE, "你好")),
    ],
)
def test_ussd_in_odd_dress(line: str, said: UssdSaid) -> None:
    assert read(line) == said


def test_what_is_dialled_is_in_plain_letters() -> None:
    assert command("*777*0812*10*1234#") == 'AT+CUSD=1,"*777*0812*10*1234#",15'
