"""Commission by rule: by tier, product and the day's volume, with dates from which rules hold; what rounding leaves is the house's."""

import hashlib
import json
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import Connection, select

from bank_settle import tables
from bank_settle.parts import Parts
from recharge import Booking, RefusalCode, SaleFact

_MILLION = 1_000_000
_HUNDRED_PERCENT_BP = 10_000


class BadRules(Exception):
    """The rules cannot be used; the message says why."""


class Rule(BaseModel):
    """One rule: `bp` hundredths of a per cent of what was delivered, for sales that all its words fit ("" fits everything).

    `from_volume_minor` is the day's delivered volume of the agent from which it holds; of several volume steps the highest reached counts.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1, max_length=40)
    tier: str = ""
    carrier: str = ""
    product: str = ""
    bp: Annotated[int, Field(ge=0, le=2000)]
    from_volume_minor: Annotated[int, Field(ge=0)] = 0
    effective_from: date
    effective_until: date | None = None

    def fits(self, sale: SaleFact, day: date) -> bool:
        """Whether the rule speaks of this sale on this day, whatever the volume."""
        in_time = self.effective_from <= day and (self.effective_until is None or day <= self.effective_until)
        words = ((self.tier, sale.tier_code), (self.carrier, sale.carrier_code), (self.product, sale.product_code))
        return in_time and all(word in {"", stands} for word, stands in words)

    @property
    def narrowness(self) -> int:
        """How many words it has: the narrower rule wins."""
        return sum(bool(word) for word in (self.tier, self.carrier, self.product))


@dataclass(frozen=True, slots=True)
class Rules:
    """A set of rules and its digest: what was in force on a day is frozen with that day."""

    rules: tuple[Rule, ...]
    sha256: str


@dataclass(frozen=True, slots=True)
class Earned:
    """An agent's commission of a day: whole minor units (negative: taken back), and what rounding left, in millionths of a minor unit."""

    party_code: str
    amount_minor: int
    remainder_millionths: int


def no_rules() -> Rules:
    """Where commission is only the margin at sale."""
    return Rules((), hashlib.sha256(b"").hexdigest())


def read_rules(path: Path) -> Rules:
    """The rules of a file. Raises BadRules."""
    try:
        content = path.read_bytes()
        rules = tuple(Rule(**item) for item in tomllib.loads(content.decode())["rule"])
    except (OSError, KeyError, TypeError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadRules(f"{path.name}: {error}") from error
    except ValidationError as error:
        raise BadRules(f"{path.name}: " + "; ".join(f"{item['loc']}: {item['msg']}" for item in error.errors())) from error
    canonical = json.dumps([rule.model_dump(mode="json") for rule in rules], sort_keys=True, ensure_ascii=False)
    return Rules(rules, hashlib.sha256(canonical.encode()).hexdigest())


def earn(rules: Rules, sales: Iterable[SaleFact], day: date) -> list[Earned]:
    """What every agent earned, by code. Sales taken back count against it at the rate of the day on which they are taken back.

    An agent's sum is exact; it is rounded once, half to even, and the difference is kept as the remainder.
    """
    by_party: dict[str, list[SaleFact]] = {}
    for sale in sales:
        by_party.setdefault(sale.party_code, []).append(sale)
    found = (_earned(code, own, rules, day) for code, own in sorted(by_party.items()))
    return [item for item in found if item.amount_minor or item.remainder_millionths]


def _earned(code: str, sales: list[SaleFact], rules: Rules, day: date) -> Earned:
    volume = sum(sale.delivered_minor for sale in sales if sale.entry_kind == "settle")
    exact = sum((_of_sale(sale, rules, day, volume) for sale in sales), Fraction(0))
    rounded = round(exact)
    return Earned(code, rounded, round((exact - rounded) * _MILLION))


def _of_sale(sale: SaleFact, rules: Rules, day: date, volume: int) -> Fraction:
    fitting = [rule for rule in rules.rules if rule.fits(sale, day) and volume >= rule.from_volume_minor]
    if not fitting:
        return Fraction(0)
    best = max(fitting, key=lambda rule: (rule.narrowness, rule.from_volume_minor, rule.effective_from, rule.name))
    sign = 1 if sale.entry_kind == "settle" else -1
    return Fraction(sign * sale.delivered_minor * best.bp, _HUNDRED_PERCENT_BP)


class CommissionRun:
    """Books a day's commission, once an agent and day, however often it is run."""

    def __init__(self, parts: Parts, rules: Rules) -> None:
        self._parts, self._rules = parts, rules

    def run(self, day: date) -> Mapping[str, Any]:
        """Freeze what was earned, book what is not booked yet, and say what it came to."""
        rules, earned = self._frozen(day)
        if not rules:
            rules, earned = self._rules.sha256, earn(self._rules, self._parts.books.sales(day), day)
            self._parts.database.retrying(lambda connection: self._freeze(connection, day, earned))
        for item in earned:
            self._book(day, item)
        return {
            "rules": rules,
            "agents": len(earned),
            "amount_minor": sum(item.amount_minor for item in earned),
            "remainder_millionths": sum(item.remainder_millionths for item in earned),
        }

    def _frozen(self, day: date) -> tuple[str, list[Earned]]:
        """Which rules a day was frozen with, and what came of it; rules changed later do not touch it."""
        table = tables.commission
        query = select(table).where(table.c.day == day).order_by(table.c.party_code)
        with self._parts.database.read() as connection:
            rows = connection.execute(query).all()
        earned = [Earned(row.party_code, row.amount_minor, row.remainder_millionths) for row in rows]
        return (rows[0].rules if rows else ""), earned

    def _freeze(self, connection: Connection, day: date, earned: list[Earned]) -> None:
        for item in earned:
            row = {"day": day, "party_code": item.party_code, "rules": self._rules.sha256, "amount_minor": item.amount_minor}
            connection.execute(tables.commission.insert().values(**row, remainder_millionths=item.remainder_millionths, order_number=""))

    def _book(self, day: date, item: Earned) -> None:
        if not item.amount_minor:
            return
        house, theirs = "revenue", f"commission:{item.party_code}"
        pair = (house, theirs) if item.amount_minor > 0 else (theirs, house)
        evidence = f"commission {day:%Y%m%d} {item.party_code}"
        reply = self._parts.settle(Booking(*pair, abs(item.amount_minor), f"{day}", evidence), f"commission-{day:%Y%m%d}-{item.party_code}")
        if reply.refusal is not None and reply.refusal.code is not RefusalCode.EVIDENCE_USED:
            raise reply.refusal
        if reply.order is not None:
            mine = (tables.commission.c.day == day) & (tables.commission.c.party_code == item.party_code)
            number = reply.order.order_number
            self._parts.database.retrying(
                lambda connection: connection.execute(tables.commission.update().where(mine).values(order_number=number))
            )
