"""USSD: TLVs, strings keyed at once, and the menu that asks for what is missing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stk_sms.smpp import tlvs
from stk_sms.smpp.ussd import Ask, Complete, Menu, MenuService, Question, direct_fields, read, reply, write
from stk_sms.smpp.wire import Tlv
from stk_sms.transport import Inbound, Ussd, UssdOperation
from tests.stk_sms.smpp.peers import NOW

QUESTIONS = (Question("number", "手机号?"), Question("amount", "金额?"), Question("password", "密码?"))
FULL = Complete("recharge", {"number": "13800138000", "amount": "50", "password": "274961"})


def menu_of(*services: tuple[str, str, tuple[Question, ...]]) -> Menu:
    return Menu([MenuService(*service) for service in services or (("888", "recharge", QUESTIONS),)])


def said(text: str, operation: UssdOperation = UssdOperation.PSSR_INDICATION, *, session: int = 7, end: bool = False) -> Inbound:
    return Inbound("mobile", "1", "13900139000", "888", text.encode(), NOW, ussd=Ussd(operation, session, end=end))


def answered(text: str, **how: bool) -> Inbound:
    return said(text, UssdOperation.USSR_CONFIRM, **how)


@given(st.sampled_from(UssdOperation), st.integers(0, 255), st.integers(0, 127), st.booleans(), st.none() | st.integers(0, 65535))
def test_there_and_back(operation: UssdOperation, session: int, sequence: int, end: bool, reference: int | None) -> None:
    ussd = Ussd(operation, session, sequence, end, reference)
    assert read("USSD", write(ussd)) == ussd
    assert read("", write(ussd)) == ussd


def test_what_is_ussd() -> None:
    assert read("", ()) is None
    assert read("USSD", ()) == Ussd(UssdOperation.PSSR_INDICATION)
    assert read("USSD", (tlvs.number(tlvs.Tag.USSD_SERVICE_OP, 9),)) is None
    assert read("USSD", (Tlv(tlvs.Tag.ITS_SESSION_INFO, b"\x09"),)) == Ussd(UssdOperation.PSSR_INDICATION, 9)


@pytest.mark.parametrize(
    ("typed", "fields"),
    [
        ("*888#", ("888",)),
        ("*888*13800138000*50*274961#", ("888", "13800138000", "50", "274961")),
        (" *888* 138 *50# ", ("888", "138", "50")),
        ("888", ()),
        ("*#", ()),
        ("*888", ()),
        ("#888#", ()),
    ],
)
def test_strings_keyed_at_once(typed: str, fields: tuple[str, ...]) -> None:
    assert direct_fields(typed) == fields


def test_everything_at_once() -> None:
    assert menu_of().step(said("*888*13800138000*50*274961#"), 0.0) == FULL
    assert "274961" not in repr(FULL)


def test_one_question_after_another() -> None:
    menu = menu_of()
    assert menu.step(said("*888#"), 0.0) == Ask("手机号?")
    assert menu.step(answered("13800138000"), 1.0) == Ask("金额?")
    assert menu.step(answered(" 50 "), 2.0) == Ask("密码?")
    assert menu.step(answered("274961"), 3.0) == FULL
    assert menu.step(answered("again"), 4.0) is None


def test_only_what_is_missing_is_asked() -> None:
    menu = menu_of()
    assert menu.step(said("*888*13800138000*50#"), 0.0) == Ask("密码?")
    assert menu.step(answered("274961"), 1.0) == FULL


def test_two_dialogues_do_not_mix() -> None:
    menu = menu_of(("888", "recharge", QUESTIONS[:2]))
    menu.step(said("*888*1#", session=1), 0.0)
    menu.step(said("*888*2#", session=2), 0.0)
    assert menu.step(said("50", UssdOperation.USSR_CONFIRM, session=1), 1.0) == Complete("recharge", {"number": "1", "amount": "50"})
    assert menu.step(said("30", UssdOperation.USSR_CONFIRM, session=2), 1.0) == Complete("recharge", {"number": "2", "amount": "30"})


def test_beginning_again_forgets_what_was_said() -> None:
    menu = menu_of()
    menu.step(said("*888*1*2#"), 0.0)
    assert menu.step(said("*888#"), 1.0) == Ask("手机号?")


@pytest.mark.parametrize("typed", ["*100#", "*888*1*2*3*4#", "hello"])
def test_what_is_for_somebody_else(typed: str) -> None:
    assert menu_of().step(said(typed), 0.0) is None


@pytest.mark.parametrize("code", ["888*7", "889"])
def test_another_service_under_a_code_of_its_own_or_below(code: str) -> None:
    menu = menu_of(("888", "recharge", QUESTIONS), (code, "ticket", QUESTIONS[1:]))
    assert menu.step(said(f"*{code}*500*274961#"), 0.0) == Complete("ticket", {"amount": "500", "password": "274961"})
    assert menu.step(said(f"*{code}#"), 0.0) == Ask("金额?")
    assert menu.step(answered("500"), 1.0) == Ask("密码?")
    assert menu.step(answered("274961"), 2.0) == Complete("ticket", {"amount": "500", "password": "274961"})
    assert menu.step(said("*888*13800138000*50*274961#"), 3.0) == FULL


def test_too_much_behind_the_lower_code_is_the_upper_ones() -> None:
    menu = menu_of(("888", "recharge", QUESTIONS), ("888*7", "ticket", QUESTIONS[1:2]))
    assert menu.step(said("*888*7*50*274961#"), 0.0) == Complete("recharge", {"number": "7", "amount": "50", "password": "274961"})


def test_who_hangs_up_or_waits_too_long_begins_again() -> None:
    menu = menu_of()
    menu.step(said("*888#"), 0.0)
    assert menu.step(answered("138", end=True), 1.0) is None
    menu.step(said("*888#"), 0.0)
    assert menu.step(answered("138"), 181.0) is None


def test_a_plain_message_is_no_dialogue() -> None:
    plain = Inbound("mobile", "1", "139", "888", b"*888#", NOW)
    assert menu_of().step(plain, 0.0) is None
    with pytest.raises(ValueError, match="USSD"):
        reply(plain, "x", more=True)


@pytest.mark.parametrize(
    ("asked", "more", "operation"),
    [
        (UssdOperation.PSSR_INDICATION, True, UssdOperation.USSR_REQUEST),
        (UssdOperation.PSSR_INDICATION, False, UssdOperation.PSSR_RESPONSE),
        (UssdOperation.USSR_CONFIRM, False, UssdOperation.PSSR_RESPONSE),
        (UssdOperation.PSSD_INDICATION, False, UssdOperation.PSSD_RESPONSE),
    ],
)
def test_replies_end_the_dialogue_or_go_on(asked: UssdOperation, more: bool, operation: UssdOperation) -> None:
    answer = reply(said("*888#", asked), "密码?", more=more)
    assert answer.ussd == Ussd(operation, 7, 1, not more)
    assert (answer.recipient, answer.sender, answer.text) == ("13900139000", "888", "密码?")
