"""A try-out in a folder of its own, as a process, for tests that do what a person does."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from recharge.tryout.commands import Commands
from recharge.tryout.home import Home, Ports
from recharge.tryout.play import part_names, usual_ports
from tests.support.machine import free_port


def free_ports() -> Ports:
    """Ports that nobody uses now."""
    return Ports(free_port(), free_port(), free_port(), {name: free_port() for name in usual_ports()})


@dataclass
class TryOut:
    """A try-out in a folder, as a process of its own."""

    folder: Path
    ports: Ports
    only: str = ""
    """The optional parts that are started, parted by commas; all are where it is empty."""
    process: subprocess.Popen[str] | None = None
    said: list[str] = field(default_factory=list)

    def start(self) -> None:
        """Start it and wait until it says where everything is."""
        own = ("--port", self.ports.page, "--carrier-port", self.ports.carrier, "--callback-port", self.ports.callback)
        ports = (*own, *(word for name, port in self.ports.parts.items() for word in ("--part-port", name, port)))
        without = [word for name in part_names() if self.only and name not in self.only.split(",") for word in ("--without", name)]
        command = [sys.executable, "-m", "recharge.cli", "--language", "en", "run", "--home", self.folder, *ports, *without]
        out = subprocess.PIPE
        self.process = subprocess.Popen([str(word) for word in command], stdout=out, stderr=subprocess.STDOUT, text=True)
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append(line)
            if "Ctrl-C stops" in line:
                return
        raise AssertionError("".join(self.said))

    def stop(self, number: int = signal.SIGTERM) -> int:
        """End it; its exit status."""
        assert self.process is not None
        self.process.send_signal(number)
        said, _ = self.process.communicate(timeout=90)
        self.said.append(said)
        return self.process.returncode

    def children(self) -> list[int]:
        """The processes it has started."""
        assert self.process is not None
        path = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in path.read_text(encoding="ascii").split()]


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with closing(Home(tmp_path / "var")) as made:
        yield made


@pytest.fixture
def commands(home: Home) -> Iterator[Commands]:
    with closing(Commands(home)) as made:
        yield made


@pytest.fixture
def try_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TryOut]:
    made = TryOut(tmp_path / "var", free_ports())
    yield made
    if made.process is not None and made.process.stdout is not None:
        made.process.kill()
        made.process.wait()
        made.process.stdout.close()


def said_by(try_out: TryOut, module: str, *words: str) -> str:
    """What an operator's program says about a try-out that has been stopped."""
    with closing(Home(try_out.folder)) as home, closing(Commands(home)) as commands:
        return commands.run(home.environment(try_out.ports), module, *words)
