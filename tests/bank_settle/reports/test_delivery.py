"""Reports sent where they are wanted: to a real SFTP server (OpenSSH's), whose key must be known; and one way that fails keeps no other."""

import getpass
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import paramiko
import pytest

from bank_settle.configuration import BadConfiguration, Delivery, Sftp, read_configuration
from bank_settle.reports.delivery import NotDelivered, deliver, upload
from bank_settle.reports.run import write_reports
from tests.bank_settle.scene import DAY, Scene
from tests.support import machine


@dataclass(frozen=True)
class Server:
    """An SFTP server of this test run, with its keys."""

    base: Path
    port: int

    @property
    def inbox(self) -> Path:
        return self.base / "inbox"

    def settings(self, **said: object) -> Sftp:
        plain = {"host": "127.0.0.1", "port": self.port, "username": getpass.getuser(), "key_file": self.base / "client_key",
                 "known_hosts": self.base / "known_hosts", "folder": str(self.inbox)}  # fmt: skip
        return Sftp.model_validate(plain | said)


def make_key(path: Path) -> str:
    """A key pair; the public half."""
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(path)], check=True)
    return path.with_suffix(".pub").read_text().strip()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """OpenSSH's server on a port of its own, with keys of its own; it takes nothing but SFTP."""
    why = machine.sftp_missing()
    if why is not None:
        machine.skip_or_fail(why)
    base, port = tmp_path_factory.mktemp("sftp"), machine.free_port()
    host = make_key(base / "host_key")
    (base / "authorized").write_text(make_key(base / "client_key") + "\n")
    (base / "known_hosts").write_text(f"[127.0.0.1]:{port} {host}\n")
    (base / "inbox").mkdir()
    lines = (
        f"Port {port}", "ListenAddress 127.0.0.1", f"HostKey {base}/host_key", f"AuthorizedKeysFile {base}/authorized", "PidFile none",
        "StrictModes no", "UsePAM no", "PasswordAuthentication no", "Subsystem sftp internal-sftp", "ForceCommand internal-sftp",
    )  # fmt: skip
    (base / "sshd_config").write_text("\n".join(lines) + "\n")
    if os.getuid() == 0:
        # Where a server that root starts shuts its helper up; systemd makes it for the system's own.
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    with (base / "log").open("w") as log:
        process = subprocess.Popen(["/usr/sbin/sshd", "-D", "-e", "-f", str(base / "sshd_config")], stderr=log)
        await_port(port, process)
        yield Server(base, port)
        process.terminate()
        process.wait(10)


def await_port(port: int, process: "subprocess.Popen[bytes]") -> None:
    while process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    pytest.fail("the SFTP server did not start")


@pytest.fixture
def reports(tmp_path: Path) -> list[Path]:
    """Files of one day and version."""
    folder = tmp_path / "20261120" / "v1"
    folder.mkdir(parents=True)
    for name in ("agents.csv", "agents.pdf", "日结.xlsx"):
        (folder / name).write_bytes(name.encode() * 5000)
    return sorted(folder.iterdir())


def arrived(server: Server, version: str = "v1") -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (server.inbox / "20261120" / version).iterdir()}


@pytest.fixture(autouse=True)
def _empty(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    if "server" in request.fixturenames:
        subprocess.run(["rm", "-rf", str(request.getfixturevalue("server").inbox / "20261120")], check=True)


def test_files_arrive_whole_and_the_same_again(server: Server, reports: list[Path]) -> None:
    sent = {path.name: path.read_bytes() for path in reports}
    for _ in range(2):
        upload(server.settings(), reports)
        assert arrived(server) == sent


def test_a_corrected_report_takes_the_place_of_the_first(server: Server, reports: list[Path]) -> None:
    upload(server.settings(), reports)
    reports[0].write_bytes(b"corrected")
    upload(server.settings(), reports)
    assert arrived(server)[reports[0].name] == b"corrected"


def test_what_was_cut_off_is_sent_anew(server: Server, reports: list[Path]) -> None:
    """A part that an earlier try left is written over, and nobody ever sees half a report under its name."""
    place = server.inbox / "20261120" / "v1"
    place.mkdir(parents=True)
    (place / f".{reports[0].name}.part").write_bytes(b"half" * 100_000)
    upload(server.settings(), reports)
    assert arrived(server) == {path.name: path.read_bytes() for path in reports}


def test_a_name_is_never_there_before_the_file_is_whole(server: Server, reports: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[list[str]] = []
    put = paramiko.SFTPClient.put

    def watched(self: paramiko.SFTPClient, local: str, remote: str) -> object:
        done = put(self, local, remote)
        seen.append(sorted(path.name for path in (server.inbox / "20261120" / "v1").iterdir()))
        return done

    monkeypatch.setattr(paramiko.SFTPClient, "put", watched)
    upload(server.settings(), reports)
    names = [path.name for path in reports]
    assert seen == [sorted([*names[:count], f".{names[count]}.part"]) for count in range(len(names))]


def refused(server: Server, reports: list[Path], **said: object) -> str:
    with pytest.raises(NotDelivered) as caught:
        deliver(Delivery(sftp=server.settings(**said)), "day", reports)
    return str(caught.value)


def test_a_server_whose_key_is_not_known_gets_nothing(server: Server, reports: list[Path], tmp_path: Path) -> None:
    (tmp_path / "nobody").write_text("")
    assert "not found in known_hosts" in refused(server, reports, known_hosts=tmp_path / "nobody")
    assert not (server.inbox / "20261120").exists()


def test_a_server_with_another_key_gets_nothing(server: Server, reports: list[Path], tmp_path: Path) -> None:
    (tmp_path / "other").write_text(f"[127.0.0.1]:{server.port} {make_key(tmp_path / 'other_key')}\n")
    assert "does not match" in refused(server, reports, known_hosts=tmp_path / "other")
    assert not (server.inbox / "20261120").exists()


def test_our_own_key_must_be_the_right_one(server: Server, reports: list[Path], tmp_path: Path) -> None:
    make_key(tmp_path / "wrong")
    assert "Authentication failed" in refused(server, reports, key_file=tmp_path / "wrong")
    assert "No such file" in refused(server, reports, key_file=tmp_path / "none")


def test_a_folder_that_is_not_there_and_a_server_that_is_away(server: Server, reports: list[Path]) -> None:
    assert "No such file" in refused(server, reports, folder=str(server.base / "nowhere"))
    assert "sftp 127.0.0.1: " in refused(server, reports, port=machine.free_port())


def test_one_way_that_fails_keeps_no_other(server: Server, reports: list[Path], tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    told = Delivery(folder=blocked, sftp=server.settings(), smtp=f"127.0.0.1:{machine.free_port()}", recipients=("f@example.org",))
    with pytest.raises(NotDelivered) as caught:
        deliver(told, "day", reports)
    assert len(arrived(server)) == len(reports)
    assert [reason.split(":")[0] for reason in str(caught.value).split("; ")] == [str(blocked), "smtp 127.0.0.1"]
    for language, word in (("zh_CN", "没有送到"), ("en", "not delivered"), ("id", "belum terkirim")):
        assert word in caught.value.told(language)


def test_the_days_own_reports_go_there(server: Server, scene: Scene) -> None:
    scene.sale()
    scene.morning_after()
    scene.configuration = scene.configuration.model_copy(update={"delivery": Delivery(sftp=server.settings())})
    scene.parts = scene.new_parts("sftp")
    from bank_settle.pipeline import Pipeline

    Pipeline(scene.parts).run(DAY)
    written = write_reports(scene.parts, DAY)
    assert arrived(server) == {path.name: path.read_bytes() for path in written}


def test_paths_in_the_settings_are_relative_to_their_file(tmp_path: Path) -> None:
    path = tmp_path / "settle.toml"
    head = 'archive = "a"\nreports = "r"\n[delivery]\nfolder = "out"\npassword_file = "pw"\n'
    sftp = '[delivery.sftp]\nhost = "sftp.example.org"\nusername = "kc"\nkey_file = "key"\nknown_hosts = "/etc/ssh/known"\n'
    path.write_text(head + sftp)
    told = read_configuration(path).delivery
    assert (told.folder, told.password_file) == (tmp_path / "out", tmp_path / "pw")
    assert told.sftp is not None
    assert (told.sftp.key_file, told.sftp.known_hosts, told.sftp.port) == (tmp_path / "key", Path("/etc/ssh/known"), 22)
    path.write_text(head + sftp.replace("sftp.example.org", "-oProxyCommand=x"))
    with pytest.raises(BadConfiguration, match="host"):
        read_configuration(path)
