"""The aggregator's side of the contract test, as 欧飞 speaks: signed GET, XML in GBK, notices signed with three values."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from hashlib import md5
from typing import Any
from urllib.parse import parse_qsl, urlencode

from recharge.clock import Clock
from recharge.suppliers.contract import AttemptOrder, LinkParts, RawCallback, SupplierLink
from recharge.suppliers.registry import make_link
from tests.recharge.suppliers.peer import Exchange

KEY, PASSWORD, USER = "OFsecret", "of-secret-password", "A08566"
SECRET = f'{{"key": "{KEY}", "password": "{PASSWORD}"}}'.encode()


class Md5FormHarness:
    """Makes links and speaks as the aggregator."""

    kind = "md5_form"
    can = frozenset({"query", "balance", "callback", "signed"})

    def link(self, port: int, clock: Clock, **settings: Any) -> SupplierLink:
        """A link to a port, with short waits."""
        told = {"url": f"http://127.0.0.1:{port}", "user": USER, "preset": "ofpay", "connect_seconds": 5, "answer_seconds": 20}
        digits, secret = settings.pop("minor_digits", 2), settings.pop("secret", SECRET)
        return make_link(self.kind, LinkParts("OUFEI", told | settings, secret, clock, minor_digits=digits))

    async def done(self, exchange: Exchange) -> None:
        """Answer that what was asked is done."""
        if "/api/query.do" in address(exchange):
            await exchange.answer(b"1")
        else:
            await self.say(exchange)

    async def unlisted(self, exchange: Exchange) -> None:
        """A right answer with a code of another world."""
        if "/api/query.do" in address(exchange):
            await exchange.answer(b"7")
        else:
            await self.say(exchange, retcode="4711")

    async def say(self, exchange: Exchange, **fields: str) -> None:
        """An order's answer, fields replaced."""
        sent = query(exchange)
        usual = {
            "err_msg": f"充值{sent.get('game_userid', '')}成功",
            "retcode": "1",
            "orderid": "S2611210001",
            "cardid": "140101",
            "cardnum": "1",
            "ordercash": "49.5",
            "cardname": "全国移动50元",
            "sporder_id": sent.get("sporder_id", ""),
            "game_userid": sent.get("game_userid", ""),
            "game_state": "1",
        }
        await exchange.answer(xml("orderinfo", usual | fields))

    def told(self, order: AttemptOrder, now: datetime, done: bool = True, forged: bool = False) -> RawCallback:
        """A notice, in a form."""
        return self.notice(
            {"ret_code": "1" if done else "9", "sporder_id": order.reference, "err_msg": "说明"}, "another" if forged else KEY
        )

    def notice(self, fields: Mapping[str, str], key: str = KEY) -> RawCallback:
        """Any notice with its signature."""
        text = USER + fields.get("ret_code", "") + fields.get("sporder_id", "") + key
        signed = {**fields, "sign": md5(text.encode(), usedforsecurity=False).hexdigest().upper()}
        return RawCallback({}, urlencode(signed, encoding="gbk").encode())

    def changed(self, raw: RawCallback) -> RawCallback:
        """Another outcome."""
        return replace(raw, body=raw.body.replace(b"ret_code=1", b"ret_code=9"))

    def senseless(self, now: datetime) -> list[RawCallback]:
        """Signed, but about nothing of ours."""
        return [self.notice({"ret_code": "1"}), self.notice({"ret_code": "1", "sporder_id": "abc"})]


def address(exchange: Exchange) -> str:
    """Path and query as they came."""
    return exchange.head.decode().split()[1]


def query(exchange: Exchange) -> dict[str, str]:
    """The fields in the address."""
    return dict(parse_qsl(address(exchange).partition("?")[2], keep_blank_values=True, encoding="gbk"))


def xml(root: str, fields: Mapping[str, str]) -> bytes:
    """A flat message in GBK."""
    inner = "".join(f"<{name}>{text}</{name}>" for name, text in fields.items())
    return f'<?xml version="1.0" encoding="GB2312" ?><{root}>{inner}</{root}>'.encode("gbk")
