"""Whoever dies in the middle of a call, no order is lost or doubled, and the next caller is served, or refused politely."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ivr import line
from simulators.sip_caller.ears import Library
from tests.ivr.shop import LINE, OTHER_LINE, PASSWORD, SILENT, Shop, open_shop
from tests.ivr.stage import Caller, RealStage, real_stage, served_in_thread, until
from tests.support import machine
from tests.support.asterisk import Asterisk
from tests.support.world import MASTER_KEY

pytestmark = [pytest.mark.asterisk, pytest.mark.slow]


@pytest.fixture
def real_shop(clean_sqlite_url: str) -> Iterator[Shop]:
    """Books that a process of its own works on, too."""
    with open_shop(clean_sqlite_url, real_time=True) as opened:
        yield opened


async def confirms(stage: RealStage, shop: Shop) -> Caller:
    """A caller who has confirmed an order of which the carrier says nothing yet."""
    caller = await stage.call(LINE)
    await caller.press(f"1{SILENT}#30#{PASSWORD}#")
    await caller.hear_at_last("read-back/recharge", whole=False)
    await caller.press("1")
    await caller.hear_at_last("result/in-hand", whole=False)
    await until(lambda: bool(shop.orders()))
    return caller


def test_asterisk_killed_and_restarted(asterisk: Asterisk, library: Library, shop: Shop) -> None:
    async def scene() -> None:
        async with real_stage(asterisk, library) as stage, served_in_thread(shop.engine, stage.box()) as service:
            await confirms(stage, shop)
            asterisk.kill()
            await until(lambda: not service.ready)
            asterisk.start()
            await until(lambda: service.ready)
            following = await stage.call(OTHER_LINE)
            await following.press(f"113800138001#50#{PASSWORD}#")
            await following.hear_at_last("read-back/recharge", whole=False)
            await following.press("1")
            await following.hear_at_last("result/succeeded")
            await following.hang_up()

    asyncio.run(scene())
    assert shop.orders() == [("recharge", SILENT, 3000, "held")]
    assert shop.orders("B") == [("recharge", "13800138001", 5000, "succeeded")]
    shop.check()


class Process:
    """`python -m ivr`."""

    def __init__(self, folder: Path, url: str, stage: RealStage) -> None:
        self._config, self._log = folder / "ivr.json", folder / "ivr.log"
        self._config.touch(mode=0o600)
        self._config.write_text(f'{{"asterisk": [{stage.box().model_dump_json(exclude={"secret"})}]}}')
        self._environment = {
            **os.environ,
            "KONGCHONG_ENVIRONMENT": "development",
            "KONGCHONG_DATABASE_URL": url,
            "KONGCHONG_MASTER_KEY": MASTER_KEY.hex(),
        }
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; `is_up` says when it serves calls."""
        self._log.unlink(missing_ok=True)
        words = [sys.executable, "-m", "ivr", "--config", str(self._config)]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(words, env=self._environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def is_up(self) -> bool:
        """Whether it has said that it is ready; a process that ended says why."""
        assert self._process is not None
        assert self._process.poll() is None, self.log()
        return "ivr ready" in self.log()

    def log(self) -> str:
        """What it wrote since its last start."""
        return self._log.read_text()

    def kill(self) -> None:
        """SIGKILL."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def finish(self) -> int:
        """SIGTERM; how it ended."""
        assert self._process is not None
        self._process.terminate()
        return self._process.wait(30)


def test_the_process_killed_in_the_middle_of_a_call(
    asterisk: Asterisk, library: Library, real_shop: Shop, clean_sqlite_url: str, tmp_path: Path
) -> None:
    shop = real_shop

    async def scene() -> None:
        async with real_stage(asterisk, library) as stage:
            process = Process(tmp_path, clean_sqlite_url, stage)
            process.start()
            try:
                await until(process.is_up)
                caller = await confirms(stage, shop)
                process.kill()
                # Asterisk does not know yet that nobody is there: the call is not taken, and costs nobody anything.
                refused = asyncio.create_task(stage.refused(OTHER_LINE))
                process.start()
                await caller.hear_at_last("sorry")
                await caller.ended()
                assert await refused == ["busy"]
                await until(process.is_up)
                following = await stage.call(OTHER_LINE)
                await following.hear_at_last("greeting", whole=False)
                # Told to finish, it lets the call come to its end, and Asterisk turns the next one away.
                ending = asyncio.create_task(asyncio.to_thread(process.finish))
                await until(lambda: "IVR_BEAT=0\n" in asterisk.console("dialplan show globals"))
                assert await stage.refused(LINE) == ["busy"]
                await following.press("0")
                await following.hear_at_last("bye")
                await following.ended()
                assert await ending == 0
                assert PASSWORD not in process.log()
            finally:
                process.kill()

    asyncio.run(scene())
    assert shop.orders() == [("recharge", SILENT, 3000, "held")]
    assert len(shop.references()) == 1
    shop.check()


def test_no_answer_from_us_is_not_silence_for_ever(
    asterisk: Asterisk, library: Library, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cut off for good: the call's own limit ends the silence, in the dialplan's words."""
    monkeypatch.setattr(line, "GONE_SECONDS", 3)

    async def scene() -> None:
        async with real_stage(asterisk, library) as stage:
            async with served_in_thread(shop.engine, stage.box()):
                caller = await stage.call(LINE)
                await caller.press("9")
                await caller.hear_at_last("bad/key", whole=False)
            # The service is gone; the question in hand goes on by itself, and then nobody comes.
            await caller.press("1")
            await caller.hear_at_last("sorry")
            await caller.ended()

    asyncio.run(scene())


def test_a_machine_without_asterisk_is_said_loudly(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ASTERISK_PREFIX", str(tmp_path / "asterisk"))
    assert any(line.startswith("Calls through Asterisk is NOT TESTED") for line in machine.missing_parts())
    assert not machine.asterisk_nowhere()
    (tmp_path / "asterisk.nowhere").touch()
    assert machine.asterisk_nowhere()
