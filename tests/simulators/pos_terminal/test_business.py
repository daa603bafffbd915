"""Field 48 of a sale: the example of the specification, what comes back, what is refused."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.pos_terminal import business
from simulators.pos_terminal.business import BadBusiness

VALUE = st.text("0123456789ABC充值到账", min_size=1, max_size=30)
VALUES = st.dictionaries(st.integers(1, 99).map("{:02d}".format), VALUE, max_size=6)


def packed(text: str) -> str:
    return text.encode("gbk").hex()


@given(VALUES)
def test_what_is_packed_comes_back(values: dict[str, str]) -> None:
    assert business.unpack(business.pack(values)) == values


def test_the_specifications_example() -> None:
    values = {business.NUMBER: "13800138000", business.CARRIER: "00", business.PRODUCT: "00"}
    assert bytes.fromhex(business.pack(values)) == b"CZ01011113800138000020200030200#"


def test_lengths_count_octets() -> None:
    assert business.pack({business.TEXT: "到账"}) == packed("CZ010704到账#")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "#",
        "XY01#",
        "CZ01",
        "CZ01011113800138000",
        "CZ0101#",
        "CZ01019913800138000#",
        "CZ01AB0213#",
        "CZ0101XX13#",
        "CZ010111138001380000#",
    ],
)
def test_another_form_is_refused(text: str) -> None:
    with pytest.raises(BadBusiness):
        business.unpack(packed(text))


@given(st.binary(max_size=40))
def test_noise_raises_nothing_else(noise: bytes) -> None:
    with suppress(BadBusiness):
        business.unpack(noise.hex())


def test_half_a_letter_does_not_stop_the_reading() -> None:
    assert business.unpack((b"CZ010701\xb3#").hex()) == {"07": "\ufffd"}


def test_a_value_too_long_is_refused() -> None:
    with pytest.raises(BadBusiness):
        business.pack({business.TEXT: "充" * 50})
