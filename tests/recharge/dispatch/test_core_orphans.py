"""A restarted dispatcher takes up what the dead one of its machine held, and leaves the living alone."""

import os
import socket

from recharge.books.tables.metadata import stamp
from recharge.dispatch.work import Recover
from tests.recharge.dispatch.driver import Dispatcher
from tests.support.world import World


def test_what_a_dead_dispatcher_held_is_taken_up_at_once(world: World, dispatcher: Dispatcher) -> None:
    """Its process is gone from this machine: nobody waits for the end of its lease."""
    reply = world.recharge("A", "50.00")
    dispatcher.core.claim(10)
    nobody = 2**22 - 1  # above what this kernel gives to processes
    with world.database.write() as connection:
        text = "INSERT INTO worker (number, holder, seen_at) VALUES (?, ?, ?)"
        world.database.change(connection, text, (1, f"{socket.gethostname()}:{nobody}", stamp(world.clock.now())))
    assert dispatcher.core.free_orphans() == 1
    assert [type(work) for work in dispatcher.core.claim(10)] == [Recover]
    assert world.state(reply) == "sending"


def test_what_a_living_dispatcher_holds_is_left_to_it(world: World, dispatcher: Dispatcher) -> None:
    world.recharge("A", "50.00")
    dispatcher.core.claim(10)
    with world.database.write() as connection:
        text = "INSERT INTO worker (number, holder, seen_at) VALUES (?, ?, ?)"
        world.database.change(connection, text, (1, f"{socket.gethostname()}:{os.getpid()}", stamp(world.clock.now())))
    assert dispatcher.core.free_orphans() == 0
    assert dispatcher.core.claim(10) == []
