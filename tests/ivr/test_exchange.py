"""A private Asterisk's home, and how it is said that there is none."""

import os
import re
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ivr import exchange
from ivr.exchange import ExchangeSettings, NoExchange, filled, prepare
from tests.support.asterisk import Asterisk

INSTALL = exchange.TEMPLATES.parent / "install.sh"


@pytest.fixture
def prefix(tmp_path: Path) -> Path:
    """What looks like an Asterisk that has two modules."""
    folder = tmp_path / "ast"
    (folder / "modules").mkdir(parents=True)
    (folder / "share" / "documentation").mkdir(parents=True)
    for name in ("res_agi.so", "app_read.so"):
        (folder / "modules" / name).touch()
    return folder


@pytest.fixture
def languages(tmp_path: Path) -> Path:
    folder = tmp_path / "prompts"
    for language in ("zh", "en", "id"):
        (folder / language).mkdir(parents=True)
    return folder


def test_a_home_holds_everything_and_is_its_owners_alone(prefix: Path, languages: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    secret = prepare(prefix, home, languages, ExchangeSettings(5061, 5039, most=7, name="box1"))
    text = {path.name: path.read_text() for path in (home / "etc").iterdir()}
    assert f"secret = {secret.read_text()}" in text["manager.conf"]
    assert "bind = 127.0.0.1:5061" in text["pjsip.conf"]
    assert "IVR_MOST = 7" in text["extensions.conf"]
    assert "systemname = box1" in text["asterisk.conf"]
    assert not any(re.search("^[^;]*@[A-Z_]+@", text[name], re.MULTILINE) for name in text)
    for path in home.rglob("*"):
        if not path.is_symlink():
            assert not stat.S_IMODE(path.stat().st_mode) & 0o077, path


def test_modules_that_this_release_has_not_are_not_asked_for(prefix: Path, languages: Path, tmp_path: Path) -> None:
    prepare(prefix, tmp_path / "home", languages, ExchangeSettings(1, 2))
    text = (tmp_path / "home" / "etc" / "modules.conf").read_text()
    assert [line for line in text.splitlines() if line.startswith("load")] == ["load = app_read.so", "load = res_agi.so"]


def test_a_home_is_prepared_again_with_the_same_secret(prefix: Path, languages: Path, tmp_path: Path) -> None:
    first, again = (prepare(prefix, tmp_path / "home", languages, ExchangeSettings(1, 2)).read_text() for _ in range(2))
    assert first == again
    assert len(first) == 48


def test_a_secret_that_is_given_is_used(prefix: Path, languages: Path, tmp_path: Path) -> None:
    (tmp_path / "given").write_text("between us\n")
    prepare(prefix, tmp_path / "home", languages, ExchangeSettings(1, 2), tmp_path / "given")
    assert "secret = between us\n" in (tmp_path / "home" / "etc" / "manager.conf").read_text()


def test_a_long_path_has_its_socket_elsewhere(prefix: Path, languages: Path, tmp_path: Path) -> None:
    home = tmp_path / ("x" * 90)
    prepare(prefix, home, languages, ExchangeSettings(1, 2))
    line = next(line for line in (home / "etc" / "asterisk.conf").read_text().splitlines() if line.startswith("astrundir"))
    folder = Path(line.partition("=> ")[2])
    assert len(str(folder)) < 80
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    folder.chmod(0o777)
    with pytest.raises(NoExchange, match="somebody else"):
        prepare(prefix, home, languages, ExchangeSettings(1, 2))
    folder.rmdir()


def test_templates_know_nothing_of_the_machine() -> None:
    for path in exchange.TEMPLATES.glob("*.conf"):
        assert "/home/" not in path.read_text()
    assert filled("a @B@ c", {"B": "b"}) == "a b c"


def test_asterisk_that_is_not_here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ASTERISK_PREFIX", str(tmp_path))
    assert exchange.installed() is None
    done = subprocess.run(
        [sys.executable, "-m", "ivr.exchange", "--home", str(tmp_path / "h"), "--prompts", str(tmp_path)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "install.sh" in done.stderr


@pytest.mark.skipif(not os.access("/usr/bin/apt-get", os.X_OK), reason="no Debian")
def test_where_no_release_answers_the_script_says_so_with_3(tmp_path: Path) -> None:
    environment = {**os.environ, "ASTERISK_SUITES": "nosuchrelease", "ASTERISK_MIRROR": "http://127.0.0.1:9/debian"}
    done = subprocess.run([str(INSTALL), str(tmp_path / "ast")], env=environment, capture_output=True, text=True, check=False, timeout=100)
    assert done.returncode == 3
    assert "none of these releases answers: nosuchrelease" in done.stderr
    assert not (tmp_path / "ast").exists()


def test_an_asterisk_that_stands_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "asterisk"
    program.write_text("#!/bin/sh\nexit 0\n")
    program.chmod(0o755)
    assert subprocess.run([str(INSTALL), str(tmp_path)], capture_output=True, check=False).returncode == 0
    assert program.read_text().endswith("exit 0\n")


def test_what_cannot_be_fetched_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ASTERISK_PREFIX", str(tmp_path / "none"))
    monkeypatch.setattr(exchange, "TEMPLATES", tmp_path / "elsewhere" / "etc")
    assert exchange.fetch(tmp_path / "prompts").endswith("install.sh is not here")


@pytest.mark.asterisk
def test_the_managers_user_may_do_no_more_than_it_must(asterisk: Asterisk) -> None:
    told = asterisk.console("manager show user kongchong")
    rights = {line.partition(":")[0].strip().split()[0]: line.partition(":")[2].strip() for line in told.splitlines() if ":" in line}
    assert (set(rights["read"].split(",")), set(rights["write"].split(","))) == ({"call", "agi", "dtmf"}, {"call", "agi"})
    assert "manager.conf" not in asterisk.log()
    for right in ("system", "command", "originate", "config"):
        assert right not in rights["write"]


@pytest.mark.asterisk
def test_asterisk_starts_without_a_complaint(asterisk: Asterisk) -> None:
    complaints = [line for line in asterisk.log().splitlines() if " WARNING[" in line or " ERROR[" in line]
    assert [line for line in complaints if "indications" not in line and "agi" not in line.lower()] == []


def test_where_it_cannot_be_had_a_try_out_is_told_and_not_held_up(tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "ASTERISK_PREFIX": str(tmp_path / "none"),
        "ASTERISK_SUITES": "nosuchrelease",
        "ASTERISK_MIRROR": "http://127.0.0.1:9/debian",
    }
    words = [sys.executable, "-m", "ivr.exchange", "--fetch", "--home", str(tmp_path / "home"), "--prompts", str(tmp_path / "prompts")]
    with subprocess.Popen(words, env=environment, stderr=subprocess.DEVNULL) as process:
        state, until = tmp_path / "home" / "state", time.monotonic() + 100
        while not (state.exists() and state.read_text().startswith("missing: ")):
            assert time.monotonic() < until
            assert process.poll() is None
            time.sleep(0.05)
        process.terminate()
        assert process.wait(30) == -signal.SIGTERM
