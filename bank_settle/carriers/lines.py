"""One side of the match as a sorted text file: a line a reference, its key first, then what must agree, then what people want to know.

    key TAB agreement TAB the rest

The key is the reference padded with zeros, so that text sorts as numbers do. Two sides that agree have the same key and agreement, and
nothing more of such a line is ever looked at.
"""

import heapq
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from bank_settle.files.profile import CARRIER_FIELDS
from recharge import AttemptFact, StatementKind, StatementLine

_RUN = 100_000
_KEY = 24
NOTHING = "-"
_KINDS = {StatementKind.RECHARGE: "recharge", StatementKind.BILL_PAYMENT: "bill_payment", StatementKind.REVERSAL: "reversal"}


class Theirs(NamedTuple):
    """A carrier's line. Amounts in minor units as the carrier signs them; `at` is its local time, YYYYMMDDhhmmss."""

    reference: str
    kind: str
    original_reference: str
    carrier_reference: str
    serial_number: str
    number: str
    amount_minor: int
    charged_minor: int
    delivered_minor: int
    state: str
    at: str


class Ours(NamedTuple):
    """An attempt of ours, as the snapshot froze it."""

    reference: str
    order_id: int
    action: str
    state: str
    number: str
    face_minor: int
    delivered_minor: int | None
    target: str
    serial_number: str
    kind: str
    order_state: str
    party_id: int
    price_minor: int
    tries: int
    booked_minor: int | None


assert Theirs._fields == CARRIER_FIELDS


def key_of(reference: str) -> str:
    """The sort key of a reference; whatever is no plain number stands behind all numbers."""
    return reference.rjust(_KEY, "0") if reference.isascii() and reference.isdigit() else f"~{reference}"


def theirs_line(row: tuple[Any, ...]) -> str:
    """A carrier's line in the file's form."""
    reference, kind, _, _, serial, number, amount, charged, delivered, state, _ = row
    agreement = f"{kind}|{number}|{abs(amount)}|{charged}|{abs(delivered)}|{serial}|{state}"
    key = reference.rjust(_KEY, "0") if reference.isascii() and reference.isdigit() else f"~{reference}"
    return key + "\t" + agreement + "\t" + "\t".join(map(str, row)) + "\n"


def read_theirs(line: str) -> Theirs:
    """The line as it was."""
    values = line.rstrip("\n").split("\t")[2:]
    return Theirs(*values[:6], *map(int, values[6:9]), *values[9:])  # type: ignore[arg-type]


def ours_line(fact: AttemptFact) -> str:
    """An attempt in the file's form: what the carrier must say of it, or nothing to agree with where it has not succeeded."""
    (reference, order, action, state, number, face, delivered, target, serial, kind, order_state, party, price, tries, booked) = fact
    if state != "succeeded" or booked is None or order_state not in _SETTLED:
        agreement = NOTHING
    elif action == "submit":
        told = "reversed" if order_state == "reversed" else "success"
        agreement = f"{kind}|{number}|{face}|{booked}|{face if delivered is None else delivered}|{serial}|{told}"
    else:
        agreement = NOTHING
    rest = f"{reference}\t{order}\t{action}\t{state}\t{number}\t{face}\t{_or(delivered)}\t{target or ''}\t{serial}\t{kind}\t{order_state}"
    return f"{reference:0{_KEY}d}\t{agreement}\t{rest}\t{party}\t{price}\t{tries}\t{_or(booked)}\n"


_SETTLED = frozenset({"succeeded", "reversing", "reversed"})


def read_ours(line: str) -> Ours:
    """The attempt as the snapshot froze it."""
    v = line.rstrip("\n").split("\t")[2:]
    return Ours(v[0], int(v[1]), v[2], v[3], v[4], int(v[5]), _number(v[6]), v[7], v[8], v[9], v[10], int(v[11]), int(v[12]), int(v[13]),
                _number(v[14]))  # fmt: skip


def _or(value: int | None) -> str:
    return "" if value is None else str(value)


def _number(text: str) -> int | None:
    return int(text) if text else None


def from_link(lines: Iterable[StatementLine], zone: Any) -> Iterator[tuple[Any, ...]]:
    """A link's statement in the order of CARRIER_FIELDS."""
    for item in lines:
        at = item.finished_at.astimezone(zone).strftime("%Y%m%d%H%M%S")
        yield (item.reference, _KINDS[item.kind], item.original_reference, item.supplier_reference, item.serial_number, item.number,
               item.amount_minor, item.charged_minor, item.delivered_minor, item.state.value, at)  # fmt: skip


def write_sorted(lines: Iterable[str], target: BinaryIO) -> int:
    """Write lines in the order of their keys, however many there are; their number. Runs of a hundred thousand are merged from files."""
    with tempfile.TemporaryDirectory(prefix="kongchong-settle-") as folder:
        runs: list[Path] = []
        count, batch = 0, []
        for line in lines:
            batch.append(line)
            if len(batch) == _RUN:
                count += len(batch)
                runs.append(_run(batch, Path(folder) / str(len(runs))))
                batch = []
        batch.sort()
        count += len(batch)
        if not runs:
            target.write("".join(batch).encode())
            return count
        _merge(runs, batch, target)
    return count


def _run(batch: list[str], path: Path) -> Path:
    batch.sort()
    path.write_text("".join(batch), encoding="utf-8")
    return path


def _merge(runs: list[Path], rest: list[str], target: BinaryIO) -> None:
    files = [path.open(encoding="utf-8", newline="\n") for path in runs]
    try:
        block: list[str] = []
        for line in heapq.merge(*files, rest):
            block.append(line)
            if len(block) == 10_000:
                target.write("".join(block).encode())
                block = []
        target.write("".join(block).encode())
    finally:
        for file in files:
            file.close()
