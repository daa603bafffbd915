"""openssl's command line opens and proves our packets, so that no mistake of our own cipher code can hide on both sides."""

import subprocess
from typing import Any

import pytest

from stk_sms.packet import Algorithm, CardKeys, card_keys, seal_command
from tests.stk_sms.till import ICCID, MASTERS

TAR = bytes.fromhex("b2c001")
BODY = bytes.fromhex("8102010182080123456789abcdef830613800138000f8404000013888503123456")
CIPHERS = {Algorithm.AES: "-aes-128-cbc", Algorithm.TRIPLE_DES_2: "-des-ede-cbc", Algorithm.TRIPLE_DES_3: "-des-ede3-cbc"}
IV = {Algorithm.AES: "00" * 16, Algorithm.TRIPLE_DES_2: "00" * 8, Algorithm.TRIPLE_DES_3: "00" * 8}


def openssl(*arguments: str, given: bytes) -> bytes:
    return subprocess.run(["openssl", *arguments], input=given, capture_output=True, check=True, timeout=30).stdout


def keys(algorithm: Algorithm) -> CardKeys:
    return card_keys(algorithm, *MASTERS, ICCID, 3)


def opened(algorithm: Algorithm, user_data: bytes) -> bytes:
    secured = user_data[13:]
    key = keys(algorithm).kic.hex()
    return openssl("enc", "-d", CIPHERS[algorithm], "-nopad", "-K", key, "-iv", IV[algorithm], given=secured)


def proof(algorithm: Algorithm, key: CardKeys, proved: bytes) -> bytes:
    """Eight octets as openssl counts them."""
    if algorithm is Algorithm.AES:
        told = openssl("mac", "-cipher", "AES-128-CBC", "-macopt", f"hexkey:{key.kid.hex()}", "-in", "/dev/stdin", "CMAC", given=proved)
        return bytes.fromhex(told.decode().strip())[:8]
    padded = proved + bytes(-len(proved) % 8)
    chained = openssl("enc", CIPHERS[algorithm], "-nopad", "-K", key.kid.hex(), "-iv", IV[algorithm], given=padded)
    return chained[-8:]


@pytest.mark.parametrize("algorithm", list(Algorithm))
def test_openssl_opens_and_proves_what_we_seal(algorithm: Algorithm) -> None:
    user_data = seal_command(algorithm, 3, keys(algorithm), TAR, 0x0102030405, BODY)
    plain = opened(algorithm, user_data)
    counter, padding, claimed, padded = plain[:5], plain[5], plain[6:14], plain[14:]
    assert counter.hex() == "0102030405"
    assert padded == BODY + bytes(padding)
    assert proof(algorithm, keys(algorithm), user_data[3:13] + plain[:6] + padded) == claimed


@pytest.mark.parametrize("algorithm", [Algorithm.TRIPLE_DES_2, Algorithm.TRIPLE_DES_3])
def test_openssl_derives_the_same_card_keys(algorithm: Algorithm) -> None:
    factor = bytes.fromhex(ICCID[-16:])
    inverse = bytes(255 - octet for octet in factor)
    blocks = (factor + inverse + factor[4:] + factor[:4])[: 16 if algorithm is Algorithm.TRIPLE_DES_2 else 24]
    for master, key in zip(MASTERS, (keys(algorithm).kic, keys(algorithm).kid), strict=True):
        derived = openssl("enc", "-des-ede", "-nopad", "-K", master.hex(), given=blocks)
        # The last bit of each octet is parity and says nothing.
        assert [octet & 0xFE for octet in derived] == [octet & 0xFE for octet in key]
        assert all(octet.bit_count() % 2 for octet in key)


def test_openssl_derives_the_same_aes_card_keys() -> None:
    for master, key, role in zip(MASTERS, (keys(Algorithm.AES).kic, keys(Algorithm.AES).kid), (b"KIc", b"KID"), strict=True):
        given = b"\x01" + bytes.fromhex(ICCID) + b"\x03" + role
        options: Any = ("mac", "-cipher", "AES-128-CBC", "-macopt", f"hexkey:{master.hex()}", "-in", "/dev/stdin", "CMAC")
        assert openssl(*options, given=given).decode().strip().lower() == key.hex()
