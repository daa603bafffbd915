"""Watches over stock at suppliers: forecasts when it runs out, and tells the log and the people in operations in time to buy."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import Connection

from recharge.books import stock_statements as statements
from recharge.books.database import Database
from recharge.books.dispatch_statements import IN_FLIGHT
from recharge.books.ids import IdMaker
from recharge.books.stock_statements import StockRow
from recharge.clock import Clock
from recharge.domain.stock_forecast import Forecast, StockLevel, by_hour_of_day, forecast
from recharge.texts import MessageKind

_log = structlog.get_logger(__name__)
_KINDS = {StockLevel.LOW: MessageKind.STOCK_LOW, StockLevel.OUT: MessageKind.STOCK_OUT}
_WORSE = {None: 0, StockLevel.LOW.value: 1, StockLevel.OUT.value: 2}


@dataclass(frozen=True, slots=True)
class WatchRules:
    """From how many days of sales the forecast is made, how long before the end people are told, and the zone of the hours."""

    zone: ZoneInfo
    days: int = 3
    tell_within: timedelta = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Standing:
    """A link's stock and forecast. `free_minor` is what may still be sold, `day_minor` what a day sells; amounts in minor units."""

    stock: StockRow
    free_minor: int | None
    day_minor: int
    forecast: Forecast


class StockWatch:
    """One look at a time; several processes may look, and an alarm is still told once."""

    def __init__(self, database: Database, clock: Clock, rules: WatchRules) -> None:
        self._database, self._clock, self._rules = database, clock, rules

    def standings(self) -> list[Standing]:
        """Every link that is not paused, by code."""
        now = self._clock.now()
        with self._database.read() as connection:
            sold = statements.sold_by_hour(connection, now - timedelta(days=self._rules.days))
            on_its_way = self._database.find(connection, IN_FLIGHT)
            rows = statements.stocks(connection)
        return [self._standing(row, sold.get(row.link_id, []), on_its_way.get(row.link_id, (0, 0))[1], now) for row in rows]

    def look(self, ids: IdMaker) -> list[Standing]:
        """Raise alarms that have become due, worsen them, clear those that are over; the links looked at."""
        found = self.standings()
        with self._database.read() as connection:
            raised = statements.alarms(connection)
        for standing in found:
            level = standing.forecast.level
            wanted = level.value if level in _KINDS else None
            before = raised.get(standing.stock.link_id)
            if wanted != before and level is not StockLevel.UNTOLD:
                self._change(standing, before, wanted, ids)
        return found

    def _standing(self, row: StockRow, sold: list[tuple[datetime, int]], on_its_way_minor: int, now: datetime) -> Standing:
        local = [(hour.astimezone(self._rules.zone), minor) for hour, minor in sold]
        hourly = by_hour_of_day(local, self._rules.days)
        free = None if row.stock_minor is None else row.stock_minor - row.reserve_minor - on_its_way_minor
        told = forecast(free, hourly, now.astimezone(self._rules.zone), self._rules.tell_within)
        return Standing(row, free, sum(hourly), told)

    def _change(self, standing: Standing, before: str | None, wanted: str | None, ids: IdMaker) -> None:
        now, until = self._clock.now(), standing.forecast.runs_out_at

        def work(connection: Connection) -> bool:
            if not statements.change_alarm(connection, standing.stock.link_id, before, wanted, now, until):
                return False
            if wanted is not None and _WORSE[wanted] > _WORSE[before]:
                self._tell(connection, standing, ids, now)
            return True

        if self._database.retrying(work):
            facts = {"link": standing.stock.code, "level": wanted or "fine", "runs_out_at": until.isoformat() if until else None}
            (_log.warning if wanted else _log.info)("stock_alarm", **facts)

    def _tell(self, connection: Connection, standing: Standing, ids: IdMaker, now: datetime) -> None:
        until = standing.forecast.runs_out_at
        facts: dict[str, str | int] = {"link": standing.stock.code, "stock_minor": standing.stock.stock_minor or 0}
        if until is not None:
            facts["runs_out"] = f"{until:%m-%d %H:%M}"
        to = statements.watchers(connection)
        kind = _KINDS[standing.forecast.level]
        statements.tell(connection, [ids.next() for _ in to], to, kind.value, facts, now)
