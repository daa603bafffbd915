"""Messages of cards from the first octet to the answer: judged together, carried out in one transaction, then written down."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import Connection

from recharge import Beside, Change, Database, Engine, Refusal, RefusalCode, Reply, Request, explain
from stk_sms.cards.gate import CardMessage, Gate, GateRules, Pace, Turned
from stk_sms.cards.keyring import Keyring
from stk_sms.cards.known import KnownCards
from stk_sms.cards.reading import CardReader, Sights
from stk_sms.cards.records import Card, CardState, EventKind, Opened
from stk_sms.cards.straight import Done, Straight
from stk_sms.cards.under_way import Taken, UnderWay
from stk_sms.cards.window import CounterWindow, Sight
from stk_sms.cards.writing import BLOCKED_AS_CLONED, CardWriter, Happened
from stk_sms.orders import Orders, came
from stk_sms.packet import ResponseStatus
from stk_sms.replies import answer_text, late_text

# The first answer and three more; a message that still comes back then is not somebody who missed the answer.
MOST_ANSWERS = 4


@dataclass(frozen=True, slots=True)
class CardAnswer:
    """What a message comes to. With `again` nothing was kept: tell the SMSC to keep it. `text` is "" where nothing is to be said.

    `number` is the sender's, in national digits; `reply` is the engine's, where it was asked; `about` is ICCID and reference of the
    message that is answered, where it was taken.
    """

    number: str
    status: ResponseStatus
    text: str = ""
    again: bool = False
    reply: Reply | None = None
    about: str = ""


@dataclass(slots=True)
class _Asked:
    """A message on its way through the engine."""

    opened: Opened
    reference: str
    message_id: str
    reply: Reply = field(default_factory=Reply)
    written: bool = False


@dataclass(slots=True)
class _Batch:
    """Messages that came together."""

    now: datetime
    sights: Sights
    happened: Happened = field(default_factory=Happened)
    used: dict[tuple[str, int, int], str] = field(default_factory=dict)
    used_before: dict[tuple[str, int, int], str] = field(default_factory=dict)
    taken: dict[str, list[int]] = field(default_factory=dict)
    answers: dict[tuple[str, str], int] = field(default_factory=dict)

    def versions(self, card: Card) -> list[int]:
        """Key versions under which the card's messages are taken now."""
        found = self.taken.get(card.key_set)
        if found is None:
            found = [item.version for item in self.sights.versions.values() if item.key_set == card.key_set and item.verifies(self.now)]
            self.taken[card.key_set] = found
        return found


class CardOrders:
    """The security half of the channel, one a process. Safe for threads.

    What the database raises while it is away goes through to the caller, who lets the SMSC keep the messages: all of it may be
    done again, because the engine answers a reference it knows with the first answer.
    """

    def __init__(
        self, engine: Engine, keyring: Keyring, now: Callable[[], datetime], rules: GateRules | None = None, minor_digits: int = 2
    ) -> None:
        rules = rules or GateRules()
        database: Database = engine.database
        self._engine, self._now, self._minor_digits = engine, now, minor_digits
        self._gate, self._pace = Gate(keyring, rules), Pace(rules.most_a_minute)
        self._reader, self._writer = CardReader(database), CardWriter(database)
        self._orders = Orders(engine, self._reader.with_number)
        self._under_way, self._seen = UnderWay(), KnownCards()
        self._straight = Straight(engine, self._gate, self._pace, self._seen, self._under_way, self._orders)

    def take(self, messages: Sequence[CardMessage]) -> list[CardAnswer]:
        """The answers to messages that came together, after everything they did was committed."""
        now = self._now()
        self._pace.forget(now)
        done = self._straight.take(messages, now)
        if done is None:
            return self._long_way(messages, now)
        taken, answers = done
        return [self._answer(item, answers) for item in taken]

    def _long_way(self, messages: Sequence[CardMessage], now: datetime) -> list[CardAnswer]:
        """Whatever comes: each message is judged by what is seen of its card, and turned away with a reason where it must be."""
        with self._under_way.judging() as earlier:
            batch = _Batch(now, self._reader.sights(self._gate.sender(message.sender) for message in messages))
            self._seen.keep(batch.sights)
            for taken in earlier:
                _show(batch, taken)
            judged = [self._judge(batch, message) for message in messages]
            ticket = self._under_way.enter(Taken(batch.used, batch.happened.blocks))
        try:
            self._carry_out(batch, [item for item in judged if isinstance(item, _Asked)], ticket)
            for item in judged:
                _note_rest(batch.happened, item)
            batch.answers |= self._writer.write_down(batch.happened, now)
        finally:
            self._under_way.leave(ticket)
        return [self._answer(item, batch.answers) for item in judged]

    def _carry_out(self, batch: _Batch, asked: Sequence[_Asked], ticket: int) -> None:
        """Those that speak of an earlier message come after it, though one read may have brought both, or two that follow each other."""
        self._ask(batch, [item for item in asked if item.opened.body.original_nonce is None])
        later = [item for item in asked if item.opened.body.original_nonce is not None]
        if later:
            self._under_way.wait_for_earlier(ticket)
            self._ask(batch, later)

    def _judge(self, batch: _Batch, message: CardMessage) -> _Asked | Turned:
        judged = self._gate.judge(message, batch.sights, batch.now)
        if isinstance(judged, Turned):
            return judged
        opened = judged.opened
        if not self._pace.allows(opened.card.iccid, batch.now):
            event = opened.event(EventKind.TOO_MANY, ResponseStatus.UNDEFINED, "messages within a minute")
            return Turned(event, opened.card)
        reference = self._orders.reference(opened, batch.versions(opened.card))
        if judged.sight is not Sight.NEW:
            turned = self._doubted(batch, opened, judged.sight, reference)
            if turned is not None:
                return turned
        _use(batch, opened, reference)
        return _Asked(opened, reference, message.message_id)

    def _doubted(self, batch: _Batch, opened: Opened, sight: Sight, reference: str) -> Turned | None:
        """What the engine's memory makes of a message whose counter is not new; None for one that came before and is genuine."""
        known = self._known(batch, opened, reference)
        if sight is Sight.SEEN:
            return None if known else _cloned(batch, opened)
        if sight is Sight.OVERTAKEN and known:
            return None
        event = opened.event(EventKind.COUNTER_OLD, ResponseStatus.COUNTER_LOW, f"counter {opened.counter}")
        if known:
            # It had its answer in its time.
            return Turned(event)
        if sight is Sight.TOO_OLD:
            batch.happened.behind.append((opened.window, opened.counter, opened.card.msisdn))
        return Turned(event, opened.card)

    def _known(self, batch: _Batch, opened: Opened, reference: str) -> bool:
        """Whether a message came before, by its nonce: in this batch, in one before it, or in the engine's memory."""
        key = (*opened.window, opened.counter)
        used = batch.used.get(key) or batch.used_before.get(key)
        if used is not None:
            return used == reference
        told = self._orders.tell(opened, reference)
        # Without its endpoint the engine remembers nothing of a card: that says nothing against it.
        return came(told) or told.refusal == Refusal(RefusalCode.UNKNOWN_ENDPOINT)

    def _ask(self, batch: _Batch, asked: Sequence[_Asked]) -> None:
        """One transaction for all that is asked and what is written of it. Those with nothing to ask are few: a reference is used up one by
        one, and written down after it."""
        requests: list[tuple[_Asked, Request]] = []
        for item in asked:
            versions = batch.versions(item.opened.card)
            request = self._orders.request(item.opened, item.reference, item.message_id, versions)
            if request is None:
                item.reply = self._orders.use_up(item.opened, item.reference)
            else:
                requests.append((item, request))

        def write(connection: Connection, replies: Sequence[Reply], _: Sequence[object]) -> Sequence[Change]:
            happened = Happened()
            for (item, _request), reply in zip(requests, replies, strict=True):
                happened.note(item.opened, item.reference, reply)
            answers, changes = self._writer.changes(connection, happened, batch.now)
            batch.answers |= answers
            return changes

        replies = self._engine.take_many([request for _, request in requests], Beside((), write))
        for (item, _), reply in zip(requests, replies, strict=True):
            item.reply, item.written = reply, True

    def _answer(self, item: _Asked | Done | Turned, answers: dict[tuple[str, str], int]) -> CardAnswer:
        if isinstance(item, Turned):
            return CardAnswer(item.event.msisdn, item.event.status, self._words_for(item), item.again)
        card, reply = item.opened.card, item.reply
        if reply.refusal is not None and reply.refusal.code is RefusalCode.BUSY:
            return CardAnswer(card.msisdn, ResponseStatus.UNDEFINED, again=True, reply=reply)
        quiet = answers.get((card.iccid, item.reference), 0) > MOST_ANSWERS
        text = "" if quiet else answer_text(item.opened.body, reply, card.language, self._minor_digits)
        return CardAnswer(card.msisdn, ResponseStatus.OK, text, reply=reply, about=f"{card.iccid}/{item.reference}")

    def _words_for(self, turned: Turned) -> str:
        """Only a proved sender is told anything, and only what helps him on."""
        if turned.card is None:
            return ""
        language, kind = turned.card.language, turned.event.kind
        if kind is EventKind.COUNTER_OLD:
            return late_text(language)
        code = {EventKind.BAD_BODY: RefusalCode.BAD_REQUEST, EventKind.TOO_MANY: RefusalCode.BUSY}.get(kind)
        return explain(Refusal(code), language, self._minor_digits) if code else ""


def _show(batch: _Batch, taken: Taken) -> None:
    """What a batch before this one did to its cards and has not written down."""
    cards = {card.iccid: card for card in batch.sights.cards.values()}
    for (iccid, key_version, counter), reference in taken.used.items():
        if iccid in cards:
            key = (iccid, key_version)
            batch.sights.windows[key] = batch.sights.windows.get(key, CounterWindow()).taken(counter)
            batch.used_before.setdefault((iccid, key_version, counter), reference)
    for iccid in taken.blocks.keys() & cards.keys():
        _blocked(batch, cards[iccid], taken.blocks[iccid])


def _blocked(batch: _Batch, card: Card, reason: str) -> None:
    batch.sights.cards[card.msisdn] = replace(card, state=CardState.BLOCKED, reason=reason)


def _use(batch: _Batch, opened: Opened, reference: str) -> None:
    """Let the batch's later messages see this one's counter as taken, though it is not committed yet."""
    key = opened.window
    batch.sights.windows[key] = batch.sights.windows.get(key, CounterWindow()).taken(opened.counter)
    batch.used.setdefault((*key, opened.counter), reference)


def _cloned(batch: _Batch, opened: Opened) -> Turned:
    """Report a clone; what comes after it in the same batch finds the card blocked."""
    card, why = opened.card, f"counter {opened.counter} under another nonce"
    batch.happened.blocks[card.iccid] = BLOCKED_AS_CLONED
    _blocked(batch, card, BLOCKED_AS_CLONED)
    return Turned(opened.event(EventKind.CLONED, ResponseStatus.BLOCKED, why))


def _note_rest(happened: Happened, item: _Asked | Turned) -> None:
    """What is to be written down of one message that was not asked for with others."""
    if isinstance(item, Turned):
        happened.events.append(item.event)
    elif not item.written:
        happened.note(item.opened, item.reference, item.reply)
