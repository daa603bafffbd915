"""Set-up commands of a try-out, each a program an operator would run, with what it says kept in a log."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from recharge.tryout.home import Home


class NotUp(Exception):
    """A process did not come up; its log says why."""

    def __init__(self, name: str, log: Path) -> None:
        super().__init__(name)
        self.name, self.log = name, log


class Commands:
    """Runs our programs to their end, one after another. The process that does so (forks.py) is started by the first."""

    def __init__(self, home: Home) -> None:
        self._log = home.log("set-up")
        self._forks: subprocess.Popen[bytes] | None = None

    def run(self, environment: Mapping[str, str], module: str, *words: str, typed: str = "") -> str:
        """`python -m module words...`, `typed` being its input; what it printed. Files it makes are the owner's alone. Raises NotUp."""
        told = {"module": module, "words": words, "environment": dict(environment), "typed": typed}
        answer = self._asked(json.dumps(told).encode() + b"\n")
        if not answer:
            self.close()
            raise NotUp(words[0], self._log)
        done = json.loads(answer)
        with self._log.open("a", encoding="utf-8") as log:
            log.write(done["said"])
        if done["status"] != 0:
            raise NotUp(words[0], self._log)
        said: str = done["said"]
        return said

    def close(self) -> None:
        """Let the process end."""
        if self._forks is not None:
            self._forks.communicate()
            self._forks = None

    def _asked(self, line: bytes) -> bytes:
        """The answer to a line; nothing where the process could not load the program and went."""
        if self._forks is None:
            self._forks = self._started()
        assert self._forks.stdin is not None
        assert self._forks.stdout is not None
        self._forks.stdin.write(line)
        self._forks.stdin.flush()
        return self._forks.stdout.readline()

    def _started(self) -> subprocess.Popen[bytes]:
        with self._log.open("ab") as errors:
            return subprocess.Popen(
                [sys.executable, "-m", "recharge.tryout.forks"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                # A terminal's Ctrl-C is for us: what has begun is finished.
                start_new_session=True,
            )
