"""What a supplier link can say of an attempt, and what each saying does to the order (the nine laws of supplier links)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class OutcomeState(StrEnum):
    """A link's answer. Only NOT_SENT and FAILED free the money; UNKNOWN is never treated as FAILED."""

    NOT_SENT = "not_sent"
    ACCEPTED = "accepted"
    SUCCESS = "success"
    FAILED = "failed"
    UNKNOWN = "unknown"
    REVERSED = "reversed"
    NOT_FOUND = "not_found"


class AttemptAction(StrEnum):
    """What an attempt asks of the supplier."""

    SUBMIT = "submit"
    REVERSE = "reverse"


class AttemptState(StrEnum):
    """An attempt's own life. SENDING is committed before the first byte leaves."""

    SENDING = "sending"
    ACCEPTED = "accepted"
    UNKNOWN = "unknown"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    NOT_SENT = "not_sent"


class AnswerSource(StrEnum):
    """How an outcome came to us; the story of an order names it."""

    SUBMIT = "submit"
    QUERY = "query"
    CALLBACK = "callback"
    STATEMENT = "statement"
    RECOVERY = "recovery"
    ADJUDICATION = "adjudication"


class FailureReason(StrEnum):
    """Why an order failed, in words that are the same for every supplier. Stored with the order: never rename one."""

    NUMBER_REFUSED = "number_refused"
    NUMBER_STOPPED = "number_stopped"
    OVER_CARRIER_LIMIT = "over_carrier_limit"
    AMOUNT_REFUSED = "amount_refused"
    WRONG_KIND = "wrong_kind"
    REJECTED = "rejected"
    NO_LINK = "no_link"
    NO_ROUTE = "no_route"
    NOT_RECEIVED = "not_received"
    ADJUDICATED = "adjudicated"


@dataclass(frozen=True, slots=True)
class Outcome:
    """One answer about one attempt.

    Amounts are minor units. `charged_minor` is what the supplier took from our stock, `delivered_minor` the face value that reached
    the customer (None: all of it). `number` and `amount_minor` are the supplier's echo, compared with the order when given.
    `raw` is the masked text of the answer, for people. `code` is the supplier's own, `reason` what it means for the agent (FAILED only).
    """

    state: OutcomeState
    at: datetime
    supplier_reference: str = ""
    serial_number: str = ""
    charged_minor: int | None = None
    delivered_minor: int | None = None
    stock_after_minor: int | None = None
    number: str = ""
    amount_minor: int | None = None
    code: str = ""
    text: str = ""
    raw: str = ""
    reason: FailureReason | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """An outcome, the attempt it speaks of (our outgoing reference), and how it came."""

    attempt_id: int
    outcome: Outcome
    source: AnswerSource


FINAL_ATTEMPTS = frozenset({AttemptState.SUCCEEDED, AttemptState.FAILED, AttemptState.NOT_SENT})
