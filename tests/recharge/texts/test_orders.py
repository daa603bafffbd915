"""Names of states, kinds, channels and failures: complete, distinct, and in each language."""

from collections.abc import Callable
from enum import StrEnum
from typing import Any

import pytest

from recharge.domain.orders import OrderKind, OrderState
from recharge.domain.outcomes import FailureReason
from recharge.domain.requests import Channel, EndpointKind
from recharge.texts import LANGUAGES, channel_text, failure_text, kind_text, state_text
from recharge.texts.orders import ANY_FAILURE, FAILURES, endpoint_text

NAMED: list[tuple[type[StrEnum], Callable[[Any, str | None], str]]] = [
    (OrderState, state_text),
    (OrderKind, kind_text),
    (Channel, channel_text),
    (EndpointKind, endpoint_text),
]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("names", "text"), NAMED)
def test_every_name_has_a_text_of_its_own(names: type[StrEnum], text: Callable[[Any, str], str], language: str) -> None:
    texts = [text(name, language) for name in names]
    assert all(texts)
    assert len(set(texts)) == len(texts)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("failure", FailureReason)
def test_every_failure_has_a_text(failure: FailureReason, language: str) -> None:
    assert failure in FAILURES
    assert failure_text(failure, language)
    assert "{" not in failure_text(failure, language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_failures_that_ask_for_different_steps_differ(language: str) -> None:
    told = [failure for failure, text in FAILURES.items() if text != ANY_FAILURE]
    assert len({failure_text(failure, language) for failure in told}) == len(told)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_reason_nobody_has_worded_yet_is_told_plainly(language: str) -> None:
    assert failure_text("invented", language) == failure_text("rejected", language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_order_that_did_not_fail_has_no_reason(language: str) -> None:
    assert failure_text("", language) == ""


def test_the_agent_is_told_that_the_money_is_back() -> None:
    assert state_text(OrderState.FAILED, "zh_CN") == "失败，款已退回"
    assert state_text(OrderState.FAILED, "en") == "Failed, money returned"
    assert state_text(OrderState.FAILED, "id") == "Gagal, uang dikembalikan"


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_unknown_outcome_is_never_called_failed(language: str) -> None:
    unknown, failed = state_text(OrderState.UNKNOWN, language), state_text(OrderState.FAILED, language)
    assert not set(unknown.lower().split()) & set(failed.lower().replace(",", "").split())
    assert "失败" not in unknown


def test_an_unknown_language_is_answered_in_chinese() -> None:
    assert kind_text(OrderKind.RECHARGE, None) == "充值"
    assert channel_text(Channel.WEB, "fr") == "网页"
