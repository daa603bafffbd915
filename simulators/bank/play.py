"""One day of the bank: payments taken in, those of yesterday that come back, deposits, a fee; then the statement and the sealed sheet."""

import hashlib
import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from simulators.bank import mischief
from simulators.bank.account import Account, Line
from simulators.bank.deposits import Truth, arrive, reference_of
from simulators.bank.messages import answer, read_orders, statement

FEE_MINOR = 50


@dataclass(frozen=True, slots=True)
class Day:
    """What happens on a day. `reject` and `give_back`: one payment in so many (0: none); `hole`: the statement gets lost; `transfers`:
    amounts that agents transfer as they were told, each with the code whose reference stands beside it ("" for none); `mischief`: names of
    simulators/bank/mischief.py."""

    day: str
    points: Sequence[str]
    deposits: int
    virtual: Mapping[str, str] = field(default_factory=dict)
    payments: Sequence[Path] = ()
    reject: int = 0
    give_back: int = 0
    hole: bool = False
    transfers: Sequence[tuple[int, str]] = ()
    mischief: Sequence[str] = ()


class Bank:
    """The bank with its one account in a folder."""

    def __init__(self, folder: Path, number: str, seed: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._state, self._seed = folder, folder / "account.json", seed
        self.account = Account.read(self._state, number)

    def play(self, what: Day) -> dict[str, object]:
        """The day; the sheet of answers. Statement, answers to payment files and the sealed sheet are written."""
        chance = random.Random(f"{self._seed} {what.day}")
        opening = self.account.balance_minor
        lines = [self._line(-paid["amount_minor"], paid["end_to_end"]) for paid in self.account.coming_back]
        returned = [str(paid["end_to_end"]) for paid in self.account.coming_back]
        self.account.coming_back = []
        paid, refused = self._pay(what, lines)
        arrived = arrive(self.account, what.points, what.virtual, what.deposits, chance)
        lines += [line for line, _ in arrived]
        lines += [self._transfer(amount, code) for amount, code in what.transfers]
        lines.append(Line(self.account.next_reference(), -FEE_MINOR, "手续费"))
        planted = self._plant(what, lines, chance)
        self._end_day(what, opening + (mischief.OPENING_MINOR if mischief.OPENING in planted else 0), lines)
        self.account.credited = next((asdict(line) for line, truth in arrived if truth.can_be_told), None)
        sheet = _sheet(what, [truth for _, truth in arrived], paid, refused, returned, self.account.balance_minor)
        sheet["planted"] = planted
        (self._folder / f"answers-{what.day}.json").write_text(seal(sheet), encoding="utf-8")
        self.account.keep(self._state)
        return sheet

    def go_on(self, day: str, transfers: Sequence[tuple[int, str]]) -> int:
        """A day that is not over: its statement once more under its number, with these transfers beside what it had; the balance. The day
        begins with the fee where it has not begun."""
        if self.account.last.get("day") != day:
            self.play(Day(day, (), 0))
        last = self.account.last
        arrived = [self._transfer(amount, code) for amount, code in transfers]
        self.account.balance_minor += sum(line.amount_minor for line in arrived)
        self._write(last["number"], day, last["opening_minor"], [*(Line(**line) for line in last["lines"]), *arrived])
        self.account.keep(self._state)
        return self.account.balance_minor

    def correct(self) -> str:
        """The last statement once more, under its number, without one deposit that anybody can tell: that line's reference, "" if none."""
        last = self.account.last
        lines = [Line(**line) for line in last["lines"]]
        gone = next((line for line in lines if line.structured and line.amount_minor > 0), None)
        if gone is None:
            return ""
        lines.remove(gone)
        self.account.balance_minor -= gone.amount_minor
        if self.account.credited is not None and self.account.credited["reference"] == gone.reference:
            self.account.credited = None
        self._write(last["number"], last["day"], last["opening_minor"], lines)
        self.account.keep(self._state)
        return gone.reference

    def _transfer(self, amount_minor: int, code: str) -> Line:
        return Line(self.account.next_reference(), amount_minor, reference_of(code) if code else "转账")

    def _plant(self, what: Day, lines: list[Line], chance: random.Random) -> dict[str, str]:
        """What was planted, by name: the line's reference, or nothing where it is no line."""
        planted: dict[str, str] = {}
        own = list(lines)
        for name in what.mischief:
            made = mischief.MAKERS[name](self.account, lines, chance) if name in mischief.MAKERS else []
            lines += made
            if name == mischief.OTHER_AMOUNT:
                made = mischief.other_amount(own)
            if made or name in {mischief.NUMBERING, mischief.OPENING}:
                planted[name] = made[0].reference if made else ""
        self.account.statement += mischief.NUMBERING in planted
        return planted

    def _end_day(self, what: Day, opening: int, lines: list[Line]) -> None:
        self.account.balance_minor = opening + sum(line.amount_minor for line in lines)
        self.account.statement += 1
        if not what.hole:
            self._write(self.account.statement, what.day, opening, lines)

    def _write(self, number: int, day: str, opening: int, lines: list[Line]) -> None:
        self.account.last = {"number": number, "day": day, "opening_minor": opening, "lines": [asdict(line) for line in lines]}
        text = statement(self.account.number, number, day, opening, lines)
        (self._folder / f"camt053-{day}.xml").write_text(text, encoding="utf-8")

    def _pay(self, what: Day, lines: list[Line]) -> tuple[list[str], list[str]]:
        """Carry the files out; a file that came before is not carried out again."""
        paid: list[str] = []
        refused: list[str] = []
        for path in what.payments:
            message_id, orders = read_orders(path.read_bytes())
            bad = [item.end_to_end for place, item in enumerate(orders, 1) if what.reject and place % what.reject == 0]
            good = [item for item in orders if item.end_to_end not in bad]
            text = answer(message_id, bad, [item.end_to_end for item in good], what.day)
            (self._folder / f"pain002-{message_id}.xml").write_text(text, encoding="utf-8")
            refused += bad
            if message_id in self.account.seen:
                continue
            self.account.seen.append(message_id)
            for place, item in enumerate(good, 1):
                lines.append(self._line(-item.amount_minor, item.end_to_end, item.name, item.account))
                paid.append(item.end_to_end)
                if what.give_back and place % what.give_back == 0:
                    self.account.coming_back.append({"end_to_end": item.end_to_end, "amount_minor": -item.amount_minor})
        return paid, refused

    def _line(self, amount_minor: int, end_to_end: str, name: str = "", account: str = "") -> Line:
        return Line(self.account.next_reference(), amount_minor, name=name, other_account=account, end_to_end=end_to_end)


def _sheet(
    what: Day, truths: Sequence[Truth], paid: Sequence[str], refused: Sequence[str], returned: Sequence[str], closing: int
) -> dict[str, object]:
    return {
        "day": what.day,
        "deposits": [asdict(truth) for truth in truths],
        "paid": list(paid),
        "refused": list(refused),
        "returned": list(returned),
        "fee_minor": FEE_MINOR,
        "closing_minor": closing,
        "hole": what.hole,
    }


def seal(sheet: Mapping[str, object]) -> str:
    """The sheet together with the SHA-256 of its canonical form."""
    canonical = json.dumps(sheet, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return json.dumps({"sheet": sheet, "sha256": hashlib.sha256(canonical.encode()).hexdigest()}, ensure_ascii=False)
