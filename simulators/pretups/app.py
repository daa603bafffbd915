"""The gateway's language: sales, bill payments, status requests, reversals and balances as COMMANDs; and the day's report."""

from base64 import b64encode
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Final
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

from aiohttp import web

from simulators.supplier.behaviour import BEHAVIOURS
from simulators.supplier.ledger import Order
from simulators.supplier.server import Notice, Server
from simulators.supplier.shop import Shop

_CODES: Final = {"running": "205", "done": "200", "part": "200", "refused": "206", "reversed": "200"}
_PATH: Final = "/pretups/C2SReceiver"
_HEAD: Final = "TRANSFER_ID,TRANSFER_DATE,SERVICE,EXT_REF_NUM,ORIGINAL_EXT_REF_NUM,RECEIVER_MSISDN,AMOUNT,STATUS"
_DATE: Final = "21/11/2026 20:40:00"


@dataclass(frozen=True, slots=True)
class Access:
    """Who may ask: the gateway's login and password, the dealer's PIN."""

    login: str
    password: str
    pin: str


class Gateway:
    """Speaks EXTGW over a shop. AMOUNT is in whole units; `minor_digits` are the currency's."""

    def __init__(self, shop: Shop, access: Access, minor_digits: int = 2) -> None:
        self._shop, self._access, self._scale = shop, access, 10**minor_digits
        self._commands: dict[str, Callable[[dict[str, str]], bytes]] = {
            "EXRCSTATREQ": self._status,
            "RCREVREQ": self._reversal,
            "EXUSRBALREQ": self._balance,
        }

    def routes(self, server: Server) -> Iterable[web.RouteDef]:
        """The gateway's one address, and the day reports."""

        async def receive(http: web.Request) -> web.StreamResponse:
            return await self._receive(server, http)

        return [web.post(_PATH, receive), web.get(_PATH, receive), web.get("/reports/{day}.csv", self._report)]

    def notice(self, order: Order, done: bool, forged: bool) -> Notice | None:
        """A gateway never calls."""
        return None

    def is_acknowledged(self, body: bytes) -> bool:
        """It never calls."""
        return True

    async def _receive(self, server: Server, http: web.Request) -> web.StreamResponse:
        content = await http.read() if http.method == "POST" else http.query.get("DATA", "").encode()
        fields = {child.tag: child.text or "" for child in ET.fromstring(content)}  # noqa: S314  only our own link asks
        known = (http.query.get("LOGIN"), http.query.get("PASSWORD"), fields.get("PIN"))
        if known != (self._access.login, self._access.password, self._access.pin):
            return _xml(_answer(fields, TXNSTATUS="7001", MESSAGE="Invalid PIN or login"))
        if fields.get("TYPE") in {"EXRCTRFREQ", "EXPPBREQ"}:
            behaviour = self._shop.behaviour_for(fields["MSISDN2"])
            sold = self._sale(fields)
            return await server.travel(http, behaviour, lambda: _xml(sold))
        command = self._commands.get(fields.get("TYPE", ""))
        return _xml(command(fields) if command else _answer(fields, TXNSTATUS="7002", MESSAGE="Unknown command"))

    def _sale(self, fields: dict[str, str]) -> bytes:
        amount = Decimal(fields["AMOUNT"]) * self._scale
        order = self._shop.take(fields["EXTREFNUM"], fields["MSISDN2"], int(amount))
        if order is None:
            return _answer(fields, TXNSTATUS="250", MESSAGE="Ambiguous")
        code = "99999" if BEHAVIOURS[order.behaviour].unlisted else _CODES[order.state]
        return _answer(fields, TXNSTATUS=code, TXNID=_number_of(order), MESSAGE=f"Transaction {_number_of(order)} is {order.state}")

    def _status(self, fields: dict[str, str]) -> bytes:
        order = self._shop.find(fields["EXTREFNUM"])
        if order is None:
            return _answer(fields, TXNSTATUS="7014", MESSAGE="No such transaction")
        words = {"refused": "FAILED", "running": "UNDERPROCESS"}.get(order.state, "SUCCESS")
        message = f"Last transfer status of transaction ID:{_number_of(order)}, transfer status:{words}"
        return _answer(fields, TXNSTATUS="200", REQSTATUS=_CODES[order.state], TXNID=_number_of(order), MESSAGE=message)

    def _reversal(self, fields: dict[str, str]) -> bytes:
        wanted = [order for order in self._shop.ledger.orders() if _number_of(order) == fields.get("TXNID")]
        done = bool(wanted) and self._shop.take_back(wanted[0].reference, fields["EXTREFNUM"])
        return _answer(fields, TXNSTATUS="200" if done else "206", TXNID=fields.get("TXNID", ""), MESSAGE="Reversal")

    def _balance(self, fields: dict[str, str]) -> bytes:
        amount = Decimal(self._shop.ledger.stock_minor()) / self._scale
        record = f"<RECORD><PRODUCTCODE>101</PRODUCTCODE><PRODUCTSHORTNAME>eTopUP</PRODUCTSHORTNAME><BALANCE>{amount}</BALANCE></RECORD>"
        return _answer(fields, record, TXNSTATUS="200")

    async def _report(self, http: web.Request) -> web.Response:
        """What the dealer's transfers of a day came to, in the operator's time (UTC); none of today's before it is over."""
        named = b64encode(f"{self._access.login}:{self._access.password}".encode()).decode()
        if http.headers.get("Authorization", "") != f"Basic {named}":
            return web.Response(status=401)
        day = datetime.strptime(http.match_info["day"], "%Y%m%d").replace(tzinfo=UTC).date()
        if day >= datetime.fromtimestamp(self._shop.now(), UTC).date():
            return web.Response(status=404)
        rows = [row for order in self._shop.ledger.orders("delivered_minor > 0") if _day(order) == day for row in self._rows(order)]
        total = sum(minor for _, minor in rows)
        text = "\n".join([_HEAD, *(line for line, _ in rows), f"TOTAL,{len(rows)},{Decimal(total) / self._scale}", ""])
        return web.Response(text=text, content_type="text/csv")

    def _rows(self, order: Order) -> list[tuple[str, int]]:
        """An order's lines with what each adds up to: the sale, and its taking back."""
        at = datetime.fromtimestamp(order.taken_at, UTC).strftime("%d/%m/%Y %H:%M:%S")
        amount, back = Decimal(order.delivered_minor) / self._scale, order.state == "reversed"
        sale = f"{_number_of(order)},{at},RC,{order.reference},,{order.number},{amount},{'REVERSED' if back else '200'}"
        if not back:
            return [(sale, order.delivered_minor)]
        by = self._shop.ledger.taken_back_by(order.id)
        taken = f"{_number_of(order)}R,{at},REV,{by},{order.reference},{order.number},{amount},200"
        return [(sale, order.delivered_minor), (taken, -order.delivered_minor)]


def _day(order: Order) -> date:
    return datetime.fromtimestamp(order.taken_at, UTC).date()


def _number_of(order: Order) -> str:
    return f"R261121.2040.{order.id:06d}"


def _answer(asked: dict[str, str], extra: str = "", **fields: str) -> bytes:
    kind = asked.get("TYPE", "").removesuffix("REQ") + "RESP"
    told = {"TYPE": kind, "DATE": _DATE, "EXTREFNUM": asked.get("EXTREFNUM", ""), **fields}
    inner = "".join(f"<{name}>{escape(text)}</{name}>" for name, text in told.items())
    return f'<?xml version="1.0"?><COMMAND>{inner}{extra}</COMMAND>'.encode()


def _xml(content: bytes) -> web.Response:
    return web.Response(body=content, content_type="text/xml")
