"""`python -m simulators.telephone`: a telephone as a page of its own, or with --terminal as one call in the terminal."""

import argparse
import asyncio
import sys
from pathlib import Path

from simulators.pages import serve
from simulators.telephone.app import Telephone
from simulators.telephone.handset import Handset, Line
from simulators.telephone.terminal import talk, typed


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m simulators.telephone", description="A shopkeeper's telephone, simulated.")
    parser.add_argument("--sip-port", type=int, default=18090, help="where the exchange is, on this machine")
    parser.add_argument("--prompts", type=Path, required=True, help="the spoken prompts (python -m ivr.prompts)")
    parser.add_argument(
        "--line", action="append", default=[], metavar="NUMBER[=NAME]", help="a line to call from; may be given several times"
    )
    parser.add_argument("--port", type=int, default=18092, help="port of the page")
    parser.add_argument("--state", type=Path, help="file in which the exchange says why it is not there")
    parser.add_argument("--terminal", action="store_true", help="one call from the first line, here in the terminal")
    return parser.parse_args()


async def page(told: argparse.Namespace, lines: list[Line]) -> None:
    """Serve until SIGTERM or SIGINT; prints the ready line once the page is there."""
    handset = Handset(told.sip_port, told.prompts, lines, told.state)
    await serve(Telephone(handset).routes(), "telephone", "127.0.0.1", told.port, handset.hang_up)


def _line(told: str) -> Line:
    number, _, name = told.partition("=")
    return Line(number, name)


def main() -> None:
    """Read the command line; a page, or a call."""
    told = _arguments()
    lines = [_line(text) for text in told.line]
    if not lines:
        sys.exit("--line: at least one")
    if told.terminal:
        sys.exit(asyncio.run(talk(told.sip_port, lines[0].number, told.prompts, typed(), lambda text: print(text, flush=True))))
    asyncio.run(page(told, lines))


if __name__ == "__main__":
    main()
