"""SQLite has one writer at a time. Those who wait for it wait here, in the kernel, and go on the moment it is free; left to themselves
they would find out by sleeping and trying again, ever longer (sqlite3_busy_timeout)."""

import fcntl
import os
import threading
import weakref
from contextlib import suppress
from pathlib import Path
from types import TracebackType

_SUFFIX = "-writer"


class WriterLock:
    """A context manager; threads of a process queue at a lock of their own, processes at a lock on a file beside the database's.

    The file's lock is POSIX's: it ends with its process, however that dies, and a child does not inherit it. A thread may take it again
    while it holds it.
    """

    def __init__(self, path: str) -> None:
        self._path, self._file = path, -1
        self._threads, self._depth = threading.RLock(), 0

    def begin_anew(self) -> None:
        """Forget who held it."""
        self._threads, self._depth = threading.RLock(), 0

    def __enter__(self) -> None:
        self._threads.acquire()
        if self._depth == 0:
            try:
                self._lock_file()
            # Whatever it was: a lock that was not taken must not be kept from the other threads.
            except BaseException:
                self._threads.release()
                raise
        self._depth += 1

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._depth -= 1
        if self._depth == 0:
            fcntl.lockf(self._file, fcntl.LOCK_UN)
        self._threads.release()

    def _lock_file(self) -> None:
        if self._file < 0:
            self._file = _opened(self._path)
            weakref.finalize(self, os.close, self._file)
        fcntl.lockf(self._file, fcntl.LOCK_EX)


def _opened(path: str) -> int:
    """Whoever may write to the database may queue, and nobody else: the file gets the database's own mode, as SQLite's log does."""
    file = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    with suppress(OSError):
        os.fchmod(file, Path(path.removesuffix(_SUFFIX)).stat().st_mode & 0o666)
    return file


class _Known:
    """This process's locks by their files."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._locks: weakref.WeakValueDictionary[str, WriterLock] = weakref.WeakValueDictionary()

    def at(self, path: str) -> WriterLock:
        """The lock on a file, made when nobody has it."""
        with self._guard:
            found = self._locks.get(path)
            if found is None:
                found = self._locks[path] = WriterLock(path)
            return found

    def begin_anew(self) -> None:
        """In a forked child: it has none of its parent's locks, and none of the threads that might hold one."""
        self._guard = threading.Lock()
        for lock in self._locks.values():
            lock.begin_anew()


_known = _Known()
os.register_at_fork(after_in_child=_known.begin_anew)


def writer_lock(database_path: str) -> WriterLock:
    """The one lock this process has for a database: POSIX knows processes only, and forgets a lock when any file of that name is closed."""
    return _known.at(os.path.realpath(database_path) + _SUFFIX)
