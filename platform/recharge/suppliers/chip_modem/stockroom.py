"""One chip's stock: as last told, what was sold since, what may have been; each telling is checked and may prove, or stop, something."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from recharge.books.chip_statements import ChipBook, ChipOrder
from recharge.domain.outcomes import OutcomeState
from recharge.suppliers.chip_modem.ledger import MONEY, Check, Finding, Held, check, value_minor

_LONG_AGO = timedelta(days=400)
Told = Mapping[int, tuple[int, datetime]]


def taken(order: ChipOrder, place: int) -> int:
    """What an order takes from a place: its charge from money, one piece from its own face value."""
    if place == MONEY:
        return order.charge_minor
    return 1 if order.face_minor == place else 0


def expected(told: Told, orders: Sequence[ChipOrder]) -> dict[int, int]:
    """Last told, less what was confirmed since, less what is held for orders nobody knows the end of; by place."""
    found = {}
    for place, (count, at) in told.items():
        confirmed = sum(taken(order, place) for order in orders if order.state == OutcomeState.SUCCESS.value and order.sent_at > at)
        held = sum(taken(order, place) for order in orders if order.is_open)
        found[place] = count - confirmed - held
    return found


def told_now(told: Told) -> dict[int, int]:
    """What was told last, by place, without the moments."""
    return {place: count for place, (count, _) in told.items()}


class Stockroom:
    """Keeps the chip's row up to date. `on_proof` gets an attempt's id, `on_gap` what is missing; both after it was written."""

    def __init__(self, book: ChipBook, iccid: str, told: Told, on_proof: Callable[[int], None], on_gap: Callable[[int, int], None]) -> None:
        self._book, self._iccid = book, iccid
        self._told = dict(told)
        self._on_proof, self._on_gap = on_proof, on_gap
        self.expected: dict[int, int] = {}
        self.refresh()

    @property
    def told_at(self) -> datetime | None:
        """When the operator last told anything of the stock."""
        return max((at for _, at in self._told.values()), default=None)

    @property
    def value_minor(self) -> int | None:
        """What is expected to be there, in minor units; None before anything was told."""
        return value_minor({place: max(count, 0) for place, count in self.expected.items()}) if self.expected else None

    def covers(self, face_minor: int, charge_minor: int) -> bool:
        """Whether the stock suffices for one more; True while nothing was told."""
        if face_minor in self.expected:
            return self.expected[face_minor] > 0
        if MONEY in self.expected:
            return self.expected[MONEY] >= charge_minor
        # Counted in pieces, and none of this face value was ever told.
        return not self.expected

    def begin_anew(self, told: Told) -> None:
        """Count from what the books say was told: a person has looked at the stock."""
        self._told = dict(told)
        self.refresh()

    def refresh(self) -> None:
        """Count anew from the books."""
        self.expected = expected(self._told, self._orders())

    def take(self, told: Mapping[int, int], now: datetime, of: ChipOrder | None = None) -> list[Check]:
        """The operator told its stock, in the reply to an order (already settled) or by itself; what each place says.

        A reply to an order that was sent before something newer was told speaks of now only if it fits now, the order counted.
        """
        found = []
        orders = self._orders()
        for place, count in told.items():
            before = self._told.get(place)
            overtaken = of is not None and before is not None and of.sent_at < before[1]
            if of is not None and overtaken:
                if self._check(place, count + taken(of, place), orders).finding is not Finding.FITS:
                    continue
            else:
                found.append(self._check(place, count, orders))
            self._told[place] = (count, now)
        self._book.change_chip(self._iccid, now, told=self._told, told_at=self.told_at)
        for one in found:
            if one.finding is Finding.EVIDENCE:
                self._on_proof(int(one.proved))
            elif one.finding is Finding.GAP:
                self._on_gap(one.missing, min(told))
        self.refresh()
        return found

    def _check(self, place: int, count: int, orders: Sequence[ChipOrder]) -> Check:
        if place not in self._told:
            return check(None, count, 0, ())
        before, at = self._told[place]
        done = [order for order in orders if order.state == OutcomeState.SUCCESS.value and taken(order, place)]
        confirmed = sum(taken(order, place) for order in done if order.sent_at > at)
        late = [taken(order, place) for order in done if order.sent_at <= at and order.ended_at is not None and order.ended_at > at]
        held = [Held(str(order.attempt_id), taken(order, place)) for order in orders if order.is_open and taken(order, place)]
        return check(before, count, confirmed, held, late)

    def _orders(self) -> list[ChipOrder]:
        oldest = min((at for _, at in self._told.values()), default=None)
        # Late confirmations reach back further than the last telling, but not for ever.
        return [] if oldest is None else self._book.orders(self._iccid, oldest - _LONG_AGO)
