"""Chance PDUs of every kind, and octets that were PDUs before they were broken."""

import random
from dataclasses import fields
from typing import Any, get_type_hints

from hypothesis import strategies as st

from stk_sms.smpp.codec import Pdu
from stk_sms.smpp.pdus import BODIES, Body
from stk_sms.smpp.wire import Counted, CString, Destination, Destinations, Integer, Tlv, Tlvs, Unsuccessful, UnsuccessfulList, Wire

LATIN = st.characters(min_codepoint=1, max_codepoint=255)


def octet_text(most: int) -> st.SearchStrategy[str]:
    return st.text(LATIN, max_size=most)


def values(wire: Wire) -> st.SearchStrategy[Any]:
    """Values that a field can carry."""
    octet = st.integers(0, 255)
    if isinstance(wire, Integer):
        return st.integers(0, 256**wire.octets - 1)
    if isinstance(wire, CString):
        return octet_text(wire.most - 1)
    if isinstance(wire, Counted):
        return st.binary(max_size=255)
    if isinstance(wire, Tlvs):
        return st.lists(st.builds(Tlv, st.integers(0, 0xFFFF), st.binary(max_size=40)), max_size=4).map(tuple)
    if isinstance(wire, Destinations):
        addresses = st.builds(Destination, octet_text(20), octet, octet)
        lists = st.builds(Destination, list_name=st.text(LATIN, min_size=1, max_size=20))
        return st.lists(addresses | lists, max_size=4).map(tuple)
    assert isinstance(wire, UnsuccessfulList)
    return st.lists(st.builds(Unsuccessful, octet, octet, octet_text(20), st.integers(0, 2**32 - 1)), max_size=4).map(tuple)


def body_of(kind: type[Body]) -> st.SearchStrategy[Body]:
    hints = get_type_hints(kind, include_extras=True)
    return st.builds(kind, **{item.name: values(hints[item.name].__metadata__[0]) for item in fields(kind)})


def pdus() -> st.SearchStrategy[Pdu]:
    """Any PDU that can be written."""
    return st.builds(Pdu, st.sampled_from(BODIES).flatmap(body_of), st.integers(0, 0x7FFFFFFF), st.just(0))


def broken(frame: bytes, chance: random.Random) -> bytes:
    """A frame with some of its octets changed, cut, doubled or put in, the length mended half of the time."""
    octets = bytearray(frame)
    for _ in range(chance.randint(1, 6)):
        place = chance.randrange(len(octets) + 1)
        match chance.randrange(5):
            case 0 if place < len(octets):
                octets[place] = chance.randrange(256)
            case 1:
                del octets[place : place + chance.randint(1, 8)]
            case 2:
                octets[place:place] = chance.randbytes(chance.randint(1, 8))
            case 3:
                octets[place:place] = octets[:place][-chance.randint(1, 20) :]
            case _ if place < len(octets):
                octets[place] ^= 1 << chance.randrange(8)
    if chance.random() < 0.7 and len(octets) >= 4:
        octets[:4] = len(octets).to_bytes(4, "big")
    return bytes(octets)
