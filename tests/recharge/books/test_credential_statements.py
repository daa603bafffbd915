"""Service passwords as they are kept: set over what was there, tries written back, and what a second process sees of both."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from recharge.books.changes import PARTY
from recharge.books.credentials import save_tries, set_password
from recharge.books.database import Database
from recharge.books.intake_reads import CredentialRow, locked_credentials
from recharge.domain.passwords import TryRules
from tests.support.province import Province
from tests.support.world import World

NEW = "583017"


@pytest.fixture
def world(clean_sqlite_url: str) -> Iterator[World]:
    made = Province(clean_sqlite_url)
    yield made
    made.close()


def credential_id(world: World, party: str) -> int:
    text = "SELECT c.id FROM credential c JOIN party p ON p.id = c.party_id WHERE p.code = ? AND c.person_id = 0"
    return int(world.one(text, party))


def read(world: World, *ids: int) -> dict[int, CredentialRow]:
    with world.database.write() as connection:
        return world.database.find(connection, locked_credentials(world.database, ids))


def give(world: World, holder: tuple[int, int], *, temporary: bool = False, new_id: int = 99) -> None:
    with world.database.write() as connection:
        moment = world.clock.now()
        set_password(world.database, connection, world.keys, holder, NEW, temporary=temporary, now=moment, new_id=new_id)


def changes(world: World) -> list[tuple[str, int]]:
    return [(str(kind), int(object_id)) for kind, object_id in world.rows("SELECT kind, object_id FROM directory_change ORDER BY version")]


def test_a_password_takes_the_place_of_the_old_one(world: World) -> None:
    number = credential_id(world, "A")
    before = read(world, number)[number]
    stale = changes(world)
    give(world, (before.party_id, 0), temporary=True)
    after = read(world, number)[number]
    assert (after.id, after.must_change) == (number, True)
    assert (after.salt, after.mac) != (before.salt, before.mac)
    assert after.mac == world.keys.password_mac(after.key_version, after.salt, after.party_id, 0, NEW)
    # Processes cache which credential vouches where, not what it says.
    assert changes(world) == stale


def test_the_same_digits_never_look_the_same(world: World) -> None:
    a, b = credential_id(world, "A"), credential_id(world, "B")
    parties = [row.party_id for row in read(world, a, b).values()]
    for party in parties:
        give(world, (party, 0))
    rows = read(world, a, b)
    assert rows[a].salt != rows[b].salt
    assert rows[a].mac != rows[b].mac
    first = rows[a].mac
    give(world, (rows[a].party_id, 0))
    assert read(world, a)[a].mac != first


def test_a_first_password_makes_processes_look_again(world: World) -> None:
    party_id = int(world.one("SELECT id FROM party WHERE code = 'D1'"))
    give(world, (party_id, 0), new_id=4711)
    assert read(world, 4711)[4711].party_id == party_id
    assert changes(world)[-1] == (PARTY, party_id)


def test_a_persons_password_is_not_the_partys(world: World) -> None:
    number = credential_id(world, "A")
    party_id = read(world, number)[number].party_id
    mac = read(world, number)[number].mac
    give(world, (party_id, 12345), new_id=4711)
    rows = read(world, number, 4711)
    assert rows[number].mac == mac
    assert (rows[4711].person_id, rows[4711].party_id) == (12345, party_id)
    assert rows[4711].mac != world.keys.password_mac(rows[4711].key_version, rows[4711].salt, party_id, 0, NEW)


def wrong(world: World, number: int, times: int) -> CredentialRow:
    """So many wrong tries, each in a transaction of its own as in life."""
    for _ in range(times):
        with world.database.write() as connection:
            row = world.database.find(connection, locked_credentials(world.database, [number]))[number]
            row.state.wrong(world.clock.now(), TryRules())
            row.changed = True
            save_tries(world.database, connection, [row])
    return read(world, number)[number]


@pytest.mark.parametrize(("times", "pauses", "locked"), [(1, False, False), (2, False, False), (3, True, False), (5, True, True)])
def test_wrong_tries_are_remembered(world: World, times: int, pauses: bool, locked: bool) -> None:
    state = wrong(world, credential_id(world, "A"), times).state
    assert (state.tries, state.locked) == (times, locked)
    assert state.locked_until == (world.clock.now() + timedelta(minutes=15) if pauses else None)


def test_tries_that_did_not_change_are_not_written(world: World) -> None:
    number = credential_id(world, "A")
    row = wrong(world, number, 1)
    row.state.tries = 77
    with world.database.write() as connection:
        save_tries(world.database, connection, [row])
    assert read(world, number)[number].state.tries == 1


def test_a_new_password_lifts_the_lock(world: World) -> None:
    number = credential_id(world, "A")
    row = wrong(world, number, 5)
    give(world, (row.party_id, 0))
    state = read(world, number)[number].state
    assert (state.tries, state.locked_until, state.locked) == (0, None, False)


def test_another_process_counts_on_where_the_first_stopped(world: World) -> None:
    number = credential_id(world, "A")
    wrong(world, number, 2)
    other = Database(world.url)
    with other.write() as connection:
        row = other.find(connection, locked_credentials(other, [number]))[number]
        row.state.wrong(world.clock.now(), TryRules())
        row.changed = True
        save_tries(other, connection, [row])
    other.close()
    assert read(world, number)[number].state.locked_until == world.clock.now() + timedelta(minutes=15)


def test_nobody_is_read_for_nobody(world: World) -> None:
    assert read(world) == {}
    assert read(world, 1) == {}
