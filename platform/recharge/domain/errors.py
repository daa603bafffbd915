"""Refusals: why the engine did not do what was asked. Each has a code that never changes and a text in three languages elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class RefusalCode(StrEnum):
    """What every channel can be told. The value is stored in the memory of requests: never rename one."""

    UNKNOWN_ENDPOINT = "unknown_endpoint"
    BLOCKED = "blocked"
    NOT_ALLOWED = "not_allowed"
    WRONG_PASSWORD = "wrong_password"
    PASSWORD_NEEDED = "password_needed"
    PASSWORD_LOCKED = "password_locked"
    PASSWORD_MUST_CHANGE = "password_must_change"
    WEAK_PASSWORD = "weak_password"
    OTHER_BODY = "other_body"
    VOIDED = "voided"
    BAD_NUMBER = "bad_number"
    UNKNOWN_RANGE = "unknown_range"
    BAD_AMOUNT = "bad_amount"
    UNKNOWN_PRODUCT = "unknown_product"
    NO_PRICE = "no_price"
    INSUFFICIENT_BALANCE = "insufficient_balance"
    OVER_ORDER_LIMIT = "over_order_limit"
    OVER_DAY_LIMIT = "over_day_limit"
    OVER_MONTH_LIMIT = "over_month_limit"
    OVER_TIER_LIMIT = "over_tier_limit"
    OVER_PLATFORM_LIMIT = "over_platform_limit"
    REPEATED_ORDER = "repeated_order"
    OUTSIDE_HOURS = "outside_hours"
    UNKNOWN_ORDER = "unknown_order"
    NOT_REVERSIBLE = "not_reversible"
    REVERSAL_TOO_LATE = "reversal_too_late"
    OVER_REVERSAL_LIMIT = "over_reversal_limit"
    UNKNOWN_PARTY = "unknown_party"
    TRANSFER_NOT_ALLOWED = "transfer_not_allowed"
    EVIDENCE_USED = "evidence_used"
    UNKNOWN_CASE = "unknown_case"
    SAME_PERSON = "same_person"
    CASE_CLOSED = "case_closed"
    BAD_REQUEST = "bad_request"
    BUSY = "busy"


# Not frozen: Python itself sets an exception's traceback on its way through a `with` block.
@dataclass
class Refusal(Exception):
    """One refusal: its code and the facts its text needs (amounts in minor units, counts, times)."""

    code: RefusalCode
    facts: Mapping[str, str | int] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.code.value} {self.facts}" if self.facts else self.code.value
