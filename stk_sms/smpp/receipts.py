"""Delivery receipts: read from TLVs or text, and matched with the message they are about (SMPP 3.4, appendix B and 5.3.2)."""

import re
from collections import OrderedDict
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


@dataclass(slots=True)
class _Awaited:
    reference: str
    recipient: str
    parts: "_Parts"


@dataclass(slots=True)
class _Parts:
    """What is known of the parts of one message."""

    open: int
    worst: DeliveryState = DeliveryState.DELIVERED
    told: bool = False


class ReceiptBook:
    """Which message of ours each of the centre's ids stands for. A receipt may come before the answer that names the id."""

    def __init__(self, most: int = 100_000, early_seconds: float = 60.0) -> None:
        self._most, self._early_seconds = most, early_seconds
        self._awaited: OrderedDict[str, _Awaited] = OrderedDict()
        self._early: OrderedDict[str, tuple[float, Receipt]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._awaited)

    def sent(self, reference: str, recipient: str, message_ids: tuple[str, ...], now: float) -> list[tuple[str, Receipt]]:
        """A message went out under these ids; receipts that were here before it, as `match` gives them."""
        parts = _Parts(len(message_ids))
        for message_id in message_ids:
            self._awaited[plain(message_id)] = _Awaited(reference, recipient, parts)
        while len(self._awaited) > self._most:
            self._awaited.popitem(last=False)
        self._forget_early(now)
        early = [receipt for _, receipt in self._early.values() if self._key(receipt) is not None]
        found = []
        for receipt in early:
            del self._early[receipt.message_id]
            found += self.match(receipt, now)
        return found

    def match(self, receipt: Receipt, now: float) -> list[tuple[str, Receipt]]:
        """The reference the receipt settles, if any: of several parts the first bad one, or the last good one.

        A receipt for an id that is not known yet is kept a while.
        """
        key = self._key(receipt)
        if key is None:
            self._forget_early(now)
            self._early[receipt.message_id] = (now, receipt)
            while len(self._early) > self._most:
                self._early.popitem(last=False)
            return []
        awaited = self._awaited[key]
        if not receipt.state.final:
            return [(awaited.reference, receipt)] if awaited.parts.open == 1 else []
        del self._awaited[key]
        return self._settle(awaited, receipt)

    @staticmethod
    def _settle(awaited: _Awaited, receipt: Receipt) -> list[tuple[str, Receipt]]:
        parts = awaited.parts
        parts.open -= 1
        bad = receipt.state is not DeliveryState.DELIVERED
        if parts.told or (parts.open and not bad):
            return []
        parts.told = True
        return [(awaited.reference, receipt)]

    def _key(self, receipt: Receipt) -> str | None:
        """Another spelling counts only where the phone agrees: 10 and 0x10 are both ids of somebody."""
        exact, *others = spellings(receipt.message_id)
        if exact in self._awaited:
            return exact
        return next((key for key in others if key in self._awaited and self._same_phone(key, receipt)), None)

    def _same_phone(self, key: str, receipt: Receipt) -> bool:
        tail = receipt.recipient[-8:]
        return bool(tail) and self._awaited[key].recipient.endswith(tail)

    def _forget_early(self, now: float) -> None:
        while self._early and now - next(iter(self._early.values()))[0] > self._early_seconds:
            self._early.popitem(last=False)
