"""What a channel keeps beside its requests, in their transaction: kept with them, or neither is."""

import logging
import threading
import time
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from recharge import Beside, Change, Database, Read, Withdrawn
from recharge.books import intake_reads
from recharge.books.database import RetryTransaction
from recharge.domain import requests as ask
from recharge.domain.errors import RefusalCode
from recharge.domain.replies import Reply
from recharge.engine.beside import Write
from recharge.engine.door import Engine
from tests.support.books import code_of, number_of
from tests.support.world import World

LONG = 60
NOTE = "INSERT INTO duty (name, holder, until) VALUES (?, ?, '2026-11-20 00:00:00.000000')"
NOTED = Read("SELECT name FROM duty", (), lambda rows: {row[0] for row in rows})


class Notes:
    """A channel that writes down each reply's order in a table of its own, and looks at what stands there."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.told: list[list[str]] = []
        self.found: list[Sequence[Any]] = []

    def write(self, _: Connection, replies: Sequence[Reply], found: Sequence[Any]) -> Sequence[Change]:
        self.told.append([number_of(reply) for reply in replies if reply.refusal is None])
        self.found.append(found)
        if self.error is not None:
            raise self.error
        return [Change(NOTE, [(number, "") for number in self.told[-1]])]

    @property
    def beside(self) -> Beside:
        return Beside([NOTED], self.write)


def writing(write: Write) -> Beside:
    return Beside([NOTED], write)


def noted(world: World) -> set[str]:
    return {row[0] for row in world.rows("SELECT name FROM duty")}


def sales(world: World, *lasts: int) -> list[ask.Request]:
    return [world.request("A", ask.Recharge(f"1380013800{last}", 5000)) for last in lasts]


def test_what_a_channel_writes_is_kept_with_its_orders(world: World, engine: Engine) -> None:
    notes = Notes()
    replies = engine.take_many(sales(world, 1, 2), notes.beside)
    assert notes.told == [[number_of(reply) for reply in replies]]
    assert noted(world) == set(notes.told[0])
    again = engine.take_many(sales(world, 3))
    assert number_of(again[0]) not in noted(world)
    assert engine.take_many([], notes.beside) == []


@pytest.mark.parametrize("many", [1, 2])
def test_a_channel_is_told_what_stood_before(world: World, engine: Engine, many: int) -> None:
    notes = Notes()
    first = engine.take_many(sales(world, *range(many)), notes.beside)
    engine.take_many(sales(world, *range(5, 5 + many)), notes.beside)
    assert notes.found == [[set()], [{number_of(reply) for reply in first}]]


@pytest.mark.parametrize("error", [RetryTransaction("again and again"), OperationalError("", {}, Exception(1114, "table is full"))])
def test_what_a_channel_cannot_write_keeps_its_orders_out(world: World, engine: Engine, error: Exception) -> None:
    notes = Notes(error)
    asked = sales(world, 1, 2)
    replies = engine.take_many(asked, notes.beside)
    assert [code_of(reply) for reply in replies] == [RefusalCode.BUSY] * 2
    assert notes.told
    assert noted(world) == set()
    assert world.one("SELECT COUNT(*) FROM orders WHERE kind = 'recharge'") == 0
    assert [reply.repeated for reply in engine.take_many(asked, Notes().beside)] == [False] * 2
    assert len(noted(world)) == 2


@pytest.mark.parametrize("many", [1, 2])
def test_what_a_channel_withdraws_is_told_to_it_alone(world: World, engine: Engine, many: int, caplog: pytest.LogCaptureFixture) -> None:
    asked = sales(world, *range(many))
    with caplog.at_level(logging.WARNING), pytest.raises(Withdrawn):
        engine.take_many(asked, Notes(Withdrawn()).beside)
    assert caplog.messages == []
    assert world.one("SELECT COUNT(*) FROM orders WHERE kind = 'recharge'") == 0
    assert [reply.repeated for reply in engine.take_many(asked)] == [False] * many


def test_a_write_of_a_transaction_that_is_run_again_is_run_again(world: World, engine: Engine) -> None:
    notes = Notes()

    def overtaken(connection: Connection, replies: Sequence[Reply], found: Sequence[Any]) -> Sequence[Change]:
        changes = notes.write(connection, replies, found)
        if len(notes.told) == 1:
            raise RetryTransaction("overtaken")
        return changes

    replies = engine.take_many(sales(world, 1), writing(overtaken))
    assert len(notes.told) == 2
    assert noted(world) == {number_of(replies[0])}


class Gathered:
    """Groups that gather while a first one is in its transaction, and so go together after it."""

    def __init__(self, world: World, engine: Engine) -> None:
        self.world, self.engine = world, engine
        self.answers: dict[int, list[Reply] | Exception] = {}

    def ask(self, **besides: Beside | None) -> None:
        threads = [threading.Thread(target=self._ask, args=(int(name[1:]), beside)) for name, beside in besides.items()]

        def first(_: Connection, __: Sequence[Reply], ___: Sequence[Any]) -> Sequence[Change]:
            for number, thread in enumerate(threads, 1):
                thread.start()
                while self.engine._committer._count < 2 * number:
                    time.sleep(0.001)
            return []

        self.engine.take_many(sales(self.world, 0), writing(first))
        for thread in threads:
            thread.join(LONG)

    def _ask(self, start: int, beside: Beside | None) -> None:
        try:
            self.answers[start] = self.engine.take_many(sales(self.world, start, start + 1), beside)
        except Withdrawn as error:
            self.answers[start] = error

    def numbers(self, start: int) -> list[str]:
        answers = self.answers[start]
        assert not isinstance(answers, Exception)
        return [number_of(reply) for reply in answers]


def test_groups_that_go_together_are_each_told_their_own(world: World, engine: Engine) -> None:
    gathered, notes = Gathered(world, engine), Notes()
    gathered.ask(_2=None, _4=notes.beside)
    assert notes.told == [gathered.numbers(4)]
    assert noted(world) == set(gathered.numbers(4))


def test_a_group_sees_what_those_before_it_wrote(world: World, engine: Engine) -> None:
    gathered, first, second = Gathered(world, engine), Notes(), Notes()
    gathered.ask(_2=first.beside, _4=second.beside)
    assert (first.found, second.found) == ([[set()]], [[set(gathered.numbers(2))]])
    assert noted(world) == {*gathered.numbers(2), *gathered.numbers(4)}


def test_a_group_that_is_withdrawn_takes_no_other_with_it(world: World, engine: Engine) -> None:
    gathered, kept = Gathered(world, engine), Notes()
    gathered.ask(_2=Notes(Withdrawn()).beside, _4=kept.beside, _6=None)
    assert isinstance(gathered.answers[2], Withdrawn)
    assert noted(world) == set(gathered.numbers(4))
    assert len(gathered.numbers(6)) == 2
    assert world.one("SELECT COUNT(*) FROM orders WHERE kind = 'recharge'") == 5


def believed(notes: Notes) -> Beside:
    return notes.beside._replace(new=True)


@pytest.mark.parametrize("many", [1, 3])
def test_what_a_channel_takes_for_new_is_not_looked_up(world: World, engine: Engine, many: int, monkeypatch: pytest.MonkeyPatch) -> None:
    looked_up: list[int] = []
    look_up = intake_reads.known_requests

    def counting(database: Database, keys: Sequence[tuple[int, str]]) -> Read[Any]:
        looked_up.append(len(keys))
        return look_up(database, keys)

    monkeypatch.setattr(intake_reads, "known_requests", counting)
    engine.take_many(sales(world, *range(many)), believed(Notes()))
    assert looked_up == [0]


@pytest.mark.parametrize("many", [1, 3])
def test_what_was_answered_before_is_never_done_again(world: World, engine: Engine, many: int) -> None:
    """However sure its channel is that it is new."""
    asked, notes = sales(world, *range(many)), Notes()
    first = engine.take_many(asked[:1])
    replies = engine.take_many(asked, believed(notes))
    assert [reply.repeated for reply in replies] == [True, *[False] * (many - 1)]
    assert number_of(replies[0]) == number_of(first[0])
    assert notes.told[-1] == [number_of(reply) for reply in replies]
    assert world.one("SELECT COUNT(*) FROM orders WHERE kind = 'recharge'") == many
    assert noted(world) == set(notes.told[-1])


def test_another_body_under_a_reference_that_was_taken_for_new(world: World, engine: Engine) -> None:
    asked = sales(world, 1)[0]
    engine.take(asked)
    other = ask.Request(asked.origin, asked.credential, ask.Recharge("13800138009", 5000))
    assert [code_of(reply) for reply in engine.take_many([other], Beside((), lambda *_: (), new=True))] == [RefusalCode.OTHER_BODY]
    assert world.one("SELECT COUNT(*) FROM orders WHERE kind = 'recharge'") == 1
