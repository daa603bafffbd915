"""What every optional part of a try-out is: processes that stand as a whole or not at all, and never stop the rest from selling."""

import json
import sys
import time
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

from recharge.tryout.children import Child, Children
from recharge.tryout.commands import Commands, NotUp
from recharge.tryout.home import Home, Ports

UP_WITHIN_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Inbox:
    """A further link of the SMS gateway, as its settings say it, and the carriers whose customers are reached by it."""

    link: Mapping[str, object]
    carriers: Sequence[str]

    @property
    def name(self) -> str:
        """The link's name."""
        return str(self.link["name"])


class Part:
    """One way in or out with the simulated world behind it. `failure` says what did not come up.

    A part names its ports with their usual numbers, the channels whose messages it sends itself, and what a person is told when it
    stands; it says what is set up, by the commands an operator would use, and which processes are started.
    """

    name: ClassVar[str]
    usual_ports: ClassVar[Mapping[str, int]]
    greeting: ClassVar[str]
    channels: ClassVar[Sequence[str]] = ()
    extra: ClassVar[Mapping[str, str]] = MappingProxyType({})
    """What its processes find in the environment besides what all do."""

    def __init__(self, home: Home, ports: Ports, commands: Commands) -> None:
        self.home, self.ports, self._commands = home, ports, commands
        self.environment = home.environment(ports) | dict(self.extra)
        self.failure: NotUp | None = None
        self.beside: Sequence[Part] = ()
        """The parts that are started with it, itself among them."""
        self._children = Children(self.environment)
        self._awaited: list[tuple[Child, Callable[[], bool], float]] = []

    @classmethod
    def for_all(cls, home: Home) -> Mapping[str, str]:  # noqa: ARG003  a part may name what is in the home
        """What every process of the try-out finds in the environment because this part is there."""
        return {}

    def set_up(self) -> None:
        """Make what its processes need, where it is not made yet. Raises NotUp or OSError."""
        raise NotImplementedError

    def launch(self) -> None:
        """Start its processes by `run`, without waiting for any. Raises OSError."""
        raise NotImplementedError

    def facts(self) -> dict[str, str]:
        """What its greeting tells: addresses, passwords."""
        return {}

    def inboxes(self) -> Sequence[Inbox]:
        """What it brings for agents to send SMS to, for the part that has the gateway."""
        return ()

    def begin(self) -> None:
        """Set up and start; whether it stands is seen later."""
        try:
            self.set_up()
            self.launch()
        except NotUp as error:
            self._fail(error)
        except OSError:
            self._fail(NotUp(self.name, self.home.log("set-up")))

    def settled(self) -> bool:
        """Whether all its processes are up, or it has failed."""
        waiting = [(child, until) for child, ready, until in self._awaited if not ready()]
        lost = [child for child, until in waiting if not child.running or time.monotonic() > until]
        if lost:
            self._fail(NotUp(lost[0].name, lost[0].log))
        return not waiting or bool(lost)

    def look_after(self) -> list[str]:
        """Start again what has died; the names."""
        return self._children.look_after()

    def stop(self) -> None:
        """Stop everything, in order."""
        self._children.stop()

    def run(self, name: str, words: Sequence[str], ready: Callable[[], bool]) -> None:
        """Start one of our programs (`python -m words...`) and keep it running; it is up once `ready` says so."""
        child = Child(name, [sys.executable, "-m", *words], self.home.log(name))
        self._children.start(child)
        self._awaited.append((child, ready, time.monotonic() + UP_WITHIN_SECONDS))

    def command(self, module: str, *words: str, typed: str = "") -> str:
        """Run one of our programs to its end; what it printed. Raises NotUp."""
        return self._commands.run(self.environment, module, *words, typed=typed)

    def _fail(self, error: NotUp) -> None:
        self.failure = error
        self._awaited.clear()
        self._children.stop()
        self._children = Children(self.environment)


def asked(address: str) -> dict[str, object]:
    """What one of our own addresses answers in JSON; nothing while it does not answer."""
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:  # noqa: S310  our own address
            told: dict[str, object] = json.load(answer)
            return told
    except (OSError, ValueError):
        return {}
