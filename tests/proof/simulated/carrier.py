"""A model of the carrier's platforms: what they really did stands in a ledger of their own, whatever they say or fail to say about it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import Enum
from random import Random

from recharge.domain.money import share_of
from recharge.domain.orders import OrderKind
from recharge.domain.outcomes import FailureReason, Outcome, OutcomeState
from recharge.suppliers.contract import AttemptOrder, StatementKind, StatementLine, StatementTimes
from tests.proof.simulated.books import COSTS_BP
from tests.proof.simulated.timeline import Timeline


class Way(Enum):
    """How the carrier deals with one request."""

    DONE = "done"
    FAILED = "failed"
    SILENT = "done, and silent about it"
    LATER_DONE = "accepted, done later"
    LATER_FAILED = "accepted, fails later"
    PARTIAL = "a part of it"
    TURNED_AWAY = "not taken in"


class Standing(Enum):
    """How a request stands at the carrier."""

    PENDING = "pending"
    DONE = "done"
    FAILED = "failed"
    TAKEN_BACK = "taken back"


WAYS = {
    Way.DONE: 50, Way.FAILED: 10, Way.SILENT: 10, Way.LATER_DONE: 10, Way.LATER_FAILED: 5, Way.PARTIAL: 8, Way.TURNED_AWAY: 5,
}  # fmt: skip
REVERSAL_WAYS = {Way.DONE: 50, Way.FAILED: 25, Way.SILENT: 10, Way.LATER_DONE: 10, Way.TURNED_AWAY: 10}
LATER_SECONDS = (1.0, 4.0, 20.0, 90.0, 600.0, 5400.0)
LONGEST_HIDDEN = 40.0
_LONG_AFTER = timedelta(seconds=260)


@dataclass
class Case:
    """One request the carrier took in. Amounts in minor units."""

    link: str
    order: AttemptOrder
    serial: str
    visible_from: datetime
    false_from: datetime
    standing: Standing = Standing.PENDING
    delivered_minor: int = 0
    charged_minor: int = 0
    finished_at: datetime | None = None
    false_not_found: int = 0
    forgotten_until: datetime | None = None

    @property
    def is_reversal(self) -> bool:
        """Whether it asks for another one to be taken back."""
        return bool(self.order.original_reference)


@dataclass(frozen=True)
class Credit:
    """Airtime that reached a customer (positive) or was taken back (negative)."""

    reference: str
    number: str
    delivered_minor: int
    charged_minor: int


@dataclass
class Carrier:
    """Takes requests in, does or does not do them, answers questions. `tell` sends a callback about a case."""

    timeline: Timeline
    chance: Random
    tell: Callable[[Case, Outcome], None] = lambda _case, _outcome: None
    calm: bool = False
    cases: dict[str, Case] = field(default_factory=dict)
    turned_away: set[str] = field(default_factory=set)
    credits: list[Credit] = field(default_factory=list)

    def take(self, link: str, order: AttemptOrder) -> Outcome | None:
        """A request arrives; the answer, or None when the carrier stays silent. A reference it knows is never done twice."""
        known = self.cases.get(order.reference)
        if known is not None:
            return self.standing_of(known)
        way = Way.TURNED_AWAY if order.reference in self.turned_away else self._way(order)
        if way is Way.TURNED_AWAY:
            # Its word is kept: a second copy of the request is turned away as well.
            self.turned_away.add(order.reference)
            return Outcome(OutcomeState.NOT_SENT, self.timeline.now(), code="busy")
        case = self._new_case(link, order)
        self._deal_with(case, way)
        return None if way is Way.SILENT else self.standing_of(case)

    def question(self, reference: str) -> Outcome:
        """How a reference stands. One it has not got round to yet is not found, and sometimes one that it has."""
        case = self.cases.get(reference)
        if case is None or self.timeline.now() < case.visible_from or self._looks_away(case):
            return Outcome(OutcomeState.NOT_FOUND, self.timeline.now(), code="not_found")
        return self.standing_of(case)

    def standing_of(self, case: Case) -> Outcome:
        """What it says of a case when asked."""
        state = {
            Standing.PENDING: OutcomeState.ACCEPTED,
            Standing.DONE: OutcomeState.SUCCESS,
            Standing.FAILED: OutcomeState.FAILED,
            Standing.TAKEN_BACK: OutcomeState.REVERSED,
        }[case.standing]
        credited = not case.is_reversal and case.standing in {Standing.DONE, Standing.TAKEN_BACK}
        return Outcome(
            state,
            self.timeline.now(),
            supplier_reference=f"S{case.order.reference}",
            serial_number=case.serial if credited else "",
            charged_minor=case.charged_minor if credited else None,
            delivered_minor=case.delivered_minor if credited else None,
            number=case.order.number,
            amount_minor=case.order.face_minor,
            code=case.standing.name,
            reason=FailureReason.REJECTED if state is OutcomeState.FAILED else None,
        )

    def may_still_credit(self, reference: str) -> bool:
        """Whether a reference has credited its customer, or may yet do so."""
        case = self.cases.get(reference)
        return case is not None and case.standing in {Standing.PENDING, Standing.DONE}

    def statement(self, link: str, day: date, times: StatementTimes) -> list[StatementLine]:
        """Everything of a link that was finished on an accounting day."""
        finished = [case for case in self.cases.values() if case.link == link and case.finished_at is not None]
        return [_line(case) for case in finished if case.finished_at is not None and times.day_of(case.finished_at) == day and _told(case)]

    def take_back_by_itself(self, reference: str) -> None:
        """The carrier takes a recharge back without being asked, and says so."""
        case = self.cases[reference]
        if case.standing is Standing.DONE:
            self._take_back(case)
            self.tell(case, self.standing_of(case))

    def _way(self, order: AttemptOrder) -> Way:
        ways = REVERSAL_WAYS if order.original_reference else WAYS
        return self.chance.choices(list(ways), list(ways.values()))[0]

    def _new_case(self, link: str, order: AttemptOrder) -> Case:
        hidden = self.chance.uniform(0, LONGEST_HIDDEN) if self.chance.random() < 0.2 else 0
        false_not_found = int(self.chance.random() < 0.3)
        now = self.timeline.now()
        false_from = now + self.chance.choice((timedelta(), _LONG_AFTER))
        case = Case(link, order, f"SN{order.reference}", now + timedelta(seconds=hidden), false_from, false_not_found=false_not_found)
        self.cases[order.reference] = case
        return case

    def _deal_with(self, case: Case, way: Way) -> None:
        if way in {Way.LATER_DONE, Way.LATER_FAILED}:
            end = Way.DONE if way is Way.LATER_DONE else Way.FAILED
            self.timeline.after(self.chance.choice(LATER_SECONDS), lambda: self._decide(case, end))
        else:
            self._end(case, way)
        self.tell(case, self.standing_of(case))

    def _decide(self, case: Case, way: Way) -> None:
        self._end(case, way)
        self.tell(case, self.standing_of(case))

    def _end(self, case: Case, way: Way) -> None:
        case.finished_at = self.timeline.now()
        case.standing = Standing.FAILED
        if way is Way.FAILED:
            return
        if case.is_reversal:
            original = self.cases[case.order.original_reference]
            if original.standing is not Standing.DONE:
                return
            self._take_back(original)
        else:
            self._credit(case, way)
        case.standing = Standing.DONE

    def _credit(self, case: Case, way: Way) -> None:
        face = case.order.face_minor
        case.delivered_minor = face * self.chance.choice((20, 50, 90)) // 100 if way is Way.PARTIAL else face
        # Charged a little less than the list says, so that what we expected is not what it was.
        case.charged_minor = share_of(case.delivered_minor, COSTS_BP[case.link] - self.chance.choice((0, 0, 10)))
        self.credits.append(Credit(case.order.reference, case.order.number, case.delivered_minor, case.charged_minor))

    def _take_back(self, case: Case) -> None:
        case.standing = Standing.TAKEN_BACK
        self.credits.append(Credit(case.order.reference, case.order.number, -case.delivered_minor, -case.charged_minor))

    def _looks_away(self, case: Case) -> bool:
        """A question that is answered from a copy lagging behind: once for each case, and for a while where we have heard of it before."""
        if case.forgotten_until is not None and self.timeline.now() < case.forgotten_until:
            return True
        if not case.false_not_found or self.timeline.now() < case.false_from:
            return False
        case.false_not_found -= 1
        return True


def _told(case: Case) -> bool:
    return case.standing in {Standing.DONE, Standing.TAKEN_BACK}


def _line(case: Case) -> StatementLine:
    assert case.finished_at is not None
    kind = StatementKind.RECHARGE if case.order.kind is OrderKind.RECHARGE else StatementKind.BILL_PAYMENT
    sign = -1 if case.is_reversal else 1
    return StatementLine(
        kind=StatementKind.REVERSAL if case.is_reversal else kind,
        reference=case.order.reference,
        original_reference=case.order.original_reference,
        supplier_reference=f"S{case.order.reference}",
        serial_number=case.serial,
        number=case.order.number,
        amount_minor=sign * case.order.face_minor,
        charged_minor=case.charged_minor,
        delivered_minor=case.delivered_minor,
        state=OutcomeState.REVERSED if case.standing is Standing.TAKEN_BACK else OutcomeState.SUCCESS,
        finished_at=case.finished_at,
    )
