"""The life of a recharge, told in the field's words, on both databases."""

from recharge.domain.errors import RefusalCode
from recharge.domain.outcomes import AnswerSource, OutcomeState
from tests.support.world import World


def test_held_then_succeeded(world: World) -> None:
    reply = world.recharge("A", "50.00")
    assert reply.done
    assert reply.order is not None
    assert (reply.order.state, reply.order.carrier_code, reply.order.province) == ("held", "CMCC", "北京")
    assert reply.balance_minor == 95100 == world.balance("A")
    assert world.hold_balance() == 4900
    attempt = world.send(reply)
    world.hear(attempt, OutcomeState.SUCCESS, serial_number="SN1", number="13800138000", amount_minor=5000)
    assert world.state(reply) == "succeeded"
    assert world.hold_balance() == 0
    assert world.balance("A") == 95100
    sums = dict(world.rows("SELECT a.kind, SUM(p.amount_minor) FROM posting p JOIN account a ON a.id = p.account_id GROUP BY a.kind"))
    assert sums == {"bank": -100000, "deposit": 95100, "hold": 0, "stock": 4800, "commission": 30, "revenue": 70}


def test_failed_gives_the_money_back(world: World) -> None:
    reply = world.recharge("A", "50.00")
    world.hear(world.send(reply), OutcomeState.FAILED)
    assert world.state(reply) == "failed"
    assert world.balance("A") == 100000
    assert world.hold_balance() == 0


def test_unknown_keeps_the_money_until_evidence(world: World) -> None:
    reply = world.recharge("A", "50.00")
    attempt = world.send(reply)
    world.hear(attempt, OutcomeState.UNKNOWN)
    world.clock.pass_time(hours=30)
    assert world.state(reply) == "unknown"
    assert world.balance("A") == 95100
    world.hear(attempt, OutcomeState.SUCCESS, AnswerSource.QUERY, serial_number="SN1")
    assert world.state(reply) == "succeeded"


def test_same_reference_is_one_order(world: World) -> None:
    first = world.recharge("A", reference="form-1")
    again = world.recharge("A", reference="form-1")
    assert again.repeated
    assert again.order == first.order
    assert world.balance("A") == 95100
    other = world.recharge("A", "30.00", reference="form-1")
    assert other.refusal is not None
    assert other.refusal.code is RefusalCode.OTHER_BODY
