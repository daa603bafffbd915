"""What an answer of the gateway is evidence of: its type, its code, whose order it speaks of, and the number it proves a sale with."""

import re
from datetime import datetime

from recharge.domain.outcomes import Outcome, OutcomeState
from recharge.suppliers.contract import LONGEST_TEXT, AttemptOrder, masked_raw
from recharge.suppliers.pretups import codes
from recharge.suppliers.pretups.codec import BadMessage, Command
from recharge.suppliers.pretups.settings import PretupsSettings

# A status answer tells the state in words as well; words and code that contradict each other prove nothing.
_TOLD_STATE = re.compile(r"transfer status ?: ?([A-Z]+)", re.IGNORECASE)
_GOOD_WORDS = frozenset({"SUCCESS", "SUCCESSFUL"})


def of_request(told: Command, kind: str, order: AttemptOrder, settings: PretupsSettings, now: datetime) -> Outcome:
    """What an answer to a sale or a reversal proves. Raises BadMessage for an answer to something else."""
    _check_type(told, kind)
    code = told.get("TXNSTATUS")
    return _outcome(told, code, codes.meaning(code, settings.codes), order, settings, now)


def of_status(told: Command, kind: str, order: AttemptOrder, settings: PretupsSettings, now: datetime) -> Outcome:
    """What an answer to a status request proves: TXNSTATUS speaks of the question, `status_field` of the order."""
    _check_type(told, kind)
    asked, code = told.get("TXNSTATUS"), told.get(settings.status_field)
    if asked in settings.not_found_codes:
        return Outcome(OutcomeState.NOT_FOUND, now, code=asked, text=_text(told, order), raw=_raw(told, order))
    answered = settings.status_field == "TXNSTATUS" or asked == codes.DONE
    state = codes.meaning(code, settings.codes) if answered else OutcomeState.UNKNOWN
    # That the question was not taken says nothing of the order.
    state = OutcomeState.UNKNOWN if state is OutcomeState.NOT_SENT else state
    return _outcome(told, code or asked, state, order, settings, now)


def _check_type(told: Command, kind: str) -> None:
    if told.get("TYPE") != kind:
        raise BadMessage("answer to another question")


def _outcome(told: Command, code: str, state: OutcomeState, order: AttemptOrder, settings: PretupsSettings, now: datetime) -> Outcome:
    wrong = _contradiction(told, state, order, settings)
    text = f"{_text(told, order)} [{wrong}]" if wrong else _text(told, order)
    return Outcome(
        OutcomeState.UNKNOWN if wrong else state,
        now,
        supplier_reference=told.get("TXNID"),
        serial_number=told.get("TXNID") if state is OutcomeState.SUCCESS and not wrong else "",
        code=code,
        text=text[:LONGEST_TEXT],
        reason=codes.REASONS.get(code) if state is OutcomeState.FAILED else None,
        raw=_raw(told, order),
    )


def _contradiction(told: Command, state: OutcomeState, order: AttemptOrder, settings: PretupsSettings) -> str | None:
    echoed, words = told.get("EXTREFNUM"), _TOLD_STATE.search(told.get("MESSAGE"))
    if echoed != order.reference and (echoed or settings.echoes_reference):
        return "echo"
    if state is OutcomeState.SUCCESS and not told.get("TXNID"):
        return "no transaction id"
    if state is OutcomeState.SUCCESS and words is not None and words[1].upper() not in _GOOD_WORDS:
        return "words"
    return None


def _text(told: Command, order: AttemptOrder) -> str:
    return masked_raw(told.get("MESSAGE"), *_numbers(order))[:LONGEST_TEXT]


def _raw(told: Command, order: AttemptOrder) -> str:
    return masked_raw(" ".join(f"{name}={text}" for name, text in told.fields.items()), *_numbers(order))


def _numbers(order: AttemptOrder) -> tuple[str, ...]:
    """The customer's number as it may be written there, with and without its first zero."""
    return order.number, order.number.lstrip("0")
