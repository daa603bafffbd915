"""Deposits (预存): settlement's at once, a person's by two people, each piece of evidence once for ever."""

import pytest

from recharge.domain import requests as ask
from recharge.domain.errors import RefusalCode
from recharge.domain.orders import OrderKind
from recharge.domain.requests import Channel
from tests.support.books import code_of, fact_of, messages, number_of, order_of, posted
from tests.support.world import World


def test_settlements_deposit_is_booked_at_once(world: World) -> None:
    reply = world.deposit("B", "250.00")
    view = order_of(reply)
    assert (view.kind, view.state, view.party_code, view.face_minor) == (OrderKind.DEPOSIT, "succeeded", "B", 25000)
    assert world.balance("B") == 25000
    assert posted(world) == {"bank": -125000, "deposit": 125000}
    assert messages(world, reply) == [("received", "agent")]
    assert view.ended_at == world.clock.now()


def test_evidence_is_credited_once_for_ever(world: World) -> None:
    first = world.ask("SETTLE", ask.Deposit("A", 5000, "bank 7/1"), password=None)
    again = world.ask("SETTLE", ask.Deposit("A", 5000, "bank 7/1"), password=None)
    assert (code_of(again), fact_of(again, "order_number")) == (RefusalCode.EVIDENCE_USED, number_of(first))
    other = world.ask("SETTLE", ask.Deposit("B", 100, "  bank 7/1 "), password=None)
    assert code_of(other) is RefusalCode.EVIDENCE_USED
    assert (world.balance("A"), world.balance("B")) == (105000, 0)


def test_evidence_is_credited_once_within_one_batch(world: World) -> None:
    batch = [world.request("SETTLE", ask.Deposit("A", 5000, "bank 7/1"), password=None) for _ in range(3)]
    replies = world.intake.take(batch)
    assert [reply.done for reply in replies] == [True, False, False]
    assert {code_of(reply) for reply in replies[1:]} == {RefusalCode.EVIDENCE_USED}
    assert world.balance("A") == 105000


def test_a_person_deposits_with_a_second_one(world: World) -> None:
    made = world.ask("FIN1", ask.Deposit("A", 5000, "receipt 12"))
    assert made.done
    assert made.order is None
    assert world.balance("A") == 100000
    assert code_of(world.ask("FIN1", ask.DecideCase(made.case_number, approve=True))) is RefusalCode.SAME_PERSON
    assert world.balance("A") == 100000
    decided = world.ask("FIN2", ask.DecideCase(made.case_number, approve=True))
    assert order_of(decided).party_code == "A"
    assert world.balance("A") == 105000
    case = world.rows("SELECT state, order_id, kind FROM money_case WHERE id = ?", int(made.case_number))[0]
    assert case == ("approved", int(number_of(decided)), "deposit")


def test_evidence_used_in_the_meantime_leaves_the_case_open(world: World) -> None:
    made = world.ask("FIN1", ask.Deposit("A", 5000, "bank 7/1"))
    world.ask("SETTLE", ask.Deposit("A", 5000, "bank 7/1"), password=None)
    assert code_of(world.ask("FIN2", ask.DecideCase(made.case_number, approve=True))) is RefusalCode.EVIDENCE_USED
    assert world.one("SELECT state FROM money_case WHERE id = ?", int(made.case_number)) == "proposed"
    assert world.ask("FIN2", ask.DecideCase(made.case_number, approve=False)).done
    assert world.balance("A") == 105000


def test_two_proposals_of_the_same_evidence_are_credited_once(world: World) -> None:
    cases = [world.ask(who, ask.Deposit("A", 5000, "slip 3")).case_number for who in ("FIN1", "FIN2")]
    replies = world.intake.take(
        [world.request(who, ask.DecideCase(case, approve=True)) for who, case in zip(("FIN2", "FIN1"), cases, strict=True)]
    )
    assert [reply.done for reply in replies] == [True, False]
    assert world.balance("A") == 105000


@pytest.mark.parametrize("who", ["SETTLE", "FIN1"])
def test_what_is_no_deposit(world: World, who: str) -> None:
    refused = [
        (ask.Deposit("NOBODY", 100, "e"), RefusalCode.UNKNOWN_PARTY),
        (ask.Deposit("A", 0, "e"), RefusalCode.BAD_AMOUNT),
        (ask.Deposit("A", -100, "e"), RefusalCode.BAD_AMOUNT),
        (ask.Deposit("A", 100, " "), RefusalCode.BAD_REQUEST),
        (ask.Deposit("A", 100, "e" * 81), RefusalCode.BAD_REQUEST),
    ]
    for operation, code in refused:
        assert code_of(world.ask(who, operation)) is code, operation
    assert world.balance("A") == 100000


@pytest.mark.parametrize("who", ["A", "OPS1", "CS1", "AUD1", "ADM1"])
def test_who_may_not_deposit(world: World, who: str) -> None:
    assert code_of(world.ask(who, ask.Deposit("A", 100, "e"))) is RefusalCode.NOT_ALLOWED


def test_the_same_deposit_again_under_its_reference_is_the_first_one(world: World) -> None:
    request = world.request("SETTLE", ask.Deposit("A", 5000, "bank 9"), password=None, channel=Channel.SETTLEMENT)
    first, again = world.intake.take([request])[0], world.intake.take([request])[0]
    assert again.repeated
    assert number_of(again) == number_of(first)
    assert world.balance("A") == 105000


def test_finance_needs_its_password_and_settlement_none(world: World) -> None:
    assert code_of(world.ask("FIN1", ask.Deposit("A", 100, "e"), password=None)) is RefusalCode.PASSWORD_NEEDED
    assert world.ask("SETTLE", ask.Deposit("A", 100, "e"), password=None).done
