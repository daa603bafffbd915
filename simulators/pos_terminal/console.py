"""`python -m simulators.pos_terminal.console FILE COMMAND ...`: make a terminal, load its key, press its keys on the command line."""

import argparse
import asyncio
import os
import secrets
import sys
from pathlib import Path

from simulators.pages import LANGUAGES
from simulators.pos_terminal import ciphers
from simulators.pos_terminal.counter import FIELDS, CannotPress, Counter
from simulators.pos_terminal.faults import STEPS, SWITCHES, chosen
from simulators.pos_terminal.line import host_of, line_to
from simulators.pos_terminal.memory import POLICIES, Memory, State
from simulators.pos_terminal.messages import dial_up
from simulators.pos_terminal.page import line_of
from simulators.pos_terminal.record import Record
from simulators.pos_terminal.slips import render

_PROFILES = {"own": ("x9.19", True, "confirm"), "cup": ("cup-ecb", False, "reversal"), "x99": ("x9.9", False, "reversal")}
_FAULTS = (*SWITCHES, *(f"cut:{step}" for step in STEPS))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m simulators.pos_terminal.console", description="A POS terminal, simulated.")
    parser.add_argument("file", type=Path, help="the terminal's file")
    parser.add_argument("--server", type=host_of, help="HOST:PORT of the platform's POS access, or of a concentrator")
    parser.add_argument("--tls", type=Path, help="certificate that vouches for the server; the line is TLS then")
    parser.add_argument("--seconds", type=float, help="how long an answer is waited for")
    parser.add_argument("--language", choices=LANGUAGES, default=LANGUAGES[0])
    parser.add_argument("--frames", action="store_true", help="show the messages, without secrets")
    parser.add_argument("--fault", action="append", default=[], choices=_FAULTS, help="something that goes wrong this time")
    parser.add_argument("--delay", type=float, default=0.0, help="seconds before the first message is sent")
    commands = parser.add_subparsers(dest="command", required=True)
    _add_make(commands.add_parser("make", help="a new terminal; its master key's components come on standard input, a line each"))
    commands.add_parser("letters", help="key letters for a new master key: FILE gets its two components, each with its check value")
    for name, fields in FIELDS.items():
        command = commands.add_parser(name)
        for field in fields:
            command.add_argument(field)
        if name in ("recharge", "bill"):
            command.add_argument("--again", action="store_const", const="1", default="", help="the same sale is meant once more")
    return parser


def _add_make(command: argparse.ArgumentParser) -> None:
    command.add_argument("terminal", help="8 letters or digits")
    command.add_argument("merchant", help="at most 15 letters or digits")
    command.add_argument("--serial", default="KC0000000001")
    command.add_argument("--profile", choices=sorted(_PROFILES), default="own")
    command.add_argument("--policy", choices=POLICIES, help="what a lost answer leads to, where it is not the profile's")
    command.add_argument("--check", help="the master key's check value, in hexadecimal")
    command.add_argument("--caller", default="", help="number the terminal rings from, behind a concentrator")
    command.add_argument("--called", default="", help="number it rings")


def main(arguments: list[str] | None = None) -> int:
    """Do one thing with a terminal; 0 when it was done or is in hand, 1 otherwise."""
    parser = _parser()
    told = parser.parse_args(arguments)
    if told.command == "make":
        return _make(parser, told)
    if told.command == "letters":
        return _write_letters(told.file)
    if told.server is None:
        parser.error("--server is needed")
    try:
        return asyncio.run(_press(told))
    except CannotPress as error:
        parser.error(error.why)


def _make(parser: argparse.ArgumentParser, told: argparse.Namespace) -> int:
    try:
        key = ciphers.combined([bytes.fromhex(line) for line in sys.stdin.read().split()])
    except ValueError as error:
        parser.error(f"components: {error}")
    check = ciphers.check_value(key).hex().upper()
    if told.check and not check.startswith(told.check.upper()):
        parser.error("the check value does not fit")
    algorithm, strict, policy = _PROFILES[told.profile]
    state = State(told.terminal, f"{told.merchant:<15}", told.serial, key.hex(), mac=algorithm, strict=strict, policy=told.policy or policy)
    state.dial_up = dial_up(told.caller, told.called).hex() if told.caller else ""
    Memory.make(told.file, state)
    print(check)
    return 0


def _write_letters(path: Path) -> int:
    """Two people each get one line, so that nobody sees the whole key; what is printed is the whole key's check value."""
    components = [secrets.token_bytes(16) for _ in range(2)]
    lines = [f"{one.hex().upper()} {ciphers.check_value(one).hex().upper()}\n" for one in components]
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.writelines(lines)
    print(ciphers.check_value(ciphers.combined(components)).hex().upper())
    return 0


async def _press(told: argparse.Namespace) -> int:
    counter = Counter(told.file.parent, line_to(told.server, told.tls), told.seconds)
    filled = {field: getattr(told, field) for field in FIELDS[told.command]} | {"again": getattr(told, "again", "")}
    notice = await counter.press(told.file.stem, told.command, filled, chosen(told.fault, told.delay))
    shown = counter.shown(told.file.stem)
    if told.frames:
        print(*map(_frame, shown.records), sep="\n")
    if shown.outcome is None:
        print(notice)
        return 1
    for name, value in shown.outcome.display:
        print(line_of(name, value, told.language))
    for slip in shown.outcome.slips:
        print(render(slip, told.language))
    return 0 if shown.outcome.ended in ("done", "processing") else 1


def _frame(record: Record) -> str:
    fields = " ".join(f"{number}={value}" for number, value in record.fields)
    return f"{record.direction} {record.type} {record.octets} {record.header} {record.note} {fields}"


if __name__ == "__main__":
    sys.exit(main())
