"""The simulated aggregator in both its languages, asked with signatures made by hand."""

import json
from hashlib import md5
from typing import Any
from urllib.parse import urlencode

import pytest

from simulators.aggregator.app import Aggregator
from simulators.supplier.shop import Shop
from tests.simulators.supplier.client import Client, with_supplier

KEY = "the-key"


def digest(text: str) -> str:
    return md5(text.encode(), usedforsecurity=False).hexdigest()


def yrapi(path: str, key: str = KEY, **fields: str) -> tuple[str, str, bytes]:
    told = {"userid": "10001", **fields}
    text = "&".join(f"{name}={told[name]}" for name in sorted(told)) + f"&apikey={key}"
    return "POST", path, urlencode(told | {"sign": digest(text).upper()}).encode()


def ofpay(number: str, key: str = KEY, amount: str = "50", reference: str = "7") -> tuple[str, str, None]:
    values = ["10001", digest("pw"), "140101", amount, reference, "20261121204000", number]
    names = ("userid", "userpws", "cardid", "cardnum", "sporder_id", "sporder_time", "game_userid")
    fields = dict(zip(names, values, strict=True)) | {"md5_str": digest("".join(values) + key).upper(), "version": "6.0"}
    return "GET", f"/onlineorder.do?{urlencode(fields)}", None


def ask(shop: Shop, *questions: tuple[str, str, bytes | None], charset: str = "utf-8") -> list[str]:
    async def what(client: Client) -> list[str]:
        return [(await client.ask(*question, charset=charset))[1] for question in questions]

    told: list[str] = with_supplier(shop, lambda _: Aggregator(shop, "10001", KEY, "pw"), what)
    return told


def order(number: str, reference: str = "7", **more: str) -> tuple[str, str, bytes]:
    return yrapi("/index/recharge", out_trade_num=reference, mobile=number, amount="50.00", product_id="12", **more)


def test_an_order_is_taken_and_listed(open_shop: Shop) -> None:
    taken, listed = (json.loads(text) for text in ask(open_shop, order("13800139000"), yrapi("/index/check", out_trade_nums="7,8")))
    assert (taken["errno"], taken["data"]["out_trade_num"]) == (0, "7")
    [row] = listed["data"]
    assert (row["state"], row["charge_amount"], row["mobile"]) == (1, "50.00", "13800139000")


@pytest.mark.parametrize(("suffix", "state", "charged"), [("9010", 0, "0.00"), ("9040", 3, "25.00"), ("9050", -1, "0.00")])
def test_states_are_numbers_of_their_own(open_shop: Shop, suffix: str, state: int, charged: str) -> None:
    open_shop.rules.later_seconds = 60
    listed = json.loads(ask(open_shop, order(f"1380013{suffix}"), yrapi("/index/check", out_trade_nums="7"))[1])
    assert (listed["data"][0]["state"], listed["data"][0]["charge_amount"]) == (state, charged)


@pytest.mark.parametrize("path", ["/index/recharge", "/index/check", "/index/user"])
def test_a_wrong_signature_is_refused(open_shop: Shop, path: str) -> None:
    [told] = ask(open_shop, yrapi(path, key="another", out_trade_num="7", mobile="13800139000", amount="50"))
    assert json.loads(told)["errno"] == 1
    assert open_shop.ledger.orders() == []


def test_the_balance_in_both_languages(open_shop: Shop) -> None:
    assert json.loads(ask(open_shop, yrapi("/index/user"))[0])["data"]["balance"] == "1000.00"
    [told] = ask(open_shop, ("GET", f"/newqueryuserinfo.do?userid=10001&userpws={digest('pw')}", None), charset="gbk")
    assert "<ret_leftcredit>1000.00</ret_leftcredit>" in told


def test_an_address_is_an_order_too(open_shop: Shop) -> None:
    done, again, wrong = ask(open_shop, ofpay("13800139000"), ofpay("13800139000"), ofpay("13800139000", "x", "50", "8"), charset="gbk")
    assert "<retcode>1</retcode>" in done
    assert "<game_state>1</game_state>" in done
    assert done == again
    assert "<retcode>1003</retcode>" in wrong
    assert len(open_shop.ledger.told()["credits"]) == 1


def test_an_enquiry_is_one_word(open_shop: Shop) -> None:
    words = ask(open_shop, ofpay("13800139050"), ("GET", "/api/query.do?spbillid=7", None), ("GET", "/api/query.do?spbillid=8", None))
    assert words[1:] == ["9", "-1"]


def test_notices_come_until_they_are_answered(open_shop: Shop) -> None:
    async def what(client: Client) -> Any:
        # Its own health page is no right answer, so the notice comes again; what matters here is that orders end by themselves.
        await client.ask(*order("13800139010", notify_url=f"{client.base}/health"))
        for _ in range(100):
            listed = json.loads((await client.ask(*yrapi("/index/check", out_trade_nums="7")))[1])
            if listed["data"][0]["state"]:
                return listed["data"][0]["state"]
        return None

    open_shop.rules.later_seconds = 0.0
    assert with_supplier(open_shop, lambda _: Aggregator(open_shop, "10001", KEY, "pw"), what) == 1
