"""Orders by short message to the operator's service number; the answer is a short message."""

import time
from collections.abc import Callable

from gsm import pdu
from gsm.modem.channel import Answer, ModemError, NoAnswer, NoPrompt, PortGone
from gsm.modem.sim_store import send_pdu
from gsm.modem.slot import Talk
from recharge.books.chip_statements import HANDED_OVER, ChipText
from recharge.domain.outcomes import Outcome, OutcomeState
from recharge.suppliers.chip_modem.exchange import Exchange
from recharge.suppliers.chip_modem.outcomes import code_of, refused
from recharge.suppliers.chip_modem.templates import fill

_LOOK_SECONDS = 0.5
_SEND_SECONDS = 15.0


class SmsDialect:
    """Sends `recharge` to `service`."""

    def __init__(self, recharge: str, service: str) -> None:
        self._recharge, self._service = recharge, service

    def carry(self, talk: Talk, exchange: Exchange) -> Outcome:
        stopped = self._sent(talk, exchange)
        until = time.monotonic() + exchange.seconds
        while stopped is None and time.monotonic() < until and not talk.channel.gone.is_set():
            talk.event(min(_LOOK_SECONDS, max(until - time.monotonic(), 0.0)))
            stopped = exchange.final()
        return stopped or exchange.accepted or exchange.outcome(OutcomeState.ACCEPTED, HANDED_OVER)

    def _sent(self, talk: Talk, exchange: Exchange) -> Outcome | None:
        """Hand the message over; the outcome where it did not surely go."""
        try:
            answer = self._send(talk, fill(self._recharge, exchange.values), exchange.seconds)
        except NoPrompt:
            return exchange.outcome(OutcomeState.NOT_SENT, "no_prompt")
        except PortGone as error:
            return exchange.outcome(OutcomeState.UNKNOWN if error.written else OutcomeState.NOT_SENT, "gone")
        except NoAnswer:
            return exchange.outcome(OutcomeState.UNKNOWN, "no_final_result")
        if answer.ok:
            return None
        return exchange.outcome(refused(answer) if answer.given else OutcomeState.NOT_SENT, code_of(answer))

    def ask(self, talk: Talk, template: str, exchange: Exchange, is_answer: Callable[[str], bool]) -> str | None:
        found: list[str] = []
        take = exchange.take

        def listening(told: ChipText) -> None:
            if is_answer(told.text):
                found.append(told.text)
            else:
                take(told)

        exchange.take = listening
        try:
            if not self._send(talk, fill(template, exchange.values), exchange.seconds).ok:
                return None
        except ModemError:
            return None
        until = time.monotonic() + exchange.seconds
        while not found and time.monotonic() < until and not talk.channel.gone.is_set():
            talk.event(_LOOK_SECONDS)
        return found[0] if found else None

    def _send(self, talk: Talk, text: str, seconds: float) -> Answer:
        messages = pdu.submits(self._service, text, 0)
        if len(messages) != 1:
            # Half an order must never go out.
            raise NoPrompt
        return send_pdu(talk.channel, messages[0], min(_SEND_SECONDS, seconds))
