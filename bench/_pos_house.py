"""A house for POS measurements: a province with registered terminals, the POS process, the dispatcher and the simulated carrier."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench._province import Province
from pos.keys.loading import KeyLoading
from pos.keys.soft import SoftVault
from pos.keys.vault import KeyUse
from pos.registry import Registry
from recharge.books.database import Database
from recharge.books.ids import IdMaker
from recharge.clock import SystemClock
from recharge.domain.requests import EndpointKind
from recharge.engine.administration import SHELL, Administration
from recharge.keys.store import KeyStore
from simulators.carrier.testing import free_port, start
from simulators.pos_terminal import ciphers
from simulators.pos_terminal.memory import State

MERCHANT = "800000000000001"
_MASTER_KEY = bytes(range(32))
_COMPONENTS = (bytes(range(16)), bytes(range(100, 116)))
_SECRET = b"kongchong-example-secret-for-tests-only"


@dataclass
class House:
    """The processes and where they are. `states` are the terminals as their makers filled them."""

    port: int
    states: list[State]
    server: "subprocess.Popen[str]" = field(repr=False)

    def memory_kib(self) -> int:
        """What the POS process holds in memory (RSS)."""
        text = Path(f"/proc/{self.server.pid}/status").read_text(encoding="ascii")
        return int(next(line for line in text.splitlines() if line.startswith("VmRSS")).split()[1])

    def cpu_seconds(self) -> float:
        """The time of a core that the POS process has used so far."""
        fields = Path(f"/proc/{self.server.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class _Endpoints:
    """Terminals spread over the points."""

    def __init__(self, desk: Administration) -> None:
        self._desk = desk

    def bind(self, terminal: str, party_code: str) -> None:
        self._desk.endpoints.bind(SHELL, EndpointKind.POS_TERMINAL, terminal, party_code)


@contextmanager
def house(province: Province, terminals: int, tls: tuple[str, str] | None = None) -> Iterator[House]:
    """Everything up, and down again."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kongchong-pos-")))
        carrier = stack.enter_context(start(folder, behaviour="ok", secret=_SECRET))
        # Sales go to numbers of every ending.
        carrier.control.behave(suffixes=False)
        states = _register(province, terminals, carrier.base_url)
        environment = _environment(province, folder)
        stack.enter_context(_running(["-m", "recharge.dispatcher"], environment, folder / "dispatch.log"))
        port = free_port()
        place: dict[str, object] = {"port": port}
        if tls is not None:
            place["tls"] = {"certificate": tls[0], "key": tls[1]}
        settings = folder / "pos.json"
        limits = {"connections": 20_000, "connections_per_address": 20_000, "in_flight": 20_000}
        settings.write_text(json.dumps({"listen": [place], "limits": limits}), encoding="utf-8")
        settings.chmod(0o600)
        server = stack.enter_context(_running(["-m", "pos", "--config", str(settings)], environment, folder / "pos.log", wait=True))
        yield House(port, states, server)


def _register(province: Province, terminals: int, carrier_url: str) -> list[State]:
    database, clock, keys = Database(province.url), SystemClock(), KeyStore(_MASTER_KEY)
    desk = Administration(database, IdMaker(1022, clock), clock, keys)
    desk.links.set_settings(SHELL, "CARRIER", {"url": f"{carrier_url}/recharge/v1", "partner": "province-agent"})
    desk.links.set_secret(SHELL, "CARRIER", desk.secrets.keep(SHELL, "link", "CARRIER", _SECRET))
    soft = SoftVault(keys)
    registry, loading = Registry(database, _Endpoints(desk), clock.now), KeyLoading(database, soft, soft, clock.now)
    master = ciphers.combined(list(_COMPONENTS)).hex()
    states = []
    for number in range(terminals):
        name = f"KB{number:06d}"
        registry.register(name, MERCHANT, f"P{number % province.points}", "own")
        for ordinal, (component, person) in enumerate(zip(_COMPONENTS, ("SEC1", "OPS1"), strict=True), 1):
            check = ciphers.check_value(component).hex()
            loading.component(name, KeyUse.MASTER, ordinal, 2, component, check, person)
        states.append(State(name, MERCHANT, "SN1", master))
    database.close()
    return states


def _environment(province: Province, folder: Path) -> dict[str, str]:
    return os.environ | {
        "KONGCHONG_ENVIRONMENT": "development",
        "KONGCHONG_DATABASE_URL": province.url,
        "KONGCHONG_MASTER_KEY": _MASTER_KEY.hex(),
        "KONGCHONG_WAKE_SOCKET": str(folder / "wake"),
        "KONGCHONG_CALLBACK_BIND": f"127.0.0.1:{free_port()}",
        "KONGCHONG_DUPLICATE_WINDOW_MINUTES": "0",
        "KONGCHONG_LOG_LEVEL": "WARNING",
    }


@contextmanager
def _running(words: list[str], environment: dict[str, str], log: Path, *, wait: bool = False) -> Iterator["subprocess.Popen[str]"]:
    with log.open("w", encoding="utf-8") as file:
        process = subprocess.Popen(
            [sys.executable, *words], env=environment, stdout=subprocess.PIPE if wait else file, stderr=file, text=True
        )
        try:
            if wait and process.stdout is not None and "ready" not in process.stdout.readline():
                raise RuntimeError(log.read_text(encoding="utf-8")[-2000:])
            yield process
        finally:
            process.terminate()
            process.wait(timeout=60)
            if process.stdout is not None:
                process.stdout.close()
