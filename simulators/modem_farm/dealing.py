"""An operator's desk: reads what a dealer's chip asks by USSD, short message or toolkit, does it in the ledger, and finds the words."""

import random
from collections.abc import Callable, Generator
from dataclasses import dataclass, field, replace
from typing import Final

from simulators.modem_farm import replies
from simulators.modem_farm.commands import Command, national, understood
from simulators.modem_farm.config import ChipPlan, OperatorPlan
from simulators.modem_farm.ledger import Credit, Ledger, NoStock, Wanted, now
from simulators.modem_farm.replies import Facts

_YES: Final = frozenset({"1", "YES", "Y", "YA", "OK"})
_GUARD_MINUTES: Final = 30
_SPENT_PIECES: Final = 1
Dialogue = Generator[str, str, "Said"]
Strikes = Callable[[str, str], str]


@dataclass
class Said:
    """What the operator says at once (`text`, None for nothing) and afterwards by short message, soon or late."""

    text: str | None
    by_sms: list[tuple[str, str]] = field(default_factory=list)
    later: Callable[[], "list[str]"] | None = None
    more: bool = False


class Talk:
    """A dialogue that is open: its question, and what follows on a reply."""

    def __init__(self, dialogue: Dialogue) -> None:
        self._dialogue = dialogue
        self.question = next(dialogue)

    def reply(self, text: str) -> "Said | Talk":
        """The next question, or the end."""
        try:
            self.question = self._dialogue.send(text)
        except StopIteration as end:
            said: Said = end.value
            return said
        return self


class Desk:
    """One operator. `strikes(iccid, text)` names the fault of this occasion."""

    def __init__(self, plan: OperatorPlan, ledger: Ledger, strikes: Strikes, chance: random.Random) -> None:
        self.plan, self._ledger, self._strikes, self._chance = plan, ledger, strikes, chance

    def hear(self, chip: ChipPlan, text: str, channel: str) -> "Said | Talk":
        """A text of a chip: the answer, or a talk that asks first. Whoever is no dealer is told that he is not understood."""
        if channel == "ussd" and text == self.plan.menu and chip.dealer_pin:
            return Talk(self._menu(chip))
        command = understood(self.plan, text, by_sms=channel == "sms") if chip.dealer_pin else None
        if command is None:
            self._ledger.note(chip.iccid, channel, "unknown", "unknown")
            return Said(self._word("unknown", chip))
        if command.kind == "recharge" and self.plan.confirm:
            return Talk(self._confirmed(chip, command, channel))
        return self.do(chip, command, channel)

    def _menu(self, chip: ChipPlan) -> Dialogue:
        choice = yield self._word("menu", chip)
        kind = {"1": "recharge", "2": "stock", "3": "last"}.get(choice.strip())
        if kind is None:
            return Said(self._word("unknown", chip))
        number = units = ""
        if kind == "recharge":
            number = yield self._word("ask_number", chip)
            units = yield self._word("ask_units", chip)
        pin = yield self._word("ask_pin", chip)
        if units and not units.isdigit():
            return Said(self._word("unknown", chip))
        command = Command(kind, pin, number, int(units or 0))
        if kind == "recharge":
            return (yield from self._confirmed(chip, command, "ussd"))
        return self.do(chip, command, "ussd")

    def _confirmed(self, chip: ChipPlan, command: Command, channel: str) -> Dialogue:
        told = yield replies.answer(self.plan, "confirm", self._facts(chip, command))
        if told.strip().upper() in _YES:
            return self.do(chip, command, channel)
        self._note(chip, command, channel, "cancelled")
        return Said(self._word("cancelled", chip))

    def do(self, chip: ChipPlan, command: Command, channel: str) -> Said:
        """Do what a command says, once its PIN is right."""
        if self._ledger.chip(chip.iccid)["locked"]:
            return self._refused(chip, command, channel, "locked")
        if command.pin != chip.dealer_pin:
            locked = self._ledger.wrong_pin(chip.iccid)
            return self._refused(chip, command, channel, "locked" if locked else "wrong_pin")
        self._ledger.right_pin(chip.iccid)
        if command.kind == "recharge":
            return self._recharge(chip, replace(command, number=national(self.plan, command.number)), channel)
        self._note(chip, command, channel, "answered")
        return Said(self._stock(chip) if command.kind == "stock" else self._last(chip))

    def _stock(self, chip: ChipPlan) -> str:
        return replies.answer(self.plan, "stock", self._facts(chip))

    def _last(self, chip: ChipPlan) -> str:
        rows = self._ledger.credits(chip.iccid)
        lines = [
            Facts(
                chip.number, now().fromisoformat(row["at"]), row["number"], row["units"], row["amount_minor"],
                serial_number=row["serial_number"], n=n,
            )
            for n, row in enumerate(rows, 1)
        ]  # fmt: skip
        return replies.latest(self.plan, self._facts(chip), lines)

    def _recharge(self, chip: ChipPlan, command: Command, channel: str) -> Said:
        struck = self._strikes(chip.iccid, f"{command.number} {command.units}")
        if struck == "request_lost":
            return Said(None)
        if struck == "spent_elsewhere":
            self._spend_elsewhere(chip, command.units)
        why = "failed" if struck == "refused" else self._objection(chip, command)
        if why:
            return self._refused(chip, command, channel, why)
        if struck in ("pending", "pending_failed"):
            return self._promise(chip, command, channel, fails=struck == "pending_failed")
        return self._credit(chip, command, channel, struck)

    def _objection(self, chip: ChipPlan, command: Command) -> str:
        if command.units not in self.plan.denominations:
            return "bad_amount"
        if self._ledger.subscriber_state(command.number) != "active":
            return "failed"
        if self.plan.repeat_guard and self._was_done(chip, command):
            return "repeat"
        return ""

    def _was_done(self, chip: ChipPlan, command: Command) -> bool:
        found = self._ledger.rows(
            "select 1 from credit where iccid = ? and number = ? and units = ? and julianday(at) > julianday('now', ?)",
            chip.iccid, command.number, command.units, f"-{_GUARD_MINUTES} minutes",
        )  # fmt: skip
        return bool(found)

    def _spend_elsewhere(self, chip: ChipPlan, units: int) -> None:
        amount_minor = units * self.plan.unit_minor
        if self.plan.by_pieces:
            self._ledger.move(chip.iccid, "spent elsewhere", units=units, pieces=-_SPENT_PIECES)
        else:
            self._ledger.move(chip.iccid, "spent elsewhere", amount_minor=-amount_minor)

    def _promise(self, chip: ChipPlan, command: Command, channel: str, *, fails: bool) -> Said:
        def later() -> list[str]:
            said = self._refused(chip, command, channel, "failed") if fails else self._credit(chip, command, channel, "")
            return [text for text in (said.text, *(text for _, text in said.by_sms)) if text]

        return Said(replies.answer(self.plan, "pending", self._facts(chip, command)), later=later)

    def _credit(self, chip: ChipPlan, command: Command, channel: str, struck: str) -> Said:
        try:
            credit = self._ledger.credit(self._wanted(chip, command, channel), self._serial_number())
        except NoStock:
            return self._refused(chip, command, channel, "no_stock")
        texts = self._told(chip, credit, struck)
        if not texts:
            return Said(None)
        by_sms = [("soon", text) for text in texts[1:]]
        if struck == "advertisement":
            by_sms.insert(0, ("soon", "Promo! *123#"))
        if self.plan.answer_by_sms and channel == "ussd":
            pending = replies.answer(self.plan, "pending", self._facts(chip, command))
            return Said(pending, [*by_sms[: struck == "advertisement"], *(("soon", text) for text in texts)])
        return Said(texts[0], by_sms)

    def _wanted(self, chip: ChipPlan, command: Command, channel: str) -> Wanted:
        amount_minor = command.units * self.plan.unit_minor
        charged_minor = amount_minor - amount_minor * self.plan.discount_basis_points // 10_000
        return Wanted(chip.iccid, channel, command.number, command.units, amount_minor, charged_minor, self.plan.by_pieces)

    def _serial_number(self) -> str:
        return f"{now():%y%m%d}{self._ledger.next_credit():06d}{self._chance.randrange(10**6):06d}"

    def _told(self, chip: ChipPlan, credit: Credit, struck: str) -> list[str]:
        facts = self._facts_of(chip, credit)
        if struck == "silent":
            return []
        if struck == "two_parts":
            return self._in_two(facts)
        if struck == "no_balance":
            text = replies.answer(self.plan, "success", facts)
            return [text[: text.find(facts.serial_number) + len(facts.serial_number)]]
        return [replies.answer(self.plan, "changed" if struck == "changed_wording" else "success", _twisted(facts, struck))]

    def _in_two(self, facts: Facts) -> list[str]:
        if replies.has(self.plan, "part1"):
            return [replies.answer(self.plan, part, facts) for part in ("part1", "part2")]
        text = replies.answer(self.plan, "success", facts)
        cut = max(text.rfind(mark, 0, text.find(facts.serial_number)) for mark in (". ", ",", " "))
        return [f"1/2 {text[: cut + 1].strip()}", f"2/2 {text[cut + 1 :].strip()}"]

    def _refused(self, chip: ChipPlan, command: Command, channel: str, why: str) -> Said:
        self._note(chip, command, channel, why)
        return Said(replies.answer(self.plan, why, self._facts(chip, command)))

    def _note(self, chip: ChipPlan, command: Command, channel: str, outcome: str) -> None:
        self._ledger.note(chip.iccid, channel, command.kind, outcome, number=command.number, units=command.units)

    def _word(self, kind: str, chip: ChipPlan) -> str:
        return replies.answer(self.plan, kind, self._facts(chip))

    def received(self, chip: ChipPlan, amount_minor: int) -> str:
        """The message about stock that came from the dealer above."""
        return replies.answer(self.plan, "received", replace(self._facts(chip), amount_minor=amount_minor))

    def _facts(self, chip: ChipPlan, command: Command | None = None) -> Facts:
        account = self._ledger.chip(chip.iccid)
        number, units = (national(self.plan, command.number), command.units) if command else ("", 0)
        amount_minor = units * self.plan.unit_minor
        return Facts(
            chip.number, now(), number, units, amount_minor, self._wanted(chip, Command("", "", "", units), "").charged_minor,
            int(account["stock_minor"]), self._ledger.pieces(chip.iccid) if self.plan.by_pieces else None,
            ticket=self._chance.randrange(10**8, 10**9),
        )  # fmt: skip

    def _facts_of(self, chip: ChipPlan, credit: Credit) -> Facts:
        wanted = credit.wanted
        return replace(
            self._facts(chip), at=credit.at, number=wanted.number, units=wanted.units, amount_minor=wanted.amount_minor,
            charged_minor=wanted.charged_minor, serial_number=credit.serial_number,
        )  # fmt: skip


def _twisted(facts: Facts, struck: str) -> Facts:
    if struck == "wrong_balance":
        pieces = None if facts.pieces is None else {units: count + 7 for units, count in facts.pieces.items()}
        return replace(facts, balance_minor=facts.balance_minor + 77_700, pieces=pieces)
    if struck == "masked_number":
        return replace(facts, number=facts.number[:4] + "*" * (len(facts.number) - 7) + facts.number[-3:])
    if struck == "other_number":
        return replace(facts, number=facts.number[:-1] + str((int(facts.number[-1]) + 1) % 10))
    if struck == "other_amount":
        return replace(facts, units=facts.units * 2, amount_minor=facts.amount_minor * 2)
    return facts
