"""What callers hear: one table of prompts in three languages, spoken by espeak-ng into A-law files, or recorded under the same names.

`python -m ivr.prompts FOLDER [--recorded FOLDER]` makes FOLDER/zh, /en and /id.
"""

import argparse
import csv
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ivr import exchange
from ivr.exchange import LANGUAGES

TABLE = Path(__file__).parent / "prompts.tsv"
VOICES = {"zh": "cmn-latn-pinyin", "en": "en-us", "id": "id"}
WORDS_A_MINUTE = 165
# 20 ms at 8,000 octets a second: what goes into one packet. A file that is whole packets is heard whole.
FRAME = 160
_SILENCE = b"\xd5"
_RECORDED_AS = (".alaw", ".wav", ".flac", ".ogg")
_DONE = "made"


class CannotSpeak(Exception):
    """A program that is needed is not here, or failed; the text says which."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """One row of the table: what is said in each language, and the Chinese in pinyin with tones, because espeak-ng misreads 汉字."""

    name: str
    zh: str
    pinyin: str
    en: str
    id: str

    def text(self, language: str) -> str:
        """What a person reads; empty where this language has no such prompt."""
        return {"zh": self.zh, "en": self.en, "id": self.id}[language]

    def spoken(self, language: str) -> str:
        """What the voice reads."""
        return self.pinyin if language == "zh" else self.text(language)


@cache
def table() -> Mapping[str, Prompt]:
    """The prompts by name."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return {row["name"]: Prompt(**row) for row in rows}


def language_of(code: str) -> str:
    """The prompts' language for one of the engine's (zh_CN)."""
    short = code.split("_", maxsplit=1)[0]
    return short if short in LANGUAGES else LANGUAGES[0]


def build(folder: Path, recorded: Path | None = None, speed: int = WORDS_A_MINUTE) -> int:
    """Make every prompt of every language anew; the number of files. Raises CannotSpeak.

    `recorded`/LANGUAGE/NAME.wav (or .alaw, .flac, .ogg) goes before the voice, for each prompt by itself.
    """
    tools = Tools.found()
    wanted = [(language, prompt) for language in LANGUAGES for prompt in table().values() if prompt.text(language)]
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as workers:
        made = list(workers.map(lambda item: _make(tools, folder, recorded, speed, *item), wanted))
    shutil.copyfile(TABLE, folder / TABLE.name)
    (folder / _DONE).write_text(fingerprint(recorded, speed), encoding="ascii")
    return len(made)


def is_built(folder: Path, recorded: Path | None = None, speed: int = WORDS_A_MINUTE) -> bool:
    """Whether the folder holds what `build` would make now."""
    done = folder / _DONE
    return done.exists() and done.read_text(encoding="ascii") == fingerprint(recorded, speed)


def fingerprint(recorded: Path | None, speed: int) -> str:
    """Changes when the table, the recordings or the voice's speed do."""
    digest = hashlib.sha256(TABLE.read_bytes() + str(speed).encode())
    for file in sorted(recorded.rglob("*")) if recorded else ():
        if file.is_file():
            digest.update(f"{file} {file.stat().st_size} {file.stat().st_mtime_ns}\n".encode())
    return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class Tools:
    """The programs that speak and convert."""

    espeak: str
    sox: str

    @classmethod
    def found(cls) -> "Tools":
        """Those of the machine, or those that came with Asterisk. Raises CannotSpeak."""
        own = exchange.installed()
        path = os.pathsep.join([os.environ.get("PATH", ""), *([str(own / "bin")] if own else [])])
        espeak, sox = shutil.which("espeak-ng", path=path), shutil.which("sox", path=path)
        if espeak is None or sox is None:
            raise CannotSpeak("espeak-ng and sox are not installed (Debian: apt-get install espeak-ng sox)")
        return cls(espeak, sox)


def _make(tools: Tools, folder: Path, recorded: Path | None, speed: int, language: str, prompt: Prompt) -> Path:
    target = folder / language / f"{prompt.name}.alaw"
    target.parent.mkdir(parents=True, exist_ok=True)
    own = _recording(recorded, language, prompt.name)
    if own is not None and own.suffix == ".alaw":
        sound = own.read_bytes()
    elif own is not None:
        sound = _converted(tools, [str(own)], b"")
    else:
        wave = _run([tools.espeak, "-v", VOICES[language], "-s", str(speed), "--stdout", prompt.spoken(language)], b"")
        sound = _converted(tools, ["-t", "wav", "-"], wave)
    target.write_bytes(sound + _SILENCE * (-len(sound) % FRAME))
    return target


def _recording(recorded: Path | None, language: str, name: str) -> Path | None:
    if recorded is None:
        return None
    places = (recorded / language / f"{name}{suffix}" for suffix in _RECORDED_AS)
    return next((place for place in places if place.exists()), None)


def _converted(tools: Tools, source: Sequence[str], data: bytes) -> bytes:
    """8,000 Hz, one channel, A-law (G.711), without the silence around it."""
    trim = ("silence", "1", "0.01", "0.5%", "reverse")
    words = [tools.sox, *source, *("-r", "8000", "-c", "1", "-e", "a-law", "-t", "al", "-"), "norm", "-3", *trim, *trim]
    return _run(words, data)


def _run(words: Iterable[str], data: bytes) -> bytes:
    done = subprocess.run(list(words), input=data, capture_output=True, check=False)  # noqa: S603  our own words
    if done.returncode != 0 or not done.stdout:
        raise CannotSpeak(f"{next(iter(words))}: {done.stderr.decode(errors='replace').strip()[-200:]}")
    return done.stdout


def main() -> None:
    """Read the command line and build what is not built yet."""
    parser = argparse.ArgumentParser(prog="python -m ivr.prompts", description="Makes the prompts that callers hear.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--recorded", type=Path, help="a folder with zh/, en/ and id/ of recordings that go before the voice")
    parser.add_argument("--speed", type=int, default=WORDS_A_MINUTE, help="of the voice, in words a minute")
    told = parser.parse_args()
    if is_built(told.folder, told.recorded, told.speed):
        return
    try:
        number = build(told.folder, told.recorded, told.speed)
    except CannotSpeak as error:
        sys.exit(str(error))
    sys.stderr.write(f"{number} prompts stand in {told.folder}\n")


if __name__ == "__main__":
    main()
