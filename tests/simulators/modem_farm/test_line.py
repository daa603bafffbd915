"""One tty's conversation without a tty: what is collected, echoed, prompted and answered, octet by octet."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.modem_farm.answers import Answer, Failed, Prompt, cms
from simulators.modem_farm.line import Line


class Settings:
    """What a line looks up of its farm's settings."""

    answer_seconds = 0.0


class Profile:
    """What a line looks up of its modem's profile."""

    def __init__(self) -> None:
        self.echo, self.verbose, self.quiet, self.detail = False, True, False, 1


class Around:
    """Does everything at once, and notes how long it should have waited."""

    settings = Settings()

    def __init__(self) -> None:
        self.waited: list[float] = []

    def later(self, seconds: float, do: Callable[[], object]) -> None:
        self.waited.append(seconds)
        do()


class Calm:
    """No mischief."""

    hanging = False

    def run(self, text: str, line: Line) -> None:
        line.run(text)

    def prompt(self, line: Line) -> None:
        line.show_prompt()

    def say(self, line: Line, lines: bytes, final: bytes) -> None:
        line.write(lines + final)


class Tty:
    """Keeps what was written."""

    def __init__(self) -> None:
        self.said = b""

    def write(self, octets: bytes) -> None:
        self.said += octets


class Dummy:
    """A modem that notes what it is told and answers what the test says."""

    def __init__(self) -> None:
        self.profile, self.around, self.mischief = Profile(), Around(), Calm()
        self.told: list[str] = []
        self.answer: Answer | Prompt = Answer()

    def execute(self, text: str) -> Answer | Prompt:
        self.told.append(text)
        return self.answer

    def write(self, port: Tty, octets: bytes) -> None:
        port.write(octets)


class Talk:
    """A line between a dummy and a tty."""

    def __init__(self) -> None:
        self.modem, self.tty = Dummy(), Tty()
        self.line = Line(self.modem, self.tty)  # type: ignore[arg-type]  # they look alike as far as a line goes

    def type(self, octets: bytes) -> bytes:
        """Type; what was said since the last time."""
        self.line.heard(octets)
        said, self.tty.said = self.tty.said, b""
        return said


@pytest.fixture
def talk() -> Talk:
    return Talk()


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        (b"AT\r", [""]),
        (b"at+csq\r", ["+csq"]),
        (b"AT\n+CSQ\r\n", ["+CSQ"]),
        (b"garbage AT+CSQ \r", ["+CSQ"]),
        (b"\r\r\n\r", []),
        (b"hello\r", []),
        (b"ATE0\rAT+CMGF=1\r", ["E0", "+CMGF=1"]),
        (b"ATX\x08E1\r", ["E1"]),
        (b"AT+C\x1a\x1bSQ\r", ["+CSQ"]),
        (b"AT+CSQ\rA/\r", ["+CSQ", "+CSQ"]),
    ],
)
def test_what_a_modem_is_told(talk: Talk, typed: bytes, told: list[str]) -> None:
    talk.type(typed)
    assert talk.modem.told == told


@given(st.lists(st.integers(1, 8), max_size=10))
def test_it_does_not_matter_how_a_line_is_cut(cuts: list[int]) -> None:
    talk, rest = Talk(), b"AT+CMGF=0;+CSQ\r\nAT+CREG?\r"
    for cut in cuts:
        talk.type(rest[:cut])
        rest = rest[cut:]
    talk.type(rest)
    assert talk.modem.told == ["+CMGF=0;+CSQ", "+CREG?"]


@pytest.mark.parametrize(
    ("verbose", "quiet", "answer", "said"),
    [
        (True, False, Answer(), b"\r\nOK\r\n"),
        (True, False, Answer(["+CSQ: 1,99"]), b"\r\n+CSQ: 1,99\r\n\r\nOK\r\n"),
        (True, False, Answer(["a", "b"], "ERROR"), b"\r\na\r\n\r\nb\r\n\r\nERROR\r\n"),
        (True, False, Answer(final=""), b""),
        (False, False, Answer(["a"]), b"a\r\n0\r"),
        (False, False, Answer(final="ERROR"), b"4\r"),
        (False, False, Answer(final="NO CARRIER"), b"3\r"),
        (False, False, Answer(final="+CME ERROR: 10"), b"+CME ERROR: 10\r"),
        (True, True, Answer(["a"]), b"\r\na\r\n"),
    ],
)
def test_answers_in_the_form_that_was_chosen(talk: Talk, verbose: bool, quiet: bool, answer: Answer, said: bytes) -> None:
    talk.modem.profile.verbose, talk.modem.profile.quiet = verbose, quiet
    talk.modem.answer = answer
    assert talk.type(b"AT\r") == said


def test_echo(talk: Talk) -> None:
    talk.modem.profile.echo = True
    assert talk.type(b"AT\r") == b"AT\r\r\nOK\r\n"
    assert talk.type(b"x\x08") == b"x\x08"


def test_an_answer_may_take_its_time(talk: Talk) -> None:
    done: list[str] = []
    talk.modem.answer = Answer(after=0.5, then=lambda: done.append("then"))
    assert talk.type(b"AT\r") == b"\r\nOK\r\n"
    assert talk.modem.around.waited == [0.5]
    assert done == ["then"]


def test_a_prompt_takes_text_until_its_end(talk: Talk) -> None:
    taken: list[bytes] = []

    def receive(text: bytes) -> Answer:
        taken.append(text)
        return Answer(["+CMGS: 5"])

    talk.modem.answer = Prompt(receive)
    assert talk.type(b"AT+CMGS=5\r") == b"\r\n> "
    assert talk.type(b"two\rlines\x08\x1a") == b"\r\n+CMGS: 5\r\n\r\nOK\r\n"
    assert taken == [b"two\rline"]
    talk.modem.answer = Answer()
    assert talk.type(b"AT\r") == b"\r\nOK\r\n"


def test_a_prompt_is_left_by_escape(talk: Talk) -> None:
    talk.modem.answer = Prompt(lambda _: Answer(["never"]))
    talk.type(b"AT+CMGS=5\r")
    assert talk.type(b"text\x1b") == b"\r\nOK\r\n"
    assert talk.modem.told == ["+CMGS=5"]


def test_text_that_is_refused(talk: Talk) -> None:
    def receive(_text: bytes) -> Answer:
        raise cms(304)

    talk.modem.answer = Prompt(receive)
    talk.type(b"AT+CMGS=5\r")
    assert talk.type(b"XX\x1a") == b"\r\n+CMS ERROR: 304\r\n"


def test_text_that_is_refused_without_a_number(talk: Talk) -> None:
    def receive(_text: bytes) -> Answer:
        raise Failed

    talk.modem.answer = Prompt(receive)
    talk.type(b"AT+CMGS=5\r")
    assert talk.type(b"XX\x1a") == b"\r\nERROR\r\n"


def test_a_hanging_modem_hears_nothing(talk: Talk) -> None:
    talk.modem.mischief.hanging = True
    assert talk.type(b"AT\r") == b""
    assert talk.modem.told == []


def test_a_line_without_end_is_cut(talk: Talk) -> None:
    talk.type(b"AT" + b"X" * 5000 + b"\r")
    assert [len(text) for text in talk.modem.told] == [2046]
