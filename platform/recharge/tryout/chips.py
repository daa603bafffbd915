"""Dealer chips in a try-out: a simulated farm of modems, two chips as ways out, and an inbox to which agents send plain SMS."""

import json
from pathlib import Path
from types import MappingProxyType

from recharge.engine.administration.password_book import SERVICE, PasswordBook
from recharge.texts import console
from recharge.tryout.parts import Inbox, Part, asked

AGENT_LINE, AGENT_POINT = "081100000009", "P1001"
INBOX_NUMBER, CUSTOMER = "081100000001", "081389092678"
CHIPS = {"CHIP1": "8986011260000000013", "CHIP2": "8986011260000000021"}
CARRIER, POOL = "CUCC", "卡池"
_CLI = "recharge.cli"
_PIN = "1234"
_INBOX_CARD = "8986011260000000005"
# The seeded agents pay 98 % and the chips take 96 % of the face value.
_COST_BP = 9600
_OPENING = "500.00"
_ZONE = "Asia/Shanghai"
_COMMANDS = {"recharge": "*777*{number}*{units}*{pin}#", "stock": "*776*{pin}#", "last": "*774*{pin}#"}
_LAST_LINE = r"(?P<month>\d\d)-(?P<day>\d\d) (?P<time>\d\d:\d\d) (?P<number>\d{6,15}) (?P<units>\d+)元 流水号(?P<sn>\w+)"


class ChipsPart(Part):
    """The farm, its chips as links, and the agent's line that sends to the inbox."""

    name = "chips"
    usual_ports = MappingProxyType({"farm": 18088})
    greeting = console.CHIPS
    # The operators tell times without a zone.
    extra = MappingProxyType({"TZ": _ZONE})

    @property
    def control(self) -> str:
        """The farm's own page."""
        return f"http://127.0.0.1:{self.ports.of('farm')}/control/"

    def set_up(self) -> None:
        """The farm's plan; once, the numbers, the links with their secrets, and the agent's line."""
        self.home.keep("farm.json", json.dumps(_plan(), ensure_ascii=False))
        known = self.command(_CLI, "link", "list")
        if all(code in known for code in CHIPS):
            return
        ranges = self.home.keep("chip-ranges.csv", f"prefix,carrier,province\n0813,{CARRIER},{POOL}\n0811,{CARRIER},{POOL}\n")
        self.command(_CLI, "ranges", "import", str(ranges))
        self.command(_CLI, "reply", "start", "CN")
        self.command(_CLI, "endpoint", "add", "phone_line", AGENT_LINE, AGENT_POINT)
        secret = self.home.keep("chip.secret", json.dumps({"service": _PIN}))
        for code, iccid in CHIPS.items():
            settings = json.dumps(_settings(iccid, modems(self.home.folder)))
            self.command(
                _CLI, "link", "add", code, f"空充卡{code[-1]}（模拟）", "chip_modem", "--settings", settings, "--secret-file", str(secret),
                "--in-flight", "1",
            )  # fmt: skip
            self.command(_CLI, "route", "add", code, CARRIER, str(_COST_BP), "--priority", "1", "--province", POOL)
            self.command(_CLI, "stock", "buy", code, _OPENING, "--evidence", f"opening-{code}")

    def launch(self) -> None:
        """The farm; the dispatcher finds its chips, and the SMS gateway its inbox, by their cards."""
        folder, ledger = modems(self.home.folder), self.home.folder / "operators.sqlite3"
        words = ("--config", str(self.home.folder / "farm.json"), "--folder", str(folder), "--ledger", str(ledger))
        ports = ("--control-port", str(self.ports.of("farm")))
        self.run("farm", ("simulators.modem_farm", *words, *ports), lambda: bool(asked(f"{self.control}slots")))

    def inboxes(self) -> tuple[Inbox, ...]:
        """The one that the agent's plain SMS go to; its own numbers get theirs by it."""
        ports = f"{modems(self.home.folder)}/inbox-*"
        return (Inbox({"kind": "modem", "name": "inbox", "ports": ports, "iccid": _INBOX_CARD, "number": INBOX_NUMBER}, (CARRIER,)),)

    def facts(self) -> dict[str, str]:
        """Where the farm is, and what an agent would send."""
        password = PasswordBook(self.home.passwords).known(SERVICE, AGENT_POINT) or "?"
        return {"farm": self.control, "line": AGENT_LINE, "inbox": INBOX_NUMBER, "text": f"I.SIM10.{CUSTOMER}.{password}"}


def modems(folder: Path) -> Path:
    """Where the farm's ttys are."""
    return folder / "modems"


def _settings(iccid: str, folder: Path) -> dict[str, object]:
    return {
        "iccid": iccid,
        "ports": f"{folder}/chip-*",
        **_COMMANDS,
        "unit_minor": 100,
        "charge_bp": _COST_BP,
        "last_line": _LAST_LINE,
        "last_none": "没有交易",
        "zone": _ZONE,
        "gap_seconds": 2,
    }


def _plan() -> dict[str, object]:
    """One operator in the manner of 空中充值, the inbox and the chips, each in a slot of its own."""
    operator = {
        "name": "pool", "style": "fen", "title": "中国移动", "network": "46001", "country": "86", "trunk": "", **_COMMANDS,
        "unit_minor": 100, "minor_digits": 2, "by_pieces": False, "denominations": [10, 30, 50, 100], "smsc": "+8613010112500",
        "discount_basis_points": 10_000 - _COST_BP,
    }  # fmt: skip
    cards = [{"iccid": _INBOX_CARD, "number": INBOX_NUMBER, "operator": "pool", "room": 40}]
    cards += [
        {"iccid": iccid, "number": f"08110000010{code[-1]}", "operator": "pool", "dealer_pin": _PIN, "stock_minor": 50_000}
        for code, iccid in CHIPS.items()
    ]
    names = ["inbox-1", *(code.lower().replace("chip", "chip-") for code in CHIPS)]
    slots = [{"name": name, "iccid": card["iccid"]} for name, card in zip(names, cards, strict=True)]
    return {"operators": [operator], "slots": slots, "chips": cards}
