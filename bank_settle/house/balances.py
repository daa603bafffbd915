"""The day's balances: opening, in, out and closing of every account, frozen at the snapshot and read by every report after it."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from recharge import AccountFact, DayBooks


@dataclass(frozen=True, slots=True)
class AccountDay:
    """One account's business date. Amounts in minor units; opening + in − out = closing. `moves` is (entries, in, out) by kind of entry."""

    account_id: int
    kind: str
    owner_code: str
    owner_name: str
    opening_minor: int
    in_minor: int
    out_minor: int
    moves: Mapping[str, tuple[int, int, int]]

    @property
    def closing_minor(self) -> int:
        """What stands at the end of the day."""
        return self.opening_minor + self.in_minor - self.out_minor

    def net(self, *kinds: str) -> int:
        """What these kinds of entries did together."""
        return sum(into - out for kind, (_, into, out) in self.moves.items() if kind in kinds)


def read_day(books: DayBooks, day: date, opening: Mapping[int, int] | None) -> list[AccountDay]:
    """Every account's day. `opening` are the closing balances of the day before, where that day was frozen; else they are summed up."""
    before = books.balances_before(day) if opening is None else opening
    moved: dict[int, dict[str, tuple[int, int, int]]] = {}
    for item in books.movements(day):
        moved.setdefault(item.account_id, {})[item.entry_kind] = (item.entries, item.in_minor, item.out_minor)
    return [_account_day(fact, before.get(fact.account_id, 0), moved.get(fact.account_id, {})) for fact in books.accounts()]


def _account_day(fact: AccountFact, opening: int, moves: Mapping[str, tuple[int, int, int]]) -> AccountDay:
    into, out = sum(move[1] for move in moves.values()), sum(move[2] for move in moves.values())
    return AccountDay(fact.account_id, fact.kind, fact.owner_code or "", fact.owner_name or "", opening, into, out, moves)


def render(days: Iterable[AccountDay]) -> bytes:
    """JSON lines in the order of accounts, keys sorted."""
    return "".join(json.dumps(_plain(item), ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n" for item in days).encode()


def read(content: bytes) -> list[AccountDay]:
    """The frozen balances."""
    return [AccountDay(**{**plain, "moves": {kind: tuple(move) for kind, move in plain["moves"].items()}}) for plain in _lines(content)]


def _lines(content: bytes) -> Iterable[dict[str, Any]]:
    return (json.loads(line) for line in content.splitlines())


def _plain(item: AccountDay) -> dict[str, object]:
    names = ("account_id", "kind", "owner_code", "owner_name", "opening_minor", "in_minor", "out_minor")
    return {name: getattr(item, name) for name in names} | {"moves": {kind: list(move) for kind, move in sorted(item.moves.items())}}
