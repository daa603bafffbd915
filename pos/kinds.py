"""Which message is which, what it must carry, and what its answer repeats: the message set as a table (docs/pos.md, "Messages")."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from pos.codec.errors import FrameError
from pos.codec.message import Message
from pos.fields.batch import Use, read_use


class Kind(StrEnum):
    """Messages by what they want. The value stands in the channel's journal."""

    SIGN_IN = "sign_in"
    SIGN_OFF = "sign_off"
    ECHO = "echo"
    PARAMETERS = "parameters"
    PARAMETERS_END = "parameters_end"
    STATUS = "status"
    BALANCE = "balance"
    PRE_CHECK = "pre_check"
    RECHARGE = "recharge"
    CONFIRM = "confirm"
    CANCEL = "cancel"
    REVERSAL = "reversal"
    SETTLEMENT = "settlement"
    UPLOAD = "upload"
    UPLOAD_END = "upload_end"


@dataclass(frozen=True, slots=True)
class Rule:
    """What a kind needs. `batch`: it belongs to the open batch. `system`: the code for "busy, and nothing was done"."""

    needs: tuple[int, ...]
    mac: bool = False
    pin: bool = False
    batch: bool = False
    system: str = "96"


_MONEY = (3, 4, 11, 25, 41, 42, 48, 49, 60, 64)
_UNDECIDED = "98"
RULES: Mapping[Kind, Rule] = {
    Kind.SIGN_IN: Rule((11, 41, 42, 60)),
    Kind.SIGN_OFF: Rule((11, 41, 42, 60)),
    Kind.ECHO: Rule((41, 42, 60)),
    Kind.PARAMETERS: Rule((11, 41, 42, 60, 62, 64), mac=True),
    Kind.PARAMETERS_END: Rule((41, 42, 60)),
    Kind.STATUS: Rule((41, 42, 60, 62)),
    Kind.BALANCE: Rule((3, 11, 25, 41, 42, 60, 64), mac=True, pin=True),
    Kind.PRE_CHECK: Rule((3, 11, 25, 41, 42, 48, 60, 64), mac=True),
    Kind.RECHARGE: Rule((*_MONEY, 52, 53), mac=True, pin=True, batch=True, system=_UNDECIDED),
    Kind.CONFIRM: Rule(_MONEY, mac=True, system=_UNDECIDED),
    Kind.CANCEL: Rule((*_MONEY, 52, 53, 61), mac=True, pin=True, batch=True, system=_UNDECIDED),
    Kind.REVERSAL: Rule(_MONEY, mac=True, system=_UNDECIDED),
    Kind.SETTLEMENT: Rule((11, 41, 42, 48, 49, 60, 64), mac=True),
    Kind.UPLOAD: Rule((11, 41, 42, 48, 60)),
    Kind.UPLOAD_END: Rule((11, 41, 42, 60)),
}
MONEY = frozenset({Kind.RECHARGE, Kind.CONFIRM, Kind.CANCEL, Kind.REVERSAL, Kind.BALANCE})
ECHOED = (3, 4, 11, 41, 42, 49, 60, 63)
SALE, CANCEL = "190000", "280000"
_ENQUIRY, _INDUSTRY, _PLAIN = "310000", "87", "00"

_BY_NETWORK = {
    ("0800", "001"): Kind.SIGN_IN,
    ("0800", "003"): Kind.SIGN_IN,
    ("0800", "004"): Kind.SIGN_IN,
    ("0800", "360"): Kind.PARAMETERS,
    ("0800", "361"): Kind.PARAMETERS_END,
    ("0820", "002"): Kind.SIGN_OFF,
    ("0820", "301"): Kind.ECHO,
    ("0820", "362"): Kind.STATUS,
    ("0500", "201"): Kind.SETTLEMENT,
    ("0320", "201"): Kind.UPLOAD,
    ("0320", "202"): Kind.UPLOAD_END,
    ("0320", "207"): Kind.UPLOAD_END,
}
_BY_PROCESSING = {
    ("0200", SALE): Kind.RECHARGE,
    ("0200", CANCEL): Kind.CANCEL,
    ("0200", _ENQUIRY): Kind.BALANCE,
    ("0100", _ENQUIRY): Kind.PRE_CHECK,
    ("0220", SALE): Kind.CONFIRM,
    ("0220", CANCEL): Kind.CONFIRM,
    ("0400", SALE): Kind.REVERSAL,
    ("0400", CANCEL): Kind.REVERSAL,
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """A message with what it wants; `use` is its F60. `kind` is None for a function that is not offered."""

    message: Message
    kind: Kind | None
    use: Use


def wanted(message: Message) -> Wanted:
    """What a message wants. Raises FrameError where F60 does not hold together."""
    use = read_use(message.text(60))
    processing = message.text(3)
    if processing:
        return Wanted(message, _BY_PROCESSING.get((message.mti, processing)), use)
    return Wanted(message, _BY_NETWORK.get((message.mti, use.network)), use)


def check_complete(message: Message, kind: Kind) -> None:
    """Raises FrameError for the first field that a kind of message needs and this one lacks. F64 is asked for with the MAC."""
    for number in RULES[kind].needs:
        if number not in message.fields and number != 64:
            raise FrameError(number, 0, "missing")


def answer_type(mti: str) -> str:
    """The type of the answer: 0200 is answered by 0210."""
    return f"{mti[:2]}{int(mti[2]) + 1}{mti[3]}"
