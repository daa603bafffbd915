"""What a batch reads before it decides: earlier requests, locked accounts and credentials, orders of the same number."""

from datetime import date, timedelta

import pytest

from recharge.books import intake_reads as reads
from recharge.books.credentials import save_tries, set_password
from recharge.books.tables.metadata import stamp
from recharge.domain.outcomes import OutcomeState
from recharge.domain.parties import PartyKind
from recharge.engine.administration import SHELL
from recharge.keys.store import same
from tests.support.books import number_of
from tests.support.world import MORNING, NUMBER, PASSWORD, World

TODAY = date(2026, 11, 20)


def endpoint_of(world: World, identity: str) -> int:
    return int(world.one("SELECT id FROM endpoint WHERE identity = ?", identity))


@pytest.mark.parametrize("count", [1, 3, 500])
def test_only_the_requests_that_were_answered_are_known(world: World, count: int) -> None:
    world.deposit("B", "1000.00")
    world.recharge("A", reference="r-0")
    world.recharge("B", reference="r-1")
    first, second = endpoint_of(world, "shop-a"), endpoint_of(world, "shop-b")
    keys = [(owner, f"r-{n}") for n in range(count) for owner in (first, second)]
    with world.database.read() as connection:
        found = world.database.find(connection, reads.known_requests(world.database, keys))
    assert set(found) == {(first, "r-0"), (second, "r-1")} & set(keys)
    assert all(len(item.body) == 16 and item.code == "" and item.order_id for item in found.values())


def test_no_keys_are_no_statement(world: World) -> None:
    with world.database.read() as connection:
        assert world.database.find(connection, reads.known_requests(world.database, [])) == {}
        assert world.database.find(connection, reads.locked_accounts(world.database, [], TODAY)) == {}
        assert world.database.find(connection, reads.locked_credentials(world.database, [])) == {}
        assert world.database.find(connection, reads.recent_sales([], MORNING)) == {}
        assert reads.orders_by_id(world.database, connection, []) == {}
        assert reads.ported(world.database, connection, []) == {}


def test_accounts_come_with_their_counters_rolled_to_the_day(world: World) -> None:
    world.recharge("A")
    number = world.one("SELECT id FROM account WHERE day_count > 0")
    with world.database.read() as connection:
        today = world.database.find(connection, reads.locked_accounts(world.database, [number, 12345], TODAY))
        tomorrow = world.database.find(connection, reads.locked_accounts(world.database, [number], TODAY + timedelta(days=1)))
        later = world.database.find(connection, reads.locked_accounts(world.database, [number], TODAY + timedelta(days=30)))
    assert set(today) == {number}
    counted = [(found[number].counters.day_count, found[number].counters.month_minor) for found in (today, tomorrow, later)]
    assert counted == [(1, 5000), (0, 5000), (0, 0)]
    assert not today[number].changed


def test_recent_sales_by_point_number_and_value(world: World) -> None:
    world.deposit("B", "100.00")
    first = world.recharge("A")
    second = world.recharge("A", mark=1)
    world.recharge("B")
    failed = world.recharge("A", "30.00")
    world.hear(world.send(failed), OutcomeState.FAILED)
    old = world.recharge("A", "10.00", "13800138001")
    party = {code: int(world.one("SELECT id FROM party WHERE code = ?", code)) for code in "AB"}
    with world.database.read() as connection:
        found = world.database.find(connection, reads.recent_sales([NUMBER, "13800138001"], MORNING))
        later = world.database.find(connection, reads.recent_sales([NUMBER], MORNING + timedelta(seconds=1)))
    assert found[party["A"], NUMBER, 5000] == (1, int(number_of(second)))
    assert found[party["B"], NUMBER, 5000][0] == 0
    assert found[party["A"], "13800138001", 1000] == (0, int(number_of(old)))
    assert (party["A"], NUMBER, 3000) not in found
    assert later == {}
    assert number_of(first) != number_of(second)


def test_orders_by_id_and_the_latest(world: World) -> None:
    numbers = []
    for n in range(3):
        numbers.append(int(number_of(world.recharge("A", "10.00", f"1380013800{n}"))))
        world.clock.pass_time(seconds=1)
    party = int(world.one("SELECT id FROM party WHERE code = 'A'"))
    with world.database.write() as connection:
        assert list(reads.orders_by_id(world.database, connection, [*numbers[::-1], 7], lock=True)) == numbers
        latest = [row.id for row in reads.latest_orders(world.database, connection, party, "", 2)]
        of_number = [row.id for row in reads.latest_orders(world.database, connection, None, "13800138000", 9)]
        anybodys = reads.latest_orders(world.database, connection, None, "", 50)
    assert (latest, of_number) == (numbers[:0:-1], numbers[:1])
    assert len(anybodys) == 4


def test_the_recap_of_a_day_leaves_other_days_out(world: World) -> None:
    world.recharge("A")
    world.clock.pass_time(days=1)
    world.recharge("A", "10.00")
    party = int(world.one("SELECT id FROM party WHERE code = 'A'"))
    with world.database.read() as connection:
        rows = [reads.recap_rows(world.database, connection, party, TODAY + timedelta(days=n)) for n in (0, 1, 2)]
    assert [[(row[0], row[1], int(row[2]), int(row[3])) for row in part] for part in rows] == [
        [("deposit", "succeeded", 1, 100000), ("recharge", "held", 1, 5000)],
        [("recharge", "held", 1, 1000)],
        [],
    ]


def credential(world: World) -> reads.CredentialRow:
    """Point A's own, as a batch reads it."""
    number = world.one("SELECT c.id FROM credential c JOIN party p ON p.id = c.party_id WHERE p.code = 'A'")
    with world.database.write() as connection:
        return world.database.find(connection, reads.locked_credentials(world.database, [number]))[number]


def test_tries_are_written_back_only_where_they_changed(world: World) -> None:
    found = credential(world)
    found.state.tries, found.state.locked_until = 4, MORNING
    with world.database.write() as connection:
        save_tries(world.database, connection, [found])
    assert credential(world).state.tries == 0
    found.changed = True
    with world.database.write() as connection:
        save_tries(world.database, connection, [found])
    assert (credential(world).state.tries, credential(world).state.locked_until) == (4, MORNING)


def test_a_password_set_anew_forgets_tries_and_lock(world: World) -> None:
    before = credential(world)
    before.state.tries, before.state.locked, before.changed = 5, True, True
    with world.database.write() as connection:
        save_tries(world.database, connection, [before])
        set_password(world.database, connection, world.keys, (before.party_id, 0), "836194", temporary=True, now=MORNING, new_id=1)
    after = credential(world)
    assert (after.id, after.state.tries, after.state.locked, after.must_change) == (before.id, 0, False, True)
    assert after.salt != before.salt
    mac = world.keys.password_mac(after.key_version, after.salt, after.party_id, 0, "836194")
    assert same(mac, after.mac)
    assert not same(world.keys.password_mac(after.key_version, after.salt, after.party_id, 0, PASSWORD), after.mac)


def test_a_first_password_reaches_every_process(world: World) -> None:
    world.office.parties.register(SHELL, "C", "网点C", PartyKind.POINT, "D3", "POINT")
    party = int(world.one("SELECT id FROM party WHERE code = 'C'"))
    before = world.one("SELECT version FROM directory_version")
    with world.database.write() as connection:
        set_password(world.database, connection, world.keys, (party, 0), "836194", temporary=False, now=MORNING, new_id=77)
    assert world.one("SELECT version FROM directory_version") == before + 1
    stored = world.rows("SELECT must_change, changed_at FROM credential WHERE id = 77")[0]
    assert (bool(stored[0]), str(stored[1])[:19]) == (False, stamp(MORNING)[:19])
