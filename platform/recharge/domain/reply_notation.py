"""Amounts, dates, counts and numbers in the many notations that chips and partner servers write, read strictly: in doubt, not at all."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum

LEAST_SEEN_DIGITS = 7
_CURRENCY = re.compile(r"^(?:PHP|IDR|CNY|RMB|INR|Rp|Rs|P|₱|¥|￥|\$)?\.?\s*", re.IGNORECASE)
_WORDS = {"rb": 1000, "ribu": 1000, "k": 1000, "jt": 1_000_000, "juta": 1_000_000, "万": 10_000}
_AMOUNT = re.compile(r"(-?[0-9][0-9.,]*)\s*(rb|ribu|k|jt|juta|万)?\s*(?:元|PHP|IDR|CNY|RMB|,-)?", re.IGNORECASE)
_COUNT = re.compile(r"(\S+?)\s*[=:]\s*([0-9]{1,7})(?![0-9.,]*[0-9])")
_FULL_WIDTH = {ord("０") + digit: ord("0") + digit for digit in range(10)} | {ord("．"): ord("."), ord("，"): ord(",")}


class Unreadable(ValueError):
    """A piece of a text that is not what its rule says it is."""


@dataclass(frozen=True, slots=True)
class Notation:
    """How amounts are written: the sign before the fraction ("." or ",", "" where there is never a fraction) and the currency's digits."""

    decimal: str = "."
    minor_digits: int = 2

    def amount_minor(self, text: str) -> int:
        """Minor units of "P4,686.50", "Rp10.000", "97.411.793", "10rb" or "50.00元". Raises Unreadable where the grouping is wrong."""
        plain = _CURRENCY.sub("", text.strip().translate(_FULL_WIDTH))
        found = _AMOUNT.fullmatch(plain)
        if found is None:
            raise Unreadable("amount")
        value = Decimal(self._plain(found[1].rstrip(".,"))) * _WORDS.get((found[2] or "").lower(), 1)
        scaled = value.scaleb(self.minor_digits)
        if scaled != scaled.to_integral_value() or abs(scaled) >= 10**15:
            raise Unreadable("amount")
        return int(scaled)

    def counts_minor(self, text: str) -> Mapping[int, int]:
        """Pieces in stock by face value in minor units, of "5rb=40 10rb=120". Raises Unreadable."""
        pairs = _COUNT.findall(text)
        counts = {self.amount_minor(face): int(count) for face, count in pairs}
        if not pairs or len(counts) != len(pairs):
            raise Unreadable("counts")
        return counts

    def _plain(self, digits: str) -> str:
        whole, _, fraction = digits.partition(self.decimal) if self.decimal else (digits, "", "")
        group = "." if self.decimal == "," else ","
        marks = r"[.,]" if not self.decimal else re.escape(group)
        if not re.fullmatch(rf"-?(?:[0-9]+|[0-9]{{1,3}}(?:{marks}[0-9]{{3}})+)", whole) or (fraction and not fraction.isdecimal()):
            raise Unreadable("amount")
        return re.sub(r"[.,]", "", whole) + (f".{fraction}" if fraction else "")


_MONTHS = ("jan", "feb", "mar", "apr", "may|mei", "jun", "jul", "aug|agu|agt", "sep", "oct|okt", "nov", "dec|des")
_MONTH = "|".join(_MONTHS)
_TIME = r"(?P<hour>[0-2][0-9]):?(?P<minute>[0-5][0-9])(?::(?P<second>[0-5][0-9])(?:\.[0-9]{1,6})?)?"
_YEAR = r"(?P<year>20[0-9]{2})"
_DAY_MONTH = rf"(?P<day>[0-3]?[0-9])[- ]?(?P<name>{_MONTH})[a-z]*"
_SLASHED = rf"(?P<day>[0-3]?[0-9])/(?P<month>[01]?[0-9])(?:/{_YEAR})?"
_ISO = _YEAR + r"[-/](?P<month>[01][0-9])[-/](?P<day>[0-3][0-9])"
_DATES = [
    re.compile(form, re.IGNORECASE)
    for form in (
        rf"{_ISO}(?:[T ]{_TIME})?",
        # Before the form with a year: "18Aug 2015" is a quarter past eight in the evening, as chips write it.
        rf"{_DAY_MONTH}(?:[ ,]+{_TIME})?",
        rf"{_DAY_MONTH}[- ]{_YEAR}(?:[ ,]+{_TIME})?",
        rf"{_SLASHED}(?:[ ,]+{_TIME})?",
        rf"{_TIME} {_SLASHED}",
        _YEAR + r"(?P<month>[01][0-9])(?P<day>[0-3][0-9])(?P<hour>[0-2][0-9])(?P<minute>[0-5][0-9])(?P<second>[0-5][0-9])",
    )
]


def moment(text: str, received: datetime) -> datetime:
    """The moment of "27-May 17:47", "18Aug 0009", "27/05 12:57:33", "15:25:39.484331 20/02/2024" and their kin, in the zone of `received`.

    A year that is not written is the one that brings it nearest before `received`. Raises Unreadable.
    """
    plain = text.strip(" @")
    found = next((match for form in _DATES if (match := form.fullmatch(plain))), None)
    if found is None:
        raise Unreadable("date")
    parts = found.groupdict()
    month = int(parts["month"]) if parts.get("month") else _month(str(parts["name"]))
    hour, minute, second = (int(parts.get(name) or 0) for name in ("hour", "minute", "second"))
    years = [int(parts["year"])] if parts.get("year") else [received.year + 1, received.year, received.year - 1]
    latest = received + timedelta(days=2)
    for year in years:
        told = _made((year, month, int(parts["day"])), (hour, minute, second), received)
        if told is not None and (parts.get("year") or told <= latest):
            return told
    raise Unreadable("date")


def _month(name: str) -> int:
    return next(number for number, names in enumerate(_MONTHS, 1) if name.lower() in names.split("|"))


def _made(day: tuple[int, int, int], clock: tuple[int, int, int], received: datetime) -> datetime | None:
    try:
        return datetime.combine(date(*day), time(*clock), received.tzinfo)
    except ValueError:
        return None


class Likeness(StrEnum):
    """Whether two writings can be of one number. PARTLY: what can be seen agrees, but too little can be seen to prove anything."""

    SAME = "same"
    PARTLY = "partly"
    OTHER = "other"


def likeness(told: str, number: str) -> Likeness:
    """How a number as a supplier tells it (+63 917..., 0917..., 917..., 55****0000) stands to ours in national digits."""
    seen = re.sub(r"[^0-9*xX]", "", told).replace("x", "*").replace("X", "*")
    core, mine = seen.lstrip("0"), number.lstrip("0")
    if not core or not mine or len(core) - len(mine) > 3:
        return Likeness.OTHER
    pairs = list(zip(reversed(core), reversed(mine), strict=False))
    if any(theirs not in {"*", ours} for theirs, ours in pairs):
        return Likeness.OTHER
    whole = "*" not in core and len(core) >= len(mine)
    visible = sum(theirs != "*" for theirs, _ in pairs)
    return Likeness.SAME if whole or visible >= max(LEAST_SEEN_DIGITS, len(mine) - 4) else Likeness.PARTLY


_PART = re.compile(r"^\s*[(\[]?([1-9])/([2-9])[)\]:.]?\s+(.*)$", re.DOTALL)


def part_of(text: str) -> tuple[int, int, str] | None:
    """(which, of how many, the rest) of a text that says it is a part: "1/2 ..."; None of any other."""
    found = _PART.match(text)
    if found is None or int(found[1]) > int(found[2]):
        return None
    return int(found[1]), int(found[2]), found[3]


def joined(parts: Mapping[int, str]) -> str:
    """One text of its parts by their number, without the marks, as rules read it."""
    return " ".join(parts[number].strip() for number in sorted(parts))
