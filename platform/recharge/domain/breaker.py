"""A link's breaker: it opens on the link's own faults, never on a customer's, and closes after one real order went well."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from recharge.domain.outcomes import OutcomeState

GOOD, FAULT, UNKNOWN = ".", "x", "?"
KEPT, LOOKED_AT = 50, 20
MOST_FAULTS, MOST_UNKNOWN_IN_A_ROW = 5, 3
FIRST_PROBE, LONGEST_PROBE = timedelta(seconds=5), timedelta(seconds=60)
_ENOUGH_TO_JUDGE = 10


class BreakerState(StrEnum):
    """CLOSED lets orders through, OPEN none, HALF_OPEN one at a time until it is known how that one went."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


@dataclass(frozen=True, slots=True)
class Breaker:
    """State and memory of one link. `window` has one sign an outcome, oldest first, at most KEPT.

    `probe_at` of an open breaker is when balance() is asked next; of a half-open one it is the lease of the one order on trial
    (None: the trial is free).
    """

    state: BreakerState = BreakerState.CLOSED
    opened_at: datetime | None = None
    window: str = ""
    probe_at: datetime | None = None

    @property
    def success_percent(self) -> int:
        """Share of good outcomes in the window, whole per cent; 100 as long as there are too few to judge."""
        if len(self.window) < _ENOUGH_TO_JUDGE:
            return 100
        return 100 * self.window.count(GOOD) // len(self.window)


def sign_of(state: OutcomeState, slow: bool = False) -> str:
    """What an outcome says of the link: not sent, unknown and slow are its fault; a refused customer is not."""
    if state in {OutcomeState.UNKNOWN, OutcomeState.NOT_FOUND}:
        return UNKNOWN
    return FAULT if slow or state is OutcomeState.NOT_SENT else GOOD


def after_outcomes(breaker: Breaker, signs: str, now: datetime) -> Breaker:
    """The breaker after these outcomes, in the order they came."""
    if breaker.state is BreakerState.CLOSED and not signs.strip(GOOD):
        # Good outcomes trip no breaker; nearly all are good, and come by the hundred.
        return replace(breaker, window=(breaker.window + signs)[-KEPT:])
    for sign in signs:
        breaker = _after_one(breaker, sign, now)
    return breaker


def _after_one(breaker: Breaker, sign: str, now: datetime) -> Breaker:
    seen = replace(breaker, window=(breaker.window + sign)[-KEPT:])
    if breaker.state is BreakerState.HALF_OPEN:
        return Breaker(window=GOOD) if sign == GOOD else _opened(seen, now)
    if breaker.state is BreakerState.CLOSED and _trips(seen.window):
        return _opened(seen, now)
    return seen


def _trips(window: str) -> bool:
    faults = sum(sign != GOOD for sign in window[-LOOKED_AT:])
    return faults >= MOST_FAULTS or window.endswith(UNKNOWN * MOST_UNKNOWN_IN_A_ROW)


def _opened(breaker: Breaker, now: datetime) -> Breaker:
    since = breaker.opened_at or now
    return replace(breaker, state=BreakerState.OPEN, opened_at=since, probe_at=now + _probe_delay(since, now))


def _probe_delay(opened_at: datetime, now: datetime) -> timedelta:
    # Half of how long it has been open: quick after a hiccup, patient in an outage.
    return min(max((now - opened_at) / 2, FIRST_PROBE), LONGEST_PROBE)


def probe_due(breaker: Breaker, now: datetime) -> bool:
    """Whether an open breaker wants its link's balance() asked now."""
    return breaker.state is BreakerState.OPEN and (breaker.probe_at is None or breaker.probe_at <= now)


def after_probe(breaker: Breaker, answered: bool, now: datetime) -> Breaker:
    """The breaker after balance(): half open when the link answered, else open until the next probe."""
    if breaker.state is not BreakerState.OPEN:
        return breaker
    if answered:
        return replace(breaker, state=BreakerState.HALF_OPEN, probe_at=None)
    return _opened(breaker, now)


def on_trial(breaker: Breaker, until: datetime) -> Breaker:
    """The half-open breaker with its one real order on the way; when its sender dies, the lease ends and another may try."""
    return replace(breaker, probe_at=until)


def trial_taken(breaker: Breaker, now: datetime) -> bool:
    """Whether the one order of a half-open breaker is already on its way."""
    return breaker.probe_at is not None and breaker.probe_at > now
