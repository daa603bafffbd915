"""What the suite says about the machine it runs on."""

import socket
from pathlib import Path

import pytest

from tests.support import machine


def test_a_free_port_can_be_listened_on() -> None:
    with socket.create_server(("127.0.0.1", machine.free_port())) as server:
        assert machine.LOWEST_PORT <= server.getsockname()[1] <= machine.HIGHEST_PORT


def test_a_taken_port_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", machine.free_port())) as server:
        taken = server.getsockname()[1]
        monkeypatch.setattr(machine, "_OURS", range(taken, taken + 1))
        with pytest.raises(OSError, match="no free port"):
            machine.free_port()


def test_a_port_is_not_given_twice_while_others_are_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "_OURS", range(machine.LOWEST_PORT, machine.HIGHEST_PORT)[:50])
    given = [machine.free_port() for _ in range(40)]
    assert len(set(given)) == len(given)


def test_workers_have_no_port_in_common(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_XDIST_WORKER_COUNT", "3")
    ranges = []
    for worker in ("gw0", "gw1", "gw2"):
        monkeypatch.setenv("PYTEST_XDIST_WORKER", worker)
        ranges.append(set(machine.our_ports()))
    assert set.union(*ranges) == set(range(machine.LOWEST_PORT, machine.HIGHEST_PORT))
    assert sum(map(len, ranges)) == len(set.union(*ranges))


def test_free_ports_are_below_the_kernels_own() -> None:
    with open("/proc/sys/net/ipv4/ip_local_port_range", encoding="ascii") as file:  # noqa: PTH123  no file of ours
        lowest = int(file.read().split()[0])
    assert lowest > machine.HIGHEST_PORT


def test_a_missing_server_is_named_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.support.machine.shutil.which", lambda *_arguments, **_options: None)
    monkeypatch.setattr("ivr.exchange.installed", lambda: None)
    assert machine.missing_parts() == [
        "MariaDB is NOT TESTED: MariaDB is not installed (as root: apt-get install mariadb-server)",
        "Browser is NOT TESTED: Chromium is not installed (as root: apt-get install chromium fonts-wqy-microhei)",
        "Kannel is NOT TESTED: Kannel is not installed (as root: apt-get install kannel)",
        "SMPP as others read it is NOT TESTED: tshark is not installed (as root: apt-get install tshark)",
        "SMPP with npm's smpp is NOT TESTED: node and npm are not installed",
        "PKCS#11 is NOT TESTED: softhsm2 is not installed (as root: apt-get install softhsm2)",
        "Reports by SFTP is NOT TESTED: OpenSSH's server is not installed (as root: apt-get install openssh-server)",
        "Short messages as gammu reads them is NOT TESTED: python3-gammu is not installed (as root: apt-get install python3-gammu)",
        "Calls through Asterisk is NOT TESTED: Asterisk is not here (deploy/asterisk/install.sh)",
        "Spoken prompts is NOT TESTED: espeak-ng and sox are not installed (Debian: apt-get install espeak-ng sox)",
    ]


def test_a_missing_driver_is_named_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.support.machine.shutil.which", lambda *_arguments, **_options: "/bin/true")
    monkeypatch.setattr(machine, "find_spec", lambda _name: None)
    assert "libmariadb-dev" in str(machine.mariadb_missing())


def test_a_complete_machine_is_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.support.machine.shutil.which", lambda *_arguments, **_options: "/bin/true")
    monkeypatch.setattr(machine, "find_spec", lambda name: name)
    monkeypatch.setattr("ivr.exchange.installed", lambda: Path("/bin"))
    assert machine.missing_parts() == []


def test_a_missing_part_is_skipped_by_a_person(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception):
        machine.skip_or_fail("no server")


def test_a_missing_part_fails_where_the_machine_is_promised_to_be_complete(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="no server"):
        machine.skip_or_fail("no server")
