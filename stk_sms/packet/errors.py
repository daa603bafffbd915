"""The one error of the packet codec: which field, at which octet, and the response status it is entered under."""

from enum import IntEnum


class ResponseStatus(IntEnum):
    """Response status codes (ETSI TS 102 225, clause 5.2, table 5). For our own records: a card is never told them."""

    OK = 0x00
    CHECKSUM_FAILED = 0x01
    COUNTER_LOW = 0x02
    COUNTER_HIGH = 0x03
    BLOCKED = 0x04
    CIPHERING = 0x05
    UNDEFINED = 0x06
    UNKNOWN_TAR = 0x09
    INSUFFICIENT_LEVEL = 0x0A


class PacketError(ValueError):
    """A packet that is not taken. `position` counts octets from the start of the field's own part (user data, or opened body)."""

    def __init__(self, field: str, position: int, reason: str, status: ResponseStatus = ResponseStatus.UNDEFINED) -> None:
        super().__init__(f"{field} at octet {position}: {reason}")
        self.field, self.position, self.reason, self.status = field, position, reason, status
