"""One SIM as a link: what arrives on the card is deleted only once it was taken, and what is sent takes one modem at a time."""

import asyncio
import hashlib
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from gsm import concat, pdu, udh
from gsm.modem.channel import Answer, ModemError, NoPrompt, PortGone
from gsm.modem.sim_store import Stored, send_pdu
from gsm.modem.slot import Slot, SlotDown, Talk
from stk_sms.modem_link.room import Room
from stk_sms.transport import Handler, Inbound, NotSent, OneByOne, Outbound, Refused, ReportHandler, SendUnknown, Verdict, ignore_report

_log = logging.getLogger(__name__)
# +CMS ERROR (3GPP TS 27.005, 3.2.5) of a message that surely did not leave: the network's troubles, the SIM's, no service.
_NOT_SENT = frozenset({38, 41, 42, 47, 310, 311, 312, 313, 314, 316, 317, 318, 331})
# The network will never take it (TS 24.011, E.2): no such number, barred, rejected, not subscribed.
_REFUSED = frozenset({1, 8, 10, 21, 28, 29, 30, 50, 69})
_HANDLER_SECONDS = 60.0
_PARTS_WAIT = timedelta(hours=24)
_SEND_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class ModemSettings:
    """One SIM: where modems are, which card it is ("" takes the first that comes), the number agents send to, and the card's PIN."""

    name: str
    ports: str
    iccid: str = ""
    number: str = ""
    pin: str = field(default="", repr=False)


class ModemLink(OneByOne):
    """A transport (stk_sms.transport.Transport) over one modem. Binary messages go both ways; delivery reports and USSD do not."""

    def __init__(self, settings: ModemSettings, room: Room, wall: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.settings, self._room, self._wall = settings, room, wall
        self._handler: Handler | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._reference = 0
        self.slot: Slot | None = None
        self.pin_tried = False

    @property
    def name(self) -> str:
        """The link's name."""
        return self.settings.name

    @property
    def ready(self) -> bool:
        """Whether the modem is up and hears its network."""
        slot = self.slot
        return slot is not None and slot.is_up and slot.signal is not None and slot.signal.good

    async def start(self, handler: Handler, on_report: ReportHandler = ignore_report) -> None:
        """Look for the modem from now on."""
        self._handler, self._loop = handler, asyncio.get_running_loop()
        self._room.enter(self)

    async def stop(self) -> None:
        """Finish what is under way and give the modem back."""
        await asyncio.to_thread(self._room.leave, self)

    async def send(self, message: Outbound) -> tuple[str, ...]:
        """Send one message, in as many parts as it takes. Raises NotSent, Refused or SendUnknown."""
        if message.ussd is not None:
            raise Refused("no USSD over this link")
        slot = self.slot
        if slot is None:
            raise NotSent("no modem")
        parts = self._parts(message)
        try:
            # Never left half-way: what was begun is waited for.
            future: Future[tuple[str, ...]] = slot.run(lambda talk: self._send(talk, parts))
            return await asyncio.shield(asyncio.wrap_future(future))
        except SlotDown:
            raise NotSent("no modem") from None

    def _parts(self, message: Outbound) -> tuple[pdu.Submit, ...]:
        self._reference = (self._reference + 1) % 256
        if message.data:
            whole = pdu.Submit(
                pdu.Address.of(message.recipient), message.data, message.coding, message.udh, message.protocol_id,
                valid_seconds=message.valid_seconds,
            )  # fmt: skip
            return (whole,)
        try:
            return pdu.submits(message.recipient, message.text, self._reference, valid_seconds=message.valid_seconds)
        except (concat.TooLong, ValueError) as error:
            raise Refused(str(error)) from None

    def _send(self, talk: Talk, parts: Sequence[pdu.Submit]) -> tuple[str, ...]:
        ids: list[str] = []
        for part in parts:
            try:
                ids.append(_told(send_pdu(talk.channel, part, _SEND_SECONDS)))
            except NoPrompt:
                raise _unless(ids, NotSent("no prompt")) from None
            except PortGone as error:
                raise (SendUnknown if error.written else NotSent)("the modem is gone") from None
            except ModemError as error:
                raise SendUnknown(type(error).__name__) from None
            except (NotSent, Refused) as error:
                raise _unless(ids, error) from None
            except ValueError as error:
                raise Refused(str(error)) from None
        return tuple(ids)

    def take(self, stored: Sequence[Stored]) -> Sequence[Stored]:
        """From the slot's thread: hand whole messages to the gateway; those that may be deleted from the card now."""
        assert self._handler is not None
        assert self._loop is not None
        whole, dropped = self._whole(stored)
        if not whole:
            return dropped
        batch = [inbound for inbound, _ in whole]
        asked = asyncio.run_coroutine_threadsafe(self._handle(batch), self._loop)
        verdicts = asked.result(_HANDLER_SECONDS)
        done = [one for (_, ones), verdict in zip(whole, verdicts, strict=True) if verdict is not Verdict.TEMPORARY for one in ones]
        return [*dropped, *done]

    async def _handle(self, batch: list[Inbound]) -> list[Verdict]:
        assert self._handler is not None
        try:
            return await self._handler(batch)
        except Exception as error:  # the link's boundary: whatever the gateway cannot take now stays on the card and comes again
            _log.warning("messages stay on the card of %s: %s", self.name, type(error).__name__)
            return [Verdict.TEMPORARY] * len(batch)

    def _whole(self, stored: Sequence[Stored]) -> tuple[list[tuple[Inbound, list[Stored]]], list[Stored]]:
        """Whole messages with what they were made of, and what can be dropped; parts that wait for others are in neither."""
        sets: dict[tuple[object, ...], dict[int, Stored]] = {}
        whole: list[tuple[Inbound, list[Stored]]] = []
        dropped: list[Stored] = []
        for one in sorted(stored, key=lambda message: (message.sent_at or self._wall(), message.index)):
            message = one.message
            part = one.part
            if not isinstance(message, pdu.Deliver):
                dropped.append(one)
            elif part is None:
                whole.append((self._inbound([one]), [one]))
            else:
                sets.setdefault((one.sender, part.reference, part.count), {})[part.number] = one
        for (_, _, count), parts in sets.items():
            ones = [parts[number] for number in sorted(parts)]
            if len(parts) == count:
                whole.append((self._inbound(ones), ones))
            elif all((one.sent_at or self._wall()) < self._wall() - _PARTS_WAIT for one in ones):
                dropped += ones
        return whole, dropped

    def _inbound(self, ones: Sequence[Stored]) -> Inbound:
        messages = [one.message for one in ones if isinstance(one.message, pdu.Deliver)]
        first = messages[0]
        # The same for a message that is read a second time.
        identity = hashlib.blake2b("".join(one.line for one in ones).encode(), digest_size=8).hexdigest()
        header = first.header if len(ones) == 1 else udh.without_part(first.header)
        data = b"".join(message.data for message in messages)
        return Inbound(
            self.name,
            identity,
            str(first.sender),
            self.settings.number,
            data,
            self._wall(),
            header,
            first.coding,
            first.protocol_id,
            len(ones),
        )


def _told(answer: Answer) -> str:
    """The network's number of a message, or why it has none."""
    if answer.ok:
        return answer.lines[0].partition(":")[2].strip() if answer.lines else ""
    if not answer.given or (answer.is_cms and answer.error in _NOT_SENT):
        raise NotSent(answer.final)
    if answer.is_cms and answer.error in _REFUSED:
        raise Refused(answer.final)
    raise SendUnknown(answer.final)


def _unless(ids: Sequence[str], error: NotSent | Refused) -> NotSent | Refused | SendUnknown:
    """Once a part has gone out, the message as a whole is neither sent nor not."""
    return SendUnknown("only a part was sent") if ids else error
