"""What the centre holds: messages from phones until an application has taken them, messages to phones, and receipts that are due."""

import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields
from itertools import count
from typing import Final

from simulators.smsc import letters, pdu

IDS: Final = ("decimal", "hexadecimal", "padded", "receipt-hexadecimal")
OUTCOMES: Final = ("DELIVRD", "UNDELIV", "EXPIRED", "REJECTD")
TEMPORARY: Final = frozenset({0x08, 0x14, 0x58, 0x64})
_NUMBERS: Final = {"DELIVRD": 2, "EXPIRED": 3, "UNDELIV": 5, "REJECTD": 8}


class UnknownSetting(ValueError):
    """A setting or value that the centre does not have."""


@dataclass
class Settings:
    """What a person or a test may change while the centre runs. Times in seconds.

    `throttle` and `queue_full` and `lose`: so many of the next submissions are answered 0x58, 0x14, or not at all. `ids`: how ids are
    written. `early_receipts`: the receipt comes before the answer. `outcomes`: what becomes of messages to a number; `receipt_tlvs`:
    receipts carry TLVs beside their text.
    """

    answer_delay: float = 0.0
    receipt_delay: float = 0.0
    redeliver_seconds: float = 2.0
    throttle: int = 0
    queue_full: int = 0
    lose: int = 0
    window: int = 50
    ids: str = "decimal"
    early_receipts: bool = False
    receipt_tlvs: bool = True
    outcome: str = "DELIVRD"
    outcomes: dict[str, str] = field(default_factory=dict)


@dataclass
class FromPhone:
    """A message of a phone on its way to an application."""

    number: int
    short: pdu.Short
    state: str = "waiting"
    tries: int = 0
    status: int = 0
    not_before: float = 0.0


@dataclass(frozen=True)
class ToPhone:
    """A message an application submitted."""

    message_id: str
    short: pdu.Short
    by: str

    @property
    def text(self) -> str:
        """What the phone shows."""
        _, content = letters.without_header(self.short.content, self.short.esm_class)
        return letters.shown(content, self.short.coding)


class Book:
    """Everything of one run; nothing survives it."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self.settings = Settings()
        self.now = now
        self.from_phones: list[FromPhone] = []
        self.to_phones: list[ToPhone] = []
        self._ready: deque[FromPhone] = deque()
        self._delayed: list[FromPhone] = []
        self._numbers = count(1)
        self._ids = count(0xA10)

    def reset(self) -> None:
        """Forget messages and settings."""
        self.settings = Settings()
        self.from_phones.clear()
        self._ready.clear()
        self._delayed.clear()
        self.to_phones.clear()

    def change(self, wanted: Mapping[str, object]) -> None:
        """Change settings, all or none. Raises UnknownSetting."""
        changed = asdict(self.settings)
        for name, value in wanted.items():
            changed[name] = _checked(name, changed.get(name), value)
        self.settings = Settings(**changed)

    def put(self, short: pdu.Short) -> FromPhone:
        """A phone sends."""
        message = FromPhone(next(self._numbers), short)
        self.from_phones.append(message)
        self._ready.append(message)
        return message

    def again(self, number: int) -> bool:
        """Bring a message once more, though it was taken; whether there is one."""
        for message in self.from_phones:
            if message.number == number and message.state in ("taken", "refused"):
                message.state = "waiting"
                self._ready.append(message)
                return True
        return False

    def due(self, room: int) -> list[FromPhone]:
        """Messages that may be delivered now, oldest first; each is given out once until `lost` or `again` puts it back."""
        if self._delayed:
            now = self.now()
            ripe = [message for message in self._delayed if message.not_before <= now]
            self._delayed = [message for message in self._delayed if message.not_before > now]
            self._ready.extend(ripe)
        return [self._ready.popleft() for _ in range(min(max(room, 0), len(self._ready)))]

    def answered(self, message: FromPhone, status: int) -> None:
        """An application answered: taken, refused for good, or to be brought again."""
        message.status = status
        if status in TEMPORARY:
            self.lost(message)
        else:
            message.state = "refused" if status else "taken"

    def lost(self, message: FromPhone) -> None:
        """No answer, or a temporary one: it stays here."""
        message.state, message.not_before = "waiting", self.now() + self.settings.redeliver_seconds
        self._delayed.append(message)

    def take(self, short: pdu.Short, by: str) -> tuple[int, ToPhone | None]:
        """An application submits: the status, and the message where it was taken."""
        for name, status in (("throttle", 0x58), ("queue_full", 0x14)):
            left = getattr(self.settings, name)
            if left:
                setattr(self.settings, name, left - 1)
                return status, None
        message = ToPhone(self._new_id(), short, by)
        self.to_phones.append(message)
        return 0, message

    def _new_id(self) -> str:
        number, style = next(self._ids), self.settings.ids
        return {"hexadecimal": f"{number:X}", "padded": f"{number:010d}"}.get(style, str(number))

    def receipt(self, message: ToPhone) -> pdu.Short:
        """The delivery receipt of a message, appendix B of the specification."""
        outcome = self.settings.outcomes.get(message.short.target, self.settings.outcome)
        written = f"{int(message.message_id):X}" if self.settings.ids == "receipt-hexadecimal" else message.message_id
        done = int(outcome == "DELIVRD")
        stamp = time.strftime("%y%m%d%H%M")
        text = f"id:{written} sub:001 dlvrd:00{done} submit date:{stamp} done date:{stamp} stat:{outcome} err:00{1 - done} text:"
        options = {}
        if self.settings.receipt_tlvs:
            options = {pdu.RECEIPTED_ID: written.encode() + b"\0", pdu.MESSAGE_STATE: bytes([_NUMBERS[outcome]])}
        return pdu.Short(message.short.target, message.short.source, esm_class=4, octets=text.encode(), options=options)


def _checked(name: str, present: object, value: object) -> object:
    if name not in {item.name for item in fields(Settings)}:
        raise UnknownSetting(name)
    if name == "outcomes" and isinstance(value, dict) and set(value.values()) <= set(OUTCOMES):
        return value
    choices = {"ids": IDS, "outcome": OUTCOMES}.get(name)
    if choices is not None and value in choices:
        return value
    if isinstance(present, bool) or isinstance(value, bool):
        fits = isinstance(present, bool) and isinstance(value, bool)
    else:
        fits = isinstance(present, int | float) and isinstance(value, int | float) and 0 <= value < 1e9
    if fits:
        return value
    raise UnknownSetting(f"{name}: {value}")
