"""What a bank does otherwise than expected: each by a name, once a day at most, and noted in the sealed sheet."""

import random
from collections.abc import Callable, Sequence
from dataclasses import replace

from simulators.bank.account import Account, Line
from simulators.bank.deposits import reference_of

_INTEREST_MINOR, _TAKEN_MINOR = 9, 700
# A code that no province gives out.
_NOBODY = "NOBODY9"
Maker = Callable[[Account, Sequence[Line], random.Random], list[Line]]


def _interest(account: Account, _today: Sequence[Line], _chance: random.Random) -> list[Line]:
    return [Line(account.next_reference(), _INTEREST_MINOR, "利息")]


def _stranger(account: Account, _today: Sequence[Line], chance: random.Random) -> list[Line]:
    """A debit that nobody ordered."""
    return [Line(account.next_reference(), -_TAKEN_MINOR, "扣款", other_account=f"62{chance.randrange(10**15):015d}")]


def _nobody(account: Account, _today: Sequence[Line], chance: random.Random) -> list[Line]:
    """A deposit for an agent there is not."""
    return [Line(account.next_reference(), chance.randrange(100, 100_000), structured=reference_of(_NOBODY))]


def _taken_back(account: Account, _today: Sequence[Line], _chance: random.Random) -> list[Line]:
    """A deposit of an earlier day, under its own reference."""
    if account.credited is None:
        return []
    line = Line(**account.credited)
    account.credited = None
    return [replace(line, amount_minor=-line.amount_minor, reversal=True)]


def _twice(account: Account, today: Sequence[Line], _chance: random.Random) -> list[Line]:
    """The day's first payment, debited a second time."""
    paid = [line for line in today if line.end_to_end and line.amount_minor < 0]
    return [replace(paid[0], reference=account.next_reference())] if paid else []


MAKERS: dict[str, Maker] = {
    "interest": _interest,
    "stranger": _stranger,
    "nobody": _nobody,
    "taken_back": _taken_back,
    "twice": _twice,
}
"""Lines that come on top of the day's own."""

OTHER_AMOUNT, NUMBERING, OPENING = "other_amount", "numbering", "opening"
"""The day's last payment debited with a fen more; a statement number left out; an opening balance that is not the last closing."""

NAMES = (*MAKERS, OTHER_AMOUNT, NUMBERING, OPENING)
OPENING_MINOR = 100


def other_amount(lines: Sequence[Line]) -> list[Line]:
    """The payment that is debited otherwise than ordered; none where there is no payment."""
    paid = [line for line in lines if line.end_to_end and line.amount_minor < 0]
    for line in paid[-1:]:
        line.amount_minor -= 1
    return paid[-1:]
