"""What a terminal looks at in an answer, field by field."""

import pytest

from simulators.pos_terminal.checks import ACCEPTED, difference, is_accepted
from simulators.pos_terminal.messages import Message

REQUEST = Message("0200", {3: "190000", 4: "000000005000", 11: "000007", 41: "T0000001", 42: "M00000000000001", 60: "22000001000"})


def answer(code: str = "00", **changed: str) -> Message:
    return Message("0210", {**REQUEST.fields, 39: code}).having(**changed)


def test_the_answer_to_it_is_taken() -> None:
    assert difference(REQUEST, answer()) == ""
    assert difference(REQUEST, answer("51")) == ""


@pytest.mark.parametrize("field", ["f3", "f4", "f11", "f41", "f42"])
def test_a_success_must_repeat_what_was_asked(field: str) -> None:
    assert difference(REQUEST, answer(**{field: "0"})) == field


@pytest.mark.parametrize(("field", "seen"), [("f3", True), ("f4", True), ("f11", True), ("f41", True), ("f42", False)])
def test_a_refusal_need_not_name_the_merchant(field: str, seen: bool) -> None:
    assert bool(difference(REQUEST, answer("51", **{field: "0"}))) is seen


def test_a_refusal_may_leave_the_amount_out() -> None:
    assert difference(REQUEST, answer("51", f4="")) == ""
    assert difference(REQUEST, answer("00", f4="")) == "f4"


@pytest.mark.parametrize("message_type", ["0200", "0230", "0410", "0810"])
def test_another_type_is_another_answer(message_type: str) -> None:
    assert difference(REQUEST, Message(message_type, answer().fields)) == "type"


def test_an_echo_has_no_trace_to_compare() -> None:
    asked = Message("0820", {41: "T0000001", 42: "M00000000000001", 60: "00000001301"})
    assert difference(asked, Message("0830", {**asked.fields, 39: "00"})) == ""


@pytest.mark.parametrize("code", sorted(ACCEPTED))
def test_codes_of_success(code: str) -> None:
    assert is_accepted(answer(code))


@pytest.mark.parametrize("code", ["", "05", "25", "94", "98", "A0", "77"])
def test_codes_that_are_none(code: str) -> None:
    assert not is_accepted(answer(code))


def test_a_settlements_answer_is_a_success_by_coming() -> None:
    assert is_accepted(Message("0510", {48: "1"}))
    assert not is_accepted(Message("0510", {39: "30"}))
