"""A tty of a modem: a pseudo-terminal with a link that comes and goes, whose farther end notices when it is opened and closed."""

import asyncio
import os
import select
import tty
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

_LOOK_SECONDS: Final = 0.02
_MOST_UNREAD: Final = 65_536


class Port:
    """One tty. `heard(port, octets)` is called for what comes, `closed(port)` when the last one who had it open closes it.

    What a modem says while nobody has the tty open is lost, as with a real one.
    """

    def __init__(self, link: Path, role: str, heard: "Callable[[Port, bytes], None]", closed: "Callable[[Port], None]") -> None:
        self.link, self.role = link, role
        self._heard, self._closed = heard, closed
        self._master = -1
        self._is_open = False
        self._unread = bytearray()
        self._look: asyncio.TimerHandle | None = None

    @property
    def present(self) -> bool:
        """Whether the tty exists now."""
        return self._master >= 0

    def appear(self) -> None:
        """Make the tty and its link."""
        self._master, slave = os.openpty()
        tty.setraw(slave)
        os.set_blocking(self._master, False)
        path = os.ttyname(slave)
        os.close(slave)
        self.link.parent.mkdir(parents=True, exist_ok=True)
        beside = self.link.with_name(f".{self.link.name}.new")
        beside.unlink(missing_ok=True)
        beside.symlink_to(path)
        beside.replace(self.link)
        self._wait_for_opening()

    def vanish(self) -> None:
        """Take the tty away: whoever has it open is hung up on."""
        if not self.present:
            return
        self.link.unlink(missing_ok=True)
        if self._look is not None:
            self._look.cancel()
            self._look = None
        loop = asyncio.get_running_loop()
        loop.remove_reader(self._master)
        loop.remove_writer(self._master)
        os.close(self._master)
        self._master, self._is_open = -1, False
        self._unread.clear()

    def write(self, octets: bytes) -> None:
        """Say something; lost where nobody listens, or where nobody has read for long."""
        if not self.present or not self._is_open or len(self._unread) > _MOST_UNREAD:
            return
        self._unread += octets
        self._flush()

    def _flush(self) -> None:
        loop = asyncio.get_running_loop()
        with suppress(BlockingIOError):
            while self._unread:
                written = os.write(self._master, self._unread)
                del self._unread[:written]
        if self._unread:
            loop.add_writer(self._master, self._flush)
        else:
            loop.remove_writer(self._master)

    def _wait_for_opening(self) -> None:
        # The kernel tells a master that nobody has the slave open, but not when somebody opens it: so one looks.
        self._look = asyncio.get_running_loop().call_later(_LOOK_SECONDS, self._look_again)

    def _look_again(self) -> None:
        self._look = None
        watch = select.poll()
        watch.register(self._master, select.POLLIN)
        if any(event & select.POLLHUP for _, event in watch.poll(0)):
            self._wait_for_opening()
            return
        self._is_open = True
        asyncio.get_running_loop().add_reader(self._master, self._read)

    def _read(self) -> None:
        try:
            octets = os.read(self._master, 4096)
        except BlockingIOError:
            return
        except OSError:
            self._was_closed()
            return
        self._heard(self, octets)

    def _was_closed(self) -> None:
        loop = asyncio.get_running_loop()
        loop.remove_reader(self._master)
        loop.remove_writer(self._master)
        self._unread.clear()
        self._is_open = False
        self._wait_for_opening()
        self._closed(self)
