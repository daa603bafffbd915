"""The steps of a channel's day: over, its terminals' batches frozen with their postings, compared. Each can be repeated."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from sqlalchemy import Connection

from bank_settle import cases
from bank_settle.days import Day
from bank_settle.parts import Parts
from bank_settle.terminals.frozen import Frozen, read, render
from bank_settle.terminals.kinds import DOUBTFUL, BatchKind
from bank_settle.terminals.match import Break, Compared, compare_all
from bank_settle.waiting import NotYet, Why
from recharge import OrderState, TerminalBatch

Facts = Mapping[str, Any]
Also = Callable[[Connection], None]
_DONE = OrderState.SUCCEEDED.value
_UNDONE = {OrderState.FAILED.value: BatchKind.FAILED_HERE, OrderState.REVERSED.value: BatchKind.REVERSED_HERE}


class TerminalSteps:
    """What is done for one channel's terminals."""

    def __init__(self, parts: Parts, scope: str, tick: Callable[[int], None] = lambda _: None) -> None:
        self._parts, self._scope, self._tick = parts, scope, tick

    def cut(self, day: Day) -> Facts:
        """The business date must be over. Raises NotYet."""
        _, end = self._parts.business(day.day)
        if self._parts.clock.now() < end:
            raise NotYet(Why.DAY_NOT_OVER)
        return {"until": end.isoformat()}

    def snapshot(self, day: Day) -> Facts:
        """The batches that ended on the business date or still ran at its end, with what was posted for their orders. Raises NotYet."""
        begin, end = self._parts.business(day.day)
        provide = self._parts.channels.get(self._scope.partition(":")[2])
        if provide is None:
            raise NotYet(Why.NO_CHANNEL, name=self._scope.partition(":")[2])
        frozen = [self._freeze(number, batch) for number, batch in enumerate(provide(begin, end))]
        running = sum(item.batch.closed_at is None for item in frozen)
        return {"sha256": self._parts.archive.keep_bytes(render(frozen)), "count": len(frozen), "running": running}

    def _freeze(self, place: int, batch: TerminalBatch) -> Frozen:
        self._tick(place)
        found = self._parts.books.charges(sorted({int(line.order_number) for line in batch.lines}))
        return Frozen(batch, {str(number): fact for number, fact in found.items()})

    def matched(self, day: Day) -> tuple[Facts, Also]:
        """Compare every batch; its result as a file, and the cases."""
        compared = compared_of(self._parts, day)
        sha256 = self._parts.archive.keep_bytes(_render(compared))
        found = [_found(day, item, each) for item in compared for each in item.breaks]
        ended = [item.name for item in compared if item.batch.closed_at is not None]

        def also(connection: Connection) -> None:
            fresh = [item for item in found if not _stands_earlier(connection, item)]
            cases.put(connection, day.scope, day.day, fresh)
            for name in ended:
                _settle(connection, day, name)

        return {"sha256": sha256, **_sums(compared)}, also

    def follow_up(self, today: date) -> None:
        """What was in hand when its batch was compared: done with when it was done, a case of its own when it came to nothing."""
        with self._parts.database.read() as connection:
            waiting = [case for case in cases.unresolved(connection, self._scope, until=today) if case.kind == BatchKind.IN_HAND]
        charges = self._parts.books.charges([case.order_id for case in waiting if case.order_id is not None])

        def work(connection: Connection) -> None:
            for case in waiting:
                fact = charges.get(case.order_id or 0)
                if fact is None or fact.state not in {_DONE, *_UNDONE}:
                    continue
                cases.resolve(connection, case.id, "settled_later", today)
                if fact.state in _UNDONE:
                    cases.add(connection, _grown(case, _UNDONE[fact.state]))

        self._parts.database.retrying(work)


def compared_of(parts: Parts, day: Day) -> list[Compared]:
    """A day's batches compared, from its frozen snapshot; none before it is made."""
    if "snapshot" not in day.facts:
        return []
    content = parts.archive.path(day.facts["snapshot"]["sha256"]).read_bytes()
    return compare_all(read(content), day.day)


def _stands_earlier(connection: Connection, item: cases.Found) -> bool:
    """A batch that runs for days is one difference, that of its first day."""
    if item.kind != BatchKind.STILL_OPEN:
        return False
    known = cases.by_reference(connection, item.scope, item.reference, (item.kind,))
    return any(case.day < item.day and case.state != cases.RESOLVED for case in known)


def _settle(connection: Connection, day: Day, name: str) -> None:
    """The batch that ran for days has ended, and is compared with this day."""
    for case in cases.by_reference(connection, day.scope, name, (BatchKind.STILL_OPEN.value,)):
        if case.day < day.day:
            cases.resolve(connection, case.id, "settled_later", day.day)


def _found(day: Day, item: Compared, each: Break) -> cases.Found:
    line = each.line
    facts: dict[str, Any] = {
        "terminal": item.batch.terminal,
        "batch": item.batch.number,
        "ours": {"net_minor": item.ours.net_minor, "price_minor": each.price_minor, "state": "" if line is None else line.state.value},
        "told": None if item.batch.told is None else item.batch.told.net_minor,
        "posted": item.posted.net_minor,
    }
    order = None if line is None else int(line.order_number)
    numbers = (each.effect_minor, each.ours_minor, each.theirs_minor, order)
    party, doubtful = item.batch.party_code, each.kind in DOUBTFUL
    return cases.Found(day.scope, day.day, each.kind.value, each.reference, *numbers, party, doubtful, facts)


def _grown(case: cases.Case, kind: BatchKind) -> cases.Found:
    """The same transaction, of the same day, under its new name."""
    numbers = (0, None, case.theirs_minor, case.order_id)
    return cases.Found(case.scope, case.day, kind.value, case.reference, *numbers, case.party_code, facts=case.facts)


def _sums(compared: Iterable[Compared]) -> dict[str, Any]:
    """For the day's facts: how many batches, how many without a difference, and the three sides of all that ended. Minor units."""
    ended = [item for item in compared if item.batch.closed_at is not None]
    return {
        "batches": len(ended),
        "matched": sum(not item.breaks for item in ended),
        "terminals_minor": sum(item.batch.told.net_minor for item in ended if item.batch.told is not None),
        "ours_minor": sum(item.ours.net_minor for item in ended),
        "posted_minor": sum(item.posted.net_minor for item in ended),
    }


def _render(compared: Iterable[Compared]) -> bytes:
    return "".join(json.dumps(line, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n" for line in _lines(compared)).encode()


def _lines(compared: Iterable[Compared]) -> Iterator[dict[str, Any]]:
    for item in compared:
        breaks = [{"kind": each.kind.value, "reference": each.reference, "effect_minor": each.effect_minor} for each in item.breaks]
        told = None if item.batch.told is None else item.batch.told.net_minor
        yield {"batch": item.name, "told": told, "ours": item.ours.net_minor, "posted": item.posted.net_minor, "breaks": breaks}
