"""The link to the carrier platform: every code of section 6, every contradiction of sections 3 to 5, every way of not connecting."""

import asyncio
import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from recharge.domain.orders import OrderKind
from recharge.domain.outcomes import FailureReason, Outcome, OutcomeState
from recharge.suppliers.contract import CannotTell, LinkMisconfigured, LinkParts, StatementNotReady, SupplierLink
from recharge.suppliers.registry import make_link
from tests.recharge.suppliers.carrier_platform.harness import (
    PROOF,
    REFUSED,
    REVERSED,
    SECRET,
    TAKEN_IN,
    WHOLE,
    CarrierPlatformHarness,
    xml,
)
from tests.recharge.suppliers.peer import Exchange, Peer, Play
from tests.recharge.suppliers.test_contract import ORDER, REVERSAL, play, query, reverse, submit
from tests.support.world import ManualClock

S = OutcomeState
HARNESS = CarrierPlatformHarness()
CLOCK = ManualClock(datetime(2026, 11, 21, 12, 40, tzinfo=UTC))
NOT_SENT_CODES = ("2001", "2002", "2005", "2006", "2010", "2011", "2012", "2013", "2014")
REFUSALS = {
    "3001": FailureReason.NUMBER_REFUSED,
    "3002": FailureReason.NUMBER_STOPPED,
    "3003": FailureReason.OVER_CARRIER_LIMIT,
    "3004": FailureReason.AMOUNT_REFUSED,
    "3005": FailureReason.WRONG_KIND,
    "3009": FailureReason.REJECTED,
}
REVERSAL_REFUSALS = ("6001", "6002", "6003", "6004", "6005")


def query_reversal(link: SupplierLink) -> Any:
    return link.query(REVERSAL)


def heard(port: int, treat: Play, ask: Any = submit, **settings: Any) -> Outcome:
    outcome = play(HARNESS, CLOCK, port, Peer(treat), ask, **settings)[0]
    assert isinstance(outcome, Outcome)
    return outcome


def saying(code: str, fields: dict[str, str] | None = None, **how: str) -> Play:
    async def treat(exchange: Exchange) -> None:
        await HARNESS.say(exchange, code, WHOLE if fields is None else fields, **how)

    return treat


def test_a_recharge_is_sent_as_the_page_says(free_port: int) -> None:
    peer = Peer(HARNESS.done)
    play(HARNESS, CLOCK, free_port, peer, submit)
    sent = peer.requests[0]
    assert sent.head.startswith(b"POST /recharge/v1 HTTP/1.1")
    assert sent.body == (
        b'<?xml version="1.0" encoding="UTF-8"?><Recharge><Reference>70000000000000000001</Reference>'
        b"<Number>13800138000</Number><Amount>5000</Amount></Recharge>"
    )
    assert sent.headers["content-type"] == "application/xml; charset=utf-8"
    assert sent.headers["x-timestamp"] == "1795264800"
    assert "content-encoding" not in sent.headers


def test_a_bill_payment_is_its_own_operation(free_port: int) -> None:
    peer = Peer(HARNESS.done)
    outcome = play(HARNESS, CLOCK, free_port, peer, lambda link: link.submit(replace(ORDER, kind=OrderKind.BILL_PAYMENT)))[0]
    assert b"<BillPayment>" in peer.requests[0].body
    assert outcome.state is S.SUCCESS


def test_no_nonce_is_used_twice(free_port: int) -> None:
    peer = Peer(HARNESS.done)
    play(HARNESS, CLOCK, free_port, peer, *[submit] * 20)
    assert len({sent.headers["x-nonce"] for sent in peer.requests}) == 20


def test_what_was_charged_delivered_and_left_is_told(free_port: int) -> None:
    outcome = heard(free_port, saying("0000"))
    assert (outcome.charged_minor, outcome.delivered_minor, outcome.stock_after_minor) == (4800, 5000, 99995000)
    assert (outcome.supplier_reference, outcome.serial_number, outcome.code) == ("C1", "SN1", "0000")


def test_done_in_part_settles_by_what_was_charged(free_port: int) -> None:
    outcome = heard(free_port, saying("0001", WHOLE | {"Charged": "1920", "Delivered": "2000"}))
    assert (outcome.state, outcome.charged_minor, outcome.delivered_minor) == (S.SUCCESS, 1920, 2000)


def test_taken_back_is_reversed(free_port: int) -> None:
    assert heard(free_port, saying("0002")).state is S.REVERSED
    assert heard(free_port, saying("0002"), query).state is S.REVERSED


@pytest.mark.parametrize("ask", [submit, reverse, query, query_reversal])
def test_in_process_is_accepted(free_port: int, ask: Any) -> None:
    outcome = heard(free_port, saying("1000", TAKEN_IN), ask)
    assert (outcome.state, outcome.supplier_reference) == (S.ACCEPTED, "C1")
    assert (outcome.charged_minor, outcome.delivered_minor) == (None, None)


@pytest.mark.parametrize("code", NOT_SENT_CODES)
def test_a_signed_refusal_to_take_it_in_is_not_sent(free_port: int, code: str) -> None:
    status = {"2001": "401 Unauthorized", "2010": "429 Too Many Requests", "2011": "503 Service Unavailable"}.get(code, "403 Forbidden")
    assert heard(free_port, saying(code, {}, status=status)).state is S.NOT_SENT
    assert heard(free_port, saying(code, {}, status=status), reverse).state is S.NOT_SENT


@pytest.mark.parametrize("code", NOT_SENT_CODES)
def test_a_refused_question_says_nothing_of_the_order(free_port: int, code: str) -> None:
    assert heard(free_port, saying(code, {}, status="403 Forbidden"), query).state is S.UNKNOWN


@pytest.mark.parametrize(("code", "reason"), REFUSALS.items())
def test_the_customers_refusals_are_failed_with_their_reason(free_port: int, code: str, reason: FailureReason) -> None:
    for ask in (submit, query):
        outcome = heard(free_port, saying(code, REFUSED), ask)
        assert (outcome.state, outcome.reason) == (S.FAILED, reason)
        assert (outcome.charged_minor, outcome.delivered_minor) == (None, None)


@pytest.mark.parametrize("code", REVERSAL_REFUSALS)
def test_a_refused_reversal_is_failed_and_proves_nothing_of_an_order(free_port: int, code: str) -> None:
    assert heard(free_port, saying(code, REFUSED), reverse).state is S.FAILED
    assert heard(free_port, saying(code, REFUSED), query_reversal).state is S.FAILED
    assert heard(free_port, saying(code, REFUSED)).state is S.UNKNOWN
    assert heard(free_port, saying(code, REFUSED), query).state is S.UNKNOWN


@pytest.mark.parametrize("code", ["2003", "2004", "4009", "5000", "7001", "8888", "0003", "9999"])
@pytest.mark.parametrize("ask", [submit, reverse, query, query_reversal])
def test_codes_that_prove_nothing_are_unknown(free_port: int, code: str, ask: Any) -> None:
    assert heard(free_port, saying(code), ask).state is S.UNKNOWN


def test_not_found_is_an_answer_to_questions_only(free_port: int) -> None:
    assert heard(free_port, saying("4004", {}), query).state is S.NOT_FOUND
    assert heard(free_port, saying("4004", {}), query_reversal).state is S.NOT_FOUND
    assert heard(free_port, saying("4004", {})).state is S.UNKNOWN
    assert heard(free_port, saying("4004", {}), reverse).state is S.UNKNOWN


def test_a_reversal_done_says_nothing_of_what_the_order_cost(free_port: int) -> None:
    outcome = heard(free_port, saying("0000", REVERSED), reverse)
    assert (outcome.state, outcome.charged_minor, outcome.delivered_minor) == (S.SUCCESS, None, None)
    assert outcome.stock_after_minor == 100000000


ECHOES = [{"Reference": "70000000000000000002"}, {"Number": "13800138001"}, {"Amount": "5001"}]


@pytest.mark.parametrize("other", ECHOES)
@pytest.mark.parametrize("code", ["0000", "1000", "2012", "3001"])
def test_an_answer_that_echoes_something_else_is_unknown(free_port: int, other: dict[str, str], code: str) -> None:
    outcome = heard(free_port, saying(code, WHOLE | other))
    assert outcome.state is S.UNKNOWN
    assert "echo" in outcome.text


def test_a_reversal_of_another_order_is_unknown(free_port: int) -> None:
    assert heard(free_port, saying("0000", REVERSED | {"OriginalReference": "1"}), reverse).state is S.UNKNOWN
    assert heard(free_port, saying("0000", REVERSED | {"OriginalReference": "1"}), query_reversal).state is S.UNKNOWN


def test_the_echo_may_be_missing_only_where_the_carrier_could_not_read_us(free_port: int) -> None:
    def bare(code: str) -> Play:
        async def treat(exchange: Exchange) -> None:
            await HARNESS.signed(exchange, xml("RechargeAnswer", {"Code": code, "Text": "说明"}))

        return treat

    assert heard(free_port, bare("2014")).state is S.NOT_SENT
    assert heard(free_port, bare("3001")).state is S.UNKNOWN
    assert heard(free_port, bare("1000")).state is S.UNKNOWN


@pytest.mark.parametrize("missing", [*PROOF, "Charged", "Delivered"])
def test_success_without_its_proof_is_unknown(free_port: int, missing: str) -> None:
    assert heard(free_port, saying("0000", {name: text for name, text in WHOLE.items() if name != missing})).state is S.UNKNOWN


@pytest.mark.parametrize(("code", "delivered"), [("0000", "4999"), ("0000", "5001"), ("0001", "5000"), ("0001", "0"), ("0001", "6000")])
def test_success_whose_amounts_contradict_its_code_is_unknown(free_port: int, code: str, delivered: str) -> None:
    assert heard(free_port, saying(code, WHOLE | {"Delivered": delivered})).state is S.UNKNOWN


def test_an_answer_to_another_question_is_unknown(free_port: int) -> None:
    async def other(exchange: Exchange) -> None:
        echo = {"Reference": ORDER.reference, "Number": ORDER.number, "Amount": "5000"}
        await HARNESS.signed(exchange, xml("BillPaymentAnswer", {"Code": "0000", "Text": "说明", **echo, **WHOLE}))

    assert heard(free_port, other).state is S.UNKNOWN


STATUSES = ["500 Internal Server Error", "502 Bad Gateway", "504 Gateway Timeout", "418 Teapot", "301 Moved Permanently"]


@pytest.mark.parametrize("status", STATUSES)
def test_no_code_is_believed_under_a_status_from_a_machine_in_front(free_port: int, status: str) -> None:
    assert heard(free_port, saying("0000", status=status)).state is S.UNKNOWN
    assert heard(free_port, saying("2011", status=status)).state is S.UNKNOWN


SPOILT = [{"X_Signature": "0" * 64}, {"X_Nonce": "ans-0000000000000098"}, {"X_Timestamp": "1"}, {"X_Partner": "somebody"}]
SPOILT += [{name: ""} for name in ("X_Signature", "X_Nonce", "X_Timestamp", "X_Partner")]


@pytest.mark.parametrize("spoilt", SPOILT)
@pytest.mark.parametrize("code", ["0000", "2012", "3001"])
def test_an_answer_without_a_right_signature_is_unknown(free_port: int, spoilt: dict[str, str], code: str) -> None:
    assert heard(free_port, saying(code, None, **spoilt)).state is S.UNKNOWN


def test_an_answer_recorded_for_another_request_proves_nothing(free_port: int) -> None:
    first: list[str] = []

    async def replay(exchange: Exchange) -> None:
        # The second answer is signed for the nonce of the first request.
        first.append(exchange.headers["x-nonce"])
        exchange.head = exchange.head.replace(exchange.headers["x-nonce"].encode(), first[0].encode())
        await HARNESS.done(exchange)

    said = play(HARNESS, CLOCK, free_port, Peer(replay), submit, submit)
    assert [outcome.state for outcome in said] == [S.SUCCESS, S.UNKNOWN]


MALFORMED = [
    b"<RechargeAnswer><Code>0000</Code>",
    b'<!DOCTYPE x [<!ENTITY a "b">]><RechargeAnswer><Code>0000</Code></RechargeAnswer>',
    b"<RechargeAnswer><Code>0000</Code><Code>3001</Code></RechargeAnswer>",
    "<RechargeAnswer><Text>充值</Text></RechargeAnswer>".encode("gb18030"),
]


@pytest.mark.parametrize("body", MALFORMED)
def test_a_signed_answer_that_cannot_be_read_is_unknown(free_port: int, body: bytes) -> None:
    async def treat(exchange: Exchange) -> None:
        await HARNESS.signed(exchange, body)

    for ask in (submit, reverse, query):
        assert heard(free_port, treat, ask).state is S.UNKNOWN


def test_what_the_protocol_has_no_form_for_is_not_sent(free_port: int) -> None:
    peer = Peer(HARNESS.done)
    bad = replace(ORDER, number="08123456789")
    outcomes = play(HARNESS, CLOCK, free_port, peer, lambda link: link.submit(bad), lambda link: link.query(bad))
    assert [outcome.state for outcome in outcomes] == [S.NOT_SENT, S.UNKNOWN]
    assert peer.requests == []


@pytest.fixture
def full_listener(free_port: int) -> Iterator[int]:
    """A port that takes no more connections: those who come wait without an answer."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", free_port))
    listener.listen(0)
    waiting = [socket.socket() for _ in range(4)]
    for one in waiting:
        one.setblocking(False)
        one.connect_ex(("127.0.0.1", free_port))
    yield free_port
    for one in [*waiting, listener]:
        one.close()


def asked_at(url: str, **settings: Any) -> Outcome:
    async def scene() -> Outcome:
        link = HARNESS.link(1, CLOCK, url=url, **settings)
        try:
            return await link.submit(ORDER)
        finally:
            await link.close()

    return asyncio.run(scene())


def test_a_connection_that_does_not_come_about_in_time_is_not_sent(full_listener: int) -> None:
    assert asked_at(f"http://127.0.0.1:{full_listener}/recharge/v1", connect_seconds=0.3).state is S.NOT_SENT


def test_the_whole_time_running_out_before_a_connection_is_not_sent(full_listener: int) -> None:
    outcome = asked_at(f"http://127.0.0.1:{full_listener}/recharge/v1", connect_seconds=5, answer_seconds=0.3)
    assert outcome.state is S.NOT_SENT


def test_an_unknown_host_is_not_sent() -> None:
    assert asked_at("http://no-such-host.invalid/recharge/v1").state is S.NOT_SENT


def test_a_tls_failure_is_not_sent(free_port: int) -> None:
    peer = Peer(HARNESS.done)
    outcome = play(HARNESS, CLOCK, free_port, peer, submit, url=f"https://127.0.0.1:{free_port}/recharge/v1", connect_seconds=0.5)[0]
    assert outcome.state is S.NOT_SENT
    assert peer.requests == []


def test_balance(free_port: int) -> None:
    async def treat(exchange: Exchange) -> None:
        fields = {"Code": "0000", "Text": "成功", "StockAfter": "123", "Reserved": "45", "AsOf": "2026-11-21T20:40:01+08:00"}
        await HARNESS.signed(exchange, xml("BalanceAnswer", fields))

    stock = play(HARNESS, CLOCK, free_port, Peer(treat), lambda link: link.balance())[0]
    assert (stock.free_minor, stock.reserved_minor, stock.at) == (123, 45, CLOCK.now())


@pytest.mark.parametrize("fields", [{"Code": "2011"}, {"Code": "0000"}, {"Code": "0000", "StockAfter": "1"}, {}])
def test_a_balance_that_is_not_told_in_full_tells_nothing(free_port: int, fields: dict[str, str]) -> None:
    async def treat(exchange: Exchange) -> None:
        await HARNESS.signed(exchange, xml("BalanceAnswer", {"Text": "说明", **fields}))

    async def ask(link: SupplierLink) -> None:
        with pytest.raises(CannotTell):
            await link.balance()

    play(HARNESS, CLOCK, free_port, Peer(treat), ask)


@pytest.mark.parametrize(("code", "error"), [("7001", StatementNotReady), ("7002", StatementNotReady), ("2011", CannotTell)])
def test_a_statement_that_is_not_there(free_port: int, code: str, error: type[Exception]) -> None:
    async def treat(exchange: Exchange) -> None:
        await HARNESS.signed(exchange, xml("StatementAnswer", {"Code": code, "Text": "说明"}))

    async def ask(link: SupplierLink) -> None:
        with pytest.raises(error):
            await link.statement(date(2026, 11, 21))

    play(HARNESS, CLOCK, free_port, Peer(treat), ask)


@pytest.mark.parametrize(
    "settings",
    [
        {"url": "ftp://carrier/x"},
        {"partner": "a b"},
        {"answer_seconds": 60},
        {"most_connections": 2001},
        {"unknown": 1},
    ],
)
def test_settings_that_cannot_be_are_named_without_their_values(settings: dict[str, Any]) -> None:
    with pytest.raises(LinkMisconfigured, match=next(iter(settings))) as caught:
        HARNESS.link(1, CLOCK, **settings)
    assert str(next(iter(settings.values()))) not in str(caught.value).replace("LinkMisconfigured", "") or settings == {"unknown": 1}


def test_a_short_secret_and_an_unknown_kind_are_refused() -> None:
    parts = LinkParts("CARRIER", {"url": "http://127.0.0.1:1/x", "partner": "p"}, SECRET[:31], CLOCK)
    with pytest.raises(LinkMisconfigured, match="secret"):
        make_link("carrier_platform", parts)
    with pytest.raises(LinkMisconfigured, match="no_such_kind"):
        make_link("no_such_kind", parts)


def test_the_secret_is_not_in_any_repr() -> None:
    parts = LinkParts("CARRIER", {"url": "http://127.0.0.1:1/x", "partner": "p"}, SECRET, CLOCK)
    assert "example-secret" not in repr(parts)


def test_the_link_says_what_it_can_do() -> None:
    caps = HARNESS.link(1, CLOCK).caps
    assert (caps.query, caps.reverse, caps.balance, caps.callback, caps.partial) == (True,) * 5
    assert caps.settle_window == timedelta(seconds=900)
    assert caps.statement is not None
    assert caps.statement.day_of(datetime(2026, 11, 21, 16, 0, tzinfo=UTC)) == date(2026, 11, 22)
    assert caps.statement.ready_at(date(2026, 11, 21)) == datetime(2026, 11, 21, 18, 0, tzinfo=UTC)
