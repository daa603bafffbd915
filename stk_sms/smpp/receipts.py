"""Delivery receipts, read from TLVs or text (SMPP 3.4, appendix B and 5.3.2), and how centres spell their ids."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from stk_sms.smpp import tlvs
from stk_sms.smpp.pdus import DataSm, DeliverSm
from stk_sms.transport import DeliveryState

_STATES = {
    "ENROUTE": DeliveryState.BUFFERED, "ACCEPTD": DeliveryState.BUFFERED, "SCHEDULED": DeliveryState.BUFFERED,
    "DELIVRD": DeliveryState.DELIVERED, "EXPIRED": DeliveryState.EXPIRED, "DELETED": DeliveryState.FAILED,
    "UNDELIV": DeliveryState.FAILED, "REJECTD": DeliveryState.FAILED, "UNKNOWN": DeliveryState.UNKNOWN,
}  # fmt: skip
# TLV message_state (5.2.28).
_NUMBERED = {
    0: DeliveryState.BUFFERED, 1: DeliveryState.BUFFERED, 2: DeliveryState.DELIVERED, 3: DeliveryState.EXPIRED, 4: DeliveryState.FAILED,
    5: DeliveryState.FAILED, 6: DeliveryState.BUFFERED, 7: DeliveryState.UNKNOWN, 8: DeliveryState.FAILED,
}  # fmt: skip
_FIELD = re.compile(r"\b(id|stat|err):\s*([^\s]+)", re.IGNORECASE)
_KINDS = 0x3C
_RECEIPT = 0x04
_INTERMEDIATE = 0x20


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a receipt says; `message_id` as the centre wrote it, `recipient` the phone it is about."""

    message_id: str
    recipient: str
    state: DeliveryState
    error: str = ""


def is_receipt(body: DeliverSm | DataSm) -> bool:
    """Whether a message is a receipt or an intermediate notification, not something a person sent (5.2.12)."""
    kind = body.esm_class & _KINDS
    return kind in (_RECEIPT, _INTERMEDIATE) or tlvs.value_of(body.tlvs, tlvs.Tag.RECEIPTED_MESSAGE_ID) is not None


def read(body: DeliverSm | DataSm) -> Receipt | None:
    """The receipt in a message: the TLVs where they are there, else the text. None where it names no message."""
    octets = body.short_message if isinstance(body, DeliverSm) else b""
    octets = octets or tlvs.value_of(body.tlvs, tlvs.Tag.MESSAGE_PAYLOAD) or b""
    said = {name.lower(): value for name, value in reversed(_FIELD.findall(octets.decode("latin-1")))}
    message_id = tlvs.text_of(body.tlvs, tlvs.Tag.RECEIPTED_MESSAGE_ID) or said.get("id", "")
    if not message_id:
        return None
    number = tlvs.number_of(body.tlvs, tlvs.Tag.MESSAGE_STATE)
    told = _STATES.get(said.get("stat", "").upper()[:9], DeliveryState.UNKNOWN)
    state = told if number is None else _NUMBERED.get(number, DeliveryState.UNKNOWN)
    return Receipt(message_id, body.source_addr, state, _error(body, said))


def _error(body: DeliverSm | DataSm, said: dict[str, str]) -> str:
    network = tlvs.value_of(body.tlvs, tlvs.Tag.NETWORK_ERROR_CODE)
    if network is not None and len(network) == 3:
        return str(int.from_bytes(network[1:], "big"))
    error = said.get("err", "")
    return "" if error.strip("0") == "" else error


def plain(message_id: str) -> str:
    """An id without what centres write differently in answer and receipt: case and leading zeros."""
    return message_id.strip().lower().lstrip("0") or "0"


def spellings(message_id: str) -> Iterator[str]:
    """What an id may be elsewhere: itself, and the other of decimal and hexadecimal."""
    same = plain(message_id)
    yield same
    if re.fullmatch("[0-9]{1,40}", same):
        yield f"{int(same):x}"
    if re.fullmatch("[0-9a-f]{1,32}", same):
        yield str(int(same, 16))
