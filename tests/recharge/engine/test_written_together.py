"""What a channel writes in the transaction of its requests: kept with them, or neither is."""

import threading
import time
from collections.abc import Sequence

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from recharge.books.database import RetryTransaction
from recharge.domain import requests as ask
from recharge.domain.errors import RefusalCode
from recharge.domain.replies import Reply
from recharge.engine.door import Engine
from recharge.engine.intake import Write
from tests.support.books import code_of, number_of
from tests.support.world import World

LONG = 60
NOTE = "INSERT INTO duty (name, holder, until) VALUES (?, ?, '2026-11-20 00:00:00.000000')"


def noting(world: World, told: list[list[str]], error: Exception | None = None) -> Write:
    """A channel that writes down each reply's order in a table of its own."""

    def write(connection: Connection, replies: Sequence[Reply]) -> None:
        told.append([number_of(reply) for reply in replies])
        world.database.change_many(connection, NOTE, [(number, "") for number in told[-1]])
        if error is not None:
            raise error

    return write


def noted(world: World) -> set[str]:
    return {row[0] for row in world.rows("SELECT name FROM duty")}


def sales(world: World, *lasts: int) -> list[ask.Request]:
    return [world.request("A", ask.Recharge(f"1380013800{last}", 5000)) for last in lasts]


def test_what_a_channel_writes_is_kept_with_its_orders(world: World, engine: Engine) -> None:
    told: list[list[str]] = []
    replies = engine.take_many(sales(world, 1, 2), noting(world, told))
    assert told == [[number_of(reply) for reply in replies]]
    assert noted(world) == set(told[0])
    again = engine.take_many(sales(world, 3))
    assert number_of(again[0]) not in noted(world)
    assert engine.take_many([], noting(world, told)) == []


@pytest.mark.parametrize("error", [RetryTransaction("again and again"), OperationalError("", {}, Exception(1114, "table is full"))])
def test_what_a_channel_cannot_write_keeps_its_orders_out(world: World, engine: Engine, error: Exception) -> None:
    told: list[list[str]] = []
    asked = sales(world, 1, 2)
    replies = engine.take_many(asked, noting(world, told, error))
    assert [code_of(reply) for reply in replies] == [RefusalCode.BUSY] * 2
    assert told
    assert noted(world) == set()
    assert world.one("SELECT COUNT(*) FROM orders WHERE kind = 'recharge'") == 0
    assert [reply.repeated for reply in engine.take_many(asked, noting(world, told))] == [False] * 2
    assert len(noted(world)) == 2


def test_a_write_of_a_transaction_that_is_run_again_is_run_again(world: World, engine: Engine) -> None:
    told: list[list[str]] = []
    write = noting(world, told)

    def overtaken(connection: Connection, replies: Sequence[Reply]) -> None:
        write(connection, replies)
        if len(told) == 1:
            raise RetryTransaction("overtaken")

    replies = engine.take_many(sales(world, 1), overtaken)
    assert len(told) == 2
    assert noted(world) == {number_of(replies[0])}


def test_groups_that_go_together_are_each_told_their_own(world: World, engine: Engine) -> None:
    told: dict[int, list[list[str]]] = {1: [], 4: []}
    answers: dict[int, list[Reply]] = {}

    def first(connection: Connection, replies: Sequence[Reply]) -> None:
        # The groups that gather meanwhile go together.
        noting(world, told[1])(connection, replies)
        for thread in waiting:
            thread.start()
        while engine._committer._count < 4:
            time.sleep(0.001)

    def ask_for(start: int, write: Write | None) -> None:
        answers[start] = engine.take_many(sales(world, start, start + 1), write)

    waiting = [threading.Thread(target=ask_for, args=(2, None)), threading.Thread(target=ask_for, args=(4, noting(world, told[4])))]
    engine.take_many(sales(world, 1), first)
    for thread in waiting:
        thread.join(LONG)
    assert told[4] == [[number_of(reply) for reply in answers[4]]]
    assert not noted(world) & {number_of(reply) for reply in answers[2]}
