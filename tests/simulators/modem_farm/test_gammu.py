"""Our short messages as gammu reads them, and gammu's as we read them: random texts in both alphabets, alone and in parts."""

import json
import random
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from simulators.modem_farm import alphabet, pdu
from simulators.modem_farm.pdu import Deliver
from tests.support import machine

MESSAGES = 2_500
SEVEN = alphabet.from_septets(bytes(code for code in range(128) if code != 0x1B)) + "€[]{}\\^~|"
WIDE = "充值成功账户余额元客户，。：ДжЖя가나éñ😀🎉ابت0123456789 "


class Oracle:
    """gammu in a process of its own."""

    def __init__(self, python: str) -> None:
        script = str(Path(__file__).with_name("gammu_oracle.py"))
        self.process = subprocess.Popen([python, script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, **told: object) -> Any:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(told) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self) -> None:
        self.process.communicate(timeout=30)


@pytest.fixture
def oracle() -> Iterator[Oracle]:
    python = machine.gammu_python()
    if python is None:
        machine.skip_or_fail(machine.gammu_missing() or "")
    made = Oracle(str(python))
    yield made
    made.close()


def random_text(chance: random.Random, letters: str, most: int) -> str:
    return "".join(chance.choice(letters) for _ in range(chance.randrange(1, most)))


def test_gammu_reads_what_our_modems_print(oracle: Oracle) -> None:
    chance = random.Random(20_261_127)
    for number in range(MESSAGES):
        text = random_text(chance, WIDE if number % 2 else SEVEN, 300)
        at = datetime.fromtimestamp(chance.randrange(946_684_800, 2_000_000_000), UTC)
        sender = f"+{chance.randrange(10**8, 10**13)}"
        parts = pdu.parts_of(text, number)
        told = [oracle.ask(decode=pdu.whole(Deliver(sender, part, at, "+6281100000"))[0]) for part in parts]
        # For each letter of the extension, which takes two septets, this gammu puts something at the end that was not sent.
        assert "".join(one["text"][: len(part.text)] for one, part in zip(told, parts, strict=True)) == text
        assert {one["number"] for one in told} == {sender}
        assert {one["time"] for one in told} == {f"{at:%Y-%m-%d %H:%M:%S}"}


def test_we_read_what_gammu_writes(oracle: Oracle) -> None:
    chance = random.Random(11)
    for number in range(MESSAGES):
        wide = bool(number % 2)
        text = random_text(chance, WIDE if wide else SEVEN, 300)
        recipient = f"+{chance.randrange(10**8, 10**13)}"
        parts = oracle.ask(encode={"text": text, "unicode": wide, "number": recipient, "smsc": "+6281100000"})
        read = [read_gammus(one["octets"]) for one in parts]
        assert "".join(one.part.text for one in read) == text
        assert {(one.recipient, one.smsc) for one in read} == {(recipient, "+6281100000")}
        if len(read) > 1:
            assert [one.part.place and one.part.place[1:] for one in read] == [(len(read), place) for place in range(1, len(read) + 1)]


def read_gammus(octets: str) -> pdu.Submit:
    """A message as gammu gives it out, the centre's address before it."""
    return pdu.read_submit(octets, len(octets) // 2 - 1 - int(octets[:2], 16))
