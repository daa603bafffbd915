"""Orders by the dealer's application on the card: a way through its menus, after which the card itself sends a message."""

import time
from collections.abc import Callable, Sequence

from gsm.modem.channel import ModemError, NoAnswer, PortGone
from gsm.modem.slot import Talk
from gsm.modem.stk import Shown, StkDialect, Wish
from recharge.books.chip_statements import ChipText
from recharge.domain.outcomes import Outcome, OutcomeState
from recharge.suppliers.chip_modem.exchange import Exchange
from recharge.suppliers.chip_modem.templates import fill

_COMMAND_SECONDS = 10.0
_LOOK_SECONDS = 0.25
STEP = ">"


class MenuDialect:
    """A template is the way through the menus, its steps parted by `>`: `#1>{number}>{units}>{pin}`.

    A step is typed where the card asks for text, and chosen by its label, or by its place written `#2`, where it shows items. The first
    is the place in the main menu. The last step is the order.
    """

    def __init__(self, recharge: str, make: StkDialect) -> None:
        self._recharge, self._make = recharge, make

    def carry(self, talk: Talk, exchange: Exchange) -> Outcome:
        return _Walk(talk, exchange, self._make, _steps(self._recharge, exchange)).run()

    def ask(self, talk: Talk, template: str, exchange: Exchange, is_answer: Callable[[str], bool]) -> str | None:
        found: list[str] = []
        take = exchange.take

        def listening(told: ChipText) -> None:
            if is_answer(told.text):
                found.append(told.text)
            else:
                take(told)

        exchange.take = listening
        _Walk(talk, exchange, self._make, _steps(template, exchange), until=lambda: bool(found)).run()
        return found[0] if found else None


def _steps(template: str, exchange: Exchange) -> list[str]:
    return [fill(step.strip(), exchange.values) for step in template.split(STEP)]


class _Walk:
    """One way through the menus."""

    def __init__(
        self, talk: Talk, exchange: Exchange, make: StkDialect, steps: Sequence[str], until: Callable[[], bool] = lambda: False
    ) -> None:
        self._talk, self._exchange, self._make, self._left = talk, exchange, make, list(steps)
        self._until, self._patience = until, min(_COMMAND_SECONDS, exchange.seconds)
        self._shown = Shown(Wish.OTHER)

    @property
    def _ordered(self) -> bool:
        return not self._left

    def run(self) -> Outcome:
        end = time.monotonic() + self._exchange.seconds
        stopped = self._command(self._make.switch_on, orders=False)
        if stopped is None:
            first = self._left.pop(0)
            stopped = self._command(self._make.choose(first.lstrip("#")), orders=self._ordered)
        while stopped is None and not self._until() and time.monotonic() < end:
            event = self._talk.event(min(_LOOK_SECONDS, max(end - time.monotonic(), 0.0)))
            shown = self._make.read(event.line) if event is not None else None
            stopped = self._exchange.final() or (self._answered(shown) if shown is not None else None)
            if stopped is None and self._talk.channel.gone.is_set():
                stopped = self._broken("gone")
        return stopped or self._exchange.accepted or self._broken("stk_no_answer")

    def _answered(self, shown: Shown) -> Outcome | None:
        if shown.wish is Wish.END:
            # After the last step the card's message is on its way, and its answer is waited for.
            return None if self._ordered else self._broken("stk_ended")
        question = self._make.question(shown)
        if question is not None:
            try:
                answer = self._talk.channel.ask(question[0], question[1], self._patience)
            except ModemError as error:
                return self._lost(error)
            if answer.ok and answer.lines:
                shown = self._make.detailed(shown, answer.lines)
        self._shown = shown
        return self._step(shown)

    def _step(self, shown: Shown) -> Outcome | None:
        if shown.wish is Wish.TEXT:
            at = self._exchange.now()
            self._exchange.word = self._exchange.take(ChipText("stk", "", shown.text, f"{at.isoformat()} {shown.text}", at))
            return self._command(self._make.answer(shown, ""), orders=False) or self._exchange.final()
        if shown.wish not in {Wish.INPUT, Wish.ITEM}:
            return None
        if self._ordered:
            return self._broken("stk_asked_again")
        step = self._left.pop(0)
        given = shown.item(step) if shown.wish is Wish.ITEM else step
        if not given:
            # Nothing was given: what was to be confirmed is not.
            self._left.insert(0, step)
            return self._broken("stk_no_such_item")
        return self._command(self._make.answer(shown, given), orders=self._ordered)

    def _command(self, command: str, *, orders: bool) -> Outcome | None:
        """One command; `orders`: once it is obeyed, the order has gone out."""
        try:
            answer = self._talk.channel.ask(command, seconds=self._patience)
        except ModemError as error:
            if isinstance(error, PortGone) and not error.written and orders:
                return self._exchange.outcome(OutcomeState.NOT_SENT, "gone")
            return self._lost(error)
        if answer.ok:
            return None
        return self._broken("stk_refused")

    def _lost(self, error: ModemError) -> Outcome:
        return self._broken("no_final_result" if isinstance(error, NoAnswer) else type(error).__name__.lower())

    def _broken(self, code: str) -> Outcome:
        if not self._ordered and not self._talk.channel.gone.is_set():
            self._quietly_cancel()
        state = OutcomeState.UNKNOWN if self._ordered else OutcomeState.NOT_SENT
        return self._exchange.outcome(state, code)

    def _quietly_cancel(self) -> None:
        """End a session that stands open; whether that worked says nothing of the order."""
        try:
            self._talk.channel.ask(self._make.cancel(self._shown), seconds=self._patience)
        except ModemError:
            return
