"""The day's batches as the snapshot freezes them: a JSON line a batch, with what the books had posted for its orders at that moment."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from recharge import BatchLine, BatchTotals, ChargeFact, OrderState, TerminalBatch, TerminalItem


@dataclass(frozen=True, slots=True)
class Frozen:
    """A batch with the postings of its orders, by order number."""

    batch: TerminalBatch
    charges: Mapping[str, ChargeFact]

    @property
    def name(self) -> str:
        """How cases and sheets call the batch."""
        return f"{self.batch.terminal}-{self.batch.number:06d}"


def render(batches: Iterable[Frozen]) -> bytes:
    """JSON lines, keys sorted."""
    lines = ({"batch": asdict(item.batch), "charges": {key: list(fact) for key, fact in item.charges.items()}} for item in batches)
    return "".join(
        json.dumps(line, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_plain) + "\n" for line in lines
    ).encode()


def read(content: bytes) -> list[Frozen]:
    """The batches as they were."""
    return [_frozen(json.loads(line)) for line in content.splitlines()]


def _plain(value: object) -> str:
    assert isinstance(value, date | datetime)
    return value.isoformat()


def _frozen(plain: Mapping[str, Any]) -> Frozen:
    told = dict(plain["batch"])
    told["opened_on"] = date.fromisoformat(told["opened_on"])
    told["closed_at"] = None if told["closed_at"] is None else datetime.fromisoformat(told["closed_at"])
    told["told"] = None if told["told"] is None else BatchTotals(**told["told"])
    told["lines"] = [BatchLine(**{**line, "state": OrderState(line["state"])}) for line in told["lines"]]
    told["items"] = None if told["items"] is None else [TerminalItem(**item) for item in told["items"]]
    return Frozen(TerminalBatch(**told), {key: ChargeFact(*fact) for key, fact in plain["charges"].items()})
