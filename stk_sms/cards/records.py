"""What the store of cards hands out and takes in: a card, a key version's life, a message, a security event."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from stk_sms.cards.window import WindowKey
from stk_sms.packet import Algorithm, Body, ResponseStatus

MOST_KEY_VERSION = 15


class CardState(StrEnum):
    """The life of a card. The value is stored."""

    ACTIVE = "active"
    BLOCKED = "blocked"
    RETIRED = "retired"


class KeyState(StrEnum):
    """The life of a key version. The value is stored."""

    PENDING = "pending"
    ACTIVE = "active"
    RETIRING = "retiring"
    DEAD = "dead"


class EventKind(StrEnum):
    """Security events, and what became of answers. The value is stored."""

    MALFORMED = "malformed"
    UNKNOWN_SENDER = "unknown_sender"
    CARD_BLOCKED = "card_blocked"
    WEAK = "weak"
    UNKNOWN_TAR = "unknown_tar"
    KEY_VERSION = "key_version"
    CHECKSUM = "checksum"
    COUNTER_OLD = "counter_old"
    COUNTER_FAR = "counter_far"
    CLONED = "cloned"
    BAD_BODY = "bad_body"
    OTHER_BODY = "other_body"
    TOO_MANY = "too_many"
    BLOCKED_BY_STAFF = "blocked_by_staff"
    UNBLOCKED = "unblocked"
    COUNTER_RESET = "counter_reset"
    ANSWER_DELIVERED = "answer_delivered"
    ANSWER_FAILED = "answer_failed"


@dataclass(frozen=True, slots=True)
class Card:
    """A SIM card as it stands. `msisdn` in national digits, "" once retired."""

    iccid: str
    msisdn: str
    key_set: str
    state: CardState
    reason: str = ""
    language: str = ""
    checksum_failures: int = 0


@dataclass(frozen=True, slots=True)
class KeyVersion:
    """One version of a key set's two master keys; the keys themselves are elsewhere. Times aware UTC."""

    key_set: str
    version: int
    algorithm: Algorithm
    state: KeyState
    retire_at: datetime | None = None

    def verifies(self, now: datetime) -> bool:
        """Whether packets under it are still taken."""
        if self.state is KeyState.RETIRING:
            return self.retire_at is not None and now < self.retire_at
        return self.state is KeyState.ACTIVE


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that security staff should be able to find again."""

    kind: EventKind
    status: ResponseStatus
    msisdn: str
    iccid: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Opened:
    """A proved message of a known card. `reference` is its key in the engine's memory of requests."""

    card: Card
    key_version: int
    counter: int
    body: Body

    @property
    def reference(self) -> str:
        """Key version and nonce, in hexadecimal."""
        return reference_of(self.key_version, self.body.nonce)

    @property
    def window(self) -> WindowKey:
        """The key of the window that its counter is looked up in."""
        return self.card.iccid, self.key_version

    def event(self, kind: EventKind, status: ResponseStatus, detail: str) -> Event:
        """What happened with it."""
        return Event(kind, status, self.card.msisdn, self.card.iccid, detail)


@dataclass(frozen=True, slots=True)
class Note:
    """What is written down of a message that the engine took: enough to show it again, nothing secret."""

    opened: Opened
    reference: str
    outcome: str
    order_number: str
    fresh: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """One of a card's last messages, as staff sees it."""

    received_at: datetime
    reference: str
    counter: int
    operation: int
    number: str
    amount_minor: int | None
    outcome: str
    order_number: str
    answers: int


def reference_of(key_version: int, nonce: bytes) -> str:
    """The request's reference: a nonce is used once per card and key version."""
    return f"{key_version:x}:{nonce.hex()}"
