"""Terminals' batches as people see them: on the day's page, on the board, in the sheets, and as cases that two people decide."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bank_settle.pipeline import Pipeline
from bank_settle.reports.sheets import SHEETS
from bank_settle.reports.source import read_source
from tests.bank_settle.scene import DAY, Scene
from tests.bank_settle.terminals import till as stories
from tests.bank_settle.terminals.till import Till
from tests.bank_settle.test_pages import Office


@pytest.fixture
def till(clean_sqlite_url: str, tmp_path: Path) -> Iterator[Till]:
    """A day with a batch that agrees and one that does not, run in the morning after; a third one runs."""
    scene = Scene(clean_sqlite_url, tmp_path, channels=("pos",))
    made = Till(scene)
    for story in (stories.agrees, stories.ours_only):
        made.begin()
        story(made)
    made.begin()
    scene.morning_after()
    Pipeline(scene.parts).run(DAY)
    yield made
    made.close()
    scene.close()


@pytest.fixture
def office(till: Till, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    made = Office(till.scene, monkeypatch)
    yield made
    made.engine.close()


def sheet(till: Till, key: str, language: str | None = None) -> list[list[object]]:
    source = read_source(till.scene.parts, DAY, language)
    return next([list(row) for row in found.all_rows] for make in SHEETS if (found := make(source)).key == key)


def test_the_sheet_has_three_sides_of_every_batch(till: Till) -> None:
    rows = sheet(till, "terminals", "en")
    assert [row[:3] + row[4:] for row in rows] == [
        ["KC000001", "000001", "A", 8000, 2, 8000, 2, 8000, 2, 0],
        ["KC000001", "000002", "A", 5000, 1, 8000, 2, 8000, 2, 1],
        ["KC000001", "000003", "A", None, None, 0, 0, 0, 0, 0],
        ["total", None, None, 13000, 3, 16000, 4, 16000, 4, 1],
    ]
    assert [row[3] for row in rows] == ["2026-11-20 10:00", "2026-11-20 10:00", "not settled", None]


def test_the_difference_ledger_and_the_summary_list_them(till: Till) -> None:
    (row,) = [row for row in sheet(till, "cases") if row[1] == "终端 pos"]
    assert row[2:9] == ["我方有，终端批次无此笔", "KC000001-000002-000007", "A", 3000, None, 0, ""]
    assert ["终端 pos", "我方有，终端批次无此笔", 1, 0, 0, 1, 0, 0] in sheet(till, "long_short")


def test_the_pages_show_them(office: Office) -> None:
    desk = office.person("FIN1")
    assert re.search(r'<span class="tabular">1/2</span>', desk.read("/finance/"))
    page = desk.read(f"/finance/day/{DAY}")
    assert re.search(r"KC000001</td><td[^>]*>000002</td>", page)
    assert "未结算" in page
    assert "我方有，终端批次无此笔" in page
    assert "我方有，终端批次无此笔" in desk.read("/finance/cases")


def test_a_sale_the_customer_never_had_is_given_back_by_two(office: Office) -> None:
    """The shop swears that its terminal lost the line and the customer was not served: finance gives the price back."""
    (case,) = office.scene.cases(DAY, "channel:pos")
    before = office.scene.world.balance("A")
    path = f"/finance/case/{case.id}"
    assert "已完成" in office.person("FIN1").send(path, action="refund_agent", note="查明")
    assert "已处理" in office.person("FIN2").send(path, action="refund_agent", decision="approve")
    assert office.scene.world.balance("A") - before == 2940
