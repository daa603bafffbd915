"""An SMPP link to a network's centre, behind the transport interface."""

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count

from gsm.concat import TooLong
from stk_sms.smpp import receipts
from stk_sms.smpp.asking import ErrorStatus, NotBound, SessionEnded, Told
from stk_sms.smpp.codec import Pdu
from stk_sms.smpp.esme import Esme, EsmeSettings
from stk_sms.smpp.messages import OutRules, submissions
from stk_sms.smpp.pdus import DataSm, DeliverSm, SubmitSm, SubmitSmResp
from stk_sms.smpp.receipt_book import Awaited, ReceiptBook, Settled
from stk_sms.smpp.session import SessionRules
from stk_sms.smpp.status import PASSING, THROTTLING, Status
from stk_sms.smpp.taking import Taker
from stk_sms.smpp.timers import SystemTimers, Timers
from stk_sms.smpp.wire import Unencodable
from stk_sms.transport import (
    DeliveryReport,
    Handed,
    Handler,
    NotSent,
    Outbound,
    Refused,
    ReportHandler,
    SendError,
    SendUnknown,
    Verdict,
    handed,
    ignore_report,
)

_TOO_LONG = Refused("more parts than a message can have")
STATUSES = {Verdict.ACCEPTED: Status.ROK, Verdict.TEMPORARY: Status.RX_T_APPN, Verdict.PERMANENT: Status.RX_P_APPN}


@dataclass(frozen=True, slots=True)
class LinkSettings:
    """One centre: its link's name, how to bind, how it wants messages."""

    name: str
    esme: EsmeSettings
    out: OutRules = field(default_factory=OutRules)
    session: SessionRules = field(default_factory=SessionRules)


def utc_now() -> datetime:
    """The machine's clock, aware."""
    return datetime.now(UTC)


class SmppLink:
    """A transport (stk_sms.transport.Transport) over one centre."""

    def __init__(
        self,
        settings: LinkSettings,
        timers: Timers | None = None,
        wall: Callable[[], datetime] = utc_now,
        chance: random.Random | None = None,
    ) -> None:
        self._settings, self._timers, self._wall = settings, timers or SystemTimers(), wall
        self._esme = Esme(settings.esme, self._deliver, settings.session, self._timers, chance)
        self.receipts = ReceiptBook()
        self._on_report: ReportHandler = ignore_report
        self._taker: Taker | None = None
        self._references = count(1)

    @property
    def name(self) -> str:
        """The link's name."""
        return self._settings.name

    @property
    def ready(self) -> bool:
        """Whether a connection to send by is bound."""
        return self._esme.can_send

    async def start(self, handler: Handler, on_report: ReportHandler = ignore_report) -> None:
        """Begin to bind."""
        self._on_report = on_report
        self._taker = Taker(self.name, handler, STATUSES, self._wall, packed=self._settings.out.packed)
        self._esme.start()

    async def bound(self) -> None:
        """Wait until the link is up."""
        await self._esme.bound()

    async def stop(self) -> None:
        """Unbind and close."""
        await self._esme.stop()

    async def send(self, message: Outbound) -> tuple[str, ...]:
        """Hand one message over, all its parts in order. Raises NotSent, Refused or SendUnknown."""
        return handed(*await self.send_all([message]))

    async def send_all(self, messages: Sequence[Outbound]) -> list[Handed]:
        """Hand messages over: those of one part at once, the parts of a long one in their order."""
        made = [self._submissions(message) for message in messages]
        told = dict(await self._submit([(index, bodies[0]) for index, bodies in enumerate(made) if len(bodies) == 1]))
        long = [index for index, bodies in enumerate(made) if len(bodies) > 1]
        told |= zip(long, await asyncio.gather(*(self._in_parts(made[index]) for index in long)), strict=True)
        return [self._handed(message, told.get(index, _TOO_LONG)) for index, message in enumerate(messages)]

    def _submissions(self, message: Outbound) -> list[SubmitSm]:
        """The PDUs of a message; none where it is too long for any number of them."""
        try:
            return submissions(message, next(self._references), self._settings.out)
        except TooLong:
            return []

    async def _submit(self, bodies: Sequence[tuple[int, SubmitSm]]) -> list[tuple[int, Handed]]:
        told = await self._esme.submit_all([body for _, body in bodies])
        return [(index, outcome(one)) for (index, _), one in zip(bodies, told, strict=True)]

    async def _in_parts(self, bodies: Sequence[SubmitSm]) -> Handed:
        """Where an earlier part went out, a later one that does not makes the whole unknown: the phone may show a piece."""
        ids: tuple[str, ...] = ()
        for body in bodies:
            ((_, told),) = await self._submit([(0, body)])
            if isinstance(told, SendError):
                return SendUnknown(f"after {len(ids)} of {len(bodies)} parts: {told}") if ids else told
            ids += told
        return ids

    def _handed(self, message: Outbound, told: Handed) -> Handed:
        if message.want_report and not isinstance(told, SendError):
            self._tell(self.receipts.sent(message.reference, message.recipient, told, self._timers.now()))
        return told

    async def _deliver(self, batch: list[Pdu]) -> list[int]:
        statuses: list[int] = [Status.ROK] * len(batch)
        mobile: list[tuple[int, DeliverSm | DataSm]] = []
        for index, pdu in enumerate(batch):
            body = pdu.body
            if not isinstance(body, DeliverSm | DataSm):
                statuses[index] = Status.RINVCMDID
            elif receipts.is_receipt(body):
                self._hear(body)
            else:
                mobile.append((index, body))
        if mobile and self._taker is not None:
            told = await self._taker.take([(str(batch[index].sequence), body) for index, body in mobile])
            for (index, _), status in zip(mobile, told, strict=True):
                statuses[index] = status
        return statuses

    def _hear(self, body: DeliverSm | DataSm) -> None:
        receipt = receipts.read(body)
        if receipt is not None:
            self._tell(self.receipts.match(receipt, self._timers.now()))

    def unknown_ids(self) -> list[str]:
        """Ids of receipts that came for nothing known here (stk_sms.awaiting)."""
        return self.receipts.unknown(self._timers.now())

    def restore(self, written: Sequence[Awaited]) -> None:
        """What another process, or an earlier one, wrote down of those."""
        self._tell(self.receipts.restore(written, self._timers.now()))

    def _tell(self, settled: Sequence[Settled]) -> None:
        for reference, receipt in settled:
            self._on_report(DeliveryReport(self.name, reference, receipt.message_id, receipt.state, receipt.error))


def outcome(told: Told | NotBound) -> Handed:
    """What the end of a request means for the message in it."""
    if isinstance(told, Pdu):
        return (told.body.message_id if isinstance(told.body, SubmitSmResp) else "",)
    if isinstance(told, NotBound):
        return NotSent("not bound")
    if isinstance(told, Unencodable):
        return Refused(str(told))
    if isinstance(told, ErrorStatus):
        return (NotSent if told.status in PASSING | THROTTLING else Refused)(str(told))
    if isinstance(told, SessionEnded) and not told.sent:
        return NotSent(str(told))
    return SendUnknown(str(told))
