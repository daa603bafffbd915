"""`kongchong run`: puts a try-out together, tells the person where it is, and keeps it running until Ctrl-C."""

import importlib.util
import json
import signal
import socket
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import click

from recharge.engine.administration.password_book import LOGIN, SERVICE, PasswordBook
from recharge.texts import console
from recharge.texts.catalogue import say
from recharge.tryout.children import Child, Children
from recharge.tryout.chips import ChipsPart
from recharge.tryout.close import ClosePart
from recharge.tryout.commands import Commands, NotUp
from recharge.tryout.home import Home, Ports
from recharge.tryout.parts import UP_WITHIN_SECONDS, Part
from recharge.tryout.pos import PosPart
from recharge.tryout.sms import SmsPart
from recharge.tryout.voice import VoicePart

SEEDED_LINK, SEEDED_PARTNER = "PROVINCE", "province-agent"
SEEDED_LOGIN, SEEDED_PARTY = "shop", "P1001"
SEEDED_PORT = 18081
_CLI = "recharge.cli"
# The seeded routes count on it: 4 % of the face value stays with the agent.
_DISCOUNT_BP = 400
_LOOK_EVERY_SECONDS = 0.2
_SHOWN_LANGUAGES = ("zh_CN", "en")

PARTS: tuple[type[Part], ...] = (SmsPart, PosPart, ChipsPart, VoicePart, ClosePart)
"""What stands beside the page and the carrier, in the order in which it is started and told of."""


def part_names() -> list[str]:
    """The names of all parts."""
    return [part.name for part in PARTS]


def usual_ports() -> dict[str, int]:
    """The ports of all parts by name, as they are unless a person says otherwise."""
    return {name: port for part in PARTS for name, port in part.usual_ports.items()}


class PortTaken(Exception):
    """Another program listens there."""

    def __init__(self, port: int) -> None:
        super().__init__(port)
        self.port = port


def play(folder: Path, ports: Ports, language: str, without: Collection[str] = ()) -> None:
    """Run everything but the parts left out, until SIGINT or SIGTERM. Raises PortTaken, HomeTaken, NotUp."""
    stopping, kinds = threading.Event(), [part for part in PARTS if part.name not in without]
    with _told_by_signals(stopping), closing(Home(folder)) as home:
        for port in ports.used(name for part in kinds for name in part.usual_ports):
            _check_free(port)
        click.echo(say(console.STARTING, language))
        for kind in kinds:
            home.for_all |= kind.for_all(home)
        children, parts = Children(home.environment(ports)), list[Part]()
        try:
            with closing(Commands(home)) as commands:
                _set_up(home, ports, commands)
                _start(home, ports, children)
                parts += (part(home, ports, commands) for part in kinds)
                _begin(parts, stopping)
            _play(home, ports, children, parts, language, stopping)
        finally:
            children.stop()
            for part in reversed(parts):
                part.stop()


def _begin(parts: Sequence[Part], stopping: threading.Event) -> None:
    """Start all parts side by side and wait until each stands or has failed."""
    for part in parts:
        part.beside = parts
        if not stopping.is_set():
            part.begin()
    while not all(part.settled() for part in parts) and not stopping.wait(_LOOK_EVERY_SECONDS):
        continue


def _play(home: Home, ports: Ports, children: Children, parts: Sequence[Part], language: str, stopping: threading.Event) -> None:
    dispatcher = [sys.executable, "-m", "recharge.dispatcher"]
    children.start(Child("dispatch", dispatcher, home.log("dispatch"), extra=_sent_elsewhere(parts)))
    _wait(home, ports, stopping)
    if not stopping.is_set():
        _greet(home, ports, parts)
    while not stopping.wait(_LOOK_EVERY_SECONDS):
        for name in (*children.look_after(), *(name for part in parts for name in part.look_after())):
            click.echo(say(console.RESTARTED, language, {"name": name}))
    click.echo(say(console.STOPPING, language))


def _sent_elsewhere(parts: Sequence[Part]) -> dict[str, str]:
    """What the dispatcher is told: the channels whose messages the parts that stand send themselves."""
    channels = [channel for part in parts if part.failure is None for channel in part.channels]
    return {"KONGCHONG_SENT_ELSEWHERE": ",".join(channels)} if channels else {}


@contextmanager
def _told_by_signals(stopping: threading.Event) -> Iterator[None]:
    """Within this block, Ctrl-C and SIGTERM set the event and do nothing else."""
    before = {number: signal.signal(number, lambda *_: stopping.set()) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _set_up(home: Home, ports: Ports, commands: Commands) -> None:
    """The schema and, once, the simulated province; each by the command an operator would use."""
    environment = home.environment(ports)
    commands.run(environment, _CLI, "migrate")
    secret = ("--secret", "carrier", str(home.carrier_secret))
    commands.run(environment, _CLI, "seed", str(province_folder()), *secret, "--passwords", str(home.passwords))
    if home.moved_to(ports.carrier) or ports.carrier != SEEDED_PORT:
        settings = {"url": f"http://127.0.0.1:{ports.carrier}/recharge/v1", "partner": SEEDED_PARTNER}
        commands.run(environment, _CLI, "link", "settings", SEEDED_LINK, json.dumps(settings))


def _start(home: Home, ports: Ports, children: Children) -> None:
    """What every try-out has, but for the dispatcher: that one has to know which parts stand."""
    children.start(Child("carrier", _carrier(home, ports), home.log("carrier")))
    children.start(Child("upkeep", [sys.executable, "-m", "recharge.upkeep"], home.log("upkeep")))
    children.start(Child("web", _web(ports), home.log("web")))


def _wait(home: Home, ports: Ports, stopping: threading.Event) -> None:
    """Until the carrier, the page and the dispatcher answer: from then on an order that is taken is also sent. Raises NotUp."""
    ways = (("carrier", ports.carrier, "/health"), ("web", ports.page, "/"), ("dispatch", ports.callback, "/"))
    for name, port, path in ways:
        address = f"http://127.0.0.1:{port}{path}"
        if not _answers(address, stopping) and not stopping.is_set():
            raise NotUp(name, home.log(name))


def _carrier(home: Home, ports: Ports) -> list[str]:
    return [
        *(sys.executable, "-m", "simulators.carrier"),
        *("--port", str(ports.carrier)),
        *("--ledger", str(home.carrier_ledger)),
        *("--secret-file", str(home.carrier_secret)),
        *("--partner", SEEDED_PARTNER),
        *("--discount", str(_DISCOUNT_BP)),
        *("--callback-url", f"http://127.0.0.1:{ports.callback}/callback/{SEEDED_LINK}"),
    ]


def _web(ports: Ports) -> list[str]:
    bind = ("--bind", f"127.0.0.1:{ports.page}")
    # One process with threads: SQLite has one writer, and one committer makes the larger commits.
    workers = ("--worker-class", "gthread", "--workers", "1", "--threads", "32", "--no-control-socket")
    return [sys.executable, "-m", "gunicorn", *bind, *workers, "web.app:create_app()"]


def province_folder() -> Path:
    """Where the simulated province's data stand. It is data, so the engine does not import it."""
    simulators = importlib.util.find_spec("simulators")
    if simulators is None or not simulators.submodule_search_locations:
        raise FileNotFoundError("simulators/province")
    return Path(simulators.submodule_search_locations[0]) / "province"


def _check_free(port: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise PortTaken(port) from error


def _answers(address: str, stopping: threading.Event) -> bool:
    """Whether something answers there sensibly before too long."""
    until = time.monotonic() + UP_WITHIN_SECONDS
    while time.monotonic() < until and not stopping.wait(_LOOK_EVERY_SECONDS):
        try:
            with urllib.request.urlopen(address, timeout=5):  # noqa: S310  our own address
                return True
        except urllib.error.HTTPError as error:
            return error.code < 500
        except OSError:
            continue
    return False


def _greet(home: Home, ports: Ports, parts: Sequence[Part] = ()) -> None:
    """Say where everything is, in the languages most likely to be read."""
    book = PasswordBook(home.passwords)
    facts = {
        "page": f"http://127.0.0.1:{ports.page}/",
        "control": f"http://127.0.0.1:{ports.carrier}/control/",
        "user_name": SEEDED_LOGIN,
        "password": book.known(LOGIN, SEEDED_LOGIN) or "?",
        "service_password": book.known(SERVICE, SEEDED_PARTY) or "?",
    }
    for language in _SHOWN_LANGUAGES:
        lines = [say(console.READY, language, facts), *(_told(part, language) for part in parts), say(console.TRY, language)]
        click.echo("\n  ".join(lines) + "\n")


def _told(part: Part, language: str) -> str:
    """A part's own line: where it is, or that it did not come up and where that is explained."""
    if part.failure is None:
        return say(part.greeting, language, part.facts())
    return say(console.NOT_UP, language, {"name": part.failure.name, "file": str(part.failure.log)})
