"""Forms: what people type is taken as it is, what nobody types must be as it was shown, and each refusal finds its field."""

from collections.abc import Iterator

import pytest
from flask import Flask

from recharge import Recharge, Refusal, RefusalCode
from web.errors import PageTooOld
from web.forms import (
    AGAIN,
    AMOUNT,
    FORM,
    NEW_PASSWORD,
    NUMBER,
    PASSWORD,
    PasswordForm,
    Problems,
    RechargeForm,
    long_text_of,
    problems_of,
    text_of,
    whole,
)
from web.security import form_token

TOKEN = form_token()


@pytest.fixture(autouse=True)
def in_request(app: Flask) -> Iterator[None]:
    with app.test_request_context("/"):
        yield


def recharge(**fields: str) -> RechargeForm:
    return RechargeForm.read({"number": "13800138000", "amount": "50", "token": TOKEN, **fields})


class TestRechargeForm:
    def test_an_empty_one_has_a_token_of_its_own(self) -> None:
        assert RechargeForm().token != RechargeForm().token

    @pytest.mark.parametrize(
        ("fields", "amount_minor"),
        [
            ({"amount": "50"}, 5000),
            ({"amount": "50.50"}, 5050),
            ({"amount": "other", "other_amount": "35"}, 3500),
            ({"amount": "", "other_amount": "35"}, 3500),
            ({"amount": "50", "other_amount": "35"}, 5000),
            ({"amount": "other", "other_amount": "３５"}, 3500),
        ],
    )
    def test_the_amount_chosen_or_typed(self, fields: dict[str, str], amount_minor: int) -> None:
        assert recharge(**fields).amount_minor() == amount_minor

    @pytest.mark.parametrize("amount", ["", "other", "0", "-5", "abc", "1e3", "50.001", "99999999999999", "5 0", "NaN"])
    def test_what_is_no_amount_is_refused(self, amount: str) -> None:
        with pytest.raises(Refusal) as refused:
            recharge(amount=amount).amount_minor()
        assert refused.value.code is RefusalCode.BAD_AMOUNT

    def test_what_the_engine_is_asked(self) -> None:
        assert recharge(repeat_mark="2").operation("13800138000") == Recharge("13800138000", 5000, repeat_mark=2)

    @pytest.mark.parametrize(
        "fields",
        [
            {"token": ""},
            {"token": "made up"},
            {"repeat_mark": "-1"},
            {"repeat_mark": "1.5"},
            {"repeat_mark": "10000"},
            {"repeat_mark": "٣"},
            {"number": "1" * 33},
            {"amount": "1" * 17},
            {"number": "138\x000013"},
        ],
    )
    def test_what_no_form_of_ours_sends_is_not_read(self, fields: dict[str, str]) -> None:
        with pytest.raises(PageTooOld):
            recharge(**fields)


class TestPasswordForm:
    def read(self, old: str = "271828", new: str = "314159", again: str = "314159") -> PasswordForm:
        return PasswordForm.read({PASSWORD: old, NEW_PASSWORD: new, AGAIN: again, "token": TOKEN})

    def test_a_good_one_has_no_problems(self) -> None:
        assert not self.read().problems()

    @pytest.mark.parametrize(
        ("typed", "field"),
        [({"old": ""}, PASSWORD), ({"new": ""}, NEW_PASSWORD), ({"again": "314158"}, AGAIN), ({"again": ""}, AGAIN)],
    )
    def test_each_problem_is_beside_its_field(self, typed: dict[str, str], field: str) -> None:
        problems = self.read(**typed).problems()
        assert problems.at(field)
        assert list(problems.by_field) == [field]


class TestProblems:
    @pytest.mark.parametrize(
        ("code", "field"),
        [
            (RefusalCode.BAD_NUMBER, NUMBER),
            (RefusalCode.UNKNOWN_RANGE, NUMBER),
            (RefusalCode.BAD_AMOUNT, AMOUNT),
            (RefusalCode.INSUFFICIENT_BALANCE, AMOUNT),
            (RefusalCode.OVER_ORDER_LIMIT, AMOUNT),
            (RefusalCode.WRONG_PASSWORD, PASSWORD),
            (RefusalCode.PASSWORD_LOCKED, PASSWORD),
            (RefusalCode.WEAK_PASSWORD, NEW_PASSWORD),
            (RefusalCode.OVER_DAY_LIMIT, FORM),
            (RefusalCode.BUSY, FORM),
        ],
    )
    def test_a_refusal_finds_its_field(self, code: RefusalCode, field: str) -> None:
        problems = problems_of(Refusal(code), (NUMBER, AMOUNT, PASSWORD, NEW_PASSWORD))
        assert list(problems.by_field) == [field]
        assert problems.code == code.value

    def test_one_whose_field_is_not_shown_stands_above_the_form(self) -> None:
        assert problems_of(Refusal(RefusalCode.BAD_NUMBER), (PASSWORD,)).at(FORM)

    @pytest.mark.parametrize("code", list(RefusalCode))
    def test_every_refusal_there_is_has_words(self, code: RefusalCode) -> None:
        assert problems_of(Refusal(code)).at(FORM)

    def test_no_problem_says_nothing(self) -> None:
        assert not Problems()
        assert Problems().at(NUMBER) == ""
        assert Problems().code == ""

    def test_the_first_of_two_for_a_field_stays(self) -> None:
        problems = Problems()
        problems.missing(NUMBER, "first")
        problems.missing(NUMBER, "second")
        assert problems.at(NUMBER) == "first"


class TestPlainFields:
    def test_spaces_around_are_taken_off(self) -> None:
        assert text_of({"wanted": "  138 "}, "wanted", 10) == "138"
        assert text_of({}, "wanted", 10) == ""

    def test_long_text_keeps_its_lines_and_is_cut(self) -> None:
        assert long_text_of({"text": " one\r\ntwo\x07 "}, "text", 500) == "one\ntwo"
        assert len(long_text_of({"text": "长" * 600}, "text", 500)) == 500

    @pytest.mark.parametrize(("text", "value"), [("0", 0), ("7", 7), ("99", 99)])
    def test_a_whole_number(self, text: str, value: int) -> None:
        assert whole(text, 99) == value
