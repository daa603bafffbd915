"""What AIR's answers are evidence of, and what a balance before and after can prove of a refill that nobody answered for."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from recharge.domain.outcomes import Outcome, OutcomeState
from recharge.suppliers.contract import LONGEST_TEXT, AttemptOrder, masked_raw
from recharge.suppliers.ucip import codes
from recharge.suppliers.ucip.codec import code_of, text_of

_BEFORE = re.compile(r"balance-before:(-?[0-9]{1,18})")
_SHOWN = ("responseCode", "originTransactionID", "transactionAmount", "transactionCurrency", "accountValue1")


def of_refill(told: Mapping[str, Any], order: AttemptOrder, now: datetime) -> Outcome:
    """What an answer to a refill proves."""
    code = code_of(told)
    state = OutcomeState.UNKNOWN if code is None else codes.of_refill(code)
    wrong = _contradiction(told, order, state)
    return _outcome(told, order, OutcomeState.UNKNOWN if wrong else state, now, wrong)


def of_reversal(told: Mapping[str, Any], order: AttemptOrder, now: datetime) -> Outcome:
    """What an answer to a negative adjustment proves."""
    code = code_of(told)
    state = OutcomeState.UNKNOWN if code is None else codes.of_reversal(code)
    wrong = "echo" if _is_anothers(told, order) else ""
    return _outcome(told, order, OutcomeState.UNKNOWN if wrong else state, now, wrong)


def remembered(balance: int) -> str:
    """A balance before a refill, as it is kept with the attempt."""
    return f"balance-before:{balance}"


def of_balance(now_minor: int, refill_minor: int, order: AttemptOrder, now: datetime) -> Outcome:
    """What the balance proves of a refill that was sent: risen by exactly its amount, that it was done; anything else, nothing.

    An unchanged balance is no proof of the contrary: customers spend what they were given, at times exactly that.
    """
    found = _BEFORE.fullmatch(order.supplier_reference)
    risen = found is not None and now_minor - int(found[1]) == refill_minor
    state = OutcomeState.SUCCESS if risen else OutcomeState.UNKNOWN
    text = "balance rose by the refill" if risen else "balance proves nothing" if found else "balance before is not known"
    return Outcome(state, now, serial_number=order.reference if risen else "", code="balance", text=text, raw=text)


def balance_of(told: Mapping[str, Any]) -> int | None:
    """The main account's balance in AIR's unit, None where it was not told."""
    text = text_of(told, "accountValue1")
    return int(text) if code_of(told) in codes.DONE and re.fullmatch(r"-?[0-9]{1,18}", text) else None


def _contradiction(told: Mapping[str, Any], order: AttemptOrder, state: OutcomeState) -> str:
    if _is_anothers(told, order):
        return "echo"
    before, after = (_value(told, name) for name in ("accountBeforeRefill", "accountAfterRefill"))
    stood_still = before is not None and after is not None and after <= before
    return "balance did not rise" if state is OutcomeState.SUCCESS and stood_still else ""


def _is_anothers(told: Mapping[str, Any], order: AttemptOrder) -> bool:
    return text_of(told, "originTransactionID") not in {"", order.reference}


def _value(told: Mapping[str, Any], name: str) -> int | None:
    account = told.get(name)
    text = text_of(account, "accountValue1") if isinstance(account, dict) else ""
    return int(text) if re.fullmatch(r"-?[0-9]{1,18}", text) else None


def _outcome(told: Mapping[str, Any], order: AttemptOrder, state: OutcomeState, now: datetime, wrong: str) -> Outcome:
    code = code_of(told)
    shown = " ".join(f"{name}={text_of(told, name)}" for name in _SHOWN if name in told)
    return Outcome(
        state,
        now,
        # AIR gives refills no number of its own: they are found in its records by ours.
        serial_number=order.reference if state is OutcomeState.SUCCESS else "",
        code="" if code is None else str(code),
        text=(f"response {code} [{wrong}]" if wrong else f"response {code}")[:LONGEST_TEXT],
        reason=codes.REASONS.get(code) if code is not None and state is OutcomeState.FAILED else None,
        raw=masked_raw(shown, order.number, order.number.lstrip("0")),
    )
