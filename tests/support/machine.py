"""What this machine has for the suite, and what to say loudly when something is missing."""

import os
import random
import shutil
import socket
import subprocess
from collections.abc import Callable
from importlib.util import find_spec
from itertools import count

import pytest

# Below the range from which the kernel takes ports for outgoing connections: a port there may be gone when we bind it.
LOWEST_PORT, HIGHEST_PORT = 20000, 32000


def mariadb_missing() -> str | None:
    """Why MariaDB cannot be tested here, with what to install; None when it can."""
    if shutil.which("mariadbd", path=server_path()) is None or shutil.which("mariadb-install-db") is None:
        return "MariaDB is not installed (as root: apt-get install mariadb-server)"
    if find_spec("MySQLdb") is None:
        return (
            "the MariaDB driver is not built"
            " (as root: apt-get install build-essential pkg-config python3-dev libmariadb-dev; then: make setup)"
        )
    return None


def server_path() -> str:
    """Where server programs are looked for: Debian puts them in sbin, which is not everybody's path."""
    return os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"])


def chromium() -> str | None:
    """The browser's program, or None."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


def chromium_missing() -> str | None:
    """Why pages cannot be tested in a browser here; None when they can."""
    if chromium() is None:
        return "Chromium is not installed (as root: apt-get install chromium fonts-wqy-microhei)"
    return None


def kannel_missing() -> str | None:
    """Why the link over HTTP cannot be tested with Kannel here; None when it can."""
    if shutil.which("bearerbox", path=server_path()) is None:
        return "Kannel is not installed (as root: apt-get install kannel)"
    return None


def tshark_missing() -> str | None:
    """Why nobody else reads our SMPP octets here; None when tshark does."""
    return "tshark is not installed (as root: apt-get install tshark)" if shutil.which("tshark") is None else None


def asterisk_missing() -> str | None:
    """Why calls cannot be made through a real Asterisk here; None when they can."""
    from ivr import exchange

    if exchange.installed() is None:
        return "Asterisk is not here (deploy/asterisk/install.sh)"
    return prompts_missing()


def prompts_missing() -> str | None:
    """Why the prompts cannot be spoken here; None when they can."""
    from ivr.prompts import CannotSpeak, Tools

    try:
        Tools.found()
    except CannotSpeak as error:
        return str(error)
    return None


def asterisk_nowhere() -> bool:
    """Whether no Debian release that this machine reaches has Asterisk: nobody here can do anything about it (tools/voice notes it)."""
    from ivr import exchange

    return exchange.installed() is None and exchange.folder().with_name("asterisk.nowhere").exists()


def npm_missing() -> str | None:
    """Why npm's smpp cannot be tested here; None when it can be, as far as the registry is reached."""
    return "node and npm are not installed" if shutil.which("npm") is None or shutil.which("node") is None else None


def softhsm_missing() -> str | None:
    """Why terminals' keys cannot be tested in a PKCS#11 token here; None when they can."""
    return "softhsm2 is not installed (as root: apt-get install softhsm2)" if shutil.which("softhsm2-util") is None else None


def sftp_missing() -> str | None:
    """Why reports cannot be sent to a real SFTP server here; None when they can."""
    if shutil.which("sshd", path=server_path()) is None:
        return "OpenSSH's server is not installed (as root: apt-get install openssh-server)"
    return None


def gammu_python() -> str | None:
    """The system's own Python that has gammu, which has no wheel; None where there is none."""
    python = shutil.which("python3", path="/usr/bin")
    if python is None or subprocess.run([python, "-c", "import gammu"], check=False, capture_output=True).returncode:
        return None
    return python


def gammu_missing() -> str | None:
    """Why nobody else reads our short messages here; None when gammu does."""
    return "python3-gammu is not installed (as root: apt-get install python3-gammu)" if gammu_python() is None else None


CHECKS: dict[str, Callable[[], str | None]] = {
    "MariaDB": mariadb_missing,
    "Browser": chromium_missing,
    "Kannel": kannel_missing,
    "SMPP as others read it": tshark_missing,
    "SMPP with npm's smpp": npm_missing,
    "PKCS#11": softhsm_missing,
    "Reports by SFTP": sftp_missing,
    "Short messages as gammu reads them": gammu_missing,
    "Calls through Asterisk": asterisk_missing,
    "Spoken prompts": prompts_missing,
}


def missing_parts() -> list[str]:
    """One line for each part of the suite this machine cannot run."""
    return [f"{name} is NOT TESTED: {why}" for name, check in CHECKS.items() if (why := check()) is not None]


def skip_or_fail(why: str) -> None:
    """Leave the test out; where CI=true promises a complete machine, a missing part is a failure."""
    if os.environ.get("CI") == "true":
        pytest.fail(why)
    pytest.skip(why)


def free_port() -> int:
    """A TCP port of the loopback address that nobody listens on now, below the kernel's own range.

    It is this process's alone: each of the suite's workers has a part of the range, and gives every port of it once before one again.
    """
    for _ in range(len(_OURS)):
        port = _OURS[next(_TURN) % len(_OURS)]
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise OSError(f"no free port between {_OURS[0]} and {_OURS[-1]}")


def our_ports() -> range:
    """The ports of this process among all of the suite's workers."""
    worker, workers = os.environ.get("PYTEST_XDIST_WORKER", "gw0"), int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    return range(LOWEST_PORT + int(worker[2:]), HIGHEST_PORT, workers)


_OURS = our_ports()
# Another suite on this machine begins elsewhere.
_TURN = count(random.SystemRandom().randrange(len(_OURS)))
