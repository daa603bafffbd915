"""64 chips in modems served by one process: how much of a core that takes, at rest and while every chip sells as fast as its pace allows.

The modems and operators are a process of their own; the books are SQLite on disk. The goal: less than half a core.
"""

import asyncio
import json
import tempfile
import time
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import structlog

from bench._report import Result, quantile, write
from gsm.modem.slot import SlotTimes
from recharge.books.database import Database
from recharge.books.ids import IdMaker
from recharge.books.schema import migrate
from recharge.clock import SystemClock
from recharge.domain.orders import OrderKind
from recharge.domain.outcomes import OutcomeState
from recharge.suppliers.chip_modem.link import ChipModemLink
from recharge.suppliers.contract import AttemptOrder, LinkDesk, LinkParts
from recharge.suppliers.replies import ReplyReader
from recharge.suppliers.starting_rules import starting_rules
from simulators.modem_farm import generate
from simulators.modem_farm.testing import start
from tests.support.machine import free_port

CHIPS = 64
SECONDS = 40.0
GAP_SECONDS = 8.0
UP_SECONDS = 120.0
FACE_MINOR = 1000


@contextmanager
def farm(folder: Path) -> Iterator[list[ChipModemLink]]:
    """Modems in a process of their own, and a link to each chip, not yet up."""
    told = generate.farm(CHIPS, "fen", inbox=False)
    told["chips"] = [chip | {"stock_minor": 100_000_000} for chip in told["chips"]]
    (folder / "farm.json").write_text(json.dumps(told), encoding="utf-8")
    url = f"sqlite:///{folder / 'chips.sqlite3'}"
    migrate(url)
    database, clock = Database(url), SystemClock()
    desk = LinkDesk(database, IdMaker(1, clock), lambda learned: learned.kept())
    reader = ReplyReader([rule for rule, _ in starting_rules("CN")])
    with start(folder, free_port(), "--config", str(folder / "farm.json")) as running:
        links = []
        for number, chip in enumerate(told["chips"]):
            settings = {
                "iccid": chip["iccid"], "ports": f"{running.folder}/*", "stock": "*776*{pin}#", "last": "*774*{pin}#", "unit_minor": 100,
                "gap_seconds": GAP_SECONDS, "same_number_seconds": 0,
            }  # fmt: skip
            secret = json.dumps({"service": chip["dealer_pin"]}).encode()
            parts = LinkParts(f"CHIP{number}", settings, secret, clock, reader, desk=desk)
            links.append(ChipModemLink(parts, SlotTimes()))
        yield links
    database.close()


async def all_up(links: list[ChipModemLink]) -> float:
    """Seconds until every chip can sell."""
    began = time.monotonic()
    while any(link.objection("13000000000", FACE_MINOR, datetime.now(UTC)) for link in links):
        if time.monotonic() - began > UP_SECONDS:
            raise TimeoutError("not all chips came up")
        await asyncio.sleep(0.1)
    return time.monotonic() - began


async def sell(link: ChipModemLink, chip: int, until: float, took: list[float]) -> int:
    """One chip sells as its pace allows; how many were done."""
    done = turn = 0
    while time.monotonic() < until:
        number = f"13{chip:03d}{turn:06d}"
        if link.objection(number, FACE_MINOR, datetime.now(UTC)) is not None:
            await asyncio.sleep(0.1)
            continue
        turn += 1
        began = time.monotonic()
        order = AttemptOrder(str(chip * 1_000_000 + turn), number, FACE_MINOR, OrderKind.RECHARGE, "CMCC", datetime.now(UTC))
        done += (await link.submit(order)).state is OutcomeState.SUCCESS
        took.append(time.monotonic() - began)
    return done


async def measure(links: list[ChipModemLink]) -> list[Result]:
    """All cases, in one process."""
    try:
        up = await all_up(links)
        rest = await _cores(asyncio.sleep(SECONDS))
        took: list[float] = []
        done: list[int] = []

        async def all_sell() -> None:
            until = time.monotonic() + SECONDS
            done.extend(await asyncio.gather(*(sell(link, chip, until, took) for chip, link in enumerate(links, 1))))

        busy = await _cores(all_sell())
    finally:
        await asyncio.gather(*(link.close() for link in links))
    return [
        Result(f"{len(links)} chips come up", up, "seconds"),
        Result(f"{len(links)} chips at rest", 100 * rest, "% of a core"),
        Result(f"{len(links)} chips, each an order every {GAP_SECONDS:.0f} s", 100 * busy, "% of a core"),
        Result("orders done", sum(done) / SECONDS, "orders/s", quantile(took, 0.5), quantile(took, 0.99)),
    ]


async def _cores(work: Awaitable[object]) -> float:
    """Which share of one core this process took while something was done."""
    began, used = time.monotonic(), time.process_time()
    await work
    return (time.process_time() - used) / (time.monotonic() - began)


def main() -> None:
    """Measure and report."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    with tempfile.TemporaryDirectory() as folder, farm(Path(folder)) as links:
        write("chips", asyncio.run(measure(links)))
