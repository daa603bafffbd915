"""A day to close: orders that succeeded, straight into MariaDB's tables, and the carrier's file of that day with planted differences."""

import hashlib
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from recharge.books.database import Database
from recharge.books.ids import first_id_at
from recharge.books.rows import AttemptRow, OrderRow, insert_of
from recharge.books.tables.metadata import stamp

DAY = date(2026, 11, 20)
BEGIN = datetime(2026, 11, 19, 16, tzinfo=UTC)  # midnight in China
_POSTING = "INSERT INTO posting (order_id, step, account_id, amount_minor) VALUES (?, ?, ?, ?)"
_AT_ONCE = 5000
PLANTED = {
    "ours_only": 200,
    "theirs_unknown": 300,
    "amount": 100,
    "charge": 50,
    "duplicate_at_carrier": 400,
    "number": 150,
    "reversed_there": 100,
}


@dataclass(frozen=True, slots=True)
class Place:
    """Whose orders they are and where their stock stands."""

    party: int
    endpoint: int
    carrier: int
    product: int
    link: int
    stock: int


def place_of(database: Database) -> Place:
    """The first point, carrier and link of a province."""
    with database.read() as connection:

        def one(text: str) -> int:
            return int(database.rows(connection, text)[0][0])

        return Place(
            one("SELECT MIN(id) FROM party WHERE kind = 'point'"), one("SELECT MIN(id) FROM endpoint"), one("SELECT MIN(id) FROM carrier"),
            one("SELECT MIN(id) FROM product"), one("SELECT MIN(id) FROM link"), one("SELECT MIN(id) FROM account WHERE kind = 'stock'"),
        )  # fmt: skip


def fill(database: Database, count: int) -> None:
    """So many orders of the day, each with its one attempt and what it took from the stock."""
    place = place_of(database)
    texts = (insert_of("orders", OrderRow), insert_of("attempt", AttemptRow), _POSTING)
    for start in range(0, count, _AT_ONCE):
        rows = [_rows(place, number, count) for number in range(start, min(start + _AT_ONCE, count))]
        with database.write() as connection:
            for which, text in enumerate(texts):
                database.change_many(connection, text, [row[which] for row in rows])


def _rows(place: Place, number: int, count: int) -> tuple[tuple[Any, ...], ...]:
    attempt = reference(number, count)
    at = stamp(BEGIN + timedelta(seconds=86_000 * number / count))
    order = OrderRow(
        attempt - 1, "recharge", "succeeded", place.party, place.endpoint, "web", "zh_CN", customer(number), place.carrier, "",
        place.product,
        5000, 4900, "[]", 0, DAY.isoformat(), at, None, "", attempt, 1, place.link, 5000, 4800, serial(number), "", None, at,
    )  # fmt: skip
    tried = AttemptRow(
        attempt, attempt - 1, "submit", 1, place.link, "succeeded", customer(number), 5000, 4800, None, "[]", at, "", serial(number), 4800,
        5000, 0, 0, at,
    )  # fmt: skip
    return order, tried, (attempt - 1, 2, place.stock, 4800)


def reference(number: int, count: int) -> int:
    """The n-th order's outgoing reference, spread over the day; always even, the order's own id stands before it."""
    return first_id_at(BEGIN) + (number * ((86_000_000 << 22) // count) & ~1) + 2


def customer(number: int) -> str:
    """The n-th customer's number."""
    return f"138{number % 10**8:08d}"


def serial(number: int) -> str:
    """The carrier's serial number of the n-th order."""
    return f"SN{number:012d}"


def write_file(path: Path, count: int, seed: int = 7) -> int:
    """The carrier's file, in the order in which the carrier finished; the number of its lines."""
    chance = random.Random(seed)
    numbers = list(range(count))
    for start in range(0, count, 64):
        some = numbers[start : start + 64]
        chance.shuffle(some)
        numbers[start : start + 64] = some
    lines = list(_details(numbers, count, _plan(chance, count)))
    digest, sums = hashlib.sha256(), [0, 0, 0]
    with path.open("wb") as file:

        def write(text: str) -> None:
            content = text.encode("gb18030")
            digest.update(content)
            file.write(content)

        write(f"H|BENCH|{DAY:%Y%m%d}|1|20261121010000|+08:00|空中充值日对账单\n")
        for start in range(0, len(lines), 10_000):
            some_lines = lines[start : start + 10_000]
            write("".join(f"D|{start + place}|{line[0]}\n" for place, line in enumerate(some_lines, 1)))
            for line in some_lines:
                sums = [total + amount for total, amount in zip(sums, line[1], strict=True)]
        file.write(f"T|{len(lines)}|{sums[0]}|{sums[1]}|{sums[2]}|{digest.hexdigest()}\n".encode())
    return len(lines)


def _plan(chance: random.Random, count: int) -> dict[int, str]:
    """Which orders the carrier tells otherwise; strangers stand beside orders that agree."""
    chosen = chance.sample(range(count), sum(PLANTED.values()))
    kinds = [kind for kind, many in PLANTED.items() for _ in range(many)]
    return dict(zip(chosen, kinds, strict=True))


_CHANGES: dict[str, dict[str, Any]] = {
    "amount": {"face": 10_000},
    "charge": {"charged": 4900},
    "number": {"number": "13900000000"},
    "reversed_there": {"state": "REVERSED"},
}


def _details(numbers: Sequence[int], count: int, plan: dict[int, str]) -> Iterator[tuple[str, tuple[int, int, int]]]:
    for number in numbers:
        kind = plan.get(number)
        told: dict[str, Any] = {
            "reference": str(reference(number, count)),
            "number": customer(number),
            "face": 5000,
            "charged": 4800,
            "state": "SUCCESS",
        }
        if kind == "ours_only":
            continue
        if kind == "theirs_unknown":
            yield _line(number, told | {"reference": f"9{number:018d}", "number": "19900000000"})
        changes = _CHANGES.get(kind or "", {})
        line = _line(number, told | changes)
        yield line
        if kind == "duplicate_at_carrier":
            yield line


def _line(number: int, told: dict[str, Any]) -> tuple[str, tuple[int, int, int]]:
    second = number % 86_000
    at = f"{DAY:%Y%m%d}{second // 3600:02d}{second // 60 % 60:02d}{second % 60:02d}"
    amounts = (told["face"], told["charged"], told["face"])
    sums = "|".join(map(str, amounts))
    return f"R|{told['reference']}||C{number:015d}|{serial(number)}|{told['number']}|{sums}|{told['state']}|{at}", amounts
