"""The operator's shell for a channel's own things: endpoints bound once, wrapped secrets kept and found."""

from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from recharge import EndpointKind, Settings, Shell, open_shell
from recharge.keys.store import CannotUnwrap
from tests.support.province import Province
from tests.support.world import MASTER_KEY, World

ICCID = "89860050110899556961"


@pytest.fixture
def world(clean_sqlite_url: str) -> Iterator[World]:
    made = Province(clean_sqlite_url)
    yield made
    made.close()


@pytest.fixture
def shell(world: World) -> Iterator[Shell]:
    opened = open_shell(Settings(database_url=world.url, master_key=SecretStr(MASTER_KEY.hex()), environment="development"))
    yield opened
    opened.close()


def endpoints(world: World) -> list[tuple[str, str, str]]:
    rows = world.office.endpoints.all()
    return [(row.identity, row.party_code, row.address) for row in rows if row.kind == EndpointKind.STK_SIM.value]


def test_an_endpoint_is_bound_once(world: World, shell: Shell) -> None:
    for _ in range(2):
        shell.bind(EndpointKind.STK_SIM, ICCID, "A", "13800138000")
    assert endpoints(world) == [(ICCID, "A", "13800138000")]
    assert world.rows("SELECT person_id FROM audit WHERE action = 'endpoint_bound' AND object LIKE '%6961'") == [(None,)]


def test_another_partys_endpoint_stays_its_own(world: World, shell: Shell) -> None:
    shell.bind(EndpointKind.STK_SIM, ICCID, "A", "13800138000")
    with pytest.raises(ValueError, match=ICCID):
        shell.bind(EndpointKind.STK_SIM, ICCID, "B", "13800138000")
    assert endpoints(world) == [(ICCID, "A", "13800138000")]


def test_nobody_gets_an_endpoint_who_is_not_there(world: World, shell: Shell) -> None:
    with pytest.raises(ValueError, match="NOBODY"):
        shell.bind(EndpointKind.STK_SIM, ICCID, "NOBODY", "13800138000")
    assert endpoints(world) == []


def test_a_wrapped_secret_is_kept_and_found(world: World, shell: Shell) -> None:
    wrapped = shell.keys.wrap("stk_kic", "GD", 3, b"k" * 16)
    shell.put("stk_kic", "GD", 3, wrapped)
    found = shell.get("stk_kic", "GD", 3)
    assert found == wrapped
    assert world.keys.unwrap("stk_kic", "GD", 3, found) == b"k" * 16
    assert world.rows("SELECT count(*) FROM audit WHERE action = 'secret_kept' AND object = 'stk_kic:GD'") == [(1,)]


def test_a_version_is_never_written_over(shell: Shell) -> None:
    first = shell.keys.wrap("stk_kic", "GD", 1, b"a" * 16)
    shell.put("stk_kic", "GD", 1, first)
    with pytest.raises(ValueError, match="GD"):
        shell.put("stk_kic", "GD", 1, shell.keys.wrap("stk_kic", "GD", 1, b"b" * 16))
    assert shell.get("stk_kic", "GD", 1) == first


def test_what_was_wrapped_for_something_else_is_not_kept(shell: Shell) -> None:
    with pytest.raises(CannotUnwrap):
        shell.put("stk_kic", "GD", 2, shell.keys.wrap("stk_kic", "GD", 1, b"a" * 16))
    with pytest.raises(LookupError):
        shell.get("stk_kic", "GD", 2)


@pytest.mark.parametrize(("purpose", "name"), [("", "GD"), ("stk_kic", ""), ("stk\n", "GD")])
def test_a_secret_has_a_name(shell: Shell, purpose: str, name: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        shell.put(purpose, name, 1, shell.keys.wrap(purpose, name, 1, b"a" * 16))
