"""Texts that no rule reads: kept by the dispatcher, and the rules of the day handed to running links."""

from datetime import timedelta

from recharge.books.reply_statements import open_misses
from recharge.dispatch.core import Core
from recharge.dispatch.links import LinkPool
from recharge.dispatch.parts import DispatchParts
from recharge.domain.reply_rules import Meaning, ReplyRule, Scope
from recharge.engine.administration import SHELL
from recharge.suppliers.replies import ReplyReader
from tests.support.world import World

SCOPE = Scope("CARRIER", "http")


def test_unread_texts_come_into_the_queue(world: World) -> None:
    replies = ReplyReader()
    parts = DispatchParts(world.database, world.clock, world.ids, world.finisher, {}, world.parts.calendar, replies=replies)
    core = Core(parts)
    replies.read("what  is\nthis", SCOPE, world.clock.now(), attempt_id=5)
    core.look_after_links()
    core.look_after_links()
    with world.database.read() as connection:
        [miss] = open_misses(connection)
    assert (miss.scope, miss.text, miss.attempt_id) == (SCOPE, "what is this", 5)


def test_rules_reach_the_links_with_their_next_look(world: World) -> None:
    pool = LinkPool(world.database, world.keys, world.clock, timedelta(seconds=90))
    pool.take(pool.read())
    assert pool.replies.read("R#7 ok", SCOPE, world.clock.now()) is None
    rule = ReplyRule("OK", r"R#(?P<our_ref>[0-9]{1,9}) ok", Meaning.SUCCESS, ("R#1 ok",), world.clock.now())
    world.office.replies.add(SHELL, rule)
    pool.take(pool.read())
    told = pool.replies.read("R#7 ok", SCOPE, world.clock.now())
    assert told is not None
    assert told.our_reference == "7"
