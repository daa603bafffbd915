"""Which texts are deleted when they are old, and which are kept whatever their age."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from recharge.books import reply_retention
from recharge.books.chip_statements import ChipBook, ChipOrder, ChipText
from recharge.books.ids import IdMaker
from recharge.books.reply_retention import prune
from recharge.books.reply_statements import keep_miss, settle
from recharge.domain.outcomes import OutcomeState
from recharge.domain.replies import Reply
from recharge.domain.reply_rules import Scope, Unread, Why
from tests.support.world import NUMBER, World

S = OutcomeState
ICCID, OTHER = "8962000000000000001", "8962000000000000002"
NOW = datetime(2027, 9, 1, tzinfo=UTC)
KEPT = timedelta(days=180)


@dataclass
class Drawer:
    """A province with two chips and the texts in them."""

    world: World

    def __post_init__(self) -> None:
        self.book = ChipBook(self.world.database, IdMaker(9, self.world.clock))
        self._numbers = count(1)
        for iccid in (ICCID, OTHER):
            self.book.make_chip(iccid, "CHIP", NOW)

    def text(self, days: int, attempt_id: int | None = None, iccid: str = ICCID) -> int:
        """A text of so many days ago."""
        number = next(self._numbers)
        made = self.book.keep_text(iccid, ChipText("sms", "777", f"text {number}", str(number), NOW - timedelta(days=days)))
        assert made is not None
        self.book.note_text(made, "success" if attempt_id else "", attempt_id)
        return made

    def chip_order(self, attempt_id: int, days: int, state: OutcomeState, *, handed_on: bool = True) -> None:
        """An order through the first chip of so many days ago."""
        self.book.begin(ICCID, ChipOrder(attempt_id, NUMBER, 1000, 1000, "", NOW - timedelta(days=days)))
        self.book.settle(attempt_id, state, NOW - timedelta(days=days), "RULE")
        if handed_on:
            self.book.hand_on(attempt_id)

    def miss(self, days: int, *, settled: bool, attempt_id: int | None = None) -> int:
        """A text that no rule could read."""
        made, received = self.world.ids.next(), NOW - timedelta(days=days)
        with self.world.database.write() as connection:
            keep_miss(connection, made, Scope("CHIP", "sms", ""), "what", Unread(Why.NO_RULE), received, attempt_id)
            if settled:
                settle(connection, [made], received, "RULE")
        return made

    def order(self, state: OutcomeState) -> tuple[Reply, int]:
        """An order in the books that was sent and answered like this; its attempt."""
        reply = self.world.recharge("A", "50.00")
        attempt = self.world.send(reply)
        self.world.hear(attempt, state)
        return reply, attempt

    def left(self) -> list[int]:
        """What is still there."""
        return [row[0] for row in self.world.rows("SELECT id FROM chip_message UNION SELECT id FROM reply_miss ORDER BY id")]

    def prune(self) -> int:
        """As the upkeep does."""
        return prune(self.world.database, NOW - KEPT)


@pytest.fixture
def drawer(clean_database_url: str) -> Iterator[Drawer]:
    world = World(clean_database_url)
    world.deposit("A", "1000.00")
    yield Drawer(world)
    world.close()


def test_old_texts_go_and_young_ones_stay(drawer: Drawer) -> None:
    drawer.text(181)
    young = drawer.text(179)
    assert drawer.prune() == 1
    assert drawer.left() == [young]
    assert drawer.prune() == 0


def test_many_go_in_batches(drawer: Drawer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reply_retention, "BATCH", 2)
    for _ in range(5):
        drawer.text(200)
    assert drawer.prune() == 5
    assert drawer.left() == []


@pytest.mark.parametrize(("state", "handed_on"), [(S.UNKNOWN, True), (S.ACCEPTED, True), (S.SUCCESS, False)])
def test_every_text_since_an_order_nobody_knows_the_end_of_stays(drawer: Drawer, state: OutcomeState, handed_on: bool) -> None:
    drawer.chip_order(5, 200, state, handed_on=handed_on)
    before, since = drawer.text(201), drawer.text(199)
    elsewhere = drawer.text(199, iccid=OTHER)
    assert drawer.prune() == 2
    assert drawer.left() == [since]
    assert before != elsewhere


def test_the_texts_of_an_ended_order_go(drawer: Drawer) -> None:
    _, attempt = drawer.order(S.SUCCESS)
    drawer.chip_order(attempt, 200, S.SUCCESS)
    drawer.text(199, attempt)
    drawer.miss(199, settled=True, attempt_id=attempt)
    assert drawer.prune() == 2


def test_the_texts_of_an_order_that_is_open_in_the_books_stay(drawer: Drawer) -> None:
    _, attempt = drawer.order(S.UNKNOWN)
    kept = [drawer.text(199, attempt), drawer.miss(199, settled=True, attempt_id=attempt)]
    assert drawer.prune() == 0
    assert drawer.left() == sorted(kept)


def test_the_texts_of_an_order_that_people_are_to_decide_stay(drawer: Drawer) -> None:
    reply, attempt = drawer.order(S.FAILED)
    assert reply.order is not None
    with drawer.world.database.write() as connection:
        drawer.world.database.change(
            connection,
            "INSERT INTO money_case (id, kind, party_id, order_id, amount_minor, succeeded, reference, reason, state, maker_id, made_at)"
            " VALUES (1, 'adjudication', 1, ?, 0, 1, '', '', 'proposed', 1, '2027-01-01 00:00:00.000000')",
            [int(reply.order.order_number)],
        )
    drawer.text(199, attempt)
    assert drawer.prune() == 0


def test_a_text_that_waits_for_a_person_stays_and_one_put_away_goes(drawer: Drawer) -> None:
    waits = drawer.miss(400, settled=False)
    drawer.miss(400, settled=True)
    assert drawer.prune() == 1
    assert drawer.left() == [waits]
