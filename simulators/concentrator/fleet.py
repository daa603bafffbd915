"""Terminals by the hundred: signed in as real ones do, then selling at a pace, every sale timed from when it was due."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count

from simulators.concentrator.link import Link, LinkDown
from simulators.concentrator.quick import mac_of
from simulators.concentrator.templates import Template, Unreadable, code_and_trace
from simulators.pos_terminal import ciphers, requests
from simulators.pos_terminal.memory import State
from simulators.pos_terminal.messages import Frame, pack, read_frame, unpack

_BATCH = slice(2, 8)
NO_ANSWER, LOST, NOT_VOUCHED = "no answer", "link lost", "not vouched for"
"""Stand for a code where there is none that can be relied upon."""
Order = tuple[str, int]
"""A number and an amount in fen."""


class NotSignedIn(Exception):
    """The host did not let a terminal in; says its code."""


class Lane:
    """One terminal on one line of a link."""

    def __init__(self, link: Link, line: int, state: State, seconds: float = 30.0) -> None:
        self.link, self._line, self.state, self._seconds = link, line, state, seconds
        self._template: Template | None = None

    async def sign_in(self, password: str) -> None:
        """Fetch keys and batch; the password is kept as its block only. Raises NotSignedIn, LinkDown, TimeoutError."""
        state = self.state
        asked = Frame(pack(requests.sign_in(state, state.next_trace())), line=bytes.fromhex(state.dial_up))
        answer = unpack(read_frame(await self.link.ask(self._line, asked.octets(), self._seconds)).body)
        if answer.get(39) != "00":
            raise NotSignedIn(answer.get(39))
        keys = ciphers.work_keys(bytes.fromhex(state.master), bytes.fromhex(answer.get(62)))
        state.batch = answer.get(60)[_BATCH]
        block, line = ciphers.pin_block(keys.pin, password), bytes.fromhex(state.dial_up)
        self._template = Template(state.terminal, state.merchant, state.batch, block, mac_of(state.mac, keys.mac), line)

    async def recharge(self, number: str, amount_minor: int) -> tuple[str, int]:
        """A recharge; field 39, or a word for an answer that did not come, and the trace."""
        trace = int(self.state.next_trace())
        return await self._said(self._ready.recharge(trace, number, amount_minor), trace), trace

    async def question(self, trace: int, number: str, amount_minor: int) -> str:
        """How that recharge ended."""
        return await self._said(self._ready.question(trace, number, amount_minor), trace)

    @property
    def _ready(self) -> Template:
        if self._template is None:
            raise NotSignedIn
        return self._template

    async def _said(self, octets: bytes, trace: int) -> str:
        try:
            inside = await self.link.ask(self._line, octets, self._seconds)
            code, answered = code_and_trace(inside)
        except LinkDown:
            return LOST
        except TimeoutError:
            return NO_ANSWER
        except Unreadable:
            return NOT_VOUCHED
        return code if answered == trace and self._ready.vouched(inside) else NOT_VOUCHED


@dataclass
class Report:
    """What a load came to: seconds of each answered sale from when it was due, how often each code came, and how long it all took."""

    seconds: list[float] = field(default_factory=list)
    codes: Counter[str] = field(default_factory=Counter)
    elapsed: float = 0.0

    def percentile(self, share: float) -> float:
        """Seconds within which that share of the sales was answered; 0 without any."""
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0

    @property
    def per_second(self) -> float:
        """Answered sales a second."""
        return len(self.seconds) / self.elapsed if self.elapsed else 0.0


class Fleet:
    """Lanes that share the work: whoever is free takes the next sale."""

    def __init__(self, lanes: Sequence[Lane]) -> None:
        self.lanes = list(lanes)

    async def sign_in(self, password: str, at_once: int = 50) -> None:
        """All of them, some at once. Raises as Lane.sign_in does."""
        gate = asyncio.Semaphore(at_once)

        async def one(lane: Lane) -> None:
            async with gate:
                await lane.sign_in(password)

        await asyncio.gather(*map(one, self.lanes))

    async def sell(self, orders: Iterable[Order], rate: float = 0.0) -> Report:
        """Sell all orders, `rate` a second by the clock whatever the host does, or each as soon as a lane is free (rate 0).

        A sale's time begins when it was due, so that a host that falls behind is not spared.
        """
        report, free = Report(), asyncio.Queue[Lane]()
        for lane in self.lanes:
            free.put_nowait(lane)
        begun, running = time.perf_counter(), set[asyncio.Task[None]]()
        for place, order in enumerate(orders):
            due = begun + place / rate if rate else 0.0
            if (early := due - time.perf_counter()) > 0:
                await asyncio.sleep(early)
            lane = await free.get()
            task = asyncio.create_task(_sold(lane, order, due or time.perf_counter(), report, free))
            running.add(task)
            task.add_done_callback(running.discard)
        await asyncio.gather(*running)
        report.elapsed = time.perf_counter() - begun
        return report


async def _sold(lane: Lane, order: Order, due: float, report: Report, free: asyncio.Queue[Lane]) -> None:
    code, _ = await lane.recharge(*order)
    report.codes[code] += 1
    if code not in (NO_ANSWER, LOST, NOT_VOUCHED):
        report.seconds.append(time.perf_counter() - due)
    free.put_nowait(lane)


def orders(prefix: str, amount_minor: int, first: int = 0) -> Iterator[Order]:
    """Numbers one after the other behind a prefix, all for the same amount; the number has 11 digits."""
    room = 11 - len(prefix)
    return ((f"{prefix}{number % 10**room:0{room}d}", amount_minor) for number in count(first))
