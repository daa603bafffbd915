"""The codec beside pyiso8583, with a table of that library's own: messages of chance come out the same, both ways."""

from random import Random
from typing import Any

import iso8583
import pytest

from pos.codec.message import Message, Value, decode, encode
from pos.codec.spec import FIELDS, Field, Kind, fields_of

HEAD: dict[str, Any] = {
    "h": {"data_enc": "b", "len_enc": "b", "len_type": 0, "max_len": 0, "desc": ""},
    "t": {"data_enc": "b", "len_enc": "b", "len_type": 0, "max_len": 2, "desc": ""},
    "p": {"data_enc": "b", "len_enc": "b", "len_type": 0, "max_len": 8, "desc": ""},
    "1": {"data_enc": "b", "len_enc": "b", "len_type": 0, "max_len": 8, "desc": ""},
}


def theirs(spec: Field) -> dict[str, Any]:
    """A field as that library describes it."""
    told: dict[str, Any] = {"len_enc": "bcd", "len_type": spec.prefix, "max_len": spec.length, "desc": ""}
    if spec.kind is Kind.TEXT:
        return told | {"data_enc": "ascii"}
    if spec.kind is Kind.OCTETS:
        return told | {"data_enc": "b"}
    return told | {"data_enc": "b", "len_count": "nibbles", ("left_pad" if spec.right else "right_pad"): "0"}


def value_of(chance: Random, spec: Field) -> Value:
    length = chance.randint(1, spec.length) if spec.prefix else spec.length
    if spec.kind is Kind.OCTETS:
        return chance.randbytes(length)
    letters = "ABCDEF0123 -" if spec.kind is Kind.TEXT else "0123456789"
    return "".join(chance.choice(letters) for _ in range(length))


@pytest.mark.parametrize("mti", ["0200", "0500", "0810"])
def test_messages_of_chance(mti: str) -> None:
    chance = Random(mti)
    spec = HEAD | {str(number): theirs(field) for number, field in fields_of(mti).items()}
    for _ in range(200):
        chosen = chance.sample(sorted(FIELDS), chance.randint(1, len(FIELDS)))
        message = Message(mti, {number: value_of(chance, fields_of(mti)[number]) for number in chosen})
        octets = encode(message)
        told = {str(number): value.hex() if isinstance(value, bytes) else value for number, value in message.fields.items()}
        made, _ = iso8583.encode(told | {"t": mti}, spec)
        assert bytes(made) == octets
        read, _ = iso8583.decode(octets, spec)
        ours = decode(octets)
        assert ours == message
        for number, value in ours.fields.items():
            assert read[str(number)].upper() == (value.hex().upper() if isinstance(value, bytes) else value)
