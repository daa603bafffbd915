"""Response codes of AIR. A code that is not listed means unknown; so do 100 (other error) and 999 (other error, do not repeat)."""

from collections.abc import Mapping

from recharge.domain.outcomes import FailureReason, OutcomeState

# 1 and 2: done, though the account's supervision or service period is over.
DONE = frozenset({0, 1, 2})
REASONS: Mapping[int, FailureReason] = {
    102: FailureReason.NUMBER_REFUSED,
    103: FailureReason.NUMBER_STOPPED,
    104: FailureReason.NUMBER_STOPPED,
    115: FailureReason.REJECTED,
    123: FailureReason.OVER_CARRIER_LIMIT,
    126: FailureReason.NUMBER_STOPPED,
    160: FailureReason.REJECTED,
    177: FailureReason.NUMBER_STOPPED,
}
# The refill profile is ours to choose: a wrong one says nothing of the customer, and nothing was done.
_OUR_FAULT = frozenset({120})
_REVERSAL_REFUSED = frozenset({102, 103, 104, 106, 123, 124, 126})


def of_refill(code: int) -> OutcomeState:
    """What a code makes of a refill."""
    if code in DONE:
        return OutcomeState.SUCCESS
    if code in _OUR_FAULT:
        return OutcomeState.NOT_SENT
    return OutcomeState.FAILED if code in REASONS else OutcomeState.UNKNOWN


def of_reversal(code: int) -> OutcomeState:
    """What a code makes of a negative adjustment."""
    if code in DONE:
        return OutcomeState.SUCCESS
    return OutcomeState.FAILED if code in _REVERSAL_REFUSED else OutcomeState.UNKNOWN
