"""A try-out's folder: secrets made once, nobody else's to read, and one try-out at a time."""

import os
import stat
from pathlib import Path

import pytest

from recharge.settings import load_settings
from recharge.tryout.home import Home, HomeTaken, Ports

PORTS = Ports(page=21001, carrier=21002, callback=21003)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "var"


def secrets_of(home: Home) -> dict[str, bytes]:
    home.environment(PORTS)
    return {path.name: path.read_bytes() for path in [home.carrier_secret, home.folder / "master.key", home.folder / "web.secret"]}


def test_secrets_are_made_once_and_are_the_owners(folder: Path) -> None:
    home = Home(folder)
    made = secrets_of(home)
    assert len(set(made.values())) == 3
    assert all(len(value.strip()) == 64 for value in made.values())
    assert {stat.S_IMODE((folder / name).stat().st_mode) for name in made} == {0o600}
    home.close()
    again = Home(folder)
    assert secrets_of(again) == made
    again.close()


def test_nobody_else_looks_into_the_folder(folder: Path) -> None:
    folder.mkdir(mode=0o755)
    home = Home(folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert home.log("web").parent.is_dir()
    home.close()


def test_a_key_that_was_cut_short_is_made_anew(folder: Path) -> None:
    folder.mkdir()
    (folder / "master.new").write_text("half", encoding="ascii")
    home = Home(folder)
    assert len(secrets_of(home)["master.key"].strip()) == 64
    assert not (folder / "master.new").exists()
    home.close()


def test_one_try_out_at_a_time(folder: Path) -> None:
    home = Home(folder)
    with pytest.raises(HomeTaken, match="var"):
        Home(folder)
    home.close()
    Home(folder).close()


def test_the_environment_makes_good_settings(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = Home(folder)
    for name, value in home.environment(PORTS).items():
        monkeypatch.setenv(name, value)
    settings = load_settings()
    assert settings.environment == "development"
    assert settings.database_url == f"sqlite:///{folder}/kongchong.sqlite3"
    assert (settings.web_bind, settings.callback_bind) == ("127.0.0.1:21001", "127.0.0.1:21003")
    assert len(settings.web_secret.get_secret_value()) == 64
    home.close()


def test_a_deployments_own_database_is_never_touched(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KONGCHONG_DATABASE_URL", "mysql://books/production")
    monkeypatch.setenv("KONGCHONG_DATABASE_URL_FILE", "/etc/kongchong/database-url")
    monkeypatch.setenv("KONGCHONG_MASTER_KEY", "of production")
    monkeypatch.setenv("KONGCHONG_LANGUAGES", "en")
    home = Home(folder)
    environment = home.environment(PORTS)
    assert "production" not in str({name: value for name, value in environment.items() if name.startswith("KONGCHONG_")})
    assert "KONGCHONG_DATABASE_URL_FILE" not in environment
    assert environment["KONGCHONG_LANGUAGES"] == "en"
    assert environment["PATH"] == os.environ["PATH"]
    home.close()


def test_a_path_too_long_for_a_socket_does_without_the_bell(tmp_path: Path) -> None:
    short, long = Home(tmp_path / "a"), Home(tmp_path / ("x" * 100))
    assert ("KONGCHONG_WAKE_SOCKET" in short.environment(PORTS)) == (len(str(tmp_path / "a" / "wake.socket")) < 100)
    assert "KONGCHONG_WAKE_SOCKET" not in long.environment(PORTS)
    short.close()
    long.close()


def test_a_moved_carrier_is_noticed_once(folder: Path) -> None:
    home = Home(folder)
    assert home.moved_to(18081)
    assert not home.moved_to(18081)
    assert home.moved_to(18082)
    home.close()
