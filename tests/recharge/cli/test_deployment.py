"""Check, migrate and first set-up from the terminal."""

import stat
from pathlib import Path

import pytest

from recharge.tryout.commands import NotUp
from recharge.tryout.home import HomeTaken
from recharge.tryout.play import PortTaken, province_folder
from tests.recharge.cli.conftest import Terminal


def test_a_database_without_tables_is_told_and_migrated(terminal: Terminal, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KONGCHONG_DATABASE_URL", sqlite_url)
    assert "kongchong migrate" in terminal.refused("check")
    terminal.done("migrate")
    assert "kongchong seed" in terminal.refused("check")


@pytest.mark.mariadb
def test_the_same_on_mariadb(terminal: Terminal, mariadb_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KONGCHONG_DATABASE_URL", mariadb_url)
    terminal.done("migrate")
    terminal.done("seed", str(province_folder()), "--secret", "carrier", terminal.secret_file())
    assert "in order" in terminal.done("check")


def test_the_province_is_set_up_once(province: Terminal) -> None:
    assert "in order" in province.done("check")
    assert "nothing was changed" in province.done("seed", str(province_folder()), "--secret", "carrier", province.secret_file())
    deposits = {row[0]: row[3] for row in province.lines("party", "list")}
    assert (deposits["P1001"], deposits["D111"], deposits["HQ"]) == ("5000.00", "8000.00", "0.00")


def test_the_passwords_stand_in_a_file_of_the_operators(province: Terminal) -> None:
    file = province.folder / "logins.txt"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "login shop " in file.read_text(encoding="utf-8")


def test_a_set_up_that_cannot_be_used_is_told(terminal: Terminal, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    assert "cannot be used" in terminal.refused("seed", str(empty))
    assert "carrier was given" in terminal.refused("seed", str(province_folder()))


def test_a_secret_file_open_to_others_is_refused(terminal: Terminal) -> None:
    told = terminal.refused("seed", str(province_folder()), "--secret", "carrier", terminal.secret_file(mode=0o644))
    assert "chmod 600" in told


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (PortTaken(8080), "Port 8080 is taken"),
        (HomeTaken("/somewhere"), "Another Kongchong uses /somewhere"),
        (NotUp("web", Path("web.log")), "web did not come up; see web.log"),
    ],
)
def test_why_a_try_out_does_not_start_is_one_sentence(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, error: Exception, sentence: str
) -> None:
    def play(*_: object) -> None:
        raise error

    monkeypatch.setattr("recharge.tryout.play.play", play)
    assert sentence in terminal.refused("run", "--home", str(terminal.folder))


def test_a_site_without_its_secret_fails_the_check(province: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KONGCHONG_ENVIRONMENT", "production")
    assert "KONGCHONG_WEB_SECRET" in province.refused("check")
    monkeypatch.setenv("KONGCHONG_WEB_SECRET", "a-secret-for-the-site-of-a-test-0123")
    assert "in order" in province.done("check")


def test_upkeep_is_its_own_program(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[str] = []
    monkeypatch.setattr("recharge.upkeep.main", lambda: started.append("upkeep"))
    monkeypatch.setattr("recharge.logs.configure_logs", started.append)
    terminal.done("upkeep")
    assert started == ["INFO", "upkeep"]


def test_dispatching_is_the_dispatchers_own_program(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[str] = []
    monkeypatch.setattr("recharge.dispatcher.run", lambda settings: started.append(settings.database_url))
    monkeypatch.setattr("recharge.logs.configure_logs", started.append)
    terminal.done("dispatch")
    assert started[0] == "INFO"
    assert started[1].startswith("sqlite:")


def test_a_call_from_the_terminal(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command becomes the simulated telephone, with the try-out's prompts."""
    became: list[list[str]] = []
    monkeypatch.setattr("os.execv", lambda _, words: became.append(words))
    terminal.done("call", "--home", str(terminal.folder / "var"), "--line", "13800138002", "--sip-port", "5062")
    told = became[0]
    assert told[1:4] == ["-m", "simulators.telephone", "--terminal"]
    assert told[told.index("--sip-port") + 1] == "5062"
    assert told[told.index("--line") + 1] == "13800138002"
    assert Path(told[told.index("--prompts") + 1]).parts[-2:] == ("var", "prompts")
