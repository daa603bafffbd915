"""Whatever goes wrong in a command is one sentence in the person's language, without a secret and with exit status 1."""

import click
import pytest
from click.testing import CliRunner

from recharge.books.database import DatabaseBusy
from recharge.cli import main
from recharge.cli.console import AMOUNT
from tests.recharge.cli.conftest import KEY, Terminal


def test_every_command_explains_itself() -> None:
    def walk(command: click.Command, words: list[str]) -> None:
        result = CliRunner().invoke(main, [*words, "--help"])
        assert result.exit_code == 0
        assert command.help, words
        for name, inner in getattr(command, "commands", {}).items():
            walk(inner, [*words, name])

    walk(main, [])


def test_everything_wrong_with_the_settings_is_told(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KONGCHONG_DATABASE_URL")
    monkeypatch.setenv("KONGCHONG_CUT_OFF", "soon")
    told = terminal.refused("check")
    assert "KONGCHONG_DATABASE_URL" in told
    assert "KONGCHONG_CUT_OFF" in told
    assert KEY not in told


@pytest.mark.parametrize(("language", "sentence"), [("zh_CN", "没有找到代理 NOWHERE。"), ("en", "There is no"), ("id", "Tidak ada")])
def test_a_refused_change_is_told_in_the_persons_language(terminal: Terminal, language: str, sentence: str) -> None:
    result = terminal.type("party", "block", "NOWHERE", language=language)
    assert result.exit_code == 1
    assert sentence in result.output


def test_the_language_is_that_of_the_terminal(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "id_ID.UTF-8")
    result = terminal.runner.invoke(main, ["party", "block", "NOWHERE"])
    assert "Tidak ada" in result.output


def test_a_database_that_is_away_is_told_without_its_address(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KONGCHONG_DATABASE_URL", f"sqlite:///{terminal.folder}/no/such/folder/books.sqlite3")
    told = terminal.refused("party", "list")
    assert "database is away" in told
    assert "SELECT" not in told


def test_a_busy_database_is_told(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*_: object) -> None:
        raise DatabaseBusy

    monkeypatch.setattr("recharge.books.database.Database.retrying", busy)
    assert "busy" in terminal.refused("tier", "add", "GOLD", "金牌")


@pytest.mark.parametrize(("typed", "minor"), [("100", 100_00), ("100.00", 100_00), ("0.01", 1), ("１００", 100_00)])
def test_amounts_are_typed_as_people_write_them(typed: str, minor: int) -> None:
    assert AMOUNT.convert(typed, None, None) == minor


@pytest.mark.parametrize("typed", ["", "-1", "1.005", "ten", "1e3"])
def test_what_is_no_amount_is_refused(typed: str) -> None:
    with pytest.raises(click.BadParameter):
        AMOUNT.convert(typed, None, None)
