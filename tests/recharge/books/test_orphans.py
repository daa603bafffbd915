"""Orders of a dispatcher that died come due at once; those of one that lives, here or elsewhere, are left alone."""

import pytest

from recharge.books.ids import IdMaker, worker_of
from recharge.books.orphans import free_orphans
from recharge.books.tables.metadata import stamp
from recharge.domain.replies import Reply
from tests.support.world import World

HERE, DEAD, LIVING = "counter-1", 4711, 4712


def alive(process: int) -> bool:
    return process == LIVING


def on_its_way(world: World, lease: str) -> tuple[Reply, int]:
    """An order that some dispatcher claimed under this lease for the next 90 seconds."""
    reply = world.recharge("A", "50.00", mark=99)
    world.send(reply)
    assert reply.order is not None
    order_id = int(reply.order.order_number)
    due = world.clock.now().replace(microsecond=0)
    with world.database.write() as connection:
        text = "UPDATE orders SET lease = ?, due_at = ? WHERE id = ?"
        world.database.change(connection, text, (lease, stamp(due.replace(minute=due.minute + 1)), order_id))
    return reply, order_id


def lease_of(world: World, number: int, holder: str) -> str:
    """A claim's token of the process that holds this worker number."""
    with world.database.write() as connection:
        text = "INSERT INTO worker (number, holder, seen_at) VALUES (?, ?, ?)"
        world.database.change(connection, text, (number, holder, stamp(world.clock.now())))
    return f"{IdMaker(number, world.clock).next():x}"


def is_due(world: World, order_id: int) -> bool:
    return str(world.one("SELECT due_at FROM orders WHERE id = ?", order_id))[:19] == stamp(world.clock.now())[:19]


@pytest.mark.parametrize(
    ("holder", "freed"),
    [
        (f"{HERE}:{DEAD}", True),
        (f"{HERE}:{LIVING}", False),
        (f"counter-2:{DEAD}", False),
        ("by hand", False),
    ],
)
def test_only_the_dead_of_this_machine_are_found(world: World, holder: str, freed: bool) -> None:
    _, order_id = on_its_way(world, lease_of(world, 77, holder))
    assert free_orphans(world.database, world.clock.now(), HERE, alive) == int(freed)
    assert is_due(world, order_id) is freed
    assert free_orphans(world.database, world.clock.now(), HERE, alive) == 0


@pytest.mark.parametrize("lease", ["", "not hexadecimal"])
def test_a_lease_of_another_kind_is_left_alone(world: World, lease: str) -> None:
    lease_of(world, 77, f"{HERE}:{DEAD}")
    on_its_way(world, lease)
    assert free_orphans(world.database, world.clock.now(), HERE, alive) == 0


def test_an_order_that_is_only_asked_about_later_keeps_its_plan(world: World) -> None:
    lease = lease_of(world, 77, f"{HERE}:{DEAD}")
    _, order_id = on_its_way(world, lease)
    with world.database.write() as connection:
        world.database.change(connection, "UPDATE orders SET state = 'unknown' WHERE id = ?", (order_id,))
    assert free_orphans(world.database, world.clock.now(), HERE, alive) == 0


@pytest.mark.parametrize("number", [0, 1, 1023])
def test_an_id_tells_who_made_it(world: World, number: int) -> None:
    maker = IdMaker(number, world.clock)
    assert {worker_of(maker.next()) for _ in range(5000)} == {number}
