"""What holds for every link kind, against a peer that fails in every way there is: nothing that may have happened is called not sent."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from recharge.domain.orders import OrderKind
from recharge.domain.outcomes import Outcome, OutcomeState
from recharge.suppliers.contract import (
    AttemptOrder,
    BadCallback,
    CannotTell,
    ForgedCallback,
    RawCallback,
    SupplierLink,
)
from recharge.suppliers.registry import KINDS
from tests.recharge.suppliers.carrier_platform.harness import CarrierPlatformHarness
from tests.recharge.suppliers.chip_modem.harness import ChipModemHarness
from tests.recharge.suppliers.h2h.harness import H2hHarness
from tests.recharge.suppliers.harness import Harness
from tests.recharge.suppliers.md5_form.harness import Md5FormHarness
from tests.recharge.suppliers.peer import Exchange, Peer, Play, listening, reset
from tests.recharge.suppliers.pretups.harness import PretupsHarness
from tests.recharge.suppliers.ucip.harness import UcipHarness
from tests.support.world import ManualClock

S = OutcomeState
HARNESSES: dict[str, Harness] = {
    "carrier_platform": CarrierPlatformHarness(),
    "chip_modem": ChipModemHarness(),
    "h2h": H2hHarness(),
    "md5_form": Md5FormHarness(),
    "pretups": PretupsHarness(),
    "ucip": UcipHarness(),
}
ORDER = AttemptOrder("70000000000000000001", "13800138000", 5000, OrderKind.RECHARGE, "CMCC", datetime(2026, 11, 21, tzinfo=UTC))
REVERSAL = replace(ORDER, reference="70000000000000000003", original_reference=ORDER.reference, supplier_reference="T1")

Ask = Callable[[SupplierLink], Awaitable[Any]]


def submit(link: SupplierLink) -> Coroutine[Any, Any, Outcome]:
    return link.submit(ORDER)


def reverse(link: SupplierLink) -> Coroutine[Any, Any, Outcome]:
    return link.reverse(REVERSAL)


def query(link: SupplierLink) -> Coroutine[Any, Any, Outcome]:
    return link.query(ORDER)


@pytest.fixture(params=sorted(HARNESSES))
def harness(request: pytest.FixtureRequest) -> Harness:
    return HARNESSES[request.param]


@pytest.fixture(params=sorted(kind for kind, one in HARNESSES.items() if "callback" in one.can))
def calling(request: pytest.FixtureRequest) -> Harness:
    return HARNESSES[request.param]


@pytest.fixture(params=sorted(kind for kind, one in HARNESSES.items() if "modem" not in one.can))
def connected(request: pytest.FixtureRequest) -> Harness:
    """The kinds that ask over connections of their own; a chip has a modem, and does one thing at a time."""
    return HARNESSES[request.param]


def able(harness: Harness, ask: Ask) -> bool:
    """Whether a kind can be asked that at all."""
    return ask is submit or ("reverse" if ask is reverse else "query") in harness.can


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2026, 11, 21, 12, 40, tzinfo=UTC))


def play(harness: Harness, clock: ManualClock, port: int, peer: Peer, *asks: Ask, **settings: Any) -> list[Any]:
    """Ask a link in turn while the peer does what it does."""

    async def scene() -> list[Any]:
        async with listening(peer, port):
            link = harness.link(port, clock, **settings)
            try:
                return [await ask(link) for ask in asks]
            finally:
                await link.close()

    return asyncio.run(scene())


def one(harness: Harness, clock: ManualClock, port: int, treat: Play, ask: Ask = submit, **settings: Any) -> Any:
    return play(harness, clock, port, Peer(treat), ask, **settings)[0]


def test_every_link_kind_is_held_to_the_contract() -> None:
    assert set(HARNESSES) == set(KINDS)


@pytest.mark.parametrize("ask", [submit, reverse])
def test_done_is_success(harness: Harness, clock: ManualClock, free_port: int, ask: Ask) -> None:
    if not able(harness, ask):
        return
    outcome = one(harness, clock, free_port, harness.done, ask)
    assert outcome.state is S.SUCCESS
    if "echo" in harness.can:
        assert (outcome.number, outcome.amount_minor) == (ORDER.number, ORDER.face_minor)
    assert outcome.serial_number
    assert outcome.at == clock.now()


def test_what_a_kind_cannot_do_it_does_not_try(harness: Harness, clock: ManualClock, free_port: int) -> None:
    peer = Peer(harness.done)
    caps = harness.link(1, clock).caps
    assert (caps.reverse, caps.query, caps.balance) == tuple(name in harness.can for name in ("reverse", "query", "balance"))
    asks = [ask for ask in (reverse, query) if not able(harness, ask)]
    outcomes = play(harness, clock, free_port, peer, *asks)
    # A reversal that nobody can make failed: the sale stands. A question that nobody can ask says nothing.
    assert [outcome.state for outcome in outcomes] == [S.FAILED if ask is reverse else S.UNKNOWN for ask in asks]
    assert not peer.requests


@pytest.mark.parametrize("ask", [submit, reverse, query])
def test_an_unlisted_code_is_unknown(harness: Harness, clock: ManualClock, free_port: int, ask: Ask) -> None:
    if able(harness, ask):
        assert one(harness, clock, free_port, harness.unlisted, ask).state is S.UNKNOWN


def test_refused_connection_is_not_sent(harness: Harness, clock: ManualClock, free_port: int) -> None:
    async def scene() -> list[Outcome]:
        link = harness.link(free_port, clock)
        try:
            return [await submit(link), await reverse(link)]
        finally:
            await link.close()

    never = S.NOT_SENT if able(harness, reverse) else S.FAILED
    assert [outcome.state for outcome in asyncio.run(scene())] == [S.NOT_SENT, never]


def test_a_refused_question_says_nothing_of_the_order(harness: Harness, clock: ManualClock, free_port: int) -> None:
    async def scene() -> Outcome:
        link = harness.link(free_port, clock)
        try:
            return await query(link)
        finally:
            await link.close()

    assert asyncio.run(scene()).state is S.UNKNOWN


async def say_nothing(exchange: Exchange) -> None:
    await exchange.silence()


async def reset_it(exchange: Exchange) -> None:
    exchange.reset()


async def hang_up(exchange: Exchange) -> None:
    exchange.writer.close()


async def half_a_head(exchange: Exchange) -> None:
    await exchange.say(b"HTTP/1.1 200 OK\r\nContent-Le")
    exchange.writer.close()


async def half_a_body(exchange: Exchange) -> None:
    await exchange.say(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n<Recharge")
    exchange.writer.close()


async def drip(exchange: Exchange) -> None:
    await exchange.say(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n")
    for _ in range(100):
        await exchange.say(b" ")
        await asyncio.sleep(0.1)


async def no_http(exchange: Exchange) -> None:
    await exchange.say(b"\x00\xff\xfe nonsense \r\n\r\n" * 20)
    exchange.writer.close()


async def bad_gateway(exchange: Exchange) -> None:
    await exchange.answer(b"<html>502</html>", "502 Bad Gateway")


async def internal_error(exchange: Exchange) -> None:
    await exchange.answer(b"", "500 Internal Server Error")


async def redirect(exchange: Exchange) -> None:
    await exchange.answer(b"", "307 Temporary Redirect", Location=f"http://127.0.0.1:{exchange.headers['host'].rpartition(':')[2]}/other")


async def unsigned(exchange: Exchange) -> None:
    await exchange.answer(b"<RechargeAnswer><Code>0000</Code></RechargeAnswer>")


async def too_large(exchange: Exchange) -> None:
    await exchange.answer(b"x" * 200_000)


async def empty(exchange: Exchange) -> None:
    await exchange.answer(b"")


AFTER_THE_FIRST_BYTE: list[Play] = [
    say_nothing, reset_it, hang_up, half_a_head, half_a_body, drip, no_http, bad_gateway, internal_error, redirect, unsigned, too_large,
    empty,
]  # fmt: skip


@pytest.mark.parametrize("treat", AFTER_THE_FIRST_BYTE)
@pytest.mark.parametrize("ask", [submit, reverse, query])
def test_anything_after_the_first_byte_is_unknown(harness: Harness, clock: ManualClock, free_port: int, treat: Play, ask: Ask) -> None:
    if not able(harness, ask):
        return
    peer = Peer(treat)
    # Only where nothing, or not enough, is ever answered, time decides.
    patience = {"answer_seconds": 0.6} if treat in {say_nothing, drip} else {}
    outcome = play(harness, clock, free_port, peer, ask, **patience)[0]
    assert outcome.state is S.UNKNOWN
    assert len(peer.requests) == 1


def test_a_reset_on_connecting_is_never_called_done(harness: Harness, clock: ManualClock, free_port: int) -> None:
    def at_connect(writer: asyncio.StreamWriter) -> bool:
        reset(writer)
        return True

    outcome = play(harness, clock, free_port, Peer(harness.done, at_connect), submit)[0]
    # Whether the reset came before or after our first byte is chance; after a connection stood, the bytes may have left.
    assert outcome.state in {S.NOT_SENT, S.UNKNOWN}


def test_a_connection_that_went_stale_is_unknown_and_not_tried_again(connected: Harness, clock: ManualClock, free_port: int) -> None:
    async def answer_once_then_reset(exchange: Exchange) -> None:
        if len(peer.requests) == 1:
            await connected.done(exchange)
        else:
            exchange.reset()

    peer = Peer(answer_once_then_reset)
    first, second = play(connected, clock, free_port, peer, submit, submit)
    assert (first.state, second.state) == (S.SUCCESS, S.UNKNOWN)
    assert len(peer.requests) == 2
    assert peer.connections == 1


def test_a_connection_is_kept_alive(connected: Harness, clock: ManualClock, free_port: int) -> None:
    peer = Peer(connected.done)
    play(connected, clock, free_port, peer, submit, submit, submit)
    assert (peer.connections, len(peer.requests)) == (1, 3)


def test_waiting_for_a_free_connection_in_vain_is_not_sent(connected: Harness, clock: ManualClock, free_port: int) -> None:
    async def two_at_once(link: SupplierLink) -> list[Outcome]:
        first = asyncio.create_task(link.submit(ORDER))
        await asyncio.sleep(0.05)
        second = asyncio.create_task(link.submit(replace(ORDER, reference="70000000000000000002")))
        return [await first, await second]

    peer = Peer(say_nothing)
    outcomes = play(connected, clock, free_port, peer, two_at_once, most_connections=1, connect_seconds=0.5, answer_seconds=2)[0]
    assert outcomes[0].state is S.UNKNOWN
    assert len(peer.requests) == 1 or outcomes[1].state is S.UNKNOWN


def test_many_orders_are_on_their_way_at_once(connected: Harness, clock: ManualClock, free_port: int) -> None:
    arrived = 0
    everybody = asyncio.Event()

    async def when_all_are_there(exchange: Exchange) -> None:
        nonlocal arrived
        arrived += 1
        if arrived == 100:
            everybody.set()
        await everybody.wait()
        await connected.done(exchange)

    async def all_at_once(link: SupplierLink) -> list[Outcome]:
        return await asyncio.gather(*(link.submit(replace(ORDER, reference=str(number))) for number in range(1, 101)))

    outcomes = play(connected, clock, free_port, Peer(when_all_are_there), all_at_once, answer_seconds=30, connect_seconds=10)[0]
    assert {outcome.state for outcome in outcomes} == {S.SUCCESS}


def test_balance_and_statement_of_a_broken_peer_tell_nothing(harness: Harness, clock: ManualClock, free_port: int) -> None:
    async def neither(link: SupplierLink) -> None:
        with pytest.raises(CannotTell):
            await link.balance()
        with pytest.raises(CannotTell):
            await link.statement(ORDER.at.date())

    for treat in (reset_it, bad_gateway, unsigned, half_a_body, empty):
        play(harness, clock, free_port, Peer(treat), neither)


def test_no_full_number_and_no_secret_in_what_is_kept(harness: Harness, clock: ManualClock, free_port: int) -> None:
    for treat in (harness.done, unsigned, bad_gateway):
        outcome = one(harness, clock, free_port, treat)
        kept = outcome.raw + outcome.text
        assert ORDER.number not in kept
        assert "secret" not in kept
        assert len(outcome.raw) <= 2000
        assert len(outcome.text) <= 200


def read(harness: Harness, clock: ManualClock, raw: RawCallback) -> Any:
    return harness.link(1, clock).read_callback(raw)


def test_a_genuine_callback_names_our_reference(calling: Harness, clock: ManualClock) -> None:
    callback = read(calling, clock, calling.told(ORDER, clock.now()))
    assert callback.reference == ORDER.reference
    assert callback.outcome.state is S.SUCCESS
    if "echo" in calling.can:
        assert (callback.outcome.number, callback.outcome.amount_minor) == (ORDER.number, ORDER.face_minor)
    assert callback.acknowledgement


def test_a_repeated_callback_reads_the_same(calling: Harness, clock: ManualClock) -> None:
    raw = calling.told(ORDER, clock.now())
    assert read(calling, clock, raw) == read(calling, clock, raw)


def test_a_late_repeat_under_a_fresh_signature_is_read(calling: Harness, clock: ManualClock) -> None:
    clock.pass_time(hours=5)
    assert read(calling, clock, calling.told(ORDER, clock.now())).outcome.state is S.SUCCESS


def test_contradicting_callbacks_are_both_told_as_they_stand(calling: Harness, clock: ManualClock) -> None:
    good = read(calling, clock, calling.told(ORDER, clock.now()))
    bad = read(calling, clock, calling.told(ORDER, clock.now(), done=False))
    assert (good.outcome.state, bad.outcome.state) == (S.SUCCESS, S.FAILED)
    assert good.reference == bad.reference


def test_a_forged_callback_is_refused(calling: Harness, clock: ManualClock) -> None:
    for raw in (calling.told(ORDER, clock.now(), forged=True), RawCallback({}, b""), RawCallback({}, b"\xff\x00=\xff", "%ff=%00&a")):
        with pytest.raises(ForgedCallback):
            read(calling, clock, raw)


def test_a_callback_changed_on_the_way_is_refused(calling: Harness, clock: ManualClock) -> None:
    if "signed" not in calling.can:
        return
    raw = calling.told(ORDER, clock.now())
    assert calling.changed(raw) != raw
    with pytest.raises(ForgedCallback):
        read(calling, clock, calling.changed(raw))


@pytest.mark.parametrize("seconds", [-301, 301])
def test_an_old_or_early_callback_is_refused(calling: Harness, clock: ManualClock, seconds: int) -> None:
    if "dated" in calling.can:
        with pytest.raises(ForgedCallback):
            read(calling, clock, calling.told(ORDER, clock.now() + timedelta(seconds=seconds)))


def test_a_genuine_callback_that_says_nothing_is_bad(calling: Harness, clock: ManualClock) -> None:
    for raw in calling.senseless(clock.now()):
        with pytest.raises(BadCallback):
            read(calling, clock, raw)


def test_a_kind_without_callbacks_believes_none(harness: Harness, clock: ManualClock) -> None:
    assert harness.link(1, clock).caps.callback == ("callback" in harness.can)
    if "callback" not in harness.can:
        with pytest.raises(ForgedCallback):
            read(harness, clock, RawCallback({}, b"<done/>"))
