"""Agent points that ask, lose the answer, ask again under the same reference, mark repeats, take back and give up early."""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from recharge.domain.errors import RefusalCode
from recharge.domain.replies import Reply
from recharge.domain.requests import (
    Channel,
    EndpointKind,
    Operation,
    Origin,
    Recharge,
    Request,
    Reverse,
    ServicePassword,
    SignedIn,
    Void,
)
from tests.proof.simulated.processes import Front
from tests.proof.simulated.timeline import Timeline
from tests.support.world import PASSWORD, World

NUMBERS = ("13800138000", "13800138001", "13800138002")
AMOUNTS = (1000, 3000, 5000, 5000, 5000, 10000)
MOST_TRIES = 5


@dataclass
class Asked:
    """One reference: what was asked under it, when first, and every answer that reached the agent."""

    point: str
    reference: str
    operation: Operation
    credential: ServicePassword | SignedIn
    replies: list[Reply] = field(default_factory=list)
    voided: bool = False
    on_answer: Callable[[Reply], None] | None = None

    @property
    def request(self) -> Request:
        """As it travels; the same each time."""
        origin = Origin(Channel.WEB, EndpointKind.WEB_LOGIN, World.login_of(self.point), self.reference)
        return Request(origin, self.credential, self.operation)


@dataclass
class Agents:
    """All agent points together."""

    timeline: Timeline
    chance: Random
    fronts: list[Front]
    breach: Callable[[str], None]
    calm: bool = False
    asked: dict[tuple[str, str], Asked] = field(default_factory=dict)
    marks: dict[tuple[str, str, int], int] = field(default_factory=dict)

    def plan(self, orders: int, within: float) -> None:
        """So many customers come in within so many seconds."""
        for _ in range(orders):
            self.timeline.after(self.chance.uniform(0, within), self._customer)

    def _customer(self) -> None:
        chance = self.chance
        point, number, amount = chance.choice(("A", "A", "B")), chance.choice(NUMBERS), chance.choice(AMOUNTS)
        key = (point, number, amount)
        marked = key in self.marks and chance.random() < 0.5
        mark = self.marks[key] + 1 if marked else self.marks.get(key, 0)
        self.marks[key] = mark
        password = PASSWORD if chance.random() < 0.98 else "111213"
        asked = self._new(point, Recharge(number, amount, repeat_mark=mark), ServicePassword(password))
        asked.on_answer = lambda reply: self._after_sale(asked, reply)
        if chance.random() < 0.05:
            self.timeline.after(chance.uniform(-2, 2) + 2, lambda: self._void(asked))
            self.timeline.after(2, lambda: self._send(asked, MOST_TRIES))
        else:
            self._send(asked, MOST_TRIES)
        if chance.random() < 0.04:
            self._other_body(asked)

    def _new(self, point: str, operation: Operation, credential: ServicePassword | SignedIn) -> Asked:
        asked = Asked(point, f"r{len(self.asked)}", operation, credential)
        self.asked[point, asked.reference] = asked
        return asked

    def _send(self, asked: Asked, tries: int) -> None:
        """Ask, perhaps doubled on the way or in the same instant; ask again under the same reference until an answer is heard."""
        chance, front = self.chance, self.chance.choice(self.fronts)
        lost = not self.calm and chance.random() < 0.1
        if front.alive and not lost:
            copies = 2 if chance.random() < 0.1 else 1
            front.ask([asked.request] * copies, lambda replies: self._hear(asked, replies))
        if not lost and chance.random() < 0.08:
            self.timeline.after(chance.uniform(0, 30), lambda: self._send(asked, 0))
        if tries > 0:
            self.timeline.after(chance.choice((2.0, 10.0, 60.0)), lambda: self._again(asked, tries - 1))

    def _again(self, asked: Asked, tries: int) -> None:
        if not asked.replies or self.chance.random() < 0.1:
            self._send(asked, tries)

    def _hear(self, asked: Asked, replies: list[Reply] | None) -> None:
        if replies is None or (not self.calm and self.chance.random() < 0.1):
            return
        reply = replies[0]
        self._compare(asked, reply)
        first = not asked.replies
        asked.replies.append(reply)
        if first and asked.on_answer is not None:
            asked.on_answer(reply)

    def _compare(self, asked: Asked, reply: Reply) -> None:
        """Every answer under one reference speaks of the same order, or is the same refusal."""
        if not asked.replies:
            return
        first = asked.replies[0]
        before, now = first.order and first.order.order_number, reply.order and reply.order.order_number
        refusals = (first.refusal and first.refusal.code, reply.refusal and reply.refusal.code)
        if before != now or refusals[0] != refusals[1]:
            self.breach(f"{asked.reference} was answered {before} {refusals[0]}, then {now} {refusals[1]}")

    def _void(self, asked: Asked) -> None:
        """The terminal's reversal: a tombstone if it overtakes its request, else told what became of it."""
        front = self.chance.choice(self.fronts)
        if not front.alive:
            return
        tombstone = Asked(asked.point, asked.reference, Void(), SignedIn())

        def hear(replies: list[Reply] | None) -> None:
            if replies is not None and replies[0].facts.get("tombstone"):
                asked.voided = True

        front.ask([tombstone.request], hear)

    def _other_body(self, asked: Asked) -> None:
        """Another body under a reference in use must be refused, whichever comes first."""
        operation = asked.operation
        assert isinstance(operation, Recharge)
        other = Asked(asked.point, asked.reference, Recharge(NUMBERS[0], (operation.amount_minor or 0) + 100), asked.credential)
        front = self.chance.choice(self.fronts)

        def hear(replies: list[Reply] | None) -> None:
            if replies is not None and replies[0].done and asked.replies and asked.replies[0].done:
                self.breach(f"{asked.reference} was done with two bodies")

        def send() -> None:
            if front.alive and asked.replies:
                front.ask([other.request], hear)

        self.timeline.after(self.chance.uniform(5, 100), send)

    def _after_sale(self, asked: Asked, reply: Reply) -> None:
        """Now and then a customer wants his money back, some of them twice."""
        if reply.order is None or self.chance.random() > 0.3:
            return
        number = reply.order.order_number
        for _ in range(self.chance.choice((1, 1, 2, 3))):
            self.timeline.after(self.chance.choice((10.0, 60.0, 200.0, 700.0)), lambda: self._reverse(asked.point, number))

    def _reverse(self, point: str, order_number: str) -> None:
        asked = self._new(point, Reverse(order_number), ServicePassword(PASSWORD))
        self._send(asked, 2)

    def wrong_answers(self) -> list[str]:
        """Refusals that no agent of these should ever have been given."""
        odd = {RefusalCode.UNKNOWN_ENDPOINT, RefusalCode.BAD_REQUEST, RefusalCode.NO_PRICE, RefusalCode.UNKNOWN_ORDER}
        return [
            f"{asked.reference}: {reply.refusal}"
            for asked in self.asked.values()
            for reply in asked.replies
            if reply.refusal is not None and reply.refusal.code in odd
        ]
