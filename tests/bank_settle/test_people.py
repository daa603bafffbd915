"""What two people do about carriers' cases: refunds, charges, stock, adjudication; each posts once, and the books stay whole."""

from datetime import timedelta

import pytest

from bank_settle.carriers.kinds import Kind
from bank_settle.cases import Case
from bank_settle.people import Action, NotPossible, People, Proposed
from recharge import OutcomeState, Refusal, RefusalCode
from tests.bank_settle.scene import DAY, Scene
from tests.support.books import check_books, posted

NEXT = DAY + timedelta(days=1)


def case_of(scene: Scene, kind: Kind) -> Case:
    """The day's one case of a kind."""
    scene.morning_after()
    scene.close_carrier()
    (found,) = (case for case in scene.cases() if case.kind == kind)
    return found


def both(scene: Scene, case: Case, *actions: Action, party: str = "") -> list[Proposed]:
    """One of finance proposes, the other approves."""
    people = People(scene.parts)
    for action in actions:
        people.propose(case.id, action, scene.person("FIN1"), "对方来函确认", party)
    return [people.decide(case.id, action, scene.person("FIN2"), NEXT, approve=True) for action in actions]


def state(scene: Scene) -> tuple[str, str]:
    """How the day's only case stands."""
    (case,) = scene.cases()
    return case.state, case.resolution


def test_a_recharge_that_never_arrived_is_refunded_and_the_stock_put_right(any_scene: Scene) -> None:
    scene = any_scene
    scene.sale(listed=False)
    case = case_of(scene, Kind.OURS_ONLY)
    before, stock = scene.world.balance("A"), posted(scene.world)["stock"]
    done = both(scene, case, Action.REFUND_AGENT, Action.CORRECT_STOCK)
    assert [item.state for item in done] == ["approved", "approved"]
    assert scene.world.balance("A") == before + 4900
    # The carrier still has what we had written off.
    assert posted(scene.world)["stock"] == stock - 4800 == 0
    assert posted(scene.world)["adjustment"] == -4900 + 4800
    assert state(scene) == ("resolved", "correct_stock")
    check_books(scene.world)


def test_a_recharge_the_customer_has_is_charged(scene: Scene) -> None:
    scene.lists(scene.unsettled(OutcomeState.FAILED))
    case = case_of(scene, Kind.THEIRS_FAILED_HERE)
    before = scene.world.balance("A")
    both(scene, case, Action.CHARGE_AGENT, Action.CORRECT_STOCK)
    assert scene.world.balance("A") == before - 4900
    assert posted(scene.world)["stock"] == 4800
    check_books(scene.world)


def test_the_case_waits_for_the_last_action(scene: Scene) -> None:
    scene.sale(listed=False)
    case, people = case_of(scene, Kind.OURS_ONLY), People(scene.parts)
    for action in (Action.REFUND_AGENT, Action.CORRECT_STOCK):
        people.propose(case.id, action, scene.person("FIN1"), "x")
    people.decide(case.id, Action.REFUND_AGENT, scene.person("FIN2"), NEXT, approve=True)
    assert state(scene) == ("suspect", "")
    assert [item.action for item in people.waiting()] == [Action.CORRECT_STOCK]
    people.decide(case.id, Action.CORRECT_STOCK, scene.person("FIN2"), NEXT, approve=True)
    assert state(scene)[0] == "resolved"
    assert people.waiting() == []


@pytest.mark.parametrize("succeeded", [True, False])
def test_an_order_in_limbo_is_adjudicated(scene: Scene, succeeded: bool) -> None:
    scene.lists(scene.unsettled(), serial_number="SN-CARRIER")
    case = case_of(scene, Kind.LIMBO_SUCCESS)
    both(scene, case, Action.ADJUDICATE_SUCCESS if succeeded else Action.ADJUDICATE_FAILED)
    found = scene.world.rows("SELECT state, serial_number FROM orders WHERE id = ?", case.order_id)
    assert found == [("succeeded", "SN-CARRIER") if succeeded else ("failed", "")]
    check_books(scene.world)


def test_the_same_action_is_proposed_once(scene: Scene) -> None:
    scene.sale(listed=False)
    case, people = case_of(scene, Kind.OURS_ONLY), People(scene.parts)
    people.propose(case.id, Action.REFUND_AGENT, scene.person("FIN1"), "x")
    with pytest.raises(Refusal) as caught:
        people.propose(case.id, Action.REFUND_AGENT, scene.person("FIN2"), "x")
    assert caught.value.code is RefusalCode.CASE_CLOSED
    assert scene.cases()[0].owner == "FIN1"


def test_a_rejected_action_may_be_proposed_again(scene: Scene) -> None:
    scene.sale(listed=False)
    case, people = case_of(scene, Kind.OURS_ONLY), People(scene.parts)
    before = scene.world.balance("A")
    people.propose(case.id, Action.REFUND_AGENT, scene.person("FIN1"), "x")
    people.decide(case.id, Action.REFUND_AGENT, scene.person("FIN2"), NEXT, approve=False)
    assert scene.world.balance("A") == before
    both(scene, case, Action.REFUND_AGENT)
    assert scene.world.balance("A") == before + 4900


@pytest.mark.parametrize("who", ["CS1", "AUD1", "ADM1"])
def test_others_propose_nothing(scene: Scene, who: str) -> None:
    scene.sale(listed=False)
    case = case_of(scene, Kind.OURS_ONLY)
    with pytest.raises(Refusal) as caught:
        People(scene.parts).propose(case.id, Action.REFUND_AGENT, scene.person(who), "x")
    assert caught.value.code is RefusalCode.NOT_ALLOWED


def test_what_says_nothing_about_a_case(scene: Scene) -> None:
    attempt = scene.sale()
    scene.lists(attempt, reference="77777777777777777777", number="13912345678")
    case, people, one = case_of(scene, Kind.THEIRS_UNKNOWN), People(scene.parts), scene.person("FIN1")
    for action in (Action.REFUND_AGENT, Action.CHARGE_AGENT, Action.ADJUDICATE_SUCCESS, Action.CREDIT_PARTY, Action.CORRECT_BANK):
        with pytest.raises(NotPossible):
            people.propose(case.id, action, one, "x", "A")
    with pytest.raises(NotPossible):
        people.propose(case.id, Action.EXPLAIN, one, "  ")
    with pytest.raises(LookupError):
        people.propose(5, Action.EXPLAIN, one, "x")
    with pytest.raises(LookupError):
        people.decide(case.id, Action.EXPLAIN, one, NEXT, approve=True)
    both(scene, case, Action.CORRECT_STOCK)
    assert posted(scene.world)["stock"] == 9600
    with pytest.raises(NotPossible):
        people.propose(case.id, Action.EXPLAIN, one, "too late")


def test_an_agent_that_cannot_pay_leaves_the_case_open(scene: Scene) -> None:
    scene.lists(scene.unsettled(OutcomeState.FAILED))
    case, people = case_of(scene, Kind.THEIRS_FAILED_HERE), People(scene.parts)
    with scene.world.database.write() as connection:
        text = "UPDATE account SET floor_minor = balance_minor WHERE kind = 'deposit'"
        scene.world.database.change(connection, text)
    people.propose(case.id, Action.CHARGE_AGENT, scene.person("FIN1"), "x")
    with pytest.raises(Refusal) as caught:
        people.decide(case.id, Action.CHARGE_AGENT, scene.person("FIN2"), NEXT, approve=True)
    assert caught.value.code is RefusalCode.INSUFFICIENT_BALANCE
    assert people.of(case.id)[0].state == "proposed"
    assert state(scene)[0] == "open"
