"""Takes a command line apart: `ATE0V1+CMEE=1;+CREG?` is four commands."""

import re
from collections.abc import Iterator
from typing import Final

from simulators.modem_farm.answers import Call, Failed

_BASIC: Final = re.compile(r"(S\d+)(?:=(\d*)|(\?))?|(D)(.*)|(&?[A-Z])(\d*)", re.IGNORECASE)
_EXTENDED: Final = re.compile(r"([+^*$%][A-Z][A-Z0-9_]*)\s*(=\?|\?|=)?", re.IGNORECASE)


def commands(line: str) -> Iterator[Call]:
    """The commands of a line without its AT. Raises Failed at the first that is none."""
    rest = line.strip()
    while rest:
        if rest[0] == ";":
            rest = rest[1:].lstrip()
        elif rest[0] in "+^*$%":
            body, rest = _cut(rest)
            yield _extended(body)
        else:
            found = _BASIC.match(rest)
            if not found:
                raise Failed
            rest = rest[found.end() :].lstrip()
            yield _basic(found)


def _basic(found: re.Match[str]) -> Call:
    register, value, asked, dial, number, letter, digits = found.groups()
    if dial:
        return Call("D", "run", (number,), number)
    if register:
        mode = "read" if asked else "set"
        return Call(register.upper(), mode, (value or "",))
    return Call(letter.upper(), "run", (digits,) if digits else ())


def _extended(body: str) -> Call:
    found = _EXTENDED.match(body)
    if not found:
        raise Failed
    raw = body[found.end() :].strip()
    mode = {"=?": "test", "?": "read", "=": "set", None: "run"}[found.group(2)]
    if mode != "set" and raw:
        raise Failed
    return Call(found.group(1).upper(), mode, tuple(arguments(raw)) if mode == "set" else (), raw)


def _cut(text: str) -> tuple[str, str]:
    """A command up to the semicolon that is outside quotes, and the rest."""
    quoted = False
    for place, letter in enumerate(text):
        if letter == '"':
            quoted = not quoted
        elif letter == ";" and not quoted:
            return text[:place], text[place + 1 :]
    return text, ""


def arguments(raw: str) -> Iterator[str]:
    """Arguments between commas, without their quotes."""
    quoted, present = False, ""
    for letter in raw:
        if letter == '"':
            quoted = not quoted
        elif letter == "," and not quoted:
            yield present.strip()
            present = ""
        else:
            present += letter
    if quoted:
        raise Failed
    yield present.strip()
