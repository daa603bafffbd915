"""The bank's own account book: lines by day, running balance, the number of the next statement, payments that will come back."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class Line:
    """One booked movement; the amount in fen, negative for what goes out."""

    reference: str
    amount_minor: int
    text: str = ""
    name: str = ""
    other_account: str = ""
    virtual: str = ""
    structured: str = ""
    end_to_end: str = ""
    reversal: bool = False


@dataclass
class Account:
    """One account. `coming_back` are payments that return on the next day, `credited` a deposit that may still be taken back, `last` the
    statement that went out last: its number, day, opening balance and lines."""

    number: str
    balance_minor: int = 0
    statement: int = 0
    lines: int = 0
    coming_back: list[dict[str, Any]] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    credited: dict[str, Any] | None = None
    last: dict[str, Any] = field(default_factory=dict)

    def next_reference(self) -> str:
        """The bank's own reference of the next line."""
        self.lines += 1
        return f"SB{self.lines:012d}"

    def keep(self, path: Path) -> None:
        """Write the state."""
        path.write_text(json.dumps(asdict(self), ensure_ascii=False, indent=1), encoding="utf-8")

    @classmethod
    def read(cls, path: Path, number: str) -> "Account":
        """The state as it was left; a new account where there is none."""
        return cls(**json.loads(path.read_text(encoding="utf-8"))) if path.exists() else cls(number)
