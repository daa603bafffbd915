"""Finance's figures against each other and against the books; the same in each form of a sheet; and text of others that runs nowhere."""

import csv
import io
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bank_settle.people import Action, People
from bank_settle.pipeline import Pipeline
from bank_settle.reports.files import as_csv, as_xlsx, footer
from bank_settle.reports.run import write_reports
from bank_settle.reports.sheet import Cell, Column, Sheet, Stamp, harmless, shown, sums, yuan
from bank_settle.reports.sheets import SHEETS
from bank_settle.reports.source import read_source, stamp_of
from recharge import OutcomeState, ProposeAdjustment
from tests.bank_settle.banks.test_bank_days import NEXT, SCOPE, BankScene, approved
from tests.bank_settle.banks.test_pain001 import pain002
from tests.bank_settle.scene import DAY, Scene

RUNS = "=cmd|' /C calc'!A0"
STAMP = Stamp("江西空充", "2026-11-20", 1, "FIN1", "FIN2", "2026-11-21 09:00:00", "ab" * 32)
DIFFERENCE, ON_THE_WAY = "差额（启用前的余额）", "减：已记账、银行未付的付款"
HELD, OTHER, LATE = "减：挂账（银行已收，账上未记）", "减：其他未处理的银行差错", "减：当日到账、次日入账的存款"


@pytest.fixture
def bank(clean_sqlite_url: str, tmp_path: Path) -> Iterator[BankScene]:
    made = BankScene(clean_sqlite_url, tmp_path)
    yield made
    made.close()


def sheet(scene: Scene, key: str, day: Any = DAY) -> Sheet:
    source = read_source(scene.parts, day)
    return next(found for make in SHEETS if (found := make(source)).key == key)


def reconciled(bank: BankScene, day: Any = DAY) -> dict[str, int]:
    """The bank sheet's rows by what they are called, after the house's day has been run."""
    Pipeline(bank.parts).run_scope("house", day)
    return {str(row[0]): int(row[1] or 0) for row in sheet(bank, "bank", day).rows}


def test_the_bank_sheet_explains_everything_but_what_was_there_before(bank: BankScene) -> None:
    """Whatever happens at the bank and in the books, the difference that is left stays the one of the first day."""
    bank.statement(
        {"amount": "100.00", "virtual": "880100001", "reference": "A1"},
        {"amount": "7.00", "payer": "62179999", "reference": "A2"},
        {"amount": "-0.50", "text": "手续费", "reference": "A3"},
    )
    first = reconciled(bank)
    assert (first[HELD], first[OTHER], first[ON_THE_WAY], first[LATE]) == (-700, 50, 0, -10000)
    number = approved(bank)
    bank.morning_after(2)
    bank.statement({"amount": "3.00", "payer": "1", "reference": "B1"}, day=NEXT, number=2)
    second = reconciled(bank, NEXT)
    assert (second[HELD], second[ON_THE_WAY]) == (-1000, -10000)
    assert second[DIFFERENCE] == first[DIFFERENCE]
    assert bank.payments.item(number).state == "approved"
    people = People(bank.parts)
    for case in [*bank.cases(DAY, SCOPE), *bank.cases(NEXT, SCOPE)]:
        action, party = (Action.CORRECT_BANK, "") if case.effect_minor < 0 else (Action.CREDIT_PARTY, "B")
        people.propose(case.id, action, bank.person("FIN1"), "x", party)
        people.decide(case.id, action, bank.person("FIN2"), NEXT, approve=True)
    bank.payments.make_file(NEXT)
    third = DAY + timedelta(days=2)
    bank.morning_after(3)
    bank.statement({"amount": "-100.00", "end_to_end": number, "reference": "C1"}, day=third, number=3)
    last = reconciled(bank, third)
    assert (last[HELD], last[OTHER], last[ON_THE_WAY]) == (0, 0, 0)
    assert last[DIFFERENCE] == first[DIFFERENCE]


def test_a_payment_the_bank_rejected_is_still_between_the_books_and_the_bank(bank: BankScene) -> None:
    bank.statement()
    before = reconciled(bank)[DIFFERENCE]
    number = approved(bank)
    made = bank.payments.make_file(DAY)
    assert made is not None
    (bank.folder / "answer").write_text(pain002("RJCT", message_id=made.message_id), encoding="utf-8")
    bank.payments.take_answer(bank.folder / "answer")
    bank.morning_after(2)
    bank.statement(day=NEXT, number=2)
    found = reconciled(bank, NEXT)
    assert (found[ON_THE_WAY], found[DIFFERENCE]) == (-10000, before)
    bank.payments.propose_back(number, bank.person("FIN1"))
    bank.payments.approve_back(number, bank.person("FIN2"))
    bank.morning_after(3)
    third = DAY + timedelta(days=2)
    bank.statement(day=third, number=3)
    found = reconciled(bank, third)
    assert (found[ON_THE_WAY], found[DIFFERENCE]) == (0, before)
    # What went back is on its way no more.
    assert sheet(bank, "payments", third).rows == []


def test_a_payment_that_came_back_leaves_its_case_and_no_difference(bank: BankScene) -> None:
    number = approved(bank)
    bank.payments.make_file(DAY)
    bank.statement({"amount": "-100.00", "end_to_end": number, "reference": "A1"})
    before = reconciled(bank)[DIFFERENCE]
    bank.morning_after(2)
    bank.statement({"amount": "100.00", "end_to_end": number, "reference": "B1"}, day=NEXT, number=2)
    found = reconciled(bank, NEXT)
    assert (found[OTHER], found[ON_THE_WAY]) == (-10000, 0)
    # The payment of the first morning was booked on the second business date.
    assert found[DIFFERENCE] - before in {0, 10000}


@pytest.fixture
def busy(scene: Scene) -> Scene:
    """A day of all kinds of business, run and not closed."""
    scene.sale()
    scene.sale("B", "30.00", listed=False)
    scene.lists(scene.unsettled(OutcomeState.FAILED))
    scene.unsettled(OutcomeState.UNKNOWN, "B", "13800138005")
    scene.reversal(scene.sale(number="13800138002"))
    scene.alter(scene.sale(number="13800138003"), charged_minor=4900)
    scene.world.ask("FIN1", ProposeAdjustment("A", 500, RUNS))
    scene.morning_after()
    Pipeline(scene.parts).run(DAY)
    return scene


def column(found: Sheet, title: str) -> list[int]:
    place = [item.title for item in found.columns].index(title)
    return [int(row[place] or 0) for row in found.rows]


def test_every_total_is_the_sum_of_its_rows(busy: Scene) -> None:
    for key in ("agents", "clearing", "long_short", "commission", "trial_balance", "suspense", "payments"):
        found = sheet(busy, key)
        assert found.total is not None
        assert len(found.total) == len(found.columns)
        for place, item in enumerate(found.columns):
            if item.kind == "money" and found.total[place] is not None:
                assert found.total[place] == sum(int(row[place] or 0) for row in found.rows), (key, item.title)


def test_the_sheets_agree_with_one_another(busy: Scene) -> None:
    agents, trial = sheet(busy, "agents"), {str(row[0]): row for row in sheet(busy, "trial_balance").rows}
    assert sum(column(agents, "＝期末")) == trial["网点预存"][5]
    assert sum(column(agents, "期初")) == trial["网点预存"][2]
    clearing = sheet(busy, "clearing")
    assert sum(column(clearing, "＝期末库存")) == -int(trial["运营商库存"][5] or 0)
    # What the carrier and we booked otherwise is what the cases say, to the fen.
    effects = sum(case.effect_minor for case in busy.cases())
    assert sum(column(clearing, "差异")) == effects
    assert sum(column(clearing, "我方记账")) - sum(column(clearing, "对方扣款")) == effects
    summary = sheet(busy, "long_short")
    assert sum(column(summary, "当日长款")) + sum(column(summary, "当日短款")) == effects
    assert sum(column(summary, "当日笔数")) == len(busy.cases())
    assert sum(column(sheet(busy, "cases"), "影响")) == effects


def test_the_sheets_agree_with_the_books(busy: Scene) -> None:
    text = "SELECT a.kind, SUM(p.amount_minor) FROM posting p JOIN account a ON a.id = p.account_id GROUP BY a.kind"
    books = {str(kind): int(amount) for kind, amount in busy.world.rows(text)}
    names = {"deposit": "网点预存", "stock": "运营商库存", "revenue": "平台收入", "hold": "在途冻结", "bank": "银行"}
    trial = {str(row[0]): int(row[5] or 0) for row in sheet(busy, "trial_balance").rows}
    assert {name: books.get(kind, 0) for kind, name in names.items()} == {name: trial.get(name, 0) for name in names.values()}
    # An order in limbo holds its price: it is neither the agent's nor ours.
    assert trial["在途冻结"] == busy.world.hold_balance() == 4900


def test_every_sheet_says_the_same_in_every_form(busy: Scene) -> None:
    source = read_source(busy.parts, DAY)
    made = [make(source) for make in SHEETS]
    book = openpyxl.load_workbook(io.BytesIO(as_xlsx(made, stamp_of(source), None, 2)))
    assert [page.title for page in book] == [found.title for found in made]
    for found, page in zip(made, book, strict=True):
        lines = list(csv.reader(io.StringIO(as_csv(found, 2).decode("utf-8-sig"))))
        assert lines[0] == [harmless(item.title) for item in found.columns]
        assert len(lines) == 1 + len(found.all_rows)
        for number, (row, line) in enumerate(zip(found.all_rows, lines[1:], strict=True), 4):
            for place, (value, item) in enumerate(zip(row, found.columns, strict=True), 1):
                cell = page.cell(number, place)
                assert cell.data_type != "f"
                if item.kind == "money" and value is not None:
                    assert round(float(cell.value or 0) * 100) == value == round(float(line[place - 1]) * 100)
                elif item.kind == "text":
                    assert (cell.value or "") == (value or "")


def test_a_reason_that_is_a_formula_is_a_text_everywhere(busy: Scene) -> None:
    found = sheet(busy, "by_hand")
    assert found.rows[0][6] == RUNS
    for line in as_csv(found, 2).decode("utf-8-sig").splitlines()[1:]:
        assert not any(cell.startswith(("=", "+", "-", "@")) for cell in next(csv.reader([line])))
    source = read_source(busy.parts, DAY)
    texts = [as_csv(make(source), 2).decode("utf-8-sig") for make in SHEETS]
    assert not any(f",{RUNS}" in text or text.startswith(RUNS) for text in texts)
    assert any(f"'{RUNS}" in text for text in texts)


def test_a_version_has_a_folder_of_its_own_and_the_first_stays(busy: Scene) -> None:
    busy.configuration.reports.mkdir(exist_ok=True)
    pipeline = Pipeline(busy.parts)
    assert footer(stamp_of(read_source(busy.parts, DAY)), None) == "第1版 · 未关账"
    pipeline.sign(DAY, "FIN1")
    pipeline.close(DAY, "FIN2")
    first = {path: path.read_bytes() for path in write_reports(busy.parts, DAY)}
    pipeline.reopen("house", DAY, "FIN1", "FIN2", "late file")
    with pytest.raises(LookupError):
        write_reports(busy.parts, DAY)
    pipeline.run(DAY)
    second = write_reports(busy.parts, DAY)
    assert {path.parent.name for path in second} == {"v2"}
    assert {path: path.read_bytes() for path in first} == first
    assert footer(stamp_of(read_source(busy.parts, DAY)), None) == "第2版 · 未关账"


TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=20)


@settings(max_examples=30)
@given(st.lists(st.tuples(TEXT, st.one_of(st.none(), st.integers(-(10**12), 10**12))), max_size=8))
def test_any_row_comes_back_from_a_csv_file_and_none_is_a_formula(rows: list[tuple[str, int | None]]) -> None:
    columns = [Column("网点"), Column("金额", "money")]
    cells: list[list[Cell]] = [list(row) for row in rows]
    made = Sheet("x", "x", columns, cells, sums(columns, cells, "合计"))
    lines = list(csv.reader(io.StringIO(as_csv(made, 2).decode("utf-8-sig"), newline="")))[1:]
    assert len(lines) == len(rows) + 1
    for (text, amount), (told, money) in zip(rows, lines, strict=False):
        assert told in {text, f"'{text}"}
        assert not told.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
        assert money == ("" if amount is None else yuan(amount).replace(",", ""))
    assert lines[-1] == ["合计", yuan(sum(amount or 0 for _, amount in rows)).replace(",", "")]


@settings(max_examples=30)
@given(st.integers(-(10**14), 10**14), st.sampled_from([0, 2, 3]))
def test_an_amount_is_shown_as_it_is(amount: int, digits: int) -> None:
    told = yuan(amount, digits)
    assert int(told.replace(",", "").replace(".", "")) == amount
    assert shown(amount, "money", digits) == told
    assert told.lstrip("-").replace(",", "").replace(".", "").isdigit()


def test_a_long_reason_and_an_ampersand_stand_in_the_footer_as_they_are() -> None:
    made = Sheet("x", "&Title" * 8, [Column("a")], [["&L&R"]])
    page = openpyxl.load_workbook(io.BytesIO(as_xlsx([made], Stamp("a&b", "d", 1, "&P", "", "", "&&"), None, 2))).active
    assert page is not None
    assert len(page.title) == 31
    assert page["A4"].value == "&L&R"
    assert "&&P" in str(page.oddFooter.left.text)
    assert footer(STAMP, "en") != footer(STAMP, "id") != footer(STAMP, "zh_CN")
