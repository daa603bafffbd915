"""Queries as Kannel writes them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stk_sms.http_link import escapes


@given(st.binary(max_size=140))
def test_any_octets_escaped_as_kannel_does(octets: bytes) -> None:
    written = "".join("+" if octet == 0x20 else chr(octet) if chr(octet).isalnum() and octet < 128 else f"%{octet:02x}" for octet in octets)
    assert escapes.octets(written) == octets
    assert escapes.read_query(f"a=1&bin={written}&b=2") == {"a": b"1", "bin": octets, "b": b"2"}


@given(st.text(max_size=300))
def test_any_query_is_read_or_refused(query: str) -> None:
    found = escapes.read_query(query)
    for name in found:
        try:
            escapes.text(found, name)
            escapes.number(found, name)
        except escapes.BadQuery as error:
            if error.field != name:
                raise


def test_a_plus_is_a_space_and_a_plus_is_escaped() -> None:
    assert escapes.read_query("bin=a+b%2B%00") == {"bin": b"a b+\0"}


def test_the_first_of_two_counts() -> None:
    assert escapes.read_query("from=1&from=2&=3&x") == {"from": b"1", "x": b""}


def test_a_query_that_never_ends() -> None:
    with pytest.raises(escapes.BadQuery):
        escapes.read_query("a" * 9000)


def test_text_is_utf_8_and_short() -> None:
    assert escapes.text({"a": "余额".encode()}, "a") == "余额"
    assert escapes.text({}, "a") == ""
    for value in (b"\xff", b"x" * 300):
        with pytest.raises(escapes.BadQuery):
            escapes.text({"a": value}, "a")


@pytest.mark.parametrize(("written", "number"), [(b"2", 2), (b"-1", 7), (b"", 7), (b" 1 ", 1)])
def test_numbers(written: bytes, number: int) -> None:
    assert escapes.number({"coding": written}, "coding", 7) == number


def test_what_is_no_number() -> None:
    with pytest.raises(escapes.BadQuery):
        escapes.number({"coding": b"two"}, "coding")
