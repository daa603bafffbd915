"""Passwords made for a first set-up, written down before they are used, in a file that only its owner can read."""

import os
import secrets
from pathlib import Path

from recharge.domain.errors import Refusal
from recharge.domain.passwords import LENGTH, check_new

# Without letters and digits that are taken for one another.
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS, _GROUP = 4, 4
LOGIN, SERVICE = "login", "service"


class PasswordBook:
    """Gives the same password for the same name again, also after a set-up that was cut short."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._known = dict(_lines(path)) if path.exists() else {}

    def login(self, user_name: str) -> str:
        """The password of a web login: four groups of four, 79 bits."""
        return self.known(LOGIN, user_name) or self._write(f"{LOGIN} {user_name}", new_login())

    def service(self, owner: str) -> str:
        """The service password of a party or person: six digits nobody guesses first."""
        return self.known(SERVICE, owner) or self._write(f"{SERVICE} {owner}", new_service())

    def known(self, kind: str, name: str) -> str:
        """A password that was given out before; "" for one that was not, or is no longer written down."""
        return self._known.get(f"{kind} {name}", "")

    def _write(self, name: str, password: str) -> str:
        handle = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(handle, "a", encoding="utf-8") as file:
            file.write(f"{name} {password}\n")
            file.flush()
            os.fsync(file.fileno())
        self._known[name] = password
        return password


def _lines(path: Path) -> list[tuple[str, str]]:
    found = [line.rsplit(" ", 1) for line in path.read_text(encoding="utf-8").splitlines() if line.count(" ") == 2]
    return [(name, password) for name, password in found]


def new_login() -> str:
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(_GROUP)) for _ in range(_GROUPS))


def new_service() -> str:
    while True:
        digits = "".join(secrets.choice("0123456789") for _ in range(LENGTH))
        try:
            check_new(digits)
        except Refusal:
            continue
        return digits
