"""Writers of one SQLite file queue, threads and processes alike; nobody who dies or forks takes the lock along."""

import multiprocessing
import os
import signal
import threading
from multiprocessing.connection import Connection as Pipe
from pathlib import Path

import pytest

from recharge.books.writer_lock import WriterLock, writer_lock

LONG = 30
SPAWN = multiprocessing.get_context("spawn")


def held_elsewhere(path: str, pipe: "Pipe[object, object]") -> None:
    """Another process that takes the lock, says so, and keeps it until it is told to let go."""
    with writer_lock(path):
        pipe.send("mine")
        pipe.recv()
    pipe.send("let go")
    pipe.recv()


def another(path: Path) -> tuple["Pipe[object, object]", "multiprocessing.process.BaseProcess"]:
    ours, theirs = SPAWN.Pipe()
    process = SPAWN.Process(target=held_elsewhere, args=(str(path), theirs), daemon=True)
    process.start()
    assert ours.recv() == "mine"
    return ours, process


def taken(lock: WriterLock) -> threading.Event:
    """Set once another thread has had the lock."""
    had = threading.Event()

    def take() -> None:
        with lock:
            had.set()

    threading.Thread(target=take, daemon=True).start()
    return had


def test_one_lock_a_file_whatever_way_leads_there(tmp_path: Path) -> None:
    (tmp_path / "way").symlink_to(tmp_path)
    assert writer_lock(str(tmp_path / "a")) is writer_lock(str(tmp_path / "way" / "a"))
    assert writer_lock(str(tmp_path / "a")) is not writer_lock(str(tmp_path / "b"))


def test_a_thread_takes_it_again_and_others_wait_for_the_last_leaving(tmp_path: Path) -> None:
    lock = writer_lock(str(tmp_path / "a"))
    with lock:
        with lock:
            had = taken(lock)
        assert not had.is_set()
    assert had.wait(LONG)


def test_another_process_is_waited_for(tmp_path: Path) -> None:
    pipe, process = another(tmp_path / "a")
    had = taken(writer_lock(str(tmp_path / "a")))
    assert not had.is_set()
    pipe.send("please")
    assert pipe.recv() == "let go"
    assert had.wait(LONG)
    pipe.send("bye")
    process.join(LONG)


def test_whoever_is_killed_holds_it_no_longer(tmp_path: Path) -> None:
    _, process = another(tmp_path / "a")
    had = taken(writer_lock(str(tmp_path / "a")))
    assert not had.is_set()
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    assert had.wait(LONG)
    process.join(LONG)


def test_a_lock_that_cannot_be_made_is_not_held(tmp_path: Path) -> None:
    lock = writer_lock(str(tmp_path / "nowhere" / "a"))
    for _ in range(2):
        with pytest.raises(FileNotFoundError), lock:
            raise AssertionError
    (tmp_path / "nowhere").mkdir()
    with lock:
        pass
    assert taken(lock).wait(LONG)


@pytest.mark.parametrize("mode", [0o600, 0o660])
def test_whoever_may_write_to_the_database_may_queue(tmp_path: Path, mode: int) -> None:
    (tmp_path / "a").touch()
    (tmp_path / "a").chmod(mode)
    with writer_lock(str(tmp_path / "a")):
        assert (tmp_path / "a-writer").stat().st_mode & 0o777 == mode


def test_a_child_begins_anew(tmp_path: Path) -> None:
    lock = writer_lock(str(tmp_path / "a"))
    with lock:
        lock.begin_anew()
        with lock:
            pass
        with lock:
            # What the parent's thread held is not counted here; left as often as entered.
            lock.__enter__()
