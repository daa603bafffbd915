"""The other server's language: an address in, a line of Indonesian trade English out, the same reference again as the question."""

from base64 import urlsafe_b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha1
from urllib.parse import quote, urlencode

from aiohttp import web

from simulators.supplier.behaviour import BEHAVIOURS
from simulators.supplier.ledger import Order
from simulators.supplier.server import Notice, Server
from simulators.supplier.shop import Shop

_TIME = "15:25:39.484331 20/02/2026"


@dataclass(frozen=True, slots=True)
class Member:
    """A customer: name, PIN, password, and the key that goes with callbacks to him."""

    name: str
    pin: str
    password: str
    callback_url: str = ""
    callback_key: str = ""


class Partner:
    """Speaks over a shop. `faces` gives the face value in minor units of each product code."""

    def __init__(self, shop: Shop, member: Member, faces: Mapping[str, int], minor_digits: int = 0) -> None:
        self._shop, self._member, self._faces, self._scale = shop, member, faces, 10**minor_digits

    def routes(self, server: Server) -> Iterable[web.RouteDef]:
        """Both dialects' addresses, and the balance."""

        async def irs(http: web.Request) -> web.StreamResponse:
            asked = http.query
            known = (asked.get("id"), asked.get("pin"), asked.get("pass")) == (self._member.name, self._member.pin, self._member.password)
            return await self._order(server, http, asked.get("idtrx", ""), asked.get("kodeproduk", ""), asked.get("tujuan", ""), known)

        async def otomax(http: web.Request) -> web.StreamResponse:
            asked = http.query
            reference, product, number = asked.get("refID", ""), asked.get("product", ""), asked.get("dest", "")
            return await self._order(server, http, reference, product, number, asked.get("sign") == self._sign(reference, product, number))

        return [web.get("/api/h2h", irs), web.get("/trx", otomax), web.get("/saldo", self._balance)]

    def notice(self, order: Order, done: bool, forged: bool) -> Notice | None:
        """A callback by GET."""
        if not self._member.callback_url:
            return None
        fields = {
            "serverid": str(order.id),
            "clientid": order.reference,
            "statuscode": "1" if done else "2",
            "msisdn": order.number,
            "sn": f"SN{order.id:012d}" if done else "",
            "msg": "SUKSES" if done else "GAGAL",
            "key": "not the key" if forged else self._member.callback_key,
        }
        return Notice(f"{self._member.callback_url}?{urlencode(fields, quote_via=quote)}")

    def is_acknowledged(self, body: bytes) -> bool:
        """Any answer will do."""
        return True

    async def _order(self, server: Server, http: web.Request, reference: str, product: str, number: str, known: bool) -> web.StreamResponse:
        if not known:
            return web.Response(text="PIN atau password salah")
        if product not in self._faces:
            return web.Response(text=f"R#{reference} produk {product} tidak dikenal")
        if self._shop.ledger.orders("reference = ?", reference):
            # The same reference again is the question what became of it.
            known_order = self._shop.find(reference)
            return web.Response(text=self._text(known_order, product) if known_order else f"R#{reference} tidak ditemukan")
        order = self._shop.take(reference, number, self._faces[product])
        text = "Sedang gangguan" if order is None else self._text(order, product)
        return await server.travel(http, self._shop.behaviour_for(number), lambda: web.Response(text=text))

    def _text(self, order: Order, product: str) -> str:
        if BEHAVIOURS[order.behaviour].unlisted:
            return f"R#{order.reference} {product}. {order.number} DI LUAR ANGKASA"
        head = f"R#{order.reference} {product}. {order.number}"
        if order.state == "running":
            return f"{head} INPROGRESS. TRXID: {order.id}. @{_TIME}"
        after = self._shop.ledger.stock_minor() // self._scale
        spent = order.delivered_minor // self._scale
        money = f"SISA SALDO: {_dotted(after + spent)} - {_dotted(spent)} = {_dotted(after)} @{_TIME}&refid={order.reference}"
        if order.state in {"done", "part"}:
            return f"{head} SUCCESS. SN: {order.id:012d}. TRXID: {order.id}. {money}"
        return f"{head} FAILED. REASON: NUMBER_BLOCKED. TRXID: {order.id}. {money}"

    async def _balance(self, http: web.Request) -> web.Response:
        return web.Response(text=f"Saldo {self._member.name}: {_dotted(self._shop.ledger.stock_minor() // self._scale)}")

    def _sign(self, reference: str, product: str, number: str) -> str:
        text = "|".join(("OtomaX", self._member.name, product, number, reference, self._member.pin, self._member.password))
        return urlsafe_b64encode(sha1(text.encode(), usedforsecurity=False).digest()).decode().rstrip("=")


def _dotted(whole: int) -> str:
    return f"{whole:,}".replace(",", ".")
