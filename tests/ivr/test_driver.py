"""A dialogue carried over a line."""

import logging
from collections.abc import Callable

import pytest

from ivr.driver import carry, drive
from ivr.line import HungUp, LineLost
from ivr.steps import Ask, Keys, Say, Talk, Work, ask, say, work
from tests.ivr.test_line import ScriptedLine


def talk(seen: list[object]) -> Talk[None]:
    yield from say("greeting", "bad/key")
    keys = yield from ask(Ask(("menu/recharge",)))
    seen.append(keys.digits)
    yield from say("result/in-hand")
    seen.append((yield from work(lambda: 42)))
    yield from say("result/succeeded")
    yield from say("bye")


def files(line: ScriptedLine) -> list[str]:
    """What was played and asked, in order."""
    return [command.split(" ", 1)[1] for batch in line.commands for command in batch if command.startswith(("EXEC P", "EXEC R"))]


def test_what_is_said_before_a_question_is_cut_short_with_it() -> None:
    line, seen = ScriptedLine(("OK", "3")), list[object]()
    drive(line, talk(seen))
    assert seen == ["3", 42]
    assert files(line) == [
        "Read IVR_KEYED,kongchong/greeting&kongchong/bad/key&kongchong/menu/recharge,1,,1,6",
        "Playback kongchong/result/in-hand",
        "Playback kongchong/result/succeeded&kongchong/bye",
    ]
    assert line.commands[-1] == ["HANGUP"]


def test_work_is_done_while_its_words_are_heard() -> None:
    line = ScriptedLine()
    order: list[str] = []

    def words() -> Talk[None]:
        yield Say(("result/in-hand",))
        yield Work(lambda: order.append(f"{len(line.commands)} batches, playing {line._playing is not None}"))

    drive(line, words())
    assert order == ["1 batches, playing True"]


def test_a_hang_up_ends_the_dialogue_where_it_stands() -> None:
    closed: list[str] = []

    def words() -> Talk[None]:
        try:
            yield Ask(("enter/number",), 24)
        finally:
            closed.append("closed")

    with pytest.raises(HungUp):
        drive(ScriptedLine(("HANGUP", "")), words())
    assert closed == ["closed"]


def raising(error: Exception) -> Callable[[], Talk[None]]:
    def words() -> Talk[None]:
        yield Say(("greeting",))
        raise error

    return words


@pytest.mark.parametrize(
    ("error", "given_back", "said"),
    [
        (HungUp(), False, "hung up"),
        (LineLost("cut"), False, "lost (cut)"),
        (RuntimeError("a fault"), True, "broken off"),
    ],
)
def test_no_fault_of_a_call_gets_out(error: Exception, given_back: bool, said: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    line, words = ScriptedLine(), raising(error)
    carry(line, lambda: ("zh", words()))
    assert line.given_back is given_back
    assert said in caplog.text


def test_a_call_that_cannot_be_served_is_not_taken() -> None:
    line = ScriptedLine()
    carry(line, lambda: None)
    assert line.given_back
    assert line.commands == []


def test_a_call_is_taken_in_its_language() -> None:
    line = ScriptedLine()
    carry(line, lambda: ("id", say("bye")))
    assert line.commands[0][0] == 'SET VARIABLE CHANNEL(language) "id"'


def test_no_key_reaches_the_log_of_a_fault(caplog: pytest.LogCaptureFixture) -> None:
    def words() -> Talk[None]:
        keys: Keys = yield Ask(("enter/password",), 24)
        raise RuntimeError(f"a fault with {keys}")

    carry(ScriptedLine(("OK", "739154#")), lambda: ("zh", words()))
    assert "739154" not in caplog.text
