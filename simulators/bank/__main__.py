"""`python -m simulators.bank`: plays one day of the bank."""

import argparse
import csv
from pathlib import Path

from simulators.bank.play import Bank, Day


def main(words: list[str] | None = None) -> None:
    """Read the command line and play the day."""
    parser = argparse.ArgumentParser(prog="python -m simulators.bank", description="A simulated bank, one day at a time.")
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--account", required=True)
    parser.add_argument("--day", required=True)
    parser.add_argument("--points", required=True)
    parser.add_argument("--virtual", type=Path)
    parser.add_argument("--deposits", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--payment", type=Path, action="append", default=[])
    parser.add_argument("--reject", type=int, default=0)
    parser.add_argument("--return", type=int, default=0, dest="give_back")
    parser.add_argument("--hole", action="store_true")
    told = parser.parse_args(words)
    virtual = {} if told.virtual is None else {row[1]: row[0] for row in csv.reader(told.virtual.read_text(encoding="utf-8").splitlines())}
    day = Day(told.day, told.points.split(","), told.deposits, virtual, told.payment, told.reject, told.give_back, told.hole)
    sheet = Bank(told.folder, told.account, told.seed).play(day)
    print(f"{told.day}: {told.deposits} deposits, {len(list(told.payment))} payment files, closing {sheet['closing_minor']} fen")


if __name__ == "__main__":
    main()
