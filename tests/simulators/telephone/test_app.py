"""The telephone as a web application, and its program."""

import asyncio
import subprocess
import sys
import urllib.request
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient, TestServer
from aiohttp.web import Application

from simulators.telephone.app import Telephone
from simulators.telephone.handset import TALKING, Handset, Line
from simulators.telephone.terminal import talk
from tests.ivr.stage import until
from tests.simulators.telephone.conftest import LINE, exchange
from tests.support import machine


def test_the_page_dials_presses_and_listens(prompts: Path, tmp_path: Path) -> None:
    (tmp_path / "state").write_text("fetching")

    async def scene() -> None:
        async with exchange() as far:
            handset = Handset(far.port, prompts, [Line(LINE, "shop")], tmp_path / "state")
            application = Application()
            application.router.add_routes(Telephone(handset).routes())
            async with TestClient(TestServer(application)) as client:
                for path in ("/", "/?lang=en", "/style.css", "/script.js", "/health"):
                    assert (await client.get(path)).status == 200
                told = await (await client.get("/state?lang=en")).json()
                assert (told["state"], told["heard"]) == ("idle", [])
                assert "being fetched" in told["exchange"]
                assert (await client.post("/dial", data={"line": "1"})).status == 400
                assert (await client.post("/press", data={"key": "x"})).status == 400
                assert (await client.post("/dial", data={"line": LINE})).status == 200
                await until(lambda: handset.state == TALKING)
                async with client.get("/sound") as sound:
                    assert (await sound.content.readexactly(4)) == b"RIFF"
                    await far.says()
                    await until(lambda: handset.heard() == ["再见。"])
                assert (await client.post("/press", data={"key": "#"})).status == 200
                await far.hears_keys()
                assert (await client.post("/hang-up")).status == 200
                assert (await (await client.get("/state")).json())["state"] == "ended"

    asyncio.run(scene())


def test_a_call_in_the_terminal(prompts: Path) -> None:
    shown: list[str] = []

    async def scene() -> None:
        async with exchange() as far:

            async def keys() -> AsyncIterator[str]:
                yield "1 2x#"
                await far.hears_keys()
                await far.says()
                await until(lambda: shown == ["再见。"])

            assert await talk(far.port, LINE, prompts, keys(), shown.append) == 0
            assert "BYE" in far.side.methods()

    asyncio.run(scene())


def test_a_call_in_the_terminal_that_is_not_taken(prompts: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simulators.sip_caller.call.PATIENCE", 0.1)
    shown: list[str] = []

    async def nothing() -> AsyncIterator[str]:
        lines: list[str] = []
        for line in lines:
            yield line

    assert asyncio.run(talk(machine.free_port(), LINE, prompts, nothing(), shown.append)) == 1
    assert shown == ["-- no answer"]


def test_the_program_serves_its_page(prompts: Path) -> None:
    port = machine.free_port()
    words = ("--port", str(port), "--prompts", str(prompts), "--line", f"{LINE}=shop")
    with subprocess.Popen([sys.executable, "-m", "simulators.telephone", *words], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == f"telephone ready on http://127.0.0.1:{port}/\n"
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=30) as answer:
            assert answer.status == 200
        process.terminate()
        assert process.wait(30) == 0


def test_the_program_needs_a_line(prompts: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "simulators.telephone", "--prompts", str(prompts)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (1, "--line: at least one\n")


def test_a_browser_runs_the_page(prompts: Path, tmp_path: Path) -> None:
    """Its script asks for the state and shows it."""
    if (why := machine.chromium_missing()) is not None:
        machine.skip_or_fail(why)
    port = machine.free_port()
    words = ("--port", str(port), "--prompts", str(prompts), "--line", f"{LINE}=shop")
    browser = [str(machine.chromium()), "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}"]
    with subprocess.Popen([sys.executable, "-m", "simulators.telephone", *words], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        dump = [*browser, "--virtual-time-budget=3000", "--dump-dom", f"http://127.0.0.1:{port}/?lang=en"]
        page = subprocess.run(dump, capture_output=True, text=True, check=True, timeout=100).stdout
        process.terminate()
        assert process.wait(30) == 0
    assert '<p id="state">no call</p>' in page
    assert f'value="{LINE}" checked' in page
