"""Partners whose applications bind to us: what they submit is inbound, and each of them is a sender that answers go out by."""

import asyncio
import hmac
import logging
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count

from gsm.concat import TooLong
from stk_sms.smpp import tlvs
from stk_sms.smpp.codec import Pdu
from stk_sms.smpp.link import outcome, utc_now
from stk_sms.smpp.messages import OutRules, submissions
from stk_sms.smpp.pdus import DataSm, DeliverSm, SubmitSm
from stk_sms.smpp.server import ServerSettings, SmppServer
from stk_sms.smpp.session import SessionRules
from stk_sms.smpp.status import Status
from stk_sms.smpp.taking import Taker
from stk_sms.smpp.timers import SystemTimers, Timers
from stk_sms.transport import Handler, OneByOne, Outbound, Refused, SendError, Verdict, handed

_log = logging.getLogger(__name__)
STATUSES = {Verdict.ACCEPTED: Status.ROK, Verdict.TEMPORARY: Status.RMSGQFUL, Verdict.PERMANENT: Status.RSUBMITFAIL}
_RECEIPT = 0x04
_DELIVERED = 2
_RECEIPT_AFTER = 1.0


@dataclass(frozen=True, slots=True)
class Partner:
    """One partner's account. `addresses`: where it may come from (anywhere when empty)."""

    system_id: str
    password: str = field(repr=False)
    addresses: frozenset[str] = frozenset()


class Partners:
    """All partners' applications; one partner's messages carry the link name `<name>/<system id>`, as does the sender to it."""

    def __init__(
        self,
        name: str,
        settings: ServerSettings,
        partners: Mapping[str, Partner],
        rules: SessionRules | None = None,
        timers: Timers | None = None,
        wall: Callable[[], datetime] = utc_now,
    ) -> None:
        self._name, self._partners, self._wall = name, partners, wall
        self.server = SmppServer(settings, self._may_bind, self._submitted, rules, timers)
        self._handler: Handler | None = None
        self._takers: dict[str, Taker] = {}
        self._timers = timers or SystemTimers()
        self._receipts: set[asyncio.Task[None]] = set()
        self._numbers = count(1)
        # Ids must differ from those of the last run.
        self._run = secrets.token_hex(4)

    async def start(self, handler: Handler) -> None:
        """Begin to listen."""
        self._handler = handler
        await self.server.start()

    async def stop(self) -> None:
        """Leave all partners in order."""
        for receipt in self._receipts:
            receipt.cancel()
        await self.server.stop()

    def sender(self, system_id: str) -> "PartnerSender":
        """What goes to one partner."""
        return PartnerSender(self, f"{self._name}/{system_id}", system_id)

    async def send_to(self, system_id: str, message: Outbound) -> None:
        """Deliver a message to a partner. Raises NotSent, Refused or SendUnknown."""
        try:
            bodies = submissions(message, next(self._numbers), OutRules())
        except TooLong as error:
            raise Refused(str(error)) from None
        for body in bodies:
            await self._deliver(system_id, delivery(body))

    async def send_receipt(self, system_id: str, message_id: str, source: str, destination: str) -> None:
        """Tell a partner that a message it submitted was delivered (appendix B). Raises NotSent, Refused or SendUnknown."""
        at = f"{self._wall():%y%m%d%H%M}"
        text = f"id:{message_id} sub:001 dlvrd:001 submit date:{at} done date:{at} stat:DELIVRD err:000 text:"
        told = (tlvs.text(tlvs.Tag.RECEIPTED_MESSAGE_ID, message_id), tlvs.number(tlvs.Tag.MESSAGE_STATE, _DELIVERED))
        body = DeliverSm(
            source_addr=destination, destination_addr=source, esm_class=_RECEIPT, short_message=text.encode("ascii"), tlvs=told
        )
        await self._deliver(system_id, body)

    async def _deliver(self, system_id: str, body: DeliverSm) -> None:
        handed(outcome(await self.server.deliver(system_id, body)))

    def _may_bind(self, system_id: str, password: str, address: str) -> bool:
        partner = self._partners.get(system_id)
        known = hmac.compare_digest((partner.password if partner else "").encode(), password.encode())
        return partner is not None and known and bool(password) and (not partner.addresses or address in partner.addresses)

    async def _submitted(self, system_id: str, batch: list[Pdu]) -> list[tuple[int, str]]:
        if self._handler is None:
            return [(Status.RMSGQFUL, "") for _ in batch]
        taker = self._takers.get(system_id)
        if taker is None:
            taker = self._takers[system_id] = Taker(f"{self._name}/{system_id}", self._handler, STATUSES, self._wall)
        ids = [f"{self._run}{next(self._numbers):08x}" for _ in batch]
        bodies = [(one, pdu.body) for one, pdu in zip(ids, batch, strict=True) if isinstance(pdu.body, SubmitSm | DataSm)]
        told = list(zip(await taker.take(bodies), ids, strict=True))
        for (status, message_id), (_, body) in zip(told, bodies, strict=True):
            if status == Status.ROK and body.registered_delivery & 1:
                self._receipt_later(system_id, message_id, body)
        return told

    def _receipt_later(self, system_id: str, message_id: str, body: SubmitSm | DataSm) -> None:
        """What we took is delivered: we are who it was for. The receipt goes out behind the answer that names the id."""

        async def tell() -> None:
            await self._timers.sleep(_RECEIPT_AFTER)
            try:
                await self.send_receipt(system_id, message_id, body.source_addr, body.destination_addr)
            except SendError as error:
                _log.info("a receipt for %s was not taken: %s", system_id, error)

        task = asyncio.create_task(tell())
        self._receipts.add(task)
        task.add_done_callback(self._receipts.discard)


class PartnerSender(OneByOne):
    """One partner, as something a message can be handed to (stk_sms.transport.Sender)."""

    def __init__(self, partners: Partners, name: str, system_id: str) -> None:
        self._partners, self.name, self._system_id = partners, name, system_id

    @property
    def ready(self) -> bool:
        """Whether the partner is bound."""
        return bool(self._partners.server.bound(self._system_id))

    async def send(self, message: Outbound) -> tuple[str, ...]:
        """Deliver; partners give no ids. Raises NotSent, Refused or SendUnknown."""
        await self._partners.send_to(self._system_id, message)
        return ()


def delivery(body: SubmitSm) -> DeliverSm:
    """The same message on its way to an application (4.6.1 has no validity and no receipt)."""
    return DeliverSm(
        service_type=body.service_type,
        source_addr_ton=body.source_addr_ton,
        source_addr_npi=body.source_addr_npi,
        source_addr=body.source_addr,
        dest_addr_ton=body.dest_addr_ton,
        dest_addr_npi=body.dest_addr_npi,
        destination_addr=body.destination_addr,
        esm_class=body.esm_class,
        protocol_id=body.protocol_id,
        data_coding=body.data_coding,
        short_message=body.short_message,
        tlvs=body.tlvs,
    )
