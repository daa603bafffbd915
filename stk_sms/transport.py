"""What every way to the mobile network looks like to the gateway: SMPP, HTTP, and whatever link is added later."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, StrEnum
from typing import Protocol

from gsm import text as gsm_text


class UssdOperation(Enum):
    """TLV ussd_service_op (SMPP 3.4, 5.3.2.44)."""

    PSSD_INDICATION = 0
    PSSR_INDICATION = 1
    USSR_REQUEST = 2
    USSN_REQUEST = 3
    PSSD_RESPONSE = 16
    PSSR_RESPONSE = 17
    USSR_CONFIRM = 18
    USSN_CONFIRM = 19


@dataclass(frozen=True, slots=True)
class Ussd:
    """Where a message stands in a USSD dialogue; `session` is the network's number for it (0..255)."""

    operation: UssdOperation
    session: int = 0
    sequence: int = 0
    end: bool = False
    reference: int | None = None


@dataclass(frozen=True, slots=True)
class Inbound:
    """One whole message from a phone, its parts put together.

    `udh` is the user data header with its length octet (empty where there is none), `data` the user data behind it; `coding` is the
    TP-DCS as the link told it. Text and data stay out of logs: they carry passwords.
    """

    link: str
    message_id: str
    sender: str
    recipient: str
    data: bytes = field(repr=False)
    received_at: datetime
    udh: bytes = b""
    coding: int = 0
    protocol_id: int = 0
    parts: int = 1
    ussd: Ussd | None = None

    @property
    def user_data(self) -> bytes:
        """TP-UD: header and data."""
        return self.udh + self.data

    @property
    def text(self) -> str:
        """The data read as text of its coding; what cannot be read becomes U+FFFD."""
        return gsm_text.decode(self.data, self.coding)


class Verdict(StrEnum):
    """What becomes of an inbound message at the network. ACCEPTED: it is ours now. TEMPORARY: keep it, bring it again."""

    ACCEPTED = "accepted"
    TEMPORARY = "temporary"
    PERMANENT = "permanent"


@dataclass(frozen=True, slots=True)
class Outbound:
    """One message to a phone: a text (split as long as it has to be), or the user data of one binary message.

    `reference` is the caller's own and comes back with the delivery report. `valid_seconds` 0 leaves the validity to the network.
    """

    reference: str
    recipient: str
    text: str = field(default="", repr=False)
    sender: str = ""
    data: bytes = field(default=b"", repr=False)
    udh: bytes = b""
    coding: int = 0
    protocol_id: int = 0
    want_report: bool = False
    valid_seconds: int = 0
    ussd: Ussd | None = None


class DeliveryState(StrEnum):
    """How a message to a phone ended, or that it has not."""

    DELIVERED = "delivered"
    FAILED = "failed"
    EXPIRED = "expired"
    UNKNOWN = "unknown"
    BUFFERED = "buffered"

    @property
    def final(self) -> bool:
        """Whether no other report is to follow."""
        return self is not DeliveryState.BUFFERED


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """What the network says became of a message of ours; `error` is the network's own code, empty where it told none."""

    link: str
    reference: str
    message_id: str
    state: DeliveryState
    error: str = ""


class SendError(Exception):
    """A message that was not handed over, or not known to be."""


class NotSent(SendError):
    """Surely not sent: it may be tried again, here or by another link."""


class Refused(SendError):
    """The network will not have this message at all; another try says the same."""


class SendUnknown(SendError):
    """It went out and no answer came: the phone may or may not have it."""


Handed = tuple[str, ...] | SendError
"""What became of a message that was handed over: the network's ids of its parts, or why it has none."""


def handed(told: Handed) -> tuple[str, ...]:
    """The ids. Raises NotSent, Refused or SendUnknown."""
    if isinstance(told, SendError):
        raise told
    return told


Handler = Callable[[list[Inbound]], Awaitable[list[Verdict]]]
"""Takes a batch, says what becomes of each, in the same order. The network is answered after it has returned."""

ReportHandler = Callable[[DeliveryReport], None]
"""Takes one delivery report; must neither block nor raise."""


class Sender(Protocol):
    """Anything a message can be handed to."""

    @property
    def name(self) -> str:
        """The link's name in settings, routes and reports."""
        ...

    @property
    def ready(self) -> bool:
        """Whether a message handed over now can go out."""
        ...

    async def send(self, message: Outbound) -> tuple[str, ...]:
        """Hand one message over; the network's ids of its parts. Raises NotSent, Refused or SendUnknown."""
        ...

    async def send_all(self, messages: Sequence[Outbound]) -> list[Handed]:
        """Hand messages over that are due at the same time, and wait until all are."""
        ...


class OneByOne(ABC):
    """For links to which many messages are no less work than each of them alone."""

    @abstractmethod
    async def send(self, message: Outbound) -> tuple[str, ...]:
        """As Sender has it."""

    async def send_all(self, messages: Sequence[Outbound]) -> list[Handed]:
        """As Sender has it: each for itself, none waiting for another."""
        return await asyncio.gather(*(self._handed(message) for message in messages))

    async def _handed(self, message: Outbound) -> Handed:
        try:
            return await self.send(message)
        except SendError as error:
            return error


class Transport(Sender, Protocol):
    """One link, both ways."""

    async def start(self, handler: Handler, on_report: ReportHandler) -> None:
        """Open the link and keep it open; returns at once."""
        ...

    async def stop(self) -> None:
        """Answer what has come in, leave in order, close."""
        ...


def ignore_report(_report: DeliveryReport) -> None:
    """For links whose reports nobody wants."""
