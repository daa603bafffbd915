"""Carries a dialogue over a line: what is said waits for the question behind it, so that a key cuts both short."""

import logging
from collections.abc import Callable

from ivr.line import HungUp, Line, LineLost
from ivr.steps import Ask, Say, Talk, Work

_log = logging.getLogger(__name__)


def drive(line: Line, dialogue: Talk[None]) -> None:
    """From the first step to the last, then hang up. Raises HungUp, LineLost, and whatever work raises."""
    said: list[str] = []
    answer: object = None
    try:
        while True:
            step = dialogue.send(answer)
            answer = None
            if isinstance(step, Say):
                said += step.prompts
            elif isinstance(step, Ask):
                prompts, said = [*said, *step.prompts], []
                answer = line.ask(prompts, step.most, step.seconds, fresh=step.fresh)
            elif isinstance(step, Work):
                said = _play(line, said)
                answer = step.run()
    except StopIteration:
        _play(line, said)
        line.hang_up()
    finally:
        dialogue.close()


def carry(line: Line, begin: Callable[[], tuple[str, Talk[None]] | None]) -> None:
    """One call as a thread's work. `begin` gives the language and the dialogue, or None where nobody can be served now.

    Until then the call is not taken. Whatever happens, the caller is not left in silence.
    """
    try:
        begun = begin()
        if begun is None:
            line.give_back()
            return
        language, dialogue = begun
        line.open(language)
        drive(line, dialogue)
    except HungUp:
        _log.info("call %s: the caller hung up", line.call_id)
    except LineLost as error:
        _log.warning("call %s: lost (%s)", line.call_id, error)
    except Exception:  # one call's fault is not to reach the others; its caller hears that we were cut off
        _log.exception("call %s: broken off", line.call_id)
        line.give_back()


def _play(line: Line, said: list[str]) -> list[str]:
    if said:
        line.play(said)
    return []
