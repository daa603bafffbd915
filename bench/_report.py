"""What a benchmark leaves behind: a table on the screen and one JSON object a result in bench/out/NAME.jsonl."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

OUT = Path(__file__).parent / "out"


@dataclass(frozen=True, slots=True)
class Result:
    """One figure. `ratio` is value / peer_value, where a peer was measured in the same run."""

    case: str
    value: float
    unit: str
    p50_ms: float | None = None
    p99_ms: float | None = None
    peer: str | None = None
    peer_value: float | None = None
    ratio: float | None = None


def against(result: Result, peer: Result) -> Result:
    """The result beside a peer of the same run."""
    kept = asdict(result) | {"peer": peer.case, "peer_value": peer.value, "ratio": round(result.value / peer.value, 2)}
    return Result(**kept)


def quantile(seconds: list[float], share: float) -> float:
    """A quantile of durations in seconds, as milliseconds."""
    ordered = sorted(seconds)
    return round(1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))], 3)


def write(name: str, results: list[Result]) -> None:
    """Print the table and write the file."""
    OUT.mkdir(exist_ok=True)
    lines = [json.dumps({key: value for key, value in asdict(item).items() if value is not None}) for item in results]
    (OUT / f"{name}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    table = Table(title=f"bench {name}")
    table.add_column("case")
    for heading in ("value", "unit", "p50 ms", "p99 ms", "peer", "ratio"):
        table.add_column(heading, justify="right")
    for item in results:
        table.add_row(
            item.case,
            f"{item.value:,.1f}",
            item.unit,
            *("" if number is None else f"{number:,.2f}" for number in (item.p50_ms, item.p99_ms)),
            item.peer or "",
            "" if item.ratio is None else f"{item.ratio:,.2f}",
        )
    Console(width=200).print(table)
