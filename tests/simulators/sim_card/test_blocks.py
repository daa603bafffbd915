"""The card's own chaining and CMAC against published values and against the product's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.sim_card.blocks import backward, block_size, chain, cmac, forward, mac, unchain
from simulators.sim_card.keys import derive, odd_parity
from stk_sms.packet import Algorithm, card_keys
from stk_sms.packet.crypto import checksum, cipher, decipher

# RFC 4493, section 4.
KEY = bytes.fromhex("2b7e151628aed2a6abf7158809cf4f3c")
MESSAGE = bytes.fromhex(
    "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710"
)
MACS = {
    0: "bb1d6929e95937287fa37d129b756746",
    16: "070a16b46b4d4144f79bdd9dd04a287c",
    40: "dfa66747de9ae63030ca32611497c827",
    64: "51f0bebf7e3b9d92fc49741779363cfe",
}
KINDS = {"aes": Algorithm.AES, "3des2": Algorithm.TRIPLE_DES_2, "3des3": Algorithm.TRIPLE_DES_3}
KEYS = {"aes": KEY, "3des2": odd_parity(bytes(range(1, 17))), "3des3": odd_parity(bytes(range(1, 25)))}
ICCIDS = st.text("0123456789", min_size=17, max_size=18).map(lambda rest: "89" + rest)


@pytest.mark.parametrize("length", MACS)
def test_cmac_of_the_rfc(length: int) -> None:
    assert cmac(KEY, MESSAGE[:length]).hex() == MACS[length]


@given(st.sampled_from(sorted(KINDS)), st.binary(max_size=150))
def test_both_sides_count_the_same_proof(kind: str, data: bytes) -> None:
    assert mac(kind, KEYS[kind], data) == checksum(KINDS[kind], KEYS[kind], data)


@given(st.sampled_from(sorted(KINDS)), st.integers(1, 8), st.data())
def test_both_sides_cipher_the_same(kind: str, blocks: int, data: st.DataObject) -> None:
    size = block_size(kind)
    plain = data.draw(st.binary(min_size=blocks * size, max_size=blocks * size))
    hidden = chain(forward(kind, KEYS[kind]), size, plain)
    assert hidden == cipher(KINDS[kind], KEYS[kind], plain)
    assert unchain(backward(kind, KEYS[kind]), size, hidden) == plain == decipher(KINDS[kind], KEYS[kind], hidden)


@given(st.sampled_from(sorted(KINDS)), ICCIDS, st.integers(1, 15))
def test_both_sides_derive_the_same_keys(kind: str, iccid: str, version: int) -> None:
    masters = (KEYS["3des2"], odd_parity(bytes(range(101, 117))))
    keys = card_keys(KINDS[kind], *masters, iccid, version)
    assert derive(kind, masters[0], iccid, version, "KIc") == keys.kic
    assert derive(kind, masters[1], iccid, version, "KID") == keys.kid


@given(st.binary(max_size=24))
def test_parity(key: bytes) -> None:
    odd = odd_parity(key)
    assert all(octet.bit_count() % 2 for octet in odd)
    assert [octet >> 1 for octet in odd] == [octet >> 1 for octet in key]
