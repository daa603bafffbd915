"""An order's frozen commissions as text and back. A product sold under the same uplines repeats them, so both ways are remembered."""

import json
from functools import lru_cache

from recharge.domain.posting_rules import Leg

_REMEMBERED = 4096


@lru_cache(_REMEMBERED)
def split_text(split: tuple[Leg, ...]) -> str:
    """JSON of [[commission account, minor units], ...]."""
    return json.dumps(split)


@lru_cache(_REMEMBERED)
def split_of(text: str) -> tuple[Leg, ...]:
    """The commissions of an order as stored."""
    return tuple((int(account), int(share)) for account, share in json.loads(text))
