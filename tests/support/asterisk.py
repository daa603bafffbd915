"""A private Asterisk for tests: in a folder of its own, on free ports, ended by its own process number and with the run that started it."""

import contextlib
import ctypes
import fcntl
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from ivr import exchange, prompts
from ivr.configuration import Box
from tests.support import machine

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None)
START_SECONDS = 30.0
AMI_USER = "kongchong"
FAST = 450
"""Words a minute."""


def spoken_prompts() -> Path:
    """The folder of spoken prompts, made by the first that asks. They are spoken fast: a test waits for every one."""
    folder = exchange.folder().with_name("prompts-fast")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_name("prompts-fast.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not prompts.is_built(folder, None, FAST):
            prompts.build(folder, None, FAST)
    return folder


class Asterisk:
    """One Asterisk."""

    def __init__(self, *, most: int = 200, fast_port: int = 0) -> None:
        prefix = exchange.installed()
        assert prefix is not None
        self._prefix = prefix
        # A short path: it holds a socket.
        self.home = Path(tempfile.mkdtemp(prefix="kc-ast-"))
        self.sip_port, self.ami_port = machine.free_port(), machine.free_port()
        way, fast = ("fast", f"127.0.0.1:{fast_port}") if fast_port else ("async", "")
        settings = exchange.ExchangeSettings(self.sip_port, self.ami_port, AMI_USER, most=most, way=way, fast=fast)
        self.secret_file = exchange.prepare(prefix, self.home, spoken_prompts(), settings)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it is up. It ends with the thread that started it: not to be called from a passing one."""
        with (self.home / "output").open("ab") as output:
            self._process = subprocess.Popen(
                exchange.command(self._prefix, self.home),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                preexec_fn=_die_with_parent,  # noqa: PLW1509  one system call, which takes no lock
            )
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.ami_port), 1.0) as probe:
                if b"Asterisk Call Manager" in probe.recv(100):
                    # The manager answers while the dialplan is still being read, which would undo whatever is set before.
                    self.console("core waitfullybooted")
                    return
            time.sleep(0.02)
        raise RuntimeError(f"Asterisk did not start: {self.log()[-2000:]}")

    def kill(self) -> None:
        """SIGKILL."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    @property
    def pid(self) -> int:
        """Its process number."""
        assert self._process is not None
        return self._process.pid

    def console(self, words: str) -> str:
        """A command on its console; what it printed."""
        told = [str(self._prefix / "bin" / "asterisk"), "-C", str(self.home / "etc" / "asterisk.conf"), "-rx", words]
        return subprocess.run(told, capture_output=True, text=True, check=True, timeout=START_SECONDS).stdout

    def log(self) -> str:
        """Everything it wrote."""
        files = [self.home / "output", *(self.home / "log").rglob("*")]
        return "\n".join(file.read_text(errors="replace") for file in files if file.is_file())

    def box(self) -> Box:
        """How the product reaches it."""
        return Box(port=self.ami_port, user=AMI_USER, secret_file=self.secret_file)

    def stop(self) -> None:
        """End it and take its folder away."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        shutil.rmtree(self.home, ignore_errors=True)


def _die_with_parent() -> None:
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
