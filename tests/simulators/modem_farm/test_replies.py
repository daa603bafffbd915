"""Operators' wording: each style says everything, and what is said to be real is what was seen."""

import json
import re
from datetime import datetime
from pathlib import Path

import pytest

from simulators.modem_farm import generate, replies
from simulators.modem_farm.config import OperatorPlan
from simulators.modem_farm.replies import Facts

SAMPLES = json.loads((Path(__file__).parents[2] / "data" / "supplier_replies.json").read_text(encoding="utf-8"))
REAL = {sample["text"] for sample in SAMPLES if sample["real"]}
MADE_UP = {sample["text"] for sample in SAMPLES if not sample["real"]}
KINDS = (
    "success", "changed", "failed", "no_stock", "wrong_pin", "locked", "bad_amount", "repeat", "pending", "stock", "last", "line", "none",
    "unknown", "confirm", "cancelled", "received", "menu", "ask_number", "ask_units", "ask_pin",
)  # fmt: skip


def operator(name: str) -> OperatorPlan:
    return OperatorPlan(**generate.operators(name)[0])


def moment(text: str) -> datetime:
    """A moment on this machine's own clock, as operators write it."""
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").astimezone()


@pytest.mark.parametrize("name", ["mkios", "server", "wallet", "fen"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_style_says_everything(name: str, kind: str) -> None:
    facts = Facts("081200090001", moment("2026-11-27 18:09:30"), "081389092678", 10, 10_000, 9_750, 100_000, {10: 119}, "0041", 7, "x", 1)
    text = replies.answer(operator(name), kind, facts)
    assert text
    assert "{" not in text


def test_a_real_sale_of_a_wallet() -> None:
    facts = Facts(
        "09170000006", moment("2026-05-27 18:09:00"), "09170000007", 12, charged_minor=1147, balance_minor=45_509,
        serial_number="800008272452",
    )  # fmt: skip
    assert replies.answer(operator("wallet"), "success", facts) in REAL


def test_a_real_sale_of_a_wallet_in_two_parts() -> None:
    facts = Facts(
        "09170000006", moment("2026-06-14 19:37:00"), "09170000007", 10, charged_minor=955, balance_minor=21_687,
        serial_number="800009252120",
    )  # fmt: skip
    assert replies.answer(operator("wallet"), "part1", facts) in REAL
    assert replies.answer(operator("wallet"), "part2", facts) in REAL


def test_a_real_stock_of_a_wallet() -> None:
    facts = Facts("09170000006", moment("2026-08-18 10:16:00"), balance_minor=64_130, ticket=3_502_788_573)
    assert replies.answer(operator("wallet"), "stock", facts) in REAL


def test_a_real_question_of_a_wallet() -> None:
    facts = Facts("09170000006", moment("2026-05-09 19:44:00"), "09170000009", 10, ticket=290_474_774_655)
    assert replies.answer(operator("wallet"), "confirm", facts) in REAL


def test_real_stock_from_a_dealer() -> None:
    facts = Facts("09170000003", moment("2026-05-02 19:06:00"), amount_minor=1000, balance_minor=367_955, ticket=860_490_615_490)
    assert replies.answer(operator("wallet"), "received", facts) in REAL


def test_a_real_success_of_a_server() -> None:
    facts = Facts(
        "081200000000", moment("2026-05-27 12:57:33"), "081208120812", 25, charged_minor=24_695, balance_minor=100_962_428,
        serial_number="9052712573021833911", ticket=87_106_974,
    )  # fmt: skip
    ours = re.sub(r"[\d.]+ - [\d.]+ = [\d.]+", "N", replies.answer(operator("server"), "success", facts))
    seen = {re.sub(r"[\d.]+ - [\d.]+ = [\d.]+", "N", text.replace("Tsel bank", "Tsel")) for text in REAL}
    assert ours in seen


def test_a_real_pending_and_a_real_failure_of_a_server() -> None:
    facts = Facts("081200000000", moment("2026-05-27 12:57:33"), "089600000000", 10, charged_minor=10_350)
    assert replies.answer(operator("server"), "pending", facts) in REAL
    assert replies.answer(operator("server"), "failed", facts) in REAL


def test_what_was_made_up_is_marked_as_such() -> None:
    at = moment("2026-11-21 19:30:00")
    kiosk = Facts("081200000000", at, "081389092678", 10, 10_000, pieces={10: 119}, serial_number="0041002239912345678")
    chinese = Facts("13900000000", at, "13800138000", 50, 5000, 5000, 495_000, serial_number="2026112119300000001")
    stock = Facts("081200000000", at, pieces={5: 40, 10: 120, 20: 60})
    texts = {
        replies.answer(operator("mkios"), "success", kiosk),
        replies.answer(operator("fen"), "success", chinese),
        replies.answer(operator("mkios"), "stock", stock),
        replies.answer(operator("fen"), "failed", chinese),
    }
    assert texts == MADE_UP


@pytest.mark.parametrize(
    ("name", "amount_minor", "text"),
    [("mkios", 1_234_567, "1.234.567"), ("server", 999, "999"), ("wallet", 468_650, "4686.50"), ("fen", 5, "0.05"), ("fen", 0, "0.00")],
)
def test_money(name: str, amount_minor: int, text: str) -> None:
    assert replies.money(operator(name), amount_minor) == text


def test_money_without_smaller_units() -> None:
    plan = operator("fen")
    plan.minor_digits = 0
    assert replies.money(plan, 50) == "50"


def test_a_style_without_pieces_tells_money() -> None:
    facts = Facts("081200000000", moment("2026-11-21 19:30:00"), balance_minor=5000)
    assert "saldo Rp5.000" in replies.answer(operator("mkios"), "stock", facts)


def test_the_latest_are_listed() -> None:
    facts = Facts("081200000000", moment("2026-11-21 19:30:00"))
    one = Facts("081200000000", moment("2026-11-21 19:29:00"), "081389092678", 10, serial_number="41", n=1)
    assert replies.latest(operator("mkios"), facts, [one]) == "Trx terakhir: 1) 21/11 19:29 10rb 081389092678 SN 41"
    assert replies.latest(operator("fen"), facts, []) == "没有交易。"


def test_only_a_wallet_has_parts_of_its_own() -> None:
    assert [name for name in ("mkios", "server", "wallet", "fen") if replies.has(operator(name), "part1")] == ["wallet"]
