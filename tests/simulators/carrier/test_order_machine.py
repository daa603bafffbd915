"""Any order of operations, drawn and shrunk: the ledger against a plain model that knows the specification alone."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from simulators.carrier.ledger import stock
from simulators.carrier.views import agrees
from tests.simulators.carrier.conftest import World
from tests.simulators.carrier.partner import SAMPLE

OPENING = 10_000_000
REFERENCES = st.integers(1, 12).map(str)
AMOUNTS = st.sampled_from([99, 100, 101, 5000, 100_000, 100_001])
BEHAVIOURS = st.sampled_from(["ok", "partial", "barred", "accepted_ok", "accepted_failed", "accepted_stuck", "silent_done"])


@dataclass
class Expected:
    """What the model knows of one reference."""

    kind: str
    amount: int
    behaviour: str
    original: str
    code: str
    charged: int = 0


class CarrierMachine(RuleBasedStateMachine):
    """Takes orders, reverses them and lets time pass; the model is told the same and must agree after every step."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.world = World(Path(self.folder.name) / "carrier.sqlite")
        self.model: dict[str, Expected] = {}

    def teardown(self) -> None:
        self.world.close()
        self.folder.cleanup()

    def settled(self, expected: Expected) -> Expected:
        """How an order ends that is carried out now."""
        if expected.behaviour in ("barred", "accepted_failed") or not 100 <= expected.amount <= 100_000:
            refusal = "3002" if expected.behaviour == "barred" else "3009"
            expected.code = refusal if 100 <= expected.amount <= 100_000 else "3004"
        elif expected.behaviour == "partial":
            expected.code, expected.charged = "0001", expected.amount // 2
        else:
            expected.code, expected.charged = "0000", expected.amount
        return expected

    @rule(reference=REFERENCES, amount=AMOUNTS, behaviour=BEHAVIOURS)
    def recharge(self, reference: str, amount: int, behaviour: str) -> None:
        taken = self.world.take(reference, amount=amount, behaviour=behaviour)
        known = self.model.get(reference)
        if known is None:
            expected = Expected("R", amount, behaviour, "", "1000")
            self.model[reference] = expected if behaviour.startswith("accepted") else self.settled(expected)
            assert taken.fresh
        else:
            assert not taken.fresh
            same = (known.kind, known.amount) == ("R", amount)
            assert taken.refusal == ("" if same else "4009")

    @rule(reference=REFERENCES, original=REFERENCES, amount=AMOUNTS)
    def reverse(self, reference: str, original: str, amount: int) -> None:
        taken = self.world.reverse(reference, original, amount=amount)
        known = self.model.get(reference)
        if known is not None:
            same = (known.kind, known.amount, known.original) == ("V", amount, original)
            assert taken.refusal == ("" if same else "4009")
            return
        self.model[reference] = Expected("V", amount, "ok", original, self.reversal_code(reference, original, amount))
        if self.model[reference].code == "0000":
            self.model[original].code = "0002"

    def reversal_code(self, reference: str, original: str, amount: int) -> str:
        found = self.model.get(original)
        if original == reference:
            return "6002"
        if found is None:
            return "6001"
        if found.code == "0002":
            return "6004"
        wanted = found.kind == "R" and found.amount == amount and found.code in ("0000", "0001")
        return "0000" if wanted else "6002"

    @rule(seconds=st.sampled_from([0.5, 2.0, 60.0]))
    def time_passes(self, seconds: float) -> None:
        due = self.world.hand() + seconds
        ending = [row[0] for row in self.world.rows("select reference from orders where settle_at <= ?", due)]
        self.world.later(seconds)
        for reference in ending:
            self.settled(self.model[str(reference)])

    @invariant()
    def every_order_is_as_the_model_says(self) -> None:
        rows = self.world.rows("select reference, kind, amount_minor, code from orders")
        assert {row[0]: row[1:] for row in rows} == {reference: (one.kind, one.amount, one.code) for reference, one in self.model.items()}

    @invariant()
    def stock_is_as_the_model_says(self) -> None:
        held = sum(one.amount for one in self.model.values() if one.code == "1000")
        charged = sum(one.charged for one in self.model.values() if one.code in ("0000", "0001"))
        assert self.world.ledger.read(stock) == (OPENING, OPENING - held - charged, held)
        assert self.world.ledger.read(agrees)

    @invariant()
    def the_customer_has_what_was_charged(self) -> None:
        # Without a discount, what the stock lost is what the customer got.
        rows = self.world.rows("select balance_minor from subscriber where number = ?", SAMPLE)
        charged = sum(one.charged for one in self.model.values() if one.code in ("0000", "0001"))
        assert (rows[0][0] if rows else 0) == charged


TestCarrierMachine = CarrierMachine.TestCase
TestCarrierMachine.settings = settings(max_examples=60, stateful_step_count=30)
