"""Questions and keys on a line, whatever the way to Asterisk is."""

from collections.abc import Sequence
from concurrent.futures import Future

import pytest

from ivr.line import Answer, HungUp, Line, LineLost
from ivr.steps import Keys


class ScriptedLine(Line):
    """A line whose reads are answered by a script of (status, keyed); with `events`, keys are told as they are pressed, too."""

    def __init__(self, *reads: tuple[str, str], typed: str = "", events: bool = True) -> None:
        super().__init__()
        self.reads, self.events, self._typed = list(reads), events, typed
        self.commands: list[list[str]] = []
        self.given_back = False

    @property
    def call_id(self) -> str:
        return "box-1.1"

    @property
    def caller(self) -> str:
        return ""

    def typed_ahead(self) -> str:
        return self._typed

    def forget_keys(self, number: int | None = None) -> None:
        self._typed = "" if number is None else self._typed[number:]

    def give_back(self) -> None:
        self.given_back = True

    def send(self, commands: Sequence[str], seconds: float) -> "Future[list[Answer]]":
        self.commands.append(list(commands))
        done: Future[list[Answer]] = Future()
        told = ""
        if any(command.startswith("EXEC Read") for command in commands):
            status, pressed = self.reads.pop(0)
            if self.events:
                self._typed += pressed
            told = f"{status}:{pressed.rstrip('#')}"
        done.set_result([Answer(200, 1, told if command.startswith("GET") else "") for command in commands])
        return done

    @property
    def questions(self) -> list[str]:
        """The arguments of each Read."""
        return [command.split(" ", 2)[2] for batch in self.commands for command in batch if command.startswith("EXEC Read")]


@pytest.mark.parametrize("events", [True, False])
@pytest.mark.parametrize(
    ("most", "read", "keys"),
    [
        (1, ("OK", "5"), Keys("5", ended=True)),
        (24, ("OK", "138#"), Keys("138", ended=True)),
        (24, ("OK", "#"), Keys("", ended=True)),
        (24, ("TIMEOUT", "138"), Keys("138", ended=False)),
        (24, ("TIMEOUT", ""), Keys("", ended=False)),
        (1, ("TIMEOUT", ""), Keys("", ended=False)),
        (3, ("OK", "138"), Keys("138", ended=True)),
    ],
)
def test_what_is_keyed_is_the_answer(events: bool, most: int, read: tuple[str, str], keys: Keys) -> None:
    line = ScriptedLine(read, events=events)
    told = line.ask(["greeting", "enter/number"], most, 6.0)
    assert (told.digits, told.ended) == (keys.digits, keys.ended)
    assert line.questions == [f"IVR_KEYED,kongchong/greeting&kongchong/enter/number,{most},,1,6"]
    assert line.typed_ahead() == ""


def test_who_typed_ahead_is_not_asked() -> None:
    line = ScriptedLine(typed="113800138000#50#")
    assert line.ask(["menu/recharge"], 1, 6.0) == Keys("1", ended=True)
    assert line.ask(["enter/number"], 24, 6.0) == Keys("13800138000", ended=True)
    assert line.ask(["enter/amount"], 24, 6.0) == Keys("50", ended=True)
    assert line.commands == []


def test_who_typed_a_part_ahead_hears_no_prompt_and_goes_on() -> None:
    line = ScriptedLine(("OK", "00#"), typed="138")
    assert line.ask(["enter/number"], 24, 6.0) == Keys("13800", ended=True)
    assert line.questions == ["IVR_KEYED,,21,,1,6"]


def test_keys_that_fell_between_two_commands_count() -> None:
    """Asterisk dropped the 1 and the 3; the answer alone would be a number of nine digits."""

    class Gap(ScriptedLine):
        def _read(self, prompts: Sequence[str], most: int, seconds: float) -> tuple[str, str]:
            self._typed += "13"
            return super()._read(prompts, most, seconds)

    assert Gap(("OK", "800138000#")).ask(["enter/number"], 24, 6.0) == Keys("13800138000", ended=True)


def test_a_fresh_question_is_answered_by_no_earlier_key() -> None:
    line = ScriptedLine(("OK", "2"), typed="1")
    assert line.ask(["confirm"], 1, 6.0, fresh=True) == Keys("2", ended=True)


def test_more_keys_than_a_question_takes_are_kept() -> None:
    line = ScriptedLine(typed="12345")
    assert line.ask([], 1, 6.0) == Keys("1", ended=True)
    assert line.typed_ahead() == "2345"


@pytest.mark.parametrize("events", [True, False])
def test_a_hash_key_behind_a_single_key_answers_nothing(events: bool) -> None:
    line = ScriptedLine(("OK", "1"), ("OK", "#"), ("OK", "138#"), events=events)
    assert line.ask(["menu/recharge"], 1, 6.0) == Keys("1", ended=True)
    assert line.ask(["enter/number"], 24, 6.0) == Keys("138", ended=True)
    assert len(line.questions) == 3


def test_the_same_typed_ahead() -> None:
    line = ScriptedLine(typed="1#138#")
    assert line.ask([], 1, 6.0) == Keys("1", ended=True)
    assert line.ask([], 24, 6.0) == Keys("138", ended=True)


def test_a_second_hash_key_is_an_answer() -> None:
    line = ScriptedLine(("OK", "1"), ("OK", "#"), ("OK", "#"))
    line.ask([], 1, 6.0)
    assert line.ask([], 24, 6.0) == Keys("", ended=True)


def test_a_hang_up_while_keys_are_waited_for() -> None:
    with pytest.raises(HungUp):
        ScriptedLine(("HANGUP", "")).ask(["enter/number"], 24, 6.0)


def test_what_was_keyed_does_not_stay_with_the_call() -> None:
    line = ScriptedLine(("OK", "274961#"))
    line.ask([], 24, 6.0)
    assert line.commands[-1][-1] == 'SET VARIABLE IVR_KEYED ""'


def test_every_step_says_by_when_the_next_must_come() -> None:
    line = ScriptedLine(("OK", "1"))
    line.open("zh")
    line.play(["greeting"])
    line.ask(["menu/recharge"], 1, 6.0)
    line.hang_up()
    limits = [[command for command in batch if "TIMEOUT(absolute)" in command] for batch in line.commands]
    assert [len(batch) for batch in limits] == [1, 2, 2, 0]
    assert all(batch[-1] == 'SET VARIABLE TIMEOUT(absolute) "15"' for batch in limits[:3])
    assert line.commands[0][:2] == ['SET VARIABLE CHANNEL(language) "zh"', "EXEC Answer 0,i"]
    assert line.commands[-1] == ["HANGUP"]


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("200 result=0", Answer(200, 0, "")),
        ("200 result=-1\n", Answer(200, -1, "")),
        ("200 result=1 (OK:13800138000)\n", Answer(200, 1, "OK:13800138000")),
        ("200 result=13800138000 (timeout)", Answer(200, 13800138000, "timeout")),
        ("510 Invalid or unknown command", Answer(510, 0, "")),
        ("511 Command Not Permitted on a dead channel or intercept routine", Answer(511, 0, "")),
    ],
)
def test_answers_of_the_gateway_interface(text: str, answer: Answer) -> None:
    assert Answer.read(text) == answer


@pytest.mark.parametrize("text", ["", "HANGUP", "20 result=0"])
def test_what_is_no_answer(text: str) -> None:
    with pytest.raises(LineLost):
        Answer.read(text)


def test_keys_are_never_shown() -> None:
    assert "274961" not in repr(Keys("274961", ended=True))
