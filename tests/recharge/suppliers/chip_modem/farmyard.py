"""Chips of the simulated farm behind real links, with a database of their own; the operators' ledger says what was really done."""

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gsm.modem.slot import SlotTimes
from recharge.books.chip_statements import ChipBook
from recharge.books.database import Database
from recharge.books.ids import IdMaker
from recharge.clock import SystemClock
from recharge.domain.orders import OrderKind
from recharge.domain.outcomes import Outcome
from recharge.suppliers.chip_modem.link import ChipModemLink
from recharge.suppliers.contract import AttemptOrder, LinkDesk, LinkParts, Told
from recharge.suppliers.replies import ReplyReader
from recharge.suppliers.starting_rules import starting_rules
from simulators.modem_farm.testing import FarmThread, inside

TIMES = SlotTimes(greet=0.4, tick=0.05, check_every=1.0, sweep_every=2.0, retry=0.1, retry_given_up=5.0, reset_gone=2.0, reset_back=20.0)
PIN = "1234"
WAIT_SECONDS = 30.0
COMMANDS = {
    "mkios": {
        "recharge": "*777*{number}*{units}*{pin}#", "stock": "*776*{pin}#", "last": "*774*{pin}#", "unit_minor": 100_000,
        "last_none": "Belum ada transaksi",
    },
    "fen": {
        "recharge": "*777*{number}*{units}*{pin}#", "stock": "*776*{pin}#", "last": "*774*{pin}#", "unit_minor": 100,
        "last_none": "没有交易",
        "last_line": r"(?P<month>\d\d)-(?P<day>\d\d) (?P<time>\d\d:\d\d) (?P<number>\d{6,15}) (?P<units>\d+)元 流水号(?P<sn>\w+)",
    },
}  # fmt: skip
QUICK = {"gap_seconds": 0, "same_number_seconds": 0, "answer_seconds": 3, "most_an_hour": 10_000, "most_a_day": 10_000, "zone": "UTC"}


@dataclass
class Farmyard:
    """A running farm, the database, and what links told by themselves."""

    farm: FarmThread
    database: Database
    chips: list[dict[str, Any]]
    reader: ReplyReader
    heard: list[Told] = field(default_factory=list)
    ids: IdMaker = field(default_factory=lambda: IdMaker(7, SystemClock()))
    clock: SystemClock = field(default_factory=SystemClock)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    keeps: bool = True

    def tell(self, told: Told) -> None:
        """What the dispatcher would take into its books."""
        with self._lock:
            self.heard.append(told)
        if self.keeps:
            told.kept()

    @property
    def book(self) -> ChipBook:
        """The chips' own books."""
        return ChipBook(self.database, self.ids)

    def settings(self, number: int = 0, **instead: Any) -> dict[str, Any]:
        """What the link to a chip is told."""
        chip = self.chips[number]
        return {"iccid": chip["iccid"], "ports": f"{self.farm.folder}/*"} | COMMANDS[chip["operator"]] | QUICK | instead

    def link(self, number: int = 0, *, sim_pin: str = "", times: SlotTimes = TIMES, **settings: Any) -> ChipModemLink:
        """The link to one of the farm's chips, by its place in the list."""
        told = self.settings(number, **settings)
        secret = json.dumps({"service": PIN, "sim": sim_pin}).encode()
        desk = LinkDesk(self.database, self.ids, self.tell)
        return ChipModemLink(LinkParts(f"CHIP{number}", told, secret, self.clock, self.reader, 2, desk=desk), times)

    def arm(self, name: str, number: int = 0, **how: Any) -> None:
        """Arm a fault for a chip's slot."""
        target = self.chips[number]["iccid"]
        self.farm.call(lambda: self.farm.farm.around.faults.arm({"name": name, "target": target, **how}))

    def credits(self, number: int = 0) -> list[tuple[str, int, str]]:
        """What the operator credited through a chip: number, units, serial number."""
        iccid = self.chips[number]["iccid"]
        rows = self.farm.call(
            lambda: self.farm.farm.ledger.rows("select number, units, serial_number from credit where iccid = ? order by id", iccid)
        )
        return [(row["number"], row["units"], row["serial_number"]) for row in rows]

    def pieces(self, number: int = 0) -> dict[int, int]:
        """The operator's stock of a chip, by face value in minor units."""
        iccid = self.chips[number]["iccid"]
        return {units * 100_000: left for units, left in self.farm.call(lambda: self.farm.farm.ledger.pieces(iccid)).items()}

    def slot(self, number: int = 0) -> str:
        """The slot a chip is in."""
        rows = self.farm.call(self.farm.farm.slot_values)
        return str(next(row["slot"] for row in rows if row.get("iccid") == self.chips[number]["iccid"]))

    def do(self, action: Callable[[Any], Any]) -> Any:
        """Do something to the farm in its own loop."""
        return self.farm.call(lambda: action(self.farm.farm))


@contextmanager
def farmyard(folder: Path, database_url: str, told: dict[str, Any], country: str = "ID") -> Iterator[Farmyard]:
    """A farm of a configuration and an open database."""
    reader = ReplyReader([rule for rule, _ in starting_rules(country)])
    database = Database(database_url)
    try:
        with inside(told, folder / "ttys") as farm:
            yield Farmyard(farm, database, [chip for chip in told["chips"] if chip.get("dealer_pin")], reader)
    finally:
        database.close()


def order(reference: int, number: str = "081389092678", face_minor: int = 1_000_000, **instead: Any) -> AttemptOrder:
    """An order of now; 10rb where nothing else is said."""
    made = AttemptOrder(str(reference), number, face_minor, OrderKind.RECHARGE, "TSEL", datetime.now(UTC))
    return replace(made, **instead) if instead else made


async def until(true: Callable[[], object], what: str = "") -> None:
    """Wait for a condition, with a generous limit."""
    for _ in range(int(WAIT_SECONDS / 0.02)):
        if true():
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"in vain: {what or true}")


async def ready(link: ChipModemLink, number: str = "081300000000") -> None:
    """Wait until orders can go through."""
    await until(lambda: link.objection(number, 1_000_000, datetime.now(UTC)) is None, "the chip does not come up")


def scene(link: ChipModemLink, play: Callable[[ChipModemLink], Awaitable[Any]], *, wait: bool = True) -> Any:
    """Play something with a link that is closed afterwards."""

    async def played() -> Any:
        try:
            if wait:
                await ready(link)
            return await play(link)
        finally:
            await link.close()

    return asyncio.run(played())


def submit(yard: Farmyard, *orders: AttemptOrder, chip: int = 0, **settings: Any) -> list[Outcome]:
    """Bring a chip up and send orders one after another."""

    async def play(link: ChipModemLink) -> list[Outcome]:
        return [await link.submit(one) for one in orders]

    found: list[Outcome] = scene(yard.link(chip, **settings), play)
    return found
