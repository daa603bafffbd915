"""What the channel has decided to answer, before it is written as a message."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pos.codec.message import Value
from pos.codes import Code
from pos.judge import Opened
from recharge import OrderView


@dataclass(frozen=True, slots=True)
class Verdict:
    """An answer: its code, the order it tells of, the words to print, and fields of its own kind."""

    code: Code
    order: OrderView | None = None
    balance_minor: int | None = None
    text: str = ""
    fields: Mapping[int, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Waiting:
    """An answer that waits for an order to end."""

    opened: Opened
    order_number: str
    balance_minor: int | None = None


Step = Verdict | Waiting
