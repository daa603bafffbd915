"""What a channel implements so that messages can go out through it."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class SendResult(StrEnum):
    """What became of one message at its channel."""

    SENT = "sent"
    LATER = "later"
    NEVER = "never"


class MessageState(StrEnum):
    """How a message of the outbox stands. SENT: the channel has it; DELIVERED: the channel's network says that the phone has it.

    FAILED: it was given up, or the network says that it did not reach the phone.
    """

    WAITING = "waiting"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Message:
    """One message, worded in its reader's language.

    `id` is the same each time a message is offered, so that a channel can recognise one it has sent. `recipient` is "agent" or
    "customer", `address` the number or identity within the channel. Address and text stay out of logs: they name customers and balances.
    """

    id: int
    order_number: str
    kind: str
    recipient: str
    channel: str
    address: str = field(repr=False)
    language: str
    text: str = field(repr=False)
    state: MessageState
    created_at: datetime


class SenderPort(Protocol):
    """A channel's way to its people."""

    def send(self, message: Message) -> SendResult:
        """Hand one message over, without an open transaction. After a crash the same message may be offered again.

        SENT: the channel has it. LATER: it is not known to have gone out, try again. NEVER: this address cannot be told.
        Whatever it raises is taken as LATER.
        """
        ...
