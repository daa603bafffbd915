"""Short messages between cards, operators' service numbers and agents' phones: what waits, what is late, and delivery reports."""

from collections.abc import Callable, Mapping
from datetime import datetime
from itertools import count
from typing import TYPE_CHECKING, Final

from simulators.modem_farm import pdu
from simulators.modem_farm.answers import Failed, cms
from simulators.modem_farm.commands import national
from simulators.modem_farm.config import OperatorPlan
from simulators.modem_farm.ledger import Ledger, now
from simulators.modem_farm.pdu import Deliver, Report, Submit

if TYPE_CHECKING:
    from simulators.modem_farm.sim import Sim
    from simulators.modem_farm.surroundings import Surroundings

_CONGESTED: Final[Mapping[str, Failed]] = {"cms_38": cms(38), "cms_41": cms(41), "cms_42": cms(42)}
_NEVER: Final = 0x46
Heard = Callable[["Sim", str], None]


class Post:
    """The message centre. `to_service(sim, text)` is called for what a card sends to its operator's service number."""

    def __init__(self, around: "Surroundings", ledger: Ledger, operators: Mapping[str, OperatorPlan], to_service: Heard) -> None:
        self._around, self._ledger, self._operators, self._to_service = around, ledger, operators, to_service
        self._pieces: dict[tuple[str, str, int], dict[int, str]] = {}
        self._held: dict[str, list[Deliver]] = {}
        self._references = count(1)

    # From cards

    def submit(self, sim: "Sim", message: Submit, reference: int) -> str:
        """A card sends; the fault that struck: `cms_500_sent` and `cmgs_lost` are sent all the same. Raises Failed where it is not."""
        struck = self._around.strikes_chip(sim.iccid, "submit", message.recipient)
        if struck in _CONGESTED:
            raise _CONGESTED[struck]
        text = self._put_together(sim, message)
        if text is not None:
            self._around.later(self._around.about(self._around.settings.sms_seconds) / 2, lambda: self._carry(sim, message.recipient, text))
        if message.report:
            self._around.later(self._around.about(self._around.settings.sms_seconds), lambda: self._report(sim, message, reference, now()))
        return struck

    def _put_together(self, sim: "Sim", message: Submit) -> str | None:
        """The whole text once all parts are there."""
        place = message.part.place
        if place is None:
            return message.part.text
        reference, total, number = place
        pieces = self._pieces.setdefault((sim.iccid, message.recipient, reference), {})
        pieces[number] = message.part.text
        if len(pieces) < total:
            return None
        del self._pieces[sim.iccid, message.recipient, reference]
        return "".join(text for _, text in sorted(pieces.items()))

    def _carry(self, sim: "Sim", recipient: str, text: str) -> None:
        plan = self._operators[sim.plan.operator]
        if recipient == plan.service:
            self._ledger.message(sim.plan.number, recipient, self._around.masked(text), "delivered")
            self._to_service(sim, text)
            return
        self.send(sim.plan.number, national(plan, recipient), text)

    def _report(self, sim: "Sim", message: Submit, reference: int, sent_at: datetime) -> None:
        reached = self._ledger.subscriber_state(national(self._operators[sim.plan.operator], message.recipient)) == "active"
        centre = self._operators[sim.plan.operator].smsc
        status = 0 if reached else _NEVER
        self._arrive(sim, Report(reference, message.recipient, sent_at.astimezone(), now().astimezone(), status, centre))

    # Between numbers

    def send(self, sender: str, recipient: str, text: str) -> int:
        """A message from any number to any number: a card, or a phone. The ledger's number of the message."""
        sim = self._around.sim_of_number(recipient)
        if sim is not None:
            return self.to_card(sim, sender, text)
        state = "delivered" if self._ledger.subscriber_state(recipient) == "active" else "never"
        return self._ledger.message(sender, recipient, self._around.masked(text), state)

    def to_card(self, sim: "Sim", sender: str, text: str) -> int:
        """A message to a card, in as many parts as it needs."""
        plan = self._operators[sim.plan.operator]
        known = self._ledger.message(sender, sim.plan.number, self._around.masked(text), "on its way")
        written = f"+{plan.country}{national(plan, sender).removeprefix(plan.trunk)}" if _is_subscriber(sender) else sender
        for part in pdu.parts_of(text, next(self._references)):
            self._arrive(sim, Deliver(written, part, now().astimezone(), plan.smsc))
        self._ledger.message_state(known, "delivered" if not sim.waiting else "waiting")
        return known

    def _arrive(self, sim: "Sim", message: Deliver | Report) -> None:
        struck = self._around.strikes_chip(sim.iccid, "arrival", "") if isinstance(message, Deliver) else ""
        if struck == "sms_late":
            self._around.later(self._around.settings.late_seconds, lambda: self._put(sim, message))
        elif struck == "sms_reordered" and isinstance(message, Deliver):
            self._held.setdefault(sim.iccid, []).append(message)
            self._around.later(self._around.settings.late_seconds, lambda: self._let_go(sim))
        elif struck != "sms_lost":
            for _ in range(2 if struck == "sms_twice" else 1):
                self._put(sim, message)
            self._let_go(sim)

    def _let_go(self, sim: "Sim") -> None:
        for held in self._held.pop(sim.iccid, []):
            self._put(sim, held)

    def _put(self, sim: "Sim", message: Deliver | Report) -> None:
        sim.waiting.append(message)
        self.bring(sim)

    def bring(self, sim: "Sim") -> None:
        """Bring what waits for a card, as long as its modem takes it."""
        modem = self._around.modem_of(sim)
        while sim.waiting and modem is not None and modem.receive(sim.waiting[0]):
            sim.waiting.popleft()


def _is_subscriber(number: str) -> bool:
    digits = number.removeprefix("+")
    return digits.isdigit() and len(digits) >= 8
