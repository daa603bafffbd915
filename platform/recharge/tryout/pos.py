"""POS terminals in a try-out: the server, and a page with a shop's terminal on it, its master key loaded by two people."""

import json
import socket
from pathlib import Path
from types import MappingProxyType

from Crypto.Cipher import DES

from recharge.engine.administration.password_book import LOGIN, PasswordBook
from recharge.texts import console
from recharge.tryout.parts import Part, asked

TERMINAL, MERCHANT, POINT, SERIAL = "KCDEMO01", "800000000000001", "P1001", "KC0000000001"
KEY_HOLDERS = ("security", "operations")
"""Logins of the two who bring a component each."""
_COMPONENT_DIGITS = 32
_OFFICE, _TERMINAL = "pos.office", "simulators.pos_terminal.console"


class PosPart(Part):
    """The POS channel, from a terminal's keys to the server."""

    name = "pos"
    usual_ports = MappingProxyType({"pos": 18086, "pos_terminal": 18087})
    greeting = console.POS

    @property
    def terminals(self) -> Path:
        """The simulated terminals' files."""
        return self.home.private_folder("terminals")

    @property
    def settings(self) -> Path:
        """The server's own settings."""
        return self.home.folder / "pos.json"

    def set_up(self) -> None:
        """The terminal registered, its key loaded, itself made, and the server's settings."""
        self.command(_OFFICE, "register", TERMINAL, MERCHANT, POINT, "--serial", SERIAL)
        if "\tno key\t" in self.command(_OFFICE, "list"):
            self._load_key()
        file = self.terminals / f"{TERMINAL}.json"
        if not file.exists():
            fresh = file.with_suffix(".made")
            fresh.unlink(missing_ok=True)
            words = (str(fresh), "make", TERMINAL, MERCHANT, "--serial", SERIAL)
            self.command(_TERMINAL, *words, typed="\n".join(self._components()))
            fresh.rename(file)
        self.home.keep(self.settings.name, _settings(self.ports.of("pos")))

    def launch(self) -> None:
        """The server and the page."""
        port, page = self.ports.of("pos"), self.ports.of("pos_terminal")
        self.run("pos", ("pos", "--config", str(self.settings)), lambda: _listens(port))
        drawer = ("--server", f"127.0.0.1:{port}", "--terminals", str(self.terminals))
        shown = ("simulators.pos_terminal", "--port", str(page), *drawer)
        self.run("pos_terminal", shown, lambda: bool(asked(f"http://127.0.0.1:{page}/health")))

    def facts(self) -> dict[str, str]:
        """Where the terminal is."""
        return {"pos_terminal": f"http://127.0.0.1:{self.ports.of('pos_terminal')}/"}

    def _components(self) -> list[str]:
        return [self.home.secret(f"pos-component-{number}.key").read_text(encoding="ascii")[:_COMPONENT_DIGITS] for number in (1, 2)]

    def _load_key(self) -> None:
        book = PasswordBook(self.home.passwords)
        for number, (component, user) in enumerate(zip(self._components(), KEY_HOLDERS, strict=True), 1):
            file = self.home.keep(f"pos-component-{number}.txt", component)
            who = ("--user", user, "--password-file", "-")
            words = ("component", TERMINAL, str(number), "--check", _check_value(component), "--file", str(file), *who)
            try:
                self.command(_OFFICE, *words, typed=book.known(LOGIN, user))
            finally:
                file.unlink()


def _settings(port: int) -> str:
    """The server's own settings: one place, and a few parameters for its terminals."""
    parameters = {"version": 1, "addresses": [f"127.0.0.1:{port}"], "slip_line": "空充 KONGCHONG", "telephone": "10086"}
    return json.dumps({"listen": [{"port": port}], "parameters": parameters})


def _check_value(component: str) -> str:
    """What the maker of a component writes on its envelope: the first octets of zeros under it."""
    key = bytes.fromhex(component)
    first, second = (DES.new(half, DES.MODE_ECB) for half in (key[:8], key[8:]))  # noqa: S304  the field's keys are DES keys
    return first.encrypt(second.decrypt(first.encrypt(bytes(8))))[:4].hex()


def _listens(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5):
            return True
    except OSError:
        return False
