"""The gateway's side of the contract test: writes its answers by string, from what public clients of it expect."""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs

from recharge.clock import Clock
from recharge.suppliers.contract import AttemptOrder, LinkParts, RawCallback, SupplierLink
from recharge.suppliers.registry import make_link
from tests.recharge.suppliers.peer import Exchange

SECRET = json.dumps({"password": "gateway-secret", "pin": "2468secret"}).encode()
SETTINGS = {"gateway_code": "AGENT", "login": "agent", "network": "BD", "msisdn": "1709735410", "can_reverse": True}
TRANSACTION = "R261121.2040.100001"
TYPES = {
    "EXRCTRFREQ": "EXRCTRFRESP",
    "EXPPBREQ": "EXPPBRESP",
    "EXRCSTATREQ": "EXRCSTATRESP",
    "RCREVREQ": "RCREVRESP",
    "EXUSRBALREQ": "EXUSRBALRESP",
}


class PretupsHarness:
    """Makes links and speaks as the gateway."""

    kind = "pretups"
    can = frozenset({"reverse", "query", "balance"})

    def link(self, port: int, clock: Clock, **settings: Any) -> SupplierLink:
        """A link to a port, with short waits."""
        told = SETTINGS | {"url": f"http://127.0.0.1:{port}/pretups/C2SReceiver", "connect_seconds": 5, "answer_seconds": 20}
        digits = settings.pop("minor_digits", 2)
        return make_link(self.kind, LinkParts("GATEWAY", told | settings, SECRET, clock, minor_digits=digits))

    async def done(self, exchange: Exchange) -> None:
        """Answer that what was asked is done."""
        await self.say(exchange, TXNSTATUS="200", REQSTATUS="200")

    async def unlisted(self, exchange: Exchange) -> None:
        """A right answer with a code of another world."""
        await self.say(exchange, TXNSTATUS="200" if b"EXRCSTATREQ" in exchange.body else "999", REQSTATUS="999")

    async def say(self, exchange: Exchange, extra: str = "", **fields: str) -> None:
        """An answer to the request, its fields replaced or, with None, left out."""
        sent = request(exchange)
        usual = {"TYPE": TYPES[sent["TYPE"]], "DATE": "21/11/2026 20:40:00", "EXTREFNUM": sent["EXTREFNUM"], "TXNID": TRANSACTION}
        told = {**usual, "MESSAGE": f"{sent.get('MSISDN2', '')} done", **fields}
        await exchange.answer(xml(told, extra), Content_Type="text/xml")

    def told(self, order: AttemptOrder, now: datetime, done: bool = True, forged: bool = False) -> RawCallback:
        """It has none."""
        raise NotImplementedError

    def changed(self, raw: RawCallback) -> RawCallback:
        """It has none."""
        raise NotImplementedError

    def senseless(self, now: datetime) -> list[RawCallback]:
        """It has none."""
        return []


def request(exchange: Exchange) -> dict[str, str]:
    """The fields of what was asked, in the body or in the address."""
    content = exchange.body.decode() or parse_qs(exchange.head.decode().split()[1].partition("?")[2])["DATA"][0]
    return dict(re.findall(r"<(\w+)>([^<]*)</\1>", content))


def xml(fields: Mapping[str, str], extra: str = "") -> bytes:
    """A command as the gateway writes it."""
    inner = "".join(f"<{name}>{text}</{name}>" for name, text in fields.items())
    return f'<?xml version="1.0"?><COMMAND>{inner}{extra}</COMMAND>'.encode()
