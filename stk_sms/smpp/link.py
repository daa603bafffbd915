"""An SMPP link to a network's centre, behind the transport interface."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count

from gsm.concat import TooLong
from stk_sms.smpp import receipts
from stk_sms.smpp.codec import Pdu
from stk_sms.smpp.esme import Esme, EsmeSettings, NotBound
from stk_sms.smpp.messages import OutRules, submissions
from stk_sms.smpp.pdus import DataSm, DeliverSm, SubmitSm, SubmitSmResp
from stk_sms.smpp.session import ErrorStatus, NoResponse, SessionEnded, SessionRules
from stk_sms.smpp.status import PASSING, THROTTLING, Status, name_of
from stk_sms.smpp.taking import Taker
from stk_sms.smpp.timers import SystemTimers, Timers
from stk_sms.smpp.wire import Unencodable
from stk_sms.transport import DeliveryReport, Handler, NotSent, Outbound, Refused, ReportHandler, SendUnknown, Verdict, ignore_report

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
        self._book = receipts.ReceiptBook()
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
        """Hand one message over, all its parts in order. Raises NotSent, Refused or SendUnknown.

        Where an earlier part went out, a later one that does not makes the whole unknown: the phone may show a piece.
        """
        try:
            bodies = submissions(message, next(self._references), self._settings.out)
        except TooLong as error:
            raise Refused(str(error)) from None
        ids: list[str] = []
        for body in bodies:
            try:
                ids.append(await self._submit(body))
            except (NotSent, Refused) as error:
                if ids:
                    raise SendUnknown(f"after {len(ids)} of {len(bodies)} parts: {error}") from None
                raise
        if message.want_report:
            self._tell(self._book.sent(message.reference, message.recipient, tuple(ids), self._timers.now()))
        return tuple(ids)

    async def _submit(self, body: SubmitSm) -> str:
        try:
            response = await self._esme.submit(body)
        except NotBound:
            raise NotSent("not bound") from None
        except Unencodable as error:
            raise Refused(str(error)) from None
        except ErrorStatus as error:
            if error.status in PASSING | THROTTLING:
                raise NotSent(name_of(error.status)) from None
            raise Refused(name_of(error.status)) from None
        except SessionEnded as error:
            if not error.sent:
                raise NotSent(str(error)) from None
            raise SendUnknown(str(error)) from None
        except NoResponse as error:
            raise SendUnknown(str(error)) from None
        return response.body.message_id if isinstance(response.body, SubmitSmResp) else ""

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
            self._tell(self._book.match(receipt, self._timers.now()))

    def _tell(self, settled: list[tuple[str, receipts.Receipt]]) -> None:
        for reference, receipt in settled:
            self._on_report(DeliveryReport(self.name, reference, receipt.message_id, receipt.state, receipt.error))
