"""`python -m simulators.sim_card FILE COMMAND ...`: make a card, let it send; prints TP-UD in hexadecimal."""

import argparse
import random
import sys
from pathlib import Path

from simulators.sim_card.card import SimCard, corrupted
from simulators.sim_card.packet import ALGORITHMS


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m simulators.sim_card", description="A shopkeeper's SIM card, simulated.")
    parser.add_argument("file", type=Path, help="the card's file")
    commands = parser.add_subparsers(dest="command", required=True)
    make = commands.add_parser("make", help="personalise a new card")
    make.add_argument("iccid")
    make.add_argument("msisdn")
    make.add_argument("--kind", choices=sorted(ALGORITHMS), default="aes")
    make.add_argument("--version", type=int, default=1)
    make.add_argument("--masters", type=Path, required=True, help="file with the master keys KIc and KID in hexadecimal, a line each")
    for name, fields in _MENU.items():
        command = commands.add_parser(name)
        for field in fields:
            command.add_argument(field, type=int if field == "fen" else str)
    commands.add_parser("clone").add_argument("copy", type=Path)
    commands.add_parser("corrupt", help="the last message, damaged").add_argument("--seed", type=int, default=1)
    commands.add_parser("hear", help="a secured message to the card").add_argument("message")
    return parser


_MENU: dict[str, tuple[str, ...]] = {
    "recharge": ("number", "fen", "password"),
    "repeat": ("password",),
    "query": (),
    "reversal": ("password",),
    "balance": (),
    "transfer": ("to", "fen", "password"),
    "change_password": ("old", "new"),
    "resend": (),
}


def main(arguments: list[str] | None = None) -> None:
    """Do one thing with a card."""
    told = _parser().parse_args(arguments)
    if told.command == "make":
        kic, kid = (bytes.fromhex(line) for line in told.masters.read_text("ascii").split())
        print(SimCard.make(told.file, told.iccid, told.msisdn, told.kind, told.version, (kic, kid)).iccid)
        return
    said = _said(SimCard(told.file), told)
    if said is not None:
        print(said.hex())


def _said(card: SimCard, told: argparse.Namespace) -> bytes | None:
    if told.command == "clone":
        card.clone(told.copy)
        return None
    if told.command == "corrupt":
        return corrupted(card.resend(), random.Random(told.seed))
    if told.command == "hear":
        return card.hear(bytes.fromhex(told.message))
    message: bytes = getattr(card, told.command)(*(getattr(told, field) for field in _MENU[told.command]))
    return message


if __name__ == "__main__":
    main(sys.argv[1:])
