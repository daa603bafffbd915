"""The codec against Gammu's, which we did not write: what we encode it reads the same, and what it encodes we read.

KONGCHONG_PDUS messages in the long run (5,000 and more), a few hundred every day.
"""

import os
import random
from datetime import UTC, datetime
from typing import Any

import gammu
import pytest

from gsm import alphabet, concat, pdu, text
from tests.gsm.test_pdu import any_text

COUNT = int(os.environ.get("KONGCHONG_PDUS", "300"))
# Gammu doubles "~" in UCS2 (a rule of one maker's phones), has no form feed, and drops a last "@" (23.038, 6.1.2.3.1).
UNLIKE = {"\f"}


@pytest.fixture
def chance() -> random.Random:
    return random.Random(random.randrange(2**32))


def gammu_reads(line: str) -> dict[str, Any]:
    told: dict[str, Any] = gammu.DecodePDU(bytes.fromhex(line), True)
    return told


def reads(told: dict[str, Any], shown: str) -> bool:
    """The same text; where letters took two septets, Gammu shows what lay behind it in its memory."""
    return str(told["Text"]).split("\0")[0] == shown


def number(chance: random.Random) -> str:
    digits = "".join(chance.choice("0123456789") for _ in range(chance.randrange(2, 15)))
    # Gammu takes a leading 00 for +.
    return chance.choice(["", "+"]) + chance.choice("123456789") + digits


def comparable(message: str, coding: int) -> bool:
    plain = not UNLIKE & set(message) and not message.endswith("@")
    return plain and ("~" not in message or coding == text.GSM7)


def test_gammu_reads_our_submits(chance: random.Random) -> None:
    seen = 0
    while seen < COUNT:
        message, to = any_text(chance), number(chance)
        for part in pdu.submits(to, message, chance.randrange(256)):
            line, _ = pdu.encode(part)
            told = gammu_reads(line)
            shown = text.decode(part.data, part.coding)
            if comparable(shown, part.coding):
                assert reads(told, shown)
            assert told["Number"] == to
            assert told["Type"] == "Submit"
            if part.header:
                ours = part.header[3:]
                assert (told["UDH"]["ID8bit"], told["UDH"]["AllParts"], told["UDH"]["PartNumber"]) == tuple(ours)
            seen += 1


def test_gammu_reads_our_delivers(chance: random.Random) -> None:
    for _ in range(COUNT):
        piece = chance.choice(concat.split(any_text(chance), chance.randrange(256)))
        moment = datetime(2026, 1, 1, tzinfo=UTC).replace(month=chance.randrange(1, 13), hour=chance.randrange(24))
        made = pdu.Deliver(pdu.Address.of(number(chance)), piece.data, moment, piece.coding, piece.header, centre=pdu.Address("861380", 1))
        told = gammu_reads(pdu.encode_deliver(made)[0])
        if comparable(made.text, made.coding):
            assert reads(told, made.text)
        assert told["Number"] == str(made.sender)
        assert told["DateTime"].replace(tzinfo=UTC) == moment
        assert told["SMSC"]["Number"] == "+861380"


def test_we_read_gammus_submits(chance: random.Random) -> None:
    for _ in range(COUNT):
        message = any_text(chance)[:30] or "."
        coding = "Default_No_Compression" if alphabet.covers(message) else "Unicode_No_Compression"
        to = number(chance)
        octets = gammu.EncodePDU(
            {"Number": to, "Text": message, "Coding": coding, "SMSC": {"Number": "+861380", "Location": 1}, "Class": -1, "Folder": 0},
            "Submit",
        )  # fmt: skip
        found = pdu.decode(octets.hex())
        assert isinstance(found, pdu.Submit)
        if comparable(message, found.coding):
            assert text.decode(found.data, found.coding) == message
        assert str(found.recipient) == to
