"""What stands around a message: addresses that change places, the concentrator's block, the requirement in the header."""

import pytest

from pos.codec.errors import FrameError
from pos.codec.frame import Frame, Requirement, parse, write

BODY = bytes.fromhex("0820") + bytes(8)
HEADER = "603110012345"
BLOCK = bytes.fromhex("4C5249001C" + "0075526838900000"[:16] + "96533FFFFFFFFFFF" + "580009490006000000220030")


def test_an_answer_goes_back_to_the_line_it_came_from() -> None:
    frame = Frame(bytes.fromhex("6000060123"), HEADER, BODY)
    answer = frame.answer(BODY)
    assert answer.tpdu.hex() == "6001230006"
    assert parse(write(answer)[2:]) == answer


@pytest.mark.parametrize("wanted", list(Requirement))
def test_the_header_comes_back_with_what_is_required(wanted: Requirement) -> None:
    answer = Frame(bytes(5), HEADER, BODY).answer(BODY, wanted)
    assert answer.header == f"60311{int(wanted)}012345"


def test_a_concentrators_block_tells_the_line_and_is_not_answered() -> None:
    octets = bytes.fromhex("6000060123") + BLOCK + bytes.fromhex(HEADER) + BODY
    frame = parse(octets)
    assert (frame.line, frame.header, frame.body) == ("75526838900000", HEADER, BODY)
    assert write(frame.answer(BODY))[2:].hex() == "6001230006" + "603110012345" + BODY.hex()


def test_a_line_filled_with_f() -> None:
    block = bytes.fromhex("4C5249001C" + "13800138000FFFFF" + "96533FFFFFFFFFFF" + "580009490006000000220030")
    assert parse(bytes(5) + block + bytes.fromhex(HEADER) + BODY).line == "13800138000"


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        bytes(20),
        bytes(5) + b"LRI\x00\xff" + bytes(40),
        bytes(5) + b"LRI\x00\x04" + bytes(40),
        bytes(5) + b"LRI\x00\x1c" + bytes(28) + b"\x60",
        bytes(5) + b"\xff" * 6 + BODY,
    ],
)
def test_octets_that_are_no_frame(octets: bytes) -> None:
    with pytest.raises(FrameError):
        parse(octets)


def test_the_length_stands_before_it() -> None:
    octets = write(Frame(bytes(5), HEADER, BODY))
    assert int.from_bytes(octets[:2], "big") == len(octets) - 2 == 5 + 6 + len(BODY)
