"""A terminal at a deployment: commands are typed, and what they print is looked at."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from recharge.cli import main
from recharge.tryout.play import province_folder

KEY = "00112233445566778899aabbccddeeff" * 2


class Terminal:
    """Types commands in English, so that tests read what an operator reads."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.runner = CliRunner()

    def type(self, *words: str, language: str = "en") -> Result:
        """Run a command."""
        return self.runner.invoke(main, ["--language", language, *words], catch_exceptions=False)

    def done(self, *words: str) -> str:
        """Run a command that must succeed; what it printed."""
        result = self.type(*words)
        assert result.exit_code == 0, result.output
        return result.output

    def refused(self, *words: str) -> str:
        """Run a command that must fail with one sentence; the sentence."""
        result = self.type(*words)
        assert result.exit_code != 0, result.output
        assert "Traceback" not in result.output
        return result.output

    def lines(self, *words: str) -> list[list[str]]:
        """The rows of a table that a command prints, without the heads."""
        return [line.split("\t") for line in self.done(*words).splitlines()[1:]]

    def secret_file(self, name: str = "link.secret", mode: int = 0o600) -> str:
        """A file with a link's secret."""
        path = self.folder / name
        path.write_text("s" * 40 + "\n", encoding="ascii")
        path.chmod(mode)
        return str(path)


def deploy(patch: pytest.MonkeyPatch, url: str) -> None:
    """Set what a deployment must set."""
    patch.setenv("KONGCHONG_ENVIRONMENT", "development")
    patch.setenv("KONGCHONG_DATABASE_URL", url)
    patch.setenv("KONGCHONG_MASTER_KEY", KEY)


@pytest.fixture
def terminal(tmp_path: Path, clean_sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """At a migrated, empty deployment."""
    deploy(monkeypatch, clean_sqlite_url)
    monkeypatch.chdir(tmp_path)
    return Terminal(tmp_path)


@contextmanager
def elsewhere(folder: Path, sqlite_template: Path) -> Iterator[Terminal]:
    """A terminal at an empty deployment in a folder, from which tests copy what is set up there once."""
    for piece in sqlite_template.parent.glob("template.sqlite3*"):
        shutil.copy(piece, folder / piece.name.replace("template", "clean"))
    with pytest.MonkeyPatch.context() as patch:
        deploy(patch, f"sqlite:///{folder / 'clean.sqlite3'}")
        patch.chdir(folder)
        yield Terminal(folder)


def moved_in(terminal: Terminal, template: Path) -> Terminal:
    """The terminal, at a copy of what is set up in the template's folder."""
    for piece in template.iterdir():
        shutil.copy(piece, terminal.folder / piece.name)
    return terminal


@pytest.fixture(scope="session")
def province_template(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the simulated province's database and first passwords."""
    folder = tmp_path_factory.mktemp("province")
    with elsewhere(folder, sqlite_template) as terminal:
        terminal.done("seed", str(province_folder()), "--secret", "carrier", terminal.secret_file())
    return folder


@pytest.fixture
def province(terminal: Terminal, province_template: Path) -> Terminal:
    """At the simulated province."""
    return moved_in(terminal, province_template)
