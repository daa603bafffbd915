"""What an AT command comes to: lines and a final result, a prompt, or one of the error codes of 27.007 and 27.005."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

CME: Final[Mapping[int, str]] = {
    3: "operation not allowed",
    4: "operation not supported",
    10: "SIM not inserted",
    11: "SIM PIN required",
    12: "SIM PUK required",
    13: "SIM failure",
    14: "SIM busy",
    16: "incorrect password",
    30: "no network service",
    31: "network timeout",
    50: "incorrect parameters",
    100: "unknown",
}
CMS: Final[Mapping[int, str]] = {
    38: "network out of order",
    41: "temporary failure",
    42: "congestion",
    300: "ME failure",
    304: "invalid PDU mode parameter",
    305: "invalid text mode parameter",
    310: "SIM not inserted",
    311: "SIM PIN required",
    316: "SIM PUK required",
    321: "invalid memory index",
    322: "memory full",
    331: "no network service",
    332: "network timeout",
    500: "unknown error",
}
NOT_ALLOWED, NO_SIM, NO_SERVICE, BAD_PARAMETERS = 3, 10, 30, 50


class Failed(Exception):
    """A command that failed: `family` is CME, CMS, or empty for a bare ERROR."""

    def __init__(self, family: str = "", code: int = 0) -> None:
        super().__init__(f"{family} {code}")
        self.family, self.code = family, code


def cme(code: int) -> Failed:
    """An equipment error."""
    return Failed("CME", code)


def cms(code: int) -> Failed:
    """A message service error."""
    return Failed("CMS", code)


def bad() -> Failed:
    """Parameters that do not fit."""
    return cme(BAD_PARAMETERS)


@dataclass
class Answer:
    """Lines and the final result. `final` empty: the lines are all there is, ever. `after` seconds; `then` runs when it was said."""

    lines: list[str] = field(default_factory=list)
    final: str = "OK"
    after: float = 0.0
    then: Callable[[], object] | None = None


@dataclass
class Prompt:
    """`> ` was said, and text is awaited until Ctrl-Z (given to `receive`) or ESC."""

    receive: Callable[[bytes], "Answer"]


@dataclass(frozen=True)
class Call:
    """One command of a line: `mode` is run, set, read or test."""

    name: str
    mode: str
    arguments: tuple[str, ...] = ()
    raw: str = ""

    def argument(self, place: int, default: str = "") -> str:
        """An argument, or the default where it was left out."""
        return (self.arguments[place] if place < len(self.arguments) else "") or default

    def number(self, place: int, default: int | None = None, most: int = 255) -> int:
        """A whole number from 0. Raises Failed."""
        text = self.argument(place, "" if default is None else str(default))
        if not text.isdigit() or int(text) > most:
            raise bad()
        return int(text)


def error_line(failed: Failed, detail: int) -> str:
    """The error as AT+CMEE says: 0 a bare ERROR, 1 numbers, 2 words. Message errors are numbers in modes 0 and 1."""
    if not failed.family or (failed.family == "CME" and detail == 0):
        return "ERROR"
    words = (CME if failed.family == "CME" else CMS).get(failed.code, "unknown")
    return f"+{failed.family} ERROR: {words if detail == 2 else failed.code}"
