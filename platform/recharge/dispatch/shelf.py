"""Statements that were fetched lately: many open orders of one day are looked up in one copy."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date

import structlog

from recharge.dispatch.work import Look, Looked
from recharge.suppliers.contract import CannotTell, StatementLine, SupplierLink

KEPT_SECONDS = 600.0
MOST_KEPT = 3
_log = structlog.get_logger(__name__)


class StatementShelf:
    """Holds the latest few statements for ten minutes, each by reference; whoever asks for one that is being fetched waits for it."""

    def __init__(self, links: Mapping[int, SupplierLink]) -> None:
        self._links = links
        self._kept: dict[tuple[int, date], tuple[float, asyncio.Task[Mapping[str, StatementLine] | None]]] = {}

    async def look(self, work: Look) -> Looked:
        """Look an attempt up. A day whose statement cannot be had makes the look incomplete."""
        found, complete = None, True
        for day in work.days:
            lines = await self._statement(work.query.link_id, day)
            if lines is None:
                complete = False
            else:
                found = lines.get(work.query.order.reference) or found
        return Looked(work, found, complete)

    async def _statement(self, link_id: int, day: date) -> Mapping[str, StatementLine] | None:
        now = asyncio.get_running_loop().time()
        key = (link_id, day)
        if key not in self._kept or now - self._kept[key][0] > KEPT_SECONDS:
            self._make_room()
            self._kept[key] = (now, asyncio.create_task(self._fetch(link_id, day)))
        return await asyncio.shield(self._kept[key][1])

    def _make_room(self) -> None:
        while len(self._kept) >= MOST_KEPT:
            self._kept.pop(min(self._kept, key=lambda key: self._kept[key][0]))

    async def _fetch(self, link_id: int, day: date) -> Mapping[str, StatementLine] | None:
        try:
            return by_reference(await self._links[link_id].statement(day))
        except CannotTell as error:
            _log.warning("statement_not_usable", day=day.isoformat(), why=str(error))
            return None
        except Exception as error:  # a link's mistake is its own, and decides nothing about any order
            _log.exception("link_failed", day=day.isoformat(), why=type(error).__name__)
            return None


def by_reference(lines: Sequence[StatementLine]) -> dict[str, StatementLine]:
    """A statement's lines by our reference; lines without one are the carrier's own doings."""
    return {line.reference: line for line in lines if line.reference}
