"""Orders a second that one dispatcher sends out over HTTP to a supplier that takes half a second for each answer; and its memory."""

import asyncio
import json
import multiprocessing
import re
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from multiprocessing.connection import Connection as Pipe
from pathlib import Path

import aiohttp

from bench._province import Province, mariadb_province, sqlite_province
from bench._report import Result, against, quantile, write
from recharge.books.database import Database
from recharge.books.tables.metadata import moment_of
from recharge.dispatch.core import Core
from recharge.dispatch.links import LinkPool
from recharge.dispatch.parts import DispatchParts, DispatchRules
from recharge.dispatch.wake import WakeReceiver
from recharge.dispatch.worker import Worker, WorkerRules
from recharge.engine.administration import SHELL, Administration
from recharge.engine.finish import Finisher
from recharge.engine.intake import Intake
from recharge.engine.parts import Parts

LATENCY_SECONDS = 0.5
ORDERS = 12_000
IN_FLIGHT = (500, 900)
_BATCH = 500
_LOOK_SECONDS = 0.25
_REFERENCE = re.compile(rb"<EXTREFNUM>([0-9]+)</EXTREFNUM>")
_LENGTH = re.compile(rb"content-length: *([0-9]+)", re.IGNORECASE)
_SETTINGS = {"gateway_code": "A", "login": "a", "network": "CN", "msisdn": "13800000000", "most_connections": 2000}


class _Gateway(asyncio.Protocol):
    """Answers each command as done, half a second after it came."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport, self._buffer = transport, b""

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            length = _LENGTH.search(self._buffer, 0, end)
            size = end + 4 + (int(length[1]) if length else 0)
            if len(self._buffer) < size:
                return
            found = _REFERENCE.search(self._buffer, end)
            self._buffer = self._buffer[size:]
            asyncio.get_running_loop().call_later(LATENCY_SECONDS, self._transport.write, _answer(found[1] if found else b""))


def _answer(reference: bytes) -> bytes:
    told = b"<TYPE>EXRCTRFRESP</TYPE><TXNSTATUS>200</TXNSTATUS><EXTREFNUM>%b</EXTREFNUM><TXNID>R%b</TXNID><MESSAGE>ok</MESSAGE>"
    body = b'<?xml version="1.0"?><COMMAND>' + told % (reference, reference) + b"</COMMAND>"
    return b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: %d\r\n\r\n" % len(body) + body


def _gateway(pipe: "Pipe[int, None]") -> None:
    async def serve() -> None:
        server = await asyncio.get_running_loop().create_server(_Gateway, "127.0.0.1", 0, backlog=2048)
        pipe.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    with suppress(KeyboardInterrupt):
        asyncio.run(serve())


@dataclass
class Watch:
    """Notes how many orders have ended, and how much memory this process holds."""

    database: Database
    wanted: int
    seen: list[tuple[float, int, int]] = field(default_factory=list)

    async def until_done(self) -> None:
        """Look until all have ended."""
        while not self.seen or self.seen[-1][1] < self.wanted:
            await asyncio.sleep(_LOOK_SECONDS)
            count = await asyncio.to_thread(self._ended)
            self.seen.append((time.perf_counter(), count, _resident_kilobytes()))

    def _ended(self) -> int:
        with self.database.read() as connection:
            found = self.database.rows(connection, "SELECT COUNT(*) FROM attempt WHERE state = ?", ("succeeded",))
            return int(found[0][0])

    def rate(self) -> float:
        """Orders a second between a fifth and four fifths of the way."""
        low, high = self.wanted // 5, self.wanted * 4 // 5
        middle = [sample for sample in self.seen if low <= sample[1] <= high]
        (begun, first, _), (over, last, _) = middle[0], middle[-1]
        return round((last - first) / (over - begun), 1)

    def growth_megabytes(self) -> float:
        """How much memory grew from the middle of the run to its end."""
        return round((self.seen[-1][2] - self.seen[len(self.seen) // 2][2]) / 1024, 1)


def _resident_kilobytes() -> int:
    text = Path("/proc/self/status").read_text(encoding="ascii")
    return int(text.split("VmRSS:")[1].split()[0])


def _take_in(province: Province, parts: Parts) -> None:
    intake = Intake(parts, lambda: None)
    for start in range(0, ORDERS, _BATCH):
        intake.take([province.request(number, hot=False) for number in range(start, start + _BATCH)])


def _set_up(parts: Parts, port: int) -> None:
    desk = Administration(parts.database, parts.ids, parts.clock, parts.keys)
    secret = desk.secrets.keep(SHELL, "link", "CARRIER", json.dumps({"password": "p", "pin": "1"}).encode())
    desk.links.set_settings(SHELL, "CARRIER", _SETTINGS | {"url": f"http://127.0.0.1:{port}/pretups"})
    desk.links.set_secret(SHELL, "CARRIER", secret)
    with parts.database.write() as connection:
        parts.database.change(connection, "UPDATE link SET kind = ?", ("pretups",))


def dispatched(province: Province, name: str, port: int, in_flight: int) -> list[Result]:
    """All orders through one dispatcher."""
    parts = province.parts(2)
    _set_up(parts, port)
    _take_in(province, parts)
    watch = Watch(parts.database, ORDERS)
    asyncio.run(_dispatch(parts, watch, in_flight))
    with parts.database.read() as connection:
        text = "SELECT claimed_at, ended_at FROM attempt ORDER BY id DESC LIMIT 5000"
        took = [_seconds(*row) for row in parts.database.rows(connection, text)]
    parts.database.close()
    case = f"{name}: sent out and ended, {in_flight} in flight"
    return [
        Result(case, watch.rate(), "orders/s", quantile(took, 0.5), quantile(took, 0.99)),
        Result(f"{case}: memory grown in the second half", watch.growth_megabytes(), "MB"),
    ]


def _seconds(claimed_at: str | datetime, ended_at: str | datetime) -> float:
    return (moment_of(ended_at) - moment_of(claimed_at)).total_seconds()


async def _dispatch(parts: Parts, watch: Watch, in_flight: int) -> None:
    rules = DispatchRules(most_a_claim=_BATCH)
    pool = LinkPool(parts.database, parts.keys, parts.clock, rules.lease)
    made = DispatchParts(parts.database, parts.clock, parts.ids, Finisher(parts), pool, parts.calendar, rules, pool.replies)
    thread = ThreadPoolExecutor(1, "conclude")
    worker = Worker(Core(made), pool, WorkerRules(in_flight, timedelta(milliseconds=20)), WakeReceiver(None), thread)
    running = asyncio.create_task(worker.run())
    await watch.until_done()
    worker.stop()
    await running
    thread.shutdown()


def bare(port: int, in_flight: int) -> Result:
    """The peer: the same commands by the same HTTP client, with no books behind them."""
    took: list[float] = []

    async def one(session: aiohttp.ClientSession, number: int) -> None:
        body = f'<?xml version="1.0"?><COMMAND><EXTREFNUM>{number}</EXTREFNUM></COMMAND>'.encode()
        begun = time.perf_counter()
        async with session.post(f"http://127.0.0.1:{port}/pretups", data=body) as answer:
            await answer.read()
        took.append(time.perf_counter() - begun)

    async def many() -> float:
        gate = asyncio.Semaphore(in_flight)

        async def gated(number: int) -> None:
            async with gate:
                await one(session, number)

        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=2000)) as session:
            begun = time.perf_counter()
            await asyncio.gather(*(gated(number) for number in range(ORDERS)))
            return ORDERS / (time.perf_counter() - begun)

    rate = asyncio.run(many())
    return Result(f"bare HTTP client, {in_flight} in flight", round(rate, 1), "orders/s", quantile(took, 0.5), quantile(took, 0.99))


def main() -> None:
    """Both databases, beside the bare client."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    gateway = context.Process(target=_gateway, args=(theirs,), daemon=True)
    gateway.start()
    port = ours.recv()
    results: list[Result] = []
    opened: dict[str, AbstractContextManager[Province]]
    for in_flight in IN_FLIGHT:
        peer = bare(port, in_flight)
        results.append(peer)
        opened = {"sqlite": sqlite_province(400), "mariadb": mariadb_province(400)}
        for name, one in opened.items():
            with one as province:
                sent, memory = dispatched(province, name, port, in_flight)
                results += [against(sent, peer), memory]
    gateway.terminate()
    gateway.join()
    write("suppliers", results)
