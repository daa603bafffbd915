"""Receipts: ours of the published ones, damaged in every octet."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stk_sms.packet import Algorithm, CardKeys, PacketError, ResponseStatus, open_receipt
from stk_sms.packet.crypto import checksum, cipher
from tests.stk_sms.packet import vectors

ITEM = next(item for item in vectors.read("responses") if item["name"] == "pysim-por-aes128-cc-ciphered")
GOOD, KEYS = bytes.fromhex(ITEM["tpud"]), vectors.keys_of(ITEM)


def refused(user_data: bytes, keys: CardKeys = KEYS) -> PacketError:
    with pytest.raises(PacketError) as caught:
        open_receipt(user_data, Algorithm.AES, keys)
    return caught.value


def test_every_octet_counts() -> None:
    for place in range(len(GOOD)):
        refused(GOOD[:place] + bytes((GOOD[place] ^ 0x80,)) + GOOD[place + 1 :])


@given(st.binary(max_size=150))
def test_chance_is_no_receipt(user_data: bytes) -> None:
    refused(user_data)
    refused(b"\x02\x71\x00" + user_data[:137])


@pytest.mark.parametrize("cut", [GOOD[:3], GOOD[:8], GOOD[:-1], GOOD + b"\0"])
def test_a_length_that_lies(cut: bytes) -> None:
    assert refused(cut).field == "RPL"


def test_another_header_length() -> None:
    assert refused(GOOD[:5] + b"\x0a" + GOOD[6:]).status is ResponseStatus.INSUFFICIENT_LEVEL


def test_no_whole_blocks() -> None:
    cut = GOOD[:-1]
    assert refused(cut[:3] + (len(cut) - 5).to_bytes(2) + cut[5:]).status is ResponseStatus.CIPHERING


def test_keys_exchanged() -> None:
    assert refused(GOOD, CardKeys(KEYS.kid, KEYS.kic)).status is ResponseStatus.CHECKSUM_FAILED


@pytest.mark.parametrize("padding", [2, 16, 255])
def test_padding_that_lies(padding: int) -> None:
    head = (4 + 15 + 1).to_bytes(2) + b"\x12\xb0\x00\x11"
    proved = (1).to_bytes(5) + bytes((padding, 0))
    proof = checksum(Algorithm.AES, KEYS.kid, b"\x02\x71\x00" + head + proved + b"\x01")
    message = b"\x02\x71\x00" + head + cipher(Algorithm.AES, KEYS.kic, proved + proof + b"\x01")
    assert refused(message).field == "PCNTR"


def test_a_command_is_no_receipt() -> None:
    assert refused(b"\x02\x70\x00" + GOOD[3:]).field == "IEI"
