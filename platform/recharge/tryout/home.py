"""The folder in which a try-out keeps everything: books, keys made once, first passwords, logs."""

import fcntl
import os
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

_LONGEST_SOCKET = 100
"""A local socket's path is cut at 108 bytes by the kernel."""


class HomeTaken(Exception):
    """Another try-out runs in this folder."""


@dataclass(frozen=True, slots=True)
class Ports:
    """Where everything is on the loopback address: the page, the simulated carrier, the callbacks, and by name what the parts use."""

    page: int
    carrier: int
    callback: int
    parts: Mapping[str, int] = field(default_factory=dict)

    def of(self, name: str) -> int:
        """The port of that name of one of the parts."""
        return self.parts[name]

    def used(self, names: Iterable[str]) -> tuple[int, ...]:
        """What something listens at where of the parts' ports those of these names are used."""
        return (self.page, self.carrier, self.callback, *map(self.of, names))


class Home:
    """A try-out's folder. Secrets are made once, with mode 0600, and found again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "logs").mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        self._lock = _locked(folder / "lock")
        self.for_all: dict[str, str] = {}
        """What the parts bring into the environment of every process."""

    @property
    def passwords(self) -> Path:
        """First passwords, one a line."""
        return self.folder / "logins.txt"

    @property
    def carrier_ledger(self) -> Path:
        """The simulated carrier's own books."""
        return self.folder / "carrier.sqlite3"

    @property
    def carrier_secret(self) -> Path:
        """What the carrier and we sign with."""
        return self.secret("carrier.secret")

    def private_folder(self, name: str) -> Path:
        """A folder for the owner alone, made when it is not there."""
        folder = self.folder / name
        folder.mkdir(mode=0o700, exist_ok=True)
        return folder

    def keep(self, name: str, text: str) -> Path:
        """Write a file for the owner alone; where it is."""
        path = self.folder / name
        path.touch(mode=0o600)
        path.write_text(text, encoding="utf-8")
        return path

    def secret(self, name: str) -> Path:
        """A file with 32 random octets in hexadecimal, made once with mode 0600."""
        path = self.folder / name
        if not path.exists():
            # Written whole under another name first: a crash never leaves half a key.
            fresh = path.with_suffix(".new")
            fresh.unlink(missing_ok=True)
            handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w", encoding="ascii") as file:
                file.write(secrets.token_hex(32) + "\n")
                file.flush()
                os.fsync(file.fileno())
            fresh.rename(path)
        return path

    def log(self, name: str) -> Path:
        """A process's output."""
        return self.folder / "logs" / f"{name}.log"

    def environment(self, ports: Ports) -> dict[str, str]:
        """The environment of every process: the person's own, with the try-out's database, keys and addresses."""
        own = {
            "KONGCHONG_ENVIRONMENT": "development",
            "KONGCHONG_DATABASE_URL": f"sqlite:///{self.folder / 'kongchong.sqlite3'}",
            "KONGCHONG_MASTER_KEY_FILE": str(self.secret("master.key")),
            "KONGCHONG_WEB_SECRET_FILE": str(self.secret("web.secret")),
            "KONGCHONG_WEB_BIND": f"127.0.0.1:{ports.page}",
            "KONGCHONG_CALLBACK_BIND": f"127.0.0.1:{ports.callback}",
            # The chips' customers have numbers of twelve digits.
            "KONGCHONG_NUMBER_LENGTHS": "11,12",
        }
        bell = self.folder / "wake.socket"
        if len(str(bell)) < _LONGEST_SOCKET:
            own["KONGCHONG_WAKE_SOCKET"] = str(bell)
        own |= self.for_all
        ours = {name.removesuffix("_FILE") for name in own}
        others = {name: value for name, value in os.environ.items() if name.removesuffix("_FILE") not in ours}
        return {**others, **own}

    def moved_to(self, carrier_port: int) -> bool:
        """Whether the simulated carrier is at another port than the last time; remembered for the next."""
        note = self.folder / "carrier.port"
        before = note.read_text(encoding="ascii") if note.exists() else ""
        note.write_text(str(carrier_port), encoding="ascii")
        return before != str(carrier_port)

    def close(self) -> None:
        """Leave the folder to another try-out."""
        self._lock.close()


def _locked(path: Path) -> IO[str]:
    file = path.open("w", encoding="ascii")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        file.close()
        raise HomeTaken(str(path.parent)) from error
    return file
