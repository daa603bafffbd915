"""The other server's side of the contract test: a line of text for each GET, callbacks by GET with a key in them."""

import json
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

from recharge.clock import Clock
from recharge.suppliers.contract import AttemptOrder, LinkParts, RawCallback, SupplierLink
from recharge.suppliers.registry import make_link
from recharge.suppliers.replies import ReplyReader
from recharge.suppliers.starting_rules import starting_rules
from tests.recharge.suppliers.peer import Exchange

CALLBACK_KEY = "callback-secret-of-32-characters"
SECRET = json.dumps({"password": "h2h-secret", "pin": "1234secret", "callback_key": CALLBACK_KEY}).encode()
SETTINGS = {"user": "AGENT", "preset": "irs", "products": {"CMCC": "S", "TSEL:1000000": "S10"}}
STOCK = "SISA SALDO: 97.411.793 - 49.500 = 97.362.293 @15:25:39.484331 20/02/2024"


class H2hHarness:
    """Makes links and speaks as the other server."""

    kind = "h2h"
    can = frozenset({"query", "callback"})

    def link(self, port: int, clock: Clock, **settings: Any) -> SupplierLink:
        """A link to a port, with short waits and Indonesia's starting rules."""
        told = SETTINGS | {"url": f"http://127.0.0.1:{port}", "connect_seconds": 5, "answer_seconds": 20}
        secret = settings.pop("secret", SECRET)
        replies = settings.pop("replies", None) or ReplyReader([rule for rule, _ in starting_rules("ID")])
        return make_link(self.kind, LinkParts("SERVER", told | settings, secret, clock, replies))

    async def done(self, exchange: Exchange) -> None:
        """Answer that what was asked is done."""
        sent = fields(exchange)
        await exchange.answer(success(sent["idtrx"], sent["tujuan"]).encode())

    async def unlisted(self, exchange: Exchange) -> None:
        """A wording that no rule knows."""
        await exchange.answer(b"R#1 transaction in orbit")

    def told(self, order: AttemptOrder, now: datetime, done: bool = True, forged: bool = False) -> RawCallback:
        """A callback."""
        told = {"serverid": "99", "clientid": order.reference, "statuscode": "1" if done else "2", "msisdn": order.number, "sn": "SN1"}
        return callback({**told, "msg": "SUKSES", "key": "another-secret-of-the-right-size" if forged else CALLBACK_KEY})

    def changed(self, raw: RawCallback) -> RawCallback:
        """Nothing in it is signed."""
        return replace(raw, query=raw.query.replace("statuscode=1", "statuscode=2"))

    def senseless(self, now: datetime) -> list[RawCallback]:
        """With the right key, but about nothing of ours."""
        return [callback({"key": CALLBACK_KEY}), callback({"key": CALLBACK_KEY, "clientid": "x", "statuscode": "1"})]


def success(reference: str, number: str) -> str:
    """The text of a sale that was done."""
    return f"R#{reference} S50. {number} SUCCESS. SN: 4779928. TRXID: 20356853. {STOCK}&refid={reference}"


def callback(told: dict[str, str]) -> RawCallback:
    """A callback by GET."""
    return RawCallback({}, b"", urlencode(told))


def fields(exchange: Exchange) -> dict[str, str]:
    """The fields in the address."""
    return dict(parse_qsl(exchange.head.decode().split()[1].partition("?")[2]))
