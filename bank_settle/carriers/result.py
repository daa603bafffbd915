"""The match's result as a file: totals, then a line a break; what the next steps and people read, the same bytes from the same inputs."""

import json
from collections import Counter
from typing import Any

from bank_settle.carriers.match import Break, Result


def totals(result: Result) -> dict[str, Any]:
    """Counts and sums for the day's facts. Amounts in minor units."""
    return {
        "ours": result.ours,
        "theirs": result.theirs,
        "matched": result.matched,
        "booked_minor": result.booked_minor,
        "charged_minor": result.charged_minor,
        "effect_minor": sum(item.effect_minor for item in result.breaks),
        "breaks": dict(sorted(Counter(item.kind.value for item in result.breaks).items())),
    }


def render(result: Result) -> bytes:
    """JSON lines, keys sorted."""
    lines = [totals(result), *map(_break, result.breaks)]
    return "".join(json.dumps(line, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n" for line in lines).encode()


def _break(item: Break) -> dict[str, Any]:
    return {
        "kind": item.kind.value,
        "reference": item.reference,
        "effect_minor": item.effect_minor,
        "also": list(item.also),
        "ours": None if item.ours is None else item.ours._asdict(),
        "theirs": [line._asdict() for line in item.theirs],
    }
