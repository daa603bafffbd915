"""The PreTUPS link: what it writes, what each status code makes of an order, and what it does not believe."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

import pytest

from recharge.domain.orders import OrderKind
from recharge.domain.outcomes import FailureReason, Outcome, OutcomeState
from recharge.suppliers.contract import AttemptOrder, CannotTell, LinkMisconfigured, LinkParts, SupplierLink
from recharge.suppliers.registry import make_link
from tests.recharge.suppliers.peer import Exchange, Peer, listening
from tests.recharge.suppliers.pretups.harness import SETTINGS, TRANSACTION, PretupsHarness, request
from tests.support.world import ManualClock

S = OutcomeState
HARNESS = PretupsHarness()
CLOCK = ManualClock(datetime(2026, 11, 21, 12, 40, tzinfo=UTC))
ORDER = AttemptOrder("7000000001", "01711242148", 5000, OrderKind.RECHARGE, "GP", datetime(2026, 11, 21, tzinfo=UTC))
REVERSAL = replace(ORDER, reference="7000000003", original_reference=ORDER.reference, supplier_reference=TRANSACTION)
Told = dict[str, str]


def ask(port: int, what: Callable[[SupplierLink], Awaitable[Any]], told: Told | None = None, extra: str = "", **settings: Any) -> Any:
    """The outcome of one question to a gateway that answers with these fields, and what was asked."""

    async def treat(exchange: Exchange) -> None:
        seen.append(exchange)
        await HARNESS.say(exchange, extra, **(told or {"TXNSTATUS": "200"}))

    async def scene() -> Any:
        async with listening(Peer(treat), port):
            link = HARNESS.link(port, CLOCK, **settings)
            try:
                return await what(link)
            finally:
                await link.close()

    seen: list[Exchange] = []
    return asyncio.run(scene()), seen


def submitted(port: int, told: Told | None = None, order: AttemptOrder = ORDER, **settings: Any) -> Outcome:
    outcome: Outcome = ask(port, lambda link: link.submit(order), told, **settings)[0]
    return outcome


def test_a_sale_is_written_as_the_gateway_reads_it(free_port: int) -> None:
    settings: dict[str, Any] = {"number_prefix": "880", "drop_zero": True, "zone": "Asia/Dhaka", "pin_base64": True, "ext_code": "E1"}
    outcome, [exchange] = ask(free_port, lambda link: link.submit(ORDER), **settings)
    address = exchange.head.decode().split()[1]
    assert address.startswith("/pretups/C2SReceiver?")
    assert parse_qs(address.partition("?")[2]) == {
        "REQUEST_GATEWAY_CODE": ["AGENT"],
        "REQUEST_GATEWAY_TYPE": ["EXTGW"],
        "LOGIN": ["agent"],
        "PASSWORD": ["gateway-secret"],
        "SOURCE_TYPE": ["EXTGW"],
        "SERVICE_PORT": ["190"],
    }
    assert list(request(exchange).items()) == [
        ("TYPE", "EXRCTRFREQ"),
        ("DATE", "21/11/2026 18:40:00"),
        ("EXTNWCODE", "BD"),
        ("MSISDN", "1709735410"),
        ("PIN", "MjQ2OHNlY3JldA=="),
        ("LOGINID", ""),
        ("PASSWORD", ""),
        ("EXTCODE", "E1"),
        ("EXTREFNUM", "7000000001"),
        ("MSISDN2", "8801711242148"),
        ("AMOUNT", "50"),
        ("LANGUAGE1", "0"),
        ("LANGUAGE2", "0"),
        ("SELECTOR", "1"),
    ]
    assert (outcome.serial_number, outcome.supplier_reference) == (TRANSACTION, TRANSACTION)


def test_a_command_may_stand_in_the_address(free_port: int) -> None:
    outcome, [exchange] = ask(free_port, lambda link: link.submit(ORDER), way="data")
    method, address, _ = exchange.head.decode().split("\r\n")[0].split(" ")
    asked = parse_qs(address.partition("?")[2])
    assert (method, exchange.body, asked["LOGIN"]) == ("GET", b"", ["agent"])
    [content] = asked["DATA"]
    assert content.startswith('<?xml version="1.0"?><COMMAND><TYPE>EXRCTRFREQ</TYPE>')
    assert "<EXTREFNUM>7000000001</EXTREFNUM>" in content
    assert outcome.state is S.SUCCESS


def test_a_bill_payment_is_a_command_of_its_own(free_port: int) -> None:
    bill = replace(ORDER, kind=OrderKind.BILL_PAYMENT)
    outcome, [exchange] = ask(free_port, lambda link: link.submit(bill), bill_selector="2")
    assert (request(exchange)["TYPE"], request(exchange)["SELECTOR"], outcome.state) == ("EXPPBREQ", "2", S.SUCCESS)


@pytest.mark.parametrize(
    ("unit", "digits", "minor", "written"),
    [("whole", 2, 5000, "50"), ("minor", 2, 5050, "5050"), ("decimal", 2, 5050, "50.50"), ("whole", 0, 50, "50"), ("whole", 2, 5050, None)],
)
def test_amounts_in_the_gateways_unit(free_port: int, unit: str, digits: int, minor: int, written: str | None) -> None:
    order = replace(ORDER, face_minor=minor)
    outcome, seen = ask(free_port, lambda link: link.submit(order), unit=unit, minor_digits=digits)
    if written is None:
        # What it cannot express is refused before the first byte, so another link may take it.
        assert (outcome.state, seen) == (S.NOT_SENT, [])
    else:
        assert request(seen[0])["AMOUNT"] == written


@pytest.mark.parametrize(
    ("code", "state", "reason"),
    [
        ("200", S.SUCCESS, None),
        ("205", S.ACCEPTED, None),
        ("206", S.FAILED, None),
        ("250", S.UNKNOWN, None),
        ("17017", S.FAILED, FailureReason.NUMBER_REFUSED),
        ("7014", S.NOT_SENT, None),
        ("", S.UNKNOWN, None),
        ("0200", S.UNKNOWN, None),
        ("99999", S.UNKNOWN, None),
    ],
)
def test_what_a_code_makes_of_a_sale(free_port: int, code: str, state: OutcomeState, reason: FailureReason | None) -> None:
    outcome = submitted(free_port, {"TXNSTATUS": code}, codes={"7014": "not_sent"})
    assert (outcome.state, outcome.reason, outcome.code) == (state, reason, code)
    assert bool(outcome.serial_number) == (state is S.SUCCESS)


def test_an_installation_may_not_call_a_code_success_or_change_a_known_one(free_port: int) -> None:
    with pytest.raises(LinkMisconfigured, match="codes"):
        HARNESS.link(free_port, CLOCK, codes={"201": "success"})
    assert submitted(free_port, {"TXNSTATUS": "250"}, codes={"250": "failed"}).state is S.UNKNOWN


@pytest.mark.parametrize(
    "told",
    [
        {"EXTREFNUM": "another"},
        {"EXTREFNUM": ""},
        {"TXNID": ""},
        {"TYPE": "EXUSRBALRESP"},
        {"MESSAGE": "Last transfer status of transaction X, transfer status:FAILED"},
    ],
)
def test_a_done_that_contradicts_itself_is_unknown(free_port: int, told: Told) -> None:
    assert submitted(free_port, {"TXNSTATUS": "200"} | told).state is S.UNKNOWN


def test_a_gateway_that_does_not_repeat_the_reference_can_be_told_so(free_port: int) -> None:
    assert submitted(free_port, {"TXNSTATUS": "200", "EXTREFNUM": ""}, echoes_reference=False).state is S.SUCCESS
    assert submitted(free_port, {"TXNSTATUS": "200", "EXTREFNUM": "1"}, echoes_reference=False).state is S.UNKNOWN


@pytest.mark.parametrize(
    ("told", "state"),
    [
        ({"TXNSTATUS": "200", "REQSTATUS": "200"}, S.SUCCESS),
        ({"TXNSTATUS": "200", "REQSTATUS": "205"}, S.ACCEPTED),
        ({"TXNSTATUS": "200", "REQSTATUS": "206"}, S.FAILED),
        ({"TXNSTATUS": "200", "REQSTATUS": "250"}, S.UNKNOWN),
        # The question itself went well, of the order nothing is said.
        ({"TXNSTATUS": "200"}, S.UNKNOWN),
        ({"TXNSTATUS": "206"}, S.UNKNOWN),
        ({"TXNSTATUS": "206", "REQSTATUS": "200"}, S.UNKNOWN),
        ({"TXNSTATUS": "7001"}, S.NOT_FOUND),
        # That the question was refused says nothing of the order either.
        ({"TXNSTATUS": "200", "REQSTATUS": "7014"}, S.UNKNOWN),
    ],
)
def test_what_a_status_answer_proves(free_port: int, told: Told, state: OutcomeState) -> None:
    settings: dict[str, Any] = {"not_found_codes": ["7001"], "codes": {"7014": "not_sent"}}
    outcome, [exchange] = ask(free_port, lambda link: link.query(replace(ORDER, supplier_reference="T9")), told, **settings)
    assert outcome.state is state
    sent = request(exchange)
    assert (sent["TYPE"], sent["EXTREFNUM"], sent["TXNID"]) == ("EXRCSTATREQ", ORDER.reference, "T9")


def test_where_the_state_stands_in_the_answer_can_be_told(free_port: int) -> None:
    outcome, _ = ask(free_port, lambda link: link.query(ORDER), {"TXNSTATUS": "206"}, status_field="TXNSTATUS")
    assert outcome.state is S.FAILED


def test_a_reversal_names_the_gateways_own_number(free_port: int) -> None:
    outcome, [exchange] = ask(free_port, lambda link: link.reverse(REVERSAL))
    sent = request(exchange)
    assert (sent["TYPE"], sent["TXNID"], sent["EXTREFNUM"], outcome.state) == ("RCREVREQ", TRANSACTION, "7000000003", S.SUCCESS)


def test_a_reversal_that_cannot_be_named_is_not_sent(free_port: int) -> None:
    outcome, seen = ask(free_port, lambda link: link.reverse(replace(REVERSAL, supplier_reference="")))
    assert (outcome.state, seen) == (S.NOT_SENT, [])


def test_an_installation_without_reversals_leaves_the_sale_standing(free_port: int) -> None:
    outcome, seen = ask(free_port, lambda link: link.reverse(REVERSAL), can_reverse=False)
    assert (outcome.state, seen) == (S.FAILED, [])


RECORD = "<RECORD><PRODUCTCODE>101</PRODUCTCODE><BALANCE>27608.50</BALANCE></RECORD>"


@pytest.mark.parametrize(
    ("extra", "settings", "minor"),
    [
        (RECORD, {}, 2_760_850),
        (RECORD + RECORD.replace("101", "102").replace("27608.50", "1"), {"product_code": "102"}, 100),
        (RECORD.replace("27608.50", "27608"), {"unit": "minor"}, 27608),
    ],
)
def test_the_balance_of_a_product(free_port: int, extra: str, settings: dict[str, Any], minor: int) -> None:
    stock, [exchange] = ask(free_port, lambda link: link.balance(), None, extra, **settings)
    assert (stock.free_minor, request(exchange)["TYPE"]) == (minor, "EXUSRBALREQ")


@pytest.mark.parametrize(
    ("told", "extra"),
    [({"TXNSTATUS": "206"}, RECORD), (None, ""), (None, RECORD + RECORD), (None, RECORD.replace("27608.50", "many"))],
)
def test_a_balance_in_doubt_is_not_told(free_port: int, told: Told | None, extra: str) -> None:
    async def what(link: SupplierLink) -> None:
        with pytest.raises(CannotTell):
            await link.balance()

    ask(free_port, what, told, extra)


@pytest.mark.parametrize(
    ("secret", "settings", "named"),
    [
        (b"no json", {}, "JSON"),
        (b"[1]", {}, "JSON"),
        (b'{"password": "p"}', {}, "pin"),
        (b'{"password": "p", "pin": "1", "more": 1}', {}, "more"),
        (b'{"password": "p", "pin": "1"}', {"zone": "Mars/Base"}, "zone"),
        (b'{"password": "p", "pin": "1"}', {"url": "http://h/p?x=1"}, "url"),
        (b'{"password": "p", "pin": "1"}', {"codes": {"1": "done"}}, "codes"),
    ],
)
def test_settings_that_cannot_be_are_named_without_their_values(secret: bytes, settings: dict[str, Any], named: str) -> None:
    told = SETTINGS | {"url": "http://127.0.0.1:1/p"} | settings
    with pytest.raises(LinkMisconfigured, match=named) as caught:
        make_link("pretups", LinkParts("GATEWAY", told, secret, CLOCK))
    assert "Mars" not in str(caught.value)
