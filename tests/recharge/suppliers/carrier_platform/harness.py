"""The carrier platform's side of the contract test: signs and writes answers by code of its own, from the protocol page alone."""

import hmac
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from recharge.clock import Clock
from recharge.suppliers.contract import AttemptOrder, LinkParts, RawCallback, SupplierLink
from recharge.suppliers.registry import make_link
from tests.recharge.suppliers.peer import Exchange

SECRET = b"kongchong-example-secret-for-tests-only"
PARTNER = "province-agent"
ANSWER_NONCE = "ans-0000000000000099"
FINISHED = "2026-11-21T20:40:01+08:00"
PROOF = {"CarrierReference": "C1", "SerialNumber": "SN1", "Day": "20261121", "FinishedAt": FINISHED}
WHOLE = {**PROOF, "Charged": "4800", "Delivered": "5000", "StockAfter": "99995000"}
TAKEN_IN = {"CarrierReference": "C1", "Charged": "0", "Delivered": "0", "StockAfter": "99995000"}
REFUSED = {**TAKEN_IN, "FinishedAt": FINISHED}
REVERSED = {**PROOF, "Charged": "0", "Delivered": "0", "Returned": "4800", "StockAfter": "100000000"}


class CarrierPlatformHarness:
    """Makes links and speaks as the carrier."""

    kind = "carrier_platform"
    can = frozenset({"reverse", "query", "balance", "callback", "echo", "signed", "dated"})

    def link(self, port: int, clock: Clock, **settings: Any) -> SupplierLink:
        """A link to a port, with waits that no busy machine runs into."""
        told = {"url": f"http://127.0.0.1:{port}/recharge/v1", "partner": PARTNER, "connect_seconds": 10, "answer_seconds": 30}
        return make_link(self.kind, LinkParts("CARRIER", told | settings, SECRET, clock))

    async def done(self, exchange: Exchange, **instead: str) -> None:
        """Answer that what was asked is done."""
        fields = REVERSED if b"<Reverse>" in exchange.body else WHOLE
        await self.say(exchange, "0000", fields | instead)

    async def unlisted(self, exchange: Exchange) -> None:
        """A right answer with a code of another world."""
        await self.say(exchange, "8888")

    def told(self, order: AttemptOrder, now: datetime, done: bool = True, forged: bool = False) -> RawCallback:
        """A callback of the contract test."""
        secret = b"another secret of the right length!!" if forged else SECRET
        return self.callback(order, now, "0000" if done else "3001", secret)

    def changed(self, raw: RawCallback) -> RawCallback:
        """Another amount."""
        return replace(raw, body=raw.body.replace(b"5000", b"9000"))

    def senseless(self, now: datetime) -> list[RawCallback]:
        """Signed, but no callback."""
        return [self.signed_callback(b"<Callback></Callback>", now), self.signed_callback(b"\xff\x00", now)]

    async def say(self, exchange: Exchange, code: str, fields: Mapping[str, str] = WHOLE, status: str = "200 OK", **how: Any) -> None:
        """A signed answer with a code; the echo is the request's, unless `fields` say otherwise. `how`: see `signed`."""
        sent = dict(re.findall(r"<(\w+)>([^<]*)</\1>", exchange.body.decode()))
        root = re.search(r"\?><(\w+)", exchange.body.decode())
        assert root is not None
        body = xml(f"{root[1]}Answer", {"Code": code, "Text": "说明", **sent, **fields})
        await self.signed(exchange, how.pop("body", body), status, **how)

    async def signed(self, exchange: Exchange, body: bytes, status: str = "200 OK", **headers: str) -> None:
        """Any body under a right signature; headers given here replace the right ones."""
        timestamp = str(int(datetime.now(UTC).timestamp()))
        parts = [b"ANSWER", PARTNER.encode(), timestamp.encode(), ANSWER_NONCE.encode(), exchange.headers["x-nonce"].encode(), body]
        right = {
            "X_Partner": PARTNER,
            "X_Timestamp": timestamp,
            "X_Nonce": ANSWER_NONCE,
            "X_Signature": signature(parts),
            "Content_Type": "application/xml; charset=utf-8",
        }
        await exchange.answer(body, status, **(right | headers))

    def callback(self, order: AttemptOrder, now: datetime, code: str = "0000", secret: bytes = SECRET, **fields: str) -> RawCallback:
        """A signed callback about an attempt; `fields` replace the usual ones."""
        echo = {"Reference": order.reference, "Number": order.number, "Amount": str(order.face_minor)}
        usual = {"Event": "E1", "Sequence": "1", "Code": code, "Text": "说明", **echo, **(WHOLE if code == "0000" else REFUSED)}
        return self.signed_callback(xml("Callback", usual | fields), now, secret)

    def signed_callback(self, body: bytes, now: datetime, secret: bytes = SECRET) -> RawCallback:
        """Any body as a signed callback."""
        timestamp, nonce = str(int(now.timestamp())), "cbk-0000000000000099"
        mac = signature([b"CALLBACK", PARTNER.encode(), timestamp.encode(), nonce.encode(), body], secret)
        return RawCallback({"x-partner": PARTNER, "x-timestamp": timestamp, "x-nonce": nonce, "x-signature": mac}, body)


def signature(parts: list[bytes], secret: bytes = SECRET) -> str:
    """Section 2: every part but the body is followed by one line feed."""
    return hmac.new(secret, b"\n".join(parts), sha256).hexdigest()


def xml(root: str, fields: Mapping[str, str]) -> bytes:
    """A flat message."""
    inner = "".join(f"<{name}>{text}</{name}>" for name, text in fields.items())
    return f'<?xml version="1.0" encoding="UTF-8"?><{root}>{inner}</{root}>'.encode()
