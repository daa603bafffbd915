"""What a modem needs of the farm: time, chance, faults, the network, and a record of what went over its ttys."""

import asyncio
import random
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from simulators.modem_farm.config import Settings
from simulators.modem_farm.faults import Faults
from simulators.modem_farm.ledger import now

if TYPE_CHECKING:
    from simulators.modem_farm.modem import Modem
    from simulators.modem_farm.network import Network
    from simulators.modem_farm.sim import Sim

_KEPT: Final = 200


class Surroundings:
    """Shared by all parts of one farm; lives in its event loop."""

    network: "Network"

    def __init__(self, settings: Settings, seed: int) -> None:
        self.settings = settings
        self.chance = random.Random(seed)
        self.faults = Faults(seed)
        self.faults.chaos, self.faults.chaos_names = settings.chaos, settings.chaos_faults
        self.modems: list[Modem] = []
        self.sims: dict[str, Sim] = {}
        self.traffic: dict[str, deque[tuple[str, str, str]]] = {}
        self._timers: set[asyncio.TimerHandle] = set()
        self._secrets: list[str] = []

    def later(self, seconds: float, do: Callable[[], object]) -> None:
        """Do something after a while, unless the farm is closed first."""
        if seconds <= 0:
            do()
            return

        def due() -> None:
            self._timers.discard(timer)
            do()

        timer = asyncio.get_running_loop().call_later(seconds, due)
        self._timers.add(timer)

    def about(self, seconds: float) -> float:
        """A duration with its jitter."""
        return seconds * (1 + self.settings.jitter * self.chance.random())

    def stop(self) -> None:
        """Cancel everything that is due."""
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()

    def strikes(self, modem: "Modem", place: str, text: str) -> str:
        """The fault that strikes a modem now, armed for its slot, its IMEI or its card."""
        iccid = modem.sim.iccid if modem.sim is not None else ""
        return self.faults.strikes(place, {modem.slot, modem.plan.imei, iccid} - {""}, text)

    def strikes_chip(self, iccid: str, place: str, text: str) -> str:
        """The fault that strikes a card now, armed for it, or for the slot it is in."""
        modem = self.modem_of(self.sims[iccid])
        return self.faults.strikes(place, {iccid} | ({modem.slot} if modem is not None else set()), text)

    def modem_of(self, sim: "Sim") -> "Modem | None":
        """The modem a card is in."""
        return next((modem for modem in self.modems if modem.sim is sim), None)

    def sim_of_number(self, number: str) -> "Sim | None":
        """The card with a number."""
        return next((sim for sim in self.sims.values() if sim.plan.number == number), None)

    def keep_secret(self, *words: str) -> None:
        """Words that are masked wherever traffic is shown."""
        self._secrets += [word for word in words if word]

    def masked(self, text: str) -> str:
        """A text without the PINs the farm knows of, where they stand between the marks of commands."""
        for secret in self._secrets:
            for before in '* "=,':
                for after in ("#", "*", '"', "", ",", "\r"):
                    if after or text.endswith(before + secret):
                        text = text.replace(before + secret + after, f"{before}****{after}")
        return text

    def trace(self, modem: "Modem", way: str, octets: bytes) -> None:
        """Note what went over a modem's tty; `way` is < from the client, > to it."""
        kept = self.traffic.setdefault(modem.slot, deque(maxlen=_KEPT))
        kept.append((f"{now():%H:%M:%S}", way, self.masked(octets.decode("latin-1"))))
