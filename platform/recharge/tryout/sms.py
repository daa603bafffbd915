"""SMS in a try-out: a simulated SMS centre, the gateway, and a page that is a shopkeeper's phone with a few SIM cards."""

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from recharge.texts import console
from recharge.tryout.parts import Inbox, Part, asked

ACCESS_NUMBER = "10658"
KEY_SET = "DEMO"
_VERSION = "1"
_OFFICE, _CARD = "stk_sms.office", "simulators.sim_card"


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


class SmsPart(Part):
    """The SMS channel, from a card in a phone to the gateway."""

    name = "sms"
    usual_ports = MappingProxyType({"phone": 18083, "smsc": 18084, "smsc_control": 18085})
    greeting = console.PHONE
    channels = ("sms", "stk", "ussd", "ivr")
    extra = MappingProxyType({"KONGCHONG_SENT_ELSEWHERE": ",".join(channels)})

    @property
    def cards(self) -> Path:
        """The drawer of simulated SIM cards."""
        return self.home.private_folder("cards")

    @property
    def card_keys(self) -> tuple[Path, Path]:
        """The issuer's master keys KIc and KID, for making cards."""
        return self.home.secret("card-kic.key"), self.home.secret("card-kid.key")

    @property
    def settings(self) -> Path:
        """The gateway's own settings."""
        return self.home.folder / "sms.json"

    def set_up(self) -> None:
        """Master keys, the cards issued and made, the gateway's settings."""
        kic, kid = self.card_keys
        standing = self.command(_OFFICE, "keys", KEY_SET)
        if not standing:
            self.command(_OFFICE, "add-keys", KEY_SET, "aes", "--kic-file", str(kic), "--kid-file", str(kid))
        if "active" not in standing:
            self.command(_OFFICE, "activate-keys", KEY_SET, _VERSION)
        self.command(_OFFICE, "issue", KEY_SET, str(self.home.keep("cards.csv", _listed())))
        for card in DEMO_CARDS:
            self._personalise(card, kic.read_text(encoding="ascii") + kid.read_text(encoding="ascii"))
        self.keep_settings()

    def keep_settings(self) -> None:
        """The gateway's settings, with the inboxes of the parts beside this one."""
        inboxes = [inbox for part in self.beside for inbox in part.inboxes()]
        self.home.keep(self.settings.name, _settings(self.ports.of("smsc"), inboxes))

    def launch(self) -> None:
        """The centre, the phone and the gateway."""
        control, phone = (f"http://127.0.0.1:{self.ports.of(name)}" for name in ("smsc_control", "phone"))
        bound = f"{control}/control/messages"
        centre = ("--port", str(self.ports.of("smsc")), "--control-port", str(self.ports.of("smsc_control")))
        drawer = ("--smsc-control", control, "--cards", str(self.cards), "--access-number", ACCESS_NUMBER)
        self.run("smsc", ("simulators.smsc", *centre), lambda: bool(asked(bound)))
        self.run("phone", ("simulators.phone", "--port", str(self.ports.of("phone")), *drawer), lambda: bool(asked(f"{phone}/health")))
        self.run("sms", ("stk_sms", "--config", str(self.settings)), lambda: bool(asked(bound).get("bound")))

    def facts(self) -> dict[str, str]:
        """Where the phone is."""
        return {"phone": f"http://127.0.0.1:{self.ports.of('phone')}/"}

    def _personalise(self, card: DemoCard, masters: str) -> None:
        """Make the card itself, once: it counts its messages for ever."""
        file = self.cards / f"{card.iccid}.json"
        if file.exists():
            return
        fresh = file.with_suffix(".made")
        words = (str(fresh), "make", card.iccid, card.msisdn, "--version", _VERSION, "--masters", "/dev/stdin")
        self.command(_CARD, *words, typed=masters)
        fresh.rename(file)


def _listed() -> str:
    """The list the cards are issued from."""
    text = io.StringIO()
    rows = [(card.iccid, card.msisdn, card.point, card.language) for card in DEMO_CARDS]
    csv.writer(text).writerows([("iccid", "msisdn", "point", "language"), *rows])
    return text.getvalue()


def _settings(port: int, inboxes: Sequence[Inbox]) -> str:
    """The gateway's own settings: a link to the simulated centre, and the inboxes of other parts, by which their own numbers go."""
    centre = {"kind": "smpp", "name": "simulated", "host": "127.0.0.1", "port": port, "system_id": "kongchong", "sender": ACCESS_NUMBER}
    links = [centre, *(dict(inbox.link) for inbox in inboxes)]
    by_carrier = {carrier: [inbox.name] for inbox in inboxes for carrier in inbox.carriers}
    return json.dumps({"links": links, "by_carrier": by_carrier, "otherwise": ["simulated"]})
