"""`python -m simulators.bank`: plays one day of the bank."""

import argparse
import csv
from pathlib import Path

from simulators.bank.mischief import NAMES
from simulators.bank.play import Bank, Day


def main(words: list[str] | None = None) -> None:
    """Read the command line and play the day."""
    parser = argparse.ArgumentParser(prog="python -m simulators.bank", description="A simulated bank, one day at a time.")
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--account", required=True)
    parser.add_argument("--day", required=True)
    parser.add_argument("--points", default="")
    parser.add_argument("--virtual", type=Path)
    parser.add_argument("--deposits", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--payment", type=Path, action="append", default=[])
    parser.add_argument("--reject", type=int, default=0)
    parser.add_argument("--return", type=int, default=0, dest="give_back")
    parser.add_argument("--hole", action="store_true")
    parser.add_argument("--transfer", action="append", default=[], type=_transfer, metavar="FEN[:POINT]")
    parser.add_argument("--mischief", action="append", default=[], choices=NAMES)
    parser.add_argument("--go-on", action="store_true", help="a day that is not over: only its --transfer, beside what it had")
    parser.add_argument("--correct", action="store_true", help="only write the last statement anew, without one deposit")
    told = parser.parse_args(words)
    bank = Bank(told.folder, told.account, told.seed)
    if told.correct:
        print(f"left out: {bank.correct() or 'nothing'}")
        return
    if told.go_on:
        print(f"{told.day}: {len(told.transfer)} transfers, balance {bank.go_on(told.day, told.transfer)} fen")
        return
    virtual = {} if told.virtual is None else {row[1]: row[0] for row in csv.reader(told.virtual.read_text(encoding="utf-8").splitlines())}
    payments = (told.payment, told.reject, told.give_back)
    sheet = bank.play(
        Day(told.day, told.points.split(","), told.deposits, virtual, *payments, told.hole, told.transfer, tuple(told.mischief))
    )
    print(f"{told.day}: {told.deposits} deposits, {len(list(told.payment))} payment files, closing {sheet['closing_minor']} fen")


def _transfer(text: str) -> tuple[int, str]:
    amount, _, code = text.partition(":")
    return int(amount), code


if __name__ == "__main__":
    main()
