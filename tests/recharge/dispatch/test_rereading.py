"""A rule made from a text nobody could read: earlier texts end their orders in the ordinary way, and the story names who made the rule."""

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from recharge.books.reply_statements import Miss, keep_miss, open_misses
from recharge.books.tables.parties import person
from recharge.dispatch.links import LinkPool
from recharge.dispatch.parts import DispatchParts
from recharge.dispatch.rereading import Rereader
from recharge.domain.outcomes import AnswerSource, OutcomeState
from recharge.domain.replies import Reply
from recharge.domain.reply_rules import Meaning, ReplyRule, Scope, Unread, Why
from recharge.engine.administration import Actor
from recharge.engine.story import story
from recharge.verify import holds, report, verify_books
from tests.recharge.dispatch.driver import Dispatcher, ScriptedLink
from tests.recharge.suppliers.h2h.harness import H2hHarness
from tests.support.world import NUMBER, World

S = OutcomeState
SCOPE = Scope("CARRIER", "http")
DONE = r"Orbit (?P<our_ref>[0-9]{1,19}): top-up of (?P<number>[0-9]{11}) landed, SN (?P<sn>[0-9]{1,9})\."
LOST = r"Orbit (?P<our_ref>[0-9]{1,19}): top-up of (?P<number>[0-9]{11}) burnt up\."


class Office:
    """A dispatcher's rereading over a province, a text server in the place of its link, and a clerk who makes rules."""

    def __init__(self, world: World, dispatcher: Dispatcher, link: ScriptedLink) -> None:
        self.world, self.dispatcher, self.link = world, dispatcher, link
        self.pool = LinkPool(world.database, world.keys, world.clock, timedelta(seconds=90))
        self.pool._running[world.link_id] = H2hHarness().link(1, world.clock, replies=self.pool.replies)
        self.pool._codes["CARRIER"] = world.link_id
        links: Any = self.pool
        calendar = world.parts.calendar
        parts = DispatchParts(world.database, world.clock, world.ids, world.finisher, links, calendar, replies=self.pool.replies)
        self.rereader = Rereader(parts, self.pool)
        with world.database.read() as connection:
            self.clerk = Actor(connection.execute(select(person.c.id).where(person.c.code == "OPS1")).scalar_one())

    def send(self, state: OutcomeState = S.UNKNOWN, number: str = NUMBER) -> tuple[Reply, int]:
        """An order whose answer says this much; the attempt's id."""
        self.link.says.append(state)
        reply = self.world.recharge("A", "50.00", number)
        self.dispatcher.step()
        assert reply.order is not None
        return reply, int(self.world.one("SELECT id FROM attempt WHERE order_id = ?", int(reply.order.order_number)))

    def unread(self, text: str, attempt_id: int | None, scope: Scope = SCOPE) -> int:
        """A text that no rule could read."""
        made = self.world.ids.next()
        with self.world.database.write() as connection:
            keep_miss(connection, made, scope, text, Unread(Why.NO_RULE), self.world.clock.now(), attempt_id)
        self.world.clock.pass_time(seconds=30)
        return made

    def rule(self, miss_id: int, pattern: str = DONE, meaning: Meaning = Meaning.SUCCESS, code: str = "ORBIT") -> int:
        """The clerk makes a rule from a text, and the dispatcher comes by."""
        draft = ReplyRule(code, pattern, meaning, (), self.world.clock.now(), Scope("CARRIER"), decimal="")
        read = self.world.office.replies.make(self.clerk, miss_id, draft)
        self.pool.read()
        return read

    def waiting(self) -> list[Miss]:
        """What waits for a person."""
        with self.world.database.read() as connection:
            return open_misses(connection)


@pytest.fixture
def office(world: World, dispatcher: Dispatcher, link: ScriptedLink) -> Office:
    return Office(world, dispatcher, link)


def test_every_text_of_the_wording_ends_its_own_order(office: Office) -> None:
    first, second = office.send(), office.send(number="13800138001")
    miss = office.unread(f"Orbit {first[1]}: top-up of {NUMBER} landed, SN 71.", first[1])
    office.unread(f"Orbit {second[1]}: top-up of 13800138001 landed, SN 72.", second[1])
    assert office.rule(miss) == 2
    assert [one.rule_code for one in office.waiting()] == ["ORBIT", "ORBIT"]
    assert office.rereader.turn() == 2
    assert [office.world.state(reply) for reply, _ in (first, second)] == ["succeeded", "succeeded"]
    assert office.waiting() == []
    assert office.world.rows("SELECT serial_number FROM attempt ORDER BY id") == [("71",), ("72",)]
    assert office.rereader.turn() == 0
    findings = verify_books(office.world.database, office.world.clock.now() + timedelta(seconds=1))
    assert holds(findings), report(findings)


@pytest.mark.parametrize(
    ("language", "said"), [("zh_CN", "按规则ORBIT解读，该规则由OPS1 OPS1于"), ("en", "made at"), ("id", "yang dibuat OPS1 OPS1 pada")]
)
def test_the_story_names_who_made_the_rule(office: Office, language: str, said: str) -> None:
    reply, attempt = office.send()
    office.rule(office.unread(f"Orbit {attempt}: top-up of {NUMBER} landed, SN 71.", attempt))
    office.rereader.turn()
    assert reply.order is not None
    details = [detail for step in story(office.world.database, reply.order.order_number, language).steps for detail in step.details]
    assert [detail for detail in details if "ORBIT" in detail and said in detail]


def test_a_rule_that_was_there_before_the_order_is_nobodys_news(office: Office) -> None:
    office.rule(office.unread(f"Orbit 1: top-up of {NUMBER} landed, SN 71.", None))
    office.world.clock.pass_time(seconds=1)
    reply, attempt = office.send()
    office.world.hear(attempt, S.SUCCESS, AnswerSource.QUERY, code="ORBIT", serial_number="9", number=NUMBER, amount_minor=5000)
    assert reply.order is not None
    steps = story(office.world.database, reply.order.order_number, "en").steps
    assert not [detail for step in steps for detail in step.details if "ORBIT" in detail]


def test_a_failure_gives_the_money_back(office: Office) -> None:
    reply, attempt = office.send()
    before = office.world.balance("A")
    office.rule(office.unread(f"Orbit {attempt}: top-up of {NUMBER} burnt up.", attempt), LOST, Meaning.FAILED)
    office.rereader.turn()
    assert office.world.state(reply) == "failed"
    assert office.world.balance("A") > before


def test_what_contradicts_an_end_is_a_dispute_and_moves_nothing(office: Office) -> None:
    reply, attempt = office.send(S.SUCCESS)
    balance = office.world.balance("A")
    office.rule(office.unread(f"Orbit {attempt}: top-up of {NUMBER} burnt up.", attempt), LOST, Meaning.FAILED)
    assert office.rereader.turn() == 1
    assert (office.world.state(reply), office.world.balance("A")) == ("succeeded", balance)
    assert office.world.one("SELECT COUNT(*) FROM order_event WHERE kind = 'dispute'") == 1
    assert office.waiting() == []


@pytest.mark.parametrize(
    "text",
    [
        # Another number, another reference, nobody's reference.
        "Orbit {attempt}: top-up of 13911139111 landed, SN 71.",
        "Orbit 77: top-up of {number} landed, SN 71.",
    ],
)
def test_what_speaks_of_another_order_stays_in_the_queue(office: Office, text: str) -> None:
    reply, attempt = office.send()
    office.rule(office.unread(text.format(attempt=attempt, number=NUMBER), attempt))
    assert office.rereader.turn() == 0
    assert office.world.state(reply) == "unknown"
    assert [one.rule_code for one in office.waiting()] == ["ORBIT"]


def test_a_callbacks_text_finds_its_order_by_our_reference(office: Office) -> None:
    reply, attempt = office.send()
    office.rule(office.unread(f"Orbit {attempt}: top-up of {NUMBER} landed, SN 71.", None, Scope("CARRIER", "callback")))
    assert office.rereader.turn() == 1
    assert office.world.state(reply) == "succeeded"


def test_a_text_of_no_attempt_and_one_of_another_links_stay(office: Office) -> None:
    _, attempt = office.send()
    miss = office.unread("Orbit 5: top-up of 13800138000 landed, SN 71.", None)
    office.unread(f"Orbit {attempt}: top-up of {NUMBER} landed, SN 72.", attempt, Scope("GONE", "http"))
    office.rule(miss)
    assert office.rereader.turn() == 0
    assert len(office.waiting()) == 2


def test_not_taken_proves_nothing_once_it_is_not_known_what_was_asked(office: Office) -> None:
    reply, attempt = office.send()
    office.rule(office.unread(f"Orbit {attempt}: top-up of {NUMBER} burnt up.", attempt), LOST, Meaning.NOT_SENT)
    assert office.rereader.turn() == 0
    assert office.world.state(reply) == "unknown"
    assert len(office.waiting()) == 1


def test_ambiguous_texts_stay(office: Office) -> None:
    reply, attempt = office.send()
    miss = office.unread(f"Orbit {attempt}: top-up of {NUMBER} landed, SN 71.", attempt)
    office.rule(miss)
    # Whether it is read again before or after, a text that two rules would read otherwise is not read at all.
    other = ReplyRule("OTHER", r"Orbit [0-9]{1,19}: .{1,60}71\.", Meaning.FAILED, (), datetime(2020, 1, 1, tzinfo=UTC), Scope("CARRIER"))
    office.pool.replies.take([*office.pool.replies.rules, other])
    assert office.rereader.turn() == 0
    assert office.world.state(reply) == "unknown"
    assert len(office.waiting()) == 1


def test_what_is_of_no_order_leaves_the_queue_at_once(office: Office) -> None:
    assert office.rule(office.unread("Orbit weather: sunny.", None), r"Orbit weather: [a-z]{1,20}\.", Meaning.NOISE) == 1
    assert office.waiting() == []


def test_a_second_dispatcher_that_was_as_quick_adds_nothing(office: Office) -> None:
    _, attempt = office.send()
    office.rule(office.unread(f"Orbit {attempt}: top-up of {NUMBER} landed, SN 71.", attempt))
    [miss] = office.waiting()
    assert office.rereader._bring(miss)
    assert office.rereader._bring(miss)
    assert office.world.one("SELECT COUNT(*) FROM answer WHERE source = 'callback'") == 1


def test_a_database_that_is_away_is_waited_for(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recharge.dispatch.rereading._EVERY_SECONDS", 0.0)
    stopped, turns = threading.Event(), iter([OperationalError("", {}, Exception("away")), None])

    def on_thread(_work: object) -> None:
        error = next(turns)
        if error is not None:
            raise error
        stopped.set()

    office.rereader.run(on_thread, stopped)
    assert stopped.is_set()
