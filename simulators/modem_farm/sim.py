"""A SIM card: who it is, its own PIN, and the few messages it has room for."""

from collections import deque
from dataclasses import dataclass, field
from typing import Final

from simulators.modem_farm.config import ChipPlan
from simulators.modem_farm.pdu import Deliver, Report

PIN_TRIES: Final = 3
PUK_TRIES: Final = 10
UNREAD, READ = 0, 1


@dataclass
class Stored:
    """A message in a store; `status` UNREAD or READ."""

    message: Deliver | Report
    status: int = UNREAD


class Store:
    """Numbered places for messages, from 1."""

    def __init__(self, room: int) -> None:
        self.room = room
        self.places: dict[int, Stored] = {}

    @property
    def full(self) -> bool:
        """Whether no place is free."""
        return len(self.places) >= self.room

    def put(self, message: Deliver | Report) -> int:
        """Keep a message; its place. The store must not be full."""
        place = next(number for number in range(1, self.room + 1) if number not in self.places)
        self.places[place] = Stored(message)
        return place

    def take_out(self, which: str, place: int) -> None:
        """Delete: `one`, all `read`, or `all`."""
        kept = {number: one for number, one in self.places.items() if number != place}
        if which != "one":
            kept = {number: one for number, one in self.places.items() if which == "read" and one.status != READ}
        self.places = kept


@dataclass
class Sim:
    """A card. `waiting` are messages the network holds for it; `unlocked` lasts until its modem is switched off."""

    plan: ChipPlan
    store: Store
    pin: str
    pin_left: int = PIN_TRIES
    puk_left: int = PUK_TRIES
    unlocked: bool = False
    failure: int = 0
    waiting: deque[Deliver | Report] = field(default_factory=deque)

    @classmethod
    def of(cls, plan: ChipPlan) -> "Sim":
        """A new card."""
        return cls(plan, Store(plan.room), plan.sim_pin)

    @property
    def iccid(self) -> str:
        """The number printed on the card."""
        return self.plan.iccid

    @property
    def imsi(self) -> str:
        """Who it is to the network."""
        return self.plan.imsi or f"51010{int(self.plan.iccid) % 10**10:010d}"

    def state(self) -> str:
        """What AT+CPIN? says."""
        if self.pin_left == 0:
            return "SIM PUK"
        return "READY" if self.unlocked or not self.pin else "SIM PIN"

    def enter_pin(self, pin: str) -> bool:
        """Try a PIN."""
        if pin != self.pin:
            self.pin_left -= 1
            return False
        self.pin_left, self.unlocked = PIN_TRIES, True
        return True

    def enter_puk(self, puk: str, pin: str) -> bool:
        """Try a PUK; a right one sets a new PIN."""
        if puk != self.plan.puk:
            self.puk_left = max(0, self.puk_left - 1)
            return False
        self.pin, self.pin_left, self.puk_left, self.unlocked = pin, PIN_TRIES, PUK_TRIES, True
        return True

    def switched_off(self) -> None:
        """Its modem lost power or the card was taken out."""
        self.unlocked = False

    @property
    def full_number(self) -> bytes:
        """EF-ICCID as AT+CRSM reads it: ten octets, half octets swapped, filled up with F."""
        digits = self.iccid.ljust(20, "F")
        return bytes.fromhex("".join(b + a for a, b in zip(digits[::2], digits[1::2], strict=True)))
