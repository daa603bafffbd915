"""F62 of sign-in and of parameters."""

import pytest

from pos.codec.errors import FrameError
from pos.fields.setup import Parameters, asked_block, asked_version, block, serial_number

FULL = Parameters(7, ("192.0.2.1:8086", "192.0.2.2:8086"), 25, 5, (1000, 5000), "空中充值 凭条", "10086")


def test_serial_numbers() -> None:
    assert serial_number(b"Sequence No08SN000001") == "SN000001"
    assert serial_number(b"Sequence No08SN0001  ") == "SN0001"
    assert serial_number(b"") == serial_number(b"something else") == ""


@pytest.mark.parametrize("octets", [b"Sequence No", b"Sequence No09SN000001", b"Sequence NoxxSN000001", b"Sequence No02\xff\xff"])
def test_serial_numbers_that_are_none(octets: bytes) -> None:
    with pytest.raises(FrameError):
        serial_number(octets)


def test_a_block_of_parameters() -> None:
    told, is_last = block(FULL, 0)
    assert is_last
    assert told[:5] == b"00070"
    assert told[5:].startswith(b"01029192.0.2.1:8086,192.0.2.2:8086" + b"02002" + b"25" + b"03001" + b"5" + b"040091000,5000")
    assert told.endswith("空中充值 凭条".encode("gbk") + b"06005" + b"10086")


def test_more_than_fits_one_block() -> None:
    many = Parameters(1, tuple(f"192.0.2.{number}:8086" for number in range(40)), amounts_minor=tuple(range(1000, 90000, 1000)))
    first, is_last = block(many, 0)
    assert (first[4:5], is_last) == (b"1", False)
    second, is_last = block(many, 1)
    assert (second[4:5], is_last) == (b"0", True)
    assert block(many, 9) == (b"00010", True)


def test_what_is_asked() -> None:
    assert (asked_version(b"000201"), asked_block(b"000201")) == (2, 1)
    assert asked_version(b"x") == 0
    for wrong in (b"", b"00020x", b"0002001"):
        with pytest.raises(FrameError):
            asked_block(wrong)
