"""Each way in which a bank's file can be wrong, by reader: the fault, the place where it stands, and the sentence that finance reads."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from bank_settle.files.errors import BadFile, Fault
from bank_settle.statements import bank_xml, bca, mt940, safe_xml
from bank_settle.statements.model import BankLine, BankStatement, Wanted, checked
from bank_settle.statements.reading import read_statement
from bank_settle.statements.safe_xml import elements, look_first, namespace_of
from bank_settle.waiting import NotYet, Why
from tests.bank_settle.statements.camt_files import camt, entry
from tests.bank_settle.statements.test_bank_forms import ICBC
from tests.bank_settle.statements.test_standards import MT940

MESSAGE = "camt.053.001.08"
DAY = date(2026, 11, 20)
WANTED = Wanted("62284800001234567", "CNY", DAY)
RUPIAH = Wanted("1234567890", "IDR", date(2027, 1, 1))
CMB = """<?xml version="1.0" encoding="GBK"?><CMBSDKPGK><INFO><FUNNAM>GetTransInfo</FUNNAM><RETCOD>0</RETCOD></INFO>
<NTQTSINFZ><ETYDAT>20261120</ETYDAT><TRSAMT>10.00</TRSAMT><C_TRSAMT>10.00</C_TRSAMT><AMTCDR>C</AMTCDR><TRSBLV>110.00</TRSBLV>
<NARYUR>存款</NARYUR><RPYACC>6217</RPYACC><RPYNAM>张三</RPYNAM><ACCNBR></ACCNBR><YURREF></YURREF><REFNBR>K1</REFNBR></NTQTSINFZ>
</CMBSDKPGK>"""
BCA = """<html><body><table><tr><td>No. Rekening</td><td>1234567890</td></tr>
<tr><td>Tanggal</td><td>Keterangan</td><td>Cabang</td><td>Jumlah</td><td>Saldo</td></tr>
<tr><td>31/12</td><td>SETORAN A &amp; B</td><td>0000</td><td>1,000.00 CR</td><td>6,000.00</td></tr>
<tr><td>01/01</td><td>BIAYA ADM</td><td>0000</td><td>500.00 DB</td><td>5,500.00</td></tr>
<tr><td>PEND</td><td>TRSF</td><td>0000</td><td>7.00 CR</td><td>0.00</td></tr></table></body></html>"""
CSV = "日期,收入,支出,余额,对方户名,对方账号,虚拟账号,我方参考号,流水号,摘要\n2026-11-20,10.00,,110.00,张三,6217,8801,R1,F1,存款\n"
MANDIRI = "Date,Text,Branch,Amount,Sign,Balance\n20/11/2026,SETOR,F1,10.00,CR,110.00\n20/11/2026,BIAYA,F2,1.00,DB,109.00\n"
CAMT = camt(MESSAGE, [entry(MESSAGE, "9.00", reference="N1", text="KC1"), entry(MESSAGE, "-1.00", reference="N2")])
WHOLE: dict[str, tuple[str, str, Wanted]] = {
    "camt": (CAMT, "utf-8", WANTED),
    "mt940": (MT940, "gb18030", WANTED),
    "cmb": (CMB, "gbk", WANTED),
    "icbc": (ICBC, "gbk", WANTED),
    "bca": (BCA, "utf-8", RUPIAH),
    "bank_csv": (CSV, "utf-8", WANTED),
    "mandiri": (MANDIRI, "utf-8", WANTED),
}


def read(tmp_path: Path, form: str, *changes: tuple[str, str], wanted: Wanted | None = None) -> BankStatement:
    text, encoding, usual = WHOLE[form]
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    path = tmp_path / "statement"
    path.write_bytes(text.encode(encoding))
    return read_statement(path, form, wanted or usual)


def refused(tmp_path: Path, form: str, *changes: tuple[str, str], wanted: Wanted | None = None) -> BadFile:
    with pytest.raises(BadFile) as caught:
        read(tmp_path, form, *changes, wanted=wanted)
    return caught.value


@pytest.mark.parametrize("form", WHOLE)
def test_each_sample_is_whole_before_it_is_broken(tmp_path: Path, form: str) -> None:
    statement = read(tmp_path, form)
    assert statement.lines
    if statement.opening_minor is not None and statement.closing_minor is not None:
        assert statement.opening_minor + statement.moved_minor == statement.closing_minor


@pytest.mark.parametrize(
    ("form", "old", "new", "fault", "line"),
    [
        ("camt", "<ElctrncSeqNb>7<", "<ElctrncSeqNb>x<", Fault.AMOUNT, 1),
        ("camt", 'Ccy="CNY">9.00<', 'Ccy="CNY">9.005<', Fault.AMOUNT, 1),
        ("camt", 'Ccy="CNY">9.00<', 'Ccy="CNY">-9.00<', Fault.SCHEMA, 0),
        ("camt", "<CdtDbtInd>DBIT<", "<CdtDbtInd>BOTH<", Fault.SCHEMA, 0),
        ("camt", "<BookgDt><Dt>2026-11-20<", "<BookgDt><Dt>2026-11-31<", Fault.DATE, 1),
        ("camt", "<BookgDt><Dt>2026-11-20<", "<BookgDt><Dt>2026-11-21<", Fault.DATE, 1),
        ("camt", "Document xmlns=", "Document><Document xmlns=", Fault.SCHEMA, 0),
        ("mt940", ":25:", ":2X:", Fault.HEADER, 0),
        ("mt940", ":20:KC1", "KC1", Fault.HEADER, 0),
        ("mt940", "C1000,00N", "C1000,01N", Fault.BALANCE, 0),
        ("mt940", "CNY100,00", "USD100,00", Fault.CURRENCY, 0),
        ("mt940", "2611201120C", "2611211121C", Fault.DATE, 1),
        ("mt940", "B778900", "B778899", Fault.TWICE, None),
        ("cmb", "CMBSDKPGK", "CMBSDK", Fault.HEADER, 0),
        ("cmb", "GetTransInfo", "GetAccInfo", Fault.HEADER, 0),
        ("cmb", "<AMTCDR>C", "<AMTCDR>", Fault.CODE, 1),
        ("cmb", "20261120", "20261121", Fault.DATE, 1),
        ("cmb", "20261120", "2026-11-20", Fault.DATE, 1),
        ("cmb", "<TRSAMT>10.00", "<TRSAMT>10.0.0", Fault.AMOUNT, 1),
        ("cmb", "<C_TRSAMT>10.00", "<C_TRSAMT>ten", Fault.AMOUNT, 1),
        ("cmb", "<TRSBLV>110.00", "<TRSBLV>", Fault.AMOUNT, 1),
        ("icbc", "QHISD", "QACC", Fault.HEADER, 0),
        ("icbc", "<CMS>", "<CMX>", Fault.SCHEMA, 6),
        ("icbc", "<Balance>149950<", "<Balance>1499.50<", Fault.AMOUNT, 2),
        ("icbc", "<Date>20261120<", "<Date>20261132<", Fault.DATE, 1),
        ("icbc", "<Ref>I2<", "<Ref>I1<", Fault.TWICE, None),
        ("bca", "No. Rekening", "Rekening", Fault.HEADER, 0),
        ("bca", "Tanggal", "Date", Fault.HEADER, 0),
        ("bca", "500.00 DB", "500.00", Fault.CODE, 4),
        ("bca", "500.00 DB", "5x.00 DB", Fault.AMOUNT, 4),
        ("bca", "01/01", "01-01", Fault.DATE, 4),
        ("bca", "01/01", "30/02", Fault.DATE, 4),
        ("bca", "5,500.00", "5,500.01", Fault.BALANCE, 2),
        ("bank_csv", "10.00,,", "10.00,", Fault.LINE, 2),
        ("bank_csv", "10.00,,110.00", "10.001,,110.00", Fault.AMOUNT, 2),
        ("bank_csv", "2026-11-20,10", "2026-11-19,10", Fault.DATE, 2),
        ("bank_csv", "张三", '"张三', Fault.LINE, 2),
        ("mandiri", ",DB,", ",XX,", Fault.CODE, 3),
        ("mandiri", "109.00", "111.00", Fault.BALANCE, 2),
        ("mandiri", "20/11/2026,BIAYA", "11/20/2026,BIAYA", Fault.DATE, 3),
    ],
)
def test_the_fault_and_its_place(tmp_path: Path, form: str, old: str, new: str, fault: Fault, line: int | None) -> None:
    if line is None:
        # The same reference on lines of different amounts is two movements: a bank books a fee under its transfer's number.
        assert len(read(tmp_path, form, (old, new)).lines) == 2
        return
    error = refused(tmp_path, form, (old, new))
    assert (error.fault, error.line) == (fault, line)
    for language in ("zh_CN", "en", "id"):
        told = error.told(language)
        assert told
        assert str(line) in told or not line
        assert "{" not in told


@pytest.mark.parametrize("form", WHOLE)
def test_a_statement_of_another_account_or_currency_is_not_ours(tmp_path: Path, form: str) -> None:
    usual = WHOLE[form][2]
    names_account = form not in {"cmb", "bank_csv", "mandiri"}
    names_currency = form in {"camt", "mt940"}
    if names_account:
        assert refused(tmp_path, form, wanted=replace(usual, account="62284800007654321")).fault is Fault.WRONG_OWNER
    if names_currency:
        assert refused(tmp_path, form, wanted=replace(usual, currency="IDR")).fault is Fault.CURRENCY


@pytest.mark.parametrize("form", [form for form in WHOLE if form != "bca"])
def test_yesterdays_file_is_not_todays_future(tmp_path: Path, form: str) -> None:
    """A statement fetched for a day before its lines is refused: nothing of tomorrow is booked today."""
    earlier = replace(WHOLE[form][2], day=date(2026, 11, 19))
    assert refused(tmp_path, form, wanted=earlier).fault is Fault.DATE


@pytest.mark.parametrize("form", ["cmb", "icbc", "mt940", "bca"])
def test_a_file_that_is_larger_than_any_statement(tmp_path: Path, form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    module = {"cmb": bank_xml, "icbc": bank_xml, "mt940": mt940, "bca": bca}[form]
    monkeypatch.setattr(module, "_LARGEST", 20)
    assert refused(tmp_path, form).fault is Fault.UNREADABLE


def test_an_account_that_stands_twice_in_a_message(tmp_path: Path) -> None:
    start, end = CAMT.index("<Stmt>"), CAMT.index("</Stmt>") + len("</Stmt>")
    again = CAMT[:end] + CAMT[start:end].replace("<Id>S1<", "<Id>S2<") + CAMT[end:]
    path = tmp_path / "statement"
    path.write_text(again, encoding="utf-8")
    with pytest.raises(BadFile) as caught:
        read_statement(path, "camt", WANTED)
    assert caught.value.fault is Fault.TWICE


def test_another_account_in_the_same_message_is_left_alone(tmp_path: Path) -> None:
    start, end = CAMT.index("<Stmt>"), CAMT.index("</Stmt>") + len("</Stmt>")
    other = CAMT[start:end].replace(WANTED.account, "62284800007654321").replace(">9.00<", ">8.00<").replace(">108.00<", ">107.00<")
    path = tmp_path / "statement"
    path.write_text(CAMT[:end] + other + CAMT[end:], encoding="utf-8")
    assert [line.amount_minor for line in read_statement(path, "camt", WANTED).lines] == [900, -100]
    # What comes after our own account is checked as well: half a file is no file.
    path.write_text(CAMT[:end] + other.replace("<CdtDbtInd>", "<CdtDbtIndX>") + CAMT[end:], encoding="utf-8")
    with pytest.raises(BadFile):
        read_statement(path, "camt", WANTED)


def test_an_amount_with_zeros_beyond_the_currencys_own(tmp_path: Path) -> None:
    assert read(tmp_path, "camt", (">9.00<", ">9.00000<")).lines[0].amount_minor == 900
    whole = replace(WANTED, minor_digits=0)
    assert refused(tmp_path, "camt", (">9.00<", ">9.50<"), wanted=whole).fault is Fault.AMOUNT


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", Fault.EMPTY),
        (b" \n\t", Fault.EMPTY),
        (b"<a>\x00</a>", Fault.ENCODING),
        (b"\xfe\xff\x00<", Fault.ENCODING),
        (b"<?xml version='1.0' encoding='EBCDIC-CP-US'?><a/>", Fault.ENCODING),
        (b"<!DOCTYPE a><a/>", Fault.HOSTILE),
        (b"<a><!ENTITY x 'y'></a>", Fault.HOSTILE),
    ],
)
def test_what_no_bank_sends_is_refused_before_a_parser_sees_it(tmp_path: Path, content: bytes, fault: Fault) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(BadFile) as caught:
        look_first(path)
    assert caught.value.fault is fault


def test_a_file_that_is_not_there_or_a_message_nobody_knows(tmp_path: Path) -> None:
    with pytest.raises(BadFile) as caught:
        look_first(tmp_path / "none")
    assert caught.value.fault is Fault.UNREADABLE
    path = tmp_path / "file"
    path.write_text("<Document xmlns='urn:x:camt.053.001.99'/>", encoding="utf-8")
    assert namespace_of(path) == "camt.053.001.99"
    with pytest.raises(BadFile) as caught:
        list(elements(path, frozenset({"Ntry"}), "camt.053.001.99"))
    assert (caught.value.fault, caught.value.detail) == (Fault.SCHEMA, "camt.053.001.99")
    path.write_text("<a xmlns:b='c'>&nothing;</a>", encoding="utf-8")
    with pytest.raises(BadFile) as caught:
        list(elements(path, frozenset({"a"}), None))
    assert caught.value.fault in {Fault.HOSTILE, Fault.SCHEMA}


def test_the_official_schemas_are_here_for_every_edition_that_is_read() -> None:
    for number in ("052", "053", "054"):
        for edition in ("02", "08"):
            assert (safe_xml.SCHEMAS / f"camt.{number}.001.{edition}.xsd").is_file()


def lines_of(*told: tuple[int, int | None]) -> BankStatement:
    made = tuple(BankLine(DAY, amount, balance, "x", bank_reference=f"B{place}") for place, (amount, balance) in enumerate(told))
    return BankStatement(WANTED.account, "CNY", made)


def test_running_balances_give_opening_and_closing() -> None:
    found = checked(lines_of((100, 1100), (-50, 1050), (0, 1050)), WANTED)
    assert (found.opening_minor, found.closing_minor) == (1000, 1050)
    # One line without a balance: nothing follows, and nothing is invented.
    found = checked(lines_of((100, 1100), (-50, None)), WANTED)
    assert (found.opening_minor, found.closing_minor) == (None, None)
    assert checked(lines_of(), WANTED).closing_minor is None


@pytest.mark.parametrize(("opening", "closing"), [(1001, 1050), (1000, 1049), (0, 0), (-1000, 1050)])
def test_balances_that_do_not_hold(opening: int, closing: int) -> None:
    told = replace(lines_of((100, 1100), (-50, 1050)), opening_minor=opening, closing_minor=closing)
    with pytest.raises(BadFile) as caught:
        checked(told, WANTED)
    assert caught.value.fault is Fault.BALANCE


def test_what_could_not_be_read_is_never_repeated_to_a_log() -> None:
    error = BadFile(Fault.LINE, 3, "6217000012345678901 张三 " * 20)
    assert len(error.detail) == 60
    assert len(error.told("en")) < 140


@pytest.mark.parametrize("language", ["zh_CN", "en", "id"])
def test_every_fault_has_its_sentence(language: str) -> None:
    said = {BadFile(fault, 7).told(language) for fault in Fault}
    assert len(said) == len(Fault)
    assert all("7" in text for text in said)
    waits = NotYet(Why.BAD_FILE, name="icbc-20261120.xml", reason=BadFile(Fault.TOTAL, 9)).told(language)
    assert "icbc-20261120.xml" in waits
    assert BadFile(Fault.TOTAL, 9).told(language) in waits
