"""From a simulated terminal's keys over TCP to the books and back to its slips, on both databases where the database has a part in it."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from pos import tables
from recharge import OrderState
from recharge.domain.outcomes import OutcomeState
from simulators.concentrator.link import Link
from simulators.concentrator.nac_line import NacLine
from simulators.pos_terminal.faults import Faults, PowerCut
from simulators.pos_terminal.memory import DONE, PROCESSING, REVERSED
from simulators.pos_terminal.terminal import Terminal
from tests.pos.post import PASSWORD, TERMINAL, Post, open_post
from tests.pos.stand import Stand
from tests.support.world import NUMBER

Script = Callable[[Post], Awaitable[None]]


@pytest.fixture
def play(unsigned: Stand, tmp_path: Path, free_port: int) -> Callable[..., None]:
    """Runs a script with a server that listens."""

    def run(script: Script, **configured: object) -> None:
        async def whole() -> None:
            async with open_post(unsigned, tmp_path, free_port, **configured) as post:
                await script(post)

        asyncio.run(whole())

    return run


async def sold(terminal: Terminal, number: str = NUMBER, amount_minor: int = 5000) -> None:
    outcome = await terminal.recharge(number, amount_minor, PASSWORD)
    assert (outcome.ended, outcome.code) == ("done", "00"), outcome


@pytest.mark.parametrize("profile", ["own", "cup", "x99"])
def test_a_day_of_a_terminal(world, tmp_path: Path, free_port: int, profile: str) -> None:  # type: ignore[no-untyped-def]
    stand = Stand(world, profile)

    async def script(post: Post) -> None:
        terminal = post.terminal(profile=profile)
        assert (await terminal.sign_in()).ended == "done"
        assert (await terminal.echo()).ended == "done"
        assert (await terminal.download()).ended == "done"
        assert (await terminal.status("001low on paper")).ended == "done"
        assert (await terminal.balance(PASSWORD)).values["balance_minor"] == "100000"
        assert (await terminal.check_number(NUMBER)).ended == "done"
        await sold(terminal)
        assert (await terminal.recharge("13800138001", 3000, "111222")).code == "55"
        cancelled = await terminal.cancel(terminal.state.sales[0].trace, PASSWORD)
        assert (cancelled.ended, cancelled.code) == ("done", "00")
        await sold(terminal, "13800138002", 3000)
        assert (await terminal.settle()).ended == "done"
        assert (await terminal.sign_off()).ended in {"done", "bad"}

    async def whole() -> None:
        async with open_post(stand, tmp_path, free_port) as post:
            await script(post)

    asyncio.run(whole())
    assert stand.orders() == [(5000, "reversed"), (3000, "succeeded")]
    [batch] = stand.rows(tables.batch)
    assert (batch["state"], batch["ended_by"]) == ("closed", "balanced")
    assert (batch["host_debit_minor"], batch["host_debit_count"], batch["host_credit_minor"]) == (8000, 2, 5000)
    [row] = stand.rows(tables.terminal)
    assert (row["parameters"], row["status"]) == (1, "001low on paper")
    kinds = [line["kind"] for line in stand.rows(tables.message)]
    assert {"sign_in", "recharge", "cancel", "settlement"} <= set(kinds)
    stand.close()


def test_a_lost_answer_is_confirmed(play: Callable[..., None]) -> None:
    async def script(post: Post) -> None:
        terminal = post.terminal()
        await terminal.sign_in()
        outcome = await terminal.recharge(NUMBER, 5000, PASSWORD, faults=Faults(lose_answer=True))
        assert (outcome.ended, outcome.code) == ("done", "00")
        assert terminal.state.sales[0].state == DONE
        assert post.stand.orders() == [(5000, "succeeded")]

    play(script)


def test_a_lost_request_is_never_done(play: Callable[..., None]) -> None:
    async def script(post: Post) -> None:
        terminal = post.terminal()
        await terminal.sign_in()
        outcome = await terminal.recharge(NUMBER, 5000, PASSWORD, faults=Faults(lose_request=True))
        assert (outcome.ended, outcome.code) == ("refused", "25")
        assert post.stand.orders() == []

    play(script)


def test_the_network_brings_a_sale_twice(play: Callable[..., None]) -> None:
    async def script(post: Post) -> None:
        terminal = post.terminal()
        await terminal.sign_in()
        outcome = await terminal.recharge(NUMBER, 5000, PASSWORD, faults=Faults(twice=True))
        assert (outcome.ended, outcome.code) == ("done", "00")
        assert post.stand.orders() == [(5000, "succeeded")]

    play(script)


def test_a_result_that_comes_later(play: Callable[..., None]) -> None:
    async def script(post: Post) -> None:
        post.carrier.says = None
        terminal = post.terminal()
        await terminal.sign_in()
        outcome = await terminal.recharge(NUMBER, 5000, PASSWORD)
        assert (outcome.ended, outcome.code) == ("processing", "A6")
        assert terminal.state.sales[0].state == PROCESSING
        post.carrier.says = OutcomeState.SUCCESS
        await post.until(OrderState.SUCCEEDED)
        assert (await terminal.enquire()).code == "00"
        assert terminal.state.sales[0].state == DONE

    play(script, answer_seconds=0.3)


def test_the_power_goes_and_the_sale_is_taken_back(world, tmp_path: Path, free_port: int) -> None:  # type: ignore[no-untyped-def]
    stand = Stand(world, policy="reversal")

    async def whole() -> None:
        async with open_post(stand, tmp_path, free_port) as post:
            terminal = post.terminal(policy="reversal")
            await terminal.sign_in()
            with pytest.raises(PowerCut):
                await terminal.recharge(NUMBER, 5000, PASSWORD, faults=Faults(cut_at="answered"))
            await post.until(OrderState.SUCCEEDED)
            again = post.terminal()
            await sold(again, "13800138009", 3000)
            assert again.state.sales[0].state == REVERSED

    asyncio.run(whole())
    assert stand.orders() == [(5000, "reversed"), (3000, "succeeded")]
    stand.close()


def test_a_reversal_that_overtakes_its_sale_leaves_a_tombstone(world, tmp_path: Path, free_port: int) -> None:  # type: ignore[no-untyped-def]
    stand = Stand(world, policy="reversal")

    async def whole() -> None:
        async with open_post(stand, tmp_path, free_port) as post:
            terminal = post.terminal(policy="reversal")
            await terminal.sign_in()
            outcome = await terminal.recharge(NUMBER, 5000, PASSWORD, faults=Faults(reversal_first=True))
            assert outcome.code == "12"

    asyncio.run(whole())
    assert stand.orders() == []
    stand.close()


def test_a_batch_that_does_not_balance_ends_in_listed_differences(play: Callable[..., None]) -> None:
    async def script(post: Post) -> None:
        terminal = post.terminal()
        await terminal.sign_in()
        await sold(terminal)
        await sold(terminal, "13800138001", 3000)
        await sold(terminal, "13800138002", 1000)
        first, second, _ = terminal.state.sales
        lost, other = int(first.trace), int(second.trace)
        # The terminal's file was damaged: one sale is gone, one has another amount, and one was never sent.
        first.trace, second.amount_minor = "000777", 10000
        assert (await terminal.settle()).ended == "done"
        found = {(row["trace"], row["kind"], row["host_minor"], row["terminal_minor"]) for row in post.stand.rows(tables.difference)}
        assert found == {
            (lost, "host_only", 5000, None),
            (other, "amount", 3000, 10000),
            (777, "terminal_only", None, 5000),
        }
        [batch] = post.stand.rows(tables.batch)
        assert (batch["state"], batch["ended_by"]) == ("closed", "uploaded")
        assert (await terminal.sign_in()).ended == "done"
        assert terminal.state.batch == "000002"
        await sold(terminal, "13800138003", 1000)

    play(script)


def test_a_terminal_goes_on_after_a_restart_and_signs_in_when_it_must(play: Callable[..., None]) -> None:
    async def script(post: Post) -> None:
        terminal = post.terminal()
        await terminal.sign_in()
        await sold(terminal)
        await post.restart()
        await sold(post.terminal(), "13800138001", 3000)
        post.stand.registry.force_sign_in(TERMINAL)
        terminal = post.terminal()
        first = await terminal.recharge("13800138002", 1000, PASSWORD)
        # It was told to sign in, did so, and asked what had become of the sale: nothing, for ever.
        assert first.code in {"25", "A0"}
        await sold(terminal, "13800138002", 1000)

    play(script)


def test_many_terminals_on_one_connection(unsigned: Stand, tmp_path: Path, free_port: int) -> None:
    names = [f"KC1000{number:02d}" for number in range(8)]
    for name in names:
        unsigned.register(name, "800000000000001", "A")

    async def whole() -> None:
        async with open_post(unsigned, tmp_path, free_port) as post:
            link = await Link.connect("127.0.0.1", free_port)

            async def day(place: int, name: str) -> None:
                terminal = post.terminal(name)
                own = Terminal(terminal._memory, NacLine(link, place + 1), 20.0)
                assert (await own.sign_in()).ended == "done"
                await sold(own, f"1380013810{place}", 1000)

            await asyncio.gather(*(day(place, name) for place, name in enumerate(names)))
            assert link.strays == 0
            await link.close()

    asyncio.run(whole())
    assert unsigned.orders() == [(1000, "succeeded")] * len(names)


@pytest.mark.mariadb
def test_the_same_on_mariadb(clean_mariadb_url: str, tmp_path: Path, free_port: int) -> None:
    from tests.support.books import check_books
    from tests.support.province import Province

    world = Province(clean_mariadb_url)
    world.deposit("A", "1000.00")
    stand = Stand(world)

    async def whole() -> None:
        async with open_post(stand, tmp_path, free_port) as post:
            terminal = post.terminal()
            await terminal.sign_in()
            await sold(terminal)
            lost = await terminal.recharge("13800138001", 3000, PASSWORD, faults=Faults(lose_answer=True))
            assert lost.code == "00"
            assert (await terminal.cancel(terminal.state.sales[0].trace, PASSWORD)).code == "00"
            assert (await terminal.settle()).ended == "done"

    asyncio.run(whole())
    assert stand.orders() == [(5000, "reversed"), (3000, "succeeded")]
    check_books(world)
    stand.close()
    world.close()
