"""The carrier as a process: its ready line, its port, its end, and a ledger that survives being killed."""

import json
import random
import signal
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from http.client import HTTPException
from pathlib import Path

from simulators.carrier.testing import RunningCarrier, free_port, start
from tests.simulators.carrier.partner import SAMPLE, Partner, get, listening, with_digits


def test_it_lives(carrier: RunningCarrier) -> None:
    status, _, told = get(f"{carrier.base_url}/health")
    assert (status, json.loads(told)) == (200, {"status": "ok"})


def test_it_says_when_it_is_ready_and_ends_in_order(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"s" * 40 + b"\r\n")
    port = free_port()
    command = [sys.executable, "-W", "error", "-m", "simulators.carrier", "--port", str(port)]
    command += ["--ledger", str(tmp_path / "l.sqlite"), "--secret-file", str(tmp_path / "secret")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == f"carrier simulator ready on http://127.0.0.1:{port}\n"
        partner = Partner(f"http://127.0.0.1:{port}", b"s" * 40)
        assert partner.recharge(1001).code == "0000", "the line end is no part of the secret"
        process.send_signal(signal.SIGTERM)
        left, problems = process.communicate(timeout=30)
    assert (process.returncode, left, problems) == (0, "", "")


def test_the_command_line_explains_itself() -> None:
    told = subprocess.run([sys.executable, "-m", "simulators.carrier", "--help"], capture_output=True, text=True, check=True)
    assert "--callback-url" in told.stdout
    assert "silent_done" in told.stdout


def test_it_listens_on_this_machine_only(carrier: RunningCarrier) -> None:
    # Addresses stand in the kernel's table as hexadecimal words, 127.0.0.1 as 0100007F.
    listening_on = [line.split()[1] for line in Path("/proc/net/tcp").read_text().splitlines()[1:] if line.split()[3] == "0A"]
    ours = [place for place in listening_on if int(place.split(":")[1], 16) in (carrier.port, carrier.control_port)]
    assert len(ours) == 2
    assert all(place.startswith("0100007F:") for place in ours)


def test_the_ledger_outlives_the_process(carrier: RunningCarrier, partner: Partner) -> None:
    told = partner.recharge(1001)
    carrier.stop()
    carrier.begin()
    assert partner.query(1001).fields == told.fields
    assert partner.recharge(1001)["SerialNumber"] == told["SerialNumber"]
    assert partner.recharge(1002)["CarrierReference"] != told["CarrierReference"]


def test_killed_under_load_it_keeps_what_it_answered(tmp_path: Path) -> None:
    seed = random.randrange(10**9)
    chance = random.Random(seed)
    answered: dict[int, str] = {}
    over = threading.Event()

    def load(partner: Partner, first: int) -> None:
        reference = first
        while not over.is_set():
            try:
                told = partner.recharge(reference, amount=100)
            except (OSError, HTTPException):
                # Nothing is known of this one; it is sent again under the same reference.
                over.wait(0.01)
                continue
            if told.proven and told.code == "0000":
                answered[reference] = told["SerialNumber"]
                reference += 1

    with start(tmp_path) as carrier:
        partner = Partner(carrier.base_url)
        threads = [threading.Thread(target=load, args=(partner, base * 100_000)) for base in range(1, 9)]
        for thread in threads:
            thread.start()
        for _ in range(3):
            over.wait(chance.uniform(0.2, 0.5))
            carrier.kill()
            carrier.begin()
        over.wait(0.2)
        over.set()
        for thread in threads:
            thread.join()
        totals = carrier.control.ledger()["totals"]
        assert totals["most_credits"] == 1, f"seed {seed}"
        with closing(sqlite3.connect(carrier.ledger_file)) as ledger:
            proofs = dict(ledger.execute("select reference, serial_number from credit").fetchall())
        assert len(answered) > 50
        assert {str(reference): proof for reference, proof in answered.items()}.items() <= proofs.items(), f"seed {seed}"
        assert totals["charged_minor"] == 100 * len(proofs)


def test_callbacks_go_on_after_a_kill(tmp_path: Path) -> None:
    with listening() as listener, start(tmp_path, callback_url="http://127.0.0.1:1/nobody") as carrier:
        carrier.control.behave(durations={"final": 0.0}, callback_plan=[0.1] * 50)
        Partner(carrier.base_url).recharge(1001, with_digits("9010"))
        carrier.kill()
        carrier.begin()
        carrier.control.behave(callback_url=listener.url, callback_plan=[0.1] * 50)
        threading.Event().wait(0.1)
        for _ in range(400):
            if listener.about(1001):
                break
            threading.Event().wait(0.05)
        assert listener.about(1001)[0].proven
        assert listener.about(1001)[0].fields["Code"] == "0000"


def test_a_forgetful_carrier_credits_twice(tmp_path: Path) -> None:
    with start(tmp_path, "--no-dedupe") as carrier:
        partner = Partner(carrier.base_url)
        proofs = {partner.recharge(1001)["SerialNumber"] for _ in range(2)}
        assert len(proofs) == 2
        assert carrier.control.ledger()["totals"]["most_credits"] == 2


def test_the_command_line_sets_the_scene(tmp_path: Path) -> None:
    with start(tmp_path, "--stock", "7000", behaviour="partial", partner="north", secret=b"n" * 32, seed=9) as carrier:
        partner = Partner(carrier.base_url, b"n" * 32, "north")
        told = partner.recharge(1001, amount=6000)
        assert (told.code, told["StockAfter"]) == ("0001", "4000")
        assert partner.recharge(1002, amount=6000).code == "2012"
        carrier.control.behave("ok")
        carrier.control.reset()
        assert partner.recharge(1003, SAMPLE, 6000).code == "0001"


def test_refused_without_a_control_port_resets_instead(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"s" * 40)
    port = free_port()
    command = [sys.executable, "-m", "simulators.carrier", "--port", str(port), "--behaviour", "refused"]
    command += ["--ledger", str(tmp_path / "l.sqlite"), "--secret-file", str(tmp_path / "secret")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        problem = Partner(f"http://127.0.0.1:{port}", b"s" * 40).hear_nothing(1001, SAMPLE)
        assert isinstance(problem, ConnectionResetError)
        process.terminate()
        process.communicate(timeout=30)
