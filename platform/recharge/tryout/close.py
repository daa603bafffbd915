"""The day's close in a try-out: its settings, a simulated bank whose statements lie beside them, and two people of finance."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from zoneinfo import ZoneInfo

from recharge.engine.administration.password_book import LOGIN, SERVICE, PasswordBook
from recharge.texts import console
from recharge.tryout.home import Home
from recharge.tryout.parts import Part

MAKER, CHECKER = ("finance1", "FIN1"), ("finance2", "FIN2")
"""Login and code of those who sign and close (simulators/province)."""
LINK, ACCOUNT, NUMBER = "PROVINCE", "BANK", "62284800001234567"
_BANK, _STATEMENT = "simulators.bank", "camt053-{day:%Y-%m-%d}.xml"
# The province's business days, and the carrier's.
_ZONE = ZoneInfo("Asia/Shanghai")


class ClosePart(Part):
    """No process of its own: the page runs a day, or `kongchong settle` does."""

    name = "close"
    usual_ports = MappingProxyType({})
    greeting = console.CLOSE

    @classmethod
    def for_all(cls, home: Home) -> Mapping[str, str]:
        """Where the settings of the close are: for finance's pages, and for channels whose agents ask for deposit tickets."""
        return {"KONGCHONG_SETTLE_CONFIG": str(home.folder / "settle.toml")}

    @property
    def bank(self) -> Path:
        """The simulated bank's folder."""
        return self.home.private_folder("bank")

    def set_up(self) -> None:
        """The settings, and the bank's statement of yesterday: a day that is over, and can be closed."""
        self.home.keep("settle.toml", _settings(self.bank, with_terminals=any(part.name == "pos" for part in self.beside)))
        yesterday = datetime.now(_ZONE).date() - timedelta(days=1)
        wanted = _STATEMENT.format(day=yesterday)
        # A bank's days follow one another: none is played behind one that was.
        if all(path.name < wanted for path in self.bank.glob("camt053-*.xml")):
            whose = ("--folder", str(self.bank), "--account", NUMBER)
            self.command(_BANK, *whose, "--day", yesterday.isoformat(), "--deposits", "0")

    def launch(self) -> None:
        """Nothing runs beside the page."""

    def facts(self) -> dict[str, str]:
        """Who signs and who closes, and with what."""
        book = PasswordBook(self.home.passwords)
        told = {"settings": str(self.home.folder / "settle.toml"), "maker": MAKER[0], "checker": CHECKER[0]}
        for role, (login, person) in (("maker", MAKER), ("checker", CHECKER)):
            told[f"{role}_password"] = book.known(LOGIN, login) or "?"
            told[f"{role}_service_password"] = book.known(SERVICE, person) or "?"
        return told


def _settings(bank: Path, *, with_terminals: bool) -> str:
    """The close's own settings: the carrier by its link, terminals where there are some, and the bank's one account."""
    channels = ["pos"] if with_terminals else []
    account = {
        "account": ACCOUNT, "number": NUMBER, "name": "省级代理有限公司", "bank_code": "102421000013", "form": "camt",
        "inbox": f"{bank}/{_STATEMENT}",
    }  # fmt: skip
    told = [f'archive = "settle/archive"\nreports = "settle/reports"\nchannels = {json.dumps(channels)}']
    told += [f'[[carriers]]\nlink = "{LINK}"', "[[banks]]"]
    # A string of JSON is one of TOML.
    told += [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in account.items()]
    return "\n".join(told) + "\n"
