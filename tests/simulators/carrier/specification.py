"""Reads docs/carrier-protocol.md, so that tests hold the simulator against the written word."""

import base64
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "carrier-protocol.md").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Vector:
    """One published test vector of section 9."""

    name: str
    kind: str
    partner: str
    timestamp: str
    nonce: str
    request_nonce: str
    body: bytes
    signature: str


def _block() -> dict[str, Any]:
    found = re.search(r"```json\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    block: dict[str, Any] = json.loads(found.group(1))
    return block


SECRET: bytes = _block()["secret"].encode()


def vectors() -> list[Vector]:
    return [
        Vector(
            one["name"],
            one["kind"],
            one["partner"],
            str(one["timestamp"]),
            one["nonce"],
            one["request_nonce"] or "",
            base64.b64decode(one["body_base64"]),
            one["signature"],
        )
        for one in _block()["vectors"]
    ]


def vector(name: str) -> Vector:
    return next(one for one in vectors() if one.name == name)


def code_table() -> dict[str, tuple[int, str]]:
    """Code to HTTP status and outcome, as section 6 has them."""
    rows = re.findall(r"^\| (\d{4}) \| (\d{3}) \| [^|]* \| ([^|]*) \|$", PAGE, re.MULTILINE)
    return {code: (int(status), outcome.strip()) for code, status, outcome in rows}


def statement_example() -> bytes:
    found = re.search(r"Example \(\d+ bytes in GB18030\):\n\n```\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    return found.group(1).encode("gb18030")
