"""What is said about orders and refusals."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from ivr.prompts import table
from ivr.voice import Voice, read_back
from recharge import OrderKind, OrderState, OrderView, Refusal, RefusalCode
from recharge.domain.outcomes import FailureReason
from tests.ivr.talker import words

NOW = datetime(2026, 11, 20, tzinfo=UTC)
ORDER = OrderView(
    "1", OrderKind.RECHARGE, OrderState.SUCCEEDED, "A", "13800138000", "CMCC", "", 5000, 4900, None, "SN-2099X123456", "",
    date(2026, 11, 20), NOW, NOW,
)  # fmt: skip
ZH, EN = Voice(), Voice("en")


def test_an_order() -> None:
    assert words(ZH.order(ORDER)) == "充值幺三八零零幺三八零零零五十元成功。凭证号末尾幺二三四五六"


def test_a_carrier_proof_without_digits_is_not_read() -> None:
    assert words(ZH.ended(replace(ORDER, serial_number="ABC"))) == "办理成功。"
    assert words(ZH.ended(replace(ORDER, serial_number="A12"))) == "办理成功。凭证号末尾幺二"


def test_a_part_delivered() -> None:
    assert words(ZH.ended(replace(ORDER, delivered_minor=3000, serial_number=""))) == "只有部分到账，差额已退回，到账三十元"


@pytest.mark.parametrize("reason", [*FailureReason, "a newer reason"])
def test_a_failure_says_why(reason: str) -> None:
    heard = ZH.ended(replace(ORDER, state=OrderState.FAILED, failure=str(reason)))
    assert heard[0] == "result/failed"
    assert all(name in table() for name in heard)
    assert len(heard) == 2


@pytest.mark.parametrize("state", list(OrderState))
@pytest.mark.parametrize("kind", list(OrderKind))
@pytest.mark.parametrize("language", ["zh", "en", "id"])
def test_every_kind_and_state_has_its_words(kind: OrderKind, state: OrderState, language: str) -> None:
    for name in Voice(language).order(replace(ORDER, kind=kind, state=state)):
        assert table()[name].text(language)


@pytest.mark.parametrize("code", list(RefusalCode))
@pytest.mark.parametrize("language", ["zh", "en", "id"])
def test_every_refusal_has_its_words(code: RefusalCode, language: str) -> None:
    for facts in ({}, {"left": 2, "minutes": 15, "balance_minor": -250}, {"left": 0}):
        for name in Voice(language).refusal(Refusal(code, facts)):
            assert table()[name].text(language)


@pytest.mark.parametrize(
    ("refusal", "said"),
    [
        (Refusal(RefusalCode.WRONG_PASSWORD, {"left": 2}), "The password was not right. Tries left two"),
        (Refusal(RefusalCode.WRONG_PASSWORD), "The password was not right."),
        (Refusal(RefusalCode.WRONG_PASSWORD, {"left": 0}), "To protect your account the password is locked. Please call customer service."),
        (
            Refusal(RefusalCode.PASSWORD_LOCKED, {"minutes": 12}),
            "To protect your account the password cannot be used now. Please wait twelve minutes, then try again.",
        ),
        (Refusal(RefusalCode.INSUFFICIENT_BALANCE, {"balance_minor": 2050}), "The balance is not enough. Balance twenty yuan fifty fen"),
        (Refusal(RefusalCode.OVER_TIER_LIMIT), "What is left of your limit is not enough. Please ask your account manager."),
        (Refusal(RefusalCode.EVIDENCE_USED), "This could not be taken in. Please call customer service."),
    ],
)
def test_refusals_with_their_numbers(refusal: Refusal, said: str) -> None:
    assert words(EN.refusal(refusal), "en") == said


@pytest.mark.parametrize(("code", "language"), [("zh_CN", "zh"), ("en", "en"), ("id", "id"), ("fr", "zh")])
def test_the_engines_languages(code: str, language: str) -> None:
    assert Voice.of(code, "CNY", 2).language == language


def test_a_balance_that_is_not_told() -> None:
    assert ZH.balance(None) == []
    assert words(ZH.balance(5)) == "余额五分"


def test_what_is_read_back_has_its_words() -> None:
    for kind in (OrderKind.RECHARGE, OrderKind.BILL_PAYMENT):
        assert table()[read_back(kind)].zh
