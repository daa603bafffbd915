"""The quick MACs make what psec and DES by hand make, and the published vectors."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.concentrator.quick import mac_of
from simulators.pos_terminal import ciphers, messages
from tests.simulators.pos_terminal import octets
from tests.simulators.pos_terminal.vectors import VECTORS, told

TEXT = st.binary(min_size=1, max_size=200)


@pytest.mark.parametrize(("algorithm", "size"), [("x9.19", 16), ("x9.9", 8), ("cup-ecb", 8), ("cup-ecb", 16)])
@given(data=st.data())
def test_three_hands_agree(algorithm: str, size: int, data: st.DataObject) -> None:
    key, text = data.draw(st.binary(min_size=size, max_size=size)), data.draw(TEXT)
    made = mac_of(algorithm, key)(text)
    assert made == ciphers.mac(algorithm, key, text) == octets.MACS[algorithm](key, text)


@pytest.mark.parametrize(("algorithm", "entry"), [("x9.9", "x9_9"), ("x9.19", "x9_19")])
def test_the_standards_vectors(algorithm: str, entry: str) -> None:
    assert mac_of(algorithm, told(entry, "key"))(VECTORS[entry]["text"].encode("ascii")) == told(entry, "mac")


def test_unionpays_frame() -> None:
    body = messages.read_frame(told("frame", "hex")[2:]).body
    assert mac_of("cup-ecb", told("frame", "tak"))(messages.signed_part(body)).decode("ascii") == VECTORS["frame"]["mac_ascii"]


@pytest.mark.parametrize("text", [b"1", b"12345678", b"123456789"])
def test_one_block_and_a_little_more(text: bytes) -> None:
    key = bytes(range(16))
    assert mac_of("x9.19", key)(text) == octets.x9_19(key, text)


def test_one_cipher_makes_many() -> None:
    made = mac_of("x9.19", bytes(range(16)))
    assert made(b"one") != made(b"two")
    assert made(b"one") == made(b"one")


def test_an_unknown_algorithm_is_an_error() -> None:
    with pytest.raises(KeyError):
        mac_of("rot13", bytes(16))
