"""A simulated month: two carriers, two banks, terminals, noisy deposits. All planted breaks are found, none is invented, every day closes.

Three days every day, in which every kind has its turn; KONGCHONG_MONTH_DAYS=30 plays the whole month for 500 points.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bank_settle.banks.kinds import BankKind
from bank_settle.carriers.kinds import Kind
from bank_settle.days import CLOSED
from bank_settle.pipeline import Pipeline
from bank_settle.terminals.kinds import BatchKind
from simulators.bank.mischief import OPENING_MINOR
from tests.bank_settle.month import BROKEN_BOOKS, DAYS, NUMBERS, Month
from tests.bank_settle.scene import DAY
from tests.support.books import check_books
from tests.support.source import ROOT

EVERY_KIND = {kind.value for kinds in (Kind, BankKind, BatchKind) for kind in kinds}


@pytest.fixture
def month(clean_sqlite_url: str, tmp_path: Path) -> Iterator[Month]:
    made = Month(clean_sqlite_url, tmp_path)
    yield made
    made.close()


@pytest.mark.timeout(3600)
def test_all_breaks_are_found_none_is_invented_and_every_day_closes(month: Month) -> None:
    seen: set[str] = set()
    before: list[int] = []
    for number in range(DAYS):
        day = DAY + timedelta(days=number)
        month.play(day)
        outcomes = month.settle(day)
        assert [outcome.waits for outcome in outcomes] == [None] * len(outcomes)
        for scope in month.configuration.scopes:
            found = Counter(case.kind for case in month.cases(day, scope))
            assert found == +month.expected[scope, day], (day, scope)
            seen |= set(found)
        for outcome in outcomes[:2]:
            facts = outcome.day.facts["matched"]
            assert facts["booked_minor"] - facts["charged_minor"] - facts["effect_minor"] == 0
        openings = (number + 1) // 3
        # Only what was there before the first statement is left unexplained, and what an opening balance came from nowhere with.
        before = before or month.unexplained(day)
        assert month.unexplained(day) == [before[0] + openings * OPENING_MINOR, before[1]]
        pipeline = Pipeline(month.parts)
        pipeline.sign(day, "FIN1")
        assert len(pipeline.close(day, "FIN2")["head"]) == 64
        assert {month.parts.days.read(scope, day).state for scope in month.configuration.scopes} == {CLOSED}
    credited_rightly(month)
    check_books(month.world)
    if DAYS >= 3:
        assert EVERY_KIND - seen == BROKEN_BOOKS


def credited_rightly(month: Month) -> None:
    """Every deposit that could be told went to its point and to no other; every other one to nobody."""
    for name in NUMBERS:
        truths = [item for path in sorted((month.folder / name).glob("answers-*.json"))
                  for item in json.loads(path.read_text(encoding="utf-8"))["sheet"]["deposits"]]  # fmt: skip
        rows = month.world.rows("SELECT bank_reference, matched, state FROM settle_bank_line WHERE account = ? AND amount_minor > 0", name)
        found = {reference: matched if state == "matched" else "" for reference, matched, state in rows}
        for item in truths:
            assert found[item["reference"]] == (item["point"] if item["can_be_told"] else ""), item


def test_the_documents_name_every_kind_and_those_no_month_has() -> None:
    text = (ROOT / "docs" / "settlement.md").read_text(encoding="utf-8")
    assert EVERY_KIND - set(re.findall(r"`([a-z_]+)`", text)) == set()
    (line,) = re.findall(r"no month has.*", text)
    assert set(re.findall(r"`([a-z_]+)`", line)) == BROKEN_BOOKS
