"""What answers of aggregators prove, by the words of any dialect."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recharge.domain.orders import OrderKind
from recharge.domain.outcomes import Outcome, OutcomeState
from recharge.suppliers.amounts import Unit
from recharge.suppliers.contract import AttemptOrder
from recharge.suppliers.md5_form.evidence import Money, of_answer, of_notice
from recharge.suppliers.md5_form.settings import Reading

S = OutcomeState
NOW = datetime(2026, 11, 21, 12, 40, tzinfo=UTC)
ORDER = AttemptOrder("7", "13800138000", 5000, OrderKind.RECHARGE, "CMCC", NOW)
MONEY = Money(Unit.DECIMAL, 2)
WORDS = {"S": "success", "P": "part", "A": "accepted", "F": "failed", "N": "not_sent", "X": "not_found", "R": "read", "U": "unknown"}
READING = Reading.model_validate(
    {
        "code": "code",
        "codes": WORDS,
        "reference": "ref",
        "number": "phone",
        "delivered": "given",
        "charged": "cost",
        "serial_number": "sn",
        "supplier_reference": "id",
        "text": "msg",
    }
)


def said(**told: Any) -> Outcome:
    return of_answer(told, READING, ORDER, MONEY, NOW)


@pytest.mark.parametrize(
    ("code", "state"),
    [
        ("S", S.SUCCESS),
        ("A", S.ACCEPTED),
        ("F", S.FAILED),
        ("N", S.NOT_SENT),
        ("X", S.NOT_FOUND),
        ("U", S.UNKNOWN),
        ("P", S.UNKNOWN),
        ("s", S.UNKNOWN),
        ("", S.UNKNOWN),
    ],
)
def test_each_word(code: str, state: OutcomeState) -> None:
    assert said(code=code).state is state


def test_a_success_brings_all_its_pieces() -> None:
    outcome = said(code="S", ref="7", phone="13800138000", given="50.00", cost="49.5", sn="K1", id="A1", msg="13800138000 ok")
    assert (outcome.delivered_minor, outcome.charged_minor, outcome.serial_number, outcome.supplier_reference) == (5000, 4950, "K1", "A1")
    assert (outcome.text, outcome.code, outcome.number) == ("138****8000 ok", "S", "13800138000")


def test_without_a_serial_number_the_aggregators_own_serves() -> None:
    assert said(code="S", id="A1").serial_number == "A1"
    assert said(code="A", id="A1").serial_number == ""


@pytest.mark.parametrize("told", [{"ref": "8"}, {"phone": "13900139000"}, {"ref": "8", "phone": "13800138000"}])
@pytest.mark.parametrize("code", ["S", "F", "A", "N"])
def test_another_order_proves_nothing(code: str, told: dict[str, str]) -> None:
    assert said(code=code, **told).state is S.UNKNOWN


@pytest.mark.parametrize(
    ("code", "given", "state"),
    [
        ("P", "20", S.SUCCESS),
        ("P", "0", S.UNKNOWN),
        ("F", "0", S.FAILED),
        ("F", "0.01", S.UNKNOWN),
        ("N", "20", S.UNKNOWN),
        ("S", "-1", S.UNKNOWN),
    ],
)
def test_what_was_given_must_fit_the_word(code: str, given: str, state: OutcomeState) -> None:
    assert said(code=code, given=given).state is state


def test_a_notice_is_read_without_an_order() -> None:
    outcome = of_notice({"code": "S", "ref": "9", "phone": "13800138000"}, READING, MONEY, NOW)
    assert (outcome.state, outcome.number) == (S.SUCCESS, "13800138000")
    assert "13800138000" not in outcome.raw


def test_signatures_and_passwords_are_not_kept() -> None:
    outcome = said(code="S", sign="SIGNATURE", md5_str="SIGNATURE", userpws="DIGEST", deep={"a": 1})
    assert "SIGNATURE" not in outcome.raw
    assert "DIGEST" not in outcome.raw


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8), lambda inner: st.lists(inner, max_size=3), max_leaves=6
)


@given(st.dictionaries(st.sampled_from(["code", "ref", "phone", "given", "cost", "sn", "id", "msg"]), VALUES, max_size=8))
def test_any_answer_comes_to_something_and_nothing_is_raised(told: dict[str, Any]) -> None:
    outcome = of_answer(told, READING, ORDER, MONEY, NOW)
    if outcome.state is not S.UNKNOWN:
        assert str(told.get("code")).strip() in WORDS
    assert len(outcome.serial_number) <= 40
    assert len(outcome.supplier_reference) <= 64
    assert len(outcome.text) <= 200


@given(st.lists(st.dictionaries(st.sampled_from(["state", "ref"]), st.sampled_from(["S", "F", "7", "8", ""])), max_size=4))
def test_of_a_list_only_the_one_order_of_ours_counts(rows: list[dict[str, str]]) -> None:
    reading = READING.model_copy(update={"rows": "data", "state": "state", "states": READING.codes, "no_row": "not_found"})
    outcome = of_answer({"code": "R", "data": rows}, reading, ORDER, MONEY, NOW)
    ours = [row for row in rows if row.get("ref") == "7"]
    if outcome.state in {S.SUCCESS, S.FAILED}:
        assert [row["state"] for row in ours] == ["S" if outcome.state is S.SUCCESS else "F"]
    assert (outcome.state is S.NOT_FOUND) == (not ours)
