"""Command packets: lengths that lie, blocks cut short, padding that lies, sealing what does not fit."""

from collections.abc import Callable

import pytest
from Crypto.Cipher import AES
from Crypto.Hash import CMAC
from hypothesis import given
from hypothesis import strategies as st

from stk_sms.packet import Algorithm, CardKeys, PacketError, ResponseStatus, card_keys, open_command, parse_command, seal_command
from stk_sms.packet.command import LARGEST_COUNTER
from stk_sms.packet.crypto import checksum, cipher, cmac, decipher
from tests.stk_sms.till import ICCID, MASTERS

TAR = bytes.fromhex("b2c001")
BODY = bytes(range(33))
KEYS = {algorithm: card_keys(algorithm, *MASTERS, ICCID, 1) for algorithm in Algorithm}


def sealed(algorithm: Algorithm = Algorithm.AES, counter: int = 42, data: bytes = BODY) -> bytes:
    return seal_command(algorithm, 1, KEYS[algorithm], TAR, counter, data)


def refused(user_data: bytes, algorithm: Algorithm = Algorithm.AES) -> PacketError:
    with pytest.raises(PacketError) as caught:
        open_command(parse_command(user_data), algorithm, KEYS[algorithm])
    return caught.value


@given(st.sampled_from(list(Algorithm)), st.integers(0, LARGEST_COUNTER), st.binary(max_size=98))
def test_what_is_sealed_opens(algorithm: Algorithm, counter: int, data: bytes) -> None:
    user_data = sealed(algorithm, counter, data)
    assert len(user_data) <= 140
    opened = open_command(parse_command(user_data), algorithm, KEYS[algorithm])
    assert (opened.counter, opened.data) == (counter, data)


@given(st.binary(max_size=160))
def test_whatever_comes_by_chance_is_refused(user_data: bytes) -> None:
    error = refused(user_data)
    assert error.field
    assert 0 <= error.position <= 140


@given(st.binary(min_size=1, max_size=137))
def test_a_header_in_front_of_chance_helps_nothing(rest: bytes) -> None:
    assert refused(b"\x02\x70\x00" + rest, Algorithm.TRIPLE_DES_2).position <= 140


def test_a_packet_is_the_length_it_says() -> None:
    user_data = sealed()
    for wrong in (user_data + b"\0", user_data[:-1], user_data[:3] + b"\0\0" + user_data[5:]):
        assert refused(wrong).field == "CPL"


@pytest.mark.parametrize("length", [3, 4, 12])
def test_a_header_cut_short(length: int) -> None:
    error = refused(sealed()[:length])
    assert (error.field, error.position) == ("CPL", 3)


@pytest.mark.parametrize("header_length", [0, 12, 60, 255])
def test_a_header_length_that_cannot_be(header_length: int) -> None:
    user_data = sealed()
    error = refused(user_data[:5] + bytes((header_length,)) + user_data[6:])
    assert (error.field, error.position) == ("CHL", 5)


@pytest.mark.parametrize("algorithm", list(Algorithm))
def test_no_whole_blocks(algorithm: Algorithm) -> None:
    user_data = sealed(algorithm)
    cut = user_data[:-1]
    cut = cut[:3] + (len(cut) - 5).to_bytes(2) + cut[5:]
    error = refused(cut, algorithm)
    assert (error.field, error.status) == ("secured", ResponseStatus.CIPHERING)


@pytest.mark.parametrize("algorithm", list(Algorithm))
def test_a_whole_block_taken_away(algorithm: Algorithm) -> None:
    block = 16 if algorithm is Algorithm.AES else 8
    cut = sealed(algorithm)[:-block]
    cut = cut[:3] + (len(cut) - 5).to_bytes(2) + cut[5:]
    assert refused(cut, algorithm).status is ResponseStatus.CHECKSUM_FAILED


@pytest.mark.parametrize("algorithm", list(Algorithm))
def test_every_octet_counts(algorithm: Algorithm) -> None:
    user_data = sealed(algorithm)
    for place in range(len(user_data)):
        changed = user_data[:place] + bytes((user_data[place] ^ 1,)) + user_data[place + 1 :]
        error = refused(changed, algorithm)
        if place >= 6:
            assert error.status in {ResponseStatus.CHECKSUM_FAILED, ResponseStatus.CIPHERING}


def test_clear_octets_are_proved_too() -> None:
    user_data = sealed()
    other_tar = user_data[:10] + b"\xb2\xc0\x02" + user_data[13:]
    assert refused(other_tar).status is ResponseStatus.CHECKSUM_FAILED


def forged(algorithm: Algorithm, padding: int, data: bytes) -> bytes:
    """A packet whose sender has the keys and lies about its padding."""
    keys = KEYS[algorithm]
    clear = (8 + 14 + len(data)).to_bytes(2) + bytes.fromhex("150e001212b2c001")
    head = (7).to_bytes(5) + bytes((padding,))
    proof = checksum(algorithm, keys.kid, clear + head + data)
    return b"\x02\x70\x00" + clear + cipher(algorithm, keys.kic, head + proof + data)


@pytest.mark.parametrize("padding", [16, 19, 200, 255])
def test_padding_of_a_block_or_more(padding: int) -> None:
    error = refused(forged(Algorithm.AES, padding, bytes(18)))
    assert (error.field, error.status) == ("PCNTR", ResponseStatus.CIPHERING)


def test_padding_longer_than_the_data() -> None:
    assert refused(forged(Algorithm.AES, 3, bytes(2))).field == "PCNTR"


def test_padding_may_be_all_there_is() -> None:
    packet = parse_command(forged(Algorithm.AES, 2, bytes(2)))
    assert open_command(packet, Algorithm.AES, KEYS[Algorithm.AES]).data == b""


def test_the_largest_body_is_known() -> None:
    # 140 octets: 98 for AES, 106 for triple DES.
    assert len(sealed(Algorithm.AES, data=bytes(98))) <= 140
    assert len(sealed(Algorithm.TRIPLE_DES_2, data=bytes(106))) <= 140
    for algorithm, octets in ((Algorithm.AES, 99), (Algorithm.TRIPLE_DES_2, 107)):
        with pytest.raises(PacketError, match="do not fit"):
            sealed(algorithm, data=bytes(octets))


@pytest.mark.parametrize("counter", [-1, LARGEST_COUNTER + 1])
def test_a_counter_that_has_run_out(counter: int) -> None:
    with pytest.raises(PacketError) as caught:
        sealed(counter=counter)
    assert caught.value.status is ResponseStatus.COUNTER_HIGH


def test_another_cards_keys_do_not_open_it() -> None:
    other = card_keys(Algorithm.AES, *MASTERS, "89860050110899556979", 1)
    with pytest.raises(PacketError) as caught:
        open_command(parse_command(sealed()), Algorithm.AES, other)
    assert caught.value.status is ResponseStatus.CHECKSUM_FAILED


def test_another_versions_keys_do_not_open_it() -> None:
    other = card_keys(Algorithm.AES, *MASTERS, ICCID, 2)
    with pytest.raises(PacketError):
        open_command(parse_command(sealed()), Algorithm.AES, other)


def test_nothing_secret_is_shown() -> None:
    opened = open_command(parse_command(sealed()), Algorithm.AES, KEYS[Algorithm.AES])
    assert BODY.hex() not in repr(opened)
    assert repr(opened) == "OpenedPacket(counter=42, 33 octets)"
    assert repr(CardKeys(b"a", b"b")) == "CardKeys(***)"


@pytest.mark.parametrize("algorithm", list(Algorithm))
@pytest.mark.parametrize("operation", [cipher, decipher])
def test_broken_blocks_are_never_ciphered(operation: Callable[[Algorithm, bytes, bytes], bytes], algorithm: Algorithm) -> None:
    with pytest.raises(ValueError, match=r"block|boundary"):
        operation(algorithm, KEYS[algorithm].kic, bytes(17))


@given(st.lists(st.tuples(st.sampled_from([bytes(16), bytes(range(16)), bytes(range(32))]), st.binary(max_size=80)), max_size=8))
def test_checksums_of_several_keys_in_turn_do_not_touch_each_other(asked: list[tuple[bytes, bytes]]) -> None:
    found = [cmac(key, data) for key, data in asked]
    assert found == [CMAC.new(key, data, AES).digest() for key, data in asked]


@pytest.mark.parametrize(
    ("octets", "expected"),
    [
        (0, "bb1d6929e95937287fa37d129b756746"),
        (16, "070a16b46b4d4144f79bdd9dd04a287c"),
        (40, "dfa66747de9ae63030ca32611497c827"),
        (64, "51f0bebf7e3b9d92fc49741779363cfe"),
    ],
)
def test_cmac_of_rfc_4493(octets: int, expected: str) -> None:
    """The four examples of its section 4."""
    message = (
        "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710"
    )
    key = bytes.fromhex("2b7e151628aed2a6abf7158809cf4f3c")
    assert cmac(key, bytes.fromhex(message)[:octets]).hex() == expected
