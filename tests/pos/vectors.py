"""Published vectors, read once (tests/data/README.md names their sources)."""

import json
from pathlib import Path
from typing import Any

_FILE = Path(__file__).parent.parent / "data" / "pos_vectors.json"
VECTORS: dict[str, dict[str, Any]] = json.loads(_FILE.read_text(encoding="utf-8"))


def octets(group: str, name: str) -> bytes:
    """A value that is written in hexadecimal."""
    return bytes.fromhex(VECTORS[group][name])
