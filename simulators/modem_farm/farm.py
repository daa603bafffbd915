"""The whole farm: slots with modems, modems with cards, the network behind, and everything a person or a test may do to them."""

import random
from pathlib import Path
from typing import Any, Final

from simulators.modem_farm.config import Plan, SlotPlan
from simulators.modem_farm.ledger import Ledger, Opening, now
from simulators.modem_farm.message_commands import junk
from simulators.modem_farm.modem import Modem
from simulators.modem_farm.network import Network
from simulators.modem_farm.sim import Sim
from simulators.modem_farm.surroundings import Surroundings

REGISTRATIONS: Final = {"home": 1, "roaming": 5, "searching": 2, "denied": 3, "none": 0}


def with_check_digit(digits: str) -> str:
    """Digits with their check digit behind them, as IMEIs and most ICCIDs have one (Luhn)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return digits + str(-total % 10)


class NoSuchThing(LookupError):
    """A slot, card or modem that the farm does not have, or that is not where it would have to be."""


class Farm:
    """Lives in one event loop: all methods are called in it. Ttys are links below `folder`, one a slot and port."""

    def __init__(self, plan: Plan, folder: Path, ledger: Ledger, seed: int) -> None:
        self.plan, self.folder, self.ledger = plan, folder, ledger
        self.around = Surroundings(plan.settings, seed)
        self.network = self.around.network = Network(self.around, plan.operators, ledger, random.Random(seed))
        self.slots: dict[str, Modem | None] = {}
        for chip in plan.chips:
            self.around.sims[chip.iccid] = Sim.of(chip)
            self.around.keep_secret(chip.dealer_pin, chip.sim_pin)
        self._open_accounts()
        for fault in plan.faults:
            self.around.faults.arm(fault)

    def _open_accounts(self) -> None:
        for chip in self.plan.chips:
            pieces = {int(units): count for units, count in chip.stock.items()}
            self.ledger.open_chip(Opening(chip.iccid, chip.operator, chip.number, chip.stock_minor, pieces))
        for number, state in self.plan.subscribers.items():
            self.ledger.set_subscriber(number, state)

    def reset_ledger(self) -> None:
        """An empty ledger with the accounts as they were opened, and no fault waiting."""
        self.around.faults.clear()
        self.ledger.empty()
        self._open_accounts()

    # Beginning and end

    def start(self) -> None:
        """Put every modem into its slot and give it power."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for number, slot in enumerate(self.plan.slots, 1):
            slot.imei = slot.imei or with_check_digit(f"35{number:012d}")
            modem = Modem(slot, self.around)
            modem.sim = self.around.sims.get(slot.iccid)
            self.around.modems.append(modem)
            self.slots[slot.name] = modem
            modem.plug(self.folder, slot.name)

    def close(self) -> None:
        """Take everything away; the ledger stays open."""
        self.around.stop()
        for modem in self.around.modems:
            modem.unplug()
        self.around.stop()

    # Finding

    def modem(self, slot: str) -> Modem:
        """The modem in a slot. Raises NoSuchThing."""
        modem = self.slots.get(slot)
        if modem is None:
            raise NoSuchThing(f"slot {slot}")
        return modem

    def modem_by_imei(self, imei: str) -> Modem:
        """A modem wherever it is. Raises NoSuchThing."""
        for modem in self.around.modems:
            if modem.plan.imei == imei:
                return modem
        raise NoSuchThing(f"modem {imei}")

    def sim(self, iccid: str) -> Sim:
        """A card wherever it is. Raises NoSuchThing."""
        if iccid not in self.around.sims:
            raise NoSuchThing(f"chip {iccid}")
        return self.around.sims[iccid]

    # What hands do

    def unplug(self, slot: str) -> str:
        """Take the modem out of a slot; its IMEI, by which it can be plugged in again."""
        modem = self.modem(slot)
        modem.unplug()
        self.slots[slot] = None
        return modem.plan.imei

    def plug(self, slot: str, imei: str) -> None:
        """Put a modem that is in no slot into an empty one. Raises NoSuchThing."""
        modem = self.modem_by_imei(imei)
        if modem.slot or self.slots.get(slot, modem) is not None:
            raise NoSuchThing(f"modem {imei} in a drawer and slot {slot} empty")
        self.slots[slot] = modem
        modem.plug(self.folder, slot)

    def move(self, slot: str, other: str) -> None:
        """Change the places of what is in two slots."""
        imeis = {here: self.unplug(here) for here in (slot, other) if self.slots.get(here) is not None}
        for here, there in ((slot, other), (other, slot)):
            if here in imeis:
                self.plug(there, imeis[here])

    def power(self, slot: str, seconds: float) -> None:
        """Take a slot's power for a while, as a hub does."""
        self.modem(slot).restart(seconds)

    def swap_cards(self, slot: str, other: str) -> None:
        """Change the cards of two modems, which start again by that."""
        one, two = self.modem(slot), self.modem(other)
        one.sim, two.sim = two.sim, one.sim
        one.restart()
        two.restart()

    def insert(self, slot: str, iccid: str) -> None:
        """Put a card into a modem, or with an empty ICCID take its card out; the modem starts again."""
        modem = self.modem(slot)
        sim = self.sim(iccid) if iccid else None
        holder = self.around.modem_of(sim) if sim is not None else None
        if holder is not None and holder is not modem:
            raise NoSuchThing(f"chip {iccid} is in another modem")
        modem.sim = sim
        modem.restart()

    def radio(self, slot: str, *, registration: str = "", signal: int | None = None) -> None:
        """Change the place a modem stands in: how it may register, and its signal (0 to 31). Raises NoSuchThing."""
        modem = self.modem(slot)
        if registration:
            if registration not in REGISTRATIONS:
                raise NoSuchThing(f"registration {registration}")
            modem.wanted_registration = REGISTRATIONS[registration]
        modem.signal = modem.signal if signal is None else max(0, min(31, signal))
        modem.look_for_network()

    def card_fails(self, iccid: str, code: int) -> None:
        """Make a card fail with a CME code (13 failure, 14 busy), or with 0 work again."""
        sim = self.sim(iccid)
        sim.failure = code
        modem = self.around.modem_of(sim)
        if modem is not None:
            modem.card_changed()

    def fill(self, iccid: str) -> None:
        """Fill a card with old messages: nothing more reaches it."""
        junk(self.sim(iccid).store, now().astimezone())

    def ring(self, slot: str) -> None:
        """Somebody calls."""
        self.modem(slot).say("RING")

    def say(self, slot: str, line: str) -> None:
        """Make a modem say any line unasked."""
        self.modem(slot).say(line)

    def transfer(self, iccid: str, *, amount_minor: int = 0, units: int = 0, pieces: int = 0) -> None:
        """Stock for a chip from the dealer above, who tells it by short message; less than nothing is spent elsewhere, in silence."""
        sim, desk = self.sim(iccid), self.network.desk(self.sim(iccid))
        self.ledger.move(iccid, "transfer", amount_minor=amount_minor, units=units, pieces=pieces)
        worth = amount_minor + units * pieces * desk.plan.unit_minor
        if worth > 0:
            self.network.post.to_card(sim, desk.plan.sender or desk.plan.service, desk.received(sim.plan, worth))

    # What is to be seen

    def paths(self) -> list[tuple[SlotPlan, list[Path]]]:
        """Each slot's plan and the places of its ttys, whether they are there now or not."""
        return [(slot, [self.folder / name for name in slot.tty_names()]) for slot in self.plan.slots]

    def slot_values(self) -> list[dict[str, Any]]:
        """Each slot as plain values."""
        return [self._slot_values(slot, modem) for slot, modem in self.slots.items()]

    def _slot_values(self, slot: str, modem: Modem | None) -> dict[str, Any]:
        if modem is None:
            return {"slot": slot, "imei": "", "present": False}
        sim = modem.sim
        return {
            "slot": slot, "imei": modem.plan.imei, "model": modem.plan.model, "present": modem.present,
            "paths": [str(port.link) for port in modem.ports], "signal": modem.signal, "registration": modem.registration,
            "hanging": modem.mischief.hanging, "iccid": sim.iccid if sim else "", "card": sim.state() if sim else "",
            "stored": len(sim.store.places) if sim else 0, "room": sim.store.room if sim else 0, "waiting": len(sim.waiting) if sim else 0,
        }  # fmt: skip

    def chip_values(self) -> list[dict[str, Any]]:
        """Each chip's account as plain values."""
        rows = self.ledger.rows(
            "select chip.*, (select count(*) from credit where credit.iccid = chip.iccid) as credits,"
            " (select coalesce(sum(charged_minor), 0) from credit where credit.iccid = chip.iccid) as charged_minor"
            " from chip order by number"
        )
        return [row | {"pieces": self.ledger.pieces(row["iccid"])} for row in rows]
