"""What an exchange makes of the words that come while it waits, and which dialect a chip's settings name."""

from datetime import UTC, datetime

import pytest

from recharge.books.chip_statements import ChipText
from recharge.domain.outcomes import FailureReason, OutcomeState
from recharge.suppliers.chip_modem.arrivals import Word
from recharge.suppliers.chip_modem.dialects import dialect_of
from recharge.suppliers.chip_modem.exchange import Exchange
from recharge.suppliers.chip_modem.settings import ChipSettings
from recharge.suppliers.chip_modem.sms_dialect import SmsDialect
from recharge.suppliers.chip_modem.stk_dialect import MenuDialect
from recharge.suppliers.chip_modem.ussd_dialect import UssdDialect
from tests.recharge.suppliers.chip_modem.stage import question, said

S = OutcomeState
AT = datetime(2026, 11, 27, 12, tzinfo=UTC)


@pytest.fixture
def exchange() -> Exchange:
    return Exchange({}, lambda _told: None, lambda: AT, 1.0)


def test_the_end_is_taken_once(exchange: Exchange) -> None:
    exchange.word = said(S.SUCCESS)
    outcome = exchange.final()
    assert outcome is not None
    assert outcome.state is S.SUCCESS
    assert exchange.final() is None


@pytest.mark.parametrize("word", [None, Word(), question()])
def test_what_is_no_end(exchange: Exchange, word: Word | None) -> None:
    exchange.word = word
    assert exchange.final() is None
    assert exchange.accepted is None


def test_being_processed_is_remembered(exchange: Exchange) -> None:
    exchange.word = said(S.ACCEPTED)
    assert exchange.final() is None
    assert exchange.accepted is not None
    assert exchange.accepted.state is S.ACCEPTED


@pytest.mark.parametrize(("state", "reason"), [(S.FAILED, FailureReason.REJECTED), (S.UNKNOWN, None), (S.NOT_SENT, None)])
def test_outcomes_of_the_modems_own_making(exchange: Exchange, state: OutcomeState, reason: FailureReason | None) -> None:
    outcome = exchange.outcome(state, "code")
    assert (outcome.state, outcome.code, outcome.reason, outcome.at) == (state, "code", reason, AT)


def test_texts_by_ussd_belong_to_their_moment() -> None:
    taken: list[ChipText] = []
    moments = iter([AT, AT.replace(hour=13)])
    exchange = Exchange({}, taken.append, lambda: next(moments), 1.0)
    exchange.said("PIN salah")
    exchange.said("PIN salah")
    assert [told.text for told in taken] == ["PIN salah"] * 2
    assert taken[0].held != taken[1].held
    assert "PIN" not in repr(taken[0])


@pytest.mark.parametrize(
    ("settings", "kind"),
    [
        ({}, UssdDialect),
        ({"dialect": "sms", "service": "777"}, SmsDialect),
        ({"dialect": "stk", "stk": "huawei"}, MenuDialect),
        ({"dialect": "stk"}, MenuDialect),
    ],
)
def test_the_dialect_of_a_chip(settings: dict[str, str], kind: type) -> None:
    assert isinstance(dialect_of(ChipSettings.model_validate({"iccid": "8962000000000000001"} | settings)), kind)
