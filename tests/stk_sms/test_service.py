"""The whole channel: a simulated card's order through the simulated centre into the books, and the answer on the phone."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from recharge import EndpointKind, Settings
from recharge.engine.administration import SHELL
from simulators.sim_card.card import SimCard
from simulators.smsc.testing import RunningCentre, start
from stk_sms.configuration import Configuration
from stk_sms.service import Service, StoredKeys
from tests.stk_sms.smpp.peers import until
from tests.stk_sms.till import MSISDN, Till
from tests.support import machine
from tests.support.world import MASTER_KEY, NUMBER, PASSWORD


@pytest.fixture
def centre() -> Iterator[RunningCentre]:
    with start(machine.free_port(), machine.free_port()) as running:
        running.behave(redeliver_seconds=0.2)
        yield running


@pytest.fixture
def service(till: Till, centre: RunningCentre) -> Service:
    link = {"kind": "smpp", "name": "cmcc", "host": "127.0.0.1", "port": centre.port, "system_id": "kongchong"}
    told = {"links": [link], "by_carrier": {"CMCC": ["cmcc"]}, "partners": {"port": machine.free_port(), "accounts": [ACCOUNT]}}
    settings = Settings(database_url=till.world.url, master_key=SecretStr(MASTER_KEY.hex()), environment="development")
    return Service(till.engine, Configuration.model_validate(told), settings, till.masters)


LINE = "13900139000"
ACCOUNT = {"system_id": "acme", "password": "secret"}


def play(service: Service, steps: Callable[[], Awaitable[None]]) -> None:
    """Run the service for the length of some steps."""

    async def whole() -> None:
        over, ready = asyncio.Event(), asyncio.Event()
        life = asyncio.create_task(service.run(over, ready.set))
        await ready.wait()
        try:
            await steps()
        finally:
            over.set()
            await life

    asyncio.run(whole())


def packed(message: bytes) -> dict[str, object]:
    return {"sender": MSISDN, "recipient": "10086", "udh": message[:3].hex(), "data": message[3:].hex(), "coding": 0xF6, "pid": 0x7F}


def texts(centre: RunningCentre) -> list[str]:
    return [one["text"] for one in centre.messages(MSISDN)["mt"]]


def test_an_order_of_a_card_ends_as_an_answer_on_its_phone(till: Till, sim: SimCard, centre: RunningCentre, service: Service) -> None:
    async def steps() -> None:
        await asyncio.to_thread(centre.send, packed(sim.recharge(NUMBER, 5000, PASSWORD)))
        await until(lambda: bool(texts(centre)), "an answer")

    play(service, steps)
    assert till.sales() == [(NUMBER, 5000)]
    (text,) = texts(centre)
    assert text.startswith(f"{NUMBER} 充值50.00：已受理，余额951.00")
    (message,) = [one for one in centre.messages()["mo"] if not one["receipt"]]
    assert (message["state"], message["tries"]) == ("taken", 1)


def test_what_the_centre_brings_again_gets_the_first_answer(till: Till, sim: SimCard, centre: RunningCentre, service: Service) -> None:
    async def steps() -> None:
        (number,) = await asyncio.to_thread(centre.send, packed(sim.recharge(NUMBER, 5000, PASSWORD)))
        await until(lambda: len(texts(centre)) == 1, "an answer")
        await asyncio.to_thread(centre.ask, "/control/redeliver", {"id": number})
        await until(lambda: len(texts(centre)) == 2, "the answer again")

    play(service, steps)
    first, second = texts(centre)
    assert first == second
    assert till.sales() == [(NUMBER, 5000)]


def test_while_the_database_is_away_the_centre_keeps_the_order(
    till: Till, sim: SimCard, centre: RunningCentre, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    taking = service.gateway._take
    fails = [True]

    def take(batch: object) -> object:
        if fails:
            fails.pop()
            raise ConnectionError("the database is away")
        return taking(batch)  # type: ignore[arg-type]

    monkeypatch.setattr(service.gateway, "_take", take)

    async def steps() -> None:
        await asyncio.to_thread(centre.send, packed(sim.recharge(NUMBER, 5000, PASSWORD)))
        await until(lambda: bool(texts(centre)), "an answer")

    play(service, steps)
    (message,) = [one for one in centre.messages()["mo"] if not one["receipt"]]
    assert (message["state"], message["tries"]) == ("taken", 2)
    assert till.sales() == [(NUMBER, 5000)]


def test_master_keys_come_from_the_books_and_are_not_written(till: Till) -> None:
    stored = StoredKeys(till.engine)
    with pytest.raises(LookupError):
        stored.get("stk_kic", "GD", 1)
    with pytest.raises(PermissionError):
        stored.put("stk_kic", "GD", 1, b"x")
    with till.world.database.write() as connection:
        text = "INSERT INTO secret (id, purpose, name, version, wrapped, created_at) VALUES (1, 'stk_kic', 'GD', 1, ?, '2026-11-20')"
        till.world.database.change(connection, text, (b"wrapped",))
    assert stored.get("stk_kic", "GD", 1) == b"wrapped"


def test_the_program_checks_its_settings(tmp_path: Path) -> None:
    path = tmp_path / "sms.json"
    good = json.dumps({"partners": {"port": 2776, "accounts": [ACCOUNT]}})
    for text, said, code in (("{}", "neither a link nor partners", 1), (good, "ok", 0)):
        path.write_text(text)
        path.chmod(0o600)
        command = [sys.executable, "-m", "stk_sms", "--config", str(path), "--check"]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        assert said in done.stdout + done.stderr
        assert done.returncode == code


def test_the_program_serves_until_it_is_told_to_stop(till: Till, centre: RunningCentre, tmp_path: Path) -> None:
    till.world.office.endpoints.bind(SHELL, EndpointKind.PHONE_LINE, LINE, "A")
    path = tmp_path / "sms.json"
    link = {"kind": "smpp", "name": "cmcc", "host": "127.0.0.1", "port": centre.port, "system_id": "kongchong"}
    formats = [{"intent": "recharge", "template": "{number} {amount} {password}", "sample": "13800138000 50 274961"}]
    path.write_text(json.dumps({"links": [link], "formats": formats}))
    path.chmod(0o600)
    told = {"DATABASE_URL": till.world.url, "MASTER_KEY": MASTER_KEY.hex(), "ENVIRONMENT": "development"}
    settings = {f"KONGCHONG_{name}": value for name, value in told.items()}
    command = [sys.executable, "-m", "stk_sms", "--config", str(path)]
    with subprocess.Popen(command, env=os.environ | settings, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "sms gateway ready\n"
            centre.send({"sender": LINE, "recipient": "10086", "text": f"{NUMBER} 50 {PASSWORD}"})
            asyncio.run(until(lambda: bool(centre.messages(LINE)["mt"]), "an answer"))
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0
        finally:
            process.kill()
    assert "951.00" in centre.messages(LINE)["mt"][0]["text"]
    assert centre.messages()["bound"] == []
    assert till.sales() == [(NUMBER, 5000)]
