"""A batch's totals after any history of sales, failures, cancels and reversals are those that a person would count."""

from dataclasses import dataclass, field
from random import Random

import pytest

from pos.batches import entries_of, totals_of
from pos.codec.message import Message
from pos.fields.totals import Item, Totals
from pos.settlement import differences
from recharge.domain.outcomes import OutcomeState
from tests.pos.stand import TERMINAL, Stand


@dataclass
class Tally:
    """What a shopkeeper with paper and pencil has counted."""

    sold: dict[int, int] = field(default_factory=dict)
    cancelled: dict[int, int] = field(default_factory=dict)

    @property
    def totals(self) -> Totals:
        return Totals(sum(self.sold.values()), len(self.sold), sum(self.cancelled.values()), len(self.cancelled))

    @property
    def items(self) -> list[Item]:
        return [Item(trace, "", amount) for trace, amount in (self.sold | self.cancelled).items()]


class Shop:
    """Does one thing after another and counts along."""

    def __init__(self, stand: Stand, chance: Random) -> None:
        self.stand, self.chance, self.tally = stand, chance, Tally()
        self.standing: list[Message] = []
        self._number = 0

    def step(self) -> None:
        self.stand.world.clock.pass_time(seconds=20)
        ways = [self.sell, self.sell, self.fail, self.refuse, self.leave_open, self.tombstone]
        if self.standing:
            ways += [self.cancel, self.reverse, self.cancel_in_vain, self.reverse_in_vain, self.repeat]
        self.chance.choice(ways)()

    def new(self) -> Message:
        self._number += 1
        return self.stand.hand.sale(self.chance.choice((1000, 3000, 5000)), f"1380013{self._number:04d}")

    def sell(self) -> None:
        sale = self.new()
        assert self.stand.wait(sale).text(39) == "00"
        self.tally.sold[int(sale.text(11))] = int(sale.text(4))
        self.standing.append(sale)

    def fail(self) -> None:
        assert self.stand.wait(self.new(), OutcomeState.FAILED).text(39) == "05"

    def refuse(self) -> None:
        assert self.stand.send(self.stand.hand.sale(1234)).text(39) == "13"

    def leave_open(self) -> None:
        sale = self.new()
        assert self.stand.send(sale).text(39) == "A6"
        self.tally.sold[int(sale.text(11))] = int(sale.text(4))

    def tombstone(self) -> None:
        sale = self.new()
        assert self.stand.send(self.stand.hand.about(sale, "0400")).text(39) == "25"
        assert self.stand.send(sale).text(39) == "12"

    def cancel(self) -> None:
        sale = self.standing.pop(self.chance.randrange(len(self.standing)))
        cancel = self.stand.hand.cancel(sale)
        assert self.stand.wait(cancel).text(39) == "00"
        self.tally.cancelled[int(cancel.text(11))] = int(sale.text(4))

    def cancel_in_vain(self) -> None:
        sale = self.chance.choice(self.standing)
        assert self.stand.wait(self.stand.hand.cancel(sale), OutcomeState.FAILED).text(39) == "22"

    def reverse(self) -> None:
        sale = self.standing.pop(self.chance.randrange(len(self.standing)))
        answer = self.stand.steps(self.stand.hand.frame(self.stand.hand.about(sale, "0400")))[0]
        if self.stand.answer(*answer).text(39) == "22":
            # It was refused before, and stays so.
            return
        order = self.stand.engine.orders([answer[1].order_number])  # type: ignore[union-attr]
        self.stand.carrier(next(iter(order)))
        assert self.stand.send(self.stand.hand.about(sale, "0400")).text(39) == "00"
        del self.tally.sold[int(sale.text(11))]

    def reverse_in_vain(self) -> None:
        sale = self.standing.pop(self.chance.randrange(len(self.standing)))
        opened, step = self.stand.steps(self.stand.hand.frame(self.stand.hand.about(sale, "0400")))[0]
        if self.stand.answer(opened, step).text(39) == "22":
            return
        self.stand.carrier(step.order_number, OutcomeState.FAILED)  # type: ignore[union-attr]
        assert self.stand.send(self.stand.hand.about(sale, "0400")).text(39) == "22"

    def repeat(self) -> None:
        sale = self.chance.choice(self.standing)
        assert self.stand.send(sale).text(39) == "00"
        assert self.stand.send(self.stand.hand.about(sale, "0220")).text(39) == "00"


@pytest.mark.parametrize("seed", range(4))
def test_any_history_is_counted_as_a_person_would(stand: Stand, seed: int) -> None:
    stand.world.deposit("A", "5000.00")
    shop = Shop(stand, Random(seed))
    for _ in range(25):
        shop.step()
    entries = entries_of(stand.engine, TERMINAL, 1)
    assert totals_of(entries) == shop.tally.totals
    assert {entry.trace: entry.amount_minor for entry in entries} == shop.tally.sold | shop.tally.cancelled
    assert differences(entries, shop.tally.items) == []


@pytest.mark.parametrize("seed", range(30))
def test_differences_are_exactly_what_was_changed(seed: int) -> None:
    from pos.batches import Entry

    chance = Random(seed)
    here = [Entry(trace, "13800138000", chance.randint(1, 9) * 1000, str(trace), is_cancel=False) for trace in range(1, 40)]
    there = {entry.trace: entry.amount_minor for entry in here}
    changed: dict[int, str] = {}
    for trace in chance.sample(range(1, 60), 12):
        if trace not in there:
            there[trace], changed[trace] = 1000, "terminal_only"
        elif chance.random() < 0.5:
            changed[trace] = "host_only"
            del there[trace]
        else:
            there[trace], changed[trace] = there[trace] + 1, "amount"
    items = [Item(trace, "13800138000", amount) for trace, amount in there.items()]
    chance.shuffle(items)
    assert {row["trace"]: row["kind"] for row in differences(here, items)} == changed
