"""A modem: its state, its ttys, what it answers to a command line, and what it says unasked."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from simulators.modem_farm import basic_commands, message_commands, network_commands, toolkit_commands
from simulators.modem_farm.answers import Answer, Call, Failed, Prompt, error_line
from simulators.modem_farm.config import SlotPlan
from simulators.modem_farm.line import Line
from simulators.modem_farm.message_text import written
from simulators.modem_farm.mischief import Mischief
from simulators.modem_farm.parsing import commands
from simulators.modem_farm.pdu import Deliver, Report
from simulators.modem_farm.port import Port
from simulators.modem_farm.sim import Sim, Store
from simulators.modem_farm.toolkit import Toolkit
from simulators.modem_farm.toolkit_dialects import DIALECTS, Dialect

if TYPE_CHECKING:
    from simulators.modem_farm.surroundings import Surroundings

_HANDLERS: Final = basic_commands.HANDLERS | network_commands.HANDLERS | message_commands.HANDLERS | toolkit_commands.HANDLERS
_SEARCHING: Final = 2


@dataclass
class Profile:
    """What a modem forgets when it starts again."""

    echo: bool = True
    verbose: bool = True
    quiet: bool = False
    detail: int = 0
    text_mode: bool = False
    letters: str = "GSM"
    notify: tuple[int, ...] = (0, 0, 0, 0, 0)
    stores: list[str] = field(default_factory=lambda: ["SM", "SM", "SM"])
    registration_lines: int = 0
    ussd_lines: int = 0
    operator_format: int = 0
    text_details: tuple[int, ...] = (17, 167, 0, 0)
    text_headers: bool = False
    toolkit: int = 0
    extras: dict[str, str] = field(default_factory=dict)


class Modem:
    """A modem in a slot, or in a drawer (`link` None). Everything runs in the farm's event loop."""

    def __init__(self, plan: SlotPlan, around: "Surroundings") -> None:
        self.plan, self.around = plan, around
        self.sim: Sim | None = None
        self.own_store = Store(plan.room)
        self.profile = Profile()
        self.toolkit = Toolkit(self)
        self.mischief = Mischief(self)
        self.functionality = 1
        self.registration = 0
        self.wanted_registration = 1
        self.signal = 21
        self.reference = 0
        self.service_centre = ""
        self.ports: list[Port] = []
        self.lines: dict[Port, Line] = {}
        self.slot = ""

    # Coming and going

    @property
    def dialect(self) -> Dialect:
        """How its make speaks of the toolkit."""
        return DIALECTS[self.plan.model]

    @property
    def present(self) -> bool:
        """Whether its ttys are there."""
        return any(port.present for port in self.ports)

    def plug(self, folder: Path, slot: str) -> None:
        """Put it into a slot and give it power; its ttys appear below `folder`."""
        self.slot = slot
        roles = zip(self.plan.tty_names(slot), self.plan.ports, strict=True)
        self.ports = [Port(folder / name, role, self._heard, self._closed) for name, role in roles]
        self.start()

    def unplug(self) -> None:
        """Take it out, or its power away."""
        self._off()
        self.slot = ""

    def _off(self) -> None:
        for port in self.ports:
            port.vanish()
        self.registration = 0
        self.mischief.power_lost()
        self.toolkit.reset()
        if self.sim is not None:
            self.sim.switched_off()

    def start(self) -> None:
        """Come up with everything forgotten: ttys first, then the card, then the network."""
        self.profile, self.functionality = Profile(), 1
        self.lines = {port: Line(self, port) for port in self.ports}
        for port in self.ports:
            port.appear()
        self.around.later(self.around.settings.register_seconds / 2, self._card_ready)

    def restart(self, seconds: float | None = None) -> None:
        """Vanish and come back, as after AT+CFUN=1,1."""
        slot = self.slot
        self._off()
        wait = self.around.settings.boot_seconds if seconds is None else seconds
        self.around.later(wait, lambda: self.start() if self.slot == slot and slot and not self.present else None)

    def _card_ready(self) -> None:
        if self.present:
            for line in basic_commands.greeting(self):
                self.say(line)
            self.card_changed()

    def card_changed(self) -> None:
        """The card was put in, unlocked or taken out, or the radio went on: look for the network."""
        if self._can_register and not self.registered:
            self._registers(_SEARCHING)
        self.around.later(self.around.settings.register_seconds / 2, self.look_for_network)
        if self.usable and self.toolkit.on:
            self.toolkit.offer_menu()

    @property
    def usable(self) -> bool:
        """Whether the card can be used."""
        return self.sim is not None and not self.sim.failure and self.sim.state() == "READY"

    def look_for_network(self) -> None:
        """Register, or lose the network, as the place, the card and the radio allow."""
        self._registers(self.wanted_registration if self._can_register else 0)
        self.has_room()

    @property
    def _can_register(self) -> bool:
        return self.present and self.usable and self.functionality == 1 and self.signal > 0

    def _registers(self, state: int) -> None:
        before, self.registration = self.registration, state
        if state != before and self.profile.registration_lines:
            self.say(f"+CREG: {state}")

    def has_room(self) -> None:
        """Tell the network that messages may come."""
        if self.registered and self.sim is not None:
            self.around.network.post.bring(self.sim)

    @property
    def registered(self) -> bool:
        """Whether the network serves it, at home or roaming."""
        return self.registration in (1, 5)

    # What comes on a tty

    def _heard(self, port: Port, octets: bytes) -> None:
        if port.role != "silent":
            self.around.trace(self, "<", octets)
            if not self.mischief.deaf(octets):
                self.lines[port].heard(octets)

    def _closed(self, port: Port) -> None:
        self.lines[port] = Line(self, port)
        self.mischief.was_closed()

    def execute(self, text: str) -> Answer | Prompt:
        """Run a command line that began with AT."""
        answer = Answer()
        try:
            for call in commands(text):
                done = self._call(call)
                if isinstance(done, Prompt) or done.final != "OK":
                    return done
                answer.lines += done.lines
                answer.after = max(answer.after, done.after)
                answer.then = done.then or answer.then
        except Failed as failed:
            return Answer(answer.lines, error_line(failed, self.profile.detail))
        return answer

    def _call(self, call: Call) -> Answer | Prompt:
        handler: Callable[[Modem, Call], Answer | Prompt] | None = _HANDLERS.get(call.name)
        if handler is None:
            raise Failed
        return handler(self, call)

    # What it says

    def say(self, *lines: str) -> None:
        """Say something unasked, on the ttys that do that."""
        octets = "".join(f"\r\n{line}\r\n" for line in lines).encode("latin-1", "replace")
        for port in self.ports:
            if port.role == "full":
                self.write(port, octets)

    def write(self, port: Port, octets: bytes) -> None:
        """Put octets on a tty, unless the modem hangs."""
        if not self.mischief.hanging and port.present:
            self.around.trace(self, ">", octets)
            port.write(octets)

    # Messages

    def store(self, name: str) -> Store | None:
        """The store of a name, where it can be used."""
        if name == "SM":
            return self.sim.store if self.sim is not None and self.usable else None
        return self.own_store if name == "ME" else None

    def receive(self, message: Deliver | Report) -> bool:
        """A message from the network: shown, or kept and announced; False where there is no room."""
        return self.registered and message_commands.receive(self, message)

    def say_ussd(self, line: str) -> None:
        """Show a +CUSD line, where the client asked for them."""
        if self.profile.ussd_lines:
            self.say(line)

    def in_letters(self, text: str) -> str:
        """A text in the client's character set."""
        return written(self.profile.letters, text)

    @staticmethod
    def known_commands() -> list[str]:
        """The names of everything it understands."""
        return list(_HANDLERS)
