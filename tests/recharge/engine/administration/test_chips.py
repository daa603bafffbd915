"""The desk of dealer chips: how each stands, what lets it work again, its pace and its hours."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from recharge.books.chip_statements import ChipBook, ChipOrder, ChipRow
from recharge.books.database import Database
from recharge.books.ids import IdMaker
from recharge.books.link_statements import LINKS
from recharge.clock import SystemClock
from recharge.domain.outcomes import OutcomeState
from recharge.domain.parties import Role
from recharge.engine.administration import SHELL, Administration, AdministrationCode, AdministrationError
from tests.recharge.engine.administration.conftest import staff

ICCID = "8962000000000000001"
NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)


@pytest.fixture
def book(tree: Administration, database: Database) -> ChipBook:
    tree.links.register(SHELL, "CHIP", "卡", "chip_modem", {"iccid": ICCID})
    tree.links.register(SHELL, "PROVINCE", "省平台", "carrier_platform", {})
    made = ChipBook(database, IdMaker(9, SystemClock()))
    made.make_chip(ICCID, "CHIP", NOW)
    return made


def row_of(book: ChipBook) -> ChipRow:
    found = book.chip(ICCID)
    assert found is not None
    return found


def test_a_chip_as_a_person_sees_it(tree: Administration, book: ChipBook) -> None:
    assert [(view.row.link_code, view.told_minor, view.expected_minor) for view in tree.chips.all(NOW)] == [("CHIP", None, None)]
    book.change_chip(ICCID, NOW, told={1000: (7, NOW - timedelta(hours=1))}, told_at=NOW)
    for number, state in ((1, OutcomeState.SUCCESS), (2, OutcomeState.UNKNOWN), (3, OutcomeState.FAILED)):
        book.begin(ICCID, ChipOrder(number, "13800138000", 1000, 960, "", NOW - timedelta(minutes=number)))
        book.settle(number, state, NOW, "x")
    [view] = tree.chips.all(NOW)
    assert (view.told_minor, view.expected_minor, view.open_orders) == (7000, 5000, 1)
    assert [one.attempt_id for one in tree.chips.transactions("CHIP", 2, NOW)] == [1, 2]


@pytest.mark.parametrize(
    ("state", "seen_in", "after", "told"),
    [("held", "slot2", "ready", {0: (5000, NOW)}), ("paused", "slot2", "ready", {}), ("quarantined", "", "away", {0: (5000, NOW)})],
)
def test_a_chip_is_released(tree: Administration, book: ChipBook, state: str, seen_in: str, after: str, told: dict[int, object]) -> None:
    book.change_chip(ICCID, NOW, state=state, reason="why", slot="slot1", seen_in=seen_in, pin_tried=True, told={0: (5000, NOW)})
    tree.chips.release(SHELL, "CHIP")
    row = row_of(book)
    assert (row.state, row.reason, row.slot, row.pin_tried, row.told) == (after, "", seen_in, False, told)


def test_a_chip_is_held_by_hand(tree: Administration, book: ChipBook) -> None:
    tree.chips.hold(SHELL, "CHIP", "counted again")
    assert (row_of(book).state, row_of(book).reason) == ("paused", "counted again")


def test_pace_and_hours_are_kept_with_the_link(tree: Administration, book: ChipBook, database: Database) -> None:
    tree.chips.set_pace(SHELL, "CHIP", {"gap_seconds": 12.5, "most_a_day": 300, "most_an_hour": None})
    tree.chips.set_hours(SHELL, "CHIP", "08:00", "22:00")
    with database.read() as connection:
        settings = next(row.settings for row in database.find(connection, LINKS) if row.code == "CHIP")
    assert settings == {"iccid": ICCID, "gap_seconds": 12.5, "most_a_day": 300, "opens": "08:00", "closes": "22:00"}
    assert json.dumps(settings)


def test_what_is_refused(tree: Administration, book: ChipBook) -> None:
    for wrong in (
        lambda: tree.chips.release(SHELL, "PROVINCE"),
        lambda: tree.chips.transactions("NOBODY", 1, NOW),
        lambda: tree.chips.set_hours(SHELL, "CHIP", "8", "22:00"),
        lambda: tree.chips.set_pace(SHELL, "PROVINCE", {"gap_seconds": 1.0}),
    ):
        with pytest.raises(AdministrationError):
            wrong()


def test_who_may_not(tree: Administration, book: ChipBook) -> None:
    with pytest.raises(AdministrationError) as refused:
        tree.chips.release(staff(tree, Role.AUDITOR), "CHIP")
    assert refused.value.code is AdministrationCode.NOT_ALLOWED
