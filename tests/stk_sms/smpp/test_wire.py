"""Single values on the wire: what fits, what does not, and where it went wrong."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stk_sms.smpp.status import Status
from stk_sms.smpp.wire import (
    Counted,
    CString,
    Destination,
    Destinations,
    Integer,
    MalformedPdu,
    Octets,
    Tlv,
    Tlvs,
    Unencodable,
    Unsuccessful,
    UnsuccessfulList,
    Wire,
)

BEFORE = b"before"


def there_and_back(wire: Wire, value: Any) -> bytes:
    """The octets of a value, which read back as the value wherever they stand."""
    octets = wire.pack(value, "field")
    found, end = wire.unpack(BEFORE + octets + (b"" if isinstance(wire, Tlvs) else b"behind"), len(BEFORE), "field")
    assert found == value
    assert end == len(BEFORE) + len(octets)
    return octets


@given(st.integers(1, 4), st.data())
def test_numbers(octets: int, data: st.DataObject) -> None:
    value = data.draw(st.integers(0, 256**octets - 1))
    assert there_and_back(Integer(octets), value) == value.to_bytes(octets, "big")


@pytest.mark.parametrize("value", [-1, 256, 10**9])
def test_numbers_that_do_not_fit(value: int) -> None:
    with pytest.raises(Unencodable, match="field: "):
        Integer().pack(value, "field")


@given(st.lists(st.integers(0, 255), min_size=1, max_size=9))
def test_numbers_of_an_octet_in_a_row(values: list[int]) -> None:
    assert there_and_back(Octets(tuple("abcdefghi"[: len(values)])), bytes(values)) == bytes(values)


def test_which_number_in_a_row_is_wrong() -> None:
    wire = Octets(("first", "second", "third"))
    for value in (256, -1):
        with pytest.raises(Unencodable, match="second: "):
            wire.pack((1, value, 3), "first")
    for octets, field in ((b"", "first"), (b"ab", "third")):
        with pytest.raises(MalformedPdu) as caught:
            wire.unpack(BEFORE + octets, len(BEFORE), "first")
        assert (caught.value.field, caught.value.position) == (field, len(BEFORE) + len(octets))


@given(st.text(st.characters(min_codepoint=1, max_codepoint=255), max_size=20))
def test_strings(value: str) -> None:
    assert there_and_back(CString(21), value)[-1] == 0


@pytest.mark.parametrize(("value", "why"), [("x" * 21, "20 octets"), ("a\0b", "a zero"), ("充", "Latin-1")])
def test_strings_that_do_not_fit(value: str, why: str) -> None:
    with pytest.raises(Unencodable, match=why):
        CString(21).pack(value, "field")


def test_a_string_must_end_within_its_field() -> None:
    assert CString(4).unpack(b"abc\0", 0, "field") == ("abc", 4)
    for octets in (b"abcd\0", b"abc", b""):
        with pytest.raises(MalformedPdu) as caught:
            CString(4).unpack(octets, 0, "field")
        assert (caught.value.position, caught.value.status) == (0, Status.RINVPARLEN)


@given(st.binary(max_size=255))
def test_counted_octets(value: bytes) -> None:
    assert there_and_back(Counted(), value)[0] == len(value)


def test_counted_octets_that_do_not_fit() -> None:
    with pytest.raises(Unencodable):
        Counted().pack(bytes(256), "field")
    for octets in (b"", b"\x02a"):
        with pytest.raises(MalformedPdu):
            Counted().unpack(octets, 0, "field")


def test_destinations() -> None:
    value = (Destination("13800138000", 1, 1), Destination(list_name="agents"), Destination("10086"))
    assert there_and_back(Destinations(), value).hex() == (
        "03" + "010101" + b"13800138000".hex() + "00" + "02" + b"agents".hex() + "00" + "010000" + b"10086".hex() + "00"
    )


@pytest.mark.parametrize(("octets", "position"), [("01", 1), ("0103", 1), ("010101", 3), ("01010101", 4), ("0102", 2), ("0201000000", 5)])
def test_destinations_that_break_off(octets: str, position: int) -> None:
    with pytest.raises(MalformedPdu) as caught:
        Destinations().unpack(bytes.fromhex(octets), 0, "destinations")
    assert (caught.value.field, caught.value.position) == ("destinations", position)


def test_who_was_not_reached() -> None:
    value = (Unsuccessful(1, 1, "13800138000", 0x0B), Unsuccessful(0, 0, "", 0xFFFFFFFF))
    assert there_and_back(UnsuccessfulList(), value)[0] == 2


@pytest.mark.parametrize("octets", ["01", "010101", "0101013100", "01010131000000"])
def test_a_list_of_them_that_breaks_off(octets: str) -> None:
    with pytest.raises(MalformedPdu):
        UnsuccessfulList().unpack(bytes.fromhex(octets), 0, "unsuccessful")


@given(st.lists(st.builds(Tlv, st.integers(0, 0xFFFF), st.binary(max_size=300)), max_size=5).map(tuple))
def test_tlvs(value: tuple[Tlv, ...]) -> None:
    there_and_back(Tlvs(), value)


@pytest.mark.parametrize(("octets", "field"), [("04", "tlvs"), ("042400", "tlvs"), ("04240001", "tlvs 0424"), ("0501000101042400", "tlvs")])
def test_tlvs_that_break_off(octets: str, field: str) -> None:
    with pytest.raises(MalformedPdu) as caught:
        Tlvs().unpack(bytes.fromhex(octets), 0, "tlvs")
    assert (caught.value.field, caught.value.status) == (field, Status.RINVMSGLEN)


def test_errors_name_field_and_position() -> None:
    error = MalformedPdu("source_addr", 21, "no end")
    assert str(error) == "source_addr at 21: no end"
    assert error.status == Status.RINVCMDLEN
    assert str(Unencodable("password", "not Latin-1")) == "password: not Latin-1"
