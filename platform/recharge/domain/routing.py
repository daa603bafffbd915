"""Which link an order goes out on: every link looked at, in order, with the reason it is taken or not."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from recharge.domain.breaker import Breaker, BreakerState, trial_taken
from recharge.domain.money import share_of
from recharge.domain.orders import OrderKind

REST_AFTER_TRY = timedelta(seconds=2)
POOR_PERCENT = 80


class Reason(StrEnum):
    """Why a link was taken or not. Stored with the attempt: never rename one."""

    TAKEN = "taken"
    NEXT = "next"
    NO_ROUTE = "no_route"
    CLOSED = "closed"
    PAUSED = "paused"
    NOT_RUNNING = "not_running"
    BREAKER_OPEN = "breaker_open"
    ON_TRIAL = "on_trial"
    NO_STOCK = "no_stock"
    BUSY = "busy"
    JUST_TRIED = "just_tried"
    RESTING = "resting"
    OVER_PACE = "over_pace"
    NUMBER_OPEN = "number_open"
    HELD_BACK = "held_back"


PASSING = frozenset({Reason.BUSY, Reason.JUST_TRIED, Reason.ON_TRIAL, Reason.RESTING})
"""Reasons that are gone in a moment: the order waits without a word."""


@dataclass(frozen=True, slots=True)
class Route:
    """What a link carries: one carrier's numbers of one province ("" for everywhere), one kind, within hours ("08:00", local time)."""

    link_id: int
    carrier_id: int
    province: str
    kind: OrderKind
    cost_bp: int
    priority: int
    opens: str = "00:00"
    closes: str = "24:00"

    def is_open(self, local_time: str) -> bool:
        """Whether a local time "HH:MM" is within the hours, which may reach over midnight."""
        if self.opens <= self.closes:
            return self.opens <= local_time < self.closes
        return local_time >= self.opens or local_time < self.closes


@dataclass(slots=True)
class LinkState:
    """A link as it stands at the moment of choice; what is on its way there grows as orders are assigned. Amounts in minor units; stock
    None where it never told."""

    link_id: int
    code: str
    running: bool
    paused: bool
    most_in_flight: int
    reserve_minor: int
    breaker: Breaker
    stock_minor: int | None
    in_flight: int
    in_flight_minor: int


@dataclass(frozen=True, slots=True)
class Need:
    """What is to be sent, where it has been tried before (link id -> when), and what links themselves have against it now."""

    carrier_id: int
    province: str
    kind: OrderKind
    face_minor: int
    tried: Mapping[int, datetime] = field(default_factory=dict)
    objections: Mapping[int, Reason] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Candidate:
    """One link looked at. `cost_minor` is what it would charge."""

    link_id: int
    code: str
    reason: Reason
    cost_minor: int = 0
    priority: int = 0
    success_percent: int = 100

    def facts(self) -> dict[str, str | int]:
        """As it is kept with the attempt."""
        return {
            "link_id": self.link_id,
            "link": self.code,
            "reason": self.reason.value,
            "cost_minor": self.cost_minor,
            "priority": self.priority,
            "success_percent": self.success_percent,
        }


def choose(need: Need, links: Iterable[LinkState], routes: Sequence[Route], now: datetime, local_time: str) -> list[Candidate]:
    """All links, best first. The first is TAKEN if any can be; other usable ones are NEXT, the rest say why not.

    Order: links not yet tried by this order before tried ones, then the routes' priority, then links whose window is not poor,
    then cost, then success rate.
    """
    usable: list[tuple[tuple[int, ...], Candidate]] = []
    unusable: list[Candidate] = []
    for link in links:
        route = _route(need, link.link_id, routes)
        candidate = _judged(need, link, route, now, local_time)
        if candidate.reason is Reason.TAKEN:
            usable.append((_rank(need, candidate), candidate))
        else:
            unusable.append(candidate)
    ordered = [candidate for _, candidate in sorted(usable, key=lambda pair: pair[0])]
    return ordered[:1] + [_as_next(candidate) for candidate in ordered[1:]] + unusable


def taken(candidates: Sequence[Candidate]) -> Candidate | None:
    """The link to send on, or None."""
    return candidates[0] if candidates and candidates[0].reason is Reason.TAKEN else None


def soon(candidates: Sequence[Candidate]) -> bool:
    """Whether a link that cannot be taken now can be in a moment."""
    return any(candidate.reason in PASSING for candidate in candidates)


def _route(need: Need, link_id: int, routes: Sequence[Route]) -> Route | None:
    fitting = [
        route
        for route in routes
        if route.link_id == link_id
        and route.carrier_id == need.carrier_id
        and route.kind is need.kind
        and route.province in {"", need.province}
    ]
    # A route for the very province beats the one for everywhere.
    return min(fitting, key=lambda route: (route.province == "", route.priority, route.cost_bp), default=None)


def _judged(need: Need, link: LinkState, route: Route | None, now: datetime, local_time: str) -> Candidate:
    if route is None:
        return Candidate(link.link_id, link.code, Reason.NO_ROUTE, success_percent=link.breaker.success_percent)
    cost = share_of(need.face_minor, route.cost_bp)
    reason = _against(need, link, route, cost, now, local_time) or Reason.TAKEN
    return Candidate(link.link_id, link.code, reason, cost, route.priority, link.breaker.success_percent)


def _against(need: Need, link: LinkState, route: Route, cost_minor: int, now: datetime, local_time: str) -> Reason | None:
    tried_at = need.tried.get(link.link_id)
    objections = (
        (not link.running, Reason.NOT_RUNNING),
        (link.paused, Reason.PAUSED),
        (not route.is_open(local_time), Reason.CLOSED),
        (link.breaker.state is BreakerState.OPEN, Reason.BREAKER_OPEN),
        (link.breaker.state is BreakerState.HALF_OPEN and trial_taken(link.breaker, now), Reason.ON_TRIAL),
        (not _stock_covers(link, cost_minor), Reason.NO_STOCK),
        (link.in_flight >= link.most_in_flight, Reason.BUSY),
        (tried_at is not None and now - tried_at < REST_AFTER_TRY, Reason.JUST_TRIED),
    )
    return next((reason for stands, reason in objections if stands), need.objections.get(link.link_id))


def _stock_covers(link: LinkState, cost_minor: int) -> bool:
    # A link that never told its stock is asked anyway: it refuses by itself, and that costs nothing.
    if link.stock_minor is None:
        return True
    return link.stock_minor - link.in_flight_minor >= cost_minor + link.reserve_minor


def _rank(need: Need, candidate: Candidate) -> tuple[int, ...]:
    return (
        candidate.link_id in need.tried,
        candidate.priority,
        candidate.success_percent < POOR_PERCENT,
        candidate.cost_minor,
        -candidate.success_percent,
        candidate.link_id,
    )


def _as_next(candidate: Candidate) -> Candidate:
    return Candidate(candidate.link_id, candidate.code, Reason.NEXT, candidate.cost_minor, candidate.priority, candidate.success_percent)
