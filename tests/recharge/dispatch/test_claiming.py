"""Claims whose commit may or may not have been kept, claims that met another writer, and orders on trial."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from recharge.books.database import Database
from recharge.books.dispatch_statements import Claim, Ways
from recharge.books.link_statements import HEALTH, Health, change_health
from recharge.dispatch.core import Core
from recharge.dispatch.work import Submit
from recharge.domain.breaker import Breaker, BreakerState
from recharge.domain.outcomes import OutcomeState
from tests.recharge.dispatch.driver import Dispatcher, ScriptedLink
from tests.support.overtaken import OvertakenDatabase
from tests.support.province import Province
from tests.support.world import World


class LostAtCommit(Database):
    """A database whose next write loses its connection at the commit, which the server has kept or not."""

    lose: str = ""
    goes: bool = False
    away: bool = False

    @contextmanager
    def write(self) -> Iterator[Connection]:
        if self.lose == "before":
            self.lose = ""
            with self.engine.connect() as connection, connection.begin() as transaction:
                yield connection
                transaction.rollback()
            raise lost()
        with super().write() as connection:
            yield connection
        if self.lose == "after":
            self.lose, self.away = "", self.goes
            raise lost()

    @contextmanager
    def read(self, *, unchanging: bool = False) -> Iterator[Connection]:
        if self.away:
            raise lost()
        with super().read(unchanging=unchanging) as connection:
            yield connection


def lost() -> OperationalError:
    return OperationalError("COMMIT", {}, Exception(2013, "Lost connection to server during query"))


@pytest.fixture
def losing(world: World) -> Iterator[LostAtCommit]:
    database = LostAtCommit(world.url)
    yield database
    database.close()


@pytest.fixture
def unlucky(world: World, link: ScriptedLink, losing: LostAtCommit) -> Dispatcher:
    made = Dispatcher(world, {world.link_id: link})
    parts = type(made.parts)(losing, world.clock, world.ids, world.finisher, made.links, world.parts.calendar, made.rules)
    made.core = type(made.core)(parts)
    return made


def test_a_claim_that_was_kept_though_its_commit_was_lost_is_carried_out(
    world: World, unlucky: Dispatcher, losing: LostAtCommit, link: ScriptedLink
) -> None:
    reply = world.recharge("A", "50.00")
    losing.lose = "after"
    assert len(unlucky.step()) == 1
    assert len(link.asked) == 1
    assert world.state(reply) == "succeeded"


def test_a_claim_that_was_not_kept_sends_nothing(world: World, unlucky: Dispatcher, losing: LostAtCommit, link: ScriptedLink) -> None:
    reply = world.recharge("A", "50.00")
    losing.lose = "before"
    assert unlucky.step() == []
    assert link.asked == []
    assert world.state(reply) == "held"
    assert len(unlucky.step()) == 1
    assert world.state(reply) == "succeeded"
    assert world.one("SELECT COUNT(*) FROM attempt") == 1


def test_a_claim_that_cannot_be_looked_up_sends_nothing_and_is_recovered(
    world: World, unlucky: Dispatcher, losing: LostAtCommit, link: ScriptedLink
) -> None:
    reply = world.recharge("A", "50.00")
    losing.lose, losing.goes = "after", True
    with pytest.raises(OperationalError):
        unlucky.core.claim(10)
    losing.away = False
    assert link.asked == []
    world.clock.pass_time(seconds=91)
    unlucky.step()
    assert world.state(reply) == "unknown"
    assert link.asked == []


def test_an_order_that_changes_under_our_hands_fails_the_claim(world: World, dispatcher: Dispatcher, link: ScriptedLink) -> None:
    """By whatever way: the claim itself locks its orders, or has SQLite to itself the second time."""
    reply = world.recharge("A", "50.00")
    statements = dispatcher.core._claiming._statements
    original = statements.put_down

    def voided_meanwhile(connection: Connection, claim: Claim) -> None:
        world.database.change(connection, "UPDATE orders SET state = 'failed'")
        original(connection, claim)

    statements.put_down = voided_meanwhile  # type: ignore[method-assign]
    assert dispatcher.step() == []
    assert link.asked == []
    assert world.state(reply) == "held"
    assert world.one("SELECT COUNT(*) FROM attempt") == 0


def test_a_claim_beside_sqlites_writer_that_was_overtaken_is_made_anew(clean_sqlite_url: str) -> None:
    """Another dispatcher takes the order, cannot send it, and it is held again: just as it was seen, but for the try it has had."""
    world = Province(clean_sqlite_url)
    world.deposit("A", "1000.00")
    database = OvertakenDatabase(world.url)
    overtaken = Dispatcher(world, {world.link_id: ScriptedLink(world)})
    overtaken.parts = replace(overtaken.parts, database=database)
    overtaken.core = Core(overtaken.parts)
    reply = world.recharge("A", "50.00")
    database.meanwhile = lambda: world.hear(world.send(reply), OutcomeState.NOT_SENT)
    assert overtaken.core.claim(10) == []
    assert world.rows("SELECT ordinal, state FROM attempt") == [(1, "not_sent")]
    world.clock.pass_time(seconds=5)
    assert [type(work) for work in overtaken.core.claim(10)] == [Submit]
    assert world.rows("SELECT ordinal, state FROM attempt ORDER BY ordinal") == [(1, "not_sent"), (2, "sending")]
    database.close()
    world.close()


def half_open(world: World) -> None:
    with world.database.write() as connection:
        assert change_health(connection, Health(world.link_id, Breaker()), Health(world.link_id, Breaker(BreakerState.HALF_OPEN)))


def test_a_half_open_link_gets_one_order_at_a_time(world: World, dispatcher: Dispatcher, link: ScriptedLink) -> None:
    half_open(world)
    for last in range(3):
        world.recharge("A", "10.00", number=f"1380013800{last}")
    works = dispatcher.core.claim(10)
    assert len(works) == 1
    world.clock.pass_time(seconds=1)
    assert dispatcher.core.claim(10) == []
    dispatcher.carry_out(works)
    world.clock.pass_time(seconds=1)
    assert len(dispatcher.core.claim(10)) == 2


def test_a_trial_whose_sender_died_is_free_again(world: World, dispatcher: Dispatcher) -> None:
    half_open(world)
    world.recharge("A", "10.00", number="13800138001")
    assert len(dispatcher.core.claim(10)) == 1
    world.clock.pass_time(seconds=91)
    world.recharge("A", "10.00", number="13800138002")
    assert [work.order.number for work in dispatcher.core.claim(10) if isinstance(work, Submit)] == ["13800138002"]


def test_a_trial_another_dispatcher_has_just_taken_fails_the_claim(world: World, dispatcher: Dispatcher) -> None:
    half_open(world)
    world.recharge("A", "10.00")
    statements = dispatcher.core._claiming._statements
    original = statements.ways

    def takes(connection: Connection) -> None:
        health = world.database.find(connection, HEALTH)[world.link_id]
        assert change_health(connection, health, Health(world.link_id, health.breaker))

    def taken_meanwhile(connection: Connection) -> Ways:
        seen = original(connection)
        if connection.get_execution_options().get("kongchong_read_only"):
            with world.database.write() as other:
                takes(other)
        else:
            takes(connection)
        return seen

    statements.ways = taken_meanwhile  # type: ignore[method-assign]
    assert dispatcher.step() == []
    assert world.one("SELECT COUNT(*) FROM attempt") == 0


def test_the_lease_is_what_the_rules_say(world: World, dispatcher: Dispatcher) -> None:
    world.recharge("A", "10.00")
    work = dispatcher.core.claim(1)[0]
    assert isinstance(work, Submit)
    assert work.send_before - world.clock.now() == timedelta(seconds=30)
