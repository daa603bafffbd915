"""Codes and words: every refusal of the engine has one, every code has its words, and each prints in GBK."""

from datetime import UTC, date, datetime

import pytest

from pos.codes import TEXTS, Code, code_of, code_of_sale, words, words_of_refusal, words_of_sale
from pos.fields.elements import cut
from recharge import OrderKind, OrderState, OrderView, Refusal, RefusalCode
from tests.pos.stand import Stand

NOW = datetime(2026, 11, 20, tzinfo=UTC)


def order(state: OrderState, failure: str = "") -> OrderView:
    return OrderView(
        "1", OrderKind.RECHARGE, state, "A", "13800138000", "CMCC", "", 5000, 4900, None, "", failure, date(2026, 11, 20), NOW, NOW
    )


@pytest.mark.parametrize("code", list(Code))
@pytest.mark.parametrize("language", ["zh_CN", "en", "id"])
def test_every_code_has_words_that_print(code: Code, language: str) -> None:
    said = words(code, language)
    assert said
    assert "?" not in cut(said, 200).decode("gbk")
    assert len(said.encode("gbk")) <= 80
    assert code in TEXTS


@pytest.mark.parametrize("refusal", list(RefusalCode))
def test_every_refusal_has_a_code_that_is_never_a_success(refusal: RefusalCode) -> None:
    assert code_of(Refusal(refusal)) not in {Code.OK, Code.IN_HAND, Code.SYSTEM}
    assert words_of_refusal(Refusal(refusal), "zh_CN", 2)


def test_a_database_that_is_away_leaves_it_undecided() -> None:
    busy = Refusal(RefusalCode.BUSY)
    assert code_of(busy) is Code.UNDECIDED
    assert "重发" not in words_of_refusal(busy, "zh_CN", 2)


def test_the_last_wrong_password_locks() -> None:
    assert code_of(Refusal(RefusalCode.WRONG_PASSWORD, {"left": 2})) is Code.WRONG_PIN
    assert code_of(Refusal(RefusalCode.WRONG_PASSWORD, {"left": 0})) is Code.LOCKED


@pytest.mark.parametrize(
    ("state", "failure", "code"),
    [
        (OrderState.SUCCEEDED, "", Code.OK),
        (OrderState.FAILED, "rejected", Code.REFUSED),
        (OrderState.FAILED, "no_link", Code.CARRIER_DOWN),
        (OrderState.FAILED, "no_route", Code.NO_ROUTE),
        (OrderState.FAILED, "number_stopped", Code.NUMBER),
        (OrderState.FAILED, "amount_refused", Code.AMOUNT),
        (OrderState.FAILED, "over_carrier_limit", Code.OVER_ORDER),
        (OrderState.REVERSED, "", Code.USED_UP),
        (OrderState.REVERSING, "", Code.USED_UP),
        (OrderState.HELD, "", Code.IN_HAND),
        (OrderState.UNKNOWN, "", Code.IN_HAND),
    ],
)
def test_how_a_sale_stands(state: OrderState, failure: str, code: Code) -> None:
    standing = order(state, failure)
    assert code_of_sale(standing, Code.IN_HAND) is code
    assert words_of_sale(standing, code, "en")


def test_what_is_printed_is_in_gbk(stand: Stand) -> None:
    answer = stand.send(stand.hand.sale(pin="111222"))
    assert answer.octets(63)[:3] == b"01 "
    assert len(answer.octets(63)) <= 63
    assert "密码未通过" in answer.octets(63)[3:].decode("gbk")
