"""What a reply makes of an order, by who is asked; texts themselves are read by the reply rules, and an unread one is unknown."""

from collections.abc import Mapping
from typing import Literal

from recharge.domain.outcomes import OutcomeState
from recharge.domain.reply_rules import Meaning

# The IRS callback's own: any other status is unknown.
Told = Literal["success", "failed", "accepted"]
STATUSES: Mapping[str, Told] = {"1": "success", "2": "failed"}

_EITHER = frozenset({OutcomeState.SUCCESS, OutcomeState.FAILED, OutcomeState.ACCEPTED, OutcomeState.REVERSED})
_OF_A_SALE = _EITHER | {OutcomeState.NOT_SENT}
_OF_A_QUESTION = _EITHER | {OutcomeState.NOT_FOUND}


def after_sale(meaning: Meaning) -> OutcomeState:
    """What a text proves that answers a sale."""
    return _among(meaning, _OF_A_SALE)


def after_question(meaning: Meaning) -> OutcomeState:
    """What a text proves that answers a question or comes by itself: that something was not taken speaks of the question."""
    return _among(meaning, _OF_A_QUESTION)


def _among(meaning: Meaning, known: frozenset[OutcomeState]) -> OutcomeState:
    state = meaning.state
    return state if state is not None and state in known else OutcomeState.UNKNOWN
