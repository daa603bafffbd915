"""The channel as a running thing: what the settings say is what it does, and it opens and closes in order."""

import asyncio
from pathlib import Path

import pytest

from pos import tables
from simulators.pos_terminal.faults import Faults
from tests.pos.post import PASSWORD, open_post
from tests.pos.stand import TERMINAL, Stand
from tests.pos.waiting import until
from tests.support.world import NUMBER


def test_the_language_of_what_is_printed(unsigned: Stand, tmp_path: Path, free_port: int) -> None:
    async def whole() -> None:
        async with open_post(unsigned, tmp_path, free_port, language="en") as post:
            terminal = post.terminal()
            await terminal.sign_in()
            outcome = await terminal.recharge(NUMBER, 5000, PASSWORD)
            assert outcome.answer is not None
            assert outcome.answer.get(63) == "01 Done"
            refused = await terminal.recharge("13800138001", 1234, PASSWORD)
            assert refused.answer is not None
            assert "12.34" in bytes.fromhex(refused.answer.get(48)).decode("gbk")

    asyncio.run(whole())


def test_our_institution_and_currency(unsigned: Stand, tmp_path: Path, free_port: int) -> None:
    async def whole() -> None:
        async with open_post(unsigned, tmp_path, free_port, institution="12345678", currency="360") as post:
            terminal = post.terminal()
            signed = await terminal.sign_in()
            assert signed.ended == "done"
            refused = await terminal.recharge(NUMBER, 5000, PASSWORD)
            assert refused.code == "30"

    asyncio.run(whole())


def test_what_the_listener_saw_is_in_the_events(unsigned: Stand, tmp_path: Path, free_port: int) -> None:
    async def whole() -> None:
        async with open_post(unsigned, tmp_path, free_port, limits={"bad_frames": 1}) as post:
            _, writer = await asyncio.open_connection("127.0.0.1", free_port)
            writer.write(b"\x00\x05hello")
            await until(lambda: "bad_frame" in [row["kind"] for row in unsigned.rows(tables.event)])
            writer.close()
            assert not post.service.server.in_flight

    asyncio.run(whole())


def test_upkeep_finishes_a_reversal_whose_terminal_has_gone(
    unsigned: Stand, tmp_path: Path, free_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    from datetime import timedelta

    from pos import upkeep

    monkeypatch.setattr(upkeep, "_REVERSAL_SECONDS", 0.05)
    monkeypatch.setattr(upkeep, "_REVERSAL_AGE", timedelta(0))

    async def whole() -> None:
        async with open_post(unsigned, tmp_path, free_port, answer_seconds=0.2) as post:
            post.carrier.says = None
            with unsigned.world.database.write() as connection:
                connection.execute(tables.terminal.update().values(timeout_policy="reversal"))
            terminal = post.terminal(policy="reversal")
            await terminal.sign_in()
            lost = await terminal.recharge(NUMBER, 5000, PASSWORD)
            assert lost.code == "98"
            # The next sale first tries to take the one before back, gives it up after its tries, and sells.
            await terminal.recharge("13800138001", 3000, PASSWORD, faults=Faults())
            from recharge.domain.outcomes import OutcomeState

            post.carrier.says = OutcomeState.SUCCESS
            await until(lambda: (TERMINAL, "done") in [(row["terminal"], row["state"]) for row in unsigned.rows(tables.reversal)])

    asyncio.run(whole())
    assert (5000, "reversed") in unsigned.orders()


def test_two_processes_answer_one_terminal(unsigned: Stand, tmp_path: Path, free_port: int) -> None:
    from tests.pos.post import Post
    from tests.support.machine import free_port as another_port

    async def whole() -> None:
        async with open_post(unsigned, tmp_path, free_port) as first:
            second = Post(unsigned, tmp_path, another_port())
            await second.service.open()
            try:
                terminal = first.terminal()
                await terminal.sign_in()
                other = second.terminal()
                assert (await other.recharge(NUMBER, 5000, PASSWORD)).code == "00"
                assert (await first.terminal().cancel(other.state.sales[0].trace, PASSWORD)).code == "00"
            finally:
                await second.service.close()

    asyncio.run(whole())
    assert unsigned.orders() == [(5000, "reversed")]
