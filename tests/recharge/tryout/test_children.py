"""The processes of a try-out: kept running, stopped in order, never left behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from recharge.tryout import children as children_module
from recharge.tryout.children import Child, Children

SLEEPER = "import time\nprint('up', flush=True)\ntime.sleep(600)"
STUBBORN = "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('up', flush=True)\ntime.sleep(600)"


def until(true: Callable[[], object], seconds: float = 30) -> None:
    """Wait until something is so; a test that waits in vain says so."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


@pytest.fixture
def children() -> Iterator[Children]:
    kept = Children(os.environ)
    yield kept
    kept.stop()


def child(folder: Path, name: str, program: str) -> Child:
    return Child(name, [sys.executable, "-c", program], folder / f"{name}.log")


def up(one: Child) -> bool:
    return one.log.exists() and "up" in one.log.read_text(encoding="utf-8")


def test_a_child_runs_and_what_it_says_is_kept(children: Children, tmp_path: Path) -> None:
    sleeper = child(tmp_path, "sleeper", SLEEPER)
    children.start(sleeper)
    until(lambda: up(sleeper))
    assert sleeper.running
    assert children.look_after() == []


def test_a_child_that_dies_is_started_again(children: Children, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(children_module, "_SHORTEST_PAUSE", 0.05)
    sleeper = child(tmp_path, "sleeper", SLEEPER)
    sleeper.pause = 0.01
    children.start(sleeper)
    assert sleeper.process is not None
    first = sleeper.process.pid
    sleeper.process.kill()
    sleeper.process.wait()
    until(lambda: children.look_after() == ["sleeper"])
    assert sleeper.running
    assert sleeper.process.pid != first


def test_a_child_that_keeps_dying_is_started_ever_more_slowly(children: Children, tmp_path: Path) -> None:
    dying = child(tmp_path, "dying", "raise SystemExit(1)")
    dying.pause = 0.01
    children.start(dying)
    pauses = []
    for _ in range(4):
        assert dying.process is not None
        dying.process.wait()
        children.look_after()
        pauses.append(dying.pause)
        until(children.look_after)
    assert pauses == sorted(pauses)
    assert pauses[-1] == pytest.approx(0.16)


def test_the_pause_has_an_end_and_is_forgotten_after_a_steady_minute(
    children: Children, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dying = child(tmp_path, "dying", "raise SystemExit(1)")
    dying.pause = 29.0
    children.start(dying)
    assert dying.process is not None
    dying.process.wait()
    children.look_after()
    assert dying.pause == 30.0
    monkeypatch.setattr(children_module, "_STEADY_SECONDS", 0.0)
    dying.due = 0.0
    children.look_after()
    assert dying.pause == 1.0


def test_stopping_asks_and_the_last_started_first(children: Children, tmp_path: Path) -> None:
    order = tmp_path / "order"
    told = (
        "import signal, sys, time\n"
        f"def end(*_):\n    open({str(order)!r}, 'a').write(sys.argv[1] + ' ')\n    sys.exit()\n"
        "signal.signal(signal.SIGTERM, end)\nprint('up', flush=True)\ntime.sleep(600)"
    )
    pair = [Child(name, [sys.executable, "-c", told, name], tmp_path / f"{name}.log") for name in ("first", "second")]
    for one in pair:
        children.start(one)
    until(lambda: all(up(one) for one in pair))
    children.stop()
    assert order.read_text(encoding="utf-8").split() == ["second", "first"]
    assert not any(one.running for one in pair)


def test_one_that_does_not_listen_is_killed(children: Children, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(children_module, "_STOP_SECONDS", 0.2)
    stubborn = child(tmp_path, "stubborn", STUBBORN)
    children.start(stubborn)
    until(lambda: up(stubborn))
    children.stop()
    assert stubborn.process is not None
    assert stubborn.process.returncode == -signal.SIGKILL


def test_stopping_twice_does_no_harm(children: Children, tmp_path: Path) -> None:
    children.start(child(tmp_path, "sleeper", SLEEPER))
    children.stop()
    children.stop()


def test_children_of_a_killed_parent_go_too(tmp_path: Path) -> None:
    program = (
        "import os, sys, time\nfrom pathlib import Path\nfrom recharge.tryout.children import Child, Children\n"
        f"one = Child('one', [sys.executable, '-c', {SLEEPER!r}], Path({str(tmp_path / 'one.log')!r}))\n"
        "Children(os.environ).start(one)\nprint(one.process.pid, flush=True)\ntime.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        until(lambda: (tmp_path / "one.log").read_text(encoding="utf-8"))
        parent.kill()
    until(lambda: not alive(pid))


def alive(pid: int) -> bool:
    """Whether a process is still there and not merely waiting to be noticed as gone."""
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
