"""Messages that move money, and those that ask about them: what the engine is asked, and what its reply comes to (docs/pos.md)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from pos.codes import Code, code_of, code_of_sale, words, words_of_refusal, words_of_sale
from pos.fields.batch import reference_of
from pos.fields.elements import Tag
from pos.judge import Opened
from pos.kinds import CANCEL, Kind
from pos.profiles import TimeoutPolicy
from pos.reversals import ASKED, DONE, Reversals, TakingBack, origin_of
from pos.rrn import order_of
from pos.verdict import Step, Verdict, Waiting
from recharge import (
    Balance,
    BillPayment,
    Credential,
    Engine,
    Operation,
    OrderEnquiry,
    OrderState,
    OrderView,
    Recharge,
    Refusal,
    RefusalCode,
    Reply,
    Request,
    Reverse,
    ServicePassword,
    SignedIn,
    Void,
)

_AIRTIME, _BILL = ("", "00"), "02"
_ANY_CARRIER = ("", "00")
_MOST_MARK = 9999
CARRIERS = {"CM": "CMCC", "CU": "CUCC", "CT": "CTCC"}


@dataclass(frozen=True, slots=True)
class CounterRules:
    """A deployment's own: the language of what is printed, the currency (ISO 4217, three digits) and its decimals, carriers' codes."""

    language: str = "zh_CN"
    minor_digits: int = 2
    currency: str = "156"
    carriers: Mapping[str, str] = field(default_factory=lambda: dict(CARRIERS))


class Counter:
    """Carries out messages in groups, one transaction of the engine for all that came together. May be called from several threads."""

    def __init__(self, engine: Engine, reversals: Reversals, rules: CounterRules) -> None:
        self._engine, self._reversals, self._rules = engine, reversals, rules
        self._first: dict[Kind, Callable[[Opened], Request | Verdict]] = {
            Kind.RECHARGE: self._sale,
            Kind.CANCEL: self._cancel,
            Kind.CONFIRM: _use_up,
            Kind.REVERSAL: _use_up,
            Kind.BALANCE: self._balance,
        }
        self._after: dict[Kind, Callable[[Opened, Reply], Step]] = {
            Kind.RECHARGE: self._sold,
            Kind.CANCEL: self._cancelled,
            Kind.CONFIRM: self._confirmed,
            Kind.REVERSAL: self._undone,
            Kind.BALANCE: self._told,
        }

    def take(self, items: Sequence[Opened]) -> list[Step]:
        """What each comes to: an answer, or an order to wait for."""
        first = [self._first[item.kind](item) for item in items]
        # What is refused here uses its reference up all the same: a copy that comes late must not be judged anew and sold.
        requests = [each if isinstance(each, Request) else _use_up(item) for item, each in zip(items, first, strict=True)]
        replies = self._engine.take_many(requests)
        steps = [self._step(item, each, reply) for item, each, reply in zip(items, first, replies, strict=True)]
        again = [
            index
            for index, (item, reply) in enumerate(zip(items, replies, strict=True))
            if item.kind is Kind.RECHARGE and reply.repeated and reply.order is not None
        ]
        return self._take_back(items, self._without_those_taken_back(items, steps, again))

    def _step(self, opened: Opened, first: Request | Verdict, reply: Reply) -> Step:
        nothing_came_before = reply.refusal is None and reply.order is None
        return first if isinstance(first, Verdict) and nothing_came_before else self._after[opened.kind](opened, reply)

    def resume(self, waiting: Sequence[Waiting], orders: Mapping[str, OrderView]) -> list[Step]:
        """What reversals come to now that their orders have ended: taken back, or still to be."""
        return self._take_back([item.opened for item in waiting], waiting, orders)

    def conclude(self, waiting: Waiting, order: OrderView) -> Step:
        """The answer of anything but a reversal, whose order has ended. Asks nobody."""
        return self._outcome(waiting, order)

    def give_up(self, waiting: Waiting) -> Verdict:
        """The answer of a message whose order has not ended by the time a terminal must be answered."""
        opened = waiting.opened
        code = _open_code(opened)
        order = None if is_reversal(opened) else self._engine.orders([waiting.order_number]).get(waiting.order_number)
        return self._says(code, order, waiting.balance_minor)

    def _sale(self, opened: Opened) -> Request | Verdict:
        elements = opened.elements
        product, number = elements.get(Tag.PRODUCT, ""), elements.get(Tag.NUMBER, "")
        if product not in (*_AIRTIME, _BILL):
            return self._says(Code.NOT_OFFERED)
        if not self._is_of_carrier(number, elements.get(Tag.CARRIER, "")):
            return self._says(Code.NUMBER)
        mark = elements.get(Tag.MARK, "") or "0"
        if not (mark.isascii() and mark.isdigit() and int(mark) <= _MOST_MARK):
            return self._says(Code.FORMAT)
        sell = BillPayment if product == _BILL else Recharge
        return _request(opened, sell(number, opened.amount_minor, repeat_mark=int(mark)), _password(opened))

    def _is_of_carrier(self, number: str, told: str) -> bool:
        """Whether a number is the carrier's that the operator chose; where he chose none, it is."""
        if told in _ANY_CARRIER:
            return True
        try:
            return self._engine.recognise(number).carrier_code == self._rules.carriers.get(told)
        except Refusal:
            return False

    def _cancel(self, opened: Opened) -> Request | Verdict:
        order = self._original(opened)
        if order is None:
            return self._says(Code.NOT_FOUND)
        if not _same(opened, order):
            return self._says(Code.NOT_ORIGINAL)
        return _request(opened, Reverse(order.order_number), _password(opened))

    def _original(self, opened: Opened) -> OrderView | None:
        """The sale that a cancel speaks of: this terminal's by batch and trace, else one of the same point's by F37."""
        original = opened.original
        assert original is not None
        origin = origin_of(opened.terminal.number, reference_of(original.batch, original.trace))
        order = self._engine.tell(origin).order
        number = order_of(opened.message.text(37)) if order is None else ""
        if not number:
            return order
        asked = Request(origin_of(opened.terminal.number, ""), SignedIn(), OrderEnquiry(number))
        return self._engine.take(asked).order

    @staticmethod
    def _balance(opened: Opened) -> Request:
        return Request(origin_of(opened.terminal.number, ""), _password(opened), Balance())

    def _sold(self, opened: Opened, reply: Reply) -> Step:
        return self._refused(reply.refusal) if reply.refusal else self._standing(opened, reply)

    def _standing(self, opened: Opened, reply: Reply) -> Step:
        order = reply.order
        if order is None:
            return self._says(Code.USED_UP)
        waiting = Waiting(opened, order.order_number, reply.balance_minor)
        return self._outcome(waiting, order) if order.ended else waiting

    def _confirmed(self, opened: Opened, reply: Reply) -> Step:
        if reply.refusal is not None:
            return self._refused(reply.refusal)
        if reply.order is None:
            return self._says(Code.NOT_FOUND)
        return self._standing(opened, reply) if _same(opened, reply.order) else self._says(Code.NOT_ORIGINAL)

    _cancelled = _confirmed

    def _undone(self, opened: Opened, reply: Reply) -> Step:
        """A reversal: nothing came (and never will), nothing was done, or an order to take back."""
        if reply.refusal is not None:
            return self._says(Code.OK) if reply.repeated else self._refused(reply.refusal)
        if reply.order is None:
            return self._says(Code.NOT_FOUND)
        if not _same(opened, reply.order):
            return self._says(Code.NOT_ORIGINAL)
        if opened.message.text(3) == CANCEL:
            return self._standing(opened, reply)
        return Waiting(opened, reply.order.order_number)

    def _told(self, _: Opened, reply: Reply) -> Verdict:
        if reply.refusal is not None:
            return self._refused(reply.refusal, Code.SYSTEM)
        return Verdict(Code.OK, balance_minor=reply.balance_minor, fields={54: _amounts(reply.balance_minor or 0, self._rules.currency)})

    def _outcome(self, waiting: Waiting, order: OrderView) -> Step:
        """The answer for an order that has ended."""
        if not order.ended:
            return waiting
        opened = waiting.opened
        if opened.message.text(3) != CANCEL:
            code = code_of_sale(order, _open_code(opened))
        elif opened.kind is Kind.REVERSAL:
            # A cancel that was done stays done; one that the carrier refused is as if it had never been.
            code = Code.NOT_REVERSIBLE if order.state is OrderState.REVERSED else Code.OK
        else:
            code = Code.OK if order.state is OrderState.REVERSED else Code.NOT_REVERSIBLE
        balance = waiting.balance_minor if order.state is OrderState.SUCCEEDED else None
        return self._says(code, order, balance)

    def _without_those_taken_back(self, items: Sequence[Opened], steps: Sequence[Step], again: Sequence[int]) -> list[Step]:
        """A sale that comes again after it was asked to be taken back is used up, however far that has come."""
        keys = {index: (items[index].terminal.number, items[index].reference) for index in again}
        taken_back = self._reversals.asked(list(keys.values()))
        return [self._says(Code.USED_UP) if keys.get(index) in taken_back else step for index, step in enumerate(steps)]

    def _take_back(self, items: Sequence[Opened], steps: Sequence[Step], orders: Mapping[str, OrderView] | None = None) -> list[Step]:
        """Go on with those that are to be taken back: asked for in writing first, then done as far as it can be done now."""
        chosen = {
            index: TakingBack(item.terminal.number, item.reference, step.order_number)
            for index, (item, step) in enumerate(zip(items, steps, strict=True))
            if is_reversal(item) and isinstance(step, Waiting)
        }
        wanted = list(chosen.values())
        if orders is None:
            self._reversals.ask(wanted)
        known = orders if orders is not None else self._engine.orders([item.order_number for item in wanted]) if wanted else {}
        states = dict(zip(chosen, self._reversals.drive(wanted, known), strict=True))
        return [self._taken_back(step, states[index]) if index in states else step for index, step in enumerate(steps)]

    def _taken_back(self, step: Step, state: str) -> Step:
        if state == ASKED:
            return step
        return self._says(Code.OK if state == DONE else Code.NOT_REVERSIBLE)

    def _refused(self, refusal: Refusal, busy: Code = Code.UNDECIDED) -> Verdict:
        if refusal.code is RefusalCode.BUSY:
            return self._says(busy)
        return Verdict(code_of(refusal), text=words_of_refusal(refusal, self._rules.language, self._rules.minor_digits))

    def _says(self, code: Code, order: OrderView | None = None, balance_minor: int | None = None) -> Verdict:
        text = words(code, self._rules.language) if order is None else words_of_sale(order, code, self._rules.language)
        return Verdict(code, order, balance_minor, text)


def is_reversal(opened: Opened) -> bool:
    """Whether a message takes a sale back (and not a cancel)."""
    return opened.kind is Kind.REVERSAL and opened.message.text(3) != CANCEL


def _open_code(opened: Opened) -> Code:
    """The answer while nobody knows the outcome: never one that makes an operator sell again."""
    if opened.kind is Kind.REVERSAL:
        return Code.UNDECIDED
    hands_over = opened.kind is Kind.CONFIRM or opened.terminal.policy is TimeoutPolicy.CONFIRM
    return Code.IN_HAND if hands_over else Code.UNDECIDED


def _same(opened: Opened, order: OrderView) -> bool:
    """Whether amount and number, where they are told, are those of the order."""
    number = opened.elements.get(Tag.NUMBER, "")
    return opened.amount_minor == order.face_minor and (not number or number.endswith(order.number))


def _password(opened: Opened) -> Credential:
    return SignedIn() if opened.pin is None else ServicePassword(opened.pin)


def _request(opened: Opened, operation: Operation, credential: Credential) -> Request:
    return Request(origin_of(opened.terminal.number, opened.reference), credential, operation)


def _use_up(opened: Opened) -> Request:
    return _request(opened, Void(), SignedIn())


def _amounts(balance_minor: int, currency: str) -> bytes:
    """F54: one amount, of the kind "available"."""
    return f"0002{currency}{'C' if balance_minor >= 0 else 'D'}{abs(balance_minor):012d}".encode("ascii")
