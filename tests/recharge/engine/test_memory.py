"""The one memory of requests: the same reference is the same request for ever, whatever comes between."""

import pytest

from recharge.domain import requests as ask
from recharge.domain.errors import RefusalCode
from recharge.domain.outcomes import OutcomeState
from recharge.domain.requests import Channel, EndpointKind
from recharge.engine.administration import SHELL
from recharge.engine.intake import Intake
from tests.support.books import code_of, number_of, order_of, succeed
from tests.support.world import NUMBER, World


def test_a_repeat_is_told_the_order_as_it_stands_now(world: World) -> None:
    first = world.recharge("A", reference="form-1")
    succeed(world, first)
    world.recharge("A", "10.00")
    again = world.recharge("A", reference="form-1")
    assert (again.repeated, order_of(again).state, order_of(again).serial_number) == (True, "succeeded", "SN1")
    assert again.balance_minor == 95100 - 980
    assert order_of(again).order_number == number_of(first)


def test_a_repeat_of_a_failed_order_is_not_a_new_one(world: World) -> None:
    first = world.recharge("A", reference="form-1")
    world.hear(world.send(first), OutcomeState.FAILED)
    again = world.recharge("A", reference="form-1")
    assert (order_of(again).state, again.done) == ("failed", True)
    assert world.balance("A") == 100000


def test_a_repeat_in_the_same_batch(world: World) -> None:
    batch = [world.request("A", ask.Recharge(NUMBER, 5000), reference="form-1") for _ in range(4)]
    replies = world.intake.take(batch)
    assert len({number_of(reply) for reply in replies}) == 1
    assert [reply.repeated for reply in replies] == [False, True, True, True]
    assert world.balance("A") == 95100


def test_a_repeat_in_the_same_batch_is_told_the_balance_as_it_is_by_then(world: World) -> None:
    first, other = world.request("A", ask.Recharge(NUMBER, 5000), reference="form-1"), world.request("A", ask.Recharge(NUMBER, 1000))
    assert [reply.balance_minor for reply in world.intake.take([first, other, first])] == [95100, 94120, 94120]


def test_a_refusal_is_remembered_with_its_facts(world: World) -> None:
    first = world.recharge("B", reference="form-1")
    world.deposit("B", "100.00")
    again = world.recharge("B", reference="form-1")
    assert code_of(again) is RefusalCode.INSUFFICIENT_BALANCE
    assert again.refusal == first.refusal
    assert again.repeated
    assert world.recharge("B", reference="form-2").done


def test_another_body_is_refused_and_the_first_stands(world: World) -> None:
    first = world.recharge("A", reference="form-1")
    for operation in (ask.Recharge(NUMBER, 3000), ask.Recharge("13800138001", 5000), ask.BillPayment(NUMBER, 5000), ask.Balance(),
                      ask.Recharge(NUMBER, 5000, repeat_mark=1)):  # fmt: skip
        assert code_of(world.ask("A", operation, reference="form-1")) is RefusalCode.OTHER_BODY, operation
    assert number_of(world.recharge("A", reference="form-1")) == number_of(first)
    batch = [world.request("A", ask.Recharge(NUMBER, amount), reference="form-9") for amount in (1000, 3000, 1000)]
    replies = world.intake.take(batch)
    assert [reply.done for reply in replies] == [True, False, True]
    assert code_of(replies[1]) is RefusalCode.OTHER_BODY


def test_a_reference_belongs_to_its_endpoint(world: World) -> None:
    world.deposit("B", "100.00")
    world.office.endpoints.bind(SHELL, EndpointKind.PHONE_LINE, "13800138000", "A")
    first, second = world.recharge("A", "10.00", reference="1"), world.recharge("B", "10.00", reference="1")
    third = world.recharge("A", "30.00", reference="1", channel=Channel.IVR, kind=EndpointKind.PHONE_LINE, identity="13800138000")
    assert len({number_of(first), number_of(second), number_of(third)}) == 3


def test_references_that_look_alike_are_not_the_same(world: World) -> None:
    references = ["form-a", "FORM-A", "form-A", "form_a", "01", "1", "001", "x%", "x_", "x' OR '1'='1", "\\", "\t", "q?", "%s"]
    replies = [world.recharge("A", "10.00", f"13800138{n:03}", reference=text) for n, text in enumerate(references)]
    assert len({number_of(reply) for reply in replies}) == len(references)
    again = [world.recharge("A", "10.00", f"13800138{n:03}", reference=text) for n, text in enumerate(references)]
    assert [number_of(reply) for reply in again] == [number_of(reply) for reply in replies]


def test_a_reference_with_a_space_at_its_end_loses_nothing(world: World) -> None:
    """One of our databases takes "a" and "a " for the same key, so neither may ever be answered with an error."""
    first = world.recharge("A", "10.00", reference="form-1")
    padded = world.recharge("A", "10.00", "13800138001", reference="form-1 ")
    assert first.done
    assert code_of(padded) is RefusalCode.BAD_REQUEST
    assert code_of(world.recharge("A", "10.00", "13800138001", reference=" ")) is RefusalCode.BAD_REQUEST
    assert world.balance("A") == 100000 - 980


@pytest.mark.parametrize("reference", ["", "r" * 65, "引用"])
def test_a_reference_that_cannot_be_kept(world: World, reference: str) -> None:
    asked = world.request("A", ask.Recharge(NUMBER, 5000))
    origin = ask.Origin(asked.origin.channel, asked.origin.kind, asked.origin.identity, reference)
    reply = world.intake.take([ask.Request(origin, asked.credential, asked.operation)])[0]
    assert code_of(reply) is RefusalCode.BAD_REQUEST
    assert world.balance("A") == 100000


def test_the_longest_reference(world: World) -> None:
    assert world.recharge("A", reference="r" * 64).done
    assert world.recharge("A", reference="r" * 64).repeated


def test_a_void_before_its_request(world: World) -> None:
    assert world.ask("A", ask.Void(), reference="trace-1", password=None).done
    late = world.recharge("A", reference="trace-1")
    assert code_of(late) is RefusalCode.VOIDED
    assert world.balance("A") == 100000
    again = world.ask("A", ask.Void(), reference="trace-1", password=None)
    assert again.done
    assert again.repeated


def test_a_void_after_its_request_tells_what_became_of_it(world: World) -> None:
    first = world.recharge("A", reference="trace-1")
    told = world.ask("A", ask.Void(), reference="trace-1", password=None)
    assert (number_of(told), told.repeated) == (number_of(first), True)
    assert number_of(world.recharge("A", reference="trace-1")) == number_of(first)
    assert world.state(first) == "held"


def test_a_void_after_a_refusal_tells_the_refusal(world: World) -> None:
    world.recharge("B", reference="trace-1")
    told = world.ask("B", ask.Void(), reference="trace-1", password=None)
    assert code_of(told) is RefusalCode.INSUFFICIENT_BALANCE


def test_a_void_that_was_refused_is_told_so_again(world: World) -> None:
    world.office.parties.block(SHELL, "A")
    refusals = [world.ask("A", ask.Void(), reference="trace-1", password=None) for _ in range(2)]
    assert [code_of(reply) for reply in refusals] == [RefusalCode.BLOCKED] * 2


@pytest.mark.parametrize("void_first", [True, False])
def test_a_void_and_its_request_in_one_batch(world: World, void_first: bool) -> None:
    pair = [world.request("A", ask.Void(), reference="trace-1", password=None)]
    pair.insert(len(pair) if void_first else 0, world.request("A", ask.Recharge(NUMBER, 5000), reference="trace-1"))
    replies = world.intake.take(pair)
    if void_first:
        assert code_of(replies[1]) is RefusalCode.VOIDED
        assert world.balance("A") == 100000
    else:
        assert number_of(replies[0]) == number_of(replies[1])
        assert world.balance("A") == 95100


def test_a_password_corrected_under_the_same_reference_gets_the_first_answer(world: World) -> None:
    assert code_of(world.recharge("A", reference="form-1", password="999333")) is RefusalCode.WRONG_PASSWORD
    again = world.recharge("A", reference="form-1")
    assert code_of(again) is RefusalCode.WRONG_PASSWORD
    assert again.repeated
    assert world.recharge("A", reference="form-2").done


def test_two_processes_that_ask_one_after_the_other(world: World) -> None:
    other = Intake(world.new_parts(), lambda: None)
    request = world.request("A", ask.Recharge(NUMBER, 5000), reference="form-1")
    first, second = world.intake.take([request])[0], other.take([request])[0]
    assert number_of(first) == number_of(second)
    assert second.repeated
    assert order_of(second).carrier_code == "CMCC"


def test_a_deposits_repeat_tells_the_same_partys_balance_or_none(world: World) -> None:
    request = world.request("SETTLE", ask.Deposit("A", 5000, "bank 9"), password=None, channel=Channel.SETTLEMENT)
    first, again = world.intake.take([request])[0], world.intake.take([request])[0]
    assert first.balance_minor == 105000
    assert again.balance_minor in {105000, None}
