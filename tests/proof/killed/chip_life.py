"""An order's life through a dealer's chip: the whole box is killed, modem and all, and only the operator's own ledger and the card stay."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import Enum
from pathlib import Path
from typing import Any, ClassVar

from recharge.books.tables.metadata import moment_of
from recharge.dispatch.callbacks import Callbacks
from recharge.domain.outcomes import Outcome, OutcomeState
from recharge.domain.routing import Reason
from recharge.suppliers.contract import (
    AttemptOrder,
    BadCallback,
    Callback,
    CannotTell,
    Caps,
    RawCallback,
    StatementLine,
    Stock,
    SupplierLink,
)
from simulators.modem_farm import generate
from tests.proof.killed.life import Process
from tests.proof.killed.points import Points
from tests.recharge.suppliers.chip_modem.simulated_farm import SimulatedYard, Wire, simulated_yard
from tests.support.world import ManualClock

_ENDED = ("succeeded", "failed", "reversed")
# Long enough for two questions after the settle window; a chip that cannot be asked leaves its orders to people.
_PATIENCE = timedelta(minutes=4)


class ChipWay(Enum):
    """What there is to know an order's end by, once the process that sent it is dead."""

    LISTED = "the operator's list of latest transactions"
    COUNTED = "the operator's word about the stock"
    TOLD = "the operator's short message, on the card"
    MUTE = "nothing"


_NOTHING = {"stock": "", "last": ""}
_SETTINGS: dict[ChipWay, dict[str, Any]] = {
    ChipWay.LISTED: {},
    ChipWay.COUNTED: {"last": ""},
    ChipWay.TOLD: _NOTHING,
    ChipWay.MUTE: _NOTHING,
}


@dataclass
class ChipPlace:
    """As Place; the ledger is the operator's."""

    url: str
    link_id: int
    folder: Path
    way: ChipWay
    clock: ManualClock = field(default_factory=ManualClock)

    @property
    def ledger(self) -> Path:
        """The operator's."""
        return self.folder / "operator.sqlite"

    @property
    def told(self) -> Path:
        """Messages that went out."""
        return self.folder / "told"

    def carrier(self, points: Points | None) -> SupplierLink:
        """There is none without a farm."""
        raise NotImplementedError

    def live(self, points: Points, reference: str, number: str) -> None:
        """The chip is up and the order taken in; from then on every step may be the last."""
        with chip_process(self, 2) as process:
            process.ask(reference, number)
            points.watch(process.database)
            points.watch(process.yard.database)
            Wire.reach = points.reach
            process.turn(6.0)
            process.turn(0.0)
            Wire.reach = staticmethod(lambda _name: None)


@dataclass(frozen=True)
class YardLink:
    """The dispatcher's link to the first chip of a yard; what the real one hands over to the slot's thread goes there at once."""

    yard: SimulatedYard
    code: ClassVar[str] = "CHIP0"

    @property
    def caps(self) -> Caps:
        """The chip's."""
        return self.yard.chips[0].settings.caps

    def objection(self, number: str, face_minor: int, now: datetime) -> Reason | None:
        """As recharge.suppliers.contract.Gated."""
        return self.yard.chips[0].objection(number, face_minor, now)

    async def submit(self, order: AttemptOrder) -> Outcome:
        """Through the modem."""
        return self.yard.begin(0, order)

    async def query(self, order: AttemptOrder) -> Outcome:
        """Through the modem."""
        return self.yard.query(0, order) or Outcome(OutcomeState.UNKNOWN, self.yard.time.now(), code="away")

    async def reverse(self, order: AttemptOrder) -> Outcome:
        """Never asked."""
        raise NotImplementedError

    async def balance(self) -> Stock:
        """Not asked here."""
        raise CannotTell

    async def statement(self, day: date) -> list[StatementLine]:
        """There is none."""
        raise CannotTell

    def read_callback(self, raw: RawCallback) -> Callback:
        """There are none."""
        raise BadCallback(str(raw))

    async def close(self) -> None:
        """The yard closes by itself."""


class _Pool(dict[int, YardLink]):
    """As the dispatcher's link pool."""

    def id_of(self, code: str) -> int | None:
        """A link by its code."""
        return next((link_id for link_id, link in self.items() if link.code == code), None)


class ChipProcess(Process):
    """All parts of one process, with the modem farm beside it."""

    def __init__(self, place: ChipPlace, worker: int, yard: SimulatedYard) -> None:
        self.yard = yard
        super().__init__(_InYard(place, yard), worker)
        pool: Any = _Pool({place.link_id: YardLink(yard)})
        self._callbacks = Callbacks(self.parts, pool)

    def turn(self, seconds: float) -> None:
        """Dispatch what is due, take over what the chip learned by itself, let time pass."""
        self.dispatch()
        while self.yard.heard:
            told = self.yard.heard.pop(0)
            self._callbacks.take_told(told)
            told.kept()
        self.yard.time.wait(lambda: False, seconds)


@dataclass
class _InYard:
    """A place as a process in a yard sees it."""

    place: ChipPlace
    yard: SimulatedYard

    def __getattr__(self, name: str) -> Any:
        return getattr(self.place, name)

    @property
    def clock(self) -> Any:
        """The yard's."""
        return self.yard.time

    def carrier(self, points: Points | None) -> SupplierLink:
        """The chip."""
        return YardLink(self.yard)


@contextmanager
def chip_process(place: ChipPlace, worker: int) -> Iterator[ChipProcess]:
    """A process whose chip is up. The card still holds what the operator sent to it in earlier lives."""
    told = generate.farm(1, "fen", inbox=False)
    told["operators"][0]["answer_by_sms"] = place.way is ChipWay.TOLD
    told["chips"][0]["stock_minor"] = 500_000_000
    settings: dict[str, Any] = {
        "gap_seconds": 0,
        "same_number_seconds": 0,
        "settle_seconds": 5,
        "most_an_hour": 10_000,
        "answer_seconds": 3,
    }
    beginning = place.clock.now()
    how: dict[str, Any] = {"ledger": place.ledger, "beginning": beginning, "worker": worker}
    kept = _messages(place.ledger, told["chips"][0]["number"])
    with simulated_yard(place.folder, place.url, told, **how, **settings, **_SETTINGS[place.way]) as yard:
        for sender, text in kept:
            yard.farm.network.post.to_card(yard.farm.sim(told["chips"][0]["iccid"]), sender, text)
        assert yard.time.wait(lambda: yard.chips[0].slot is not None, 60.0)
        yard.time.wait(lambda: False, 3.0)
        process = ChipProcess(place, worker, yard)
        try:
            yield process
        finally:
            process.database.close()
            place.clock.pass_time(seconds=yard.time.seconds + 1)


def _messages(ledger: Path, number: str) -> list[tuple[str, str]]:
    if not ledger.exists():
        return []
    connection = sqlite3.connect(ledger)
    # Those brought again in earlier lives stand there more than once.
    wanted = "select sender, text from message where recipient = ? group by sender, text order by min(id)"
    found = connection.execute(wanted, (number,)).fetchall()
    connection.close()
    return [(str(sender), str(text)) for sender, text in found]


def recover_chip(place: ChipPlace, reference: str, number: str) -> int:
    """The box is switched on again after the lease, and the agent asks again; the order's id once it ended, or nobody can say more."""
    place.clock.pass_time(seconds=100)
    with chip_process(place, 3) as process:
        reply = process.ask(reference, number)
        assert reply.order is not None, reply
        order_id = int(reply.order.order_number)
        until = process.yard.time.now() + _PATIENCE
        while process.yard.time.now() < until:
            process.turn(0.1)
            state, due_at = process.state(order_id)
            if state in _ENDED or due_at is None:
                break
            wait = min(moment_of(due_at), until) - process.yard.time.now()
            process.yard.time.wait(lambda: False, max(wait.total_seconds(), 0.0) + 5.0)
        process.tidy_up()
    return order_id
