"""Set-up commands of a try-out, each a program an operator would run, with what it says kept in a log."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from recharge.tryout.home import Home

_OWNER_ONLY = 0o077


class NotUp(Exception):
    """A process did not come up; its log says why."""

    def __init__(self, name: str, log: Path) -> None:
        super().__init__(name)
        self.name, self.log = name, log


def command(home: Home, environment: Mapping[str, str], module: str, *words: str, typed: str = "") -> str:
    """Run one of our programs to its end, `typed` being its input; what it printed. Files it makes are the owner's alone. Raises NotUp."""
    log = home.log("set-up")
    with log.open("ab") as errors:
        done = subprocess.run(  # noqa: S603  our own words
            [sys.executable, "-m", module, *words],
            env=dict(environment),
            input=typed.encode(),
            stdout=subprocess.PIPE,
            stderr=errors,
            umask=_OWNER_ONLY,
            check=False,
        )
        errors.write(done.stdout)
    if done.returncode != 0:
        raise NotUp(words[0], log)
    return done.stdout.decode()
