"""The simulated bank by itself: its days follow one another, its sheet is sealed, its messages hold to the official schemas."""

import hashlib
import json
import re
from pathlib import Path

import pytest
from lxml import etree

from simulators.bank.__main__ import main
from simulators.bank.deposits import KINDS, reference_of
from simulators.bank.messages import read_orders
from simulators.bank.play import Bank, Day
from tests.support.source import ROOT

SCHEMAS = ROOT / "bank_settle" / "schemas"
PAYMENT = ROOT / "tests" / "data" / "bank" / "own_pain001_cny_othr.xml"
POINTS = ("A", "B", "P1001")


def valid(path: Path, message: str) -> bool:
    return etree.XMLSchema(etree.parse(str(SCHEMAS / f"{message}.xsd"))).validate(etree.parse(str(path)))


def balances(path: Path) -> list[str]:
    return [str(item.findtext("{*}Amt")) for item in etree.parse(str(path)).getroot().iterfind(".//{*}Bal")]


def test_its_messages_hold_to_the_schemas_and_days_follow(tmp_path: Path) -> None:
    bank = Bank(tmp_path, "6228", 7)
    bank.play(Day("2026-11-20", POINTS, 20, {"A": "8801"}, [PAYMENT], reject=2, give_back=1))
    bank.play(Day("2026-11-21", POINTS, 5))
    first, second = (tmp_path / f"camt053-2026-11-{day}.xml" for day in (20, 21))
    assert valid(first, "camt.053.001.08")
    assert valid(tmp_path / "pain002-COMM-20261120-01.xml", "pain.002.001.03")
    assert balances(first)[1] == balances(second)[0]


def test_payments_are_refused_paid_and_sent_back_as_the_sheet_says(tmp_path: Path) -> None:
    bank = Bank(tmp_path, "6228", 7)
    sheet = bank.play(Day("2026-11-20", POINTS, 0, {}, [PAYMENT], reject=2, give_back=1))
    assert (sheet["paid"], sheet["refused"], sheet["closing_minor"]) == (["AG0001-20261120"], ["AG0002-20261120"], -100050)
    again = Bank(tmp_path, "6228", 7).play(Day("2026-11-21", POINTS, 0, {}, [PAYMENT], reject=2))
    assert (again["paid"], again["returned"], again["closing_minor"]) == ([], ["AG0001-20261120"], -100)


def test_the_same_seed_gives_the_same_day_and_the_sheet_is_sealed(tmp_path: Path) -> None:
    texts = []
    for name in ("one", "two"):
        Bank(tmp_path / name, "6228", 3).play(Day("2026-11-20", POINTS, 30))
        texts.append((tmp_path / name / "camt053-2026-11-20.xml").read_bytes())
    assert texts[0] == texts[1]
    told = json.loads((tmp_path / "one" / "answers-2026-11-20.json").read_text(encoding="utf-8"))
    canonical = json.dumps(told["sheet"], sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    assert told["sha256"] == hashlib.sha256(canonical.encode()).hexdigest()
    assert {item["kind"] for item in told["sheet"]["deposits"]} == set(KINDS)


def test_a_lost_statement_leaves_its_number(tmp_path: Path) -> None:
    bank = Bank(tmp_path, "6228", 7)
    bank.play(Day("2026-11-20", POINTS, 1, hole=True))
    bank.play(Day("2026-11-21", POINTS, 1))
    assert not (tmp_path / "camt053-2026-11-20.xml").exists()
    assert "<ElctrncSeqNb>2<" in (tmp_path / "camt053-2026-11-21.xml").read_text(encoding="utf-8")


def test_a_payment_file_whose_sums_do_not_hold(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="sums"):
        read_orders(PAYMENT.read_bytes().replace(b"<NbOfTxs>2", b"<NbOfTxs>3"))


def test_the_published_check_characters() -> None:
    """ISO 7064: the check value of every reference is 1 modulo 1271."""
    for code in ("A", "P1001", "Z" * 20):
        assert int(reference_of(code), 36) % 1271 == 1


def test_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    virtual = tmp_path / "virtual.csv"
    virtual.write_text("8801,A\n", encoding="utf-8")
    words = ["--folder", str(tmp_path / "bank"), "--account", "6228", "--day", "2026-11-20", "--points", "A,B", "--virtual", str(virtual)]
    main([*words, "--payment", str(PAYMENT), "--deposits", "3", "--return", "1"])
    assert "3 deposits, 1 payment files" in capsys.readouterr().out


def test_a_day_that_goes_on_keeps_its_number_and_what_it_had(tmp_path: Path) -> None:
    bank = Bank(tmp_path, "6228", 7)
    bank.play(Day("2026-11-20", POINTS, 0))
    # A day begins with the fee, and is the next statement.
    assert bank.go_on("2026-11-21", [(500_01, "")]) == 499_01
    first = (tmp_path / "camt053-2026-11-21.xml").read_text(encoding="utf-8")
    assert Bank(tmp_path, "6228", 7).go_on("2026-11-21", [(300_00, "P1001"), (7, "")]) == 799_08
    again = (tmp_path / "camt053-2026-11-21.xml").read_text(encoding="utf-8")
    assert [text.count("<Ntry>") for text in (first, again)] == [2, 4]
    assert [reference in again for reference in re.findall("<AcctSvcrRef>[^<]+", first)] == [True, True]
    assert "<ElctrncSeqNb>2<" in again
    assert balances(tmp_path / "camt053-2026-11-21.xml") == ["0.50", "799.08"]
    assert valid(tmp_path / "camt053-2026-11-21.xml", "camt.053.001.08")
    Bank(tmp_path, "6228", 7).play(Day("2026-11-22", POINTS, 0))
    assert balances(tmp_path / "camt053-2026-11-22.xml")[0] == "799.08"


def test_a_day_goes_on_by_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--folder", str(tmp_path), "--account", "6228", "--day", "2026-11-20", "--go-on"]
    main([*words, "--transfer", "10001", "--transfer", "500:P1001"])
    assert capsys.readouterr().out == "2026-11-20: 2 transfers, balance 10451 fen\n"
    assert reference_of("P1001") in (tmp_path / "camt053-2026-11-20.xml").read_text(encoding="utf-8")
    main(words)
    assert "0 transfers, balance 10451 fen" in capsys.readouterr().out
