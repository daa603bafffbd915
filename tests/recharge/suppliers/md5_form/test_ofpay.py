"""The ofpay dialect: a signed address, XML in GBK, an enquiry of one word; and settings that cannot be."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import md5
from typing import Any

import pytest

from recharge.domain.orders import OrderKind
from recharge.domain.outcomes import OutcomeState
from recharge.suppliers.contract import AttemptOrder, LinkMisconfigured, SupplierLink
from tests.recharge.suppliers.md5_form.harness import KEY, PASSWORD, USER, Md5FormHarness, address, query, xml
from tests.recharge.suppliers.peer import Exchange, Peer, listening
from tests.support.world import ManualClock

S = OutcomeState
HARNESS = Md5FormHarness()
CLOCK = ManualClock(datetime(2026, 11, 21, 12, 40, tzinfo=UTC))
ORDER = AttemptOrder("7000000001", "13800138000", 5000, OrderKind.RECHARGE, "CMCC", datetime(2026, 11, 21, 12, 39, tzinfo=UTC))


def ask(port: int, what: Callable[[SupplierLink], Awaitable[Any]], answer: bytes | dict[str, str]) -> tuple[Any, list[Exchange]]:
    seen: list[Exchange] = []

    async def treat(exchange: Exchange) -> None:
        seen.append(exchange)
        if isinstance(answer, bytes):
            await exchange.answer(answer)
        else:
            await HARNESS.say(exchange, **answer)

    async def scene() -> Any:
        async with listening(Peer(treat), port):
            link = HARNESS.link(port, CLOCK, notify_url="http://agent/callback/OUFEI?a=1")
            try:
                return await what(link)
            finally:
                await link.close()

    return asyncio.run(scene()), seen


def test_an_order_is_one_signed_address(free_port: int) -> None:
    outcome, [exchange] = ask(free_port, lambda link: link.submit(ORDER), {})
    password = md5(PASSWORD.encode(), usedforsecurity=False).hexdigest()
    signed = USER + password + "140101" + "50" + "7000000001" + "20261121203900" + "13800138000" + KEY
    assert exchange.head.startswith(b"GET /onlineorder.do?")
    assert query(exchange) == {
        "userid": USER,
        "userpws": password,
        "cardid": "140101",
        "cardnum": "50",
        "sporder_id": "7000000001",
        "sporder_time": "20261121203900",
        "game_userid": "13800138000",
        "ret_url": "http://agent/callback/OUFEI?a=1",
        "version": "6.0",
        "md5_str": md5(signed.encode(), usedforsecurity=False).hexdigest().upper(),
    }
    assert (outcome.state, outcome.serial_number, outcome.charged_minor) == (S.SUCCESS, "S2611210001", 4950)
    assert outcome.text == "充值138****8000成功"


def test_an_amount_with_a_fraction_is_refused_before_the_first_byte(free_port: int) -> None:
    outcome, seen = ask(free_port, lambda link: link.submit(replace(ORDER, face_minor=5050)), {})
    assert (outcome.state, seen) == (S.NOT_SENT, [])


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        ({"game_state": "0"}, S.ACCEPTED),
        ({"game_state": "9"}, S.FAILED),
        ({"game_state": "5"}, S.UNKNOWN),
        ({"game_state": ""}, S.UNKNOWN),
        ({"retcode": "1003"}, S.UNKNOWN),
        ({"sporder_id": "another"}, S.UNKNOWN),
        (xml("orderinfo", {"retcode": "1"}), S.UNKNOWN),
        ("<orderinfo><retcode>1</retcode><game_state>1</game_state></orderinfo>".encode("utf-16"), S.UNKNOWN),
        (b"<orderinfo><retcode>1</retcode><retcode>1</retcode></orderinfo>", S.UNKNOWN),
        (b'<!DOCTYPE x [<!ENTITY a "1">]><orderinfo><retcode>&a;</retcode></orderinfo>', S.UNKNOWN),
    ],
)
def test_what_an_answer_proves(free_port: int, answer: bytes | dict[str, str], state: OutcomeState) -> None:
    assert ask(free_port, lambda link: link.submit(ORDER), answer)[0].state is state


@pytest.mark.parametrize(
    ("answer", "state"),
    [(b"1", S.SUCCESS), (b"0\r\n", S.ACCEPTED), (b"9", S.FAILED), (b"-1", S.NOT_FOUND), (b"", S.UNKNOWN), (b"<html>1</html>", S.UNKNOWN)],
)
def test_an_enquiry_is_answered_with_one_word(free_port: int, answer: bytes, state: OutcomeState) -> None:
    outcome, [exchange] = ask(free_port, lambda link: link.query(ORDER), answer)
    assert outcome.state is state
    assert address(exchange) == f"/api/query.do?userid={USER}&spbillid=7000000001"


def test_the_balance(free_port: int) -> None:
    stock, _ = ask(free_port, lambda link: link.balance(), xml("userinfo", {"retcode": "1", "ret_leftcredit": "8765.4"}))
    assert stock.free_minor == 876540


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"preset": "nobody"}, "ofpay, yrapi"),
        ({"preset": "", "dialect": {}}, "submit"),
        ({"dialect": {"charset": "latin-1"}}, "charset"),
        ({"dialect": {"submit": {"reading": {"codes": {"1": "fine"}}}}}, "codes"),
        ({"dialect": {"query": {"path": "no-slash"}}}, "path"),
        ({"secret": b'{"password": "p"}'}, "secret"),
        ({"secret": b"\xff\xff\xff\xff"}, "secret"),
        ({"secret": b"abc"}, "secret"),
        ({"url": "http://h/"}, "url"),
    ],
)
def test_settings_that_cannot_be_are_named(settings: dict[str, Any], named: str) -> None:
    with pytest.raises(LinkMisconfigured, match=named):
        HARNESS.link(1, CLOCK, **settings)


def test_a_dialect_without_enquiry_balance_and_notice_says_so() -> None:
    caps = HARNESS.link(1, CLOCK, dialect={"query": None, "balance": None, "notice": None}).caps
    assert (caps.query, caps.balance, caps.callback, caps.partial, caps.reverse) == (False,) * 5
    assert HARNESS.link(1, CLOCK, preset="yrapi").caps.partial
