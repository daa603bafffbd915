"""Debian's Kannel for tests: bearerbox and smsbox between an SMPP centre and our link over HTTP."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.support import machine

CONFIGURATION = """
group = core
admin-port = {admin}
admin-password = tests
smsbox-port = {box}
box-allow-ip = 127.0.0.1
log-level = 4
{core}
group = smsc
smsc = smpp
smsc-id = cmcc
host = 127.0.0.1
port = {smpp}
smsc-username = kannel
smsc-password = secret
system-type = ""
transceiver-mode = true
reconnect-delay = 1

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = {sendsms}
http-request-retry = 20
http-queue-delay = 1
log-level = 4

group = sendsms-user
username = kc
password = secret

group = sms-service
keyword = default
catch-all = true
max-messages = 0
get-url = "{get_url}"
"""
GET_URL = "{own}/sms/mo?from=%p&to=%P&udh=%u&bin=%b&id=%I&smsc=%i&coding=%c&secret=between"


def program(name: str) -> str:
    """Where one of Kannel's programs is. Skips the test where it is not."""
    why = machine.kannel_missing()
    if why is not None:
        machine.skip_or_fail(why)
    return str(shutil.which(name, path=machine.server_path()))


@contextmanager
def running(folder: Path, smpp: int, sendsms: int, own: str, core: str = "") -> Iterator[None]:
    """Kannel bound to a centre, asking our link at `own`; `core` is added to the settings of its core group."""
    programs = [program("bearerbox"), program("smsbox")]
    path = folder / "kannel.conf"
    ports = {"admin": machine.free_port(), "box": machine.free_port(), "smpp": smpp, "sendsms": sendsms}
    path.write_text(CONFIGURATION.format(get_url=GET_URL.format(own=own), core=core, **ports))
    with ExitStack() as stack:
        for name in programs:
            command = [name, "-v", "4", str(path)]
            process = stack.enter_context(subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
            stack.callback(process.kill)
            machine_ready(ports["box"] if name.endswith("bearerbox") else sendsms)
        yield


def machine_ready(port: int) -> None:
    """Wait until somebody listens. Raises OSError when nobody does within half a minute."""

    for _ in range(300):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise OSError(f"nobody listens on {port}")
