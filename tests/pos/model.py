"""Terminals, a network that loses, doubles, delays and reorders, processes that die, and a carrier that goes silent: one run from one seed.

Time is virtual; the channel and the engine are the real ones. What a terminal believes at the end must be what the books say.
"""

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from random import Random
from typing import Any

from pos.codec.frame import parse
from pos.codec.message import Message, decode
from pos.counter import is_reversal
from pos.fields.totals import Totals, write_totals
from pos.judge import Opened
from pos.verdict import Step, Waiting
from recharge import OrderState, Reply, Request
from recharge.domain.outcomes import AttemptAction, OutcomeState
from tests.pos.stand import Hand, Stand

ANSWER, TERMINAL_WAITS = timedelta(seconds=20), timedelta(seconds=30)
TRIES = 3
DONE, NEVER, UNDONE, UNKNOWN, ASKED = "done", "never", "undone", "unknown", "asked"
_UNDECIDED = frozenset({"98", "96", "A6", ""})
_FAR = timedelta(days=2)


class Killed(BaseException):
    """The process dies at this instant."""


class Breach(AssertionError):
    """A promise was broken."""


class MortalEngine:
    """The engine as a process that may die sees it: before anything was carried out, or after the commit and before the answer."""

    def __init__(self, stand: Stand, chance: Random) -> None:
        self._engine, self._chance, self.calm = stand.engine, chance, False

    def take_many(self, requests: Sequence[Request]) -> list[Reply]:
        if not requests:
            return []
        self._maybe_die()
        replies = self._engine.take_many(requests)
        self._maybe_die()
        return replies

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    def _maybe_die(self) -> None:
        if not self.calm and self._chance.random() < 0.02:
            raise Killed


@dataclass
class Sale:
    """One sale as its terminal sees it."""

    message: Message
    belief: str = ASKED
    tries: int = 0
    cancel: Message | None = None
    cancelled: bool = False
    doubtful_cancel: bool = False


@dataclass
class Waits:
    """A message that waits in a process for its order."""

    waiting: Waiting
    until: datetime
    reply: Callable[[bytes], None]


class Process:
    """One process of the channel."""

    def __init__(self, model: "Model") -> None:
        self._model, self.alive = model, True
        self.begin()

    def begin(self) -> None:
        self.alive, self.waits = True, list[Waits]()
        self._stand = self._model.stand
        self._stand.engine = self._model.engine  # type: ignore[assignment]
        self._stand.process()
        self.parts = (self._stand.counter, self._stand.reversals, self._stand.answers)
        self._stand.engine = self._model.engine._engine

    def die(self) -> None:
        self.alive, self.waits = False, []
        self._model.after(self._model.chance.uniform(0.5, 40), self.begin)

    def deliver(self, frame: bytes, reply: Callable[[bytes], None]) -> None:
        """A frame arrives; nothing comes back if the process is dead or dies."""
        if not self.alive:
            return
        counter, _, _ = self.parts
        [judged] = self._stand.judged(frame)
        if not isinstance(judged, Opened):
            raise Breach(f"turned away: {judged}")
        try:
            self._go_on(judged, counter.take([judged])[0], self._model.now() + ANSWER, reply)
        except Killed:
            self.die()

    def _go_on(self, opened: Opened, step: Step, until: datetime, reply: Callable[[bytes], None]) -> None:
        counter, _, answers = self.parts
        if isinstance(step, Waiting):
            left = (until - self._model.now()).total_seconds()
            if left > 0:
                waits = Waits(step, until, reply)
                self.waits.append(waits)
                self._model.after(left, lambda: self._time_over(waits))
                self._model.after(0.05, self.look)
                return
            step = counter.give_up(step)
        reply(answers.write(opened, step))

    def _time_over(self, waits: Waits) -> None:
        if self.alive and any(item is waits for item in self.waits):
            self.waits = [item for item in self.waits if item is not waits]
            self._go_on(waits.waiting.opened, waits.waiting, waits.until, waits.reply)

    def look(self) -> None:
        """Go on with those whose orders have ended."""
        if not self.alive or not self.waits:
            return
        ended = self._model.stand.engine.orders([item.waiting.order_number for item in self.waits], ended=True)
        ready = [item for item in self.waits if item.waiting.order_number in ended]
        self.waits = [item for item in self.waits if item.waiting.order_number not in ended]
        for item in ready:
            self._conclude(item, ended)

    def _conclude(self, item: Waits, ended: dict[str, Any]) -> None:
        counter, step = self.parts[0], item.waiting
        try:
            after = counter.resume([step], ended)[0] if is_reversal(step.opened) else counter.conclude(step, ended[step.order_number])
            self._go_on(step.opened, after, item.until, item.reply)
        except Killed:
            self.die()

    def work(self) -> None:
        """The round of upkeep."""
        if self.alive:
            try:
                self.parts[1].work(timedelta(seconds=5))
            except Killed:
                self.die()


@dataclass
class Shop:
    """A terminal that sells one after the other."""

    model: "Model"
    hand: Hand
    reverses: bool
    left: int
    sales: list[Sale] = field(default_factory=list)

    def sell(self) -> None:
        """The next sale."""
        if not self.left:
            return
        self.left -= 1
        number = f"138{next(self.model.numbers):08d}"
        sale = Sale(self.hand.sale(self.model.chance.choice((1000, 3000, 5000)), number))
        self.sales.append(sale)
        self._ask(sale.message, lambda code: self._sold(sale, code))

    def _ask(self, message: Message, hear: Callable[[str], None]) -> None:
        """Send and wait; `hear` gets the code once, "" when nothing came in time."""
        heard: list[str] = []

        def take(code: str) -> None:
            if not heard:
                heard.append(code)
                hear(code)

        self.model.send(self.hand.frame(message), message, take)
        self.model.after(TERMINAL_WAITS.total_seconds(), lambda: take(""))

    def _sold(self, sale: Sale, code: str) -> None:
        if code == "00":
            self._end(sale, DONE)
        elif code not in _UNDECIDED:
            self._end(sale, NEVER)
        else:
            self._follow_up(sale)

    def _follow_up(self, sale: Sale) -> None:
        if sale.tries >= TRIES:
            self._end(sale, UNKNOWN)
            return
        sale.tries += 1
        if self.reverses:
            self._ask(self.hand.about(sale.message, "0400"), lambda code: self._reversed(sale, code))
        else:
            self._ask(self.hand.about(sale.message, "0220"), lambda code: self._sold(sale, code))

    def _reversed(self, sale: Sale, code: str) -> None:
        ends = {"00": UNDONE, "25": NEVER, "12": NEVER, "22": DONE}
        if code in ends:
            self._end(sale, ends[code])
        else:
            self._follow_up(sale)

    def _end(self, sale: Sale, belief: str) -> None:
        sale.belief = belief
        chance = self.model.chance
        if belief == DONE and sale.cancel is None and chance.random() < 0.2:
            sale.cancel = self.hand.cancel(sale.message)
            self._ask(sale.cancel, lambda code: self._cancelled(sale, code, 0))
            return
        self.model.after(chance.uniform(1, 20), self.sell)

    def _cancelled(self, sale: Sale, code: str, tries: int) -> None:
        assert sale.cancel is not None
        if code in _UNDECIDED and tries < TRIES:
            self._ask(self.hand.about(sale.cancel, "0220"), lambda again: self._cancelled(sale, again, tries + 1))
            return
        sale.cancelled, sale.doubtful_cancel = code == "00", code in _UNDECIDED
        self.model.after(self.model.chance.uniform(1, 20), self.sell)


class Model:
    """The run."""

    def __init__(self, stand: Stand, seed: int, sales: int = 12) -> None:
        self.stand, self.seed, self.chance = stand, seed, Random(seed)
        self.world, self.numbers = stand.world, count(1_000_000 + seed * 10_000)
        self.calm = False
        self._events: list[tuple[datetime, int, Callable[[], None]]] = []
        self._order = count()
        self._open: set[str] = set()
        self.shops = self._open_shops(sales)
        self.engine = MortalEngine(stand, self.chance)
        self.processes = [Process(self), Process(self)]

    def _open_shops(self, sales: int) -> list[Shop]:
        shops = []
        for place, reverses in enumerate((False, True, False)):
            number = f"KM{place:06d}"
            self.stand.register(number, "800000000000001", "A", policy="reversal" if reverses else "confirm")
            hand = Hand(number)
            frame = hand.frame(hand.sign_in_message(), mac=False)
            hand.take_keys(self.stand.answer(*self.stand.steps(frame)[0]))
            shops.append(Shop(self, hand, reverses, sales // 3))
        return shops

    def now(self) -> datetime:
        return self.world.clock.moment

    def after(self, seconds: float, work: Callable[[], None]) -> None:
        heapq.heappush(self._events, (self.now() + timedelta(seconds=seconds), next(self._order), work))

    def run(self) -> None:
        """Business with everything going wrong, then calm until all has ended; then the promises are looked at."""
        for shop in self.shops:
            self.after(self.chance.uniform(0, 5), shop.sell)
        for process in self.processes:
            self._every(lambda: 5.0, process.work)
        # Half an hour of calm has little to look at.
        self._every(lambda: 10.0 if self.calm else 0.5, self._carrier_looks)
        end = self.now() + _FAR
        self._pass(lambda: not self.calm and all(not shop.left and shop.sales and shop.sales[-1].belief != ASKED for shop in self.shops))
        self.calm = self.engine.calm = True
        quiet = self.now() + timedelta(minutes=30)
        self._pass(lambda: self.now() > quiet and not self._unended())
        assert self.now() < end
        self.check()

    def _every(self, seconds: Callable[[], float], work: Callable[[], None]) -> None:
        def again() -> None:
            work()
            self.after(seconds(), again)

        self.after(seconds(), again)

    def _pass(self, enough: Callable[[], bool]) -> None:
        while not enough():
            moment, _, work = heapq.heappop(self._events)
            self.world.clock.moment = max(self.now(), moment)
            work()

    def send(self, frame: bytes, message: Message, hear: Callable[[str], None]) -> None:
        """Over the network: lost, doubled, delayed, each way by itself."""
        for _ in range(1 if self.calm or self.chance.random() > 0.15 else 2):
            if self.calm or self.chance.random() > 0.12:
                self.after(self._delay(), lambda: self.chance.choice(self.processes).deliver(frame, lambda told: self._back(told, hear)))

    def _back(self, told: bytes, hear: Callable[[str], None]) -> None:
        code = decode(parse(told[2:]).body).text(39)
        if self.calm or self.chance.random() > 0.12:
            self.after(self._delay(), lambda: hear(code))

    def _delay(self) -> float:
        return self.chance.uniform(0.01, 0.3) if self.calm or self.chance.random() > 0.15 else self.chance.choice((5.0, 31.0, 70.0, 200.0))

    def _unended(self) -> list[Any]:
        return self.world.rows(
            "SELECT id FROM orders WHERE kind = 'recharge' AND state NOT IN ('succeeded', 'failed', 'reversed')"
        ) + self.world.rows("SELECT reference FROM pos_reversal WHERE state = 'asked'")

    def _carrier_looks(self) -> None:
        """What is open goes to the carrier; its answer comes soon, late, or very late."""
        text = "SELECT id, state FROM orders WHERE kind = 'recharge' AND state IN ('held', 'reversing') ORDER BY id"
        for order_id, state in self.world.rows(text):
            key = f"{order_id}{state}"
            if key in self._open:
                continue
            self._open.add(key)
            order = self.stand.engine.orders([str(order_id)])[str(order_id)]
            action = AttemptAction.REVERSE if state == "reversing" else AttemptAction.SUBMIT
            attempt = self.world.send(Reply(order=order), action)
            said = OutcomeState.SUCCESS if self.chance.random() < 0.8 else OutcomeState.FAILED
            late = not self.calm and self.chance.random() < 0.25
            if late:
                self.world.hear(attempt, OutcomeState.UNKNOWN)
            self.after(self.chance.choice((25.0, 60.0, 300.0)) if late else self.chance.uniform(0.05, 3), self._answers(key, attempt, said))

    def _answers(self, key: str, attempt: int, said: OutcomeState) -> Callable[[], None]:
        def answer() -> None:
            self.world.hear(attempt, said, serial_number=f"SN{attempt}" if said is OutcomeState.SUCCESS else "")
            self._open.discard(key)
            for process in self.processes:
                process.look()

        return answer

    def check(self) -> None:
        """What every terminal believes, the books, and the money."""
        credited = self._credits()
        for shop in self.shops:
            for sale in shop.sales:
                self._check_sale(shop, sale, credited.get(sale.message.text(3) and self._number(sale), []))
        kept = sum(len(orders) for orders in credited.values())
        prices = [row[0] for row in self.world.rows("SELECT price_minor FROM orders WHERE kind = 'recharge' AND state = 'succeeded'")]
        if len(prices) != kept or self.world.balance("A") != self._deposit() - sum(prices):
            raise Breach("money was made or lost")
        for shop in self.shops:
            self._check_settlement(shop)

    def _check_sale(self, shop: Shop, sale: Sale, credits_: list[str]) -> None:
        if len(credits_) > 1:
            raise Breach(f"seed {self.seed}: {len(credits_)} credits for one key")
        stands = bool(credits_)
        believed = {DONE: not sale.cancelled, NEVER: False, UNDONE: False}.get(sale.belief)
        if believed is not None and not sale.doubtful_cancel and believed is not stands:
            raise Breach(f"seed {self.seed}: {shop.hand.number} {sale.message.text(11)} believes {sale.belief}, credited: {stands}")

    def _check_settlement(self, shop: Shop) -> None:
        """Where a terminal is in no doubt about anything, its totals are the host's."""
        if any(sale.belief == UNKNOWN or sale.doubtful_cancel for sale in shop.sales):
            return
        done = [int(sale.message.text(4)) for sale in shop.sales if sale.belief == DONE]
        cancelled = [int(sale.message.text(4)) for sale in shop.sales if sale.cancelled]
        totals = Totals(sum(done), len(done), sum(cancelled), len(cancelled))
        told = write_totals(totals, 0)[:-1] + "0"  # type: ignore[arg-type]
        message = shop.hand.message("0500", {11: f"{next(shop.hand.traces):06d}", 48: told, 49: "156", 63: b"01 "}, network="201")
        answer = self.stand.answer(*self.stand.steps(shop.hand.frame(message))[0])
        if answer.text(48)[30] != "1":
            raise Breach(f"seed {self.seed}: {shop.hand.number} counted {totals}, the host {answer.text(48)}")

    def _credits(self) -> dict[str, list[str]]:
        """Orders that stand in the end, by the customer's number, which every sale has for itself."""
        found: dict[str, list[str]] = {}
        text = "SELECT number, id FROM orders WHERE kind = 'recharge' AND state = ?"
        for number, order_id in self.world.rows(text, OrderState.SUCCEEDED.value):
            found.setdefault(number, []).append(str(order_id))
        return found

    def _number(self, sale: Sale) -> str:
        return self.stand.elements(sale.message)["01"]  # type: ignore[index]

    def _deposit(self) -> int:
        return int(self.world.one("SELECT SUM(face_minor) FROM orders WHERE kind = 'deposit'"))
