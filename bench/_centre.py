"""The peer of the SMS benchmark, in a process of its own: a centre that keeps a window of messages under way, and an application over HTTP.

It shares no code with the product; messages are taken from a list that was made before, and answers to phones are taken and counted.
"""

import asyncio
import multiprocessing
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection as Pipe

from simulators.smsc import pdu

PATIENCE_SECONDS = 60.0
PEER_PATIENCE_SECONDS = 2.0
# Of messages that were acknowledged, so many may not have arrived yet: taking in must not starve bringing on.
MOST_BEHIND = 1000
_HTTP_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n"
_LOOK_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Plan:
    """What the centre does. `messages`: number of the phone and TP-UD, in their order. `http_port` 0: nobody is asked over HTTP."""

    port: int
    window: int
    warm_up_seconds: float
    seconds: float
    messages: Sequence[tuple[str, bytes]]
    target: str = "10658"
    http_port: int = 0


@dataclass(slots=True)
class Heard:
    """What came back: when each message was acknowledged and how long that took, when requests over HTTP came, statuses, answers to phones.

    Times are of `time.perf_counter`; `begun` and `over` are the ends of the measured time.
    """

    acknowledged: list[tuple[float, float]] = field(default_factory=list)
    arrived: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    answers: int = 0
    begun: float = 0.0
    over: float = 0.0

    def measured(self) -> list[float]:
        """How long the messages took that were acknowledged within the measured time, in seconds."""
        return [took for at, took in self.acknowledged if self.begun <= at <= self.over]

    def measured_arrivals(self) -> int:
        """Requests over HTTP within the measured time."""
        return sum(self.begun <= at <= self.over for at in self.arrived)


class _Centre:
    """What both of its sides share: the messages that are left, and what came back."""

    def __init__(self, plan: Plan) -> None:
        self.plan, self.heard = plan, Heard()
        self.running = True
        self.going = asyncio.Event()
        self.connection: _Connection | None = None
        # Made before anything is measured: what the centre itself takes is nobody's time.
        self._left = iter([_delivery(message, plan.target) for message in plan.messages])
        self.exhausted = False

    def next(self) -> bytes | None:
        """The body of the next message; none once the time is over, or while too many have not arrived."""
        if not self.running or self.exhausted or (self.plan.http_port and self.behind > MOST_BEHIND):
            return None
        message = next(self._left, None)
        self.exhausted = message is None
        return message

    @property
    def behind(self) -> int:
        """Messages that were acknowledged and have not arrived over HTTP."""
        return len(self.heard.acknowledged) - len(self.heard.arrived)

    @property
    def under_way(self) -> int:
        """What is still to come of messages that were brought."""
        still_open = len(self.connection.open) if self.connection else 0
        brought = self.behind if self.plan.http_port else len(self.heard.acknowledged) - self.heard.answers
        return still_open + max(brought, 0)

    def begin(self, now: float) -> None:
        """The first message is through: from here on the time counts, once everything has warmed up."""
        if not self.going.is_set():
            self.heard.begun = now + self.plan.warm_up_seconds
            self.going.set()

    def acknowledged(self, now: float, took: float, status: int) -> None:
        """A message was acknowledged."""
        self.heard.acknowledged.append((now, took))
        self.heard.statuses[status] += 1
        if not self.plan.http_port:
            self.begin(now)

    def arrived(self) -> None:
        """A request came over HTTP."""
        now = time.perf_counter()
        self.heard.arrived.append(now)
        self.begin(now)
        if self.connection is not None:
            self.connection.fill()


class _Connection(asyncio.Protocol):
    """The application's connection."""

    def __init__(self, centre: _Centre) -> None:
        self._centre = centre
        self._stream = bytearray()
        self._sequence = 0
        self.open: dict[int, float] = {}
        self._out: list[bytes] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._stream += data
        for head in pdu.cut(self._stream):
            self._hear(head)
        self.fill()

    def _hear(self, head: pdu.Head) -> None:
        heard, now = self._centre.heard, time.perf_counter()
        if head.command == pdu.DELIVER_SM | pdu.RESPONSE:
            self._centre.acknowledged(now, now - self.open.pop(head.sequence), head.status)
        elif head.command == pdu.SUBMIT_SM:
            heard.answers += 1
            self._out.append(pdu.pack(head.command | pdu.RESPONSE, head.sequence, b"%d\0" % heard.answers))
        elif head.command in pdu.BINDS:
            self._out.append(pdu.pack(head.command | pdu.RESPONSE, head.sequence, b"centre\0"))
            self._centre.connection = self
        elif not head.command & pdu.RESPONSE:
            self._out.append(pdu.pack(head.command | pdu.RESPONSE, head.sequence))

    def fill(self) -> None:
        """Bring messages up to the window, and write what is to be written."""
        if self._centre.connection is self:
            while len(self.open) < self._centre.plan.window and (message := self._centre.next()) is not None:
                self._sequence += 1
                self._out.append(pdu.pack(pdu.DELIVER_SM, self._sequence, message))
                self.open[self._sequence] = time.perf_counter()
        if self._out:
            self._transport.write(b"".join(self._out))
            self._out.clear()


def _delivery(message: tuple[str, bytes], target: str) -> bytes:
    """As centres bring a card's message: header indicator set, data download, class 2."""
    return pdu.write_short(pdu.Short(message[0], target, esm_class=0x40, protocol=0x7F, coding=0xF6, octets=message[1]))


class _Application(asyncio.Protocol):
    """What Kannel asks over HTTP: counts requests and answers each with nothing to say."""

    def __init__(self, centre: _Centre) -> None:
        self._centre, self._stream = centre, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        *whole, self._stream = (self._stream + data).split(b"\r\n\r\n")
        for _ in whole:
            self._centre.arrived()
        if whole:
            self._transport.write(_HTTP_ANSWER * len(whole))


async def _serve(plan: Plan, pipe: "Pipe[object, object]") -> Heard:
    loop, centre = asyncio.get_running_loop(), _Centre(plan)
    servers = [await loop.create_server(lambda: _Connection(centre), "127.0.0.1", plan.port)]
    if plan.http_port:
        servers.append(await loop.create_server(lambda: _Application(centre), "127.0.0.1", plan.http_port))
    pipe.send("ready")
    async with asyncio.timeout(PATIENCE_SECONDS):
        await centre.going.wait()
    await _wait(lambda: centre.exhausted and not centre.under_way, centre.heard.begun + plan.seconds)
    centre.heard.over = time.perf_counter()
    centre.running = False
    # What is under way is waited for: acknowledgements and answers to phones. Nobody counts what a peer did not bring on in the time.
    patience = PEER_PATIENCE_SECONDS if plan.http_port else PATIENCE_SECONDS
    await _wait(lambda: not centre.under_way, time.perf_counter() + patience)
    for server in servers:
        server.close()
    return centre.heard


async def _wait(condition: Callable[[], bool], until: float) -> None:
    # A look now and then disturbs less than an event that each of thousands of messages a second would have to set.
    while not condition() and time.perf_counter() < until:  # noqa: ASYNC110
        await asyncio.sleep(_LOOK_SECONDS)


def _run(pipe: "Pipe[object, object]") -> None:
    plan = pipe.recv()
    assert isinstance(plan, Plan)
    pipe.send(asyncio.run(_serve(plan, pipe)))


class Running:
    """A centre that listens."""

    def __init__(self, pipe: "Pipe[object, object]") -> None:
        self._pipe = pipe

    def heard(self) -> Heard:
        """What came back, once the time is over. Raises RuntimeError."""
        try:
            told = self._pipe.recv()
        except EOFError:
            raise RuntimeError("the centre failed") from None
        assert isinstance(told, Heard)
        return told


@contextmanager
def centre(plan: Plan) -> Iterator[Running]:
    """Start the centre; it begins when somebody binds."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_run, args=(theirs,), daemon=True)
    process.start()
    theirs.close()
    try:
        # Told by the pipe and not at the start: so much would not go through to a process that fails at once.
        ours.send(plan)
        ours.recv()
        yield Running(ours)
    finally:
        process.terminate()
        process.join()
        ours.close()
