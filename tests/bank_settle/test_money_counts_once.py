"""Money that could be paid or credited twice and is not: cases that ended meanwhile, lines that went, two ways to book one line."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bank_settle.banks import lines
from bank_settle.carriers.kinds import Kind
from bank_settle.cases import Case
from bank_settle.people import Action, NotPossible, People
from bank_settle.pipeline import Pipeline
from bank_settle.reports.bank_sheet import bank_reconciliation
from bank_settle.reports.sheets import long_short, suspense
from bank_settle.reports.source import read_source
from recharge import Refusal, RefusalCode
from tests.bank_settle.banks.test_bank_days import MESSAGE, NEXT, SCOPE, BankScene
from tests.bank_settle.scene import DAY, Scene
from tests.bank_settle.statements.camt_files import camt, entry
from tests.support.books import check_books

HELD: dict[str, Any] = {"amount": "2.00", "payer": "6217001", "reference": "H1"}


@pytest.fixture
def bank(clean_sqlite_url: str, tmp_path: Path) -> Iterator[BankScene]:
    made = BankScene(clean_sqlite_url, tmp_path)
    yield made
    check_books(made.world)
    made.close()


def held(bank: BankScene) -> Case:
    """One deposit that is nobody's."""
    bank.statement(HELD)
    (case,) = bank.cases(DAY, SCOPE)
    return case


def corrected(bank: BankScene, *entries: dict[str, Any]) -> None:
    """The bank's day again, with other lines."""
    made = [entry(MESSAGE, item["amount"], **{name: value for name, value in item.items() if name != "amount"}) for item in entries]
    (bank.folder / f"icbc-{DAY:%Y%m%d}.xml").write_text(camt(MESSAGE, made, opening="100.00", number=1), encoding="utf-8")
    bank.run(again=True)


def booked(scene: Scene) -> dict[str, int]:
    """What stands on the accounts of the house that people's actions touch."""
    text = (
        "SELECT a.kind, SUM(p.amount_minor) FROM posting p JOIN account a ON a.id = p.account_id "
        "WHERE a.kind IN ('bank', 'adjustment') GROUP BY a.kind"
    )
    return {str(kind): int(amount) for kind, amount in scene.world.rows(text)}


def refusal(work: Any, *arguments: Any, **named: Any) -> RefusalCode:
    with pytest.raises(Refusal) as caught:
        work(*arguments, **named)
    return caught.value.code


def states(bank: BankScene) -> list[tuple[str, str, str]]:
    return [(case.kind, case.state, case.resolution) for case in bank.cases(DAY, SCOPE)]


def line_states(bank: BankScene) -> list[tuple[str, str]]:
    with bank.world.database.read() as connection:
        return [(row.state, row.rule) for row in lines.of_day(connection, "ICBC", DAY)]


def test_a_line_the_bank_took_out_is_credited_to_nobody(bank: BankScene) -> None:
    case, people = held(bank), People(bank.parts)
    people.propose(case.id, Action.CREDIT_PARTY, bank.person("FIN1"), "电话核实", "A")
    corrected(bank, {"amount": "5.00", "reference": "X1", "virtual": "880100001"})
    assert states(bank) == [("deposit_no_reference", "resolved", "withdrawn")]
    assert refusal(people.decide, case.id, Action.CREDIT_PARTY, bank.person("FIN2"), NEXT, approve=True) is RefusalCode.CASE_CLOSED
    with pytest.raises(NotPossible):
        people.propose(case.id, Action.CREDIT_PARTY, bank.person("FIN2"), "again", "B")
    assert (bank.world.balance("A"), bank.world.balance("B")) == (1000500, 1000000)


def test_a_line_that_comes_back_is_a_case_again(bank: BankScene) -> None:
    case = held(bank)
    corrected(bank, {"amount": "5.00", "reference": "X1", "virtual": "880100001"})
    corrected(bank, {"amount": "5.00", "reference": "X1", "virtual": "880100001"}, HELD)
    assert states(bank) == [("deposit_no_reference", "open", "")]
    people = People(bank.parts)
    people.propose(case.id, Action.CREDIT_PARTY, bank.person("FIN1"), "电话核实", "B")
    people.decide(case.id, Action.CREDIT_PARTY, bank.person("FIN2"), NEXT, approve=True)
    assert (bank.world.balance("A"), bank.world.balance("B")) == (1000500, 1000200)


def test_a_credited_line_the_bank_takes_out_is_a_case_and_not_taken_back_silently(bank: BankScene) -> None:
    case, people = held(bank), People(bank.parts)
    people.propose(case.id, Action.CREDIT_PARTY, bank.person("FIN1"), "slip", "A")
    people.decide(case.id, Action.CREDIT_PARTY, bank.person("FIN2"), NEXT, approve=True)
    corrected(bank, {"amount": "5.00", "reference": "X1", "virtual": "880100001"})
    assert states(bank) == [("bank_line_withdrawn", "open", ""), ("deposit_no_reference", "resolved", "credit_party")]
    assert bank.world.balance("A") == 1000700
    found = next(item for item in bank.cases(DAY, SCOPE) if item.state == "open")
    people.propose(found.id, Action.CORRECT_BANK, bank.person("FIN1"), "银行撤单")
    people.decide(found.id, Action.CORRECT_BANK, bank.person("FIN2"), NEXT, approve=True)
    # The bank has the 5.00 alone; what the agent keeps of the other line stands as a loss until it is charged.
    assert booked(bank) == {"bank": -2000000 - 500, "adjustment": -200}


@pytest.mark.parametrize("first", [Action.CREDIT_PARTY, Action.CORRECT_BANK])
def test_one_line_is_booked_in_one_way(bank: BankScene, first: Action) -> None:
    case, people = held(bank), People(bank.parts)
    second = Action.CORRECT_BANK if first is Action.CREDIT_PARTY else Action.CREDIT_PARTY
    parties = {Action.CREDIT_PARTY: "A", Action.CORRECT_BANK: ""}
    people.propose(case.id, first, bank.person("FIN1"), "x", parties[first])
    assert refusal(people.propose, case.id, second, bank.person("FIN2"), "x", parties[second]) is RefusalCode.CASE_CLOSED
    people.decide(case.id, first, bank.person("FIN2"), NEXT, approve=True)
    with pytest.raises(NotPossible):
        people.propose(case.id, second, bank.person("FIN1"), "x", parties[second])
    adjusted = {} if first is Action.CREDIT_PARTY else {"adjustment": 200}
    assert booked(bank) == {"bank": -2000000 - 200, **adjusted}


def test_a_rejected_way_leaves_the_other_one(bank: BankScene) -> None:
    case, people = held(bank), People(bank.parts)
    people.propose(case.id, Action.CREDIT_PARTY, bank.person("FIN1"), "x", "A")
    people.decide(case.id, Action.CREDIT_PARTY, bank.person("FIN2"), NEXT, approve=False)
    people.propose(case.id, Action.CORRECT_BANK, bank.person("FIN2"), "股东投入")
    people.decide(case.id, Action.CORRECT_BANK, bank.person("FIN1"), NEXT, approve=True)
    assert states(bank) == [("deposit_no_reference", "resolved", "correct_bank")]
    # What finance has booked elsewhere is held for nobody any more.
    assert line_states(bank) == [("explained", "people")]
    Pipeline(bank.parts).run_scope("house", DAY)
    source = read_source(bank.parts, DAY)
    assert suspense(source).rows == []
    assert {str(row[0]): row[1] for row in bank_reconciliation(source).rows}["减：挂账（银行已收，账上未记）"] == 0


def test_money_in_suspense_needs_two_different_people(bank: BankScene) -> None:
    case, people = held(bank), People(bank.parts)
    for who in ("CS1", "AUD1", "ADM1"):
        assert refusal(people.propose, case.id, Action.CREDIT_PARTY, bank.person(who), "x", "A") is RefusalCode.NOT_ALLOWED
    assert people.of(case.id) == []
    people.propose(case.id, Action.CREDIT_PARTY, bank.person("FIN1"), "x", "A")
    assert refusal(people.decide, case.id, Action.CREDIT_PARTY, bank.person("FIN1"), NEXT, approve=True) is RefusalCode.SAME_PERSON
    assert refusal(people.decide, case.id, Action.CREDIT_PARTY, bank.person("FIN1"), NEXT, approve=False) is RefusalCode.SAME_PERSON
    for who in ("CS1", "AUD1"):
        assert refusal(people.decide, case.id, Action.CREDIT_PARTY, bank.person(who), NEXT, approve=True) is RefusalCode.NOT_ALLOWED
    assert (bank.world.balance("A"), line_states(bank)) == (1000000, [("suspense", "none")])
    assert [(item.state, item.maker, item.checker) for item in people.of(case.id)] == [("proposed", "FIN1", "")]


def test_nobody_is_no_party_for_money_in_suspense(bank: BankScene) -> None:
    case, people = held(bank), People(bank.parts)
    assert refusal(people.propose, case.id, Action.CREDIT_PARTY, bank.person("FIN1"), "x", "NOBODY")
    for action in (Action.REFUND_AGENT, Action.CORRECT_STOCK, Action.ADJUDICATE_FAILED, Action.ADJUDICATE_SUCCESS):
        with pytest.raises(NotPossible):
            people.propose(case.id, action, bank.person("FIN1"), "x")
    assert people.waiting() == []


def test_a_rejected_credit_leaves_no_trace_in_the_books(bank: BankScene) -> None:
    case, people = held(bank), People(bank.parts)
    before = booked(bank)
    for party in ("A", "B"):
        people.propose(case.id, Action.CREDIT_PARTY, bank.person("FIN1"), "x", party)
        people.decide(case.id, Action.CREDIT_PARTY, bank.person("FIN2"), NEXT, approve=False)
    assert (booked(bank), bank.world.balance("A"), bank.world.balance("B")) == (before, 1000000, 1000000)
    bank.morning_after(2)
    bank.statement({"amount": "9.00", "payer": "6217001"}, day=NEXT, number=2)
    # A payer whom nobody confirmed is not known afterwards.
    assert bank.kinds(NEXT) == ["deposit_no_reference"]


def test_a_payer_confirmed_twice_for_one_agent_stays_known(bank: BankScene) -> None:
    bank.statement(HELD, {**HELD, "reference": "H2"})
    people = People(bank.parts)
    for case in bank.cases(DAY, SCOPE):
        people.propose(case.id, Action.CREDIT_PARTY, bank.person("FIN1"), "x", "A")
        people.decide(case.id, Action.CREDIT_PARTY, bank.person("FIN2"), NEXT, approve=True)
    bank.morning_after(2)
    bank.statement({"amount": "9.00", "payer": "6217001"}, day=NEXT, number=2)
    assert bank.kinds(NEXT) == []
    assert bank.world.balance("A") == 1000000 + 2 * 200 + 900


def paired(scene: Scene) -> tuple[Case, People]:
    """A sale that its carrier lists on the next day; a refund is proposed before that day's list comes."""
    attempt = scene.sale(listed=False)
    scene.lists(attempt, day=NEXT)
    scene.morning_after()
    scene.close_carrier()
    (case,) = scene.cases()
    people = People(scene.parts)
    people.propose(case.id, Action.REFUND_AGENT, scene.person("FIN1"), "对方无此单")
    scene.morning_after(2)
    scene.close_carrier(NEXT)
    return case, people


def test_what_the_carrier_listed_a_day_later_is_not_refunded(scene: Scene) -> None:
    case, people = paired(scene)
    assert [(item.kind, item.state, item.resolution) for item in scene.cases()] == [(Kind.OURS_ONLY, "resolved", "paired")]
    before = scene.world.balance("A")
    assert refusal(people.decide, case.id, Action.REFUND_AGENT, scene.person("FIN2"), NEXT, approve=True) is RefusalCode.CASE_CLOSED
    assert scene.world.balance("A") == before
    check_books(scene.world)


def test_what_waits_for_nothing_can_still_be_rejected(scene: Scene) -> None:
    case, people = paired(scene)
    people.decide(case.id, Action.REFUND_AGENT, scene.person("FIN2"), NEXT, approve=False)
    assert people.waiting() == []
    assert [(item.state, item.checker) for item in people.of(case.id)] == [("rejected", "FIN2")]
    (kept,) = scene.cases()
    assert (kept.state, kept.resolution) == ("resolved", "paired")


def test_a_refund_is_paid_once_however_often_it_is_approved(scene: Scene) -> None:
    scene.sale(listed=False)
    scene.morning_after()
    scene.close_carrier()
    (case,) = scene.cases()
    people, before = People(scene.parts), scene.world.balance("A")
    people.propose(case.id, Action.REFUND_AGENT, scene.person("FIN1"), "x")
    people.decide(case.id, Action.REFUND_AGENT, scene.person("FIN2"), NEXT, approve=True)
    for _ in range(2):
        assert refusal(people.decide, case.id, Action.REFUND_AGENT, scene.person("FIN2"), NEXT, approve=True) is RefusalCode.CASE_CLOSED
        with pytest.raises(NotPossible):
            people.propose(case.id, Action.REFUND_AGENT, scene.person("FIN1"), "x")
    scene.close_carrier()
    assert scene.world.balance("A") == before + 4900
    check_books(scene.world)


def test_cases_that_nobody_touches_stay_in_the_summary_until_they_end(bank: BankScene) -> None:
    bank.statement(HELD, {"amount": "-0.50", "text": "手续费", "reference": "F1"})
    Pipeline(bank.parts).run_scope("house", DAY)
    sheet = long_short(read_source(bank.parts, DAY))
    assert [row[2:] for row in sheet.rows] == [[1, 0, -50, 1, 0, -50], [1, 200, 0, 1, 200, 0]]
    people = People(bank.parts)
    for case, action, party in zip(
        sorted(bank.cases(DAY, SCOPE), key=lambda item: item.effect_minor),
        (Action.CORRECT_BANK, Action.CREDIT_PARTY),
        ("", "A"),
        strict=True,
    ):
        people.propose(case.id, action, bank.person("FIN1"), "x", party)
        people.decide(case.id, action, bank.person("FIN2"), NEXT, approve=True)
    sheet = long_short(read_source(bank.parts, DAY))
    assert [row[2:] for row in sheet.rows] == [[1, 0, -50, 0, 0, 0], [1, 200, 0, 0, 0, 0]]
    assert sheet.total is not None
    assert sheet.total[2:] == [2, 200, -50, 0, 0, 0]


def test_days_that_are_run_again_find_no_new_cases(bank: BankScene) -> None:
    held(bank)
    before = [(case.id, case.state) for case in bank.cases(DAY, SCOPE)]
    for again in (False, True, True):
        bank.run(again=again)
    assert [(case.id, case.state) for case in bank.cases(DAY, SCOPE)] == before
    assert line_states(bank) == [("suspense", "none")]


def test_a_payment_in_suspense_is_older_every_day(bank: BankScene) -> None:
    case = held(bank)
    assert [case.age(DAY + timedelta(days=days)) for days in (0, 1, 9)] == [0, 1, 9]
    Pipeline(bank.parts).run_scope("house", DAY)
    assert suspense(read_source(bank.parts, DAY)).rows[0][-1] == "T+0"
    bank.morning_after(4)
    Pipeline(bank.parts).run_scope("house", DAY + timedelta(days=3))
    assert suspense(read_source(bank.parts, DAY + timedelta(days=3))).rows[0][-1] == "T+3-7"
