"""What went over the line, for a person to look at: every field by number, secrets left out."""

from dataclasses import dataclass, field
from typing import Final

from simulators.pos_terminal.messages import BadMessage, read_frame, unpack

# Track data, password and keys; a card's number does not occur here, but would be one.
_SECRET: Final = frozenset({2, 35, 36, 52})
_KEYS: Final = 62
_KEY_BEARING: Final = "0810"
_TEXT: Final = frozenset({48, 62})
HIDDEN: Final = "••••"


@dataclass(frozen=True)
class Record:
    """A frame by its parts. `direction` is in or out; `note` says what the terminal disliked about it."""

    direction: str
    type: str
    tpdu: str
    header: str
    octets: int
    fields: list[tuple[int, str]] = field(default_factory=list)
    note: str = ""

    @classmethod
    def of(cls, direction: str, inside: bytes) -> "Record":
        """A frame without its length; one that cannot be read is shown by its size."""
        try:
            frame = read_frame(inside)
            message = unpack(frame.body)
        except BadMessage:
            return cls(direction, "?", inside[:5].hex(), "", len(inside))
        shown = [(number, _shown(message.type, number, value)) for number, value in sorted(message.fields.items())]
        return cls(direction, message.type, frame.tpdu.hex(), frame.header, len(inside), shown)


def _shown(message_type: str, number: int, value: str) -> str:
    if number in _SECRET or (number == _KEYS and message_type == _KEY_BEARING):
        return HIDDEN
    if number in _TEXT and message_type not in ("0500", "0510", "0320", "0330"):
        return _text(value)
    return value


def _text(value: str) -> str:
    """Octets as the text they are, or as they stand."""
    try:
        text = bytes.fromhex(value).decode("gbk")
    except UnicodeDecodeError:
        return value
    return text if text.isprintable() else value
