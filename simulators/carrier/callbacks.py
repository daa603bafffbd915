"""Callbacks of the carrier (docs/carrier-protocol.md section 7): written with the fact they tell, sent and repeated until acknowledged."""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, NamedTuple

import aiohttp

from simulators.carrier import codes
from simulators.carrier.answers import elements
from simulators.carrier.behaviour import BEHAVIOURS, Calls
from simulators.carrier.clock import CarrierClock
from simulators.carrier.controls import Controls
from simulators.carrier.ledger import Ledger, stock
from simulators.carrier.messages import is_acknowledgement, write_message
from simulators.carrier.orders import Order
from simulators.carrier.signing import Signer

_AT_ONCE: Final = 64


@dataclass(frozen=True, slots=True)
class _Event:
    code: str
    wait_seconds: float = 0.0
    copies: int = 1
    forged: bool = False


class _Sending(NamedTuple):
    id: int
    event: str
    reference: str
    body: bytes
    forged: bool
    again: bool
    tries: int


class CallbackBook:
    """Writes the callbacks of an order's events into the ledger, in the commit of the event itself."""

    def __init__(self, clock: CarrierClock, controls: Controls) -> None:
        self._clock = clock
        self._controls = controls

    def announce(self, connection: sqlite3.Connection, order: Order) -> None:
        """Write what the order's behaviour wants called back now that the order has this state."""
        for event in self._events(order):
            self._write(connection, order, event)

    def _events(self, order: Order) -> Iterator[_Event]:
        behaviour = BEHAVIOURS[order.behaviour]
        calls, waits = behaviour.calls, self._controls.settings.durations
        if order.code == codes.TAKEN_BACK:
            if calls.copies or not behaviour.accepted:
                yield _Event(order.code, forged=calls.forged)
        elif calls.copies:
            yield from _final_events(order, calls, waits["gap"], waits["take_back"])

    def _write(self, connection: sqlite3.Connection, order: Order, event: _Event) -> None:
        sequence = connection.execute("select coalesce(max(sequence), 0) + 1 from callback where order_id = ?", (order.id,)).fetchone()[0]
        name = f"E{order.day}{order.id:09d}{sequence:02d}"
        shown = elements(order, stock(connection)[1], event.code)
        body = write_message("Callback", {"Event": name, "Sequence": sequence, **shown})
        due_at = self._clock.machine_seconds() + event.wait_seconds
        row = (name, order.id, order.reference, sequence, event.code, body, event.forged)
        connection.executemany(
            "insert into callback (event, order_id, reference, sequence, code, body, forged, again, due_at)"
            " values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [(*row, copy == 0, due_at) for copy in range(event.copies)],
        )


def _final_events(order: Order, calls: Calls, gap: float, take_back: float) -> Iterator[_Event]:
    if calls.lie_before:
        yield _Event(calls.lie_before)
    wait = take_back + gap if calls.swapped else gap if calls.lie_before else 0.0
    yield _Event(order.code, wait, calls.copies, calls.forged)
    if calls.lie_after:
        yield _Event(calls.lie_after, gap)


class Caller:
    """Sends what is due, many at a time, and keeps to the plan of repeats; a restart goes on where the ledger stands."""

    def __init__(self, ledger: Ledger, signer: Signer, clock: CarrierClock, controls: Controls) -> None:
        self._ledger = ledger
        self._signer = signer
        self._clock = clock
        self._controls = controls
        self._wake = asyncio.Event()
        self._in_flight: dict[int, tuple[_Sending, asyncio.Task[None]]] = {}
        self._expected: dict[str, asyncio.Future[None]] = {}

    def wake(self) -> None:
        """Look at once for something due."""
        self._wake.set()

    def expect(self, reference: str) -> asyncio.Future[None]:
        """A future that is done when a callback about the reference has been sent for the first time."""
        return self._expected.setdefault(reference, asyncio.get_running_loop().create_future())

    def forget(self, reference: str) -> None:
        """Nobody waits for a callback about the reference any more."""
        self._expected.pop(reference, None)

    async def run_forever(self) -> None:
        """Send until cancelled."""
        async with aiohttp.ClientSession() as session:
            while True:
                self._wake.clear()
                for sending in self._due():
                    self._in_flight[sending.id] = (sending, asyncio.create_task(self._send(session, sending)))
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._pause_seconds()):
                        await self._wake.wait()

    def _due(self) -> list[_Sending]:
        now, free = self._clock.machine_seconds(), _AT_ONCE - len(self._in_flight)
        rows = self._ledger.read(
            lambda connection: connection.execute(
                "select id, event, reference, body, forged, again, tries from callback where due_at <= ? order by due_at, id limit ?",
                (now, _AT_ONCE * 2),
            ).fetchall()
        )
        # Copies of one event may be under way together; another event of the same order waits, so that they arrive in order.
        events = {sending.reference: sending.event for sending, _ in self._in_flight.values()}
        waiting = [sending for sending in map(_Sending._make, rows) if sending.id not in self._in_flight]
        return [one for one in waiting if events.setdefault(one.reference, one.event) == one.event][:free]

    def _pause_seconds(self) -> float:
        if len(self._in_flight) >= _AT_ONCE:
            return 1.0
        first: float | None = self._ledger.read(
            lambda connection: connection.execute("select min(due_at) from callback where due_at > ?", (self._now(),))
        ).fetchone()[0]
        return 1.0 if first is None else min(max(first - self._now(), 0.0), 1.0)

    def _now(self) -> float:
        return self._clock.machine_seconds()

    async def _send(self, session: aiohttp.ClientSession, sending: _Sending) -> None:
        try:
            status, acknowledged = await self._post(session, sending)
            await self._ledger.write(lambda connection: self._note(connection, sending, status, acknowledged))
        finally:
            self._in_flight.pop(sending.id, None)
            expected = self._expected.pop(sending.reference, None)
            if expected and not expected.done():
                expected.set_result(None)
            self._wake.set()

    async def _post(self, session: aiohttp.ClientSession, sending: _Sending) -> tuple[str, bool]:
        settings = self._controls.settings
        if not settings.callback_url:
            return "no address", False
        headers = {**self._signer.headers("CALLBACK", sending.body), "Content-Type": "application/xml; charset=utf-8"}
        if sending.forged:
            headers["X-Signature"] = headers["X-Signature"][::-1]
        wait = aiohttp.ClientTimeout(total=settings.callback_wait_seconds)
        try:
            async with session.post(settings.callback_url, data=sending.body, headers=headers, timeout=wait) as answer:
                acknowledged = answer.status == 200 and is_acknowledgement(await answer.content.read(1024))
                return str(answer.status), acknowledged
        except (aiohttp.ClientError, TimeoutError, OSError) as problem:
            return type(problem).__name__, False

    def _note(self, connection: sqlite3.Connection, sending: _Sending, status: str, acknowledged: bool) -> None:
        plan = self._controls.settings.callback_plan
        over = acknowledged or not sending.again or sending.tries >= len(plan)
        due_at = None if over else self._now() + plan[sending.tries]
        connection.execute(
            "update callback set tries = tries + 1, last_status = ?, acknowledged = ?, due_at = ? where id = ?",
            (status, acknowledged, due_at, sending.id),
        )
