"""What a process knows of parties and the catalogue: never older than the last committed change."""

from collections.abc import Iterable, Sequence

import pytest
from sqlalchemy import Connection

from recharge.books.changes import PARTY, record_change
from recharge.books.database import Database
from recharge.books.directory import Directory, EndpointKey, ids_on
from recharge.books.statements import AnyRow
from recharge.domain.parties import Endpoint, Role
from recharge.domain.requests import EndpointKind
from recharge.engine.administration import SHELL
from tests.support.world import World

SHOP_A, SHOP_B = (EndpointKind.WEB_LOGIN, "shop-a"), (EndpointKind.WEB_LOGIN, "shop-b")
SETTLE = (EndpointKind.CONSOLE, "settle")


def look(world: World, directory: Directory, keys: Iterable[EndpointKey] = (SHOP_A,)) -> list[Endpoint | None]:
    """What a batch would see."""
    wanted = list(keys)
    with world.database.read() as connection:
        directory.refresh(world.database, connection)
        directory.load_endpoints(connection, wanted)
    return [directory.endpoint(key) for key in wanted]


def statements(world: World, directory: Directory, monkeypatch: pytest.MonkeyPatch) -> int:
    """How many statements one look at what is known already takes."""
    from sqlalchemy import event

    seen: list[str] = []

    def note(_: object, __: object, statement: str, *___: object) -> None:
        seen.append(statement)

    plain = world.database.rows

    def rows(connection: Connection, text: str, values: Sequence[object] = ()) -> Sequence[AnyRow]:
        seen.append(text)
        return plain(connection, text, values)

    monkeypatch.setattr(world.database, "rows", rows)
    event.listen(world.database.engine, "before_cursor_execute", note)
    look(world, directory)
    event.remove(world.database.engine, "before_cursor_execute", note)
    return sum(text.startswith("SELECT") for text in seen)


def test_an_endpoint_with_its_party_and_person(world: World) -> None:
    shop, staff = look(world, Directory(), (SHOP_A, SETTLE))
    assert shop is not None
    assert staff is not None
    assert (shop.party.code, shop.person, shop.role, shop.language) == ("A", None, Role.OWNER, "zh_CN")
    assert shop.credential_id is not None
    assert staff.person is not None
    assert (staff.person.code, staff.role, staff.party.code) == ("SETTLE", Role.SETTLEMENT, "ROOT")


def test_the_distributors_above_nearest_first_and_never_the_platform(world: World) -> None:
    directory = Directory()
    shop = look(world, directory)[0]
    assert shop is not None
    assert [party.code for party in directory.uplines(shop.party)] == ["D3", "D2", "D1"]
    middle = directory.uplines(shop.party)[1]
    assert [party.code for party in directory.uplines(middle)] == ["D1"]


def test_what_is_known_costs_one_small_read(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    directory = Directory()
    look(world, directory)
    assert statements(world, directory, monkeypatch) == 1


def test_a_stranger_is_looked_for_again_each_time(world: World) -> None:
    directory, line = Directory(), (EndpointKind.PHONE_LINE, "13800138000")
    assert look(world, directory, (line,)) == [None]
    world.office.endpoints.bind(SHELL, EndpointKind.PHONE_LINE, "13800138000", "A")
    found = look(world, directory, (line,))[0]
    assert found is not None
    assert found.party.code == "A"


def test_names_are_told_apart_to_the_letter(world: World) -> None:
    directory = Directory()
    assert look(world, directory, ((EndpointKind.WEB_LOGIN, "SHOP-A"), (EndpointKind.WEB_LOGIN, "shop-a "))) == [None, None]
    with world.database.read() as connection:
        assert directory.party_by_code(connection, "a") is None
        assert directory.party_by_code(connection, "A ") is None
        assert directory.party_by_code(connection, "A") is not None


def test_a_block_is_seen_by_the_next_look_of_every_process(world: World) -> None:
    processes = [Directory(), Directory()]
    for directory in processes:
        assert [item is not None and not item.stopped for item in look(world, directory, (SHOP_A, SHOP_B))] == [True, True]
    world.office.parties.block(SHELL, "A")
    for directory in processes:
        assert [item is not None and item.stopped for item in look(world, directory, (SHOP_A, SHOP_B))] == [True, False]
    world.office.endpoints.block(SHELL, *SHOP_B)
    for directory in processes:
        assert all(item is not None and item.stopped for item in look(world, directory, (SHOP_A, SHOP_B)))
    world.office.parties.unblock(SHELL, "A")
    world.office.endpoints.unblock(SHELL, *SHOP_B)
    for directory in processes:
        assert not any(item is None or item.stopped for item in look(world, directory, (SHOP_A, SHOP_B)))


def test_a_restored_backup_makes_everybody_look_again(world: World) -> None:
    """The version goes back: what a living process knew may never have been."""
    directory = Directory()
    with world.database.read() as connection:
        before = world.database.rows(connection, "SELECT version FROM directory_version")[0][0]
    world.office.parties.block(SHELL, "A")
    assert [found.stopped for found in look(world, directory) if found] == [True]
    with world.database.write() as connection:
        world.database.change(connection, "UPDATE party SET blocked = ? WHERE code = 'A'", (False,))
        world.database.change(connection, "DELETE FROM directory_change WHERE version > ?", (before,))
        world.database.change(connection, "UPDATE directory_version SET version = ?", (before,))
    assert [found.stopped for found in look(world, directory) if found] == [False]


def test_a_blocked_person_stops_his_endpoint(world: World) -> None:
    directory = Directory()
    look(world, directory, (SETTLE,))
    world.office.people.block(SHELL, "SETTLE")
    found = look(world, directory, (SETTLE,))[0]
    assert found is not None
    assert found.stopped


def test_a_change_that_is_not_committed_is_nobodys(world: World) -> None:
    directory = Directory()
    look(world, directory)
    with world.database.engine.connect() as connection:
        world.database.change(connection, "UPDATE party SET blocked = 1 WHERE code = 'A'")
        record_change(connection, PARTY, 1)
        connection.rollback()
    found = look(world, directory)[0]
    assert found is not None
    assert not found.stopped


def test_a_new_price_and_a_new_range_are_seen_at_once(world: World) -> None:
    directory = Directory()
    look(world, directory)
    before = directory.catalogue
    world.office.catalogue.set_active(SHELL, "MS50", active=False)
    look(world, directory)
    assert directory.catalogue is not before
    assert "MS50" not in directory.catalogue.by_code
    assert "MS50" in before.by_code


def test_a_changed_party_leaves_the_catalogue_as_it_is(world: World) -> None:
    directory = Directory()
    look(world, directory)
    before = directory.catalogue
    world.office.parties.rename(SHELL, "A", "新名")
    found = look(world, directory)[0]
    assert found is not None
    assert found.party.name == "新名"
    assert directory.catalogue is before


def test_more_endpoints_than_one_statement_takes(world: World) -> None:
    keys: list[EndpointKey] = [(EndpointKind.STK_SIM, f"8986{n:016}") for n in range(700)]
    assert look(world, Directory(), [SHOP_A, *keys, SHOP_B]).count(None) == 700


def test_an_endpoint_by_its_id_is_always_read_anew(world: World) -> None:
    directory = Directory()
    shop = look(world, directory)[0]
    assert shop is not None
    with world.database.read() as connection:
        assert directory.endpoint_by_id(connection, shop.id) == shop
        assert directory.endpoint_by_id(connection, 5) is None


def test_an_empty_database_has_an_empty_directory(database: Database) -> None:
    directory = Directory()
    with database.read() as connection:
        directory.refresh(database, connection)
        assert directory.party_by_code(connection, "A") is None
        assert directory.catalogue.by_code == {}


def test_the_ids_on_a_path() -> None:
    assert ids_on("/1/7/42/") == [1, 7, 42]
    assert ids_on("/1/") == [1]
