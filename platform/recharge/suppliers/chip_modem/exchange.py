"""What stands between an order and its answer while a chip is busy with it: what was sent, what came, and how it can still end."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from gsm.modem.slot import Talk
from recharge.books.chip_statements import ChipText
from recharge.domain.outcomes import FailureReason, Outcome, OutcomeState
from recharge.suppliers.chip_modem.arrivals import Word

TakeText = Callable[[ChipText], Word | None]
"""Keeps and reads a text: what it says of the order under way."""


@dataclass
class Exchange:
    """One order, or one question, under way on a chip. `word` is set when a short message brought the answer."""

    values: Mapping[str, str]
    take: TakeText
    now: Callable[[], datetime]
    seconds: float
    number: str = ""
    owed: bool = False
    word: Word | None = None
    answered: bool = field(default=False, init=False)
    own: Outcome | None = field(default=None, init=False)
    accepted: Outcome | None = field(default=None, init=False)

    def said(self, text: str) -> Word | None:
        """Take a text that came by USSD; the same words may come often, so the moment belongs to it."""
        at = self.now()
        return self.take(ChipText("ussd", "", text, f"{at.isoformat()} {text}", at))

    def outcome(self, state: OutcomeState, code: str) -> Outcome:
        """An outcome of the modem's own making, no word of the operator's."""
        reason = FailureReason.REJECTED if state is OutcomeState.FAILED else None
        self.own = Outcome(state, self.now(), code=code, text=code, reason=reason)
        return self.own

    def final(self) -> Outcome | None:
        """The answer that has come, if it ends the exchange; that it is being processed does not."""
        word, self.word = self.word, None
        if word is None or word.outcome is None:
            return None
        if word.outcome.state is OutcomeState.ACCEPTED:
            self.accepted = word.outcome
            return None
        return word.outcome


class Dialect(Protocol):
    """A way to talk to an operator. Both are called from the chip's slot, between them nothing else uses the modem."""

    def carry(self, talk: Talk, exchange: Exchange) -> Outcome:
        """Ask for a recharge, once, and wait for what comes. Raises nothing of the modem's."""
        ...

    def ask(self, talk: Talk, template: str, exchange: Exchange, is_answer: Callable[[str], bool]) -> str | None:
        """Ask something that moves no money; the text that is the answer, None when none came."""
        ...
