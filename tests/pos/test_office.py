"""The back office's program as an operator runs it, on a deployment's settings."""

import runpy
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pos import tables
from pos.crypto.des import check_value
from pos.office import main, office
from recharge.domain.parties import Role
from recharge.domain.requests import EndpointKind
from recharge.engine.administration import SHELL
from tests.pos.peers import key_block
from tests.pos.stand import COMPONENTS, MASTER, MERCHANT, TERMINAL, Stand
from tests.support.world import MASTER_KEY, World

PASSWORDS = {"security": "a long enough password", "operations": "another long password", "shop-a": "the shop's own password"}


@pytest.fixture
def deployment(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """A province whose staff has logins."""
    monkeypatch.setenv("KONGCHONG_ENVIRONMENT", "development")
    monkeypatch.setenv("KONGCHONG_DATABASE_URL", world.url)
    monkeypatch.setenv("KONGCHONG_MASTER_KEY", MASTER_KEY.hex())
    desk = world.office
    desk.people.register(SHELL, "SEC1", "安全甲", "ROOT", Role.SECURITY)
    for user, person in (("security", "SEC1"), ("operations", "OPS1")):
        desk.endpoints.bind(SHELL, EndpointKind.WEB_LOGIN, user, "ROOT", person)
    for user, password in PASSWORDS.items():
        desk.endpoints.set_login(SHELL, user, password)
    return world


def told(*words: object, typed: str = "") -> Result:
    return CliRunner().invoke(office, ["--language", "en", *map(str, words)], input=typed)


def bring(folder: Path, ordinal: int, user: str, password: str = "", owner: str = TERMINAL, *more: str) -> Result:
    key = COMPONENTS[ordinal - 1]
    (folder / "component").write_text(key.hex())
    (folder / "password").write_text(password or PASSWORDS[user])
    files = ("--file", folder / "component", "--password-file", folder / "password")
    return told("component", owner, ordinal, "--check", check_value(key).hex()[:6], "--user", user, *files, *more)


def test_from_registration_to_a_key(deployment: World, tmp_path: Path) -> None:
    assert told("register", TERMINAL, MERCHANT, "A", "--serial", "SN1").exit_code == 0
    assert "no key" in told("list").output
    assert "still to come" in bring(tmp_path, 1, "security").output
    made = bring(tmp_path, 2, "operations")
    assert check_value(MASTER).hex().upper() in made.output
    assert "signed off" in told("list").output
    shown = told("journal", TERMINAL).output
    assert "component 2 of 2 by OPS1" in shown
    assert "registered" in shown
    assert not any(key.hex() in shown + made.output for key in (*COMPONENTS, MASTER))


def test_typed_without_being_shown(deployment: World) -> None:
    told("register", TERMINAL, MERCHANT, "A")
    words = ("component", TERMINAL, 1, "--check", check_value(COMPONENTS[0]).hex(), "--user", "security")
    done = told(*words, typed=f"{PASSWORDS['security']}\n{COMPONENTS[0].hex()}\n")
    assert done.exit_code == 0, done.output
    assert COMPONENTS[0].hex() not in done.output
    assert PASSWORDS["security"] not in done.output


@pytest.mark.parametrize(("user", "password"), [("security", "wrong"), ("shop-a", ""), ("nobody", "x")])
def test_only_staff_that_proves_itself_handles_keys(deployment: World, tmp_path: Path, user: str, password: str) -> None:
    told("register", TERMINAL, MERCHANT, "A")
    done = bring(tmp_path, 1, user, password)
    assert done.exit_code == 1
    assert "not staff who may handle keys" in done.output


def test_the_same_person_twice_and_a_broken_component(deployment: World, tmp_path: Path) -> None:
    told("register", TERMINAL, MERCHANT, "A")
    bring(tmp_path, 1, "security")
    assert "another person" in bring(tmp_path, 2, "security").output
    (tmp_path / "half").write_text(COMPONENTS[0].hex()[:30])
    files = ("--file", tmp_path / "half", "--password-file", tmp_path / "password")
    done = told("component", TERMINAL, 1, "--check", "000000", "--user", "security", *files)
    assert done.exit_code == 1
    assert COMPONENTS[0].hex()[:30] not in done.output


def test_a_key_in_a_block(deployment: World, tmp_path: Path) -> None:
    told("register", TERMINAL, MERCHANT, "A")
    for ordinal, user in ((1, "security"), (2, "operations")):
        assert bring(tmp_path, ordinal, user, "", "ZONE1", "--protection").exit_code == 0
    key = bytes(range(16))
    (tmp_path / "block").write_text(key_block("D", MASTER, key))
    words = (tmp_path / "block", "--user", "operations", "--password-file", tmp_path / "password")
    done = told("key-block", TERMINAL, "ZONE1", *words)
    assert check_value(key).hex().upper() in done.output
    assert told("key-block", TERMINAL, "ZONE2", *words).exit_code == 1


def test_a_terminals_life(deployment: World, tmp_path: Path) -> None:
    told("register", TERMINAL, MERCHANT, "A")
    assert told("block", TERMINAL, "stolen").exit_code == 0
    assert "blocked\tstolen" in told("list").output
    assert told("unblock", TERMINAL).output.strip() == "Done."
    assert told("force-sign-in", TERMINAL).exit_code == 0
    assert told("upkeep").exit_code == 0
    missing = told("block", "KC999999", "x")
    assert (missing.exit_code, "No such terminal: KC999999" in missing.output) == (1, True)


def test_batches_and_differences(deployment: World) -> None:
    from pos.fields.totals import Totals
    from tests.pos.test_settlement import end, settle

    stand = Stand(deployment)
    stand.sign_in()
    stand.sold()
    settle(stand, Totals(9000, 1))
    end(stand)
    stand.close()
    assert "000001\tclosed\tuploaded" in told("batches", TERMINAL).output
    assert "50.00/1 0.00/0\t90.00/1 0.00/0" in told("batches", TERMINAL).output
    line = told("differences").output.split("\t")
    assert line[3:7] == ["host_only", "13800138000", "50.00", "-"]
    assert told("clear", line[0], "seen to").exit_code == 0
    assert told("differences").output == ""
    assert "seen to" in told("differences", "--all").output
    assert told("clear", line[0], "again").exit_code == 1


def test_no_token_where_none_is_configured(deployment: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["office", "token-master"])
    with pytest.raises(SystemExit) as caught:
        main()
    assert "no token" in str(caught.value)


def test_run_as_a_module_without_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("KONGCHONG_DATABASE_URL", "KONGCHONG_MASTER_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "argv", ["office", "list"])
    monkeypatch.delitem(sys.modules, "pos.office", raising=False)
    with pytest.raises(SystemExit) as caught:
        runpy.run_module("pos.office", run_name="__main__")
    assert "KONGCHONG_DATABASE_URL" in str(caught.value)


def test_tables_are_the_channels_own() -> None:
    assert all(table.name.startswith("pos_") for table in tables.OWN_TABLES)
