"""The SMS half of a try-out: a simulated SMS centre, the gateway, and a page that is a shopkeeper's phone with a few SIM cards.

It may fail by itself: the rest of the try-out sells without it.
"""

import csv
import io
import json
import sys
import threading
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass

from recharge.tryout.children import Child, Children
from recharge.tryout.commands import NotUp, command
from recharge.tryout.home import Home, Ports

ACCESS_NUMBER = "10658"
KEY_SET = "DEMO"
_VERSION = "1"
_OFFICE, _CARD = "stk_sms.office", "simulators.sim_card"
_CHANNELS = "sms,stk,ussd"
_LOOK_EVERY_SECONDS = 0.2
_UP_WITHIN_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class DemoCard:
    """A card that a seeded point has in its phone."""

    iccid: str
    msisdn: str
    point: str
    language: str = ""


DEMO_CARDS = (
    DemoCard("89860011260000000011", "13800138001", "P1001"),
    DemoCard("89860011260000000029", "13800138002", "P2001"),
    DemoCard("89860011260000000037", "13800138003", "P2002", "id"),
)


class SmsHalf:
    """Started as a whole, or not at all; then `failure` says what did not come up."""

    def __init__(self, home: Home, ports: Ports) -> None:
        self._home, self._ports = home, ports
        self._environment = home.environment(ports) | {"KONGCHONG_SENT_ELSEWHERE": _CHANNELS}
        self._children = Children(self._environment)
        self.failure: NotUp | None = None

    @property
    def elsewhere(self) -> dict[str, str]:
        """What the dispatcher is told: which messages this half sends."""
        return {} if self.failure else {"KONGCHONG_SENT_ELSEWHERE": _CHANNELS}

    def start(self, stopping: threading.Event) -> None:
        """Issue the cards where they are not issued yet, and bring the processes up."""
        try:
            self._set_up()
            self._launch(stopping)
        except NotUp as error:
            self.failure = error
        except OSError:
            self.failure = NotUp("sms", self._home.log("set-up"))
        if self.failure:
            self._children.stop()
            self._children = Children(self._environment)

    def look_after(self) -> list[str]:
        """Start again what has died; the names."""
        return self._children.look_after()

    def stop(self) -> None:
        """Stop everything, in order."""
        self._children.stop()

    def _set_up(self) -> None:
        kic, kid = self._home.card_keys
        standing = self._office("keys", KEY_SET)
        if not standing:
            self._office("add-keys", KEY_SET, "aes", "--kic-file", str(kic), "--kid-file", str(kid))
        if "active" not in standing:
            self._office("activate-keys", KEY_SET, _VERSION)
        self._home.card_list.write_text(_listed(), encoding="utf-8")
        self._office("issue", KEY_SET, str(self._home.card_list))
        for card in DEMO_CARDS:
            self._personalise(card, kic.read_text(encoding="ascii") + kid.read_text(encoding="ascii"))
        self._home.keep_sms_settings(_settings(self._ports.smsc))

    def _personalise(self, card: DemoCard, masters: str) -> None:
        """Make the card itself, once: it counts its messages for ever."""
        file = self._home.cards / f"{card.iccid}.json"
        if file.exists():
            return
        fresh = file.with_suffix(".made")
        words = (str(fresh), "make", card.iccid, card.msisdn, "--version", _VERSION, "--masters", "/dev/stdin")
        command(self._home, self._environment, _CARD, *words, typed=masters)
        fresh.rename(file)

    def _launch(self, stopping: threading.Event) -> None:
        ports, control = self._ports, f"http://127.0.0.1:{self._ports.smsc_control}"
        centre = ("--port", str(ports.smsc), "--control-port", str(ports.smsc_control))
        phone = ("--port", str(ports.phone), "--smsc-control", control, "--cards", str(self._home.cards), "--access-number", ACCESS_NUMBER)
        self._up("smsc", ("simulators.smsc", *centre), lambda: bool(_asked(f"{control}/control/messages")), stopping)
        self._up("phone", ("simulators.phone", *phone), lambda: bool(_asked(f"http://127.0.0.1:{ports.phone}/health")), stopping)
        bound = f"{control}/control/messages"
        self._up("sms", ("stk_sms", "--config", str(self._home.sms_settings)), lambda: bool(_asked(bound).get("bound")), stopping)

    def _up(self, name: str, words: tuple[str, ...], ready: Callable[[], bool], stopping: threading.Event) -> None:
        child = Child(name, [sys.executable, "-m", *words], self._home.log(name))
        self._children.start(child)
        until = time.monotonic() + _UP_WITHIN_SECONDS
        while not stopping.wait(_LOOK_EVERY_SECONDS):
            if ready():
                return
            if not child.running or time.monotonic() > until:
                raise NotUp(name, child.log)

    def _office(self, *words: str) -> str:
        return command(self._home, self._environment, _OFFICE, *words)


def _listed() -> str:
    """The list the cards are issued from."""
    text = io.StringIO()
    rows = [(card.iccid, card.msisdn, card.point, card.language) for card in DEMO_CARDS]
    csv.writer(text).writerows([("iccid", "msisdn", "point", "language"), *rows])
    return text.getvalue()


def _settings(port: int) -> str:
    """The gateway's own settings: one link, to the simulated centre."""
    link = {"kind": "smpp", "name": "simulated", "host": "127.0.0.1", "port": port, "system_id": "kongchong", "sender": ACCESS_NUMBER}
    return json.dumps({"links": [link]})


def _asked(address: str) -> dict[str, object]:
    """What one of our own addresses answers in JSON; nothing while it does not answer."""
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:  # noqa: S310  our own address
            told: dict[str, object] = json.load(answer)
            return told
    except (OSError, ValueError):
        return {}
