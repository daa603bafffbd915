"""Random lives of a chip against a plain model: whatever comes in whatever order, no text ends an order it does not prove."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import combinations

import pytest

from recharge.books.database import Database
from recharge.domain.outcomes import OutcomeState
from recharge.suppliers.chip_modem.ledger import Finding, Held, check
from tests.recharge.suppliers.chip_modem.test_arrivals import Desk

S = OutcomeState
NUMBERS = [f"08130000000{digit}" for digit in range(4)]
FACES = [500_000, 1_000_000]
STEPS = 60


@dataclass
class Operator:
    """What really happened: a stock, and the credits with their serial numbers and the texts that tell them."""

    stock: dict[int, int] = field(default_factory=lambda: {500_000: 1000, 1_000_000: 1000})
    credits: dict[int, tuple[str, int, str]] = field(default_factory=dict)
    untold: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    def credit(self, attempt: int, number: str, face: int) -> None:
        serial = str(10_000 + attempt)
        self.stock[face] -= 1
        self.credits[attempt] = (number, face, serial)
        self.untold.append(f"{number} {face // 100} berhasil SN {serial} sisa {face // 100_000}rb={self.stock[face]}")

    def all_stock(self) -> str:
        return "stok " + " ".join(f"{face // 100_000}rb={count}" for face, count in self.stock.items())


class Life:
    """One chip's life by chance."""

    def __init__(self, desk: Desk, seed: int) -> None:
        self.desk, self.operator, self.chance = desk, Operator(), random.Random(seed)
        self.attempts: dict[int, tuple[str, int]] = {}

    def step(self) -> None:
        self.chance.choice([self.order, self.order, self.late, self.again, self.stock, self.strange])()

    def order(self) -> None:
        """An order to a number that has none open, as the chip's own bar has it."""
        orders = self.desk.book.orders("8962000000000000001", self.desk.clock.now())
        free = [number for number in NUMBERS if number not in {one.number for one in orders if one.is_open or one.is_unproved}]
        if not free:
            return
        attempt, number, face = len(self.attempts) + 1, self.chance.choice(free), self.chance.choice(FACES)
        self.attempts[attempt] = (number, face)
        self.desk.send(attempt, number, face)
        if self.chance.random() < 0.7:
            self.operator.credit(attempt, number, face)
        if self.operator.untold and self.chance.random() < 0.6:
            words = self.operator.untold.pop()
            self.operator.told.append(words)
            self.desk.hear(words, current=attempt, channel="ussd")
        else:
            self.desk.book.settle(attempt, S.UNKNOWN, self.desk.clock.now(), "no_cusd")
        self.desk.stock.refresh()

    def late(self) -> None:
        if self.operator.untold:
            words = self.operator.untold.pop(self.chance.randrange(len(self.operator.untold)))
            self.operator.told.append(words)
            self.desk.hear(words)

    def again(self) -> None:
        """The network repeats a message."""
        if self.operator.told:
            self.desk.hear(self.chance.choice(self.operator.told))

    def stock(self) -> None:
        self.desk.hear(self.operator.all_stock())

    def strange(self) -> None:
        self.desk.hear(self.chance.choice(["promo 5GB", "Selamat datang", "berhasil SN 1", "081399999999 10000 berhasil SN 2"]))

    def check(self) -> None:
        """Every order that is called done was done; its serial number is its own; no gap was found where nobody else sold."""
        for attempt in self.attempts:
            found = self.desk.book.order(attempt)
            assert found is not None
            if found.state == S.SUCCESS.value:
                assert attempt in self.operator.credits, attempt
                assert found.serial_number in {"", self.operator.credits[attempt][2]}
        assert not self.desk.gaps


@pytest.fixture
def desk(clean_sqlite_url: str) -> Iterator[Desk]:
    database = Database(clean_sqlite_url)
    yield Desk(database)
    database.close()


def test_lives_by_chance(desk: Desk) -> None:
    life = Life(desk, random.randrange(2**32))
    life.stock()
    for _ in range(STEPS):
        life.step()
        life.check()
    # In the end the operator tells all it has not told, and every credit is known by its own number.
    while life.operator.untold:
        life.late()
    life.check()
    done = [attempt for attempt in life.attempts if (found := desk.book.order(attempt)) and found.state == "success"]
    assert set(done) <= set(life.operator.credits)
    assert len(done) >= len(life.operator.credits) * 0.7


def explanations(missing: int, amounts: list[int]) -> int:
    return sum(sum(some) == missing for size in range(1, len(amounts) + 1) for some in combinations(amounts, size))


def test_the_ledger_against_counting_everything() -> None:
    chance = random.Random()
    for _ in range(500):
        held = [Held(str(number), chance.choice([1, 2, 3])) for number in range(chance.randrange(5))]
        late = [chance.choice([1, 2, 3]) for _ in range(chance.randrange(3))]
        missing = chance.randrange(-2, 8)
        found = check(100, 100 - missing, 0, held, late)
        ways = explanations(missing, [*(one.amount for one in held), *late])
        alone = [one for one in held if one.amount == missing]
        if missing == 0:
            assert found.finding is Finding.FITS
        elif missing < 0:
            assert found.finding is Finding.RISE
        elif ways == 0:
            assert found.finding is Finding.GAP
        elif ways == 1 and alone:
            assert (found.finding, found.proved) == (Finding.EVIDENCE, alone[0].reference)
        else:
            assert found.finding is Finding.AMBIGUOUS
