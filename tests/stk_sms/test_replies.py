"""Answers to cards: what they say, in three languages, and that they fit into one message."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from recharge import OrderKind, OrderState, OrderView, Refusal, RefusalCode, Reply
from stk_sms.packet import Body, StkOperation
from stk_sms.replies import answer_text, fits_one_message, late_text, order_text

AT = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
ORDER = OrderView(
    order_number="248612345678901234",
    kind=OrderKind.RECHARGE,
    state=OrderState.SUCCEEDED,
    party_code="A",
    number="13800138000",
    carrier_code="CMCC",
    province="北京",
    face_minor=5000,
    price_minor=4900,
    delivered_minor=None,
    serial_number="2026112000123456",
    failure="",
    business_date=date(2026, 11, 20),
    held_at=AT,
    ended_at=AT,
)
SALE = Body(StkOperation.RECHARGE, bytes(8), number="13800138000", amount_minor=5000, password="274961")
LANGUAGES = ("zh_CN", "en", "id")


def told(reply: Reply, body: Body = SALE, language: str | None = "zh_CN") -> str:
    return answer_text(body, reply, language)


def test_a_sale_that_succeeded() -> None:
    text = told(Reply(order=ORDER, balance_minor=95100))
    assert text == "13800138000 充值50.00：成功，凭证号2026112000123456，余额951.00，单号尾号901234。"


def test_in_english_and_indonesian() -> None:
    reply = Reply(order=ORDER, balance_minor=95100)
    assert "SN 2026112000123456, balance 951.00, order ..901234." in told(reply, language="en")
    assert "SN 2026112000123456, saldo 951.00, order ..901234." in told(reply, language="id")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("state", list(OrderState))
@pytest.mark.parametrize("kind", [OrderKind.RECHARGE, OrderKind.BILL_PAYMENT, OrderKind.TRANSFER])
def test_every_state_fits_into_one_message(language: str, state: OrderState, kind: OrderKind) -> None:
    order = replace(ORDER, state=state, kind=kind, serial_number="" if state is not OrderState.SUCCEEDED else ORDER.serial_number)
    text = order_text(order, 123_456_789, language, party="200012345")
    assert fits_one_message(text), (len(text), text)
    assert "901234" in text
    assert "1234567.89" in text
    assert "{" not in text


def test_a_long_serial_number_makes_the_words_short() -> None:
    text = order_text(replace(ORDER, serial_number="9" * 24), 12_345_678, "zh_CN")
    assert text == f"13800138000 50.00成功，凭{'9' * 24}，余123456.78，尾901234。"
    assert len(text) <= 70


def test_what_cannot_fit_is_said_all_the_same() -> None:
    text = order_text(replace(ORDER, serial_number="9" * 60), 12_345_678, "zh_CN")
    assert "9" * 60 in text
    assert not fits_one_message(text)


def test_a_failure_says_why() -> None:
    failed = replace(ORDER, state=OrderState.FAILED, failure="number_stopped", serial_number="")
    text = told(Reply(order=failed, balance_minor=100_000))
    assert "失败，款已退回" in text
    assert "号码已停用" in text
    assert text.count("。") == 1


def test_a_part_that_was_delivered_is_what_is_told() -> None:
    assert "30.00" in told(Reply(order=replace(ORDER, delivered_minor=3000)))


def test_without_balance_or_serial_number_they_are_left_out() -> None:
    assert told(Reply(order=replace(ORDER, serial_number=""))) == "13800138000 充值50.00：成功，单号尾号901234。"


def test_a_transfer_names_the_other_side() -> None:
    body = Body(StkOperation.TRANSFER, bytes(8), amount_minor=5000, second_number="20001", password="274961")
    order = replace(ORDER, kind=OrderKind.TRANSFER, number="", serial_number="")
    assert told(Reply(order=order, balance_minor=95000), body).startswith("转给20001 50.00：成功")
    assert told(Reply(order=order, balance_minor=95000), body, "en").startswith("Transfer to 20001 50.00: ")


@pytest.mark.parametrize(
    ("language", "text"),
    [("zh_CN", "余额951.00，佣金0.20。"), ("en", "balance 951.00, commission 0.20."), ("id", "saldo 951.00, komisi 0.20.")],
)
def test_balances(language: str, text: str) -> None:
    body = Body(StkOperation.BALANCE, bytes(8))
    assert told(Reply(balance_minor=95100, commission_minor=20), body, language) == text


def test_a_balance_in_a_currency_without_decimals() -> None:
    assert answer_text(Body(StkOperation.BALANCE, bytes(8)), Reply(balance_minor=95100), "id", minor_digits=0) == "saldo 95100."


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", list(RefusalCode))
def test_every_refusal_fits_into_one_message(language: str, code: RefusalCode) -> None:
    text = told(Reply(refusal=Refusal(code)), language=language)
    assert text
    assert fits_one_message(text), (len(text), text)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("operation", [StkOperation.QUERY, StkOperation.REVERSAL])
def test_an_original_that_is_not_there(language: str, operation: StkOperation) -> None:
    body = Body(operation, bytes(8), original_nonce=bytes(8))
    first, again = told(Reply(), body, language), told(Reply(refusal=Refusal(RefusalCode.VOIDED), repeated=True), body, language)
    assert first == again
    assert fits_one_message(first)


def test_only_a_reversal_promises_that_the_order_will_not_be_carried_out() -> None:
    query, reversal = (Body(operation, bytes(8), original_nonce=bytes(8)) for operation in (StkOperation.QUERY, StkOperation.REVERSAL))
    assert "不再受理" in told(Reply(), reversal)
    assert "不再受理" not in told(Reply(), query)


def test_an_original_that_is_there_is_told_like_any_order() -> None:
    body = Body(StkOperation.QUERY, bytes(8), original_nonce=bytes(8))
    assert told(Reply(order=ORDER), body).startswith("13800138000 充值50.00")
    refused = Reply(refusal=Refusal(RefusalCode.WRONG_PASSWORD, {"left": 2}))
    assert "还可再试2次" in told(refused, body)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("operation", [StkOperation.CHANGE_PASSWORD, StkOperation.KEY_UPDATED])
def test_short_confirmations(language: str, operation: StkOperation) -> None:
    text = told(Reply(), Body(operation, bytes(8), password="274961", new_password="719384"), language)
    assert fits_one_message(text)
    assert "719384" not in text


@pytest.mark.parametrize("language", [*LANGUAGES, None, "", "fr"])
def test_too_late(language: str | None) -> None:
    assert fits_one_message(late_text(language))


@pytest.mark.parametrize(("text", "fits"), [("a" * 160, True), ("a" * 161, False), ("充" * 70, True), ("充" * 71, False), ("", True)])
def test_what_one_message_holds(text: str, fits: bool) -> None:
    assert fits_one_message(text) is fits
