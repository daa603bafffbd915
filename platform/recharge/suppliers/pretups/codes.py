"""Status codes of the external gateway. A code that stands neither here nor in the link's own settings means unknown."""

from collections.abc import Mapping

from recharge.domain.outcomes import FailureReason, OutcomeState

DONE = "200"
# 250 is the gateway's own "ambiguous": it stands here so that nobody adds it with another meaning.
MEANINGS: Mapping[str, OutcomeState] = {
    DONE: OutcomeState.SUCCESS,
    "205": OutcomeState.ACCEPTED,
    "206": OutcomeState.FAILED,
    "250": OutcomeState.UNKNOWN,
    "17017": OutcomeState.FAILED,
}
REASONS = {"17017": FailureReason.NUMBER_REFUSED}


def meaning(code: str, own: Mapping[str, str]) -> OutcomeState:
    """What a code makes of an order; `own` are the installation's further codes."""
    if code in MEANINGS:
        return MEANINGS[code]
    return OutcomeState(own[code]) if code in own else OutcomeState.UNKNOWN
