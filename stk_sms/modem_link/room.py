"""The modems behind one pattern of ttys, shared by the links whose SIMs are in them."""

import logging
import threading
from collections.abc import Sequence
from typing import Protocol

from gsm.modem.channel import Event
from gsm.modem.hub import Hub
from gsm.modem.sim_store import Stored
from gsm.modem.slot import Slot, SlotTimes
from gsm.modem.startup import Identity, NotUp, Trouble

_log = logging.getLogger(__name__)


class CardSettings(Protocol):
    """What the room reads of a link's settings."""

    @property
    def iccid(self) -> str: ...
    @property
    def pin(self) -> str: ...


class Guest(Protocol):
    """A link that waits for its card."""

    slot: Slot | None
    pin_tried: bool

    @property
    def name(self) -> str: ...
    @property
    def settings(self) -> CardSettings: ...

    def take(self, stored: Sequence[Stored]) -> Sequence[Stored]: ...


class Room:
    """The user of a Hub (gsm.modem.slot.SlotUser). The hub runs while there is a link."""

    def __init__(self, pattern: str, times: SlotTimes | None = None) -> None:
        self._pattern, self._times = pattern, times
        self._guests: list[Guest] = []
        self._in_slot: dict[str, Guest] = {}
        self._lock = threading.Lock()
        self._hub: Hub | None = None

    def enter(self, guest: Guest) -> None:
        """A link begins to wait for its card."""
        with self._lock:
            self._guests.append(guest)
            if self._hub is None:
                self._hub = Hub(self._pattern, self, self._times)
                self._hub.start()
            for slot in self._hub.slots.values():
                if not slot.is_up:
                    slot.try_again()

    def leave(self, guest: Guest) -> None:
        """A link is done; with the last one all modems are given back. Blocks."""
        with self._lock:
            if guest not in self._guests:
                return
            self._guests.remove(guest)
            hub = self._hub
            if self._guests:
                return
            self._hub = None
        if hub is not None:
            hub.stop()

    def pin_of(self, iccid: str) -> str | None:
        guest = self._guest(iccid)
        if guest is None or not guest.settings.pin or guest.pin_tried:
            return None
        # Once for this process: a wrong PIN tried again would lock the card.
        guest.pin_tried = True
        return guest.settings.pin

    def up(self, slot: Slot, identity: Identity) -> None:
        with self._lock:
            guest = self._guest(identity.iccid)
            if guest is None:
                raise NotUp(Trouble.STRANGE_CARD)
            self._in_slot[slot.name] = guest
            guest.slot, guest.pin_tried = slot, False
        _log.info("%s is up in %s", guest.name, slot.name)

    def down(self, slot: Slot, why: str, given_up: bool) -> None:
        guest = self._in_slot.pop(slot.name, None)
        if guest is not None:
            guest.slot = None
            _log.warning("%s is down: %s", guest.name, why)

    def keep(self, slot: Slot, stored: Sequence[Stored]) -> Sequence[Stored]:
        guest = self._in_slot.get(slot.name)
        return guest.take(stored) if guest is not None else ()

    def heard(self, slot: Slot, event: Event) -> None:
        """Nothing that a modem says by itself is for this channel, but that a message came, which the slot sees to."""

    def idle(self, slot: Slot) -> None:
        """Nothing to do between jobs."""

    def _guest(self, iccid: str) -> Guest | None:
        named = next((guest for guest in self._guests if guest.settings.iccid == iccid), None)
        # A link without a card's number takes whichever card comes first.
        return named or next((guest for guest in self._guests if not guest.settings.iccid and guest.slot is None), None)
