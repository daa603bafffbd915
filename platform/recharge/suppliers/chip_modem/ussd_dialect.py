"""Orders by USSD: one string, or a dialogue; the answer is +CUSD, and sometimes a short message after it."""

import time
from collections.abc import Callable, Sequence

from gsm.modem import ussd
from gsm.modem.channel import Answer, Event, ModemError, NoAnswer, PortGone
from gsm.modem.lines import is_final
from gsm.modem.slot import Talk
from gsm.modem.ussd import UssdSaid, UssdState
from recharge.domain.outcomes import Outcome, OutcomeState
from recharge.domain.reply_notation import Likeness, likeness
from recharge.suppliers.chip_modem.exchange import Exchange
from recharge.suppliers.chip_modem.outcomes import USSD_STATES, code_of, refused
from recharge.suppliers.chip_modem.templates import fill

_COMMAND_SECONDS = 10.0
_LOOK_SECONDS = 0.5


class UssdDialect:
    """`confirm` are the answers to the questions the operator asks before it does anything; the last of them is the order."""

    def __init__(self, recharge: str, confirm: Sequence[str]) -> None:
        self._recharge, self._confirm = recharge, tuple(confirm)

    def carry(self, talk: Talk, exchange: Exchange) -> Outcome:
        return _Carrying(talk, exchange, self._confirm).run(fill(self._recharge, exchange.values))

    def ask(self, talk: Talk, template: str, exchange: Exchange, is_answer: Callable[[str], bool]) -> str | None:
        try:
            if not talk.channel.ask(ussd.command(fill(template, exchange.values)), seconds=min(_COMMAND_SECONDS, exchange.seconds)).ok:
                return None
        except ModemError:
            return None
        until = time.monotonic() + exchange.seconds
        while time.monotonic() < until and not talk.channel.gone.is_set():
            event = talk.event(_LOOK_SECONDS)
            said = ussd.read(event.line) if event is not None and event.line.startswith("+CUSD:") else None
            if said is None:
                continue
            if said.text and is_answer(said.text):
                exchange.answered = True
                _cancel(talk, said)
                return said.text
            if said.text:
                exchange.said(said.text)
            else:
                return None
        return None


class _Carrying:
    """One order."""

    def __init__(self, talk: Talk, exchange: Exchange, confirm: Sequence[str]) -> None:
        self._talk, self._exchange, self._left = talk, exchange, list(confirm)
        self._in_vain_code = "no_cusd"

    @property
    def _ordered(self) -> bool:
        """Whether the order itself may have gone out: all that was to be confirmed was."""
        return not self._left

    def run(self, text: str) -> Outcome:
        until = time.monotonic() + self._exchange.seconds
        stopped = self._send(text)
        while stopped is None and time.monotonic() < until:
            event = self._talk.event(min(_LOOK_SECONDS, max(until - time.monotonic(), 0.0)))
            stopped = self._exchange.final() or (self._weighed(event) if event is not None else None)
            if stopped is None and self._talk.channel.gone.is_set():
                stopped = self._broken("gone")
        return stopped or self._in_vain()

    def _send(self, text: str) -> Outcome | None:
        """Write one string; the outcome where that ends it."""
        was_ordered = self._ordered
        try:
            answer = self._talk.channel.ask(ussd.command(text), seconds=min(_COMMAND_SECONDS, self._exchange.seconds))
        except PortGone as error:
            return self._exchange.outcome(self._lost(was_ordered and error.written), "gone")
        except NoAnswer:
            # The modem may have obeyed without a word, and the operator's answer come all the same.
            self._in_vain_code = "no_final_result"
            if was_ordered and self._talk.answers():
                return None
            return self._exchange.outcome(self._lost(was_ordered), "no_final_result")
        except ModemError as error:
            return self._exchange.outcome(self._lost(was_ordered), type(error).__name__)
        return None if answer.ok else self._refused(answer)

    def _refused(self, answer: Answer) -> Outcome:
        state = refused(answer) if self._ordered else OutcomeState.NOT_SENT
        return self._exchange.outcome(state, code_of(answer))

    @staticmethod
    def _lost(may_be_done: bool) -> OutcomeState:
        return OutcomeState.UNKNOWN if may_be_done else OutcomeState.NOT_SENT

    def _weighed(self, event: Event) -> Outcome | None:
        if is_final(event.line):
            # The network's word about the string, where +CUSD was awaited: +CME ERROR: 31 or 100, or a bare ERROR.
            return None if event.line == "OK" else self._broken(code_of(Answer(event.line)))
        if not event.line.startswith("+CUSD:"):
            return None
        said = ussd.read(event.line)
        if said is None:
            return self._broken("cusd_unreadable")
        self._exchange.answered = True
        return self._said(said)

    def _said(self, said: UssdSaid) -> Outcome | None:
        if said.text:
            word = self._exchange.said(said.text)
            if said.state is UssdState.ANSWER_WANTED:
                return self._asked(said, word.question.number if word and word.question else "", word.outcome if word else None)
            self._exchange.word = word
            # A text that speaks of another order leaves this one's answer to come.
            return self._exchange.final()
        if said.state in {UssdState.DONE, UssdState.ANSWER_WANTED, None}:
            return self._broken(f"cusd_{'' if said.state is None else int(said.state)}")
        state = USSD_STATES[said.state]
        if state is OutcomeState.FAILED and self._exchange.owed:
            # An earlier order's answer is outstanding: this may be it.
            state = OutcomeState.UNKNOWN
        if state is OutcomeState.UNKNOWN:
            return self._broken(f"cusd_{int(said.state)}")
        return self._exchange.outcome(state, f"cusd_{int(said.state)}")

    def _asked(self, said: UssdSaid, number: str, outcome: Outcome | None) -> Outcome | None:
        """The operator asks. Some say how it ended in a text that looks like a question."""
        if outcome is not None and outcome.state not in {OutcomeState.UNKNOWN, OutcomeState.ACCEPTED}:
            _cancel(self._talk, said)
            return outcome
        wrong_number = bool(number) and likeness(number, self._exchange.number) is Likeness.OTHER
        if wrong_number or self._ordered:
            return self._broken("other_number_asked" if wrong_number else "asked_again")
        return self._send(fill(self._left.pop(0), self._exchange.values))

    def _broken(self, code: str) -> Outcome:
        """Ended without a word that says how: not sent before the last confirmation, unknown after it."""
        state = self._lost(self._ordered)
        if code == "other_number_asked":
            state = OutcomeState.NOT_SENT
        _quietly_cancel(self._talk)
        return self._exchange.outcome(state, code)

    def _in_vain(self) -> Outcome:
        if self._exchange.accepted is not None:
            return self._exchange.accepted
        return self._broken(self._in_vain_code)


def _cancel(talk: Talk, said: UssdSaid) -> None:
    if said.state is UssdState.ANSWER_WANTED:
        _quietly_cancel(talk)


def _quietly_cancel(talk: Talk) -> None:
    """End a session that may stand open; whether that worked says nothing of the order."""
    try:
        talk.channel.ask(ussd.CANCEL, seconds=_COMMAND_SECONDS)
    except ModemError:
        return
