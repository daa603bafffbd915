"""What a proved message of the carrier platform is evidence of: code, echo and the fields its code demands (sections 3, 5, 6 and 7)."""

from collections.abc import Callable
from datetime import datetime

from recharge.domain.outcomes import Outcome, OutcomeState
from recharge.suppliers.carrier_platform import codes
from recharge.suppliers.carrier_platform.codec import BadMessage, Message
from recharge.suppliers.carrier_platform.codes import Asked
from recharge.suppliers.contract import LONGEST_TEXT, AttemptOrder, Callback, masked_raw

ACKNOWLEDGEMENT = b"<Ack/>"
_DONE = frozenset({OutcomeState.SUCCESS, OutcomeState.REVERSED})
_OF_REVERSALS = frozenset({Asked.REVERSE, Asked.QUERY_REVERSAL, Asked.CALLBACK_REVERSAL})
_PROOF = ("CarrierReference", "SerialNumber", "Day", "FinishedAt")


def outcome_of(message: Message, root: str, order: AttemptOrder, asked: Asked, now: datetime) -> Outcome:
    """The outcome an answer proves for the attempt it was asked for; UNKNOWN where it contradicts the request or itself."""
    if message.root != root:
        raise BadMessage("answer to another question")
    return _outcome(message, asked, now, None if _echoes(message, order) else "echo")


def callback_of(message: Message, now: datetime) -> Callback:
    """What a callback says. Raises BadMessage when it lacks what every callback has."""
    wanted = ("Event", "Sequence", "Code", "Reference", "Number", "Amount")
    if message.root != "Callback" or not all(message.get(name) for name in wanted):
        raise BadMessage("not a callback")
    asked = Asked.CALLBACK_REVERSAL if message.get("OriginalReference") else Asked.CALLBACK_ORDER
    return Callback(message.get("Reference"), _outcome(message, asked, now, None), ACKNOWLEDGEMENT)


def _outcome(message: Message, asked: Asked, now: datetime, wrong: str | None) -> Outcome:
    code = message.get("Code")
    state = codes.meaning(code, asked)
    wrong = wrong or _contradiction(message, state)
    # Charged and Delivered say something only of an order that was done: in process, refused and of a reversal they are 0 by definition.
    was_done = state in _DONE and asked not in _OF_REVERSALS
    return Outcome(
        OutcomeState.UNKNOWN if wrong else state,
        now,
        supplier_reference=message.get("CarrierReference"),
        serial_number=message.get("SerialNumber"),
        charged_minor=message.fen("Charged") if was_done else None,
        delivered_minor=message.fen("Delivered") if was_done else None,
        stock_after_minor=message.fen("StockAfter"),
        number=message.get("Number"),
        amount_minor=message.fen("Amount"),
        code=code,
        text=masked_raw(f"{message.get('Text')} [{wrong}]" if wrong else message.get("Text"), message.get("Number"))[:LONGEST_TEXT],
        reason=codes.REASONS.get(code),
        raw=masked_raw(" ".join(f"{name}={text}" for name, text in message.fields.items()), message.get("Number")),
    )


def _echoes(message: Message, order: AttemptOrder) -> bool:
    right = {"Reference": order.reference, "Number": order.number, "Amount": str(order.face_minor)}
    if message.root == "ReverseAnswer" or "OriginalReference" in message.fields:
        right["OriginalReference"] = order.original_reference
    optional = codes.may_lack_echo(message.get("Code"))
    return all((optional and name not in message.fields) or message.get(name) == text for name, text in right.items())


def _contradiction(message: Message, state: OutcomeState) -> str | None:
    """What an answer lacks or has wrong for its own code, None when it holds together."""
    rule = _RULES.get((message.get("Code"), "Returned" in message.fields))
    if not message.get("Text"):
        return "no text"
    if state in _DONE and not all(message.get(name) for name in _PROOF):
        return "no proof"
    if state is OutcomeState.ACCEPTED and not message.get("CarrierReference"):
        return "no carrier reference"
    return "amounts" if rule is not None and not rule(message) else None


def _in_full(message: Message) -> bool:
    return message.fen("Delivered") == message.fen("Amount") and message.fen("Charged") is not None


def _in_part(message: Message) -> bool:
    delivered, asked = message.fen("Delivered"), message.fen("Amount")
    return delivered is not None and asked is not None and 0 < delivered < asked and message.fen("Charged") is not None


# By code and by whether it is a reversal's answer, which alone has Returned.
_RULES: dict[tuple[str, bool], Callable[[Message], bool]] = {
    (codes.DONE, False): _in_full,
    (codes.DONE_IN_PART, False): _in_part,
}
