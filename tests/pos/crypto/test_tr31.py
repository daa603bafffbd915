"""TR-31 blocks: the published one, blocks of every version made by psec, and blocks that cannot be taken."""

import os

import pytest

from pos.crypto.tr31 import BadKeyBlock, cmac, open_block
from tests.pos.peers import key_block
from tests.pos.vectors import VECTORS, octets

KEY = bytes(range(50, 66))


def wrapped(version: str, protection: bytes, usage: str = "K0", key: bytes = KEY, **blocks: str) -> str:
    """A block as psec writes it."""
    return key_block(version, protection, key, usage, **blocks)


def test_the_published_block() -> None:
    opened = open_block(octets("tr31", "kbpk"), VECTORS["tr31"]["block"])
    assert opened.key == octets("tr31", "key")
    assert (opened.usage, opened.algorithm, opened.mode) == ("P0", "T", "E")
    assert opened.key.hex() not in repr(opened)


@pytest.mark.parametrize(("version", "length"), [("A", 16), ("B", 16), ("C", 16), ("D", 16), ("D", 24), ("D", 32)])
def test_blocks_of_another_maker(version: str, length: int) -> None:
    protection = os.urandom(length)
    for key in (KEY, os.urandom(24)):
        assert open_block(protection, wrapped(version, protection, key=key)).key == key
    with_more = wrapped(version, protection, KS="00604B120F9292800000", T1="A text of its own")
    assert open_block(protection, with_more).key == KEY


@pytest.mark.parametrize("version", ["A", "B", "C", "D"])
def test_a_changed_block_is_not_taken(version: str) -> None:
    protection = bytes(range(16))
    block = wrapped(version, protection)
    for place in (5, 7, 20, len(block) - 1):
        other = "1" if block[place] != "1" else "2"
        with pytest.raises(BadKeyBlock):
            open_block(protection, block[:place] + other + block[place + 1 :])
    with pytest.raises(BadKeyBlock):
        open_block(bytes(range(1, 17)), block)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "A0016K0TD00E0000",
        "B0024K0TD00E0100" + "KS02XXXX",
        "B0024K0TD00E0100" + "KSXXXXXX",
        "B0020K0TD00E0000" + "00",
        "B0040K0TD00E0000" + "0" * 24,
        "B0040K0TD00E0000" + "G" * 24,
        "Ｂ0040K0TD00E0000" + "0" * 24,
    ],
)
def test_what_is_no_block(text: str) -> None:
    with pytest.raises(BadKeyBlock):
        open_block(bytes(16), text)


def test_a_good_block_under_another_version_or_with_more_behind_it() -> None:
    block = wrapped("B", bytes(16))
    for wrong in ("X" + block[1:], block + "00"):
        with pytest.raises(BadKeyBlock):
            open_block(bytes(16), wrong)


@pytest.mark.parametrize(("version", "length"), [("A", 24), ("B", 8), ("D", 8)])
def test_protection_keys_of_other_lengths(version: str, length: int) -> None:
    with pytest.raises(BadKeyBlock):
        open_block(bytes(length), wrapped(version, bytes(16)))


def test_cmac_of_nist() -> None:
    """NIST SP 800-38B, D.1: AES-128."""
    from Crypto.Cipher import AES

    encrypt = AES.new(bytes.fromhex("2b7e151628aed2a6abf7158809cf4f3c"), AES.MODE_ECB).encrypt
    text = bytes.fromhex("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411")
    assert cmac(encrypt, 16, b"").hex() == "bb1d6929e95937287fa37d129b756746"
    assert cmac(encrypt, 16, text[:16]).hex() == "070a16b46b4d4144f79bdd9dd04a287c"
    assert cmac(encrypt, 16, text).hex() == "dfa66747de9ae63030ca32611497c827"
