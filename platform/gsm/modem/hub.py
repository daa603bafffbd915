"""All slots of one pattern of ttys: new ones are found while the program runs, gone ones wait for their return."""

import threading
from collections.abc import Callable

from gsm.modem.opening import PortOpener, slots_of
from gsm.modem.serial_port import SerialPort
from gsm.modem.slot import Slot, SlotTimes, SlotUser

LOOK_EVERY_SECONDS = 1.0


class Hub:
    """Runs a Slot for each place that has, or had, a tty."""

    def __init__(
        self,
        pattern: str,
        user: SlotUser,
        times: SlotTimes | None = None,
        opener: PortOpener = SerialPort,
        cycle_power: Callable[[str], bool] | None = None,
    ) -> None:
        self._pattern, self._user, self._times = pattern, user, times or SlotTimes()
        self._opener, self._cycle_power = opener, cycle_power
        self._slots: dict[str, Slot] = {}
        self._seen: dict[str, list[str]] = {}
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._look_forever, name="modem-hub", daemon=True)

    @property
    def slots(self) -> dict[str, Slot]:
        """The slots by name."""
        return dict(self._slots)

    def start(self) -> None:
        """Begin to look for modems."""
        self._thread.start()

    def stop(self) -> None:
        """Stop all slots and wait for them."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()
        for slot in self._slots.values():
            slot.stop()

    def _look_forever(self) -> None:
        while True:
            self._seen = slots_of(self._pattern)
            for name in self._seen:
                if name not in self._slots:
                    self._slots[name] = slot = self._new(name)
                    slot.start()
            if self._stopping.wait(LOOK_EVERY_SECONDS):
                return

    def _new(self, name: str) -> Slot:
        # Asked anew each time: after a reset a tty may have come back that the last look did not see.
        return Slot(name, lambda: slots_of(self._pattern).get(name, []), self._user, self._times, self._opener, self._cycle_power)
