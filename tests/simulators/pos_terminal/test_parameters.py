"""Parameters as field 62 carries them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.pos_terminal import parameters
from simulators.pos_terminal.parameters import BadParameters


def packed(text: str) -> str:
    return text.encode("gbk").hex()


def test_the_request_names_version_and_block() -> None:
    assert bytes.fromhex(parameters.asked(3)) == b"000003"
    assert bytes.fromhex(parameters.asked(0, "12")) == b"001200"


def test_known_elements_by_name_and_others_by_tag() -> None:
    values, more = parameters.unpack(packed("00071" + "02002" + "25" + "03001" + "3" + "05006" + "电讯店" + "09003" + "abc"))
    assert values == {"version": "0007", "timeout": "25", "tries": "3", "header": "电讯店", "09": "abc"}
    assert more


@pytest.mark.parametrize(("flag", "more"), [("0", False), ("1", True)])
def test_whether_more_is_to_come(flag: str, more: bool) -> None:
    assert parameters.unpack(packed("0001" + flag))[1] is more


@pytest.mark.parametrize("text", ["", "000", "ABCD0", "0001002", "0001002A", "000100200525", "00010020", "00010AB00225"])
def test_another_form_is_refused(text: str) -> None:
    with pytest.raises(BadParameters):
        parameters.unpack(packed(text))


@given(st.dictionaries(st.sampled_from(["01", "02", "04", "05", "77"]), st.text("0123456789:,充", max_size=60), max_size=5))
def test_what_a_host_packs_is_read(values: dict[str, str]) -> None:
    body = "".join(f"{tag}{len(value.encode('gbk')):03d}{value}" for tag, value in values.items())
    read, _ = parameters.unpack(packed("00010" + body))
    assert len(read) == len(values) + 1
    assert set(read.values()) >= set(values.values())
