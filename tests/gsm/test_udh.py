"""User data headers: read, built, refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gsm import udh

ELEMENTS = st.lists(st.builds(udh.Element, st.integers(0, 255), st.binary(max_size=20)), max_size=5).map(tuple)


@given(ELEMENTS)
def test_there_and_back(elements: tuple[udh.Element, ...]) -> None:
    assert udh.parse(udh.build(elements)) == elements


@given(st.binary(max_size=160))
def test_anything_is_read_or_refused(octets: bytes) -> None:
    try:
        header, rest = udh.split_user_data(octets)
        udh.parse(header)
    except udh.BadHeader:
        return
    assert header + rest == octets


@pytest.mark.parametrize(
    ("header", "part"),
    [
        ("0500031f0301", udh.Part(0x1F, 3, 1)),
        ("06080401020302", udh.Part(0x0102, 3, 2, wide=True)),
        ("0b0504158200000003aa0202", udh.Part(0xAA, 2, 2)),
        ("0500031f0304", None),
        ("0500031f0300", None),
        ("0400021f03", None),
        ("027000", None),
        ("0a00031f02010003200202", udh.Part(0x20, 2, 2)),
        ("", None),
    ],
)
def test_parts(header: str, part: udh.Part | None) -> None:
    assert udh.part_of(bytes.fromhex(header)) == part


@pytest.mark.parametrize(("header", "position"), [("05", 0), ("0100", 1), ("0300031f", 1), ("020005", 1), ("0470000070", 3)])
def test_a_broken_header_tells_where(header: str, position: int) -> None:
    with pytest.raises(udh.BadHeader) as caught:
        udh.parse(bytes.fromhex(header))
    assert caught.value.position == position


def test_a_header_longer_than_the_message() -> None:
    for octets in (b"", b"\x05\x00"):
        with pytest.raises(udh.BadHeader):
            udh.split_user_data(octets)
    assert udh.split_user_data(bytes.fromhex("027000aabb")) == (bytes.fromhex("027000"), bytes.fromhex("aabb"))


@pytest.mark.parametrize("part", [udh.Part(7, 2, 1), udh.Part(0x1234, 255, 255, wide=True)])
def test_parts_are_written_as_they_are_read(part: udh.Part) -> None:
    assert udh.part_of(udh.build((udh.part_element(part),))) == part


def test_taking_the_part_out_leaves_the_rest() -> None:
    both = udh.build((udh.Element(udh.COMMAND_PACKET), udh.part_element(udh.Part(1, 2, 1))))
    assert udh.without_part(both).hex() == "027000"
    assert udh.without_part(bytes.fromhex("0500031f0301")) == b""


def test_a_header_no_message_holds() -> None:
    with pytest.raises(udh.BadHeader):
        udh.build((udh.Element(1, bytes(140)),))
