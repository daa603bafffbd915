"""camt and MT940: official schemas, several accounts, batches, hostile XML, and the library's own samples."""

from datetime import date
from pathlib import Path

import pytest

from bank_settle.files.errors import BadFile, Fault
from bank_settle.statements.model import BankStatement, Wanted
from bank_settle.statements.mt940 import read_mt940
from bank_settle.statements.reading import read_statement
from bank_settle.statements.safe_xml import SCHEMAS, valid
from tests.bank_settle.statements.camt_files import camt, entry
from tests.support.source import ROOT

DATA = ROOT / "tests" / "data" / "bank"
DAY = date(2026, 11, 20)
WANTED = Wanted("62284800001234567", "CNY", DAY)
EDITIONS = ["camt.053.001.02", "camt.053.001.08", "camt.052.001.02", "camt.052.001.08", "camt.054.001.02", "camt.054.001.08"]


def read(tmp_path: Path, content: str | bytes, form: str = "camt", wanted: Wanted = WANTED) -> BankStatement:
    path = tmp_path / "statement"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_statement(path, form, wanted)


def fault(tmp_path: Path, content: str | bytes, form: str = "camt", wanted: Wanted = WANTED) -> Fault:
    with pytest.raises(BadFile) as caught:
        read(tmp_path, content, form, wanted)
    return caught.value.fault


@pytest.mark.parametrize("message", EDITIONS)
def test_every_edition_is_valid_and_read(tmp_path: Path, message: str) -> None:
    content = camt(
        message, [entry(message, "1000.00", reference="N1", payer="6217", name="南昌网点", text="KC1001"), entry(message, "-0.50")]
    )
    assert valid(content.encode(), message)
    statement = read(tmp_path, content)
    assert [line.amount_minor for line in statement.lines] == [100000, -50]
    first = statement.lines[0]
    assert (first.day, first.payer_account, first.payer_name, first.text, first.bank_reference) == (DAY, "6217", "南昌网点", "KC1001", "N1")
    if "054" not in message:
        assert (statement.opening_minor, statement.closing_minor, statement.number) == (10000, 109950, 7)


def test_structured_reference_virtual_account_and_reversal(tmp_path: Path) -> None:
    message = "camt.053.001.08"
    entries = [
        entry(message, "5.00", structured="KC100100017", virtual="8801000001"),
        entry(message, "-5.00", reference="N2", reversal=True),
    ]
    lines = read(tmp_path, camt(message, entries)).lines
    assert (lines[0].our_reference, lines[0].virtual_account) == ("KC100100017", "8801000001")
    assert lines[1].reversal


def test_a_batch_is_taken_apart_where_its_parts_add_up(tmp_path: Path) -> None:
    message = "camt.053.001.08"
    lines = read(tmp_path, camt(message, [entry(message, "30.00", parts=["10.00", "20.00"])])).lines
    assert [line.amount_minor for line in lines] == [1000, 2000]
    assert len(read(tmp_path, camt(message, [entry(message, "30.00", parts=["10.00", "19.00"])])).lines) == 1


def test_pending_entries_are_no_money(tmp_path: Path) -> None:
    message = "camt.053.001.08"
    statement = read(tmp_path, camt(message, [entry(message, "30.00", status="PDNG"), entry(message, "1.00")], moved="1.00"))
    assert ([line.amount_minor for line in statement.lines], statement.pending) == ([100], 1)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (("62284800001234567", "62284800007654321"), Fault.WRONG_OWNER),
        (("109.00", "109.01"), Fault.BALANCE),
        (('<Amt Ccy="CNY">9.00', '<Amt Ccy="USD">9.00'), Fault.CURRENCY),
        (("9.00", "9.001"), Fault.AMOUNT),
        (("<Sts><Cd>BOOK</Cd></Sts>", ""), Fault.SCHEMA),
        (("</Document>", ""), Fault.SCHEMA),
        (("camt.053.001.08", "camt.053.001.09"), Fault.SCHEMA),
        (("2026-11-20", "2026-11-21"), Fault.DATE),
    ],
)
def test_what_is_wrong_is_refused(tmp_path: Path, change: tuple[str, str], expected: Fault) -> None:
    content = camt("camt.053.001.08", [entry("camt.053.001.08", "9.00")])
    assert fault(tmp_path, content.replace(*change)) is expected


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
OUTSIDE = '<!DOCTYPE x [<!ENTITY secret SYSTEM "file:///etc/hostname">]>'


@pytest.mark.parametrize("declared", [BOMB, OUTSIDE, '<!DOCTYPE Document SYSTEM "http://127.0.0.1:9/x.dtd">'])
@pytest.mark.parametrize("padding", [0, 9000])
def test_hostile_xml_never_gets_in(tmp_path: Path, declared: str, padding: int) -> None:
    message = "camt.053.001.08"
    for content in (
        camt(message, [entry(message, "9.00", name="&secret;" if "secret" in declared else "x")]),
        "<CMBSDKPGK><INFO/></CMBSDKPGK>",
    ):
        head, _, rest = content.partition("?>") if content.startswith("<?") else ("", "", content)
        start = f"{head}?>" if head else ""
        form = "camt" if head else "cmb"
        assert fault(tmp_path, start + " " * padding + declared + rest, form) is Fault.HOSTILE


@pytest.mark.parametrize(
    "content",
    [b"\xff\xfe<\x00?\x00", b'<?xml version="1.0" encoding="UTF-7"?><Document/>', b"<Document/>\x00"],
)
def test_encodings_that_hide_things(tmp_path: Path, content: bytes) -> None:
    assert fault(tmp_path, content) is Fault.ENCODING


@pytest.mark.parametrize("content", [b"", b"  \n"])
@pytest.mark.parametrize("form", ["camt", "mt940", "cmb", "icbc", "bca"])
def test_nothing_is_no_statement(tmp_path: Path, form: str, content: bytes) -> None:
    assert fault(tmp_path, content, form) is Fault.EMPTY


def test_many_entries_need_little_memory(tmp_path: Path) -> None:
    message = "camt.053.001.08"
    statement = read(tmp_path, camt(message, [entry(message, "1.00", reference=f"N{number}") for number in range(3000)]))
    assert statement.moved_minor == 300000


def test_the_schemas_are_the_official_ones() -> None:
    for path in sorted(SCHEMAS.glob("*.xsd")):
        assert f"urn:iso:std:iso:20022:tech:xsd:{path.stem}" in path.read_text(encoding="utf-8")


MT940 = (
    ":20:KC1\r\n:25:102/62284800001234567\r\n:28C:00012/001\r\n:60F:C261120CNY100,00\r\n:61:2611201120C1000,00NTRFKC100100017//B778899\r\n"
    ":86:网点存款\r\n:61:2611201120D0,50NCHGNONREF//B778900\r\n:86:手续费\r\n:62F:C261120CNY1099,50\r\n-\r\n"
)


def test_mt940_of_a_chinese_account(tmp_path: Path) -> None:
    for encoding in ("utf-8", "gb18030"):
        statement = read(tmp_path, MT940.encode(encoding), "mt940")
        assert (statement.number, statement.opening_minor, statement.closing_minor) == (12, 10000, 109950)
        assert [line.amount_minor for line in statement.lines] == [100000, -50]
        assert (statement.lines[0].our_reference, statement.lines[0].bank_reference) == ("KC100100017", "B778899")
        assert statement.lines[1].our_reference == ""
        assert "手续费" in statement.lines[1].text


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (("CNY1099,50", "CNY1099,51"), Fault.BALANCE),
        (("62284800001234567", "1"), Fault.WRONG_OWNER),
        ((":60F:", ":6XF:"), Fault.HEADER),
        ((":62F:C261120CNY1099,50\r\n", ""), Fault.HEADER),
        (("CNY", "USD"), Fault.CURRENCY),
        ((":61:2611201120C1000,00N", ":61:26xx201120C1000,00N"), Fault.LINE),
    ],
)
def test_mt940_that_is_wrong(tmp_path: Path, change: tuple[str, str], expected: Fault) -> None:
    assert fault(tmp_path, MT940.replace(*change), "mt940") is expected


def test_mt940_pages_follow_one_another(tmp_path: Path) -> None:
    second = MT940.replace("CNY100,00", "CNY1099,50").replace("CNY1099,50\r\n-", "CNY2099,00\r\n-").replace("B77", "B78")
    statement = read(tmp_path, MT940 + second, "mt940")
    assert (len(statement.lines), statement.opening_minor, statement.closing_minor) == (4, 10000, 209900)
    assert fault(tmp_path, MT940 + second.replace("CNY1099,50\r\n:61", "CNY1099,51\r\n:61"), "mt940") is Fault.BALANCE


def test_samples_of_foreign_banks(tmp_path: Path) -> None:
    wanted = Wanted("517852257", "EUR", date(2011, 5, 24))
    both = (DATA / "abnamro.sta").read_text(encoding="utf-8")
    path = tmp_path / "first.sta"
    path.write_text("\n".join(both.splitlines()[:29]), encoding="utf-8")
    statement = read_mt940(path, wanted)
    assert (statement.opening_minor, statement.closing_minor, statement.number) == (323628, 87684, 19321)
    # The sample's second message does not go on where the first one ended.
    with pytest.raises(BadFile) as caught:
        read_mt940(DATA / "abnamro.sta", wanted)
    assert caught.value.fault is Fault.BALANCE


def test_a_damaged_sample_is_refused() -> None:
    with pytest.raises(BadFile):
        read_statement(DATA / "missing_crlf_at_end.sta", "mt940", Wanted("1", "EUR", date(2010, 3, 23)))
