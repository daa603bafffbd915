"""One day of the bank: payments taken in, those of yesterday that come back, deposits, a fee; then the statement and the sealed sheet."""

import hashlib
import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from simulators.bank.account import Account, Line
from simulators.bank.deposits import Truth, arrive
from simulators.bank.messages import answer, read_orders, statement

FEE_MINOR = 50


@dataclass(frozen=True, slots=True)
class Day:
    """What happens on a day. `reject` and `give_back`: one payment in so many (0: none); `hole`: the statement gets lost."""

    day: str
    points: Sequence[str]
    deposits: int
    virtual: Mapping[str, str] = field(default_factory=dict)
    payments: Sequence[Path] = ()
    reject: int = 0
    give_back: int = 0
    hole: bool = False


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
        fee = Line(self.account.next_reference(), -FEE_MINOR, "手续费")
        lines.append(fee)
        self.account.balance_minor += sum(line.amount_minor for line in lines)
        self.account.statement += 1
        if not what.hole:
            text = statement(self.account.number, self.account.statement, what.day, opening, lines)
            (self._folder / f"camt053-{what.day}.xml").write_text(text, encoding="utf-8")
        sheet = _sheet(what, [truth for _, truth in arrived], paid, refused, returned, self.account.balance_minor)
        (self._folder / f"answers-{what.day}.json").write_text(seal(sheet), encoding="utf-8")
        self.account.keep(self._state)
        return sheet

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
