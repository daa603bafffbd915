"""The user data header: what announces a secured packet, and what only looks like it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stk_sms.packet import PacketError
from stk_sms.packet.user_data import COMMAND_PACKET, RESPONSE_PACKET, header_of, is_secured, secured_part


def refused(user_data: bytes) -> PacketError:
    with pytest.raises(PacketError) as caught:
        secured_part(user_data, COMMAND_PACKET)
    return caught.value


def test_the_plain_header() -> None:
    assert secured_part(b"\x02\x70\x00rest", COMMAND_PACKET) == (b"rest", 3)
    assert header_of(COMMAND_PACKET) == b"\x02\x70\x00"
    assert header_of(RESPONSE_PACKET) == b"\x02\x71\x00"


def test_other_elements_beside_it() -> None:
    # A port number (16 bit) is of no matter to us.
    user_data = bytes.fromhex("0805040b8423f0 7000 aabb".replace(" ", ""))
    assert secured_part(user_data, COMMAND_PACKET) == (b"\xaa\xbb", 9)


def test_nothing_behind_it_is_not_its_business() -> None:
    assert secured_part(b"\x02\x70\x00", COMMAND_PACKET) == (b"", 3)


@pytest.mark.parametrize(
    ("user_data", "field", "position"),
    [
        ("", "user_data", 0),
        ("00" * 141, "user_data", 0),
        ("05700000", "UDHL", 0),
        ("0170", "IEIDL", 1),
        ("027001", "IEIDL", 1),
        ("0470007000", "IEI", 3),
        ("00aabb", "IEI", 1),
        ("027100aa", "IEI", 1),
        ("03700100aa", "IEI", 1),
        ("0700030a02017000", "IEI", 1),
        ("080804000a02017000", "IEI", 1),
    ],
)
def test_what_is_refused(user_data: str, field: str, position: int) -> None:
    error = refused(bytes.fromhex(user_data))
    assert error.field == field
    assert error.position == position or field == "IEI"


@pytest.mark.parametrize("concatenation", ["0003aa0201", "0804000a0201"])
def test_a_part_of_a_longer_message_is_named_as_such(concatenation: str) -> None:
    elements = bytes.fromhex(concatenation) + b"\x70\x00"
    assert "concatenated" in refused(bytes((len(elements),)) + elements).reason


@given(st.binary(max_size=150))
def test_is_secured_never_raises(user_data: bytes) -> None:
    secured = is_secured(user_data)
    if secured:
        assert 0x70 in user_data[: 1 + user_data[0]]


def test_is_secured_tells_the_two_kinds_apart() -> None:
    assert is_secured(b"\x02\x70\x00")
    assert not is_secured(b"\x02\x71\x00")
    assert is_secured(b"\x02\x71\x00", RESPONSE_PACKET)
    assert not is_secured("您好".encode("utf-16-be"))
