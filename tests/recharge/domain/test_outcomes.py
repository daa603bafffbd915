"""What may be said of an attempt, and that what is said of it cannot be changed."""

from dataclasses import FrozenInstanceError
from datetime import UTC, datetime

import pytest

from recharge.domain.outcomes import FINAL_ATTEMPTS, AnswerSource, AttemptState, Evidence, FailureReason, Outcome, OutcomeState

NOW = datetime(2026, 11, 20, tzinfo=UTC)


def test_an_attempt_in_doubt_is_not_at_its_end() -> None:
    assert {AttemptState.SENDING, AttemptState.ACCEPTED, AttemptState.UNKNOWN} == set(AttemptState) - FINAL_ATTEMPTS


def test_nothing_said_is_nothing_assumed() -> None:
    said = Outcome(OutcomeState.UNKNOWN, NOW)
    assert (said.charged_minor, said.delivered_minor, said.amount_minor, said.stock_after_minor, said.reason) == (None,) * 5
    assert (said.number, said.serial_number, said.supplier_reference) == ("", "", "")


def test_evidence_stays_what_it_was() -> None:
    evidence = Evidence(1, Outcome(OutcomeState.SUCCESS, NOW), AnswerSource.CALLBACK)
    with pytest.raises(FrozenInstanceError):
        evidence.attempt_id = 2  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        evidence.outcome.state = OutcomeState.FAILED  # type: ignore[misc]


@pytest.mark.parametrize("words", [OutcomeState, AttemptState, AnswerSource, FailureReason])
def test_stored_words_fit_their_column(words: type[OutcomeState]) -> None:
    assert all(len(word.value) <= 24 and word.value.isascii() for word in words)
