"""The scripts behind make, tried in a copy of their own with stand-ins for apt, dpkg and pip."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.source import ROOT

Run = Callable[..., subprocess.CompletedProcess[str]]
NEEDED_TOOLS = ("sh", "cat", "cksum", "dirname", "grep", "mktemp", "rm", "pwd")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder with the scripts and requirement files, and a path with the plainest programs only."""
    shutil.copytree(ROOT / "tools", tmp_path / "tools")
    for name in ("requirements.txt", "requirements-dev.txt", "requirements-mariadb.txt", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "bin").mkdir()
    for name in NEEDED_TOOLS:
        (tmp_path / "bin" / name).symlink_to(str(shutil.which(name)))
    return tmp_path


def program(home: Path, name: str, body: str) -> None:
    """Put a stand-in on the path; it writes down how it was called."""
    path = home / "bin" / name
    path.write_text(f'#!/bin/sh\nprintf "%s\\n" "{name} $*" >>"{home}/calls"\n{body}\n')
    path.chmod(0o755)


def calls(home: Path) -> list[str]:
    path = home / "calls"
    return path.read_text().splitlines() if path.exists() else []


@pytest.fixture
def run(home: Path) -> Run:
    """Runs shell text with the scripts' shared part loaded."""

    def run_text(text: str, **variables: str) -> subprocess.CompletedProcess[str]:
        environment = {"PATH": f"{home}/bin", "HOME": str(home), **variables}
        command = ["sh", "-eu", "-c", f". tools/common.sh\n{text}"]
        return subprocess.run(command, cwd=home, env=environment, capture_output=True, text=True, check=False)

    return run_text


def virtualenv(home: Path, body: str = "exit 0") -> None:
    """A .venv whose Python is a stand-in."""
    (home / ".venv" / "bin").mkdir(parents=True)
    program(home, "venv-python", body)
    (home / ".venv" / "bin" / "python").symlink_to(home / "bin" / "venv-python")


class TestPackages:
    def test_only_missing_packages_are_named(self, home: Path, run: Run) -> None:
        program(home, "dpkg-query", '[ "$4" = present ] && echo "install ok installed" || exit 1')
        assert run("missing_packages present absent").stdout == "absent "

    def test_a_package_that_was_removed_is_missing(self, home: Path, run: Run) -> None:
        program(home, "dpkg-query", 'echo "deinstall ok config-files"')
        assert run("missing_packages gone").stdout == "gone "

    def test_nothing_is_asked_of_debian_when_all_is_there(self, home: Path, run: Run) -> None:
        program(home, "dpkg-query", 'echo "install ok installed"')
        program(home, "apt-get", "")
        assert run("apt_install one two").returncode == 0
        assert not [call for call in calls(home) if call.startswith("apt-get")]

    def test_what_is_missing_is_installed_after_one_look_at_the_lists(self, home: Path, run: Run) -> None:
        program(home, "dpkg-query", '[ "$4" = one ] && echo "install ok installed" || exit 1')
        program(home, "apt-get", "")
        run("apt_install one two three")
        asked = [call for call in calls(home) if call.startswith("apt-get")]
        assert asked == ["apt-get -qq update", "apt-get -qq install -y --no-install-recommends two three"]

    def test_what_debian_said_is_shown_when_it_fails(self, home: Path, run: Run) -> None:
        program(home, "dpkg-query", "exit 1")
        program(home, "apt-get", 'echo "no such package"; exit 100')
        told = run("apt_install one")
        assert told.returncode != 0
        assert "no such package" in told.stderr

    def test_a_person_who_is_not_root_is_told_what_to_install(self, home: Path) -> None:
        for name in ("dpkg", "apt-get"):
            program(home, name, "")
        program(home, "dpkg-query", "exit 1")
        program(home, "id", "echo 1000")
        told = script(home, "system-packages")
        assert told.returncode == 0
        assert "As root: apt-get install mariadb-server libmariadb-dev" in told.stderr
        assert not [call for call in calls(home) if call.startswith("apt-get")]

    def test_elsewhere_than_on_debian_the_suite_goes_on_without(self, home: Path) -> None:
        told = script(home, "system-packages")
        assert told.returncode == 0
        assert told.stderr.startswith("Not Debian")


def script(home: Path, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run one of the scripts itself."""
    return subprocess.run(
        ["sh", str(home / "tools" / name), *arguments],
        cwd=home,
        env={"PATH": f"{home}/bin", "HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )


class TestPython:
    def test_an_old_python_is_passed_over(self, home: Path, run: Run) -> None:
        program(home, "python3.11", "exit 1")
        program(home, "python3", "exit 0")
        assert run('find_python; echo "$PYTHON"').stdout == "python3\n"

    def test_a_python_a_person_names_comes_first(self, home: Path, run: Run) -> None:
        program(home, "mine", "exit 0")
        program(home, "python3.11", "exit 0")
        assert run('find_python; echo "$PYTHON"', PYTHON="mine").stdout == "mine\n"

    def test_no_python_is_said_plainly(self, run: Run) -> None:
        told = run("find_python")
        assert told.returncode == 1
        assert "Python 3.11 or later is needed" in told.stderr

    def test_a_python_without_virtual_environments_names_the_package(self, home: Path, run: Run) -> None:
        program(home, "python3", "exit 1")
        program(home, "id", "echo 1000")
        told = run("PYTHON=python3; make_virtualenv")
        assert told.returncode == 1
        assert "apt-get install python3-venv" in told.stderr

    def test_a_virtual_environment_that_works_is_kept(self, home: Path, run: Run) -> None:
        virtualenv(home)
        (home / ".venv" / "kept").touch()
        assert run("PYTHON=python3; make_virtualenv").returncode == 0
        assert (home / ".venv" / "kept").exists()


class TestInstalling:
    def test_the_same_requirements_are_installed_once(self, home: Path, run: Run) -> None:
        virtualenv(home)
        for _ in range(2):
            assert run("install_once run requirements.txt").returncode == 0
        assert len([call for call in calls(home) if "pip install" in call]) == 1

    @pytest.mark.parametrize("changed", ["requirements.txt", "pyproject.toml"])
    def test_changed_requirements_are_installed_again(self, home: Path, run: Run, changed: str) -> None:
        virtualenv(home)
        run("install_once run requirements.txt")
        with (home / changed).open("a") as file:
            file.write("# changed\n")
        run("install_once run requirements.txt")
        assert len([call for call in calls(home) if "pip install" in call]) == 2

    def test_a_failed_installation_is_tried_again(self, home: Path, run: Run) -> None:
        virtualenv(home, "exit 1")
        assert run("install_once run requirements.txt").returncode != 0
        assert not (home / ".venv" / "installed-run").exists()

    def test_without_headers_the_driver_is_left_out_and_named(self, home: Path, run: Run) -> None:
        virtualenv(home, "exit 1")
        told = run("install_mariadb_driver")
        assert told.returncode == 0
        assert "SQLite only" in told.stderr
        assert "libmariadb-dev" in told.stderr

    def test_with_headers_the_driver_is_built(self, home: Path, run: Run) -> None:
        virtualenv(home)
        for name in ("pkg-config", "cc"):
            program(home, name, "exit 0")
        assert run("install_mariadb_driver").returncode == 0
        assert [call for call in calls(home) if "requirements-mariadb.txt" in call]

    def test_a_driver_that_does_not_build_stops_nobody(self, home: Path, run: Run) -> None:
        virtualenv(home, 'case "$*" in *pip*) exit 1 ;; esac')
        for name in ("pkg-config", "cc"):
            program(home, name, "exit 0")
        told = run("install_mariadb_driver")
        assert told.returncode == 0
        assert "could not be built: SQLite only" in told.stderr


class TestBench:
    def test_without_a_name_it_says_which_there_are(self, home: Path) -> None:
        (home / "bench").mkdir()
        for name in ("orders", "_shared", "__init__"):
            (home / "bench" / f"{name}.py").touch()
        program(home, "basename", 'name=${1##*/}; printf "%s\\n" "${name%"$2"}"')
        told = script(home, "bench")
        assert told.returncode == 2
        assert told.stderr.splitlines()[1:] == ["  orders"]


def test_the_scripts_are_plain_shell() -> None:
    scripts = [path for path in (ROOT / "tools").iterdir() if path.is_file() and path.read_bytes().startswith(b"#!/bin/sh")]
    assert len(scripts) >= 5
    for path in [*scripts, ROOT / "tools" / "common.sh"]:
        subprocess.run(["sh", "-n", str(path)], check=True)


def test_continuous_integration_runs_what_a_person_runs() -> None:
    text = (ROOT / ".ci" / "run").read_text()
    assert text.index("make check") < text.index("make test")
    assert "export CI=true" in text
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
