"""All chips of one process behind one pattern of ttys: whichever slot a chip is plugged into, its link finds it by its ICCID."""

import subprocess
import threading
from collections.abc import Sequence

import structlog

from gsm.modem.channel import Event
from gsm.modem.hub import Hub
from gsm.modem.sim_store import Stored
from gsm.modem.slot import Slot, SlotTimes
from gsm.modem.startup import Identity, NotUp, Trouble
from recharge.suppliers.chip_modem.chip import Chip

_POWER_SECONDS = 30.0
_log = structlog.get_logger(__name__)


class Farm:
    """The user of a Hub (gsm.modem.slot.SlotUser): hands everything on to the chip in the slot."""

    def __init__(self, pattern: str, times: SlotTimes, power_cycle: Sequence[str] = ()) -> None:
        self._chips: dict[str, Chip] = {}
        self._in_slot: dict[str, Chip] = {}
        self._lock = threading.Lock()
        self._power_cycle = tuple(power_cycle)
        self.hub = Hub(pattern, self, times, cycle_power=self._cycle if power_cycle else None)

    def add(self, chip: Chip) -> None:
        """A chip that is wanted. One of the same ICCID is replaced: its link got other settings, and the modem stays as it is."""
        with self._lock:
            before = self._chips.get(chip.iccid)
            self._chips[chip.iccid] = chip
            slot = before.slot if before is not None else None
            if slot is not None and slot.identity is not None:
                self._in_slot[slot.name] = chip
                chip.came_up(slot, slot.identity)
        for other in self.hub.slots.values():
            if not other.is_up:
                other.try_again()

    def remove(self, chip: Chip) -> None:
        """A chip whose link is gone."""
        with self._lock:
            if self._chips.get(chip.iccid) is chip:
                del self._chips[chip.iccid]

    def pin_of(self, iccid: str) -> str | None:
        chip = self._chips.get(iccid)
        return chip.pin() if chip is not None else None

    def up(self, slot: Slot, identity: Identity) -> None:
        with self._lock:
            chip = self._chips.get(identity.iccid)
            if chip is None:
                _log.error("strange_card", slot=slot.name, iccid=identity.iccid)
                raise NotUp(Trouble.STRANGE_CARD)
            self._in_slot[slot.name] = chip
            chip.came_up(slot, identity)

    def down(self, slot: Slot, why: str, given_up: bool) -> None:
        chip = self._in_slot.get(slot.name)
        if chip is not None and (chip.slot is slot or given_up):
            chip.went_down(why, given_up=given_up)

    def keep(self, slot: Slot, stored: Sequence[Stored]) -> Sequence[Stored]:
        self._in_slot[slot.name].keep(stored)
        return stored

    def heard(self, slot: Slot, event: Event) -> None:
        self._in_slot[slot.name].heard(event)

    def idle(self, slot: Slot) -> None:
        self._in_slot[slot.name].idle()

    def _cycle(self, slot: str) -> bool:
        """Run the deployment's command for the slot's USB port, `{slot}` filled in."""
        command = [word.replace("{slot}", slot) for word in self._power_cycle]
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=_POWER_SECONDS)  # noqa: S603  # the deployment's own words
        except (OSError, subprocess.SubprocessError) as error:
            _log.error("power_not_cycled", slot=slot, why=type(error).__name__)
            return False
        return True


class Farms:
    """The farms of a process by pattern; each lives as long as a link uses it."""

    def __init__(self) -> None:
        self._farms: dict[str, tuple[Farm, int]] = {}
        self._lock = threading.Lock()

    def join(self, chip: Chip, times: SlotTimes) -> Farm:
        """The farm of a chip's pattern, started with its first chip."""
        pattern = chip.settings.ports
        with self._lock:
            farm, count = self._farms.get(pattern) or (Farm(pattern, times, chip.settings.power_cycle), 0)
            self._farms[pattern] = (farm, count + 1)
            farm.add(chip)
            if not count:
                farm.hub.start()
        return farm

    def leave(self, farm: Farm, chip: Chip) -> None:
        """Take a chip out; the last one stops the farm and gives the ports back. Blocks."""
        pattern = chip.settings.ports
        with self._lock:
            farm.remove(chip)
            _, count = self._farms[pattern]
            self._farms[pattern] = (farm, count - 1)
            last = count == 1
            if last:
                del self._farms[pattern]
        if last:
            farm.hub.stop()


FARMS = Farms()
