"""One chip: what may go through it now, its orders one after another, and whatever its operator says at any time."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.exc import DBAPIError

from gsm.modem import ussd
from gsm.modem.channel import Event, ModemError
from gsm.modem.sim_store import Stored
from gsm.modem.slot import Slot, Talk
from gsm.modem.startup import Identity
from recharge.books.chip_statements import (
    AWAY,
    BY_ENGINE,
    HELD,
    NO_RULE,
    PAUSED,
    QUARANTINED,
    STOCK_GAP,
    ChipBook,
    ChipOrder,
    ChipText,
)
from recharge.books.database import DatabaseBusy
from recharge.domain.orders import OrderKind
from recharge.domain.outcomes import Outcome, OutcomeState
from recharge.domain.reply_rules import Meaning, ReplyRule, Scope
from recharge.domain.routing import Reason
from recharge.suppliers.chip_modem import history
from recharge.suppliers.chip_modem.arrivals import Arrivals, Source, Word, stock_of, told_by
from recharge.suppliers.chip_modem.dialects import dialect_of
from recharge.suppliers.chip_modem.exchange import Exchange
from recharge.suppliers.chip_modem.outcomes import outcome_of
from recharge.suppliers.chip_modem.settings import ChipSettings, Pins
from recharge.suppliers.chip_modem.standing import Standing
from recharge.suppliers.chip_modem.stockroom import Stockroom
from recharge.suppliers.contract import AttemptOrder, CannotTell, LinkParts, Stock, Told
from recharge.suppliers.replies import ReplyReader

DAY = timedelta(days=1)
# Seconds; a third of the dispatcher's shortest lease: later somebody else may have concluded that this order was never sent.
LATEST_START = 14.0
_LOOK_EVERY = timedelta(seconds=5)
_SOONER = timedelta(minutes=5)
# Refusals that are about the order, not about the chip.
_OF_THE_ORDER = frozenset({"stk_no_such_item"})


class Chip:
    """See the module. All but `objection` is called from the slot's thread, or before there is one."""

    def __init__(self, parts: LinkParts, settings: ChipSettings, pins: Pins, book: ChipBook) -> None:
        assert parts.desk is not None
        self.settings, self._pins, self._book, self._clock = settings, pins, book, parts.clock
        self.iccid, self.link_code = settings.iccid, parts.code
        self._reader: ReplyReader = parts.replies
        self._desk_tell = parts.desk.tell
        row = book.make_chip(self.iccid, self.link_code, self._now())
        book.recover(self.iccid)
        self._standing = Standing(book, row, settings, parts.clock)
        self.stock = Stockroom(book, self.iccid, row.told, self._proved, self._gap)
        self._arrivals = Arrivals(
            Source(self.iccid, self.link_code), book, self._reader, self._clock, self.stock, self._tell, self._standing
        )
        self._dialect = dialect_of(settings)
        self._zone = ZoneInfo(settings.zone)
        self._lock = threading.Lock()
        self._sent: list[tuple[datetime, str]] = []
        self._open_numbers: set[str] = set()
        self._exchange: Exchange | None = None
        self._current: int | None = None
        self._owed = False
        self._looked_at = self._now()
        self._rules: tuple[ReplyRule, ...] = ()
        self.jobs = 0
        self.slot: Slot | None = None
        self._count_orders()

    # Whether an order may come.

    def objection(self, number: str, face_minor: int, now: datetime) -> Reason | None:
        """Why no order to this number can go through now; from any thread, out of memory."""
        return Reason.BUSY if self.jobs and self.slot is not None else self._hindrance(number, face_minor, now)

    def _hindrance(self, number: str, face_minor: int, now: datetime) -> Reason | None:
        slot = self.slot
        if slot is None or not slot.is_up or self._standing.state in {AWAY, HELD}:
            return Reason.NOT_RUNNING
        if self._standing.state == PAUSED:
            return Reason.PAUSED
        if self._standing.state == QUARANTINED or slot.crowded or slot.signal is None or not slot.signal.good:
            return Reason.HELD_BACK
        if face_minor % self.settings.unit_minor:
            return Reason.NO_ROUTE
        if not self.stock.covers(face_minor, self._charge(face_minor)):
            return Reason.NO_STOCK
        with self._lock:
            if number in self._open_numbers:
                return Reason.NUMBER_OPEN
            return self.settings.pace.objection(self._sent, number, now, f"{now.astimezone(self._zone):%H:%M}")

    # Orders.

    def submit(self, talk: Talk, order: AttemptOrder, latest: float) -> Outcome:
        """Carry one order out, unless it has waited until `latest` (of time.monotonic)."""
        try:
            refusal = "too_late" if time.monotonic() >= latest else self._against(talk, order)
            made = None if refusal else self._begun(order)
        except (DBAPIError, DatabaseBusy):
            refusal, made = "not_written_down", None
        if made is None:
            state = OutcomeState.UNKNOWN if refusal == "sent_before" else OutcomeState.NOT_SENT
            return Outcome(state, self._now(), code=refusal, text=refusal)
        exchange = self._exchange_of(order.number, order.face_minor)
        self._current, self._exchange = made.attempt_id, exchange
        try:
            outcome = self._dialect.carry(talk, exchange)
        finally:
            self._current = self._exchange = None
        self._owed = self._owed or (not exchange.answered and outcome.state is OutcomeState.UNKNOWN)
        if outcome.code == NO_RULE or (outcome is exchange.own and outcome.code not in _OF_THE_ORDER):
            self._standing.unheard(outcome)
        return self._settled(made, outcome)

    def _begun(self, order: AttemptOrder) -> ChipOrder:
        """Written down, before the first byte leaves. Raises DBAPIError or DatabaseBusy; then nothing leaves."""
        made = ChipOrder(int(order.reference), order.number, order.face_minor, self._charge(order.face_minor), "", self._now())
        self._book.begin(self.iccid, made)
        with self._lock:
            self._sent.append((made.sent_at, made.number))
            self._open_numbers.add(made.number)
        return made

    def _against(self, talk: Talk, order: AttemptOrder) -> str:
        """Why an order is not begun; "" when it may."""
        if order.kind is not OrderKind.RECHARGE:
            return "kind"
        if self._book.order(int(order.reference)) is not None:
            # Whoever sent it before is gone; it is not sent a second time, and nobody knows of the first.
            return "sent_before"
        try:
            self._drain(talk)
            if not talk.signal().good:
                return "no_signal"
        except ModemError as error:
            return type(error).__name__.lower()
        reason = self._hindrance(order.number, order.face_minor, self._now())
        # The order was claimed before: that the chip is to rest, or somebody else's order came first, is found here again.
        return reason.value if reason is not None else ""

    def _settled(self, made: ChipOrder, outcome: Outcome) -> Outcome:
        """Write down how it ended, unless a text has done so already."""
        now = self._now()
        standing = self._book.order(made.attempt_id)
        if standing is not None and not standing.is_open and outcome.state is not OutcomeState.SUCCESS:
            return outcome_of(standing, outcome.at)
        self._book.settle(made.attempt_id, outcome.state, now, outcome.code, outcome.serial_number, outcome.charged_minor)
        self._book.hand_on(made.attempt_id)
        self._count_orders()
        return replace(outcome, stock_after_minor=self.stock.value_minor)

    def query(self, talk: Talk, order: AttemptOrder) -> Outcome:
        """What became of an order: by the books of this chip, its operator's list, its stock."""
        known = self.known(order)
        if known is not None:
            return known
        self._drain(talk)
        if self.settings.last:
            said = self._ask_history(talk, order)
            if said is not None:
                return said
        elif self.settings.stock:
            self._ask_stock(talk)
        known = self.known(order)
        return known or Outcome(OutcomeState.UNKNOWN, self._now(), code="no_evidence")

    def known(self, order: AttemptOrder) -> Outcome | None:
        """What the books of this chip say of an order; None when they do not know. From any thread."""
        row = self._book.order(int(order.reference))
        if row is None:
            # It is written down before its first byte leaves.
            return Outcome(OutcomeState.NOT_FOUND, self._now(), code="never_begun")
        return None if row.is_open else outcome_of(row, self._now())

    def _ask_history(self, talk: Talk, order: AttemptOrder) -> Outcome | None:
        row = self._book.order(int(order.reference))
        if row is None:
            return None
        listed = self._listed(talk)
        if listed is None:
            return None
        self._standing.answered()
        found = history.search(listed, row, self.settings, lambda serial: self._book.proves(self.iccid, serial))
        if found is history.Found.ABSENT:
            if row.code == NO_RULE:
                # The operator has answered, in words nobody could read: it may still be carried out.
                return None
            return Outcome(OutcomeState.NOT_FOUND, self._now(), code="not_listed")
        if isinstance(found, history.Found):
            return None
        self._book.settle(row.attempt_id, OutcomeState.SUCCESS, self._now(), "listed", found.serial_number)
        self._book.hand_on(row.attempt_id)
        self._count_orders()
        return self.known(order)

    def _listed(self, talk: Talk) -> list[history.Entry] | None:
        """The operator's list of latest transactions; None where it did not tell one."""
        text = self._ask(talk, self.settings.last, lambda told: history.entries(told, self.settings, self._now()) is not None)
        return history.entries(text, self.settings, self._now()) if text else None

    # Stock.

    def tell_stock(self, talk: Talk) -> Stock:
        """The stock as the operator tells it now, checked. Raises CannotTell."""
        self._drain(talk)
        if not self.settings.stock or not self._ask_stock(talk):
            raise CannotTell("the operator did not tell the stock")
        return self.counted()

    def counted(self) -> Stock:
        """The stock as it is counted here. Raises CannotTell before it was ever told."""
        value, at = self.stock.value_minor, self.stock.told_at
        if value is None or at is None:
            raise CannotTell("the stock was never told")
        return Stock(value, 0, self._now())

    @property
    def stock_is_fresh(self) -> bool:
        """Whether the last telling is young enough; sooner asked again while it may prove an order that nobody knows the end of."""
        at = self.stock.told_at
        longest = timedelta(seconds=self.settings.stock_every_seconds)
        if self._open_numbers:
            longest = min(longest, _SOONER)
        return at is not None and self._now() - at < longest

    def _ask_stock(self, talk: Talk) -> bool:
        text = self._ask(talk, self.settings.stock, self._is_stock)
        reply = self._reader.read(text, self._scope("ussd", ""), self._now()) if text else None
        if reply is None:
            return False
        self._standing.answered()
        self.stock.take(stock_of(reply), self._now())
        return True

    def _is_stock(self, text: str) -> bool:
        reply = self._reader.read(text, self._scope("ussd", ""), self._now())
        return reply is not None and reply.meaning is Meaning.STOCK

    def _ask(self, talk: Talk, template: str, is_answer: Callable[[str], bool]) -> str | None:
        self._exchange = exchange = self._exchange_of("", 0)
        try:
            return self._dialect.ask(talk, template, exchange, is_answer)
        finally:
            self._exchange = None

    def _proved(self, attempt_id: int) -> None:
        """The stock lacks exactly what one order would have taken."""
        if self._book.settle(attempt_id, OutcomeState.SUCCESS, self._now(), STOCK_GAP):
            row = self._book.order(attempt_id)
            if row is not None and attempt_id != self._current:
                self._tell(attempt_id, outcome_of(row, self._now()))
        self._count_orders()

    def _gap(self, missing: int, _place: int) -> None:
        self._standing.set(PAUSED, f"stock_gap {missing}")

    # What the operator says.

    def keep(self, stored: Sequence[Stored]) -> None:
        """Messages from the card, in the order the network sent them."""
        for one in sorted(stored, key=lambda message: (message.sent_at or self._now(), message.index)):
            told = told_by(one, self._now())
            exchange = self._exchange
            word = exchange.take(told) if exchange is not None and told.part is None else self._take_text(told)
            if exchange is not None and word is not None:
                exchange.word = word
        self._count_orders()

    def heard(self, event: Event) -> None:
        """An unsolicited line while nothing is under way: a late answer."""
        said = ussd.read(event.line) if event.line.startswith("+CUSD:") else None
        if said is not None:
            self._owed = False
            if said.text:
                self._exchange_of("", 0).said(said.text)
                self._count_orders()

    def _take_text(self, told: ChipText) -> Word | None:
        return self._arrivals.take(told, self._current, owed=self._owed)

    def _drain(self, talk: Talk) -> None:
        """What came before this moment is of something earlier."""
        while (event := talk.event(0)) is not None:
            self.heard(event)

    # Coming and going.

    def pin(self) -> str | None:
        """The SIM's PIN, once; after a failure not before a person has looked."""
        row = self._book.chip(self.iccid)
        if not self._pins.sim or row is None or row.pin_tried:
            return None
        # Written down first: a process that dies now must not try again.
        self._book.change_chip(self.iccid, self._now(), pin_tried=True)
        return self._pins.sim

    def came_up(self, slot: Slot, identity: Identity) -> None:
        """The modem with this chip is ready."""
        row = self._book.chip(self.iccid)
        assert row is not None
        self._standing.came_up(row, slot.name, identity)
        self.slot = slot
        self._owed = False
        self._count_orders()
        self._hand_on_again()

    def went_down(self, why: str, *, given_up: bool) -> None:
        """The modem is not usable; nothing goes through it from this moment on."""
        self.slot = None
        self._standing.went_down(why, given_up=given_up)

    def idle(self) -> None:
        """Every few seconds: what a person or other evidence changed in the books, and the signal for people to see."""
        now = self._now()
        if now - self._looked_at < _LOOK_EVERY:
            return
        self._looked_at = now
        row = self._book.chip(self.iccid)
        if row is not None and self._standing.takes_over(row):
            self.stock.begin_anew(row.told)
        slot = self.slot
        if row is not None and slot is not None and slot.signal is not None and slot.signal.strength != row.strength:
            self._book.change_chip(self.iccid, now, strength=slot.signal.strength)
        self._take_over_ends()
        if self._reader.rules != self._rules:
            self._rules = self._reader.rules
            self._arrivals.read_again()
        self._count_orders()
        if slot is not None and self._standing.wants_to_ask():
            slot.run(self._clear_up)

    def _clear_up(self, talk: Talk) -> None:
        """A question while the chip is in quarantine: the stock, which may prove an order as well, else the latest transactions."""
        self._drain(talk)
        if self.settings.stock:
            self._ask_stock(talk)
        elif self._listed(talk) is not None:
            self._standing.answered()
        self._count_orders()

    def _take_over_ends(self) -> None:
        """Orders that ended by other evidence than this chip's."""
        open_orders = [order for order in self._book.orders(self.iccid, self._now()) if order.is_open]
        if not open_orders:
            return
        for attempt_id, state in self._book.ended_elsewhere([order.attempt_id for order in open_orders]).items():
            self._book.settle(attempt_id, state, self._now(), BY_ENGINE)
            self._book.hand_on(attempt_id)
        self._count_orders()

    def _hand_on_again(self) -> None:
        """Ends that were written down just before a process died."""
        for order in self._book.not_handed_on(self.iccid):
            self._tell(order.attempt_id, outcome_of(order, self._now()))

    def _tell(self, attempt_id: int, outcome: Outcome) -> None:
        kept = lambda: self._book.hand_on(attempt_id)  # noqa: E731  # read where it stands
        self._desk_tell(Told(self.link_code, str(attempt_id), outcome, kept))
        self._count_orders()

    def _count_orders(self) -> None:
        orders = self._book.orders(self.iccid, self._now() - DAY)
        with self._lock:
            self._sent = [(order.sent_at, order.number) for order in orders if order.sent_at > self._now() - DAY]
            self._open_numbers = {order.number for order in orders if order.is_open or order.is_unproved}
        self.stock.refresh()
        if self.slot is not None:
            self._standing.weigh(orders)

    def _exchange_of(self, number: str, face_minor: int) -> Exchange:
        values = {"number": number, "units": str(face_minor // self.settings.unit_minor), "pin": self._pins.service}
        return Exchange(values, self._take_text, self._now, self.settings.answer_seconds, number, self._owed)

    def _charge(self, face_minor: int) -> int:
        return face_minor * self.settings.charge_bp // 10_000

    def _scope(self, channel: str, sender: str) -> Scope:
        return Scope(self.link_code, channel, sender)

    def _now(self) -> datetime:
        return self._clock.now()
