"""POS in a try-out: the access for terminals, and a page with two terminals of the shop, one of our own kind and one of UnionPay's."""

import json
import socket
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from recharge.engine.administration.password_book import LOGIN, PasswordBook
from recharge.texts import console
from recharge.tryout.parts import Part, asked

_OFFICE, _TERMINAL = "pos.office", "simulators.pos_terminal.console"
_HOLDERS = ("security", "operations")
"""Logins of the two people who bring the components of a terminal's key."""
_SLIP_LINE, _TELEPHONE = "空中充值", "10100"
_CONNECT_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class DemoTerminal:
    """A terminal on the counter of a seeded point."""

    number: str
    merchant: str
    point: str
    profile: str

    @property
    def serial(self) -> str:
        """What it signs in with."""
        return f"KC{self.number}"


DEMO_TERMINALS = (
    DemoTerminal("T0000001", "M00000000001001", "P1001", "own"),
    DemoTerminal("T0000002", "M00000000001001", "P1001", "cup"),
)


class PosPart(Part):
    """The POS channel, from a terminal's keys to the listener."""

    name = "pos"
    usual_ports = MappingProxyType({"pos_terminal": 18087, "pos": 18086})
    greeting = console.TERMINAL

    @property
    def terminals(self) -> Path:
        """The files of the simulated terminals."""
        return self.home.private_folder("terminals")

    @property
    def settings(self) -> Path:
        """The channel's own settings."""
        return self.home.folder / "pos.json"

    def set_up(self) -> None:
        """The terminals registered, keyed by two people, and made; the channel's settings."""
        standing = self.command(_OFFICE, "list")
        for terminal in DEMO_TERMINALS:
            self._register(terminal, next((line for line in standing.splitlines() if terminal.number in line), ""))
            self._make(terminal)
        parameters = {"version": 1, "slip_line": _SLIP_LINE, "telephone": _TELEPHONE}
        told = {"listen": [{"port": self.ports.of("pos")}], "parameters": parameters}
        self.home.keep(self.settings.name, json.dumps(told))

    def launch(self) -> None:
        """The listener and the page."""
        port, page = self.ports.of("pos"), self.ports.of("pos_terminal")
        self.run("pos", ("pos", "--config", str(self.settings)), lambda: _listens(port))
        words = ("--port", str(page), "--server", f"127.0.0.1:{port}", "--terminals", str(self.terminals))
        self.run("pos_terminal", ("simulators.pos_terminal", *words), lambda: bool(asked(f"http://127.0.0.1:{page}/health")))

    def facts(self) -> dict[str, str]:
        """Where the terminals are."""
        return {"terminal": f"http://127.0.0.1:{self.ports.of('pos_terminal')}/"}

    def _register(self, terminal: DemoTerminal, standing: str) -> None:
        """Register a terminal where it is not, and bring its key where it has none; `standing` is its line in the office's list."""
        if not standing:
            words = ("--profile", terminal.profile, "--serial", terminal.serial)
            self.command(_OFFICE, "register", terminal.number, terminal.merchant, terminal.point, *words)
        elif "no key" not in standing:
            return
        self._load_key(terminal)

    def _load_key(self, terminal: DemoTerminal) -> None:
        """Each component is brought by another person, as the key letters say."""
        book = PasswordBook(self.home.passwords)
        for ordinal, (line, user) in enumerate(zip(self._letters(terminal), _HOLDERS, strict=True), start=1):
            component, check = line.split()
            password = self.home.keep("holder.password", book.known(LOGIN, user))
            letter = self.home.keep("holder.letter", component)
            words = ("--check", check, "--user", user, "--password-file", str(password), "--file", str(letter))
            self.command(_OFFICE, "component", terminal.number, str(ordinal), *words)
            password.unlink()
            letter.unlink()

    def _letters(self, terminal: DemoTerminal) -> list[str]:
        """The key letters, written once: a component and its check value a line."""
        file = self.home.private_folder("key-letters") / terminal.number
        if not file.exists():
            self.command(_TERMINAL, str(file), "letters")
        return file.read_text(encoding="ascii").splitlines()

    def _make(self, terminal: DemoTerminal) -> None:
        """Make the terminal itself, once: it counts its traces for ever."""
        file = self.terminals / f"{terminal.number}.json"
        if file.exists():
            return
        components = "".join(line.split()[0] + "\n" for line in self._letters(terminal))
        fresh = file.with_suffix(".made")
        words = (str(fresh), "make", terminal.number, terminal.merchant, "--serial", terminal.serial, "--profile", terminal.profile)
        self.command(_TERMINAL, *words, typed=components)
        fresh.rename(file)


def _listens(port: int) -> bool:
    """Whether somebody takes calls there."""
    try:
        with closing(socket.create_connection(("127.0.0.1", port), _CONNECT_SECONDS)):
            return True
    except OSError:
        return False
