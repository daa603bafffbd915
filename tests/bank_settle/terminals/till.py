"""POS terminals at work for a day's close: real messages through the channel's own parts, and sales that the carrier lists."""

from collections.abc import Callable
from dataclasses import replace

from bank_settle.carriers.kinds import Kind
from bank_settle.terminals.kinds import BatchKind
from pos.batches import entries_of, totals_of
from pos.codec.message import Message
from pos.day_batches import provide
from pos.fields.totals import Totals
from pos.settlement import close_by_cut_over, end_what_was_in_hand
from recharge import OutcomeState, Reverse, StatementKind
from tests.bank_settle.scene import Scene
from tests.pos.stand import TERMINAL, Hand, Stand
from tests.pos.test_settlement import end, flag, settle, upload
from tests.support.books import take_back

SCOPE = "channel:pos"
SECOND = "KC000002"


class Till:
    """One terminal that settles a batch a story, over a scene whose close compares the channel's batches."""

    def __init__(self, scene: Scene) -> None:
        self.scene, self.stand, self._numbers = scene, Stand(scene.world), 0
        engine = self.stand.engine
        scene.parts = replace(scene.parts, channels={"pos": lambda begin, until: provide(engine, begin, until)})

    def begin(self) -> None:
        """A new batch."""
        self.stand.sign_in()

    def number(self) -> str:
        """A customer who has bought nothing yet."""
        self._numbers += 1
        return f"1380013{5000 + self._numbers:04d}"

    def sell(self, amount_minor: int = 5000) -> Message:
        """A sale that went well, and that the carrier lists."""
        sale, _ = self.stand.sold(amount_minor, self.number())
        attempt = self.scene.world.one("SELECT MAX(id) FROM attempt")
        self.scene.lists(attempt, serial_number="SN20261120001")
        self.scene.world.clock.pass_time(seconds=1)
        return sale

    def in_hand(self, amount_minor: int = 3000) -> int:
        """A sale that the terminal counts though nobody knows what became of it; the attempt."""
        assert self.stand.send(self.stand.hand.sale(amount_minor, self.number())).text(39) == "A6"
        order = str(self.scene.world.one("SELECT MAX(id) FROM orders"))
        self.stand.carrier(order, OutcomeState.UNKNOWN)
        self.scene.world.clock.pass_time(seconds=1)
        return int(self.scene.world.one("SELECT MAX(id) FROM attempt"))

    def totals(self) -> Totals:
        """What the host counts now."""
        return totals_of(entries_of(self.stand.engine, TERMINAL, self.stand.hand.batch))

    def balances(self) -> None:
        """The terminal settles, and counts what the host counts."""
        assert flag(settle(self.stand, self.totals())) == "1"

    def uploads(self, totals: Totals, *items: tuple[int, str, int]) -> None:
        """The terminal settles, does not balance, and lists its items to the end."""
        assert flag(settle(self.stand, totals)) == "2"
        if items:
            assert upload(self.stand, *items).text(39) == "00"
        assert end(self.stand).text(39) == "00"

    def close(self) -> None:
        """Stop."""
        self.stand.close()


def item(sale: Message, amount_minor: int | None = None) -> tuple[int, str, int]:
    """A sale as its terminal lists it."""
    amount = int(sale.text(4)) if amount_minor is None else amount_minor
    return int(sale.text(11)), "13800135000", amount


def agrees(till: Till) -> None:
    till.sell()
    till.sell(3000)
    till.balances()


def cancelled(till: Till) -> None:
    """A sale and its cancel, both counted."""
    sale = till.sell()
    first = till.scene.world.one("SELECT MAX(id) FROM attempt")
    till.stand.wait(till.stand.hand.cancel(sale))
    listed_reversal(till, int(first))
    till.balances()


def listed_reversal(till: Till, first: int) -> None:
    """The carrier lists the newest attempt as the reversal of an earlier one."""
    line = till.scene.line(first)
    reverse = int(till.scene.world.one("SELECT MAX(id) FROM attempt"))
    till.scene.lists(reverse, kind=StatementKind.REVERSAL, original_reference=str(first), amount_minor=-line.amount_minor,
                     charged_minor=-line.charged_minor, delivered_minor=-line.delivered_minor)  # fmt: skip
    till.scene.alter(first, state=OutcomeState.REVERSED)


def ours_only(till: Till) -> None:
    kept = till.sell()
    till.sell(3000)
    till.uploads(Totals(5000, 1), item(kept))


def terminal_only(till: Till) -> None:
    kept = till.sell()
    till.uploads(Totals(7000, 2), item(kept), (777, "13800135999", 2000))


def amount(till: Till) -> None:
    sale = till.sell(3000)
    till.uploads(Totals(9000, 1), item(sale, 9000))


def totals_alone(till: Till) -> None:
    sale = till.sell()
    till.uploads(Totals(90000, 3), item(sale))


def still_in_hand(till: Till) -> None:
    till.in_hand()
    till.balances()


def failed_since(till: Till) -> None:
    attempt = till.in_hand()
    till.balances()
    till.scene.world.hear(attempt, OutcomeState.FAILED)
    end_what_was_in_hand(till.stand.engine, till.stand.now())


def reversed_since(till: Till) -> None:
    """Counted while in hand; it succeeded, and a cancel from the desk took it back."""
    attempt = till.in_hand()
    till.balances()
    till.scene.world.hear(attempt, OutcomeState.SUCCESS, serial_number="SN1")
    till.scene.lists(attempt, serial_number="SN1")
    order = till.scene.world.one("SELECT order_id FROM attempt WHERE id = ?", attempt)
    take_back(till.scene.world, till.scene.world.ask("A", Reverse(str(order))))
    listed_reversal(till, attempt)


def no_totals(till: Till) -> None:
    till.sell()
    assert close_by_cut_over(till.stand.engine, TERMINAL, till.stand.hand.batch, till.stand.now())


def told_and_never_ended(till: Till) -> None:
    """The terminal's totals differ, its list never came to its end, and the cut-over closed the batch."""
    till.sell()
    settle(till.stand, Totals(9000, 2))
    assert close_by_cut_over(till.stand.engine, TERMINAL, till.stand.hand.batch, till.stand.now())


Plant = Callable[[Till], None]
# What is planted, the kinds of the terminals' cases, and those that the carrier's statement shows as well.
CASES: list[tuple[Plant, list[BatchKind], list[Kind]]] = [
    (agrees, [], []),
    (cancelled, [], []),
    (ours_only, [BatchKind.OURS_ONLY], []),
    (terminal_only, [BatchKind.TERMINAL_ONLY], []),
    (amount, [BatchKind.AMOUNT], []),
    (totals_alone, [BatchKind.TOTALS], []),
    (still_in_hand, [BatchKind.IN_HAND], [Kind.LIMBO_ABSENT]),
    (failed_since, [BatchKind.FAILED_HERE], []),
    (reversed_since, [BatchKind.REVERSED_HERE], []),
    (no_totals, [BatchKind.NO_TOTALS], []),
    (told_and_never_ended, [BatchKind.TOTALS], []),
]


def second_terminal(till: Till) -> None:
    """Another terminal that sells and never settles, and never falls silent."""
    stand = till.stand
    stand.register(SECOND, "800000000000002", "B")
    first, stand.hand = stand.hand, Hand(SECOND, "800000000000002")
    stand.sign_in()
    till.sell()
    stand.hand = first
    till.scene.world.clock.pass_time(seconds=1)
