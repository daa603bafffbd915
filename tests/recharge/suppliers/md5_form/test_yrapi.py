"""The yrapi dialect: taken now, told later, in part at times; and which words of it prove nothing."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import md5
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest

from recharge.domain.orders import OrderKind
from recharge.domain.outcomes import OutcomeState
from recharge.suppliers.contract import AttemptOrder, BadCallback, CannotTell, ForgedCallback, RawCallback, SupplierLink
from tests.recharge.suppliers.md5_form.harness import Md5FormHarness
from tests.recharge.suppliers.peer import Exchange, Peer, listening
from tests.support.world import ManualClock

S = OutcomeState
HARNESS = Md5FormHarness()
CLOCK = ManualClock(datetime(2026, 11, 21, 12, 40, tzinfo=UTC))
ORDER = AttemptOrder("7000000001", "13800138000", 5000, OrderKind.RECHARGE, "CMCC", datetime(2026, 11, 21, tzinfo=UTC))
KEY = "yr-key"
SETTINGS = {
    "preset": "yrapi",
    "user": "10001",
    "notify_url": "https://agent/callback/YR",
    "products": {"CMCC:5000": "12", "CUCC": "20"},
    "secret": KEY.encode(),
}


def sign(fields: dict[str, str]) -> str:
    text = "&".join(f"{name}={fields[name]}" for name in sorted(fields)) + f"&apikey={KEY}"
    return md5(text.encode(), usedforsecurity=False).hexdigest().upper()


def ask(port: int, what: Callable[[SupplierLink], Awaitable[Any]], answer: Any, **settings: Any) -> tuple[Any, list[Exchange]]:
    seen: list[Exchange] = []

    async def treat(exchange: Exchange) -> None:
        seen.append(exchange)
        await exchange.answer(answer if isinstance(answer, bytes) else json.dumps(answer).encode())

    async def scene() -> Any:
        async with listening(Peer(treat), port):
            link = HARNESS.link(port, CLOCK, **(SETTINGS | settings))
            try:
                return await what(link)
            finally:
                await link.close()

    return asyncio.run(scene()), seen


TAKEN = {"errno": 0, "errmsg": "提交成功", "data": {"order_number": "YR1", "out_trade_num": "7000000001", "mobile": "13800138000"}}


def test_an_order_is_written_and_signed(free_port: int) -> None:
    outcome, [exchange] = ask(free_port, lambda link: link.submit(ORDER), TAKEN)
    sent = dict(parse_qsl(exchange.body.decode(), keep_blank_values=True))
    told = sent.pop("sign")
    assert exchange.head.startswith(b"POST /index/recharge HTTP/1.1")
    assert sent == {
        "userid": "10001",
        "out_trade_num": "7000000001",
        "product_id": "12",
        "mobile": "13800138000",
        "amount": "50.00",
        "notify_url": "https://agent/callback/YR",
    }
    assert told == sign(sent)
    assert (outcome.state, outcome.supplier_reference, outcome.text) == (S.ACCEPTED, "YR1", "提交成功")


def test_a_product_may_be_for_a_carrier_or_missing(free_port: int) -> None:
    _, [exchange] = ask(free_port, lambda link: link.submit(replace(ORDER, carrier_code="CUCC")), TAKEN)
    assert dict(parse_qsl(exchange.body.decode()))["product_id"] == "20"
    outcome, seen = ask(free_port, lambda link: link.submit(replace(ORDER, face_minor=3000)), TAKEN)
    assert (outcome.state, seen) == (S.NOT_SENT, [])


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        ({"errno": 1, "errmsg": "余额不足"}, S.UNKNOWN),
        ({"errno": 0, "data": {"out_trade_num": "another"}}, S.UNKNOWN),
        ({"errno": 0, "data": {"mobile": "13900139000"}}, S.UNKNOWN),
        ({"errno": True}, S.UNKNOWN),
        ({}, S.UNKNOWN),
        (b"[1]", S.UNKNOWN),
        (b"\xff{}", S.UNKNOWN),
        (b'{"errno": 0', S.UNKNOWN),
        ({"errno": "0"}, S.ACCEPTED),
    ],
)
def test_what_an_answer_to_an_order_proves(free_port: int, answer: Any, state: OutcomeState) -> None:
    assert ask(free_port, lambda link: link.submit(ORDER), answer)[0].state is state


def test_codes_of_an_installation_can_be_added(free_port: int) -> None:
    codes = {"dialect": {"submit": {"reading": {"codes": {"0": "accepted", "1": "not_sent"}}}}}
    assert ask(free_port, lambda link: link.submit(ORDER), {"errno": 1}, **codes)[0].state is S.NOT_SENT


def row(**fields: Any) -> dict[str, Any]:
    usual = {"order_number": "YR1", "out_trade_num": "7000000001", "mobile": "13800138000", "state": 1, "charge_kami": "SN77"}
    return {"errno": 0, "data": [usual | fields]}


@pytest.mark.parametrize(
    ("fields", "state", "delivered"),
    [
        ({}, S.SUCCESS, None),
        ({"charge_amount": "50.00"}, S.SUCCESS, 5000),
        ({"charge_amount": 0}, S.SUCCESS, None),
        ({"state": 3, "charge_amount": "20.00"}, S.SUCCESS, 2000),
        ({"state": "3", "charge_amount": 20.5}, S.SUCCESS, 2050),
        ({"state": 3}, S.UNKNOWN, None),
        ({"state": 3, "charge_amount": "0.00"}, S.UNKNOWN, None),
        ({"state": 0, "charge_amount": "20.00"}, S.ACCEPTED, None),
        ({"state": -1}, S.FAILED, None),
        ({"state": 2}, S.FAILED, None),
        # 2 meant "done in part" in older installations: with something charged it is no failure.
        ({"state": 2, "charge_amount": "20.00"}, S.UNKNOWN, None),
        ({"state": -1, "charge_amount": "20.00"}, S.UNKNOWN, None),
        ({"state": 9}, S.UNKNOWN, None),
        ({"state": None}, S.UNKNOWN, None),
        ({"mobile": "13900139000"}, S.UNKNOWN, None),
        ({"charge_amount": "-1"}, S.UNKNOWN, None),
    ],
)
def test_what_a_listed_order_proves(free_port: int, fields: dict[str, Any], state: OutcomeState, delivered: int | None) -> None:
    outcome, [exchange] = ask(free_port, lambda link: link.query(ORDER), row(**fields))
    assert (outcome.state, outcome.delivered_minor) == (state, delivered)
    assert outcome.serial_number == ("SN77" if state is S.SUCCESS else "")
    sent = dict(parse_qsl(exchange.body.decode()))
    assert (exchange.head.split()[1], sent["out_trade_nums"]) == (b"/index/check", ORDER.reference)


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        ({"errno": 0, "data": []}, S.NOT_FOUND),
        ({"errno": 0, "data": [{"out_trade_num": "another", "state": 1}]}, S.NOT_FOUND),
        ({"errno": 0, "data": None}, S.UNKNOWN),
        ({"errno": 1, "data": []}, S.UNKNOWN),
        ({"errno": 1, "data": row()["data"]}, S.UNKNOWN),
    ],
)
def test_an_order_that_is_not_listed(free_port: int, answer: Any, state: OutcomeState) -> None:
    assert ask(free_port, lambda link: link.query(ORDER), answer)[0].state is state


def test_an_order_listed_twice_proves_nothing_good(free_port: int) -> None:
    twice = {"errno": 0, "data": row()["data"] * 2}
    assert ask(free_port, lambda link: link.query(ORDER), twice)[0].state is not S.SUCCESS


def test_the_balance(free_port: int) -> None:
    stock, [exchange] = ask(free_port, lambda link: link.balance(), {"errno": 0, "data": {"balance": "1234.56"}})
    assert (stock.free_minor, exchange.head.split()[1]) == (123456, b"/index/user")


@pytest.mark.parametrize(
    "answer", [{"errno": 1, "data": {"balance": "1"}}, {"errno": 0, "data": {}}, {"errno": 0, "data": {"balance": "x"}}]
)
def test_a_balance_in_doubt_is_not_told(free_port: int, answer: Any) -> None:
    async def what(link: SupplierLink) -> None:
        with pytest.raises(CannotTell):
            await link.balance()

    ask(free_port, what, answer)


def notice(**fields: str) -> RawCallback:
    usual = {"userid": "10001", "order_number": "YR1", "out_trade_num": "7000000001", "mobile": "13800138000", "otime": "1795264801"}
    told = usual | {"state": "1", "charge_amount": "50.00", "charge_kami": "SN77", "remark": "", "voucher": ""} | fields
    return RawCallback({}, urlencode(told | {"sign": sign(told)}).encode())


def heard(raw: RawCallback) -> Any:
    return HARNESS.link(1, CLOCK, **SETTINGS).read_callback(raw)


def test_a_notice_is_read_and_answered_with_success() -> None:
    callback = heard(notice())
    assert (callback.reference, callback.acknowledgement) == ("7000000001", b"success")
    said = callback.outcome
    assert (said.state, said.number, said.delivered_minor, said.serial_number) == (S.SUCCESS, "13800138000", 5000, "SN77")
    assert "13800138000" not in said.raw
    assert "sign" not in said.raw


def test_a_notice_may_come_in_the_address() -> None:
    raw = notice(state="3", charge_amount="20.00")
    callback = heard(RawCallback({}, b"", raw.body.decode()))
    assert (callback.outcome.state, callback.outcome.delivered_minor) == (S.SUCCESS, 2000)


def test_a_notice_with_a_field_twice_is_nobodys() -> None:
    raw = notice()
    with pytest.raises(ForgedCallback):
        heard(RawCallback({}, raw.body + b"&state=-1"))


def test_a_notice_of_something_else_is_bad() -> None:
    with pytest.raises(BadCallback):
        heard(notice(out_trade_num="x1"))
