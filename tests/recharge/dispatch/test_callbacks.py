"""Callbacks: forged ones refused, genuine ones applied once and acknowledged after that, strange ones kept for a person."""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from http import HTTPStatus
from typing import Any

import aiohttp
import pytest

from recharge.books.database import DatabaseBusy
from recharge.dispatch.callback_server import CallbackServer
from recharge.dispatch.callbacks import Callbacks
from recharge.dispatch.links import LinkPool
from recharge.domain.outcomes import Outcome, OutcomeState
from recharge.domain.replies import Reply
from recharge.suppliers.contract import BadCallback, Callback
from tests.recharge.dispatch.driver import Dispatcher, ScriptedLink
from tests.support.world import World

S = OutcomeState


@pytest.fixture
def callbacks(world: World, dispatcher: Dispatcher, link: ScriptedLink) -> Callbacks:
    pool = LinkPool(world.database, world.keys, world.clock, timedelta(seconds=90))
    pool._running[world.link_id] = link
    pool._codes["CARRIER"] = world.link_id
    return Callbacks(dispatcher.parts, pool)


def sent(world: World, dispatcher: Dispatcher, link: ScriptedLink) -> tuple[Reply, str]:
    link.says.append(S.ACCEPTED)
    reply = world.recharge("A", "50.00")
    dispatcher.step()
    return reply, link.asked[-1][1].reference


def tell(callbacks: Callbacks, link: ScriptedLink, reference: str, state: OutcomeState, **facts: Any) -> HTTPStatus:
    outcome = Outcome(state, link.world.clock.now(), **{"number": "13800138000", "amount_minor": 5000, **facts})
    link.callbacks[b"body"] = Callback(reference, outcome, b"<Ack/>")
    answer = callbacks.take_callback("CARRIER", {"X-Signature": "right"}, b"body")
    assert answer.body == (b"<Ack/>" if answer.status is HTTPStatus.OK else b"")
    return answer.status


def answers(world: World) -> int:
    return int(world.one("SELECT COUNT(*) FROM answer WHERE source = 'callback'"))


def test_a_callback_ends_an_order(world: World, dispatcher: Dispatcher, link: ScriptedLink, callbacks: Callbacks) -> None:
    reply, reference = sent(world, dispatcher, link)
    assert tell(callbacks, link, reference, S.SUCCESS) is HTTPStatus.OK
    assert world.state(reply) == "succeeded"


def test_repeats_are_acknowledged_and_applied_once(world: World, dispatcher: Dispatcher, link: ScriptedLink, callbacks: Callbacks) -> None:
    reply, reference = sent(world, dispatcher, link)
    for _ in range(5):
        assert tell(callbacks, link, reference, S.FAILED, code="3001") is HTTPStatus.OK
    assert (world.state(reply), answers(world)) == ("failed", 1)
    assert world.balance("A") == 100000


def test_a_later_contradiction_is_a_dispute_and_moves_nothing(
    world: World, dispatcher: Dispatcher, link: ScriptedLink, callbacks: Callbacks
) -> None:
    reply, reference = sent(world, dispatcher, link)
    tell(callbacks, link, reference, S.SUCCESS)
    assert tell(callbacks, link, reference, S.FAILED, code="3009") is HTTPStatus.OK
    assert (world.state(reply), answers(world)) == ("succeeded", 2)
    assert world.one("SELECT COUNT(*) FROM order_event WHERE kind = 'dispute'") == 1
    assert world.balance("A") == 95100


def test_taken_back_after_success_is_no_contradiction(
    world: World, dispatcher: Dispatcher, link: ScriptedLink, callbacks: Callbacks
) -> None:
    reply, reference = sent(world, dispatcher, link)
    tell(callbacks, link, reference, S.SUCCESS)
    tell(callbacks, link, reference, S.REVERSED, code="0002")
    assert world.state(reply) == "reversed"
    assert world.balance("A") == 100000


def test_events_out_of_order_come_to_the_same(world: World, dispatcher: Dispatcher, link: ScriptedLink, callbacks: Callbacks) -> None:
    reply, reference = sent(world, dispatcher, link)
    tell(callbacks, link, reference, S.REVERSED, code="0002")
    tell(callbacks, link, reference, S.SUCCESS, code="0000")
    assert world.state(reply) == "reversed"
    assert world.one("SELECT COUNT(*) FROM order_event WHERE kind = 'dispute'") == 0
    assert world.balance("A") == 100000


def test_a_callback_that_overtakes_the_answer(world: World, dispatcher: Dispatcher, link: ScriptedLink, callbacks: Callbacks) -> None:
    reply = world.recharge("A", "50.00")
    works = dispatcher.core.claim(1)
    reference = str(world.one("SELECT id FROM attempt"))
    tell(callbacks, link, reference, S.SUCCESS)
    link.says.append(S.UNKNOWN)
    dispatcher.carry_out(works)
    assert world.state(reply) == "succeeded"
    assert world.hold_balance() == 0


@pytest.mark.parametrize("facts", [{"number": "13800138001"}, {"amount_minor": 9000}])
def test_another_number_or_amount_is_put_in_quarantine(
    world: World, dispatcher: Dispatcher, link: ScriptedLink, callbacks: Callbacks, facts: dict[str, Any]
) -> None:
    reply, reference = sent(world, dispatcher, link)
    assert tell(callbacks, link, reference, S.SUCCESS, **facts) is HTTPStatus.OK
    assert world.state(reply) != "succeeded"
    assert world.one("SELECT COUNT(*) FROM order_event WHERE kind = 'quarantine'") == 1


def test_a_forged_callback_moves_nothing(world: World, dispatcher: Dispatcher, link: ScriptedLink, callbacks: Callbacks) -> None:
    reply, _ = sent(world, dispatcher, link)
    answer = callbacks.take_callback("CARRIER", {}, b"forged")
    assert (answer.status, answer.body) == (HTTPStatus.UNAUTHORIZED, b"")
    assert (answers(world), world.balance("A")) == (0, 95100)
    assert world.state(reply) == "sending"


def test_a_bad_callback_is_not_acknowledged(link: ScriptedLink, callbacks: Callbacks) -> None:
    link.callbacks[b"bad"] = BadCallback("not a callback")
    assert callbacks.take_callback("CARRIER", {}, b"bad").status is HTTPStatus.BAD_REQUEST


def test_a_link_nobody_knows_is_not_found(callbacks: Callbacks) -> None:
    assert callbacks.take_callback("NOBODY", {}, b"").status is HTTPStatus.NOT_FOUND


@pytest.mark.parametrize("reference", ["99999", "99999999999999999999", "not-a-number", "0", "-1", "٣"])
def test_a_reference_that_is_not_ours_is_kept_once_for_a_person(
    world: World, link: ScriptedLink, callbacks: Callbacks, reference: str
) -> None:
    for _ in range(3):
        assert tell(callbacks, link, reference, S.SUCCESS) is HTTPStatus.OK
    rows = world.rows("SELECT object FROM audit WHERE action = 'callback_unknown'")
    assert rows == [(f"CARRIER/{reference}",)]


def test_an_attempt_of_another_link_is_not_this_links(
    world: World, dispatcher: Dispatcher, link: ScriptedLink, callbacks: Callbacks
) -> None:
    reply, reference = sent(world, dispatcher, link)
    with world.database.write() as connection:
        world.database.change(connection, "UPDATE attempt SET link_id = 1")
    assert tell(callbacks, link, reference, S.SUCCESS) is HTTPStatus.OK
    assert world.state(reply) == "sending"
    assert world.one("SELECT COUNT(*) FROM audit WHERE action = 'callback_unknown'") == 1


def test_header_names_reach_the_link_in_lower_case(link: ScriptedLink, callbacks: Callbacks, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[dict[str, str]] = []

    def read(raw: Any) -> Callback:
        seen.append(dict(raw.headers))
        raise BadCallback

    monkeypatch.setattr(link, "read_callback", read)
    callbacks.take_callback("CARRIER", {"X-Nonce": "N"}, b"")
    assert seen == [{"x-nonce": "N"}]


Visit = Callable[[aiohttp.ClientSession, str], Awaitable[Any]]


def served(callbacks: Callbacks, port: int, visit: Visit) -> Any:
    async def scene() -> Any:
        with ThreadPoolExecutor(1) as thread:
            server = CallbackServer(callbacks, f"127.0.0.1:{port}", thread)
            await server.open()
            try:
                async with aiohttp.ClientSession() as session:
                    return await visit(session, f"http://127.0.0.1:{port}/callback")
            finally:
                await server.close()

    return asyncio.run(scene())


async def posted(session: aiohttp.ClientSession, url: str, body: bytes) -> tuple[int, bytes]:
    async with session.post(url, data=body) as response:
        return response.status, await response.read()


def test_over_http(world: World, dispatcher: Dispatcher, link: ScriptedLink, callbacks: Callbacks, free_port: int) -> None:
    reply, reference = sent(world, dispatcher, link)
    outcome = Outcome(S.SUCCESS, world.clock.now(), number="13800138000", amount_minor=5000)
    link.callbacks[b"good"] = Callback(reference, outcome, b"<Ack/>")

    async def visit(session: aiohttp.ClientSession, url: str) -> list[Any]:
        told: list[Any] = [await posted(session, f"{url}/CARRIER", body) for body in (b"good", b"good", b"forged", b"x" * 70_000)]
        async with session.get(f"{url}/CARRIER") as response:
            told.append(response.status)
        return [*told, await posted(session, f"{url}/NOBODY", b"")]

    good, again, forged, large, get, nobody = served(callbacks, free_port, visit)
    assert (good, again) == ((200, b"<Ack/>"), (200, b"<Ack/>"))
    assert (forged, get, nobody) == ((401, b""), 401, (404, b""))
    assert large[0] == 413
    assert world.state(reply) == "succeeded"


def test_what_could_not_be_kept_is_not_acknowledged(
    world: World, dispatcher: Dispatcher, link: ScriptedLink, callbacks: Callbacks, free_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, reference = sent(world, dispatcher, link)
    link.callbacks[b"good"] = Callback(reference, Outcome(S.SUCCESS, world.clock.now()), b"<Ack/>")

    def busy(_evidence: object) -> None:
        raise DatabaseBusy

    monkeypatch.setattr(world.finisher, "finish", busy)
    assert served(callbacks, free_port, lambda session, url: posted(session, f"{url}/CARRIER", b"good")) == (503, b"")
