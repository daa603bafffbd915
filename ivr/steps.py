"""What a dialogue asks of whoever carries it: say, ask for keys, do some work. A dialogue is a generator of these, and no more."""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any, TypeVar

Result = TypeVar("Result")
Talk = Generator["Step", Any, Result]
"""A part of a dialogue; it ends with a result."""


@dataclass(frozen=True, slots=True)
class Say:
    """Prompts for the caller. They are joined to the question that follows, where a key cuts them short; else they are played."""

    prompts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ask:
    """Prompts, then keys: one where `most` is 1, else up to the hash key. `seconds` is how long each key is waited for.

    Keys that were pressed before count, unless it is `fresh`: what was keyed before the question was heard answers it not.
    """

    prompts: tuple[str, ...] = ()
    most: int = 1
    seconds: float = 6.0
    fresh: bool = False


@dataclass(frozen=True, slots=True)
class Work:
    """Something that takes time, done while what was said last is heard."""

    run: Callable[[], Any]


@dataclass(frozen=True, slots=True)
class Keys:
    """What was keyed, without the hash key; `ended` by it or by being complete, or else by silence."""

    digits: str
    ended: bool

    def __repr__(self) -> str:
        return f"Keys(***, ended={self.ended})"


Step = Say | Ask | Work


def say(*prompts: str) -> Talk[None]:
    """Say prompts."""
    yield Say(prompts)


def ask(question: Ask) -> Talk[Keys]:
    """Ask, and return what was keyed."""
    keys: Keys = yield question
    return keys


def work(run: Callable[[], Result]) -> Talk[Result]:
    """Do some work and return what came of it."""
    result: Result = yield Work(run)
    return result
