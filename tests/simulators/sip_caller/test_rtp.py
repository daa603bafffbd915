"""Packets of sound and keys."""

import struct

import pytest

from simulators.sip_caller.rtp import KEYS, SILENCE, Packet, Sender


def packets(sender: Sender, ticks: int) -> list[Packet]:
    read = [Packet.read(data) for _ in range(ticks) for data in sender.tick()]
    assert all(read)
    return [packet for packet in read if packet]


def test_sound_is_numbered_and_timed() -> None:
    sent = packets(Sender(8, 101, sequence=65534, timestamp=0), 4)
    assert [packet.sequence for packet in sent] == [65534, 65535, 0, 1]
    assert [packet.timestamp for packet in sent] == [0, 160, 320, 480]
    assert all(packet.payload == SILENCE for packet in sent)


@pytest.mark.parametrize("key", KEYS)
def test_a_key_is_one_event_that_ends_three_times(key: str) -> None:
    sender = Sender(8, 101, timestamp=1000)
    sender.press(key)
    sent = packets(sender, 7)
    events = [packet for packet in sent if packet.payload_type == 101]
    told = [struct.unpack("!BBH", packet.payload) for packet in events]
    assert {event for event, _, _ in told} == {KEYS.index(key)}
    assert [bool(flags & 0x80) for _, flags, _ in told] == [False] * 4 + [True] * 3
    assert [duration for _, _, duration in told] == [160, 320, 480, 640, 640, 640, 640]
    assert len({packet.timestamp for packet in events}) == 1
    assert [packet.sequence for packet in sent] == list(range(sent[0].sequence, sent[0].sequence + len(sent)))


def test_between_two_keys_there_is_sound() -> None:
    sender = Sender(8, 101)
    for key in "11":
        sender.press(key)
    kinds = [packet.payload_type for packet in packets(sender, 14)]
    assert kinds == [101] * 7 + [8] * 2 + [101] * 7 + [8] * 2
    assert sender.busy
    packets(sender, 1)
    assert not sender.busy


@pytest.mark.parametrize("data", [b"", b"\x80" * 11, b"\x00" * 172])
def test_what_is_no_packet(data: bytes) -> None:
    assert Packet.read(data) is None


def test_contributing_sources_are_passed_over() -> None:
    head = struct.pack("!BBHII", 0x82, 8, 1, 2, 3)
    packet = Packet.read(head + bytes(8) + b"sound")
    assert packet is not None
    assert packet.payload == b"sound"
