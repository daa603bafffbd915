"""A process that keeps a private MariaDB server for one test run and takes it away at the run's end, however it ends.

Usage: python -m tests.support.mariadb_keeper RUN_FOLDER OWNER_PID

It stands apart from pytest because pytest may be killed, and a worker that started the server may leave before others.
The server's address is in RUN_FOLDER/mariadb/server.json once it answers.
"""

import getpass
import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.support.machine import free_port, server_path

START_SECONDS = 60
STOP_SECONDS = 20
TRIES = 3

CONFIGURATION = """\
[mariadbd]
{user_line}
datadir={folder}/data
socket={folder}/db.sock
pid-file={folder}/db.pid
log-error={folder}/error.log
tmpdir={folder}/tmp
port={port}
bind-address=127.0.0.1
skip-name-resolve
character-set-server=utf8mb4
collation-server=utf8mb4_bin
default-time-zone=+00:00
sql-mode=TRADITIONAL,ONLY_FULL_GROUP_BY
transaction-isolation=READ-COMMITTED
innodb_snapshot_isolation=ON
innodb_flush_log_at_trx_commit=1
innodb_flush_method=O_DIRECT
innodb_autoinc_lock_mode=2
innodb_lock_wait_timeout=5
innodb_buffer_pool_size=96M
innodb_log_file_size=96M
max_connections=300
"""


def is_root() -> bool:
    """Root does not run a database server itself: it hands it to the user mysql."""
    return os.geteuid() == 0


def alive(pid: int) -> bool:
    """Is there a process of this number?"""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def make_data_folder(folder: Path, port: int) -> None:
    """An empty server: configuration, system tables, root without a password (the folder is private to this run)."""
    for name in ("data", "tmp"):
        (folder / name).mkdir(parents=True)
    user = "mysql" if is_root() else getpass.getuser()
    if is_root():
        owner = pwd.getpwnam(user)
        for path in (folder, folder / "data", folder / "tmp"):
            os.chown(path, owner.pw_uid, owner.pw_gid)
    configuration = folder / "my.cnf"
    configuration.write_text(CONFIGURATION.format(folder=folder, port=port, user_line=f"user={user}"))
    subprocess.run(
        [
            "mariadb-install-db",
            f"--defaults-file={configuration}",
            f"--user={user}",
            "--auth-root-authentication-method=normal",
            "--skip-test-db",
        ],
        check=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )


def start(folder: Path, port: int) -> subprocess.Popen[bytes]:
    """Start the server and wait until it answers.

    Raises:
        TimeoutError: it neither answered nor ended.
        ChildProcessError: it ended; its log is in error.log.
    """
    make_data_folder(folder, port)
    program = shutil.which("mariadbd", path=server_path()) or "mariadbd"
    server = subprocess.Popen([program, f"--defaults-file={folder}/my.cnf"], stdin=subprocess.DEVNULL)
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise ChildProcessError(f"mariadbd ended with {server.returncode}")
        ping = ["mariadb-admin", "--no-defaults", f"--socket={folder}/db.sock", "--user=root", "--silent", "ping"]
        if subprocess.run(ping, check=False, capture_output=True).returncode == 0:
            return server
        time.sleep(0.1)
    stop(server)
    raise TimeoutError("mariadbd did not answer")


def start_somewhere(folder: Path) -> tuple[subprocess.Popen[bytes], int]:
    """Start on a free port; another program may take it between the look and the start, so try again on another one."""
    for left in reversed(range(TRIES)):
        port = free_port()
        try:
            return start(folder, port), port
        except ChildProcessError:
            shutil.copy(folder / "error.log", folder.parent / "mariadb-error.log")
            shutil.rmtree(folder)
            if not left:
                raise
    raise AssertionError("unreachable")


def stop(server: subprocess.Popen[bytes]) -> None:
    """End the server; by force if it does not go."""
    server.terminate()
    try:
        server.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def announce(folder: Path, port: int) -> None:
    """Write down where the server is, in one step, so that no reader sees half of it."""
    draft = folder / "server.json.new"
    draft.write_text(json.dumps({"socket": str(folder / "db.sock"), "port": port, "keeper_pid": os.getpid()}))
    draft.rename(folder / "server.json")


def main(run_folder: Path, owner_pid: int) -> None:
    """Keep the server until the owner is gone or SIGTERM comes."""
    signal.signal(signal.SIGTERM, lambda _signal, _frame: sys.exit(0))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    folder = run_folder / "mariadb"
    server: subprocess.Popen[bytes] | None = None
    try:
        server, port = start_somewhere(folder)
        announce(folder, port)
        while alive(owner_pid) and server.poll() is None:
            time.sleep(0.2)
    finally:
        if server is not None:
            stop(server)
        shutil.rmtree(folder, ignore_errors=True)
        if not alive(owner_pid):
            shutil.rmtree(run_folder, ignore_errors=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
