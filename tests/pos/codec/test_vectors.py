"""The published frame, octet by octet, and everything in it."""

from pos.codec.frame import parse, write
from pos.codec.message import decode, encode, mac_input
from pos.crypto.des import Double
from pos.crypto.mac import unionpay
from tests.pos.vectors import VECTORS, octets

FRAME = octets("frame", "hex")


def test_the_published_frame_decodes_completely() -> None:
    frame = parse(FRAME[2:])
    assert (frame.tpdu.hex(), frame.header, frame.line) == ("6000030000", "603210320072", "")
    message = decode(frame.body)
    assert message.mti == "0200"
    assert {number: message.text(number) for number in (3, 4, 11, 22, 25, 41, 42, 49, 60)} == {
        3: "000000", 4: "000000001234", 11: "000002", 22: "030", 25: "99", 41: "00000001", 42: "952718182217875", 49: "156",
        60: "2600000100060000000",
    }  # fmt: skip
    assert message.octets(64).decode("ascii") == VECTORS["frame"]["mac_ascii"]


def test_it_encodes_to_the_same_octets() -> None:
    frame = parse(FRAME[2:])
    assert encode(decode(frame.body)) == frame.body
    assert write(frame) == FRAME


def test_its_mac_is_right() -> None:
    key = Double(octets("frame", "tak"))
    assert unionpay(key, mac_input(parse(FRAME[2:]).body)).decode("ascii") == VECTORS["frame"]["mac_ascii"]
