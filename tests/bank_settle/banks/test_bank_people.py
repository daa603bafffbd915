"""What two people do about a bank's cases: charge an agent, book what the books do not have, explain only what has no money in it."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from bank_settle import tables
from bank_settle.banks import lines, reference
from bank_settle.banks.kinds import SUSPENSE, BankKind
from bank_settle.cases import Case
from bank_settle.people import Action, NotPossible, People, possible
from bank_settle.pipeline import Pipeline
from bank_settle.reports.sheets import SHEETS
from bank_settle.reports.source import read_source
from recharge import EndpointKind, Refusal, RefusalCode
from recharge.engine.administration import SHELL
from tests.bank_settle.banks.test_bank_days import MESSAGE, NEXT, SCOPE, BankScene, approved
from tests.bank_settle.scene import DAY
from tests.bank_settle.statements.camt_files import camt, entry
from tests.support.books import check_books, posted


@pytest.fixture
def scene(clean_sqlite_url: str, tmp_path: Path) -> Iterator[BankScene]:
    made = BankScene(clean_sqlite_url, tmp_path)
    yield made
    check_books(made.world)
    made.close()


def the_case(scene: BankScene, kind: BankKind, day: date = DAY) -> Case:
    (found,) = [case for case in scene.cases(day, SCOPE) if case.kind == kind]
    return found


def both(scene: BankScene, case: Case, action: Action, party: str = "") -> None:
    """One proposes, another approves."""
    People(scene.parts).propose(case.id, action, scene.person("FIN1"), "银行来函", party)
    People(scene.parts).decide(case.id, action, scene.person("FIN2"), NEXT, approve=True)


def taken_back(scene: BankScene) -> Case:
    """A deposit that the bank credited and took back the next day."""
    scene.statement({"amount": "100.00", "virtual": "880100001", "reference": "R1"})
    scene.morning_after(2)
    scene.statement({"amount": "-100.00", "reference": "R1", "reversal": True}, day=NEXT, number=2)
    return the_case(scene, BankKind.REVERSED, NEXT)


def unexplained(scene: BankScene, day: date = NEXT) -> int:
    """What the bank sheet cannot explain."""
    Pipeline(scene.parts).run_scope("house", day)
    source = read_source(scene.parts, day)
    rows = next(found.rows for make in SHEETS if (found := make(source)).key == "bank")
    return int(rows[-1][1] or 0)


def test_money_the_bank_took_back_is_charged_to_the_agent(scene: BankScene) -> None:
    case = taken_back(scene)
    assert scene.world.balance("A") == 1010000
    both(scene, case, Action.CHARGE_AGENT)
    assert scene.world.balance("A") == 1000000
    assert "adjustment" not in posted(scene.world)
    assert posted(scene.world)["bank"] == -2000000
    (case,) = scene.cases(NEXT, SCOPE)
    assert (case.state, case.resolution) == ("resolved", "charge_agent")


def test_the_bank_sheet_agrees_before_and_after(scene: BankScene) -> None:
    case = taken_back(scene)
    before = unexplained(scene)
    # Booked today: the sheet of that day is what agrees with it.
    both(scene, case, Action.CHARGE_AGENT)
    third = DAY + timedelta(days=2)
    scene.morning_after(3)
    scene.statement({"amount": "1.00", "virtual": "880100001"}, day=third, number=3)
    assert unexplained(scene, third) == before


def test_only_one_of_what_books_the_same_money(scene: BankScene) -> None:
    case, people = taken_back(scene), People(scene.parts)
    people.propose(case.id, Action.CHARGE_AGENT, scene.person("FIN1"), "x")
    for action in (Action.CORRECT_BANK, Action.CHARGE_AGENT):
        with pytest.raises(Refusal) as caught:
            people.propose(case.id, action, scene.person("FIN2"), "x")
        assert caught.value.code is RefusalCode.CASE_CLOSED
    with pytest.raises(Refusal) as caught:
        people.decide(case.id, Action.CHARGE_AGENT, scene.person("FIN1"), NEXT, approve=True)
    assert caught.value.code is RefusalCode.SAME_PERSON
    people.decide(case.id, Action.CHARGE_AGENT, scene.person("FIN2"), NEXT, approve=False)
    both(scene, case, Action.CORRECT_BANK)
    assert scene.world.balance("A") == 1010000


def test_an_agent_that_has_spent_it_leaves_the_case_open(scene: BankScene) -> None:
    case, people = taken_back(scene), People(scene.parts)
    with scene.world.database.write() as connection:
        scene.world.database.change(connection, "UPDATE account SET floor_minor = balance_minor WHERE kind = 'deposit'")
    people.propose(case.id, Action.CHARGE_AGENT, scene.person("FIN1"), "x")
    with pytest.raises(Refusal) as caught:
        people.decide(case.id, Action.CHARGE_AGENT, scene.person("FIN2"), NEXT, approve=True)
    assert caught.value.code is RefusalCode.INSUFFICIENT_BALANCE
    assert the_case(scene, BankKind.REVERSED, NEXT).state == "open"


def test_a_line_the_bank_took_out_names_whom_it_was_credited_to(scene: BankScene) -> None:
    scene.statement({"amount": "1.00", "virtual": "880100001"})
    text = camt(MESSAGE, [entry(MESSAGE, "5.00", reference="X1", text="x")], opening="100.00", number=1)
    (scene.folder / "icbc-20261120.xml").write_text(text, encoding="utf-8")
    scene.run(again=True)
    case = the_case(scene, BankKind.LINE_WITHDRAWN)
    assert (case.party_code, case.effect_minor) == ("A", -100)
    both(scene, case, Action.CHARGE_AGENT)
    assert scene.world.balance("A") == 1000000


def test_a_fee_may_be_the_agents(scene: BankScene) -> None:
    scene.statement({"amount": "-0.50", "text": "手续费"})
    case = the_case(scene, BankKind.FEE)
    with pytest.raises(NotPossible):
        People(scene.parts).propose(case.id, Action.CHARGE_AGENT, scene.person("FIN1"), "whose?")
    both(scene, case, Action.CHARGE_AGENT, "B")
    assert scene.world.balance("B") == 1000000 - 50


def test_money_in_suspense_is_not_explained_away(scene: BankScene) -> None:
    wrong = reference.make("A")[:-1] + ("0" if reference.make("A")[-1] != "0" else "1")
    scene.statement({"amount": "1.00", "text": "网点A"}, {"amount": "2.00", "text": wrong}, {"amount": "4.00", "virtual": "880100002"})
    people = People(scene.parts)
    for case in scene.cases(DAY, SCOPE):
        assert case.kind in SUSPENSE
        assert possible(case) == [Action.CREDIT_PARTY, Action.CORRECT_BANK]
        with pytest.raises(NotPossible):
            people.propose(case.id, Action.EXPLAIN, scene.person("FIN1"), "对方来函")
    with scene.world.database.read() as connection:
        assert len(lines.in_suspense(connection)) == 3


def test_what_was_proposed_before_and_is_not_possible_any_more(scene: BankScene) -> None:
    """An explanation that waits from before: approving it is refused, rejecting it is not."""
    scene.statement({"amount": "1.00", "text": "x"})
    case, people = the_case(scene, BankKind.NO_REFERENCE), People(scene.parts)
    with scene.world.database.write() as connection:
        row = {"case_id": case.id, "action": "explain", "engine_case": "", "state": "proposed", "maker": "FIN1", "checker": "", "note": "x"}
        connection.execute(tables.action.insert().values(**row, made_at=datetime(2026, 11, 21, 1)))  # noqa: DTZ001  as the table holds it
    with pytest.raises(NotPossible):
        people.decide(case.id, Action.EXPLAIN, scene.person("FIN2"), NEXT, approve=True)
    assert people.decide(case.id, Action.EXPLAIN, scene.person("FIN2"), NEXT, approve=False).state == "rejected"


def test_what_has_no_money_in_it_is_explained(scene: BankScene) -> None:
    scene.statement({"amount": "1.00", "virtual": "880100001"}, number=1)
    scene.morning_after(3)
    third = DAY + timedelta(days=2)
    scene.statement({"amount": "1.00", "virtual": "880100001"}, day=third, number=3, opening=99900)
    for kind in (BankKind.GAP, BankKind.OPENING):
        case = the_case(scene, kind, third)
        assert possible(case) == [Action.EXPLAIN]
        both(scene, case, Action.EXPLAIN)
        assert the_case(scene, kind, third).resolution == "explain"


@pytest.mark.parametrize("kind", [BankKind.PAYMENT_TWICE, BankKind.PAYMENT_RETURNED])
def test_payments_have_the_actions_that_book_them(scene: BankScene, kind: BankKind) -> None:
    number = approved(scene)
    scene.payments.make_file(DAY)
    scene.statement(
        {"amount": "-100.00", "end_to_end": number, "reference": "1"},
        {"amount": "-100.00" if kind is BankKind.PAYMENT_TWICE else "100.00", "end_to_end": number, "reference": "2"},
    )
    other = Action.CHARGE_AGENT if kind is BankKind.PAYMENT_TWICE else Action.CREDIT_PARTY
    assert set(possible(the_case(scene, kind))) == {Action.CORRECT_BANK, other}


def test_what_the_engine_refuses_is_held_and_credited_by_people(scene: BankScene) -> None:
    """The close's own endpoint was blocked: no deposit is lost, and none is booked twice when it is let in again."""
    endpoints = scene.world.office.endpoints
    endpoints.block(SHELL, EndpointKind.CONSOLE, "settlement")
    scene.statement({"amount": "100.00", "virtual": "880100001"}, {"amount": "7.00", "text": reference.make("B")})
    assert scene.kinds() == [BankKind.REFUSED, BankKind.REFUSED]
    assert (scene.world.balance("A"), scene.world.balance("B")) == (1000000, 1000000)
    with scene.world.database.read() as connection:
        assert sum(row.amount_minor for row in lines.in_suspense(connection)) == 10700
    endpoints.unblock(SHELL, EndpointKind.CONSOLE, "settlement")
    scene.run()
    assert scene.world.balance("A") == 1000000
    for case in scene.cases(DAY, SCOPE):
        both(scene, case, Action.CREDIT_PARTY, "A" if case.effect_minor == 10000 else "B")
    assert (scene.world.balance("A"), scene.world.balance("B")) == (1010000, 1000700)
