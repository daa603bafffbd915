"""The farm simulator and the chips' own code in one simulated time: what takes the modems minutes takes the test a moment.

Nothing of either is replaced but time, threads and the tty between them.
"""

import json
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import pytest

from gsm.modem.channel import _Flight
from gsm.modem.hub import Hub
from gsm.modem.opening import _Candidate
from gsm.modem.slot import SlotDown, SlotTimes, Talk
from recharge.books.chip_statements import ChipBook, ChipRow
from recharge.books.database import Database
from recharge.books.ids import IdMaker
from recharge.domain.orders import OrderKind
from recharge.domain.outcomes import Outcome, OutcomeState
from recharge.domain.routing import Reason
from recharge.suppliers.chip_modem.chip import LATEST_START, Chip
from recharge.suppliers.chip_modem.farm import Farm
from recharge.suppliers.chip_modem.settings import read_settings
from recharge.suppliers.contract import AttemptOrder, LinkDesk, LinkParts, Told
from recharge.suppliers.replies import ReplyReader
from recharge.suppliers.starting_rules import starting_rules
from simulators.modem_farm import config
from simulators.modem_farm.farm import Farm as SimulatedFarm
from simulators.modem_farm.ledger import Ledger
from simulators.modem_farm.surroundings import Surroundings
from tests.recharge.suppliers.chip_modem.farmyard import COMMANDS, PIN
from tests.support.simulated_time import BEGINNING, SimulatedQueues, SimulatedThreading, SimulatedTime

TIMED = ("gsm.modem.channel", "gsm.modem.slot", "gsm.modem.hub", "gsm.modem.opening")
CLOCKED = ("chip", "link", "ussd_dialect", "sms_dialect", "stk_dialect")
STAMPED = ("ledger", "dealing", "farm", "post", "surroundings", "toolkit")
FACE = 1_000_000
COUNTRIES = {"mkios": "ID", "fen": "CN"}


class Wire:
    """A tty without a kernel: the farm's end and the product's end of one line."""

    open_ones: ClassVar[dict[str, "Wire"]] = {}
    reach: ClassVar[Callable[[str], None]] = staticmethod(lambda _name: None)
    time: ClassVar[SimulatedTime]

    def __init__(self, link: Path, role: str, heard: "Callable[[Wire, bytes], None]", closed: "Callable[[Wire], None]") -> None:
        self.link, self.role = link, role
        self._heard, self._closed = heard, closed
        self._octets: deque[bytes] = deque()
        self.present = self._held = False
        self._holder = 0

    # The farm's end.

    def appear(self) -> None:
        """As simulators.modem_farm.port.Port."""
        self.link.parent.mkdir(parents=True, exist_ok=True)
        self.link.touch()
        self.present = True
        self.open_ones[str(self.link)] = self

    def vanish(self) -> None:
        """As Port."""
        self.link.unlink(missing_ok=True)
        self.present = False
        self._holder += 1
        self._octets.clear()

    def write(self, octets: bytes) -> None:
        """As Port: lost where nobody listens."""
        if self._held:
            self._octets.append(octets)

    # The product's end.

    @classmethod
    def opened(cls, path: str) -> "_Held":
        """As gsm.modem.serial_port.SerialPort. Raises OSError."""
        wire = cls.open_ones[path]
        if wire._held or not wire.present:
            raise OSError(path)
        wire._held = True
        wire._holder += 1
        return _Held(wire)


class _Held:
    """The port for as long as one holds it."""

    def __init__(self, wire: Wire) -> None:
        self._wire, self._number = wire, wire._holder

    def read(self) -> bytes:
        wire = self._wire
        if not Wire.time.wait(lambda: wire._octets or wire._holder != self._number, 60.0):
            return b""
        if wire._holder != self._number:
            raise OSError("gone")
        found = b"".join(wire._octets)
        wire._octets.clear()
        Wire.reach("before the modem's words are read")
        return found

    def write(self, octets: bytes) -> None:
        wire = self._wire
        if wire._holder != self._number:
            raise OSError("gone")
        Wire.reach("before the wire")
        Wire.time.later(0.001, lambda: wire._heard(wire, octets) if wire.present else None)
        Wire.time.later(0.0015, lambda: Wire.reach("after the wire"))

    def close(self) -> None:
        wire = self._wire
        wire._held = False
        if wire._holder == self._number:
            wire._holder += 1
            wire._octets.clear()
            if wire.present:
                wire._closed(wire)


class SimulatedYard:
    """A running farm with its chips; `heard` is what the chips told the dispatcher by themselves."""

    def __init__(
        self, time: SimulatedTime, farm: SimulatedFarm, database: Database, told: dict[str, Any], worker: int, **settings: Any
    ) -> None:
        self.time, self.farm, self.database = time, farm, database
        self.ids = IdMaker(worker, time)
        self.book = ChipBook(database, self.ids)
        self.reader = ReplyReader([rule for rule, _ in starting_rules(COUNTRIES[told["operators"][0]["name"]])])
        self.heard: list[Told] = []
        self.settings = settings
        pattern = f"{farm.folder}/*"
        self.plans = [chip for chip in told["chips"] if chip.get("dealer_pin")]
        self.user = Farm(pattern, SlotTimes())
        self.chips = [self._chip(place, pattern) for place in range(len(self.plans))]
        for chip in self.chips:
            self.user.add(chip)
        self.user.hub.start()

    def _chip(self, place: int, pattern: str) -> Chip:
        plan = self.plans[place]
        told = {"iccid": plan["iccid"], "ports": pattern, "zone": "UTC"} | COMMANDS[plan["operator"]] | self.settings
        desk = LinkDesk(self.database, self.ids, self._told)
        parts = LinkParts(f"CHIP{place}", told, json.dumps({"service": PIN}).encode(), self.time, desk=desk, replies=self.reader)
        settings, pins = read_settings(parts)
        return Chip(parts, settings, pins, self.book)

    def _told(self, told: Told) -> None:
        self.heard.append(told)
        told.kept()

    def begin(self, place: int, asked: AttemptOrder) -> Outcome:
        """An order as the dispatcher sends it, waited for."""
        chip = self.chips[place]
        slot = chip.slot
        assert slot is not None
        latest = self.time.monotonic() + LATEST_START
        try:
            return self._done(lambda talk: chip.submit(talk, asked, latest), slot)
        except SlotDown:
            return Outcome(OutcomeState.NOT_SENT, self.time.now(), code="away")

    def query(self, place: int, asked: AttemptOrder) -> Outcome | None:
        """A question as the dispatcher asks it; None while the modem is away."""
        chip = self.chips[place]
        known = chip.known(asked)
        if known is not None or chip.slot is None:
            return known
        return self._done(lambda talk: chip.query(talk, asked), chip.slot)

    def _done(self, work: Callable[[Talk], Outcome], slot: Any) -> Outcome:
        future = slot.run(work)
        self.time.wait(future.done)
        found: Outcome = future.result(0)
        return found

    def objection(self, place: int, number: str) -> Reason | None:
        """What speaks against an order now."""
        return self.chips[place].objection(number, FACE, self.time.now())

    def row(self, place: int) -> ChipRow:
        """How the chip stands in the books."""
        found = self.book.chip(self.plans[place]["iccid"])
        assert found is not None
        return found

    def arm(self, name: str, place: int, **how: Any) -> None:
        """Arm a fault for a chip; where nothing else is said it strikes on every occasion from now on."""
        self.farm.around.faults.arm({"name": name, "target": self.plans[place]["iccid"], "times": 1_000_000} | how)

    def slot(self, place: int) -> str:
        """The slot a chip is in."""
        return next(str(row["slot"]) for row in self.farm.slot_values() if row.get("iccid") == self.plans[place]["iccid"])

    def credits(self, place: int) -> list[str]:
        """The numbers that the operator credited through a chip."""
        rows = self.farm.ledger.rows("select number from credit where iccid = ? order by id", self.plans[place]["iccid"])
        return [str(row["number"]) for row in rows]


def order(reference: int, number: str, at: datetime) -> AttemptOrder:
    """An order of 10rb."""
    return AttemptOrder(str(reference), number, FACE, OrderKind.RECHARGE, "TSEL", at)


@contextmanager
def simulated_yard(
    folder: Path,
    database_url: str,
    told: dict[str, Any],
    *,
    ledger: Path | str = ":memory:",
    beginning: datetime = BEGINNING,
    worker: int = 7,
    **settings: Any,
) -> Iterator[SimulatedYard]:
    """A farm of a configuration in simulated time; the caller's thread takes its turns as well, whenever it waits."""
    time = SimulatedTime(beginning)
    Wire.time, Wire.open_ones = time, {}
    with pytest.MonkeyPatch.context() as patch:
        _replace_time(patch, time)
        farm = SimulatedFarm(config.plan_of(told), folder / "ttys", Ledger(ledger), seed=1)
        farm.start()
        database = Database(database_url)
        yard = SimulatedYard(time, farm, database, told, worker, **settings)
        try:
            yield yard
        finally:
            yard.user.hub.stop()
            farm.ledger.close()
            database.close()


def _replace_time(patch: pytest.MonkeyPatch, time: SimulatedTime) -> None:
    threads, queues = SimulatedThreading(time), SimulatedQueues(time)
    for name in TIMED:
        patch.setattr(f"{name}.time", time, raising=False)
        patch.setattr(f"{name}.threading", threads, raising=False)
        patch.setattr(f"{name}.queue", queues, raising=False)
    for place, kind, names in (("channel._Flight", _Flight, ("prompted", "done")), ("opening._Candidate", _Candidate, ("spoke",))):
        # Their events are made by what `threading` was when they were written.
        patch.setattr(f"gsm.modem.{place}", partial(_with_events, threads, kind, names))
    for name in CLOCKED:
        patch.setattr(f"recharge.suppliers.chip_modem.{name}.time", time)
    for name in STAMPED:
        patch.setattr(f"simulators.modem_farm.{name}.now", time.now)
    patch.setattr("recharge.suppliers.chip_modem.farm.Hub", partial(Hub, opener=Wire.opened))
    patch.setattr("simulators.modem_farm.modem.Port", Wire)
    patch.setattr(Surroundings, "later", lambda _self, seconds, do: do() if seconds <= 0 else time.later(seconds, do))


def _with_events(threads: SimulatedThreading, kind: Callable[..., Any], names: tuple[str, ...], *values: Any) -> Any:
    made = kind(*values)
    for name in names:
        setattr(made, name, threads.Event())
    return made
