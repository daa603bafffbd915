"""The handset: one call at a time, in words and in sound."""

import asyncio
from pathlib import Path

import pytest

from simulators.telephone.handset import DIALLING, ENDED, IDLE, REFUSED, TALKING, Handset, Line, Words
from tests.ivr.stage import until
from tests.simulators.telephone.conftest import LINE, exchange
from tests.support import machine


def handset(port: int, prompts: Path, state: Path | None = None) -> Handset:
    return Handset(port, prompts, [Line(LINE, "shop")], state)


def test_a_call_is_heard_in_words(prompts: Path) -> None:
    async def scene() -> None:
        async with exchange() as far:
            phone = handset(far.port, prompts)
            assert (phone.state, phone.heard()) == (IDLE, [])
            phone.dial(LINE)
            assert phone.state == DIALLING
            await until(lambda: phone.state == TALKING)
            await far.says()
            await until(lambda: phone.heard() == ["再见。"])
            phone.press("5")
            await far.hears_keys()
            far.side.ask("BYE")
            await until(lambda: phone.state == ENDED)
            phone.press("5")

    asyncio.run(scene())


def test_hanging_up_says_goodbye(prompts: Path) -> None:
    async def scene() -> None:
        async with exchange() as far:
            phone = handset(far.port, prompts)
            phone.dial(LINE)
            await until(lambda: phone.state == TALKING)
            phone.hang_up()
            assert phone.state == ENDED
            await until(lambda: "BYE" in far.side.methods())
            phone.dial(LINE)
            await until(lambda: phone.state == TALKING)
            phone.hang_up()
            await asyncio.sleep(0)

    asyncio.run(scene())


def test_nobody_there(prompts: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simulators.sip_caller.call.PATIENCE", 0.1)

    async def scene() -> None:
        phone = handset(machine.free_port(), prompts)
        phone.dial(LINE)
        await until(lambda: phone.state == REFUSED)

    asyncio.run(scene())


def test_prompts_that_are_not_built_yet(tmp_path: Path) -> None:
    async def scene() -> None:
        phone = handset(9, tmp_path)
        phone.dial(LINE)
        await until(lambda: phone.state == REFUSED)

    asyncio.run(scene())


def test_what_cannot_be_pressed_or_dialled(prompts: Path) -> None:
    phone = handset(9, prompts)
    with pytest.raises(ValueError, match="A"):
        phone.press("A")
    with pytest.raises(KeyError):
        phone.dial("1")


def test_what_the_exchange_says_of_itself(prompts: Path, tmp_path: Path) -> None:
    phone = handset(9, prompts, tmp_path / "state")
    assert phone.exchange == ""
    (tmp_path / "state").write_text("missing: no Debian\n")
    assert phone.exchange == "missing: no Debian"


def test_sound_goes_on_between_calls(prompts: Path) -> None:
    async def scene() -> None:
        async with exchange() as far:
            phone = handset(far.port, prompts)
            sound = phone.sound()
            assert (await anext(sound)).startswith(b"RIFF")
            assert not any(await anext(sound))
            phone.dial(LINE)
            await until(lambda: phone.state == TALKING)
            await far.says()
            async with asyncio.timeout(30):
                while not any(await anext(sound)):
                    continue
            await sound.aclose()  # type: ignore[attr-defined]
            phone.hang_up()
            await asyncio.sleep(0)

    asyncio.run(scene())


def test_words_of_a_prompt_nobody_knows(prompts: Path) -> None:
    words = Words(prompts / "prompts.tsv")
    assert (words.of("en", "bye"), words.of("en", "strange")) == ("Goodbye.", "strange")
