"""A channel's process from its command line: settings that can be used or one sentence why not, and never a secret in it."""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import Field, SecretStr

from recharge import BadConfiguration, ConfigurationPart, SettingsError, announce, read_configuration_file, run_channel, told_to_stop
from recharge.settings import Problem


class Place(ConfigurationPart):
    """Where to listen."""

    port: int = Field(ge=1)


class Told(ConfigurationPart):
    """Settings of a channel that there is not."""

    places: tuple[Place, ...] = Field(min_length=1)
    password: SecretStr = SecretStr("")


def written(folder: Path, text: str, mode: int = 0o640) -> Path:
    path = folder / "channel.json"
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return path


def read(path: Path) -> Told:
    return read_configuration_file(path, Told)


GOOD = '{"places": [{"port": 8583}]}'


def test_what_stands_in_the_file_is_read(tmp_path: Path) -> None:
    assert read(written(tmp_path, GOOD)).places[0].port == 8583


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"places": []}', "places: "),
        ('{"places": [{"port": 1}, {"port": 0}]}', "places.1.port: "),
        ('{"places": [{"port": 1}], "colour": "red"}', "colour: "),
        ('{"places": [{"port": 1}], "password": 271828}', "password: "),
        ("{", "channel.json: "),
    ],
)
def test_what_is_wrong_is_named_by_its_place_and_without_its_value(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(BadConfiguration) as error:
        read(written(tmp_path, text))
    assert str(error.value).startswith(told)
    assert "271828" not in str(error.value)
    assert "red" not in str(error.value)


def test_everything_that_is_wrong_is_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(BadConfiguration) as error:
        read(written(tmp_path, '{"places": [{"port": 0}, {"port": "x"}], "colour": 1}'))
    assert {line.partition(":")[0] for line in str(error.value).splitlines()} >= {"places.0.port", "places.1.port", "colour"}


@pytest.mark.parametrize("mode", [0o644, 0o660, 0o642])
def test_a_file_that_others_could_read_or_write_is_refused(tmp_path: Path, mode: int) -> None:
    with pytest.raises(BadConfiguration, match="chmod 640"):
        read(written(tmp_path, GOOD, mode))


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(BadConfiguration, match="cannot be read"):
        read(tmp_path / "channel.json")


class Closed(Exception):
    """The channel's own reason not to start."""


Run = Callable[..., list[Told]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs the channel with a file of this text; what it served."""
    monkeypatch.setattr(logging, "basicConfig", lambda **_: None)

    def ran(text: str, *words: str, fails: Exception | None = None) -> list[Told]:
        served: list[Told] = []

        def serve(told: Told) -> None:
            served.append(told)
            if fails is not None:
                raise fails

        monkeypatch.setattr(sys, "argv", ["channel", "--config", str(written(tmp_path, text)), *words])
        run_channel("channel", "A channel that there is not.", read, serve, (Closed,))
        return served

    return ran


def test_it_serves_with_its_settings(run: Run) -> None:
    assert [told.places[0].port for told in run(GOOD)] == [8583]


def test_asked_to_check_it_says_ok_and_serves_nobody(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(GOOD, "--check") == []
    assert capsys.readouterr().out == "ok\n"


@pytest.mark.parametrize("words", [(), ("--check",)])
def test_settings_that_cannot_be_used_are_one_sentence(run: Run, words: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit, match=r"^places: "):
        run('{"places": []}', *words)


@pytest.mark.parametrize("error", [SettingsError([Problem("KONGCHONG_MASTER_KEY", "is missing")]), Closed("the key is missing")])
def test_what_keeps_it_from_serving_is_one_sentence(run: Run, error: Exception) -> None:
    with pytest.raises(SystemExit, match="is missing"):
        run(GOOD, fails=error)


def test_a_fault_of_the_programs_own_is_not_hidden(run: Run) -> None:
    with pytest.raises(ZeroDivisionError):
        run(GOOD, fails=ZeroDivisionError())


def test_without_a_file_the_words_are_explained(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["channel"])
    with pytest.raises(SystemExit):
        run_channel("channel", "A channel that there is not.", read, lambda _: None)
    assert "python -m channel" in capsys.readouterr().err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_is_an_event_of_the_loop(number: signal.Signals) -> None:
    async def play() -> None:
        over = told_to_stop()
        assert not over.is_set()
        os.kill(os.getpid(), number)
        await asyncio.wait_for(over.wait(), 10)

    asyncio.run(play())


def test_a_line_is_out_at_once(capfd: pytest.CaptureFixture[str]) -> None:
    announce("ready")
    assert capfd.readouterr().out == "ready\n"
