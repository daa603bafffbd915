"""The test vectors of docs/carrier-protocol.md, read from the page itself."""

import base64
import json
from dataclasses import dataclass
from functools import cache

from tests.support.source import ROOT


@dataclass(frozen=True)
class Vector:
    """One signed message of the page."""

    name: str
    kind: str
    partner: str
    timestamp: int
    nonce: str
    request_nonce: str | None
    body: bytes
    signature: str


@cache
def page() -> tuple[bytes, dict[str, Vector]]:
    """The secret, and the vectors by name."""
    text = (ROOT / "docs" / "carrier-protocol.md").read_text(encoding="utf-8")
    told = json.loads(text.rpartition("```json\n")[2].partition("\n```")[0])
    vectors = {}
    for item in told["vectors"]:
        body = base64.b64decode(item.pop("body_base64"))
        vectors[item["name"]] = Vector(body=body, **item)
    return told["secret"].encode(), vectors
