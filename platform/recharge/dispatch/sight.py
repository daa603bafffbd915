"""The ways out as one claim sees them: links with health and load, routes, carriers; load grows as the claim assigns orders."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from recharge.books.dispatch_statements import DispatchStatements, DueOrder
from recharge.books.link_statements import Health
from recharge.domain.breaker import Breaker, BreakerState, on_trial
from recharge.domain.routing import Candidate, LinkState, Need, Reason, choose, taken
from recharge.suppliers.contract import Gated, SupplierLink


class Sight:
    """Read once a claim, inside its transaction."""

    def __init__(self, connection: Connection, statements: DispatchStatements, running: Mapping[int, SupplierLink]) -> None:
        self.trials: list[tuple[Health, Health]] = []
        self._gated = {link_id: link for link_id, link in running.items() if isinstance(link, Gated)}
        links, self._routes, self._carriers, self._health, load = statements.ways(connection)
        self._links: dict[int, LinkState] = {}
        for row in links:
            health = self._health.get(row.id) or Health(row.id, Breaker())
            count, minor = load.get(row.id, (0, 0))
            self._links[row.id] = LinkState(
                row.id,
                row.code,
                row.id in running,
                row.paused,
                row.most_in_flight,
                row.reserve_minor,
                health.breaker,
                health.stock_minor,
                count,
                minor,
            )

    def carrier_code(self, carrier_id: int) -> str:
        """A carrier's code."""
        return self._carriers.get(carrier_id, "")

    def link_code(self, link_id: int) -> str:
        """A link's code, "" when the link is gone."""
        return self._links[link_id].code if link_id in self._links else ""

    def choose(self, order: DueOrder, tried: Mapping[int, datetime], now: datetime, zone: ZoneInfo) -> list[Candidate]:
        """The links for an order, best first."""
        need = Need(order.carrier_id, order.province, order.kind, order.face_minor, tried, self._objections(order, now))
        return choose(need, self._links.values(), self._routes, now, f"{now.astimezone(zone):%H:%M}")

    def _objections(self, order: DueOrder, now: datetime) -> dict[int, Reason]:
        """What the running links of the gated kind have against an order at this moment."""
        found = ((link_id, link.objection(order.number, order.face_minor, now)) for link_id, link in self._gated.items())
        return {link_id: reason for link_id, reason in found if reason is not None}

    def assign(self, candidates: list[Candidate], now: datetime, until: datetime) -> Candidate | None:
        """Take the best link, if one can be taken, and count the order as on its way there. A link that stands trial takes one order:
        `trials` has its health before and after, to be written with the order."""
        best = taken(candidates)
        if best is None:
            return None
        state = self._links[best.link_id]
        if state.breaker.state is BreakerState.HALF_OPEN:
            state.breaker = self._take_trial(best.link_id, until)
        state.in_flight += 1
        state.in_flight_minor += best.cost_minor
        return best

    def _take_trial(self, link_id: int, until: datetime) -> Breaker:
        before = self._health[link_id]
        after = replace(before, breaker=on_trial(before.breaker, until))
        self.trials.append((before, after))
        return after.breaker
