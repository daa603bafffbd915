"""Commission by rule: which rule counts, exact sums rounded once, frozen per day, booked once, taken back on reversal."""

from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bank_settle.configuration import read_configuration
from bank_settle.house.commission import BadRules, CommissionRun, Rule, Rules, earn, no_rules, read_rules
from bank_settle.pipeline import Pipeline
from recharge import SaleFact
from tests.bank_settle.scene import DAY, Scene
from tests.support.books import check_books
from tests.support.source import ROOT

SALE = SaleFact("A", "POINT", "CMCC", "MS50", 5000, "settle", 1, 5000, 4900)


def rules(*made: Rule) -> Rules:
    return Rules(made, "x")


def rule(bp: int = 10, name: str = "r", since: date = date(2026, 1, 1), **words: object) -> Rule:
    return Rule.model_validate({"name": name, "bp": bp, "effective_from": since, **words})


@pytest.mark.parametrize(
    ("made", "amount"),
    [
        ([rule(100)], 50),
        ([rule(100, effective_until=date(2026, 11, 19))], 0),
        ([rule(100, since=date(2026, 11, 21))], 0),
        ([rule(100), rule(200, since=DAY)], 100),
        ([rule(100), rule(40, tier="POINT")], 20),
        ([rule(100), rule(40, tier="DIST")], 50),
        ([rule(40, carrier="CMCC"), rule(60, carrier="CMCC", product="MS50"), rule(100)], 30),
        ([rule(100), rule(200, from_volume_minor=5000)], 100),
        ([rule(100), rule(200, from_volume_minor=5001)], 50),
        ([], 0),
    ],
)
def test_the_narrowest_newest_rule_counts(made: list[Rule], amount: int) -> None:
    assert sum(item.amount_minor for item in earn(rules(*made), [SALE], DAY)) == amount


def test_a_sale_taken_back_counts_against_it() -> None:
    back = SALE._replace(entry_kind="reversal")
    assert earn(rules(rule(100)), [SALE, back], DAY) == []
    assert [item.amount_minor for item in earn(rules(rule(100)), [back], DAY)] == [-50]


@given(st.lists(st.integers(1, 10**7), max_size=30), st.integers(0, 2000))
def test_nothing_is_lost_in_rounding(delivered: list[int], bp: int) -> None:
    sales = [SALE._replace(delivered_minor=amount) for amount in delivered]
    exact = Fraction(sum(delivered) * bp, 10_000)
    found = earn(rules(rule(bp)), sales, DAY)
    booked = sum(item.amount_minor + Fraction(item.remainder_millionths, 10**6) for item in found)
    assert booked == exact
    assert all(abs(item.remainder_millionths) <= 500_000 for item in found)


def test_half_a_fen_goes_to_the_even_one() -> None:
    halves = [SALE._replace(party_code=code, delivered_minor=amount) for code, amount in (("A", 500), ("B", 1500))]
    assert [item.amount_minor for item in earn(rules(rule(10)), halves, DAY)] == [0, 2]


@pytest.mark.parametrize("text", ["", "[[rule]]\nname='x'", "[[rule]]\nname='x'\nbp=2001\neffective_from=2026-01-01", "rule = 1", "x ="])
def test_rules_that_cannot_be_used(tmp_path: Path, text: str) -> None:
    path = tmp_path / "rules.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadRules):
        read_rules(path)


def test_the_examples_can_be_used() -> None:
    folder = ROOT / "deploy" / "settle"
    configuration = read_configuration(folder / "settle.toml")
    assert configuration.scopes == ["carrier:CARRIER", "carrier:CARRIER2", "bank:ICBC", "channel:pos", "house"]
    assert configuration.commission is not None
    assert len(read_rules(configuration.commission).rules) == 2
    assert len({read_rules(configuration.commission).sha256, no_rules().sha256}) == 2


def test_a_day_is_booked_once_and_frozen(any_scene: Scene, tmp_path: Path) -> None:
    scene, path = any_scene, tmp_path / "rules.toml"
    path.write_text("[[rule]]\nname='all'\nbp=100\neffective_from=2026-01-01\n", encoding="utf-8")
    scene.configuration = scene.configuration.model_copy(update={"commission": path})
    scene.parts = scene.new_parts("rules")
    scene.sale()
    scene.sale("B", "30.00")
    scene.morning_after()
    facts = Pipeline(scene.parts).run_scope("house", DAY).day.facts["commission"]
    assert (facts["agents"], facts["amount_minor"]) == (2, 80)
    path.write_text("[[rule]]\nname='all'\nbp=200\neffective_from=2026-01-01\n", encoding="utf-8")
    again = CommissionRun(scene.parts, read_rules(path)).run(DAY)
    assert again == facts
    text = "SELECT SUM(p.amount_minor) FROM posting p JOIN account a ON a.id = p.account_id JOIN party t ON t.id = a.owner_id"
    booked = [int(scene.world.one(f"{text} WHERE a.kind = 'commission' AND t.code = ?", code)) for code in ("A", "B")]
    assert booked == [50, 30]
    check_books(scene.world)
