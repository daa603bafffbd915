"""The dealer's application on the card: a menu, questions, and at the end a short message to the operator (3GPP TS 11.14)."""

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from simulators.modem_farm import pdu, replies
from simulators.modem_farm.answers import Failed
from simulators.modem_farm.config import OperatorPlan
from simulators.modem_farm.ledger import now
from simulators.modem_farm.pdu import Submit
from simulators.modem_farm.replies import Facts

if TYPE_CHECKING:
    from simulators.modem_farm.modem import Modem

_KINDS: Final = ("recharge", "stock", "last")


@dataclass(frozen=True)
class Wish:
    """What the card asks its modem to do: `kind` is menu, text, input, item or sms. Lengths are the least and most letters of an input."""

    kind: str
    title: str
    items: dict[int, str] = field(default_factory=dict)
    least: int = 0
    most: int = 255
    hidden: bool = False


Application = Generator[Wish, str | None, None]


def menu_of(plan: OperatorPlan) -> Wish:
    """The card's main menu."""
    facts = Facts("", now())
    lines = replies.answer(plan, "menu", facts).split("\n")
    return Wish("menu", plan.title or plan.name, {number: line[1:].lstrip(". ") for number, line in enumerate(lines, 1)})


def application(plan: OperatorPlan, chosen: int) -> Application:
    """What follows on a choice from the menu; None as an answer ends it, and nothing is sent before the PIN was given."""
    kind, facts = _KINDS[chosen - 1], Facts("", now())
    number: str | None = ""
    units: str | None = ""
    if kind == "recharge":
        number = yield Wish("input", replies.answer(plan, "ask_number", facts), least=6, most=16)
        if not number:
            return
        items = {place: str(units) for place, units in enumerate(plan.denominations, 1)}
        units = yield Wish("item", replies.answer(plan, "ask_units", facts), items)
        if not units or int(units) not in items:
            return
        units = items[int(units)]
    pin = yield Wish("input", replies.answer(plan, "ask_pin", facts), least=4, most=8, hidden=True)
    if not pin:
        return
    template: str = getattr(plan, f"sms_{kind}")
    sent = yield Wish("sms", template.format(number=number, units=units, pin=pin))
    yield Wish("text", "OK" if sent else "ERROR")


class Toolkit:
    """The application running in one modem. `wish` is what the card waits for now; `index` counts wishes."""

    def __init__(self, modem: "Modem") -> None:
        self._modem = modem
        self._running: Application | None = None
        self.wish: Wish | None = None
        self.index = 0

    @property
    def on(self) -> bool:
        """Whether the client switched the toolkit on."""
        return self._modem.profile.toolkit > 0

    @property
    def menu(self) -> Wish | None:
        """The main menu of the card that is in, where it is a dealer's."""
        sim = self._modem.sim
        if sim is None or not self._modem.usable or not sim.plan.dealer_pin:
            return None
        return menu_of(self._modem.around.network.desk(sim).plan)

    def reset(self) -> None:
        """Forget the session."""
        if self._running is not None:
            self._running.close()
        self._running, self.wish = None, None

    def offer_menu(self) -> None:
        """Tell the client that there is a menu."""
        menu = self.menu
        if menu is not None:
            self._announce(menu)

    def _announce(self, wish: Wish) -> None:
        self.index = (self.index + 1) % 9
        self._modem.around.later(0.01, lambda: self._modem.say(*self._modem.dialect.announce(self, wish)))

    def choose(self, item: int) -> bool:
        """Choose from the menu; whether there is such an item."""
        menu = self.menu
        if menu is None or item not in menu.items or self._modem.sim is None:
            return False
        self.reset()
        self._running = application(self._modem.around.network.desk(self._modem.sim).plan, item)
        self._step(None)
        return True

    def respond(self, text: str | None) -> None:
        """Answer what the card waits for; None ends the session."""
        self._step(text)

    def _step(self, text: str | None) -> None:
        if self._running is None:
            return
        try:
            self.wish = self._running.send(text)
        except StopIteration:
            self._end()
            return
        self._announce(self.wish)
        if self.wish.kind == "sms":
            # The modem sends by itself and tells the card.
            self._modem.around.later(self._modem.around.settings.submit_seconds + 0.02, self._sent)

    def _end(self) -> None:
        self.reset()
        self._modem.around.later(0.01, lambda: self._modem.say(*self._modem.dialect.ended()))

    def _sent(self) -> None:
        told = self._send()
        if told != "cmgs_lost":
            self._step(told)

    def _send(self) -> str | None:
        sim, wish = self._modem.sim, self.wish
        if sim is None or wish is None or not self._modem.registered:
            return None
        part = pdu.parts_of(wish.title, 0)[0]
        try:
            service = self._modem.around.network.desk(sim).plan.service
            struck = self._modem.around.network.post.submit(sim, Submit(service, part), 0)
        except Failed:
            return None
        return None if struck == "cms_500_sent" else struck or "sent"
