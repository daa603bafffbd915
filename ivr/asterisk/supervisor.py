"""Keeps one connection to Asterisk's manager up, and says every two seconds that calls are served: without it Asterisk takes none."""

import logging
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from asterisk.ami import Action

from ivr.asterisk.link import Down, Link, Refused

_log = logging.getLogger(__name__)
BEAT_SECONDS = 2.0
_SHORTEST_PAUSE, _LONGEST_PAUSE = 0.1, 5.0
BEAT, ACTIVE = "IVR_BEAT", "IVR_ACTIVE"


@dataclass(frozen=True, slots=True)
class Access:
    """How to reach one Asterisk's manager."""

    host: str
    port: int
    user: str
    secret: str

    def __repr__(self) -> str:
        return f"Access({self.user}@{self.host}:{self.port})"


class Owner(Protocol):
    """Who handles what comes over the link."""

    def on_event(self, event: Any) -> None:
        """An event, in the order of arrival."""

    def on_up(self, link: Link) -> None:
        """A connection stands: calls that were lost with the former one can be looked for."""

    def on_fall(self) -> None:
        """The connection is gone."""


class Supervisor:
    """One thread; `start` and `stop` it. While it `rests`, the connection stays but no new calls are taken."""

    def __init__(self, access: Access, owner: Owner, *, clock: Callable[[], float] = time.time) -> None:
        self._access, self._owner, self._clock = access, owner, clock
        self._stopping, self._wake = threading.Event(), threading.Event()
        self._resting = False
        self._pause = _SHORTEST_PAUSE
        self._thread = threading.Thread(target=self._run, name="ami-supervisor", daemon=True)
        self.ready = threading.Event()
        self.link: Link | None = None

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def rest(self) -> None:
        """From now on Asterisk turns new calls away."""
        self._resting = True
        self._wake.set()

    def stop(self) -> None:
        """End the connection."""
        self._stopping.set()
        self._wake.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._serve()
            except Down as error:
                _log.warning("no connection to %r: %s", self._access, error)
            except Refused as error:
                _log.error("%r turns us away: %s", self._access, error)
            if not self._stopping.is_set():
                self._rest_a_while()

    def _serve(self) -> None:
        """One connection, until it falls."""
        link = Link(self._access.host, self._access.port, self._owner.on_event, self._fallen)
        try:
            link.connect()
            link.login(self._access.user, self._access.secret)
            self.link = link
            self._owner.on_up(link)
            self._pause = _SHORTEST_PAUSE
            self._beat(link)
        finally:
            self.ready.clear()
            self.link = None
            link.disconnect()

    def _beat(self, link: Link) -> None:
        rested = False
        while not self._stopping.is_set() and link.stands:
            if not self._resting:
                # With every beat: another that served calls beside us may be gone by now.
                self._set(link, ACTIVE, self._access.user)
                self._set(link, BEAT, str(int(self._clock())))
                self.ready.set()
            elif not rested:
                # Long ago. Only once: whoever serves calls beside us goes on.
                self._set(link, BEAT, "0")
                rested = True
            else:
                link.request(Action("Ping"))
            self._wake.wait(BEAT_SECONDS)
            self._wake.clear()

    @staticmethod
    def _set(link: Link, name: str, value: str) -> None:
        link.request(Action("Setvar", {"Variable": name, "Value": value}))

    def _fallen(self) -> None:
        self.ready.clear()
        self._owner.on_fall()
        self._wake.set()

    def _rest_a_while(self) -> None:
        self._wake.clear()
        self._stopping.wait(self._pause * random.uniform(0.5, 1.0))  # noqa: S311  chance only spreads tries
        self._pause = min(self._pause * 2, _LONGEST_PAUSE)
