"""Run by the system's own Python, which has gammu: reads messages as JSON lines, answers what gammu makes of each.

`{"decode": HEX}` is a message that arrived, as a modem prints it; `{"encode": {...}}` asks for the parts of one to send.
"""

import importlib
import json
import sys
from typing import Any


def decoded(gammu: Any, text: str) -> dict[str, Any]:
    """What gammu reads in a message with its centre before it."""
    told = gammu.DecodePDU(bytes.fromhex(text), True)
    at = told["DateTime"]
    return {"number": told["Number"], "text": told["Text"], "time": at and at.strftime("%Y-%m-%d %H:%M:%S"), "udh": told["UDH"]["Type"]}


def encoded(gammu: Any, told: dict[str, Any]) -> list[dict[str, Any]]:
    """The parts gammu would send, each its user data and what stands in its header."""
    info = {"Class": -1, "Unicode": told["unicode"], "Entries": [{"ID": "ConcatenatedTextLong", "Buffer": told["text"]}]}
    parts = []
    for one in gammu.EncodeSMS(info):
        one["Number"], one["SMSC"] = told["number"], {"Number": told["smsc"]}
        parts.append({"octets": gammu.EncodePDU(one, "Submit").hex()})
    return parts


def main() -> None:
    """Answer line by line."""
    gammu = importlib.import_module("gammu")
    for line in sys.stdin:
        asked = json.loads(line)
        answer: Any = decoded(gammu, asked["decode"]) if "decode" in asked else encoded(gammu, asked["encode"])
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
