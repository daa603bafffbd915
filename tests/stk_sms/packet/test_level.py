"""The least level: each way of being too weak, and the only shapes that are enough."""

from itertools import product

import pytest

from stk_sms.packet import Algorithm, PacketError, ResponseStatus, check_level
from stk_sms.packet.level import HEADER_LENGTH, Counter, key_octet


def weak(spi: int = 0x0E, kic: int = 0x12, kid: int = 0x12, header: int = HEADER_LENGTH) -> PacketError:
    with pytest.raises(PacketError) as caught:
        check_level(bytes((spi, 0)), kic, kid, header)
    assert caught.value.status is ResponseStatus.INSUFFICIENT_LEVEL
    return caught.value


@pytest.mark.parametrize(("nibble", "algorithm"), [(2, Algorithm.AES), (5, Algorithm.TRIPLE_DES_2), (9, Algorithm.TRIPLE_DES_3)])
@pytest.mark.parametrize("version", [1, 7, 15])
def test_what_is_enough(nibble: int, algorithm: Algorithm, version: int) -> None:
    octet = version << 4 | nibble
    level = check_level(b"\x0e\x00", octet, octet, HEADER_LENGTH)
    assert (level.algorithm, level.key_version, level.counter) == (algorithm, version, Counter.AVAILABLE)
    assert key_octet(algorithm, version) == octet


@pytest.mark.parametrize(("spi", "counter"), [(0x0E, Counter.AVAILABLE), (0x16, Counter.HIGHER), (0x1E, Counter.NEXT)])
def test_the_three_ways_with_a_counter(spi: int, counter: Counter) -> None:
    assert check_level(bytes((spi, 0x21)), 0x12, 0x12, HEADER_LENGTH).counter is counter


@pytest.mark.parametrize("spi", [0x0C, 0x0D, 0x0F, 0x00, 0x04])
def test_without_a_cryptographic_checksum(spi: int) -> None:
    # None, a redundancy check (CRC), or a signature that we cannot prove.
    error = weak(spi=spi)
    assert (error.field, error.position) == ("SPI", 3)


@pytest.mark.parametrize("spi", [0x0A, 0x12, 0x02])
def test_in_clear(spi: int) -> None:
    assert weak(spi=spi).reason == "not ciphered"


def test_without_a_counter() -> None:
    assert weak(spi=0x06).reason == "no counter"


@pytest.mark.parametrize("spi", [0x2E, 0x4E, 0x8E])
def test_reserved_bits(spi: int) -> None:
    assert weak(spi=spi).reason == "reserved bits"


@pytest.mark.parametrize("nibble", [0x0, 0x1, 0x3, 0x4, 0x6, 0x7, 0x8, 0xA, 0xB, 0xC, 0xD, 0xE, 0xF])
def test_des_ecb_and_everything_unnamed(nibble: int) -> None:
    error = weak(kic=0x10 | nibble, kid=0x10 | nibble)
    assert (error.field, error.position) == ("KIc", 5)


@pytest.mark.parametrize(("kic", "kid"), [(0x12, 0x15), (0x15, 0x12), (0x19, 0x15), (0x12, 0x11)])
def test_two_algorithms_in_one_packet(kic: int, kid: int) -> None:
    error = weak(kic=kic, kid=kid)
    assert (error.field, error.position) == ("KID", 6)


def test_two_key_versions_in_one_packet() -> None:
    assert weak(kic=0x12, kid=0x22).reason == "another key version than KIc"


def test_no_key_version() -> None:
    assert weak(kic=0x02, kid=0x02).reason == "no key version"


@pytest.mark.parametrize("header", [0x0D, 0x11, 0x14, 0x16, 0x1D])
def test_a_checksum_of_another_length(header: int) -> None:
    # 11 is an AES-CMAC of four octets: allowed by the standard, too short for money.
    error = weak(header=header)
    assert (error.field, error.position) == ("CHL", 2)


def test_of_all_headers_few_are_enough() -> None:
    enough = set()
    for spi, kic, kid in product(range(256), range(0x10, 0x20), range(0x10, 0x20)):
        try:
            check_level(bytes((spi, 0)), kic, kid, HEADER_LENGTH)
        except PacketError:
            continue
        enough.add((spi, kic, kid))
    assert enough == {(spi, octet, octet) for spi in (0x0E, 0x16, 0x1E) for octet in (0x12, 0x15, 0x19)}
