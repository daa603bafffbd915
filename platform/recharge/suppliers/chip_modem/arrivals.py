"""Every text a chip's operator sends: kept first, then read by the rules, then given to the one order it speaks of, if it is only one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from gsm import pdu
from gsm.modem.sim_store import Stored, read_text
from recharge.books.chip_statements import NO_RULE, ChipBook, ChipOrder, ChipText
from recharge.clock import Clock
from recharge.domain.outcomes import FailureReason, Outcome, OutcomeState
from recharge.domain.reply_notation import Likeness, joined, likeness, part_of
from recharge.domain.reply_rules import Meaning, Reply, Scope
from recharge.suppliers.chip_modem.ledger import MONEY, Finding
from recharge.suppliers.chip_modem.standing import Standing
from recharge.suppliers.chip_modem.stockroom import Stockroom
from recharge.suppliers.contract import LONGEST_TEXT, masked_raw
from recharge.suppliers.replies import ReplyReader

PARTS_KEPT = timedelta(hours=24)
LATEST = timedelta(days=60)
_ENDS = frozenset({OutcomeState.SUCCESS, OutcomeState.FAILED, OutcomeState.ACCEPTED, OutcomeState.NOT_SENT})
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Word:
    """What a text says of the order under way: an outcome, or a question that wants an answer."""

    outcome: Outcome | None = None
    question: Reply | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """Which chip texts come from."""

    iccid: str
    link_code: str


class Arrivals:
    """See the module. `tell` hands an outcome to the dispatcher, of an order that nobody is waiting for any more.

    `standing` is told when the operator says how an order ended, and of what no order explains: a sale of somebody else's, or a stock
    that grew with a sale.
    """

    def __init__(
        self,
        source: Source,
        book: ChipBook,
        reader: ReplyReader,
        clock: Clock,
        stock: Stockroom,
        tell: Callable[[int, Outcome], None],
        standing: Standing,
    ) -> None:
        self._source, self._book, self._reader, self._clock = source, book, reader, clock
        self._stock, self._tell, self._standing = stock, tell, standing

    def take(self, told: ChipText, current: int | None = None, *, owed: bool = False) -> Word | None:
        """Keep a text and act on it; what it says of the attempt under way (`current`), None when it speaks of something else.

        `owed`: an earlier order's answer is still outstanding, so that a text without a number may be its.
        """
        text_id = self._book.keep_text(self._source.iccid, told)
        if text_id is None:
            return None
        whole = self._whole(told)
        return None if whole is None else self.read(text_id, told, whole, current, owed=owed)

    def read(self, text_id: int, told: ChipText, text: str, current: int | None, *, owed: bool = False) -> Word | None:
        """Read a text that is kept already."""
        scope = Scope(self._source.link_code, told.channel, told.sender)
        reply = self._reader.read(text, scope, told.received_at, current)
        if reply is None:
            # By USSD it is the answer to what was asked just now; a short message may be anything.
            if current is None or told.channel != "ussd":
                return None
            self._book.note_text(text_id, "", current)
            return Word(self._outcome(OutcomeState.UNKNOWN, text, "", None))
        if reply.meaning.state is None:
            self._book.note_text(text_id, reply.meaning.value, None)
            return self._without_order(reply, current)
        order = self._order_of(reply, current, owed=owed)
        self._book.note_text(text_id, reply.meaning.value, order.attempt_id if order else None)
        if order is None:
            return self._nobodys(reply, text, current, told.channel)
        return self._apply(order, reply, text, current)

    def read_again(self) -> None:
        """Read what no rule could read, by the rules of now: a person may have made one from it."""
        for row in self._book.unread_texts(self._source.iccid, self._clock.now() - LATEST):
            told = ChipText(row.channel, row.sender, row.text, "", row.received_at)
            reply = self._reader.peek(row.text, Scope(self._source.link_code, row.channel, row.sender), row.received_at)
            if reply is not None and not row.part and part_of(row.text) is None:
                self._apply_again(row.id, told, row.attempt_id)
                if self._book.is_placed(row.id):
                    self._book.settle_miss(self._source.link_code, row.text, self._clock.now(), reply.rule)

    def _apply_again(self, text_id: int, told: ChipText, attempt_id: int | None) -> None:
        word = self.read(text_id, told, told.text, attempt_id)
        if word is not None and word.outcome is not None and attempt_id is not None and word.outcome.code != NO_RULE:
            self._tell(attempt_id, word.outcome)

    def _without_order(self, reply: Reply, current: int | None) -> Word | None:
        if reply.meaning is Meaning.QUESTION and current is not None:
            return Word(question=reply)
        if reply.meaning in {Meaning.STOCK, Meaning.STOCK_IN}:
            stock = stock_of(reply)
            if stock:
                self._stock.take(stock, self._clock.now())
        return None

    def _order_of(self, reply: Reply, current: int | None, *, owed: bool) -> ChipOrder | None:
        """The one open order a reply fits; one that ended without the operator's word, or against it, only where no open one fits."""
        if reply.serial_number and self._book.proves(self._source.iccid, reply.serial_number) is not None:
            return None
        orders = self._book.orders(self._source.iccid, self._clock.now() - LATEST)
        fitting = [order for order in orders if _fits(reply, order)]
        still_open = [order for order in fitting if order.is_open]
        if not reply.number:
            # It names nobody: it can only be the answer to what was asked just now, if nothing else is unanswered.
            alone = len([order for order in orders if order.is_open]) == 1 and not owed
            return still_open[0] if alone and still_open and still_open[0].attempt_id == current else None
        unproved = [order for order in fitting if order.is_unproved]
        if still_open:
            # An earlier order that ended without the operator's word may be the one this text speaks of.
            return still_open[0] if len(still_open) == 1 and not unproved else None
        contradicted = [order for order in fitting if order.state != OutcomeState.SUCCESS.value and not order.is_unproved]
        ended = unproved or contradicted
        return ended[0] if reply.meaning is Meaning.SUCCESS and len(ended) == 1 else None

    def _nobodys(self, reply: Reply, text: str, current: int | None, channel: str) -> Word | None:
        known = bool(reply.serial_number) and self._book.proves(self._source.iccid, reply.serial_number) is not None
        if not known:
            _log.warning("reply_of_no_order", link=self._source.link_code, rule=reply.rule)
            if reply.meaning is Meaning.SUCCESS:
                self._standing.odd("sale_of_no_order")
        # An answer by USSD that names somebody else is not ours; one that names nobody leaves ours unknown.
        if current is not None and channel == "ussd" and not reply.number and not known:
            return Word(self._outcome(OutcomeState.UNKNOWN, text, reply.rule, None))
        return None

    def _apply(self, order: ChipOrder, reply: Reply, text: str, current: int | None) -> Word | None:
        state = reply.meaning.state
        assert state is not None
        state = state if state in _ENDS else OutcomeState.UNKNOWN
        now = self._clock.now()
        self._standing.heard()
        outcome = self._outcome(state, text, reply.rule, order, reply)
        if not order.is_open:
            # It ended without this word, or otherwise: then the dispatcher writes the contradiction down.
            if reply.serial_number and order.state == state.value and not self._book.prove(order.attempt_id, reply.serial_number):
                return None
            self._tell(order.attempt_id, outcome)
            return None
        if not self._book.settle(order.attempt_id, state, now, reply.rule, reply.serial_number, reply.charged_minor):
            return None
        stock = stock_of(reply)
        if stock and state is OutcomeState.SUCCESS:
            settled = self._book.order(order.attempt_id)
            if any(one.finding is Finding.RISE for one in self._stock.take(stock, now, settled)):
                self._standing.odd("stock_rise")
        self._stock.refresh()
        outcome = self._outcome(state, text, reply.rule, order, reply)
        if order.attempt_id == current:
            return Word(outcome)
        self._tell(order.attempt_id, outcome)
        return None

    def _outcome(self, state: OutcomeState, text: str, code: str, order: ChipOrder | None, reply: Reply | None = None) -> Outcome:
        number = order.number if order else ""
        shown = masked_raw(text, number, number.lstrip("0"), reply.number if reply else "")
        ended = state is OutcomeState.SUCCESS
        return Outcome(
            state,
            self._clock.now(),
            supplier_reference=reply.supplier_reference[:64] if reply else "",
            serial_number=reply.serial_number[:40] if reply else "",
            charged_minor=reply.charged_minor if reply and ended else None,
            stock_after_minor=self._stock.value_minor if ended else None,
            number=number if ended else "",
            amount_minor=order.face_minor if order and ended else None,
            code=code or NO_RULE,
            text=shown[:LONGEST_TEXT],
            raw=shown,
            reason=FailureReason.REJECTED if state is OutcomeState.FAILED else None,
        )

    def _whole(self, told: ChipText) -> str | None:
        """The whole text, put together from parts by their header or by the "1/2" they begin with; None until all have come."""
        if told.part is not None:
            reference, _, count = told.part
            since = told.received_at - PARTS_KEPT
            parts = self._book.parts(self._source.iccid, told.sender, reference, count, since)
            return "".join(parts[number] for number in sorted(parts)) if len(parts) == count else None
        written = part_of(told.text)
        if written is None:
            return told.text
        return self._written_parts(told, written)

    def _written_parts(self, told: ChipText, written: tuple[int, int, str]) -> str | None:
        number, count, text = written
        since = told.received_at - PARTS_KEPT
        found = {number: text}
        for row in self._book.unread_texts(self._source.iccid, since):
            other = part_of(row.text)
            if other and row.sender == told.sender[:32] and other[1] == count:
                # The newest of each number: two such texts may follow one another.
                found[other[0]] = other[2]
        found[number] = text
        return joined(found) if len(found) == count else None


def told_by(one: Stored, now: datetime) -> ChipText:
    """A message from the card as it is kept; what cannot be read is kept as it lies."""
    message = one.message
    if not isinstance(message, pdu.Deliver):
        return ChipText("sms", "", "", one.line, now)
    part = one.part
    place = (part.reference, part.number, part.count) if part else None
    return ChipText("sms", one.sender, read_text(message), one.line, now, place)


def stock_of(reply: Reply) -> Mapping[int, int]:
    """Stock by place, as a reply tells it; nothing where it tells none."""
    if reply.counts_minor:
        return reply.counts_minor
    return {} if reply.balance_minor is None else {MONEY: reply.balance_minor}


def _fits(reply: Reply, order: ChipOrder) -> bool:
    if reply.our_reference and reply.our_reference != str(order.attempt_id):
        return False
    if reply.amount_minor is not None and reply.amount_minor != order.face_minor:
        return False
    return not reply.number or likeness(reply.number, order.number) is not Likeness.OTHER
