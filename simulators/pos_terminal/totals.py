"""Settlement: the totals of the batch in field 48, the host's verdict on them, and the records of a batch upload."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from simulators.pos_terminal.memory import DONE, PROCESSING, Sale

_FLAG_PLACE = 30
_FOREIGN: Final = "0" * 31
_A_MESSAGE: Final = 8
BALANCED: Final = "1"
CANCEL: Final = "cancel"


@dataclass(frozen=True)
class Totals:
    """Sums in fen and counts: debit is what was sold, credit what was cancelled."""

    debit_minor: int
    debits: int
    credit_minor: int
    credits: int


def counted(sales: Iterable[Sale], batch: str) -> list[Sale]:
    """Transactions of a batch that count: those the host accepted and that were not reversed."""
    return [sale for sale in sales if sale.batch == batch and sale.state in (DONE, PROCESSING)]


def add_up(sales: Iterable[Sale]) -> Totals:
    """The totals of transactions that count."""
    kept = list(sales)
    credit = [sale.amount_minor for sale in kept if sale.function == CANCEL]
    debit = [sale.amount_minor for sale in kept if sale.function != CANCEL]
    return Totals(sum(debit), len(debit), sum(credit), len(credit))


def pack(totals: Totals) -> str:
    """Field 48 of a settlement, 62 digits; no foreign cards here."""
    domestic = f"{totals.debit_minor:012d}{totals.debits:03d}{totals.credit_minor:012d}{totals.credits:03d}"
    return f"{domestic}0{_FOREIGN}"


def is_balanced(field_48: str) -> bool:
    """What the host says of the domestic totals: digit 31 is 1 when they agree with its own."""
    return field_48[_FLAG_PLACE : _FLAG_PLACE + 1] == BALANCED


def uploads(sales: list[Sale]) -> Iterator[tuple[int, str]]:
    """Field 48 of each upload message, with how many transactions are up once it is answered: at most 8 a message."""
    for start in range(0, len(sales), _A_MESSAGE):
        part = sales[start : start + _A_MESSAGE]
        yield start + len(part), f"{len(part):02d}" + "".join(map(_record, part))


def _record(sale: Sale) -> str:
    # The number sold to stands where a card's number would.
    return f"00{sale.trace}{sale.number:0>20}{sale.amount_minor:012d}"
