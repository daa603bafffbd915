"""The day's sheets over real books: they add up, they are the same bytes again, their letters are inside, nothing in them runs."""

import csv
import io
import re
import subprocess
import zipfile
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from shutil import which
from typing import ClassVar

import openpyxl
import pytest

from bank_settle.configuration import Delivery
from bank_settle.pipeline import Pipeline
from bank_settle.reports import files
from bank_settle.reports.files import NoFont, as_csv, as_pdf, as_xlsx
from bank_settle.reports.run import write_reports
from bank_settle.reports.sheet import Column, Sheet, Stamp
from bank_settle.reports.sheets import SHEETS
from bank_settle.reports.source import read_source, stamp_of
from recharge import ProposeAdjustment
from tests.bank_settle.banks.test_bank_days import BankScene, approved
from tests.bank_settle.scene import DAY, Scene

STAMP = Stamp("江西空充", "2026-11-20", 2, "FIN1", "FIN2", "2026-11-21 09:00:00", "ab" * 32)
ROWS: list[list[str | int | None]] = [['=HYPERLINK("http://127.0.0.1")', -5], ["@x <b>&", 123456]]
NASTY = Sheet("nasty", "试表", [Column("=网点"), Column("金额", "money")], ROWS, ["合计", 123451])


@pytest.fixture
def busy(scene: Scene) -> Scene:
    """A closed day with a bit of everything."""
    scene.sale()
    scene.sale("B", "30.00", listed=False)
    scene.reversal(scene.sale(number="13800138002"))
    scene.world.ask("FIN1", ProposeAdjustment("A", 500, "=cmd|' /C calc'!A0"))
    scene.morning_after()
    pipeline = Pipeline(scene.parts)
    pipeline.run(DAY)
    pipeline.sign(DAY, "FIN1")
    pipeline.close(DAY, "FIN2")
    return scene


@pytest.fixture
def bank(clean_sqlite_url: str, tmp_path: Path) -> Iterator[BankScene]:
    made = BankScene(clean_sqlite_url, tmp_path)
    yield made
    made.close()


def sheet_of(scene: Scene, key: str) -> Sheet:
    source = read_source(scene.parts, DAY)
    return next(sheet for make in SHEETS if (sheet := make(source)).key == key)


def test_opening_plus_in_minus_out_is_closing(busy: Scene) -> None:
    sheet = sheet_of(busy, "agents")
    for row in sheet.all_rows:
        opening, *moves, sold, closing = [int(cell or 0) for cell in row[2:]]
        assert opening + sum(moves) - sold == closing
    assert {row[0]: row[-1] for row in sheet.rows} == {code: busy.world.balance(code) for code in ("A", "B")}
    floats = sheet_of(busy, "clearing").rows[0]
    opening, bought, used, back, corrected, closing = [int(cell or 0) for cell in floats[1:7]]
    assert opening + bought - used + back + corrected == closing
    assert floats[7:] == [12480 - 4800, 4800, 2880, 3]


def test_the_trial_balance_is_zero(busy: Scene) -> None:
    total = sheet_of(busy, "trial_balance").total
    assert total is not None
    assert total[-1] == 0
    assert total[3] == total[4]


def test_cases_with_age_and_sign(busy: Scene) -> None:
    (row,) = sheet_of(busy, "cases").rows
    assert row[2] == "我方成功，运营商无此单"
    assert row[7:11] == [2880, "长款", "T+0", "存疑"]
    assert sheet_of(busy, "long_short").rows[0][2:] == [1, 2880, 0, 1, 2880, 0]


def test_money_moved_by_hand_names_people(busy: Scene) -> None:
    (row,) = sheet_of(busy, "by_hand").rows
    assert (row[1], row[2], row[3], row[8], row[9]) == ("手工调账", "A", 500, "FIN1", "")


def test_the_bank_sheet_and_what_is_held(bank: BankScene) -> None:
    bank.morning_after(0)
    approved(bank)
    bank.morning_after()
    bank.statement({"amount": "100.00", "virtual": "880100001"}, {"amount": "7.00", "payer": "62179999", "name": "张三", "text": "=1+1"})
    Pipeline(bank.parts).run_scope("house", DAY)
    rows = {str(row[0]): row[1] for row in sheet_of(bank, "bank").rows}
    assert rows["银行 ICBC"] == 10000 + 10700
    assert rows["减：挂账（银行已收，账上未记）"] == -700
    assert rows["减：已记账、银行未付的付款"] == -10000
    assert rows["减：当日到账、次日入账的存款"] == -10000
    assert sheet_of(bank, "suspense").rows[0][2:6] == [700, "张三", "62179999", "=1+1"]
    payment = sheet_of(bank, "payments").rows[0]
    assert (payment[4], payment[5]) == (10000, "壹佰元整")


def test_before_the_snapshot_there_is_nothing_to_report(scene: Scene) -> None:
    with pytest.raises(LookupError):
        read_source(scene.parts, DAY)


def test_all_files_are_written_and_the_same_again(busy: Scene) -> None:
    written = write_reports(busy.parts, DAY)
    assert len(written) == 1 + 2 * len(SHEETS)
    assert written[0].parent == busy.configuration.reports / "20261120" / "v1"
    first = {path.name: path.read_bytes() for path in written}
    assert {path.name: path.read_bytes() for path in write_reports(busy.parts, DAY)} == first
    assert not list(written[0].parent.glob("*.part"))


def test_the_stamp_names_version_people_time_and_head(busy: Scene) -> None:
    stamp = stamp_of(read_source(busy.parts, DAY))
    assert (stamp.version, stamp.maker, stamp.checker, len(stamp.head)) == (1, "FIN1", "FIN2", 64)
    assert stamp.closed_at.startswith("2026-11-21 09:00")
    assert files.footer(stamp, None).endswith(stamp.head)
    assert files.footer(Stamp("x", "d", 1, "", "", "", ""), "en")


def test_a_spreadsheet_runs_nothing() -> None:
    book = openpyxl.load_workbook(io.BytesIO(as_xlsx([NASTY], STAMP, None, 2)))
    page = book.active
    assert page is not None
    cells = [cell for row in page.iter_rows() for cell in row]
    assert all(cell.data_type != "f" for cell in cells)
    assert [page["A4"].value, page["B4"].value, page["B5"].value] == ['=HYPERLINK("http://127.0.0.1")', -0.05, 1234.56]
    inside = zipfile.ZipFile(io.BytesIO(as_xlsx([NASTY], STAMP, None, 2)))
    assert not [name for name in inside.namelist() if "link" in name.lower()]
    rows = list(csv.reader(io.StringIO(as_csv(NASTY, 2).decode("utf-8-sig"))))
    assert rows == [["'=网点", "金额"], ['\'=HYPERLINK("http://127.0.0.1")', "-0.05"], ["'@x <b>&", "1234.56"], ["合计", "1234.51"]]


def test_the_letters_are_inside_the_pdf(tmp_path: Path) -> None:
    content = as_pdf(NASTY, STAMP, None, 2)
    assert content == as_pdf(NASTY, STAMP, None, 2)
    assert b"/FontFile2" in content
    if which("pdftotext"):
        path = tmp_path / "sheet.pdf"
        path.write_bytes(content)
        text = subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, check=True).stdout.decode()
        for word in ("试表", "=HYPERLINK", "@x <b>&", "1,234.51", "第2版", "FIN2", "ab" * 32):
            assert word in text


def test_a_machine_without_a_font_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(files, "FONTS", (tmp_path / "none.ttf",))
    files._font.cache_clear()
    with pytest.raises(NoFont, match="fonts-wqy-microhei"):
        as_pdf(NASTY, STAMP, None, 2)
    files._font.cache_clear()


class Post:
    """A mail server that keeps what it is given."""

    kept: ClassVar[list[Message]] = []

    def __init__(self, host: str, port: int, timeout: int) -> None:
        assert (host, port) == ("127.0.0.1", 2525)

    def __enter__(self) -> "Post":
        return self

    def __exit__(self, *_: object) -> None: ...

    def send_message(self, message: Message) -> None:
        self.kept.append(message_from_bytes(bytes(message)))


def test_reports_go_to_a_folder_and_by_mail(busy: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("smtplib.SMTP", Post)
    mail = {"smtp": "127.0.0.1:2525", "sender": "a@example.org", "recipients": ("f@example.org",), "starttls": False}
    delivery = Delivery.model_validate({"folder": tmp_path / "out", **mail})
    busy.configuration = busy.configuration.model_copy(update={"delivery": delivery})
    busy.parts = busy.new_parts("mail")
    written = write_reports(busy.parts, DAY)
    assert sorted(path.name for path in (tmp_path / "out" / "20261120" / "v1").iterdir()) == sorted(path.name for path in written)
    (message,) = Post.kept
    assert len([part for part in message.walk() if part.get_filename()]) == 1 + len(SHEETS)


def test_every_language_has_its_sheets(busy: Scene) -> None:
    titles = [[make(read_source(busy.parts, DAY, language)).title for make in SHEETS] for language in ("zh_CN", "en", "id")]
    assert len({title for each in titles for title in each}) == 3 * len(SHEETS)
    assert re.search("[a-z]", titles[1][0])
