"""The three MACs: published vectors, and beside psec on messages of chance; DES put together, and what each MAC is worth."""

from random import Random

import pytest

from pos.crypto.des import Double, Single, check_value, padded, xored
from pos.crypto.mac import ALGORITHMS, KEY_OCTETS, MacAlgorithm, unionpay, x9_9, x9_19
from tests.pos import peers
from tests.pos.vectors import VECTORS, octets


def tripled(key: bytes) -> bytes:
    """A key for psec, which knows triple DES only."""
    return key * 3 if len(key) == 8 else key + key[:8]


def test_fips_113() -> None:
    vector = VECTORS["x9_9"]
    assert x9_9(Double(octets("x9_9", "key")), vector["text"].encode()).hex().upper() == vector["mac"]


def test_iso_9797_algorithm_3() -> None:
    vector = VECTORS["x9_19"]
    assert x9_19(Double(octets("x9_19", "key")), vector["text"].encode()).hex().upper() == vector["mac"]


def test_the_published_work_keys_open_under_their_master_key() -> None:
    master, told = Double(octets("sign_in_f62", "tmk")), octets("sign_in_f62", "f62")
    pin_key, mac_key = master.decrypt(told[:16]), master.decrypt(told[20:28])
    assert pin_key == octets("sign_in_f62", "pik")
    assert mac_key == octets("sign_in_f62", "mak")
    assert check_value(pin_key) == told[16:20] == octets("sign_in_f62", "pik_kcv")
    assert check_value(mac_key) == told[36:40] == octets("sign_in_f62", "mak_kcv")


def test_a_second_published_master_key() -> None:
    assert len(Double(octets("cup_ecb_mac_2", "tmk")).encrypt(octets("cup_ecb_mac_2", "tak"))) == 8


def test_keys_whose_halves_are_equal_are_single_des() -> None:
    key = octets("frame", "tak")
    assert Double(key).encrypt(bytes(8)) == Single(key[:8]).encrypt(bytes(8)) == Double(key[:8]).encrypt(bytes(8))


def test_beside_psec() -> None:
    chance = Random(9797)
    for _ in range(100):
        text, key = chance.randbytes(chance.randint(1, 300)), chance.randbytes(16)
        assert x9_19(Double(key), text) == peers.mac.generate_retail_mac(tripled(key[:8]), tripled(key[8:]), text, 1)
        assert x9_9(Double(key[:8]), text) == peers.mac.generate_cbc_mac(tripled(key[:8]), text, 1)
        blocks = padded(text)
        assert Double(key).encrypt(blocks) == peers.des.encrypt_tdes_ecb(tripled(key), blocks)
        assert Double(key).decrypt(blocks) == peers.des.decrypt_tdes_ecb(tripled(key), blocks)
        assert check_value(key) == peers.des.generate_kcv(tripled(key), 4)


def test_unionpays_mac_does_not_see_blocks_change_places_and_the_others_do() -> None:
    key, first, second = Double(bytes(range(16))), b"AAAAAAAA", b"BBBBBBBB"
    assert unionpay(key, first + second) == unionpay(key, second + first)
    for better in (x9_9, x9_19):
        assert better(key, first + second) != better(key, second + first)


@pytest.mark.parametrize("algorithm", list(MacAlgorithm))
def test_every_bit_counts_and_each_gives_eight_octets(algorithm: MacAlgorithm) -> None:
    key, text = Double(bytes(range(1, 1 + KEY_OCTETS[algorithm]))), bytearray(range(50))
    before = ALGORITHMS[algorithm](key, bytes(text))
    assert len(before) == 8
    for place in range(len(text)):
        text[place] ^= 1
        assert ALGORITHMS[algorithm](key, bytes(text)) != before
        text[place] ^= 1


def test_nothing_has_a_mac_too() -> None:
    assert x9_9(Double(bytes(8)), b"") == bytes(8)


def test_pieces_of_different_lengths_are_not_xored() -> None:
    with pytest.raises(ValueError, match="zip"):
        xored(b"12", b"1")
