"""Each link against a simulated supplier that shares no code with it: whatever goes wrong, nothing credited is ever called failed."""

import asyncio
import json
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from recharge.clock import SystemClock
from recharge.domain.orders import OrderKind
from recharge.domain.outcomes import Outcome, OutcomeState
from recharge.domain.reply_rules import Meaning, ReplyRule
from recharge.suppliers.contract import AttemptOrder, LinkParts, RawCallback, StatementLine, StatementNotReady, Stock, SupplierLink
from recharge.suppliers.pretups.link import PretupsLink
from recharge.suppliers.registry import make_link
from recharge.suppliers.replies import ReplyReader
from recharge.suppliers.starting_rules import starting_rules
from simulators.aggregator.app import Aggregator
from simulators.air.app import Air
from simulators.partner.app import Member, Partner
from simulators.pretups.app import Access, Gateway
from simulators.supplier.ledger import Ledger
from simulators.supplier.server import Server, Speaker
from simulators.supplier.shop import Rules, Shop
from tests.support import machine

S = OutcomeState
FINAL = {S.SUCCESS, S.FAILED}
CALLBACK_KEY = "callback-key-of-32-characters-ok"
ALWAYS = datetime(2000, 1, 1, tzinfo=UTC)
SALDO = ReplyRule("SALDO", r"Saldo \w{1,20}: (?P<balance>[0-9.]{1,20})", Meaning.STOCK, ("Saldo A: 1.000",), ALWAYS, decimal="")
COMMON: dict[str, Any] = {"connect_seconds": 5, "answer_seconds": 1, "settle_seconds": 0}


def gateway(port: int, shop: Shop) -> tuple[Speaker, SupplierLink]:
    settings: dict[str, Any] = {"url": f"http://127.0.0.1:{port}/pretups/C2SReceiver", "gateway_code": "A", "login": "agent"}
    settings |= {"network": "BD", "msisdn": "1709735410", "can_reverse": True, "not_found_codes": ["7014"]} | COMMON
    secret = json.dumps({"password": "gateway", "pin": "2468"}).encode()
    return Gateway(shop, Access("agent", "gateway", "2468")), link("pretups", settings, secret)


def yrapi(port: int, shop: Shop) -> tuple[Speaker, SupplierLink]:
    settings = {"url": f"http://127.0.0.1:{port}", "user": "10001", "preset": "yrapi", "products": {"CMCC": "12"}} | COMMON
    return Aggregator(shop, "10001", "the-key", "pw"), link("md5_form", settings | {"notify_url": tell_at(port)}, b"the-key")


def ofpay(port: int, shop: Shop) -> tuple[Speaker, SupplierLink]:
    settings = {"url": f"http://127.0.0.1:{port}", "user": "A08566", "preset": "ofpay", "notify_url": tell_at(port)} | COMMON
    secret = json.dumps({"key": "the-key", "password": "pw"}).encode()
    return Aggregator(shop, "A08566", "the-key", "pw"), link("md5_form", settings, secret)


def partner(port: int, shop: Shop) -> tuple[Speaker, SupplierLink]:
    member = Member("AGENT", "1234", "pw", tell_at(port), CALLBACK_KEY)
    settings = {"url": f"http://127.0.0.1:{port}", "user": "AGENT", "preset": "irs", "products": {"CMCC": "S50"}} | COMMON
    settings["balance"] = {"path": "/saldo", "fields": {}}
    secret = json.dumps({"password": "pw", "pin": "1234", "callback_key": CALLBACK_KEY}).encode()
    return Partner(shop, member, {"S50": 5000}, minor_digits=2), link("h2h", settings, secret)


KINDS: dict[str, Callable[[int, Shop], tuple[Speaker, SupplierLink]]] = {
    "pretups": gateway,
    "yrapi": yrapi,
    "ofpay": ofpay,
    "partner": partner,
}


def tell_at(port: int) -> str:
    return f"http://127.0.0.1:{port}/heard"


def link(kind: str, settings: dict[str, Any], secret: bytes) -> SupplierLink:
    replies = ReplyReader([*(rule for rule, _ in starting_rules("ID")), SALDO])
    return make_link(kind, LinkParts("LINK", settings, secret, SystemClock(), replies))


@contextmanager
def open_shop(folder: Path) -> Iterator[Shop]:
    ledger = Ledger(folder / "shop.sqlite", 1_000_000)
    try:
        yield Shop(ledger, Rules(later_seconds=0.3, hidden_seconds=0.5, slow_seconds=0.1))
    finally:
        ledger.close()


def order(number: str, reference: str = "7000000001") -> AttemptOrder:
    return AttemptOrder(reference, number, 5000, OrderKind.RECHARGE, "CMCC", datetime.now(UTC))


async def at_work(kind: str, shop: Shop, what: Callable[[SupplierLink, asyncio.Queue[RawCallback]], Awaitable[Any]]) -> Any:
    """What comes of working with a supplier; callbacks come to the list."""
    heard: asyncio.Queue[RawCallback] = asyncio.Queue()
    port = machine.free_port()
    speaker, made = KINDS[kind](port, shop)

    async def hear(http: web.Request) -> web.Response:
        heard.put_nowait(RawCallback({}, await http.read(), http.rel_url.raw_query_string))
        return web.Response(text="success")

    application = Server(shop, speaker, repeat_seconds=0.2).application()
    application.router.add_route("*", "/heard", hear)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        return await what(made, heard)
    finally:
        await made.close()
        await runner.cleanup()


async def until_final(made: SupplierLink, asked: AttemptOrder, first: Outcome) -> Outcome:
    """Ask until it is known; gives the last answer of a supplier that never says."""
    said = first
    for _ in range(30):
        if said.state in FINAL | {S.NOT_SENT}:
            return said
        await asyncio.sleep(0.1)
        said = await made.query(asked)
        if said.state is S.NOT_FOUND and not shop_hides(asked.number):
            return said
    return said


def shop_hides(number: str) -> bool:
    return number.endswith("9030")


BEHAVIOURS = ["9000", "9001", "9003", "9004", "9005", "9009", "9010", "9011", "9030", "9044", "9050"]


@pytest.mark.parametrize("kind", sorted(KINDS))
@pytest.mark.parametrize("suffix", BEHAVIOURS)
def test_what_is_concluded_is_what_the_ledger_says(kind: str, suffix: str, tmp_path: Path) -> None:
    asked = order(f"1380013{suffix}")

    async def what(made: SupplierLink, _heard: asyncio.Queue[RawCallback]) -> Outcome:
        return await until_final(made, asked, await made.submit(asked))

    with open_shop(tmp_path) as shop:
        said = asyncio.run(at_work(kind, shop, what))
        credited = len(shop.ledger.told()["credits"])
    assert credited <= 1
    if said.state is S.SUCCESS:
        assert credited == 1
    if said.state in {S.FAILED, S.NOT_FOUND, S.NOT_SENT}:
        assert credited == 0
    # To a partner the same reference is the question: one that loses every order, or words every answer strangely, never tells.
    never_told = kind == "partner" and suffix in {"9009", "9044"}
    assert said.state is S.UNKNOWN if never_told else said.state in FINAL | {S.NOT_FOUND}


@pytest.mark.parametrize("kind", ["yrapi", "ofpay", "partner"])
@pytest.mark.parametrize(("suffix", "told"), [("9010", [S.SUCCESS]), ("9011", [S.FAILED]), ("9024", [S.SUCCESS, S.FAILED])])
def test_callbacks_are_read_as_they_are_meant(kind: str, suffix: str, told: list[OutcomeState], tmp_path: Path) -> None:
    asked = order(f"1380013{suffix}")

    async def what(made: SupplierLink, heard: asyncio.Queue[RawCallback]) -> list[Any]:
        await made.submit(asked)
        async with asyncio.timeout(30):
            return [made.read_callback(await heard.get()) for _ in told]

    with open_shop(tmp_path) as shop:
        callbacks = asyncio.run(at_work(kind, shop, what))
    assert {callback.reference for callback in callbacks} == {asked.reference}
    assert sorted(callback.outcome.state for callback in callbacks) == sorted(told)


def test_an_order_in_part_is_told_in_part(tmp_path: Path) -> None:
    asked = order("13800139040")

    async def what(made: SupplierLink, _heard: asyncio.Queue[RawCallback]) -> Outcome:
        return await until_final(made, asked, await made.submit(asked))

    with open_shop(tmp_path) as shop:
        said = asyncio.run(at_work("yrapi", shop, what))
    assert (said.state, said.delivered_minor) == (S.SUCCESS, 2500)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_the_balance_is_the_shops(kind: str, tmp_path: Path) -> None:
    async def what(made: SupplierLink, _heard: asyncio.Queue[RawCallback]) -> Stock:
        return await made.balance()

    with open_shop(tmp_path) as shop:
        assert asyncio.run(at_work(kind, shop, what)).free_minor == 1_000_000


@pytest.mark.parametrize("way", ["post", "data"])
def test_a_gateways_day_report_is_its_ledger(way: str, tmp_path: Path) -> None:
    numbers = ["13800139000", "13800139050", "13800139005"]

    async def what(made: SupplierLink, _heard: asyncio.Queue[RawCallback]) -> list[StatementLine]:
        assert isinstance(made, PretupsLink)
        url = made._settings.url.replace("/pretups/C2SReceiver", "/reports/{day}.csv")
        made._settings = made._settings.model_copy(update={"way": way, "report_url": url})
        asked = [order(number, f"700000000{place}") for place, number in enumerate(numbers, 1)]
        sold = [await made.submit(one) for one in asked]
        back = AttemptOrder("7000000009", numbers[0], 5000, asked[0].kind, "CMCC", asked[0].at, "7000000001", sold[0].supplier_reference)
        assert (await made.reverse(back)).state is S.SUCCESS
        day = datetime.fromtimestamp(shop.now(), UTC).date()
        with pytest.raises(StatementNotReady):
            await made.statement(day)
        shop._clock = lambda: time.time() + 86_400
        return list(await made.statement(day))

    with open_shop(tmp_path) as shop:
        lines = asyncio.run(at_work("pretups", shop, what))
        told = [(line.reference, line.number, line.amount_minor, line.state, line.original_reference) for line in lines]
        assert told == [
            ("7000000001", numbers[0], 5000, S.REVERSED, ""),
            ("7000000009", numbers[0], -5000, S.SUCCESS, "7000000001"),
            ("7000000003", numbers[2], 5000, S.SUCCESS, ""),
        ]
        assert sum(line.amount_minor for line in lines) == sum(
            row["amount_minor"] * row["direction"] for row in shop.ledger.told()["credits"]
        )


def test_a_gateway_takes_back(tmp_path: Path) -> None:
    asked = order("13800139000")

    async def what(made: SupplierLink, _heard: asyncio.Queue[RawCallback]) -> list[OutcomeState]:
        sold = await made.submit(asked)
        back = AttemptOrder("7000000002", asked.number, 5000, asked.kind, "CMCC", asked.at, asked.reference, sold.supplier_reference)
        return [(await made.reverse(back)).state, (await made.reverse(back)).state]

    with open_shop(tmp_path) as shop:
        assert asyncio.run(at_work("pretups", shop, what)) == [S.SUCCESS, S.FAILED]
        assert [row["direction"] for row in shop.ledger.told()["credits"]] == [1, -1]


@contextmanager
def air_at_work(shop: Shop) -> Iterator[tuple[Air, int]]:
    port = machine.free_port()
    with Air(("127.0.0.1", port), shop, "agent:air") as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server, port
        finally:
            server.over.set()
            server.shutdown()
            thread.join()


def air_link(port: int) -> SupplierLink:
    settings = {"url": f"http://127.0.0.1:{port}/Air", "user": "agent", "host_name": "A1", "currency": "CNY", "refill_profile": "R1"}
    return link("ucip", settings | COMMON | {"can_reverse": True}, b"air")


def air(shop: Shop, what: Callable[[SupplierLink, Air], Awaitable[Any]]) -> Any:
    async def scene(server: Air, port: int) -> Any:
        made = air_link(port)
        try:
            return await what(made, server)
        finally:
            await made.close()

    with air_at_work(shop) as (server, port):
        return asyncio.run(scene(server, port))


@pytest.mark.parametrize("suffix", ["9000", "9003", "9010", "9011", "9004", "9005", "9008", "9009", "9044", "9050", "9059"])
def test_what_is_concluded_of_a_refill_is_what_the_ledger_says(suffix: str, tmp_path: Path) -> None:
    asked = order(f"1380013{suffix}")

    async def what(made: SupplierLink, _server: Air) -> Outcome:
        first = await made.submit(asked)
        if first.state is not S.UNKNOWN:
            return first
        again = AttemptOrder(asked.reference, asked.number, 5000, asked.kind, "CMCC", asked.at, "", first.supplier_reference)
        return await made.query(again)

    with open_shop(tmp_path) as shop:
        said = air(shop, what)
        credited = len(shop.ledger.told()["credits"])
    expected = {"9050": S.FAILED, "9011": S.FAILED, "9059": S.NOT_SENT, "9008": S.UNKNOWN, "9009": S.UNKNOWN}.get(suffix, S.SUCCESS)
    assert (said.state, credited) == (expected, 1 if expected is S.SUCCESS else 0)


def test_what_a_customer_spent_meanwhile_leaves_a_refill_unknown(tmp_path: Path) -> None:
    asked = order("13800139004")

    async def what(made: SupplierLink, server: Air) -> Outcome:
        first = await made.submit(asked)
        server.node.spend(asked.number, 5000)
        again = AttemptOrder(asked.reference, asked.number, 5000, asked.kind, "CMCC", asked.at, "", first.supplier_reference)
        return await made.query(again)

    with open_shop(tmp_path) as shop:
        # The balance is as it was before, yet the refill was done.
        assert air(shop, what).state is S.UNKNOWN
        assert len(shop.ledger.told()["credits"]) == 1


def test_air_takes_back_what_is_still_there(tmp_path: Path) -> None:
    asked = order("13800139000")
    back = AttemptOrder("7000000002", asked.number, 5000, asked.kind, "CMCC", asked.at, asked.reference)

    async def what(made: SupplierLink, server: Air) -> list[OutcomeState]:
        await made.submit(asked)
        first = await made.reverse(back)
        return [first.state, (await made.reverse(back)).state]

    with open_shop(tmp_path) as shop:
        assert air(shop, what) == [S.SUCCESS, S.FAILED]
