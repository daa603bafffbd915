"""Joins links and engine: a batch of messages is judged and carried out, its verdicts go back to the network, its answers to the agents."""

import asyncio
import logging
from collections.abc import Sequence
from typing import Protocol

from gsm import udh
from recharge import Message, SendResult
from stk_sms.cards.gate import CardMessage
from stk_sms.cards.service import CardAnswer
from stk_sms.fates import Told, reference_of
from stk_sms.plain import Answer
from stk_sms.routing import Router
from stk_sms.smpp import ussd
from stk_sms.smpp.timers import SystemTimers, Timers
from stk_sms.transport import Inbound, NotSent, Outbound, SendError, SendUnknown, Verdict

_log = logging.getLogger(__name__)
_AGAIN_AFTER = (2.0, 10.0, 30.0)
_MOST_ANSWERS = 5000
_PORT_SECONDS = 30.0
# Acknowledged, the network sends the next messages at once. They are begun first, and answers go out while these wait for the database.
_ANSWER_SECONDS = 0.001


class TakesCards(Protocol):
    """The security half (stk_sms.cards.service.CardOrders)."""

    def take(self, messages: Sequence[CardMessage]) -> list[CardAnswer]:
        """Answers in the messages' order, after the commit."""
        ...


class TakesPlain(Protocol):
    """The plain-text half (stk_sms.plain.PlainOrders)."""

    def take(self, messages: Sequence[Inbound]) -> list[Answer]:
        """Answers in the messages' order, after the commit."""
        ...


def is_secured(message: Inbound) -> bool:
    """Whether a message is a secured packet: its header has the identifier of one (3GPP TS 31.115, 4.1)."""
    try:
        return any(element.tag == udh.COMMAND_PACKET for element in udh.parse(message.udh))
    except udh.BadHeader:
        return False


class Gateway:
    """The handler of all links. What it raises, the links answer with a temporary error: the network keeps the messages."""

    def __init__(
        self, cards: TakesCards, plain: TakesPlain | None, router: Router, timers: Timers | None = None, *, reports: bool = False
    ) -> None:
        """With `reports` the network is asked to tell what became of the answers to cards."""
        self._reports = reports
        self._cards, self._plain, self._router = cards, plain, router
        self._timers = timers or SystemTimers()
        self._answering: set[asyncio.Task[None]] = set()
        self._unsaid = 0

    async def handle(self, batch: list[Inbound]) -> list[Verdict]:
        """Carry a batch out; its answers are sent behind the network's back, so that it does not wait for them."""
        answers = await asyncio.to_thread(self._take, batch)
        said = [self._outbound(message, answer) for message, answer in zip(batch, answers, strict=True) if answer.text]
        self._say(said)
        return [answer.verdict for answer in answers]

    async def stop(self) -> None:
        """Wait for the answers that are under way."""
        await asyncio.gather(*self._answering)

    def _take(self, batch: Sequence[Inbound]) -> list[Answer]:
        secured = [is_secured(message) for message in batch]
        # A card's order is one message (stk_sms.packet): longer ones are nothing of ours.
        cards = [_card_message(message) for message, packed in zip(batch, secured, strict=True) if packed and message.parts == 1]
        taken = iter(self._cards.take(cards) if cards else ())
        plain = iter(self._take_plain([message for message, packed in zip(batch, secured, strict=True) if not packed]))
        return [
            next(plain) if not packed else _of_card(next(taken)) if message.parts == 1 else Answer(Verdict.PERMANENT)
            for message, packed in zip(batch, secured, strict=True)
        ]

    def _take_plain(self, messages: Sequence[Inbound]) -> list[Answer]:
        if self._plain is None or not messages:
            return [Answer() for _ in messages]
        return self._plain.take(messages)

    def _outbound(self, message: Inbound, answer: Answer) -> tuple[Outbound, str]:
        """An answer as it goes out, and the link that its question came by."""
        if message.ussd is not None:
            return ussd.reply(message, answer.text, more=answer.more), message.link
        reported = self._reports and bool(answer.about)
        reference = reference_of(Told.ANSWER, answer.about) if reported else message.message_id
        return Outbound(reference, message.sender, answer.text, message.recipient, want_report=reported), message.link

    def _say(self, said: list[tuple[Outbound, str]]) -> None:
        if self._unsaid + len(said) > _MOST_ANSWERS:
            _log.error("%d answers were left out: %d are waiting for their links", len(said), self._unsaid)
        elif said:
            self._unsaid += len(said)
            task = asyncio.create_task(self._send(said))
            self._answering.add(task)
            task.add_done_callback(self._answering.discard)

    async def _send(self, said: list[tuple[Outbound, str]]) -> None:
        """An answer that gets lost is asked for again by the agent: the engine knows its order by then."""
        count = len(said)
        try:
            await asyncio.sleep(_ANSWER_SECONDS)
            for pause in _AGAIN_AFTER:
                said = await self._send_once(said)
                if not said:
                    return
                await self._timers.sleep(pause)
            for _, link in await self._send_once(said):
                _log.warning("an answer by %s was given up", link)
        finally:
            self._unsaid -= count

    async def _send_once(self, said: list[tuple[Outbound, str]]) -> list[tuple[Outbound, str]]:
        """Those that were surely not sent."""
        told = await self._router.send_all(said)
        for (_, link), error in zip(said, told, strict=True):
            if isinstance(error, SendError) and not isinstance(error, NotSent):
                _log.warning("an answer by %s: %s %s", link, type(error).__name__, error)
        return [each for each, error in zip(said, told, strict=True) if isinstance(error, NotSent)]


def _card_message(message: Inbound) -> CardMessage:
    return CardMessage(message.sender, message.user_data, message.message_id)


def _of_card(answer: CardAnswer) -> Answer:
    return Answer(Verdict.TEMPORARY) if answer.again else Answer(Verdict.ACCEPTED, answer.text, about=answer.about)


class SmsPort:
    """The outbox's way to phones (recharge.SenderPort); called from a thread, sends on the links' loop."""

    def __init__(self, router: Router, loop: asyncio.AbstractEventLoop) -> None:
        self._router, self._loop = router, loop

    def send(self, message: Message) -> SendResult:
        """SENT, LATER or NEVER. What got no answer may have gone out, and is offered again: a notice told twice harms less than none."""
        said = Outbound(reference_of(Told.OUTBOX, str(message.id)), message.address, message.text, want_report=True)
        waiting = asyncio.run_coroutine_threadsafe(self._router.send(said), self._loop)
        try:
            waiting.result(_PORT_SECONDS)
        except (NotSent, SendUnknown):
            return SendResult.LATER
        except SendError:
            return SendResult.NEVER
        except TimeoutError:
            waiting.cancel()
            return SendResult.LATER
        return SendResult.SENT
