"""A call as a dialogue's carrier uses it: say, ask, hang up, in the commands of the Asterisk Gateway Interface, whichever way they go."""

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass

from ivr.steps import Keys

SOUNDS = "kongchong/"
_HASH = "#"
GONE_SECONDS = 15
"""How long Asterisk waits for us: when we are gone, the caller hears so after this time and is not left in silence."""
_LONGEST_PROMPT_SECONDS = 8
_KEYED = "IVR_KEYED"
_RESULT = re.compile(r"^(\d{3})[ -](?:result=(-?\d+))?(?: ?\((.*)\))?", re.DOTALL)


class HungUp(Exception):
    """The caller is gone."""


class LineLost(Exception):
    """We lost the call: the connection to Asterisk is gone, or it did not answer in time."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Asterisk's answer to one command: a status as of HTTP, a result, and what stood in brackets."""

    status: int
    result: int
    text: str

    @classmethod
    def read(cls, line: str) -> "Answer":
        """An answer's line. Raises LineLost for anything else."""
        found = _RESULT.match(line.strip())
        if found is None:
            raise LineLost("no answer of the gateway interface")
        return cls(int(found[1]), int(found[2] or 0), found[3] or "")


class Line(ABC):
    """One call. Its methods belong to one thread and raise HungUp or LineLost."""

    def __init__(self) -> None:
        self._playing: Future[list[Answer]] | None = None
        self._after_one_key = False

    @property
    @abstractmethod
    def call_id(self) -> str:
        """Asterisk's id of the call, unique for ever with the system's name."""

    @property
    @abstractmethod
    def caller(self) -> str:
        """The caller's number as the network shows it."""

    @abstractmethod
    def send(self, commands: Sequence[str], seconds: float) -> "Future[list[Answer]]":
        """Give commands to the call, to be carried out one after another; `seconds` is how long all of them may take."""

    @abstractmethod
    def give_back(self) -> None:
        """Leave the call to the dialplan, which says that we were cut off."""

    @abstractmethod
    def typed_ahead(self) -> str:
        """Keys that were pressed and not asked for yet; nothing where the way to Asterisk does not tell."""

    @abstractmethod
    def forget_keys(self, number: int | None = None) -> None:
        """Drop the first keys that were typed ahead, or all."""

    def open(self, language: str) -> None:
        """Take the call: from here on it costs the caller money."""
        self._do([_set("CHANNEL(language)", language), "EXEC Answer 0,i", _within(GONE_SECONDS)], 10)

    def play(self, prompts: Sequence[str]) -> None:
        """Begin to play prompts; the next call of a method waits for their end."""
        self.settle()
        longest = len(prompts) * _LONGEST_PROMPT_SECONDS
        commands = [_within(longest + GONE_SECONDS), f"EXEC Playback {_files(prompts)}", _within(GONE_SECONDS)]
        self._playing = self.send(commands, longest)

    def settle(self) -> None:
        """Wait until what is being played has ended."""
        if self._playing is not None:
            playing, self._playing = self._playing, None
            playing.result()

    def ask(self, prompts: Sequence[str], most: int, seconds: float, *, fresh: bool = False) -> Keys:
        """Play prompts until a key comes, then wait for the other keys: one, or up to `most` ended by the hash key."""
        self.settle()
        if fresh:
            self.forget_keys()
        # Some people end a single key with the hash key, too: there it answers nothing.
        stray, self._after_one_key = self._after_one_key and most > 1, False
        if stray and self.typed_ahead().startswith(_HASH):
            self.forget_keys(1)
            stray = False
        keys = self._complete(most)
        while keys is None:
            keys = self._heard(prompts, most, seconds)
            if stray and keys == Keys("", ended=True):
                keys, stray = None, False
        self._after_one_key = most == 1 and bool(keys.digits)
        return keys

    def hang_up(self) -> None:
        """Wait for what is being played, then end the call."""
        self.settle()
        self._do(["HANGUP"], 5)

    def _heard(self, prompts: Sequence[str], most: int, seconds: float) -> Keys:
        """What comes when the prompts are played; somebody who typed ahead needs none."""
        had = self.typed_ahead()
        status, keyed = self._read(() if had else prompts, most - len(had), seconds)
        if status == "HANGUP":
            raise HungUp
        return self._complete(most) or self._incomplete(had + keyed, most, ended=status == "OK")

    def _complete(self, most: int) -> Keys | None:
        """The answer, if the keys typed ahead hold a whole one."""
        typed = self.typed_ahead()
        if most == 1 and typed:
            self.forget_keys(1)
            return Keys(typed[0], ended=True)
        head, hash_key, _ = typed.partition(_HASH)
        if most > 1 and (hash_key or len(head) >= most):
            self.forget_keys(min(len(head), most) + len(hash_key))
            return Keys(head[:most], ended=True)
        return None

    def _incomplete(self, keyed: str, most: int, *, ended: bool) -> Keys:
        """What the time ended, or all there is to know where keys are told by the answer alone."""
        typed = max(self.typed_ahead(), keyed, key=len)
        self.forget_keys()
        return Keys(typed[:most], ended)

    def _read(self, prompts: Sequence[str], most: int, seconds: float) -> tuple[str, str]:
        longest = len(prompts) * _LONGEST_PROMPT_SECONDS + seconds * (most + 1)
        commands = [
            _within(longest + GONE_SECONDS),
            f"EXEC Read {_KEYED},{_files(prompts)},{most},,1,{seconds:g}",
            _within(GONE_SECONDS),
            f"GET FULL VARIABLE ${{READSTATUS}}:${{{_KEYED}}}",
            # What was keyed may be a password: it does not stay with the call.
            _set(_KEYED, ""),
        ]
        answers = self._do(commands, longest)
        status, _, keyed = answers[3].text.partition(":")
        return status, keyed

    def _do(self, commands: Sequence[str], seconds: float) -> list[Answer]:
        return self.send(commands, seconds).result()


def _files(prompts: Sequence[str]) -> str:
    return "&".join(SOUNDS + name for name in prompts)


def _set(name: str, value: str) -> str:
    return f'SET VARIABLE {name} "{value}"'


def _within(seconds: float) -> str:
    """The call ends in the dialplan's words unless the next step has come by then."""
    return _set("TIMEOUT(absolute)", f"{seconds:g}")
