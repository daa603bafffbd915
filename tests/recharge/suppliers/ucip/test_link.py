"""The UCIP link: what it writes, what AIR's codes make of an order, and how little a balance proves."""

import asyncio
from base64 import b64encode
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from recharge.domain.orders import OrderKind
from recharge.domain.outcomes import FailureReason, OutcomeState
from recharge.suppliers.contract import AttemptOrder, LinkMisconfigured, SupplierLink
from recharge.suppliers.ucip.codec import BadMessage, read
from tests.recharge.suppliers.peer import Exchange, Peer, Play, listening
from tests.recharge.suppliers.ucip.harness import UcipHarness, answer, members
from tests.support.world import ManualClock

S = OutcomeState
HARNESS = UcipHarness()
CLOCK = ManualClock(datetime(2026, 11, 21, 12, 40, tzinfo=UTC))
ORDER = AttemptOrder("7000000001", "0811234567", 5000, OrderKind.RECHARGE, "TSEL", datetime(2026, 11, 21, tzinfo=UTC))
REVERSAL = replace(ORDER, reference="7000000003", original_reference=ORDER.reference)


def ask(port: int, what: Callable[[SupplierLink], Awaitable[Any]], *answers: bytes | Play, **settings: Any) -> tuple[Any, list[Exchange]]:
    """The outcome of questions to an AIR that answers these in turn, and what was asked."""
    seen: list[Exchange] = []

    async def treat(exchange: Exchange) -> None:
        seen.append(exchange)
        told = answers[min(len(seen), len(answers)) - 1]
        await (exchange.answer(told) if isinstance(told, bytes) else told(exchange))

    async def scene() -> Any:
        async with listening(Peer(treat), port):
            link = HARNESS.link(port, CLOCK, **settings)
            try:
                return await what(link)
            finally:
                await link.close()

    return asyncio.run(scene()), seen


def submit(link: SupplierLink) -> Awaitable[Any]:
    return link.submit(ORDER)


async def silent(exchange: Exchange) -> None:
    await exchange.silence()


def test_a_refill_is_written_as_air_reads_it(free_port: int) -> None:
    settings: dict[str, Any] = {
        "number_plan": 1,
        "number_prefix": "62",
        "drop_zero": True,
        "zone": "Asia/Jakarta",
        "external_data": "agent",
    }
    outcome, [exchange] = ask(free_port, submit, answer(responseCode=0, originTransactionID="7000000001"), **settings)
    assert members(exchange) == {
        "method": "Refill",
        "originNodeType": "EXT",
        "originHostName": "AGENT1",
        "originTransactionID": "7000000001",
        "originTimeStamp": "20261121T19:40:00+0700",
        "subscriberNumberNAI": "1",
        "subscriberNumber": "62811234567",
        "externalData1": "agent",
        "transactionAmount": "5000",
        "transactionCurrency": "CNY",
        "refillProfileID": "R1",
        "requestRefillAccountBeforeFlag": "1",
        "requestRefillAccountAfterFlag": "1",
    }
    assert exchange.headers["user-agent"] == "UGw Server/5.0/1.0"
    assert exchange.headers["authorization"] == "Basic " + b64encode(b"agent:air-secret").decode()
    assert (outcome.state, outcome.serial_number) == (S.SUCCESS, "7000000001")


@pytest.mark.parametrize(
    ("code", "state", "reason"),
    [
        (0, S.SUCCESS, None),
        (1, S.SUCCESS, None),
        (2, S.SUCCESS, None),
        (102, S.FAILED, FailureReason.NUMBER_REFUSED),
        (103, S.FAILED, FailureReason.NUMBER_STOPPED),
        (104, S.FAILED, FailureReason.NUMBER_STOPPED),
        (115, S.FAILED, FailureReason.REJECTED),
        (120, S.NOT_SENT, None),
        (123, S.FAILED, FailureReason.OVER_CARRIER_LIMIT),
        (126, S.FAILED, FailureReason.NUMBER_STOPPED),
        (160, S.FAILED, FailureReason.REJECTED),
        (177, S.FAILED, FailureReason.NUMBER_STOPPED),
        (100, S.UNKNOWN, None),
        (999, S.UNKNOWN, None),
        (3, S.UNKNOWN, None),
        (-1, S.UNKNOWN, None),
        ("0", S.UNKNOWN, None),
    ],
)
def test_what_a_code_makes_of_a_refill(free_port: int, code: int | str, state: OutcomeState, reason: FailureReason | None) -> None:
    outcome, _ = ask(free_port, submit, answer(responseCode=code))
    assert (outcome.state, outcome.reason) == (state, reason)


@pytest.mark.parametrize(
    "told",
    [
        {"originTransactionID": "7000000002"},
        {"accountBeforeRefill": {"accountValue1": "100"}, "accountAfterRefill": {"accountValue1": "100"}},
        {"accountBeforeRefill": {"accountValue1": "100"}, "accountAfterRefill": {"accountValue1": "99"}},
    ],
)
def test_a_done_that_contradicts_itself_is_unknown(free_port: int, told: dict[str, Any]) -> None:
    assert ask(free_port, submit, answer(responseCode=0, **told))[0].state is S.UNKNOWN


def test_a_bonus_is_no_contradiction(free_port: int) -> None:
    told = {"accountBeforeRefill": {"accountValue1": "100"}, "accountAfterRefill": {"accountValue1": "6100"}}
    assert ask(free_port, submit, answer(responseCode=0, **told))[0].state is S.SUCCESS


FAULT = (
    b"<methodResponse><fault><value><struct><member><name>faultCode</name><value><i4>1005</i4></value></member>"
    b"<member><name>faultString</name><value><string>Internal</string></value></member></struct></value></fault></methodResponse>"
)


@pytest.mark.parametrize(
    "body",
    [
        FAULT,
        b"",
        b"<methodResponse/>",
        b"<methodResponse><params><param><value><i4>0</i4></value></param></params></methodResponse>",
        b"<methodCall><methodName>x</methodName><params/></methodCall>",
        b'<!DOCTYPE x [<!ENTITY a "0">]><methodResponse><params><param><value>&a;</value></param></params></methodResponse>',
        answer(responseCode=0).replace(b"i4", b"i9"),
        answer(responseCode=0).replace(b"<i4>0", b"<i4>zero"),
    ],
)
def test_what_is_no_struct_is_refused(body: bytes, free_port: int) -> None:
    with pytest.raises(BadMessage):
        read(body)
    assert ask(free_port, submit, body)[0].state is S.UNKNOWN


@pytest.mark.parametrize(
    ("order", "settings"),
    [(replace(ORDER, kind=OrderKind.BILL_PAYMENT), {}), (replace(ORDER, face_minor=5050), {"unit": "whole"})],
)
def test_what_air_has_no_words_for_is_refused_before_the_first_byte(free_port: int, order: AttemptOrder, settings: dict[str, Any]) -> None:
    outcome, seen = ask(free_port, lambda link: link.submit(order), b"", **settings)
    assert (outcome.state, seen) == (S.NOT_SENT, [])


def test_a_reversal_is_a_negative_adjustment(free_port: int) -> None:
    outcome, [exchange] = ask(free_port, lambda link: link.reverse(REVERSAL), answer(responseCode=0))
    sent = members(exchange)
    assert (sent["method"], sent["adjustmentAmountRelative"], sent["originTransactionID"]) == (
        "UpdateBalanceAndDate",
        "-5000",
        "7000000003",
    )
    assert outcome.state is S.SUCCESS


@pytest.mark.parametrize(("code", "state"), [(124, S.FAILED), (102, S.FAILED), (120, S.UNKNOWN), (100, S.UNKNOWN), (999, S.UNKNOWN)])
def test_what_a_code_makes_of_a_reversal(free_port: int, code: int, state: OutcomeState) -> None:
    assert ask(free_port, lambda link: link.reverse(REVERSAL), answer(responseCode=code))[0].state is state


WITNESS: dict[str, Any] = {"balance_evidence": True, "answer_seconds": 1.5}


def balance(amount: int | str, code: int = 0) -> bytes:
    return answer(responseCode=code, accountValue1=str(amount))


def test_with_a_witness_the_balance_is_asked_first_and_kept_when_the_outcome_is_unknown(free_port: int) -> None:
    outcome, [first, second] = ask(free_port, submit, balance(1200), silent, **WITNESS)
    assert [members(one)["method"] for one in (first, second)] == ["GetBalanceAndDate", "Refill"]
    assert members(first)["originTransactionID"] != members(second)["originTransactionID"]
    assert (outcome.state, outcome.supplier_reference) == (S.UNKNOWN, "balance-before:1200")


def test_a_known_outcome_needs_no_witness(free_port: int) -> None:
    outcome, _ = ask(free_port, submit, balance(1200), answer(responseCode=0), **WITNESS)
    assert (outcome.state, outcome.supplier_reference) == (S.SUCCESS, "")


@pytest.mark.parametrize("first", [b"garbage", balance(0, 102), balance("much"), answer(responseCode=0), silent])
def test_without_a_balance_beforehand_nothing_is_sent(free_port: int, first: bytes | Play) -> None:
    outcome, seen = ask(free_port, submit, first, **WITNESS)
    assert outcome.state is S.NOT_SENT
    assert [members(one)["method"] for one in seen] == ["GetBalanceAndDate"]


@pytest.mark.parametrize(
    ("kept", "now", "state"),
    [
        ("balance-before:1200", 6200, S.SUCCESS),
        ("balance-before:-100", 4900, S.SUCCESS),
        # The customer may have spent what was given, or somebody else may have given as well.
        ("balance-before:1200", 1200, S.UNKNOWN),
        ("balance-before:1200", 6100, S.UNKNOWN),
        ("balance-before:1200", 11200, S.UNKNOWN),
        ("", 6200, S.UNKNOWN),
        ("T123", 6200, S.UNKNOWN),
    ],
)
def test_only_a_rise_by_exactly_the_refill_proves_anything(free_port: int, kept: str, now: int, state: OutcomeState) -> None:
    order = replace(ORDER, supplier_reference=kept)
    outcome, _ = ask(free_port, lambda link: link.query(order), balance(now), **WITNESS)
    assert outcome.state is state
    assert bool(outcome.serial_number) == (state is S.SUCCESS)


def test_a_balance_that_is_not_told_proves_nothing(free_port: int) -> None:
    order = replace(ORDER, supplier_reference="balance-before:1200")
    for told in (b"garbage", balance(6200, 100), silent):
        assert ask(free_port, lambda link: link.query(order), told, **WITNESS)[0].state is S.UNKNOWN


def test_a_reversal_cannot_be_asked_about(free_port: int) -> None:
    outcome, seen = ask(free_port, lambda link: link.query(REVERSAL), balance(0), **WITNESS)
    assert (outcome.state, seen) == (S.UNKNOWN, [])


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"secret": b""}, "secret"),
        ({"currency": "yuan"}, "currency"),
        ({"zone": "Mars/Base"}, "zone"),
        ({"unit": "decimal"}, "unit"),
        ({"number_plan": 3}, "number_plan"),
        ({"url": "air"}, "url"),
    ],
)
def test_settings_that_cannot_be_are_named(settings: dict[str, Any], named: str) -> None:
    with pytest.raises(LinkMisconfigured, match=named):
        HARNESS.link(1, CLOCK, **settings)
