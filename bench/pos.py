"""POS: terminals held, and recharges a second end to end, from the terminal's octets to the carrier's proof, fully durable.

The server, the dispatcher and the simulated carrier are processes of their own; the terminals are in this one.
"""

import asyncio
import resource
import ssl
import tempfile
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from itertools import islice
from pathlib import Path

from bench._pos_house import House, house
from bench._province import PASSWORD, Province, mariadb_province, sqlite_province
from bench._report import Result, write
from simulators.concentrator.fleet import Fleet, Lane, Report, orders
from simulators.concentrator.link import Link
from simulators.pos_terminal.memory import State
from tests.pos import certificates

POINTS = 200
TERMINALS = 500
IDLE, IDLE_TLS = 9000, 2000
SECONDS = 5.0
STEADY_RATE = 300.0
_FILES_OF_OUR_OWN = 200
_AMOUNT_MINOR = 5000


def ways(terminals: int) -> tuple[tuple[str, int, int], ...]:
    """(what it is, terminals, connections)."""
    return (
        ("one terminal, one connection", 1, 1),
        (f"{terminals} terminals, a connection each", terminals, terminals),
        (f"{terminals} terminals behind one concentrator", terminals, 1),
    )


class Selling:
    """Numbers nobody was sold to before, over all measurements of a house."""

    def __init__(self, made: House) -> None:
        self._house, self._next = made, 0
        self.sold, self.cpu_seconds = 0, 0.0

    async def measure(self, terminals: int, connections: int, rate: float = 0.0) -> Report:
        """Sign in, sell for about SECONDS, and hang up."""
        links = [await Link.connect("127.0.0.1", self._house.port) for _ in range(connections)]
        lanes = [Lane(links[place % connections], place + 1, state) for place, state in enumerate(self._states(terminals))]
        fleet = Fleet(lanes)
        try:
            await fleet.sign_in(PASSWORD)
            first = await self._sell(fleet, 2 * terminals + 20)
            sales = int((rate or first.per_second) * SECONDS) + 1
            return await self._sell(fleet, sales, rate)
        finally:
            for link in links:
                await link.close()

    async def _sell(self, fleet: Fleet, sales: int, rate: float = 0.0) -> Report:
        begin, self._next = self._next, self._next + sales
        before = self._house.cpu_seconds()
        report = await fleet.sell(islice(orders("138", _AMOUNT_MINOR, begin), sales), rate)
        if set(report.codes) != {"00"}:
            raise RuntimeError(f"not everything was sold: {dict(report.codes)}")
        self.sold, self.cpu_seconds = self.sold + sales, self.cpu_seconds + self._house.cpu_seconds() - before
        return report

    def _states(self, terminals: int) -> Sequence[State]:
        return self._house.states[:terminals]


def _result(case: str, report: Report) -> Result:
    middle, late = (round(report.percentile(share) * 1000, 2) for share in (0.5, 0.99))
    return Result(case, round(report.per_second, 1), "recharges/s", middle, late)


def recharges(name: str, made: House) -> list[Result]:
    """All ways, as fast as it goes, and one at a steady rate."""
    selling = Selling(made)
    results = [
        _result(f"{name}: {what}", asyncio.run(selling.measure(terminals, connections)))
        for what, terminals, connections in ways(len(made.states))
    ]
    each = Result(
        f"{name}: of that, the POS process's share of a core", round(1000 * selling.cpu_seconds / selling.sold, 2), "ms a recharge"
    )
    steady = asyncio.run(selling.measure(len(made.states), len(made.states), STEADY_RATE))
    return [*results, each, _result(f"{name}: {STEADY_RATE:.0f} a second by the clock, a connection each", steady)]


async def _hold(port: int, count: int, look: Callable[[], int], secured: ssl.SSLContext | None = None) -> int:
    """Connections that say nothing; what is looked at while they stand."""
    links = [await Link.connect("127.0.0.1", port, secured) for _ in range(count)]
    try:
        await asyncio.sleep(1.0)
        return look() if all(link.up for link in links) else -1
    finally:
        await asyncio.gather(*(link.close() for link in links))


def idle(what: str, made: House, wanted: int, secured: ssl.SSLContext | None = None) -> list[Result]:
    """Idle terminals held by the server, as many as this process may have open files for, and what each costs in memory."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[0] - _FILES_OF_OUR_OWN
    count = min(wanted, most)
    before = made.memory_kib()
    held = asyncio.run(_hold(made.port, count, made.memory_kib, secured))
    if held < 0:
        raise RuntimeError("connections were lost")
    return [
        Result(f"{what}: idle terminals held", count, "connections"),
        Result(f"{what}: memory of the process with them", round(held / 1024, 1), "MiB"),
        Result(f"{what}: memory for each", round((held - before) / count, 2), "KiB"),
    ]


def idle_both(province: Province) -> list[Result]:
    """Plain and over TLS, each held by a process that has done nothing before."""
    with tempfile.TemporaryDirectory(prefix="kongchong-bench-") as folder:
        certificate, key = certificates.make(Path(folder))
        secured = ssl.create_default_context(cafile=str(certificate))
        with house(province, 0) as made:
            plain = idle("plain", made, IDLE)
        with house(province, 0, (str(certificate), str(key))) as made:
            return plain + idle("TLS", made, IDLE_TLS, secured)


def one_database(name: str, opened: Callable[[int], AbstractContextManager[Province]]) -> list[Result]:
    """All ways on one database."""
    with opened(POINTS) as province, house(province, TERMINALS) as made:
        return recharges(name, made)


def main() -> None:
    """Both databases, then idle terminals."""
    results = one_database("sqlite", sqlite_province) + one_database("mariadb", mariadb_province)
    with sqlite_province(1) as province:
        write("pos", results + idle_both(province))
