"""The gateway's language: sales, bill payments, status requests, reversals and balances as COMMANDs."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
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
        """The one address."""

        async def receive(http: web.Request) -> web.StreamResponse:
            return await self._receive(server, http)

        return [web.post("/pretups/C2SReceiver", receive)]

    def notice(self, order: Order, done: bool, forged: bool) -> Notice | None:
        """A gateway never calls."""
        return None

    def is_acknowledged(self, body: bytes) -> bool:
        """It never calls."""
        return True

    async def _receive(self, server: Server, http: web.Request) -> web.StreamResponse:
        fields = {child.tag: child.text or "" for child in ET.fromstring(await http.read())}  # noqa: S314  only our own link asks
        known = (http.query.get("LOGIN"), http.query.get("PASSWORD"), fields.get("PIN"))
        if known != (self._access.login, self._access.password, self._access.pin):
            return _xml(_answer(fields, TXNSTATUS="7001", MESSAGE="Invalid PIN or login"))
        if fields.get("TYPE") in {"EXRCTRFREQ", "EXPPBREQ"}:
            behaviour = self._shop.behaviour_for(fields["MSISDN2"])
            content = self._sale(fields)
            return await server.travel(http, behaviour, lambda: _xml(content))
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
        done = bool(wanted) and self._shop.take_back(wanted[0].reference)
        return _answer(fields, TXNSTATUS="200" if done else "206", TXNID=fields.get("TXNID", ""), MESSAGE="Reversal")

    def _balance(self, fields: dict[str, str]) -> bytes:
        amount = Decimal(self._shop.ledger.stock_minor()) / self._scale
        record = f"<RECORD><PRODUCTCODE>101</PRODUCTCODE><PRODUCTSHORTNAME>eTopUP</PRODUCTSHORTNAME><BALANCE>{amount}</BALANCE></RECORD>"
        return _answer(fields, record, TXNSTATUS="200")


def _number_of(order: Order) -> str:
    return f"R261121.2040.{order.id:06d}"


def _answer(asked: dict[str, str], extra: str = "", **fields: str) -> bytes:
    kind = asked.get("TYPE", "").removesuffix("REQ") + "RESP"
    told = {"TYPE": kind, "DATE": _DATE, "EXTREFNUM": asked.get("EXTREFNUM", ""), **fields}
    inner = "".join(f"<{name}>{escape(text)}</{name}>" for name, text in told.items())
    return f'<?xml version="1.0"?><COMMAND>{inner}{extra}</COMMAND>'.encode()


def _xml(content: bytes) -> web.Response:
    return web.Response(body=content, content_type="text/xml")
