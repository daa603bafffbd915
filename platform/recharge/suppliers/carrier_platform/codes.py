"""Result codes of the carrier platform (section 6). A code that is not in these tables means unknown."""

from enum import StrEnum

from recharge.domain.orders import OrderKind
from recharge.domain.outcomes import FailureReason, OutcomeState


class Asked(StrEnum):
    """What an answer answers; the same code may prove something in one place and nothing in another."""

    SUBMIT = "submit"
    REVERSE = "reverse"
    QUERY_ORDER = "query_order"
    QUERY_REVERSAL = "query_reversal"
    CALLBACK_ORDER = "callback_order"
    CALLBACK_REVERSAL = "callback_reversal"


DONE, DONE_IN_PART, TAKEN_BACK, IN_PROCESS = "0000", "0001", "0002", "1000"
NOT_FOUND = "4004"
STATEMENT_NOT_READY, NO_STATEMENT = "7001", "7002"

_ACCEPTED = {IN_PROCESS: OutcomeState.ACCEPTED}
# 2003 (nonce used before) and 2004 (cannot be signed) prove nothing, 4009 and 5000 say so themselves: they are left out on purpose.
_NOT_SENT = dict.fromkeys(("2001", "2002", "2005", "2006", "2010", "2011", "2012", "2013", "2014"), OutcomeState.NOT_SENT)
_ORDER_DONE = {
    DONE: OutcomeState.SUCCESS,
    DONE_IN_PART: OutcomeState.SUCCESS,
    TAKEN_BACK: OutcomeState.REVERSED,
}
REASONS = {
    "3001": FailureReason.NUMBER_REFUSED,
    "3002": FailureReason.NUMBER_STOPPED,
    "3003": FailureReason.OVER_CARRIER_LIMIT,
    "3004": FailureReason.AMOUNT_REFUSED,
    "3005": FailureReason.WRONG_KIND,
    "3009": FailureReason.REJECTED,
}
_ORDER_REFUSED = dict.fromkeys(REASONS, OutcomeState.FAILED)
_REVERSAL_DONE = {DONE: OutcomeState.SUCCESS}
_REVERSAL_REFUSED = dict.fromkeys(("6001", "6002", "6003", "6004", "6005"), OutcomeState.FAILED)
_ABSENT = {NOT_FOUND: OutcomeState.NOT_FOUND}

# In an answer to a query a 2xxx code speaks of the query, so it is not listed there.
_MEANINGS: dict[Asked, dict[str, OutcomeState]] = {
    Asked.SUBMIT: _ORDER_DONE | _ACCEPTED | _ORDER_REFUSED | _NOT_SENT,
    Asked.REVERSE: _REVERSAL_DONE | _ACCEPTED | _REVERSAL_REFUSED | _NOT_SENT,
    Asked.QUERY_ORDER: _ORDER_DONE | _ACCEPTED | _ORDER_REFUSED | _ABSENT,
    Asked.QUERY_REVERSAL: _REVERSAL_DONE | _ACCEPTED | _REVERSAL_REFUSED | _ABSENT,
    Asked.CALLBACK_ORDER: _ORDER_DONE | _ORDER_REFUSED,
    Asked.CALLBACK_REVERSAL: _REVERSAL_DONE | _REVERSAL_REFUSED,
}

OPERATIONS = {OrderKind.RECHARGE: "Recharge", OrderKind.BILL_PAYMENT: "BillPayment"}
_WITHOUT_ECHO = frozenset({f"20{number:02}" for number in range(1, 15)})


def meaning(code: str, asked: Asked) -> OutcomeState:
    """What a code makes of the attempt asked about."""
    return _MEANINGS[asked].get(code, OutcomeState.UNKNOWN)


def may_lack_echo(code: str) -> bool:
    """Whether the carrier may leave the echo out: it could not or would not read the request."""
    return code in _WITHOUT_ECHO
