"""The table of prompts, and the files made of it."""

import re
import subprocess
import sys
import wave
from pathlib import Path

import pytest

from ivr import prompts as prompts_module
from ivr.dialogue import call
from ivr.exchange import LANGUAGES, TEMPLATES
from ivr.prompts import FRAME, CannotSpeak, Tools, build, fingerprint, is_built, table
from tests.support import machine

SOURCES = sorted((Path(prompts_module.__file__).parent).rglob("*.py"))
_SYLLABLE = re.compile(r"[a-zü]+[1-5]")


@pytest.mark.parametrize("name", sorted(table()))
def test_pinyin_has_a_syllable_with_a_tone_for_each_character(name: str) -> None:
    prompt = table()[name]
    characters = re.findall(r"[\u4e00-\u9fff]", prompt.zh)
    syllables = prompt.pinyin.split()
    assert len(characters) == len(syllables), prompt
    assert all(_SYLLABLE.fullmatch(syllable) for syllable in syllables)


def test_a_prompt_is_in_all_languages_unless_it_is_a_number_or_a_coin() -> None:
    some = {name for name, prompt in table().items() if not all(prompt.text(language) for language in LANGUAGES)}
    assert all(name.startswith(("number/", "unit/")) for name in some), some


def test_every_prompt_that_the_code_names_is_in_the_table() -> None:
    named = {name for path in SOURCES for name in re.findall(r'"((?:[a-z-]+/)[a-z0-9_-]+)"', path.read_text("utf-8"))}
    unknown = {name for name in named if name.split("/")[0] in {known.split("/")[0] for known in table()}} - set(table())
    assert not unknown
    assert {"busy", "sorry", "bye", *call._MENU} <= set(table())


def test_the_dialplans_own_prompts_are_in_the_table() -> None:
    assert set(re.findall(r"kongchong/(\w+)", (TEMPLATES / "dialplan.conf").read_text())) <= set(table())


@pytest.fixture
def little_table(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A table of two prompts."""
    why = machine.prompts_missing()
    if why is not None:
        machine.skip_or_fail(why)
    path = tmp_path / "prompts.tsv"
    path.write_text("name\tzh\tpinyin\ten\tid\nbye\t再见。\tzai4 jian4\tGoodbye.\tSampai jumpa.\nnumber/yao\t幺\tyao1\t\t\n", "utf-8")
    monkeypatch.setattr(prompts_module, "TABLE", path)
    table.cache_clear()
    monkeypatch.setattr(prompts_module, "table", table.__wrapped__)
    return tmp_path / "spoken"


@pytest.fixture(autouse=True)
def _whole_table_afterwards() -> object:
    yield
    table.cache_clear()


def test_prompts_are_spoken_as_a_law_in_whole_packets(little_table: Path) -> None:
    assert build(little_table) == 4
    files = sorted(path.relative_to(little_table).as_posix() for path in little_table.rglob("*.alaw"))
    assert files == ["en/bye.alaw", "id/bye.alaw", "zh/bye.alaw", "zh/number/yao.alaw"]
    for name in files:
        size = (little_table / name).stat().st_size
        assert size % FRAME == 0
        assert 800 < size < 16000, name
    assert (little_table / "prompts.tsv").exists()
    assert is_built(little_table)
    assert not is_built(little_table, None, 300)


def test_a_recording_of_the_same_name_goes_before_the_voice(little_table: Path, tmp_path: Path) -> None:
    recorded = tmp_path / "recorded"
    (recorded / "zh").mkdir(parents=True)
    (recorded / "en").mkdir()
    (recorded / "zh" / "bye.alaw").write_bytes(b"\x55" * 100)
    with wave.open(str(recorded / "en" / "bye.wav"), "wb") as file:
        file.setparams((1, 2, 16000, 0, "NONE", ""))
        file.writeframes(b"".join((8000 if at // 20 % 2 else -8000).to_bytes(2, "little", signed=True) for at in range(16000)))
    build(little_table, recorded)
    assert (little_table / "zh" / "bye.alaw").read_bytes() == b"\x55" * 100 + b"\xd5" * 60
    assert 7000 < (little_table / "en" / "bye.alaw").stat().st_size <= 8160
    assert is_built(little_table, recorded)
    (recorded / "zh" / "bye.alaw").write_bytes(b"\x55" * 200)
    assert not is_built(little_table, recorded)


def test_a_recording_that_is_none_is_said_so(little_table: Path, tmp_path: Path) -> None:
    (tmp_path / "recorded" / "zh").mkdir(parents=True)
    (tmp_path / "recorded" / "zh" / "bye.wav").write_bytes(b"no sound")
    with pytest.raises(CannotSpeak, match="sox"):
        build(little_table, tmp_path / "recorded")
    assert not is_built(little_table, tmp_path / "recorded")


def test_without_a_voice_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("ASTERISK_PREFIX", str(tmp_path))
    with pytest.raises(CannotSpeak, match="apt-get install espeak-ng sox"):
        Tools.found()


def test_the_voice_that_came_with_asterisk_will_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    for name in ("asterisk", "espeak-ng", "sox"):
        (tmp_path / "bin" / name).touch(0o755)
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("ASTERISK_PREFIX", str(tmp_path))
    assert Tools.found() == Tools(str(tmp_path / "bin" / "espeak-ng"), str(tmp_path / "bin" / "sox"))


def test_what_stands_is_not_made_again(tmp_path: Path) -> None:
    (tmp_path / "made").write_text(fingerprint(None, 165), "ascii")
    done = subprocess.run([sys.executable, "-m", "ivr.prompts", str(tmp_path)], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")
