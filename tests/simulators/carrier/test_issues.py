"""Issues of a statement: when there is one, that it never changes, and its sealed answer sheet."""

import hashlib
import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest

from simulators.carrier.statement import ENCODING
from simulators.carrier.testing import RunningCarrier
from tests.simulators.carrier.partner import Partner
from tests.simulators.carrier.test_statement import checked


def today(partner: Partner) -> str:
    return partner.ask("Balance")["AsOf"][:10].replace("-", "")


def filled(partner: Partner, count: int = 10) -> str:
    for n in range(count):
        assert partner.recharge(2000 + n, amount=100 * (n + 1)).code == "0000"
    return today(partner)


def sheet_of(answer: dict[str, Any]) -> dict[str, Any]:
    sealed = json.loads(Path(answer["sheet"]).read_text(encoding="utf-8"))
    canonical = json.dumps(sealed["sheet"], sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    assert sealed["sha256"] == hashlib.sha256(canonical.encode()).hexdigest()
    sheet: dict[str, Any] = sealed["sheet"]
    return sheet


def test_today_is_not_ready(partner: Partner) -> None:
    told = partner.ask("Statement", Day=today(partner))
    assert (told.status, told.root, told.code, told.proven) == (200, "StatementAnswer", "7001", True)


def test_a_day_over_is_ready_at_two(partner: Partner, carrier: RunningCarrier) -> None:
    day = filled(partner)
    # Only the carrier's clock moves, to just before and just after 02:00 of the next day; the requests keep up with it.
    seconds_of_day = sum(
        int(part) * unit for part, unit in zip(partner.ask("Balance")["AsOf"][11:19].split(":"), (3600, 60, 1), strict=True)
    )
    to_two = 86_400 + 2 * 3600 - seconds_of_day
    for offset, ready in ((to_two - 120, False), (to_two + 120, True)):
        carrier.control.behave(clock_offset_seconds=offset)
        partner.skew_seconds = offset
        told = partner.ask("Statement", Day=day)
        assert told.headers["Content-Type"].startswith("text/plain" if ready else "application/xml")
    assert len(checked(told.body)) == 10


def test_the_day_before_it_began_was_without_business(partner: Partner, carrier: RunningCarrier) -> None:
    began = datetime.strptime(today(partner), "%Y%m%d")  # noqa: DTZ007  a date has no zone
    carrier.control.behave(clock_offset_seconds=86_400)
    partner.skew_seconds = 86_400
    before, earlier = (partner.ask("Statement", Day=f"{began - timedelta(days=back):%Y%m%d}") for back in (1, 2))
    assert checked(before.body) == []
    assert earlier.code == "7002"


def test_the_file_comes_signed_and_named(partner: Partner, carrier: RunningCarrier) -> None:
    day = filled(partner)
    carrier.control.issue_statement(day)
    told = partner.ask("Statement", Day=day)
    assert told.proven
    assert told.headers["Content-Type"] == "text/plain; charset=gb18030"
    assert f"statement_province-agent_{day}_1.txt" in told.headers["Content-Disposition"]
    header = told.body.decode(ENCODING).split("\n")[0].split("|")
    assert header[:4] == ["H", "province-agent", day, "1"]


def test_an_issue_never_changes_and_a_new_one_is_the_newest(partner: Partner, carrier: RunningCarrier) -> None:
    day = filled(partner)
    carrier.control.issue_statement(day, missing=1)
    first = partner.ask("Statement", Day=day).body
    partner.recharge(3000)
    assert partner.ask("Statement", Day=day).body == first
    assert carrier.control.issue_statement(day)["issue"] == 2
    assert len(checked(partner.ask("Statement", Day=day).body)) == 11
    assert partner.ask("Statement", Day=day, Issue=1).body == first


@pytest.mark.parametrize(("day", "issue"), [("20200101", None), ("20261399", None), ("today", 7)])
def test_there_is_no_such_statement(partner: Partner, day: str, issue: int | None) -> None:
    wanted: dict[str, object] = {"Day": today(partner) if day == "today" else day}
    if issue:
        wanted["Issue"] = issue
    assert partner.ask("Statement", **wanted).code == "7002"


def test_the_sheet_names_everything_planted(partner: Partner, carrier: RunningCarrier) -> None:
    day = filled(partner)
    wanted = {"missing": 2, "extra": 1, "amount": 1, "state": 1, "duplicate": 1, "midnight": 1}
    sheet = sheet_of(carrier.control.issue_statement(day, **wanted))
    planted = [note["difference"] for note in sheet["planted"]]
    assert {kind: planted.count(kind) for kind in planted} == wanted
    assert (sheet["true_lines"], sheet["true_sums"]["amount_minor"]) == (10, 5500)
    told = checked(partner.ask("Statement", Day=day).body)
    assert len(told) == 10 - 2 - 1 + 1 + 1


def test_the_sheet_is_for_its_owner_alone(partner: Partner, carrier: RunningCarrier) -> None:
    place = Path(carrier.control.issue_statement(filled(partner))["sheet"])
    assert place.stat().st_mode & 0o077 == 0
    assert place.parent == carrier.ledger_file.resolve().parent


@pytest.mark.parametrize("kind", ["truncated", "bad_checksum"])
def test_a_damaged_issue_is_followed_by_a_good_one(partner: Partner, carrier: RunningCarrier, kind: str) -> None:
    day = filled(partner)
    sheet = sheet_of(carrier.control.issue_statement(day, **{kind: 1}))
    assert [note["difference"] for note in sheet["planted"]] == [kind]
    damaged = partner.ask("Statement", Day=day)
    assert damaged.proven, "the file is wrong, not its transport"
    with pytest.raises((AssertionError, ValueError, IndexError)):
        checked(damaged.body)
    carrier.control.issue_statement(day)
    assert len(checked(partner.ask("Statement", Day=day).body)) == 10


def test_chance_follows_the_seed(partner: Partner, carrier: RunningCarrier) -> None:
    day = filled(partner)
    sheets = [sheet_of(carrier.control.issue_statement(day, missing=3)) for _ in range(2)]
    assert all(len(sheet["planted"]) == 3 for sheet in sheets)
    assert [sheet["issue"] for sheet in sheets] == [1, 2]


@pytest.mark.parametrize(
    "body",
    [
        {"day": "20261399", "differences": {}},
        {"day": "soon", "differences": {}},
        {"differences": {}},
        {"day": "20261121", "differences": {"surprise": 1}},
        {"day": "20261121", "differences": ["missing"]},
        {"day": "20261121", "differences": {"missing": "two"}},
        {"day": "20261121", "differences": {"missing": 1}},
    ],
)
def test_a_wrong_order_for_an_issue_makes_none(carrier: RunningCarrier, body: dict[str, object]) -> None:
    with pytest.raises(HTTPError) as caught:
        carrier.control._ask("/control/statement", body)
    assert caught.value.code == 400
    caught.value.close()
    assert carrier.control.issue_statement("20261121")["issue"] == 1
