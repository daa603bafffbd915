"""The printer: slips of 32 columns in letters that a terminal can print, a Chinese one taking two columns."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from simulators.pos_terminal.texts import say

COLUMNS: Final = 32
_RULE = "-" * COLUMNS
_WIDE: Final = 2


@dataclass
class Slip:
    """What is on a slip, before it is laid out: its kind, and rows of a name and a value. A row without a name is text by itself."""

    kind: str
    rows: list[tuple[str, str]] = field(default_factory=list)


def printable(text: str) -> str:
    """The text with everything the printer's letters (GBK) lack as a question mark, in one line."""
    return "".join(letter if letter.isprintable() else " " for letter in text).encode("gbk", "replace").decode("gbk")


def width(text: str) -> int:
    """Columns a text takes."""
    return len(text.encode("gbk", "replace"))


def wrapped(text: str, columns: int = COLUMNS) -> Iterator[str]:
    """A text in lines no wider than the paper."""
    line = ""
    for letter in text:
        if width(line + letter) > columns:
            yield line
            line = ""
        line += letter
    yield line


def _centred(text: str) -> str:
    return " " * max(0, (COLUMNS - width(text)) // _WIDE) + text


def render(slip: Slip, language: str) -> str:
    """The slip as printed, lines of at most 32 columns."""
    lines = [_centred(line) for line in wrapped(printable(say(f"slip.{slip.kind}", language)))]
    lines.append(_RULE)
    for name, value in slip.rows:
        lines += _row(name, value, language)
    return "\n".join([*lines, _RULE])


def _row(name: str, value: str, language: str) -> list[str]:
    if not name:
        return [line for line in wrapped(printable(value)) if line]
    shown = say(value, language) if name.endswith("~") else value
    head = say(f"row.{name.rstrip('~')}", language)
    return [line.rstrip() for line in wrapped(printable(f"{head}: {shown}"))]
