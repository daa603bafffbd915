"""F48 of recharges: what is written is read again, and what does not hold together is refused with its place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos.codec.errors import FrameError
from pos.fields.elements import Tag, cut, read, write

DOCUMENTED = b"CZ01011113800138000020200030200#"
GBK = st.text(st.characters(codec="gbk", exclude_categories=["Cc", "Cs"]), max_size=30)


def test_the_example_of_the_document() -> None:
    assert read(DOCUMENTED) == {Tag.NUMBER: "13800138000", Tag.CARRIER: "00", Tag.PRODUCT: "00"}
    assert write({Tag.NUMBER: "13800138000", Tag.CARRIER: "00", Tag.PRODUCT: "00"}) == DOCUMENTED


@given(st.dictionaries(st.sampled_from(list(Tag)), GBK.filter(bool)))
def test_there_and_back(elements: dict[Tag, str]) -> None:
    assert read(write(elements)) == elements


def test_tags_we_do_not_know_are_passed_over_and_empty_ones_left_out() -> None:
    assert read(b"CZ0199031230102ab#") == {Tag.NUMBER: "ab"}
    assert write({Tag.NUMBER: "", Tag.TEXT: "ok"}) == b"CZ010702ok#"


def test_the_end_mark_may_stand_in_a_value() -> None:
    assert read(write({Tag.TEXT: "a#b#"})) == {Tag.TEXT: "a#b#"}


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"#",
        b"CZ01",
        b"CZ02#",
        b"XX010102ab#",
        b"CZ010102ab",
        b"CZ010103ab#",
        b"CZ0101#",
        b"CZ01x102ab#",
        b"CZ010102ab0102cd#",
        b"CZ010702\xff\xff#",
    ],
)
def test_what_does_not_hold_together(octets: bytes) -> None:
    with pytest.raises(FrameError) as caught:
        read(octets)
    assert caught.value.field == 48


def test_long_texts_are_cut_at_a_whole_character() -> None:
    assert cut("充值成功", 5) == "充值".encode("gbk")
    assert cut("ok", 5) == b"ok"
    assert cut("\U0001f600!", 5) == b"?!"
    assert read(write({Tag.TEXT: "充" * 80})) == {Tag.TEXT: "充" * 49}
