"""Commission that was earned on a day and is taken back on the next, to the fen, whoever has moved it meanwhile."""

from collections.abc import Iterator
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bank_settle.house.commission import CommissionRun, Earned, Rule, Rules, earn, no_rules, read_rules
from bank_settle.pipeline import Pipeline
from bank_settle.reports.sheets import commission, trial_balance
from bank_settle.reports.source import read_source
from recharge import CommissionToDeposit, OutcomeState, Reverse, SaleFact
from recharge.books.rollup import roll_up
from recharge.domain.outcomes import AttemptAction
from tests.bank_settle.scene import DAY, Scene
from tests.support.books import check_books

NEXT = DAY + timedelta(days=1)
RULE = "[[rule]]\nname='all'\nbp={bp}\neffective_from=2026-01-01\n"
SALE = SaleFact("A", "POINT", "CMCC", "MS50", 5000, "settle", 1, 5000, 4900)


class Ruled(Scene):
    """A scene with commission by rule."""

    def __init__(self, url: str, folder: Path) -> None:
        super().__init__(url, folder, commission=folder / "rules.toml")
        self.rule(100)

    def rule(self, bp: int) -> None:
        """From now on this is the rule."""
        path = self.configuration.commission
        assert path is not None
        path.write_text(RULE.format(bp=bp), encoding="utf-8")

    def house(self, day: date = DAY) -> dict[str, Any]:
        """The house's day as far as it goes; what commission came to."""
        outcome = Pipeline(self.parts).run_scope("house", day)
        assert outcome.waits is None
        return dict(outcome.day.facts["commission"])

    def taken_back_over_midnight(self, **meanwhile: Any) -> Any:
        """A sale of the evening that the carrier gives back after midnight; the day is closed in between."""
        self.morning_after(0)
        self.world.clock.pass_time(hours=14, minutes=30)
        attempt = self.sale(**meanwhile)
        order = self.world.one("SELECT order_id FROM attempt WHERE id = ?", attempt)
        asked = self.world.ask("A", Reverse(str(order)))
        back = self.world.send(asked, AttemptAction.REVERSE)
        self.world.hear(back, OutcomeState.UNKNOWN)
        self.world.clock.pass_time(hours=3)
        return back

    def commission_of(self, code: str) -> int:
        """All that is booked on an agent's commission."""
        text = "SELECT COALESCE(SUM(p.amount_minor), 0) FROM posting p JOIN account a ON a.id = p.account_id "
        return int(self.world.one(f"{text} JOIN party t ON t.id = a.owner_id WHERE a.kind = 'commission' AND t.code = ?", code))


@pytest.fixture
def ruled(clean_sqlite_url: str, tmp_path: Path) -> Iterator[Ruled]:
    made = Ruled(clean_sqlite_url, tmp_path)
    yield made
    check_books(made.world)
    made.close()


def test_what_is_taken_back_on_the_next_day_counts_against_that_day(ruled: Ruled) -> None:
    back = ruled.taken_back_over_midnight()
    assert ruled.house()["amount_minor"] == 50
    ruled.world.hear(back, OutcomeState.SUCCESS)
    ruled.morning_after(2)
    assert ruled.house(NEXT)["amount_minor"] == -50
    assert ruled.commission_of("A") == 0
    # The first day stays as it was frozen.
    assert ruled.house()["amount_minor"] == 50


def test_it_is_taken_back_at_the_rate_of_the_day_on_which_it_is(ruled: Ruled) -> None:
    back = ruled.taken_back_over_midnight()
    ruled.house()
    ruled.rule(40)
    ruled.world.hear(back, OutcomeState.SUCCESS)
    ruled.morning_after(2)
    assert ruled.house(NEXT)["amount_minor"] == -20
    assert ruled.commission_of("A") == 30


def test_it_is_taken_back_once_however_often_the_day_is_run(ruled: Ruled) -> None:
    back = ruled.taken_back_over_midnight()
    ruled.house()
    ruled.world.hear(back, OutcomeState.SUCCESS)
    ruled.morning_after(2)
    first = ruled.house(NEXT)
    rules = ruled.configuration.commission
    assert rules is not None
    for _ in range(3):
        assert CommissionRun(ruled.parts, read_rules(rules)).run(NEXT) == first
    assert ruled.commission_of("A") == 0


def test_a_day_goes_on_where_the_commission_has_been_moved_out_already(ruled: Ruled) -> None:
    back = ruled.taken_back_over_midnight()
    ruled.house()
    roll_up(ruled.world.database)
    moved = ruled.world.ask("A", CommissionToDeposit(50))
    assert moved.refusal is None, moved
    ruled.world.hear(back, OutcomeState.SUCCESS)
    ruled.morning_after(2)
    assert ruled.house(NEXT)["amount_minor"] == -50
    # What the agent owes stands on its commission until it earns again.
    assert ruled.commission_of("A") == -50


def test_the_sheet_says_what_was_booked(ruled: Ruled) -> None:
    ruled.sale()
    ruled.sale("B", "30.00")
    ruled.morning_after()
    facts = ruled.house()
    sheet = commission(read_source(ruled.parts, DAY))
    assert [(row[0], row[1], row[2]) for row in sheet.rows] == [("A", 50, 0), ("B", 30, 0)]
    assert sheet.total == ["合计", facts["amount_minor"], facts["remainder_millionths"], None]
    numbers = [str(row[3]) for row in sheet.rows]
    assert len(set(numbers)) == 2
    assert all(ruled.world.one("SELECT state FROM orders WHERE id = ?", int(number)) == "succeeded" for number in numbers)
    assert facts["rules"][:16] in sheet.note
    # Commission is in the balances that were frozen after it.
    kinds = {str(row[0]): row[-1] for row in trial_balance(read_source(ruled.parts, DAY)).rows}
    assert sum(int(value or 0) for value in kinds.values()) == 0
    assert {ruled.commission_of("A"), ruled.commission_of("B")} == {50, 30}


def test_a_rate_of_nothing_books_nothing(ruled: Ruled) -> None:
    ruled.rule(0)
    ruled.sale()
    ruled.morning_after()
    assert (ruled.house()["agents"], ruled.commission_of("A")) == (0, 0)
    assert commission(read_source(ruled.parts, DAY)).rows == []


def test_less_than_half_a_fen_is_a_remainder_and_no_order(ruled: Ruled) -> None:
    ruled.rule(1)
    ruled.sale("A", "30.00")
    ruled.morning_after()
    facts = ruled.house()
    # 3000 fen at 0.01 %: 0.3 fen, which nobody is paid.
    assert (facts["agents"], facts["amount_minor"], facts["remainder_millionths"]) == (1, 0, 300_000)
    assert commission(read_source(ruled.parts, DAY)).rows == [["A", 0, 300_000, ""]]


def rules(*made: dict[str, Any]) -> Rules:
    usual = {"name": "r", "bp": 10, "effective_from": date(2026, 1, 1)}
    return Rules(tuple(Rule.model_validate(usual | item) for item in made), "x")


SALES = st.lists(st.tuples(st.sampled_from("AB"), st.integers(1, 10**6), st.sampled_from(("settle", "reversal"))), max_size=20)


def sales(told: list[tuple[str, int, str]]) -> list[SaleFact]:
    return [SALE._replace(party_code=code, delivered_minor=amount, entry_kind=kind) for code, amount, kind in told]


def exact(told: list[tuple[str, int, str]], code: str, bp: int) -> Fraction:
    return Fraction(sum(amount if kind == "settle" else -amount for of, amount, kind in told if of == code) * bp, 10_000)


@settings(max_examples=30)
@given(SALES, st.integers(0, 2000))
def test_sold_and_taken_back_are_summed_exactly_and_rounded_once(told: list[tuple[str, int, str]], bp: int) -> None:
    found = {item.party_code: item for item in earn(rules({"bp": bp}), sales(told), DAY)}
    for code in "AB":
        item = found.get(code, Earned(code, 0, 0))
        assert item.amount_minor + Fraction(item.remainder_millionths, 10**6) == exact(told, code, bp)
        assert abs(item.remainder_millionths) <= 500_000


@settings(max_examples=30)
@given(SALES, st.integers(0, 2000), st.randoms(use_true_random=False))
def test_the_order_of_sales_is_no_matter(told: list[tuple[str, int, str]], bp: int, chance: Any) -> None:
    made, mixed = sales(told), sales(told)
    chance.shuffle(mixed)
    assert earn(rules({"bp": bp}), made, DAY) == earn(rules({"bp": bp}), mixed, DAY)


@settings(max_examples=30)
@given(SALES, st.integers(0, 2000))
def test_taking_all_back_is_the_negative_of_earning_it(told: list[tuple[str, int, str]], bp: int) -> None:
    other = {"settle": "reversal", "reversal": "settle"}
    back = [(code, amount, other[kind]) for code, amount, kind in told]
    forth = {item.party_code: item for item in earn(rules({"bp": bp}), sales(told), DAY)}
    for item in earn(rules({"bp": bp}), sales(back), DAY):
        assert (item.amount_minor, item.remainder_millionths) == (
            -forth[item.party_code].amount_minor,
            -forth[item.party_code].remainder_millionths,
        )


@pytest.mark.parametrize(
    ("sold", "back", "amount"),
    [
        # 20,000 fen reach the step of 2 %; what is taken back on the same day does not bring the volume under it again.
        (20_000, 0, 400),
        (20_000, 5_000, 300),
        (19_999, 0, 200),
        # Nothing sold: the step is not reached, and what is taken back counts at the plain rate.
        (0, 20_000, -200),
    ],
)
def test_steps_of_volume_count_what_was_sold_on_the_day(sold: int, back: int, amount: int) -> None:
    step = rules({"bp": 100}, {"name": "many", "bp": 200, "from_volume_minor": 20_000})
    told = [("A", sold, "settle")] * bool(sold) + [("A", back, "reversal")] * bool(back)
    assert sum(item.amount_minor for item in earn(step, sales(told), DAY)) == amount


def test_one_agents_volume_does_not_lift_another() -> None:
    step = rules({"bp": 100}, {"name": "many", "bp": 200, "from_volume_minor": 20_000})
    told = [("A", 20_000, "settle"), ("B", 10_000, "settle")]
    assert {item.party_code: item.amount_minor for item in earn(step, sales(told), DAY)} == {"A": 400, "B": 100}


def test_the_last_day_of_a_rule_is_in_and_the_next_one_out() -> None:
    until = rules({"bp": 100, "effective_from": DAY, "effective_until": DAY})
    assert [item.amount_minor for item in earn(until, [SALE], DAY)] == [50]
    assert earn(until, [SALE], NEXT) == []
    assert earn(until, [SALE], DAY - timedelta(days=1)) == []


def test_rules_have_a_digest_of_what_they_say_and_not_of_how_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "rules.toml"
    path.write_text(RULE.format(bp=100), encoding="utf-8")
    first = read_rules(path).sha256
    path.write_text("# the same once more\n" + RULE.format(bp=100).replace("name", "\nname"), encoding="utf-8")
    assert read_rules(path).sha256 == first
    path.write_text(RULE.format(bp=101), encoding="utf-8")
    assert len({first, read_rules(path).sha256, no_rules().sha256}) == 3
