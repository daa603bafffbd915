"""Frames that were damaged on their way: the codec's own error, or a message, and nothing else ever."""

import os
from random import Random

from pos.codec.errors import FrameError
from pos.codec.frame import Frame, parse, write
from pos.codec.message import Message, Value, decode, encode, gbk
from pos.fields import elements, setup, totals
from pos.fields.batch import read_original, read_use
from pos.kinds import check_complete, wanted
from tests.pos.vectors import octets

# Every day a slice; KONGCHONG_MUTATIONS=200000 for all of it.
MUTATIONS = int(os.environ.get("KONGCHONG_MUTATIONS", "20000"))
HEADER = "603110000000"


def seeds() -> list[bytes]:
    """Good frames of every shape, without their lengths."""
    sale: dict[int, Value] = {
        3: "190000",
        4: "000000005000",
        11: "000001",
        22: "012",
        25: "81",
        26: "06",
        41: "KC000001",
        42: "800000000000001",
    }
    sale |= {49: "156", 53: "1600000000000000", 60: "22000001000", 61: "0000010000011120"}
    more: dict[int, Value] = {
        48: elements.write({elements.Tag.NUMBER: "13800138000", elements.Tag.TEXT: "充值"}),
        52: bytes(8),
        63: b"01 ",
        64: bytes(8),
    }
    totalled: dict[int, Value] = {11: "000002", 41: "KC000001", 42: "800000000000001", 48: "0" * 62, 60: "00000001201"}
    items: dict[int, Value] = {**totalled, 48: "01" + "00" + "000001" + "13800138000".rjust(20, "0") + "000000005000"}
    keys: dict[int, Value] = {
        11: "000003",
        41: "KC000001",
        42: "800000000000001",
        60: "00000001003",
        62: b"Sequence No08SN000001",
        63: b"01 ",
    }
    shapes: list[tuple[str, dict[int, Value]]] = [
        ("0200", {**sale, **more}),
        ("0500", {**totalled}),
        ("0320", {**items}),
        ("0800", {**keys}),
    ]
    bodies = [encode(Message(mti, fields)) for mti, fields in shapes]
    block = bytes.fromhex("4C5249001C" + "13800138000FFFFF" + "96533FFFFFFFFFFF" + "580009490006000000220030")
    frames = [write(Frame(bytes.fromhex("6000060123"), HEADER, body))[2:] for body in bodies]
    return [*frames, octets("frame", "hex")[2:], frames[0][:5] + block + frames[0][5:]]


def mutated(chance: Random, frame: bytes) -> bytes:
    """A frame with some octets changed, cut off, put in twice or taken out."""
    made = bytearray(frame)
    for _ in range(chance.choice((1, 1, 1, 2, 4, 8))):
        place = chance.randrange(len(made)) if made else 0
        way = chance.randrange(5)
        if way == 0 and made:
            made[place] ^= 1 << chance.randrange(8)
        elif way == 1 and made:
            made[place] = chance.choice((0, 0x99, 0xFF, 0x30, 0x81, 0xD1, chance.randrange(256)))
        elif way == 2:
            del made[place:]
        elif way == 3:
            made[place:place] = made[place : place + chance.randrange(1, 9)]
        elif made:
            del made[place : place + chance.randrange(1, 9)]
    return bytes(made)


def read_all(frame: bytes) -> None:
    """Everything that the channel reads out of octets before anybody is known."""
    message = decode(parse(frame).body)
    asked = wanted(message)
    if asked.kind is not None:
        check_complete(message, asked.kind)
    for field, reader in ((61, read_original), (60, read_use)):
        if field in message.fields:
            reader(message.text(field))
    for octets_reader, field in ((elements.read, 48), (setup.serial_number, 62), (setup.asked_block, 62)):
        if message.octets(field):
            octets_reader(message.octets(field))
    setup.asked_version(message.octets(62))
    if message.text(48):
        totals.read_totals(message.text(48)) if message.mti == "0500" else totals.read_items(message.text(48))
    gbk(message.octets(63), 63)


def test_nothing_but_the_codecs_own_error_leaves_it() -> None:
    chance, frames = Random(8583), seeds()
    refused, strange = 0, 0
    for _ in range(MUTATIONS):
        frame = mutated(chance, chance.choice(frames))
        try:
            read_all(frame)
        except FrameError as error:
            refused += error.field in range(65)
            strange += error.field not in range(65)
    assert strange == 0
    assert refused > MUTATIONS // 3


def test_the_good_frames_are_good() -> None:
    for frame in seeds():
        parse(frame)
        decode(parse(frame).body)
