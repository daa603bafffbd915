"""Callbacks: genuine ones late, doubled and out of order, and with them forged, misaddressed and contradicting ones."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random
from typing import Any

from recharge.domain.outcomes import Outcome, OutcomeState
from tests.proof.simulated.books import MemoryBooks
from tests.proof.simulated.carrier import Carrier, Case, Standing
from tests.proof.simulated.network import SIGNATURE, callback_body
from tests.proof.simulated.processes import Dispatcher
from tests.proof.simulated.timeline import Timeline

DELAYS = (0.001, 0.05, 1.0, 5.0, 30.0, 400.0)
MOST_TRIES = 6
OTHER_NUMBER = "13800138009"
FORGETFUL = timedelta(minutes=40)
_FINAL = "('succeeded', 'failed', 'not_sent')"


@dataclass
class Postman:
    """Brings callbacks to any dispatcher that lives; the carrier repeats what was not acknowledged."""

    timeline: Timeline
    chance: Random
    books: MemoryBooks
    carrier: Carrier
    dispatchers: list[Dispatcher]
    breach: Callable[[str], None]
    calm: bool = False

    def tell(self, case: Case, outcome: Outcome) -> None:
        """The carrier wants to tell how a case stands."""
        chance = self.chance
        if outcome.state is not OutcomeState.REVERSED and chance.random() < 0.6:
            return
        for _ in range(chance.choice((1, 1, 1, 2, 3, 5))):
            self.timeline.after(chance.choice(DELAYS), lambda: self._bring(case, outcome, MOST_TRIES))
        if chance.random() < 0.6:
            self._mischief(case)

    def _bring(self, case: Case, outcome: Outcome, tries: int) -> None:
        status = self._deliver(case.link, callback_body(case.order.reference, outcome))
        if status == 200:
            self._acknowledged(case, outcome)
        elif tries > 0:
            self.timeline.after(self.chance.choice((1.0, 10.0, 100.0)), lambda: self._bring(case, outcome, tries - 1))

    def _deliver(self, link: str, body: bytes, signature: str = SIGNATURE) -> int | None:
        if not self.calm and self.chance.random() < 0.15:
            return None
        dispatcher = self.chance.choice(self.dispatchers)
        status = dispatcher.take_callback(link, {"X-Signature": signature}, body) if dispatcher.alive else None
        unheard = not self.calm and self.chance.random() < 0.1
        return None if unheard else status

    def _acknowledged(self, case: Case, outcome: Outcome) -> None:
        """What we acknowledged must be in the books."""
        if outcome.state is OutcomeState.ACCEPTED:
            # It is known to us now that they know it, so their forgetting it may mean nothing.
            if self.chance.random() < 0.4:
                case.forgotten_until = self.timeline.now() + FORGETFUL
            return
        attempt, order = self._standing(case.order.reference)
        if attempt not in _FINAL:
            self.breach(f"the callback {outcome.state} of {case.order.reference} was acknowledged and not applied: {attempt}")
        if outcome.state is OutcomeState.REVERSED and order != "reversed":
            self.breach(f"{case.order.reference} was taken back, we acknowledged, and its order is {order}")

    def _standing(self, reference: str) -> tuple[str, str]:
        text = "SELECT a.state, o.state FROM attempt a JOIN orders o ON o.id = a.order_id WHERE a.id = ?"
        with self.books.read() as connection:
            rows: list[Any] = list(self.books.rows(connection, text, [int(reference)]))
        return (rows[0][0], rows[0][1]) if rows else ("missing", "missing")

    def _mischief(self, case: Case) -> None:
        kinds = (self._forged, self._misaddressed, self._contradicting, self._unheard_of)
        mischief = self.chance.choice(kinds)
        self.timeline.after(self.chance.choice(DELAYS), lambda: mischief(case))

    def _forged(self, case: Case) -> None:
        status = self._deliver(case.link, callback_body(case.order.reference, self._opposite(case)), "forged")
        if status not in {None, 401}:
            self.breach(f"a forged callback of {case.order.reference} was answered {status}")

    def _misaddressed(self, case: Case) -> None:
        """Genuine, but of another number or amount than we asked for."""
        said = replace(self._opposite(case), number=case.order.number, amount_minor=case.order.face_minor)
        wrong = (
            replace(said, number=OTHER_NUMBER) if self.chance.random() < 0.5 else replace(said, amount_minor=case.order.face_minor + 100)
        )
        self._deliver(case.link, callback_body(case.order.reference, wrong))

    def _contradicting(self, case: Case) -> None:
        """A lie after the truth is known. Before it, nobody could tell the two apart."""
        attempt, _ = self._standing(case.order.reference)
        settled = case.standing in {Standing.DONE, Standing.FAILED}
        if settled and attempt in _FINAL:
            self._deliver(case.link, callback_body(case.order.reference, self._opposite(case)))

    def _unheard_of(self, case: Case) -> None:
        self._deliver(case.link, callback_body("1234567", self._opposite(case)))

    def _opposite(self, case: Case) -> Outcome:
        state = OutcomeState.SUCCESS if case.standing is Standing.FAILED else OutcomeState.FAILED
        return Outcome(state, self.timeline.now(), code="lie")
