"""The published vectors as the tests use them."""

import json
from pathlib import Path
from typing import Any

VECTORS: dict[str, dict[str, Any]] = json.loads((Path(__file__).parents[2] / "data" / "pos_vectors.json").read_text("utf-8"))


def told(entry: str, name: str) -> bytes:
    """A vector's octets."""
    return bytes.fromhex(VECTORS[entry][name])
