"""A chip's stock as we count it against what its operator tells: a gap is evidence only where one thing alone explains it.

Stock is counted in places: pieces of each face value, or money under the key 0.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations

MONEY = 0
_MOST_COMBINED = 10


class Finding(StrEnum):
    """What a told stock says. RISE: stock came in from elsewhere. GAP: nothing we know of explains what is missing."""

    FIRST = "first"
    FITS = "fits"
    EVIDENCE = "evidence"
    AMBIGUOUS = "ambiguous"
    RISE = "rise"
    GAP = "gap"


@dataclass(frozen=True, slots=True)
class Held:
    """An order that may have been paid for: its reference, and what it would have taken from its place."""

    reference: str
    amount: int


@dataclass(frozen=True, slots=True)
class Check:
    """`missing`: how much less was told than expected; `proved` names the one order that explains it."""

    finding: Finding
    missing: int = 0
    proved: str = ""


def check(before: int | None, told: int, confirmed: int, held: Sequence[Held], late: Sequence[int] = ()) -> Check:
    """Compare a told stock of one place with what is expected.

    `confirmed` was taken for certain since `before` was told; `held` are orders nobody knows the end of; `late` are orders that were sent
    before `before` was told and confirmed after it, so that they may be in either.
    """
    if before is None:
        return Check(Finding.FIRST)
    missing = before - confirmed - told
    if missing == 0:
        return Check(Finding.FITS)
    if missing < 0:
        return Check(Finding.RISE, missing)
    explanations = _explanations(missing, [*((one.reference, one.amount) for one in held), *(("", amount) for amount in late)])
    if not explanations:
        return Check(Finding.GAP, missing)
    only = explanations[0] if len(explanations) == 1 and len(explanations[0]) == 1 else ("",)
    return Check(Finding.EVIDENCE, missing, only[0]) if only[0] else Check(Finding.AMBIGUOUS, missing)


def _explanations(missing: int, amounts: Sequence[tuple[str, int]]) -> list[tuple[str, ...]]:
    """Every set of orders that makes up what is missing; two are as good as many."""
    found: list[tuple[str, ...]] = []
    for size in range(1, min(len(amounts), _MOST_COMBINED) + 1):
        for some in combinations(amounts[:_MOST_COMBINED], size):
            if sum(amount for _, amount in some) == missing:
                found.append(tuple(reference for reference, _ in some))
                if len(found) > 1:
                    return found
    return found


def value_minor(stock: Mapping[int, int]) -> int:
    """What a stock is worth in minor units."""
    return sum(count if face == MONEY else face * count for face, count in stock.items())
