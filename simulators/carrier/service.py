"""The partner's side of the carrier: a signed request comes in, its operation is carried out, an answer goes back."""

import asyncio
from dataclasses import dataclass

from aiohttp import web

from simulators.carrier import codes
from simulators.carrier.answers import elements
from simulators.carrier.behaviour import Behaviour
from simulators.carrier.callbacks import Caller
from simulators.carrier.clock import CarrierClock
from simulators.carrier.controls import Controls
from simulators.carrier.issues import Statements
from simulators.carrier.ledger import Ledger, stock
from simulators.carrier.messages import ORDER_OPERATIONS, MalformedMessage, Request, read_request
from simulators.carrier.orders import Order, OrderBook, Taken
from simulators.carrier.signing import Gate
from simulators.carrier.timers import Timers
from simulators.carrier.travel import Answer, Courier


@dataclass(frozen=True)
class Parts:
    """Everything the service works with."""

    ledger: Ledger
    book: OrderBook
    controls: Controls
    clock: CarrierClock
    gate: Gate
    courier: Courier
    caller: Caller
    timers: Timers
    statements: Statements


class Service:
    """Carries the partner's requests out."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._queued: set[asyncio.Task[Answer]] = set()
        self._second, self._count = 0, 0

    async def handle(self, http: web.Request) -> web.StreamResponse:
        """One request of the partner, checked in the order of section 2, then carried out and answered."""
        body = await http.read()
        refusal = self._parts.gate.refusal(http.headers, body)
        try:
            request = read_request(body)
        except MalformedMessage as problem:
            request, refusal = Request(problem.operation or "Error"), refusal or codes.MALFORMED
        behaviour = self._parts.controls.choose(request)
        refusal = refusal or self._over_rate() or behaviour.refuse
        if refusal and not behaviour.nothing:
            return self._parts.courier.signed(http, request, self._refusal(request, refusal))
        answer = await self._carry_out(request, behaviour)
        if behaviour.slow:
            await asyncio.sleep(self._parts.controls.latency_seconds())
        return await self._parts.courier.bring(http, request, behaviour, answer)

    def _over_rate(self) -> str:
        limit, second = self._parts.controls.settings.rate_limit, int(self._parts.clock.machine_seconds())
        if second != self._second:
            self._second, self._count = second, 0
        self._count += 1
        return codes.RATE_LIMITED if 0 < limit < self._count else ""

    def _refusal(self, request: Request, code: str) -> Answer:
        shown: dict[str, str | int] = {"Code": code, "Text": codes.text_of(code), **request.echo()}
        if code not in codes.BEFORE_THE_PARTNER_IS_KNOWN:
            shown["StockAfter"] = self._free_stock()
        return Answer(shown)

    def _free_stock(self) -> int:
        return self._parts.ledger.read(stock)[1]

    async def _carry_out(self, request: Request, behaviour: Behaviour) -> Answer:
        if behaviour.nothing:
            return Answer()
        if request.operation in ORDER_OPERATIONS:
            return self._put_off(request, behaviour) if behaviour.queued else await self._order(request, behaviour)
        if request.operation == "Query":
            return self._query(request, behaviour)
        return self._balance() if request.operation == "Balance" else await self._statement(request)

    def _put_off(self, request: Request, behaviour: Behaviour) -> Answer:
        task = asyncio.create_task(self._order_from_queue(request, behaviour))
        self._queued.add(task)
        task.add_done_callback(self._queued.discard)
        return Answer()

    async def _order_from_queue(self, request: Request, behaviour: Behaviour) -> Answer:
        await asyncio.sleep(self._parts.controls.settings.durations["queue"])
        return await self._order(request, behaviour)

    async def _order(self, request: Request, behaviour: Behaviour) -> Answer:
        if behaviour.calls.first:
            taken = await self._call_first(request, behaviour)
        else:
            taken = await self._take(request, behaviour)
        if taken.order is None or taken.refusal:
            return self._refusal(request, taken.refusal)
        return self._tell(request, taken.order, behaviour)

    async def _take(self, request: Request, behaviour: Behaviour) -> Taken:
        book, ledger = self._parts.book, self._parts.ledger
        taken = await ledger.write(lambda connection: book.take(connection, request, behaviour))
        if taken.fresh and (behaviour.accepted or behaviour.taken_back):
            self._parts.timers.wake()
        if taken.fresh:
            self._parts.caller.wake()
        return taken

    async def _call_first(self, request: Request, behaviour: Behaviour) -> Taken:
        called = self._parts.caller.expect(request.reference)
        try:
            taken = await self._take(request, behaviour)
            if taken.fresh:
                await asyncio.wait([called], timeout=self._parts.controls.settings.callback_wait_seconds)
            return taken
        finally:
            self._parts.caller.forget(request.reference)

    def _tell(self, request: Request, order: Order, behaviour: Behaviour) -> Answer:
        shown = elements(order, self._free_stock(), behaviour.told)
        if behaviour.reply == "wrong_echo":
            shown["Amount"] = request.amount_minor + 100
        return Answer(shown)

    def _query(self, request: Request, behaviour: Behaviour) -> Answer:
        order = self._parts.ledger.read(lambda connection: self._parts.book.visible(connection, request.reference))
        if order is None:
            return self._refusal(request, codes.NOT_FOUND)
        if (order.number, order.amount_minor) != (request.number, request.amount_minor):
            return self._refusal(request, codes.CONFLICT)
        return self._tell(request, order, behaviour)

    def _balance(self) -> Answer:
        _, free, reserved = self._parts.ledger.read(stock)
        shown: dict[str, str | int] = {"Code": codes.DONE, "Text": "查询成功", "StockAfter": free, "Reserved": reserved}
        return Answer({**shown, "AsOf": self._parts.clock.local().isoformat()})

    async def _statement(self, request: Request) -> Answer:
        issue = await self._parts.statements.fetch(request.day, request.issue)
        if issue.refusal:
            return Answer({"Code": issue.refusal, "Text": codes.text_of(issue.refusal)})
        return Answer(content=issue.content, file_name=issue.file_name)
