"""The link to one chip: orders wait for its slot in a thread, the event loop only waits for the thread."""

import asyncio
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from datetime import date, datetime
from typing import TypeVar

from sqlalchemy.exc import DBAPIError

from gsm.modem.channel import ModemError
from gsm.modem.slot import SlotDown, SlotTimes, Talk
from recharge.books.chip_statements import ChipBook
from recharge.books.database import DatabaseBusy
from recharge.domain.outcomes import FailureReason, Outcome, OutcomeState
from recharge.domain.routing import Reason
from recharge.suppliers.chip_modem.chip import LATEST_START, Chip
from recharge.suppliers.chip_modem.farm import FARMS, Farm
from recharge.suppliers.chip_modem.settings import read_settings
from recharge.suppliers.contract import (
    AttemptOrder,
    Callback,
    CannotTell,
    Caps,
    ForgedCallback,
    LinkParts,
    RawCallback,
    StatementLine,
    StatementNotReady,
    Stock,
    SupplierLink,
)

T = TypeVar("T")


class ChipModemLink:
    """A dealer chip. Without a desk (a link that is only looked at) nothing is opened, and nothing goes out."""

    def __init__(self, parts: LinkParts, times: SlotTimes) -> None:
        settings, pins = read_settings(parts)
        self._caps, self._clock = settings.caps, parts.clock
        self._chip: Chip | None = None
        self._farm: Farm | None = None
        if parts.desk is not None:
            self._chip = Chip(parts, settings, pins, ChipBook(parts.desk.database, parts.desk.ids))
            self._farm = FARMS.join(self._chip, times)

    @property
    def caps(self) -> Caps:
        return self._caps

    def objection(self, number: str, face_minor: int, now: datetime) -> Reason | None:
        """What speaks against an order to this number now (contract.Gated)."""
        return Reason.NOT_RUNNING if self._chip is None else self._chip.objection(number, face_minor, now)

    async def submit(self, order: AttemptOrder) -> Outcome:
        chip = self._chip
        if chip is None:
            return self._outcome(OutcomeState.NOT_SENT, "not_started")
        latest = time.monotonic() + LATEST_START
        try:
            return await self._on(chip, lambda talk: chip.submit(talk, order, latest))
        except SlotDown:
            return self._outcome(OutcomeState.NOT_SENT, "away")
        except (ModemError, DBAPIError, DatabaseBusy) as error:
            return self._outcome(OutcomeState.UNKNOWN, type(error).__name__)

    async def query(self, order: AttemptOrder) -> Outcome:
        chip = self._chip
        if chip is None:
            return self._outcome(OutcomeState.UNKNOWN, "not_started")
        try:
            known = await asyncio.to_thread(chip.known, order)
            return known if known is not None else await self._on(chip, lambda talk: chip.query(talk, order))
        except SlotDown:
            return self._outcome(OutcomeState.UNKNOWN, "away")
        except (ModemError, DBAPIError, DatabaseBusy) as error:
            return self._outcome(OutcomeState.UNKNOWN, type(error).__name__)

    async def reverse(self, order: AttemptOrder) -> Outcome:
        """A chip cannot take back what it sold."""
        return Outcome(OutcomeState.FAILED, self._clock.now(), code="no_reversal", reason=FailureReason.REJECTED)

    async def balance(self) -> Stock:
        chip = self._chip
        if chip is None:
            raise CannotTell("not started")
        try:
            if chip.slot is not None and chip.stock_is_fresh:
                return chip.counted()
            return await self._on(chip, chip.tell_stock)
        except (SlotDown, ModemError, DBAPIError, DatabaseBusy) as error:
            raise CannotTell(f"stock: {type(error).__name__}") from None

    async def statement(self, day: date) -> Sequence[StatementLine]:
        raise StatementNotReady("a chip has no statement")

    def read_callback(self, raw: RawCallback) -> Callback:
        raise ForgedCallback("a chip calls nobody back")

    async def close(self) -> None:
        if self._chip is not None and self._farm is not None:
            chip, farm, self._chip = self._chip, self._farm, None
            await asyncio.to_thread(FARMS.leave, farm, chip)

    async def _on(self, chip: Chip, work: Callable[[Talk], T]) -> T:
        """Do something on the chip's slot. Raises SlotDown when it was not begun."""
        slot = chip.slot
        if slot is None:
            raise SlotDown
        chip.jobs += 1
        try:
            future: Future[T] = slot.run(work)
            # Never abandoned half-way: a cancelled order would be one that nobody waits for.
            return await asyncio.shield(asyncio.wrap_future(future))
        finally:
            chip.jobs -= 1

    def _outcome(self, state: OutcomeState, code: str) -> Outcome:
        return Outcome(state, self._clock.now(), code=code, text=code)


def make(parts: LinkParts) -> SupplierLink:
    """A link to one chip. Raises LinkMisconfigured."""
    return ChipModemLink(parts, SlotTimes())
