"""What the simulated bank does otherwise than expected: each once, noted in the sheet, and in a statement that is still a statement."""

import json
from pathlib import Path

import pytest
from lxml import etree

from simulators.bank.__main__ import main
from simulators.bank.deposits import reference_of
from simulators.bank.mischief import NAMES, OPENING_MINOR
from simulators.bank.play import Bank, Day
from tests.simulators.bank.test_play import PAYMENT, POINTS, balances, valid


def entries(path: Path) -> dict[str, tuple[str, str, bool]]:
    """Amount, side and whether it is a reversal, by the bank's reference."""
    found = {}
    for item in etree.parse(str(path)).getroot().iterfind(".//{*}Ntry"):
        key = f"{item.findtext('{*}AcctSvcrRef')}{'R' if item.findtext('{*}RvslInd') else ''}"
        found[key] = (str(item.findtext("{*}Amt")), str(item.findtext("{*}CdtDbtInd")), item.findtext("{*}RvslInd") == "true")
    return found


def statement(folder: Path, day: int = 20) -> Path:
    return folder / f"camt053-2026-11-{day}.xml"


def test_lines_that_come_on_top(tmp_path: Path) -> None:
    bank = Bank(tmp_path, "6228", 7)
    sheet = bank.play(Day("2026-11-20", POINTS, 0, {}, [PAYMENT], mischief=("interest", "stranger", "nobody", "twice")))
    planted, told = sheet["planted"], entries(statement(tmp_path))
    assert isinstance(planted, dict)
    assert told[planted["interest"]] == ("0.09", "CRDT", False)
    assert told[planted["stranger"]] == ("7.00", "DBIT", False)
    assert told[planted["nobody"]][1] == "CRDT"
    assert told[planted["twice"]] in {item for key, item in told.items() if key != planted["twice"]}
    assert reference_of("NOBODY9") in statement(tmp_path).read_text(encoding="utf-8")
    assert valid(statement(tmp_path), "camt.053.001.08")


def test_a_deposit_is_taken_back_on_a_later_day_under_its_own_reference(tmp_path: Path) -> None:
    bank = Bank(tmp_path, "6228", 7)
    nothing = bank.play(Day("2026-11-20", POINTS, 12, mischief=("taken_back", "twice", "other_amount")))
    assert nothing["planted"] == {}
    sheet = Bank(tmp_path, "6228", 7).play(Day("2026-11-21", POINTS, 0, mischief=("taken_back",)))
    planted = sheet["planted"]
    assert isinstance(planted, dict)
    amount, side, reversal = entries(statement(tmp_path, 21))[planted["taken_back"] + "R"]
    assert (entries(statement(tmp_path))[planted["taken_back"]][0], side, reversal) == (amount, "DBIT", True)
    # Once.
    assert Bank(tmp_path, "6228", 7).play(Day("2026-11-22", POINTS, 0, mischief=("taken_back",)))["planted"] == {}
    assert valid(statement(tmp_path, 21), "camt.053.001.08")


def test_a_payment_is_debited_with_a_fen_more(tmp_path: Path) -> None:
    first = Bank(tmp_path / "right", "6228", 7).play(Day("2026-11-20", POINTS, 0, {}, [PAYMENT]))
    other = Bank(tmp_path / "wrong", "6228", 7).play(Day("2026-11-20", POINTS, 0, {}, [PAYMENT], mischief=("other_amount",)))
    assert int(str(first["closing_minor"])) - int(str(other["closing_minor"])) == 1


def test_numbers_and_openings_that_do_not_follow(tmp_path: Path) -> None:
    bank = Bank(tmp_path, "6228", 7)
    bank.play(Day("2026-11-20", POINTS, 3))
    bank.play(Day("2026-11-21", POINTS, 3, mischief=("numbering", "opening")))
    root = etree.parse(str(statement(tmp_path, 21))).getroot()
    assert root.findtext(".//{*}ElctrncSeqNb") == "3"
    before, after = balances(statement(tmp_path))[1], balances(statement(tmp_path, 21))[0]
    assert round(float(after) * 100) - round(float(before) * 100) == OPENING_MINOR
    bank.play(Day("2026-11-22", POINTS, 0))
    assert balances(statement(tmp_path, 22))[0] == balances(statement(tmp_path, 21))[1]


def test_a_correction_leaves_one_deposit_out_under_the_same_number(tmp_path: Path) -> None:
    bank = Bank(tmp_path, "6228", 7)
    bank.play(Day("2026-11-20", POINTS, 12))
    first = entries(statement(tmp_path))
    gone = Bank(tmp_path, "6228", 7).correct()
    second = entries(statement(tmp_path))
    assert {key for key in first if key not in second} == {gone}
    assert etree.parse(str(statement(tmp_path))).getroot().findtext(".//{*}ElctrncSeqNb") == "1"
    Bank(tmp_path, "6228", 7).play(Day("2026-11-21", POINTS, 0))
    assert balances(statement(tmp_path, 21))[0] == balances(statement(tmp_path))[1]


def test_transfers_as_agents_were_told(tmp_path: Path) -> None:
    Bank(tmp_path, "6228", 7).play(Day("2026-11-20", POINTS, 0, transfers=((50001, ""), (49500, "A"))))
    text = statement(tmp_path).read_text(encoding="utf-8")
    assert ">500.01<" in text
    assert ">495.00<" in text
    assert reference_of("A") in text


def test_all_of_it_from_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = ["--folder", str(tmp_path), "--account", "6228", "--day", "2026-11-20", "--points", "A,B", "--payment", str(PAYMENT)]
    main([*folder, *(word for name in NAMES for word in ("--mischief", name)), "--transfer", "50001", "--transfer", "100:B"])
    told = json.loads((tmp_path / "answers-2026-11-20.json").read_text(encoding="utf-8"))["sheet"]
    assert set(told["planted"]) == set(NAMES) - {"taken_back"}
    main([*folder, "--correct"])
    assert "left out: SB" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main([*folder, "--mischief", "arson"])
