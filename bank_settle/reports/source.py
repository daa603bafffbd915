"""What the sheets of a day are made from, and the stamp under them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from bank_settle.days import CLOSED, HOUSE, Day
from bank_settle.house import balances
from bank_settle.house.balances import AccountDay
from bank_settle.parts import Parts
from bank_settle.reports.sheet import Column, Stamp
from bank_settle.texts import say


@dataclass(frozen=True, slots=True)
class Source:
    """What the sheets of a day are made from."""

    parts: Parts
    day: date
    house: Day
    accounts: Sequence[AccountDay]
    language: str | None = None

    def say(self, text: str, **facts: str | int) -> str:
        """A text in the reader's language."""
        return say(text, self.language, facts)

    def columns(self, *told: tuple[str, str, int]) -> list[Column]:
        """Columns from (title, kind, width)."""
        return [Column(self.say(title), kind, width) for title, kind, width in told]  # type: ignore[arg-type]


def read_source(parts: Parts, day: date, language: str | None = None) -> Source:
    """The day's frozen balances and everything beside. Raises LookupError while the house's snapshot is not made."""
    house = parts.days.read(HOUSE, day)
    if "snapshot" not in house.facts:
        raise LookupError(f"{day}: no snapshot yet")
    content = parts.archive.path(house.facts["snapshot"]["sha256"]).read_bytes()
    return Source(parts, day, house, balances.read(content), language)


def stamp_of(source: Source) -> Stamp:
    """Version, signers, time and the head of the audit chain."""
    house, zone = source.house, source.parts.books.calendar.zone
    at = "" if house.closed_at is None else f"{house.closed_at.astimezone(zone):%Y-%m-%d %H:%M:%S}"
    head = str(house.facts.get(CLOSED, {}).get("head", ""))
    name = source.parts.configuration.house_name
    return Stamp(name, source.day.isoformat(), house.version, house.maker, house.checker, at, head)
