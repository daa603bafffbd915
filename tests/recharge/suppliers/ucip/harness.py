"""AIR's side of the contract test: answers written by string."""

import re
from datetime import datetime
from typing import Any

from recharge.clock import Clock
from recharge.suppliers.contract import AttemptOrder, LinkParts, RawCallback, SupplierLink
from recharge.suppliers.registry import make_link
from tests.recharge.suppliers.peer import Exchange

SECRET = b"air-secret"
SETTINGS = {"user": "agent", "host_name": "AGENT1", "currency": "CNY", "refill_profile": "R1"}


class UcipHarness:
    """Makes links and speaks as AIR; without the balance beforehand, so that a sale is one request."""

    kind = "ucip"
    can = frozenset({"reverse"})

    def link(self, port: int, clock: Clock, **settings: Any) -> SupplierLink:
        """A link to a port, with short waits."""
        told = SETTINGS | {"url": f"http://127.0.0.1:{port}/Air", "connect_seconds": 5, "answer_seconds": 20}
        told |= {"balance_evidence": False, "can_reverse": True}
        digits, secret = settings.pop("minor_digits", 2), settings.pop("secret", SECRET)
        return make_link(self.kind, LinkParts("AIR", told | settings, secret, clock, minor_digits=digits))

    async def done(self, exchange: Exchange) -> None:
        """Answer that what was asked is done."""
        await exchange.answer(answer(responseCode=0, originTransactionID=members(exchange)["originTransactionID"]))

    async def unlisted(self, exchange: Exchange) -> None:
        """A right answer with a code of another world."""
        await exchange.answer(answer(responseCode=4711))

    def told(self, order: AttemptOrder, now: datetime, done: bool = True, forged: bool = False) -> RawCallback:
        """It has none."""
        raise NotImplementedError

    def changed(self, raw: RawCallback) -> RawCallback:
        """It has none."""
        raise NotImplementedError

    def senseless(self, now: datetime) -> list[RawCallback]:
        """It has none."""
        return []


def answer(**told: Any) -> bytes:
    """A method's answer: whole numbers as i4, text as string, mappings as structs."""
    return f'<?xml version="1.0" encoding="utf-8"?><methodResponse><params><param>{value(told)}</param></params></methodResponse>'.encode()


def value(told: Any) -> str:
    """One value."""
    if isinstance(told, dict):
        inner = "".join(f"<member><name>{name}</name>{value(item)}</member>" for name, item in told.items())
        return f"<value><struct>{inner}</struct></value>"
    return f"<value><i4>{told}</i4></value>" if isinstance(told, int) else f"<value><string>{told}</string></value>"


def members(exchange: Exchange) -> dict[str, str]:
    """The members of what was asked, as text, with the method."""
    body = exchange.body.decode()
    found = re.findall(r"<name>(\w+)</name>\s*<value><[^>]+>([^<]*)</", body)
    method = re.search(r"<methodName>(\w+)</methodName>", body)
    return {"method": method[1] if method else "", **dict(found)}
