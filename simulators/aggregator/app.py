"""The aggregator's two languages over one shop: yrapi's forms and JSON, and ofpay's addresses and GBK XML."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from hashlib import md5
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from aiohttp import web

from simulators.supplier.behaviour import BEHAVIOURS
from simulators.supplier.ledger import Order
from simulators.supplier.server import Notice, Server
from simulators.supplier.shop import Shop

_YRAPI: Final = {"running": 0, "done": 1, "refused": -1, "part": 3, "reversed": -1}
_OFPAY: Final = {"running": "0", "done": "1", "part": "1", "refused": "9", "reversed": "9"}


class Aggregator:
    """Speaks over a shop. `key` signs; notices go where each order says, in the language it was ordered in."""

    def __init__(self, shop: Shop, user: str, key: str, password: str) -> None:
        self._shop, self._user, self._key = shop, user, key
        self._password_md5 = _md5(password)
        self._tell_at: dict[str, tuple[str, str]] = {}

    def routes(self, server: Server) -> Iterable[web.RouteDef]:
        """All addresses of both languages."""

        async def yrapi_order(http: web.Request) -> web.StreamResponse:
            return await self._yrapi_order(server, http)

        async def ofpay_order(http: web.Request) -> web.StreamResponse:
            return await self._ofpay_order(server, http)

        return [
            web.post("/index/recharge", yrapi_order),
            web.post("/index/check", self._yrapi_check),
            web.post("/index/user", self._yrapi_user),
            web.get("/onlineorder.do", ofpay_order),
            web.get("/api/query.do", self._ofpay_query),
            web.get("/newqueryuserinfo.do", self._ofpay_user),
        ]

    def notice(self, order: Order, done: bool, forged: bool) -> Notice | None:
        """The end of an order, as its language tells it."""
        language, url = self._tell_at.get(order.reference, ("", ""))
        if not url:
            return None
        key = "another key" if forged else self._key
        fields = self._yrapi_end(order, done, key) if language == "yrapi" else self._ofpay_end(order, done, key)
        return Notice(url, urlencode(fields, encoding="utf-8" if language == "yrapi" else "gbk").encode())

    def is_acknowledged(self, body: bytes) -> bool:
        """Both want the word."""
        return body.strip() == b"success"

    async def _yrapi_order(self, server: Server, http: web.Request) -> web.StreamResponse:
        fields = await self._yrapi_fields(http)
        if fields is None:
            return web.json_response({"errno": 1, "errmsg": "签名错误"})
        reference, number = fields["out_trade_num"], fields["mobile"]
        self._tell_at[reference] = ("yrapi", fields.get("notify_url", ""))
        order = self._shop.take(reference, number, int(Decimal(fields["amount"]) * 100))
        told: dict[str, Any] = {"errno": 0, "errmsg": "提交成功", "data": {"out_trade_num": reference, "mobile": number}}
        if order is not None:
            told["data"]["order_number"] = _name(order)
            told["errno"] = 4711 if BEHAVIOURS[order.behaviour].unlisted else 0
        return await server.travel(http, self._shop.behaviour_for(number), lambda: web.json_response(told))

    async def _yrapi_check(self, http: web.Request) -> web.Response:
        fields = await self._yrapi_fields(http)
        if fields is None:
            return web.json_response({"errno": 1, "errmsg": "签名错误"})
        found = [self._shop.find(reference) for reference in fields["out_trade_nums"].split(",")]
        return web.json_response({"errno": 0, "errmsg": "ok", "data": [_row(order) for order in found if order is not None]})

    async def _yrapi_user(self, http: web.Request) -> web.Response:
        if await self._yrapi_fields(http) is None:
            return web.json_response({"errno": 1, "errmsg": "签名错误"})
        return web.json_response({"errno": 0, "errmsg": "ok", "data": {"balance": _yuan(self._shop.ledger.stock_minor())}})

    async def _yrapi_fields(self, http: web.Request) -> dict[str, str] | None:
        """The fields of a question, None when it is not signed as it must be."""
        fields = dict(parse_qsl((await http.read()).decode(), keep_blank_values=True))
        told = fields.pop("sign", "")
        return fields if told == _yrapi_sign(fields, self._key) else None

    def _yrapi_end(self, order: Order, done: bool, key: str) -> dict[str, str]:
        fields = {name: str(text) for name, text in (_row(order) | {"userid": self._user, "otime": int(order.taken_at)}).items()}
        if not done:
            fields |= {"state": "-1", "charge_amount": "0.00"}
        return fields | {"sign": _yrapi_sign(fields, key)}

    async def _ofpay_order(self, server: Server, http: web.Request) -> web.StreamResponse:
        fields = dict(parse_qsl(http.rel_url.raw_query_string, keep_blank_values=True, encoding="gbk"))
        names = ("userid", "userpws", "cardid", "cardnum", "sporder_id", "sporder_time", "game_userid")
        right = _md5("".join(fields.get(name, "") for name in names) + self._key).upper()
        if fields.get("md5_str") != right or fields.get("userpws") != self._password_md5:
            return _gbk({"err_msg": "MD5串验证错误", "retcode": "1003"})
        reference, number = fields["sporder_id"], fields["game_userid"]
        self._tell_at[reference] = ("ofpay", fields.get("ret_url", ""))
        order = self._shop.take(reference, number, int(fields["cardnum"]) * 100)
        told = {"err_msg": "", "retcode": "1", "sporder_id": reference, "game_userid": number, "game_state": "0"}
        if order is not None:
            told |= {"orderid": _name(order), "ordercash": _yuan(order.delivered_minor), "game_state": _OFPAY[order.state]}
            told["retcode"] = "4711" if BEHAVIOURS[order.behaviour].unlisted else "1"
        return await server.travel(http, self._shop.behaviour_for(number), lambda: _gbk(told))

    async def _ofpay_query(self, http: web.Request) -> web.Response:
        order = self._shop.find(http.query.get("spbillid", ""))
        return web.Response(text="-1" if order is None else _OFPAY[order.state])

    async def _ofpay_user(self, http: web.Request) -> web.Response:
        if http.query.get("userpws") != self._password_md5:
            return _gbk({"err_msg": "用户名密码错误", "retcode": "1002"}, "userinfo")
        return _gbk({"retcode": "1", "ret_leftcredit": _yuan(self._shop.ledger.stock_minor())}, "userinfo")

    def _ofpay_end(self, order: Order, done: bool, key: str) -> dict[str, str]:
        code = "1" if done else "9"
        sign = _md5(self._user + code + order.reference + key).upper()
        return {"ret_code": code, "sporder_id": order.reference, "err_msg": "充值结束", "sign": sign}


def _row(order: Order) -> dict[str, Any]:
    return {
        "order_number": _name(order),
        "out_trade_num": order.reference,
        "mobile": order.number,
        "state": _YRAPI[order.state],
        "charge_amount": _yuan(order.delivered_minor),
        "charge_kami": f"KM{order.id}" if order.delivered_minor else "",
        "remark": "",
    }


def _name(order: Order) -> str:
    return f"A{order.id:09d}"


def _yuan(minor: int) -> str:
    return f"{Decimal(minor) / 100:.2f}"


def _yrapi_sign(fields: Mapping[str, str], key: str) -> str:
    return _md5("&".join(f"{name}={fields[name]}" for name in sorted(fields)) + f"&apikey={key}").upper()


def _md5(text: str) -> str:
    return md5(text.encode(), usedforsecurity=False).hexdigest()


def _gbk(fields: Mapping[str, str], root: str = "orderinfo") -> web.Response:
    inner = "".join(f"<{name}>{text}</{name}>" for name, text in fields.items())
    body = f'<?xml version="1.0" encoding="GB2312" ?><{root}>{inner}</{root}>'.encode("gbk")
    return web.Response(body=body, content_type="text/xml", charset="gb2312")
