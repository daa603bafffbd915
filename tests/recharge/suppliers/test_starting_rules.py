"""The rules that come with the product, against every public and synthetic text there is."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from recharge.domain.reply_notation import joined, part_of
from recharge.domain.reply_rules import Meaning, Reply, RuleSet, Scope, Unread
from recharge.suppliers.starting_rules import COUNTRIES, starting_rules
from tests.support.source import ROOT

NOW = datetime(2026, 11, 27, tzinfo=UTC)
TEXTS: list[dict[str, Any]] = json.loads((ROOT / "tests" / "data" / "supplier_replies.json").read_text(encoding="utf-8"))
MEANINGS = {"success": Meaning.SUCCESS, "failed": Meaning.FAILED, "pending": Meaning.ACCEPTED, "stock": Meaning.STOCK}


def rules(country: str) -> RuleSet:
    made = RuleSet()
    for rule, _ in starting_rules(country):
        made = made.with_rule(rule)
    return made


def whole() -> list[dict[str, Any]]:
    """The texts, long messages' parts left out."""
    return [item for item in TEXTS if part_of(item["text"]) is None]


@pytest.mark.parametrize("country", COUNTRIES)
def test_no_rule_reads_anothers_sample(country: str) -> None:
    assert rules(country).rules


def test_all_countries_rules_can_stand_together() -> None:
    together = RuleSet()
    for country in COUNTRIES:
        for rule, _ in starting_rules(country):
            together = together.with_rule(rule)
    codes = [rule.code for rule in together.rules]
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize("item", whole(), ids=lambda item: item["text"][:30])
def test_every_text_is_read_as_it_is_meant(item: dict[str, Any]) -> None:
    told = rules(item["country"]).read(item["text"], Scope("CHIP", "sms"), NOW)
    assert isinstance(told, Reply)
    if "kind" in item:
        assert told.meaning is MEANINGS[item["kind"]]


def test_the_pieces_of_a_sale() -> None:
    told = rules("PH").read(TEXTS[0]["text"], Scope("CHIP", "sms"), NOW)
    assert isinstance(told, Reply)
    assert (told.number, told.chip, told.product) == ("09170000007", "639170000006", "BIG BYTES 30")
    assert (told.balance_minor, told.serial_number, told.amount_minor) == (46656, "800008270828", None)
    assert told.at == datetime(2026, 5, 27, 17, 47, tzinfo=UTC)


def test_parts_prove_nothing_alone_and_a_sale_together() -> None:
    parts = {part[0]: part[2] for item in TEXTS if (part := part_of(item["text"])) is not None}
    assert sorted(parts) == [1, 2]
    book = rules("PH")
    assert all(isinstance(book.read(text, Scope("CHIP", "sms"), NOW), Unread) for text in parts.values())
    told = book.read(joined(parts), Scope("CHIP", "sms"), NOW)
    assert isinstance(told, Reply)
    assert (told.meaning, told.number, told.charged_minor, told.balance_minor) == (Meaning.SUCCESS, "09170000007", 955, 21687)
    assert told.serial_number == "800009252120"


def test_counts_of_a_voucher_chip() -> None:
    [text] = [item["text"] for item in TEXTS if item["text"].startswith("Stok M-KIOS")]
    told = rules("ID").read(text, Scope("CHIP", "ussd"), NOW)
    assert isinstance(told, Reply)
    assert told.counts_minor == {500_000: 40, 1_000_000: 120, 2_000_000: 60}


def test_money_sent_with_the_same_card_is_no_airtime() -> None:
    book = rules("PH")
    money = [item["text"] for item in whole() if "emittance" in item["text"] or "Received P" in item["text"]]
    assert len(money) >= 10
    for text in money:
        told = book.read(text, Scope("CHIP", "sms"), NOW)
        assert isinstance(told, Reply)
        assert (told.meaning, told.balance_minor) == (Meaning.NOISE, None)


def test_where_samples_come_from_is_said_as_the_data_says_it() -> None:
    for country in COUNTRIES:
        for rule, origin in starting_rules(country):
            for item in whole():
                if item["text"] in rule.samples:
                    assert origin == ("real" if item["real"] else "synthetic")


def test_rules_can_be_for_one_link() -> None:
    assert {rule.scope.link for rule, _ in starting_rules("CN", "CHIP-7")} == {"CHIP-7"}
    assert {rule.scope.link for rule, _ in starting_rules("CN")} == {""}
