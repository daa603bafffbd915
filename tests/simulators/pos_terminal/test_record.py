"""Frames for a person's eyes: fields as they are, secrets nowhere."""

import pytest

from simulators.pos_terminal.messages import Frame, Message, pack
from simulators.pos_terminal.record import HIDDEN, Record


def recorded(message: Message, direction: str = "out") -> Record:
    return Record.of(direction, Frame(pack(message)).octets()[2:])


def test_a_recharge_without_its_password() -> None:
    block = "0123456789abcdef"
    text = "CZ01011113800138000#".encode("gbk").hex()
    record = recorded(Message("0200", {4: "000000005000", 35: "6222020000000000D25", 48: text, 52: block, 2: "731000000018"}))
    assert (record.direction, record.type, record.tpdu, record.header) == ("out", "0200", "6000030000", "603100310000")
    shown = dict(record.fields)
    assert shown[48] == "CZ01011113800138000#"
    assert shown[4] == "000000005000"
    assert {shown[2], shown[35], shown[52]} == {HIDDEN}
    assert block not in str(record).lower()


def test_the_keys_of_a_sign_in_are_hidden() -> None:
    record = recorded(Message("0810", {39: "00", 62: "ab" * 40}), "in")
    assert dict(record.fields)[62] == HIDDEN
    assert "abab" not in str(record).lower()


def test_the_serial_number_of_a_sign_in_is_text() -> None:
    record = recorded(Message("0800", {62: b"Sequence No12KC0000000001".hex()}))
    assert dict(record.fields)[62] == "Sequence No12KC0000000001"


def test_a_settlements_field_48_stays_digits() -> None:
    assert dict(recorded(Message("0500", {48: "1" * 62})).fields)[48] == "1" * 62


@pytest.mark.parametrize("octets", ["00ff00", "b3"])
def test_octets_that_are_no_text_stay_octets(octets: str) -> None:
    assert dict(recorded(Message("0210", {48: octets})).fields)[48] == octets.upper()


def test_what_cannot_be_read_is_shown_by_its_size() -> None:
    record = Record.of("in", b"\x60\0\0\0\3" + b"\xff" * 20)
    assert (record.type, record.octets, record.fields) == ("?", 25, [])
