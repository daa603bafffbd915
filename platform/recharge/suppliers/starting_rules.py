"""Reply rules to start with, by country, each with its samples and where those come from (starting_rules.toml beside this module)."""

import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from recharge.domain.reply_rules import Meaning, ReplyRule, Scope

COUNTRIES = ("CN", "ID", "PH")
_FILE = Path(__file__).with_suffix(".toml")
_ALWAYS = datetime(2000, 1, 1, tzinfo=UTC)


def starting_rules(country: str, link_code: str = "") -> list[tuple[ReplyRule, str]]:
    """The rules of a country with their origin ("real" or "synthetic"), for one link or, with "", for every link."""
    told = tomllib.loads(_FILE.read_text(encoding="utf-8"))["rule"]
    return [(_rule(item, link_code), item["origin"]) for item in told if item["country"] == country]


def _rule(item: dict[str, Any], link_code: str) -> ReplyRule:
    return ReplyRule(
        code=item["code"],
        pattern=item["pattern"],
        meaning=Meaning(item["meaning"]),
        samples=tuple(item["samples"]),
        valid_from=_ALWAYS,
        scope=Scope(link_code, item.get("channel", "")),
        decimal=item.get("decimal", "."),
    )
