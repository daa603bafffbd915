"""Refusals: each has a polite, exact text in each language, with the facts it carries."""

import itertools

import pytest

from recharge.domain.errors import Refusal, RefusalCode
from recharge.texts import LANGUAGES, explain
from recharge.texts.catalogue import placeholders
from recharge.texts.refusals import REFUSALS

SMS_LETTERS = 70
# Words that blame; nobody who stands at a counter deserves them.
BLAME = ("错误", "非法", "违规", "失误", "您输错", "wrong", "invalid", "illegal", "you failed", "mistake", "salah", "ilegal")
# What an agent can do about it, in any of the words for it.
NEXT_STEP = (
    "请", "无需", "不再", "please", "nothing more", "not credited again", "silakan", "tidak ada lagi", "tidak dikreditkan lagi",
)  # fmt: skip


def case(refused: RefusalCode, /, **facts: str | int) -> Refusal:
    return Refusal(refused, dict(facts))


EXAMPLES = [
    case(RefusalCode.WRONG_PASSWORD, left=2),
    case(RefusalCode.PASSWORD_LOCKED, minutes=15),
    case(RefusalCode.BAD_NUMBER, number="1380013"),
    case(RefusalCode.UNKNOWN_RANGE, number="13800138000"),
    case(RefusalCode.BAD_AMOUNT, amount_minor=700),
    case(RefusalCode.UNKNOWN_PRODUCT, code="S10"),
    case(RefusalCode.INSUFFICIENT_BALANCE, balance_minor=123456, price_minor=4900),
    case(RefusalCode.INSUFFICIENT_BALANCE, balance_minor=123456),
    case(RefusalCode.OVER_ORDER_LIMIT, limit_minor=50000),
    case(RefusalCode.REPEATED_ORDER, number="13800138000", amount_minor=5000, order_number="250123456789012345", repeat_mark=1),
    case(RefusalCode.UNKNOWN_ORDER, order_number="250123456789012345"),
]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", RefusalCode)
def test_every_refusal_has_a_text_without_any_facts(code: RefusalCode, language: str) -> None:
    text = explain(Refusal(code), language)
    assert text
    assert "{" not in text


@pytest.mark.parametrize("code", RefusalCode)
def test_each_language_has_a_text_of_its_own(code: RefusalCode) -> None:
    assert len({explain(Refusal(code), language) for language in LANGUAGES}) == len(LANGUAGES)


def test_no_two_codes_are_told_alike() -> None:
    texts = [explain(Refusal(code), "zh_CN") for code in RefusalCode]
    assert len(set(texts)) == len(texts)


@pytest.mark.parametrize("code", RefusalCode)
def test_the_plainest_wording_needs_no_facts(code: RefusalCode) -> None:
    assert not placeholders(REFUSALS[code][-1])


@pytest.mark.parametrize("code", RefusalCode)
def test_wordings_go_from_the_most_telling_to_the_plainest(code: RefusalCode) -> None:
    needed = [placeholders(text) for text in REFUSALS[code]]
    assert all(later < earlier for earlier, later in itertools.pairwise(needed))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("refusal", EXAMPLES, ids=str)
def test_the_facts_are_in_the_text(refusal: Refusal, language: str) -> None:
    text = explain(refusal, language)
    for name, fact in refusal.facts.items():
        shown = f"{int(fact) / 100:.2f}" if name.endswith("_minor") else str(fact)
        assert shown in text


@pytest.mark.parametrize("refusal", [*EXAMPLES, *map(Refusal, RefusalCode)], ids=str)
def test_a_chinese_refusal_fits_one_sms(refusal: Refusal) -> None:
    assert len(explain(refusal, "zh_CN")) <= SMS_LETTERS


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", RefusalCode)
def test_a_refusal_blames_nobody_and_says_what_to_do(code: RefusalCode, language: str) -> None:
    for wording in REFUSALS[code]:
        text = explain(Refusal(code, dict.fromkeys(placeholders(wording), 1)), language).lower()
        assert not [word for word in BLAME if word in text]
        assert [word for word in NEXT_STEP if word in text], text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_last_wrong_try_says_that_the_password_is_locked(language: str) -> None:
    locked = explain(Refusal(RefusalCode.PASSWORD_LOCKED), language)
    assert explain(Refusal(RefusalCode.WRONG_PASSWORD, {"left": 0}), language) == locked
    assert explain(Refusal(RefusalCode.WRONG_PASSWORD, {"left": 1}), language) != locked


def test_an_order_number_is_not_money() -> None:
    refusal = Refusal(RefusalCode.UNKNOWN_ORDER, {"order_number": 5000})
    assert explain(refusal, "en") == "Order 5000 was not found. Please check the number and ask again."


def test_a_currency_without_decimals_is_shown_without_them() -> None:
    refusal = Refusal(RefusalCode.OVER_ORDER_LIMIT, {"limit_minor": 50000})
    assert explain(refusal, "id", minor_digits=0).startswith("Paling banyak 50000 ")


def test_what_a_person_typed_is_shown_as_it_was_typed() -> None:
    refusal = Refusal(RefusalCode.BAD_NUMBER, {"number": "{limit_minor} %s"})
    assert explain(refusal, "zh_CN") == "未能识别号码{limit_minor} %s，请核对后重新输入。"


def test_facts_nobody_asked_for_do_no_harm() -> None:
    assert explain(Refusal(RefusalCode.BLOCKED, {"strange": 1}), "en") == explain(Refusal(RefusalCode.BLOCKED), "en")


@pytest.mark.parametrize("language", [None, "", "fr", "xx-YY"])
def test_an_unknown_language_is_answered_in_chinese(language: str | None) -> None:
    assert explain(Refusal(RefusalCode.BUSY), language) == explain(Refusal(RefusalCode.BUSY), "zh_CN")


@pytest.mark.parametrize("language", LANGUAGES)
def test_busy_never_claims_that_nothing_happened(language: str) -> None:
    """A commit whose answer was lost may have been kept: the only safe advice is the same request again."""
    text = explain(Refusal(RefusalCode.BUSY), language)
    assert any(word in text for word in ("原样", "same request", "permintaan yang sama"))
