"""The banks' own forms: CMB and ICBC XML, BCA's HTML, statements by profile, and the checks that hold for all."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from bank_settle.files.errors import BadFile, Fault
from bank_settle.statements.model import BankLine, BankStatement, Wanted, breaks_between, checked, line_ids
from bank_settle.statements.reading import read_statement
from tests.support.source import ROOT

DATA = ROOT / "tests" / "data" / "bank"
CMB_DAY = Wanted("591902896010504", "CNY", date(2014, 11, 3))
DAY = date(2026, 11, 20)
WANTED = Wanted("62284800001234567", "CNY", DAY)


def fault(tmp_path: Path, content: bytes, form: str, wanted: Wanted) -> Fault:
    path = tmp_path / "statement"
    path.write_bytes(content)
    with pytest.raises(BadFile) as caught:
        read_statement(path, form, wanted)
    return caught.value.fault


def test_cmb(tmp_path: Path) -> None:
    source = DATA / "cmb_GetTransInfo_response.gbk"
    statement = read_statement(source, "cmb", CMB_DAY)
    assert [(line.amount_minor, line.balance_minor) for line in statement.lines] == [(132910, 297357511), (14520, 297372031)]
    assert (statement.opening_minor, statement.closing_minor) == (297224601, 297372031)
    assert statement.lines[0].text == "代发余额退款"
    assert (statement.lines[0].our_reference, statement.lines[0].bank_reference) == ("qfq10114334071365262315", "K2212200000007C")
    content = source.read_bytes()
    for old, new, expected in (
        (b"<C_TRSAMT>1,329.10", b"<C_TRSAMT>1,329.11", Fault.AMOUNT),
        (b"<TRSBLV>2973575.11", b"<TRSBLV>2973575.12", Fault.AMOUNT),
        (b"<RETCOD>0", b"<RETCOD>-1", Fault.HEADER),
        (b"<AMTCDR>C", b"<AMTCDR>X", Fault.CODE),
        (b"<ETYDAT>20141103", b"<ETYDAT>20141131", Fault.DATE),
        (b"</CMBSDKPGK>", b"", Fault.SCHEMA),
    ):
        assert fault(tmp_path, content.replace(old, new), "cmb", CMB_DAY) is expected
    broken = content.replace(b"<TRSBLV>2973575.11", b"<TRSBLV>2973575.00").replace(b"<C_TRSBLV>2,973,575.11", b"<C_TRSBLV>2,973,575.00")
    assert fault(tmp_path, broken, "cmb", CMB_DAY) is Fault.BALANCE


ICBC = """<?xml version="1.0" encoding="GBK"?><CMS><eb><pub><TransCode>QHISD</TransCode><RetCode>0</RetCode></pub><out>
<AccNo>62284800001234567</AccNo><NextTag></NextTag>
<rd><Drcrf>2</Drcrf><DebitAmount>0</DebitAmount><CreditAmount>100000</CreditAmount><Balance>150000</Balance><RecipAccNo>6217</RecipAccNo>
<RecipName>南昌网点</RecipName><Summary>转账</Summary><PostScript>KC100100017</PostScript><Ref>I1</Ref><Oref></Oref><Date>20261120</Date></rd>
<rd><Drcrf>1</Drcrf><DebitAmount>50</DebitAmount><CreditAmount>0</CreditAmount><Balance>149950</Balance><RecipAccNo/><RecipName/>
<Summary>手续费</Summary><PostScript/><Ref>I2</Ref><Oref/><Date>20261120</Date></rd></out></eb></CMS>"""


def test_icbc(tmp_path: Path) -> None:
    path = tmp_path / "icbc"
    path.write_bytes(ICBC.encode("gbk"))
    statement = read_statement(path, "icbc", WANTED)
    assert [(line.amount_minor, line.text) for line in statement.lines] == [(100000, "KC100100017"), (-50, "手续费")]
    assert (statement.opening_minor, statement.closing_minor) == (50000, 149950)
    for old, new, expected in (
        ("<NextTag></NextTag>", "<NextTag>2</NextTag>", Fault.PENDING),
        ("<RetCode>0<", "<RetCode>E1<", Fault.HEADER),
        ("<Drcrf>2<", "<Drcrf>3<", Fault.CODE),
        ("<Balance>149950<", "<Balance>149951<", Fault.BALANCE),
        (">62284800001234567<", ">1<", Fault.WRONG_OWNER),
        ("<CreditAmount>100000<", "<CreditAmount>1000.00<", Fault.AMOUNT),
    ):
        assert fault(tmp_path, ICBC.replace(old, new).encode("gbk"), "icbc", WANTED) is expected


def test_bca_over_new_year(tmp_path: Path) -> None:
    source = DATA / "bca_mutasi_fake_xls.html"
    statement = read_statement(source, "bca", Wanted("1234567890", "IDR", date(2027, 1, 1)))
    assert [line.day for line in statement.lines] == [date(2026, 12, 31), date(2027, 1, 1), date(2027, 1, 1)]
    assert ([line.amount_minor for line in statement.lines], statement.pending) == ([91104000, 10000000, 10000000], 1)
    assert statement.closing_minor == 611104000
    content = source.read_bytes()
    wanted = Wanted("1234567890", "IDR", date(2027, 1, 1))
    assert fault(tmp_path, content.replace(b"6,011,040.00", b"6,011,041.00"), "bca", wanted) is Fault.BALANCE
    assert fault(tmp_path, content.replace(b"100,000.00 CR", b"100,000.00 XX", 1), "bca", wanted) is Fault.CODE
    assert fault(tmp_path, content.replace(b"31/12", b"31/11"), "bca", wanted) is Fault.DATE
    assert fault(tmp_path, content, "bca", replace(wanted, account="1")) is Fault.WRONG_OWNER


def test_a_statement_by_profile_checks_its_running_balance(tmp_path: Path) -> None:
    head = "日期,收入,支出,余额,对方户名,对方账号,虚拟账号,我方参考号,流水号,摘要\n"
    body = "2026-11-20,10.00,,110.00,,,,,F1,a\n2026-11-20,,1.00,109.00,,,,,F2,b\n"
    path = tmp_path / "statement"
    path.write_text(head + body, encoding="utf-8")
    statement = read_statement(path, "bank_csv", WANTED)
    assert (statement.opening_minor, statement.closing_minor) == (10000, 10900)
    assert fault(tmp_path, (head + body.replace("109.00", "109.50")).encode(), "bank_csv", WANTED) is Fault.BALANCE


def statement(*amounts: int, opening: int | None = 0, number: int | None = None, references: bool = True) -> BankStatement:
    lines = tuple(
        BankLine(DAY, amount, None, "x", bank_reference=f"B{place}" if references else "") for place, amount in enumerate(amounts)
    )
    closing = None if opening is None else opening + sum(amounts)
    return BankStatement(WANTED.account, "CNY", lines, opening, closing, number)


def test_the_same_reference_twice_is_refused() -> None:
    twice = statement(100, 100)
    alike = replace(twice, lines=tuple(line._replace(bank_reference="B") for line in twice.lines))
    with pytest.raises(BadFile) as caught:
        checked(alike, WANTED)
    assert caught.value.fault is Fault.TWICE


def test_a_line_has_one_number_however_often_it_comes() -> None:
    with_references, without = statement(100, 200), statement(100, 100, references=False)
    for each in (with_references, without):
        ids = list(line_ids("ICBC1", each.lines))
        assert len(set(ids)) == 2
        assert ids == list(line_ids("ICBC1", each.lines))
        assert not {*ids} & {*line_ids("CMB1", each.lines)}
        assert all(0 <= number < 2**63 for number in ids)
    assert next(line_ids("ICBC1", with_references.lines[:1])) == next(line_ids("ICBC1", with_references.lines))


def test_statements_follow_one_another() -> None:
    first = statement(100, number=4)
    assert breaks_between(None, first) == []
    assert breaks_between(first, statement(5, opening=100, number=5)) == []
    assert breaks_between(first, statement(5, opening=101, number=5)) == ["bank_opening"]
    assert breaks_between(first, statement(5, opening=100, number=6)) == ["bank_gap"]
    assert breaks_between(first, statement(5, opening=100, number=1)) == []
    assert breaks_between(first, statement(5, opening=None)) == []
