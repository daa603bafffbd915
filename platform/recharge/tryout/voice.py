"""Voice in a try-out: a private Asterisk, the channel that answers its calls, and a page that is a shopkeeper's telephone.

Asterisk is fetched where it is not here yet, in the background: the telephone stands at once and says how far that is, or why it cannot be.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from recharge.texts import console
from recharge.tryout.parts import Part, asked


@dataclass(frozen=True, slots=True)
class DemoLine:
    """A phone line of a seeded point (simulators/province)."""

    number: str
    point: str
    name: str


DEMO_LINES = (
    DemoLine("13800138001", "P1001", "和平路通讯店"),
    DemoLine("13800138002", "P2001", "港口超市"),
    DemoLine("13800138003", "P2002", "渔村小卖部"),
)


class VoicePart(Part):
    """The voice channel, from a telephone through Asterisk to the dialogue."""

    name = "voice"
    usual_ports = MappingProxyType({"sip": 18090, "ami": 18091, "telephone": 18092})
    greeting = console.TELEPHONE

    @property
    def prompts(self) -> Path:
        """The spoken prompts."""
        return self.home.folder / "prompts"

    @property
    def exchange(self) -> Path:
        """Asterisk's own home."""
        return self.home.private_folder("asterisk")

    def set_up(self) -> None:
        """The secret between Asterisk and the channel; the lines are the simulated province's own."""
        secret = self.home.secret("ami.secret")
        settings = {"asterisk": [{"port": self.ports.of("ami"), "secret_file": str(secret)}], "drain_seconds": 5}
        self.home.keep("ivr.json", json.dumps(settings))

    def launch(self) -> None:
        """Nothing waits for Asterisk: the channel finds it when it is there, and the telephone says so until then."""
        sip, telephone = str(self.ports.of("sip")), str(self.ports.of("telephone"))
        place = ("--home", str(self.exchange), "--prompts", str(self.prompts), "--secret-file", str(self.home.secret("ami.secret")))
        self.run("asterisk", ("ivr.exchange", "--fetch", *place, "--sip-port", sip, "--ami-port", str(self.ports.of("ami"))), _at_once)
        self.run("ivr", ("ivr", "--config", str(self.home.folder / "ivr.json")), _at_once)
        state = str(self.exchange / "state")
        lines = [word for line in DEMO_LINES for word in ("--line", f"{line.number}={line.name} {line.point}")]
        told = ("--sip-port", sip, "--port", telephone, "--prompts", str(self.prompts), "--state", state, *lines)
        self.run("telephone", ("simulators.telephone", *told), lambda: bool(asked(f"http://127.0.0.1:{telephone}/health")))

    def facts(self) -> dict[str, str]:
        """Where the telephone is."""
        return {"telephone": f"http://127.0.0.1:{self.ports.of('telephone')}/"}


def _at_once() -> bool:
    return True
