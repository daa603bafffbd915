"""Whatever a line or a modem may bring, the readers end in a value or in nothing, never in an error of their own."""

import queue
import random

import pytest

from gsm.modem import stk, ussd
from gsm.modem.channel import Channel, Event
from gsm.modem.lines import Splitter
from tests.gsm.modem.fake import FakeModem

SEEDS = [
    b'+CUSD: 0,"',
    b'",15\r\n',
    b"\r\nOK\r\n",
    b"+CME ERROR: ",
    b"+STIN: ",
    b"^STIN: 6,",
    b"+QSTKURC: 36",
    b'+CUSATP: "D0',
    b"\r\n> ",
    b"+CMT: ,",
]


def noise(chance: random.Random) -> bytes:
    pieces = [
        chance.choice(SEEDS) if chance.random() < 0.6 else chance.randbytes(chance.randrange(12)) for _ in range(chance.randrange(1, 8))
    ]
    return b"".join(pieces)


def test_readers_take_anything() -> None:
    chance = random.Random()
    for _ in range(2000):
        line = noise(chance).decode("latin-1")
        ussd.read(line)
        ussd.read(
            f'+CUSD: {chance.randrange(12)},"{chance.randbytes(chance.randrange(9)).hex()}",{chance.choice([0, 15, 17, 68, 72, 240])}'
        )
        for dialect in stk.DIALECTS.values():
            shown = dialect.read(line)
            if shown is not None:
                dialect.question(shown)
                dialect.detailed(shown, [line, *line.splitlines()])
        stk.proactive(chance.randbytes(chance.randrange(40)))


def test_no_octet_is_shown_twice_and_lines_stay_lines() -> None:
    chance = random.Random()
    for _ in range(300):
        splitter, total = Splitter(), 0
        octets = b"".join(noise(chance) for _ in range(5))
        lines = [line for at in range(0, len(octets), 7) for line in splitter.feed(octets[at : at + 7], chance.random() < 0.3)]
        total = sum(map(len, lines))
        assert total <= len(octets) + 2 * len(lines)
        assert not any("\r" in line for line in lines)


@pytest.mark.parametrize("rounds", [20])
def test_a_noisy_modem_is_still_answered_by(modem: FakeModem, channel: Channel, events: "queue.SimpleQueue[Event]", rounds: int) -> None:
    chance = random.Random()
    for _ in range(rounds):
        junk = bytes(octet for octet in chance.randbytes(30) if octet not in b'\r\n"+^>')
        modem.raw(b"\r\n" + junk + b"\r\n")
        assert channel.ask("AT+CSQ", r"\+CSQ: ?\d+", 10.0, must_tell=True).lines == ("+CSQ: 20,99",)
    assert channel.late_count >= 1
