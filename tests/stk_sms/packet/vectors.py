"""The published vectors, as tests ask for them."""

import json
from pathlib import Path
from typing import Any

from stk_sms.packet import Algorithm, CardKeys

FOLDER = Path(__file__).resolve().parents[2] / "data"
NIBBLES = {2: Algorithm.AES, 5: Algorithm.TRIPLE_DES_2, 9: Algorithm.TRIPLE_DES_3}
PROFILES = {"aes128": Algorithm.AES, "3des2": Algorithm.TRIPLE_DES_2}
CHECKSUM_KINDS = {"aes": Algorithm.AES, "3des": Algorithm.TRIPLE_DES_2, "triple_des_2": Algorithm.TRIPLE_DES_2}


def read(part: str) -> list[dict[str, Any]]:
    """One part of the collection."""
    found: list[dict[str, Any]] = json.loads((FOLDER / "stk_vectors.json").read_text("utf-8"))[part]
    return found


def own_examples() -> list[dict[str, str]]:
    """Our own mobile-originated packets."""
    found: list[dict[str, str]] = json.loads((FOLDER / "stk_mo_examples.json").read_text("utf-8"))["packets"]
    return found


def usable_commands() -> list[dict[str, Any]]:
    """Commands that a second implementation confirmed."""
    return [item for item in read("commands") if item["verified"]]


def keys_of(item: dict[str, Any]) -> CardKeys:
    """The keys of a vector."""
    return CardKeys(bytes.fromhex(item["kic"]), bytes.fromhex(item["kid"]))


def name_of(item: dict[str, Any]) -> str:
    """For the list of tests."""
    return str(item.get("name", item.get("profile", item.get("checksum", ""))))
