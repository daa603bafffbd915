"""The process's own rounds: old batches closed, reversals finished, the journal written, and on after a fault."""

import asyncio
from datetime import timedelta

import pytest

from pos import tables, upkeep
from pos.upkeep import Upkeep
from recharge import Refusal, RefusalCode
from tests.pos.stand import Stand
from tests.pos.waiting import until


def made(stand: Stand, hours: int = 24) -> Upkeep:
    return Upkeep(stand.engine, stand.reversals, stand.journal, stand.now, stand.day_of, timedelta(hours=hours))


def test_a_batch_of_an_earlier_day_is_closed_once_its_terminal_is_silent(stand: Stand) -> None:
    stand.sold()
    stand.journal.flush()
    rounds = made(stand)
    assert rounds.close_old_batches() == 0
    stand.world.clock.pass_time(hours=23)
    stand.send(stand.hand.message("0820", {}, network="301"), mac=False)
    stand.journal.flush()
    stand.world.clock.pass_time(hours=2)
    assert rounds.close_old_batches() == 0
    stand.world.clock.pass_time(hours=23)
    assert rounds.close_old_batches() == 1
    assert rounds.close_old_batches() == 0
    [batch] = stand.rows(tables.batch)
    assert (batch["ended_by"], batch["host_debit_minor"]) == ("cut_over", 5000)
    assert stand.send(stand.hand.sale(number="13800138009")).text(39) == "77"


def test_a_batch_of_today_stays_open_however_silent(stand: Stand) -> None:
    rounds = made(stand, hours=1)
    stand.world.clock.pass_time(hours=13)
    assert rounds.close_old_batches() == 0
    stand.world.clock.pass_time(hours=2)
    assert rounds.close_old_batches() == 1


def test_one_batch_that_cannot_be_closed_does_not_stop_the_others(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: object) -> bool:
        raise Refusal(RefusalCode.UNKNOWN_ENDPOINT)

    stand.world.clock.pass_time(days=3)
    monkeypatch.setattr(upkeep, "close_by_cut_over", gone)
    assert made(stand).close_old_batches() == 0


def test_the_rounds_go_on_after_a_fault(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upkeep, "_JOURNAL_SECONDS", 0.01)
    flushed, real = [], stand.journal.flush

    def sometimes() -> int:
        flushed.append(1)
        if len(flushed) == 1:
            raise ConnectionError
        return real()

    monkeypatch.setattr(stand.journal, "flush", sometimes)

    async def script() -> None:
        rounds = made(stand)
        rounds.start()
        stand.journal.event("test", "192.0.2.1:1")
        await until(lambda: len(flushed) >= 3)
        stand.journal.event("last", "192.0.2.1:1")
        await rounds.close()

    asyncio.run(script())
    assert [row["kind"] for row in stand.rows(tables.event)][-2:] == ["test", "last"]
