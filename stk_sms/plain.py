"""Plain-text and USSD orders: without a nonce, what was typed and the business day are the reference; a mark tells orders apart."""

import hashlib
import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo

from sqlalchemy.exc import SQLAlchemyError

from recharge import (
    Balance,
    Channel,
    DayRecap,
    EndpointKind,
    Engine,
    LastOrder,
    NoAmountFree,
    NoDepositTickets,
    Operation,
    OrderEnquiry,
    Origin,
    Refusal,
    RefusalCode,
    Reply,
    Request,
    ServicePassword,
    SignedIn,
    TooManyTickets,
    explain,
    format_amount,
    kind_text,
    open_deposit_ticket,
    state_text,
)
from stk_sms.commands import Command, Commands, Unclear
from stk_sms.replies import BALANCE, COMMISSION, order_text
from stk_sms.smpp.ussd import Ask, Complete, Menu
from stk_sms.texts import lazy_gettext as _
from stk_sms.texts import say
from stk_sms.transport import Inbound, Verdict

_log = logging.getLogger(__name__)
_ENQUIRIES = (Balance, OrderEnquiry, LastOrder, DayRecap)
_MOST_TRIES = 20
TICKET = _("请在{until}前转账{amount}，一分不差，到账后自动入账。")
ENOUGH_TICKETS = _("您有{count}笔预约转账还没有到账，请先转账，或等预约过期。")
NO_TICKETS, NO_AMOUNT = _("这里没有开通预约转账金额，请按平时的办法存款。"), _("这个金额附近已经约满，请换一个金额再试。")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a message comes to; `more` where a dialogue goes on. No text: nothing is said.

    `about` is what a card's message is known by (stk_sms.cards.service.CardAnswer).
    """

    verdict: Verdict = Verdict.ACCEPTED
    text: str = field(default="", repr=False)
    more: bool = False
    about: str = ""


@dataclass(frozen=True, slots=True)
class PlainRules:
    """How a deployment takes plain text. `minor_digits`, `language` and `zone` are for the answers."""

    national: Callable[[str], str]
    today: Callable[[], date]
    has_card: Callable[[Iterable[str]], set[str]]
    language: str | None = None
    minor_digits: int = 2
    zone: tzinfo = UTC
    now: Callable[[], datetime] = lambda: datetime.now(UTC)


class PlainOrders:
    """Takes plain texts and dialogues, many in one transaction. Safe for threads."""

    def __init__(self, engine: Engine, rules: PlainRules, commands: Commands, menu: Menu | None = None) -> None:
        self._engine, self._rules, self._commands, self._menu = engine, rules, commands, menu
        self._asking = threading.Lock()

    def take(self, messages: Sequence[Inbound]) -> list[Answer]:
        """The answers, after everything was committed. What the database raises while it is away goes through."""
        senders = [self._rules.national(message.sender) for message in messages]
        encrypting = self._rules.has_card(senders)
        answers: list[Answer | None] = []
        asked: list[tuple[Request, Command]] = []
        for message, sender in zip(messages, senders, strict=True):
            if sender in encrypting:
                # Whoever holds such a card orders with it; plain text under its number may be anybody's.
                _log.warning("plain text from the number of a card was left alone")
                answers.append(Answer())
                continue
            command = self._command(message)
            if isinstance(command, Command):
                asked.append((self._request(message, sender, command), command))
                answers.append(None)
            else:
                answers.append(command)
        replies = self._engine.take_many([each[0] for each in asked])
        told = iter([self._answer(*each, reply) for each, reply in zip(asked, replies, strict=True)])
        return [answer or next(told) for answer in answers]

    def _command(self, message: Inbound) -> Command | Answer:
        try:
            if message.ussd is None:
                return self._commands.parse(message.recipient, message.text)
            step = self._step(message)
            if isinstance(step, Ask):
                return Answer(text=step.text, more=True)
            if isinstance(step, Complete):
                return self._commands.command_of(step.intent, step.values)
        except Unclear as error:
            _log.info("a text was no order: %s", error)
        return Answer()

    def _step(self, message: Inbound) -> Ask | Complete | None:
        with self._asking:
            return None if self._menu is None else self._menu.step(message, message.received_at.timestamp())

    def _request(self, message: Inbound, sender: str, command: Command) -> Request:
        channel = Channel.SMS if message.ussd is None else Channel.USSD
        reference = self._reference(channel, sender, command.operation)
        origin = Origin(channel, EndpointKind.PHONE_LINE, sender, reference, message.message_id)
        credential = SignedIn() if command.password is None else ServicePassword(command.password)
        return Request(origin, credential, command.operation, self._rules.language)

    def _reference(self, channel: Channel, sender: str, operation: Operation) -> str:
        """The same order on the same day has the same reference, unless it was refused: then it may be tried again.

        An order that failed is not tried again by the same words, which may be the network's and not the agent's: that takes a mark.
        """
        if isinstance(operation, _ENQUIRIES):
            return ""
        digest = hashlib.blake2b(repr(operation).encode(), digest_size=12).hexdigest()
        stem = f"{self._rules.today():%y%m%d}-{digest}"
        for number in range(_MOST_TRIES):
            reference = f"{stem}-{number}"
            told = self._engine.tell(Origin(channel, EndpointKind.PHONE_LINE, sender, reference))
            if told.refusal is None or not told.repeated:
                return reference
        return f"{stem}-{_MOST_TRIES}"

    def _answer(self, request: Request, command: Command, reply: Reply) -> Answer:
        if reply.refusal is not None and reply.refusal.code is RefusalCode.BUSY:
            return Answer(Verdict.TEMPORARY)
        if reply.refusal is not None and reply.refusal.code is RefusalCode.UNKNOWN_ENDPOINT:
            # A stranger's text costs us no SMS.
            return Answer()
        if reply.refusal is None and command.ticket_minor is not None:
            return self._ticket(request.origin, command.ticket_minor)
        return Answer(text=plain_text(reply, self._rules.language, self._rules.minor_digits))

    def _ticket(self, origin: Origin, wanted_minor: int) -> Answer:
        """A ticket for the party of the line, whose password was right. The same message again gets the same ticket."""
        language = self._rules.language
        try:
            endpoint = self._engine.endpoint_named(origin.kind, origin.identity)
            if endpoint is None:
                return Answer()
            ticket = open_deposit_ticket(self._engine.database, endpoint.party.code, wanted_minor, self._rules.now())
        except NoAmountFree:
            return Answer(text=say(NO_AMOUNT, language))
        except TooManyTickets as error:
            return Answer(text=say(ENOUGH_TICKETS, language, {"count": str(error.most)}))
        except NoDepositTickets as error:
            _log.warning("a deposit ticket was asked for: %s", error)
            return Answer(text=say(NO_TICKETS, language))
        except (Refusal, SQLAlchemyError):
            return Answer(Verdict.TEMPORARY)
        until = f"{ticket.expires_at.astimezone(self._rules.zone):%m-%d %H:%M}"
        return Answer(text=say(TICKET, language, {"until": until, "amount": format_amount(ticket.amount_minor, self._rules.minor_digits)}))


def plain_text(reply: Reply, language: str | None, minor_digits: int = 2) -> str:
    """The answer to a plain text: how the order stands, the balance, the day's sums, or why not."""
    if reply.refusal is not None:
        return explain(reply.refusal, language, minor_digits)
    if reply.order is not None:
        return order_text(reply.order, reply.balance_minor, language, minor_digits)
    lines = [
        f"{kind_text(line.kind, language)} {state_text(line.state, language)} {line.count} {format_amount(line.face_minor, minor_digits)}"
        for line in reply.recap
    ]
    amounts = ((BALANCE, "balance", reply.balance_minor), (COMMISSION, "commission", reply.commission_minor))
    lines += [
        say(words.long, language, {name: format_amount(amount, minor_digits)}) for words, name, amount in amounts if amount is not None
    ]
    return "\n".join(lines) or reply.case_number
