"""Reports that find another process than that which sent, or the same one started again."""

import asyncio
import logging
from collections.abc import Sequence

import pytest

from recharge import Channel
from simulators.sim_card.card import SimCard
from simulators.smsc.testing import RunningCentre
from stk_sms import awaiting, tables
from stk_sms.awaiting import AwaitedBook, Awaiting
from stk_sms.smpp.receipt_book import Awaited, Changes, ReceiptBook
from stk_sms.smpp.receipts import Receipt
from stk_sms.transport import DeliveryState
from tests.stk_sms.smpp.peers import until
from tests.stk_sms.test_outbox import centre, live, service_of, sold, waiting  # noqa: F401  the fixture
from tests.stk_sms.till import Till

PHONE = "13900139000"
FIRST, SECOND = (Awaited(part, "notice:7", PHONE, ("a1", "a2")) for part in ("a1", "a2"))
ALONE = Awaited("b", "outbox:8", PHONE, ("b",))


@pytest.fixture
def till_url(clean_database_url: str) -> str:
    """Both databases."""
    return clean_database_url


def book_of(till: Till) -> AwaitedBook:
    return AwaitedBook(till.world.database, till.now)


def ids(till: Till) -> set[tuple[str, str]]:
    return {(row["link"], row["message_id"]) for row in till.rows(tables.awaited)}


def test_one_id_brings_the_other_parts_of_its_message(till: Till) -> None:
    book = book_of(till)
    book.write_down("cmcc", {"a1": FIRST, "a2": SECOND, "b": ALONE})
    assert sorted(book.find("cmcc", ["a2", "c"]), key=lambda one: one.message_id) == [FIRST, SECOND]
    assert book.find("cmcc", ["b"]) == [ALONE]
    assert book.find("cucc", ["b"]) == book.find("cmcc", []) == []


def test_an_id_that_is_given_out_again_is_the_newer_message(till: Till) -> None:
    book, later = book_of(till), Awaited("b", "outbox:9", PHONE, ("b",))
    book.write_down("cmcc", {"b": ALONE})
    book.write_down("cucc", {"b": ALONE})
    book.write_down("cmcc", {"b": later})
    assert (book.find("cmcc", ["b"]), book.find("cucc", ["b"])) == ([later], [ALONE])


def test_what_is_awaited_no_more_is_deleted(till: Till) -> None:
    book = book_of(till)
    book.write_down("cucc", {"a1": FIRST})
    book.write_down("cmcc", {"a1": FIRST, "a2": SECOND})
    book.write_down("cmcc", {"a1": None, "never": None})
    assert ids(till) == {("cucc", "a1"), ("cmcc", "a2")}


def test_many_at_once(till: Till) -> None:
    book = book_of(till)
    many = {f"x{number}": Awaited(f"x{number}", "outbox:1", PHONE, (f"x{number}",)) for number in range(1200)}
    book.write_down("cmcc", many)
    assert len(book.find("cmcc", many)) == 1200
    book.write_down("cmcc", dict.fromkeys(many))
    assert ids(till) == set()


def test_after_three_days_nothing_is_awaited(till: Till) -> None:
    book = book_of(till)
    book.write_down("cmcc", {"a1": FIRST})
    till.world.clock.pass_time(days=2)
    book.write_down("cmcc", {"b": ALONE})
    till.world.clock.pass_time(days=1, seconds=1)
    assert book.forget() == 1
    assert ids(till) == {("cmcc", "b")}


class Link:
    """A link with its book, and what it told."""

    name = "cmcc"

    def __init__(self) -> None:
        self.receipts, self.now = ReceiptBook(), 0.0
        self.told: list[str] = []

    def unknown_ids(self) -> list[str]:
        self.now += 3.0
        return self.receipts.unknown(self.now)

    def restore(self, written: Sequence[Awaited]) -> None:
        self.told += [reference for reference, _ in self.receipts.restore(written, self.now)]

    def hear(self, message_id: str) -> None:
        settled = self.receipts.match(Receipt(message_id, PHONE, DeliveryState.DELIVERED), self.now)
        self.told += [reference for reference, _ in settled]


def turn(till: Till, *links: Link, book: AwaitedBook | None = None) -> None:
    """One look at each link, as every second brings it."""
    loop = Awaiting(book or book_of(till), links, till.now)

    async def once() -> None:
        await loop.write_down()
        await loop.look_up()

    asyncio.run(once())


def test_a_report_finds_another_process(till: Till) -> None:
    sending, other = Link(), Link()
    sending.receipts.sent("notice:7", PHONE, ("0A1", "0A2"), 0.0)
    turn(till, sending)
    other.hear("a1")
    turn(till, other)
    assert (other.told, ids(till)) == ([], {("cmcc", "a1"), ("cmcc", "a2")})
    other.hear("a2")
    turn(till, other)
    assert (other.told, ids(till)) == (["notice:7"], set())


class Away(AwaitedBook):
    """The database is away."""

    def write_down(self, link: str, changes: Changes) -> None:
        raise OSError(link, changes)

    def find(self, link: str, message_ids: object) -> list[Awaited]:
        raise OSError(link, message_ids)

    def forget(self) -> int:
        raise OSError


def test_while_the_database_is_away_everything_waits(till: Till, caplog: pytest.LogCaptureFixture) -> None:
    book_of(till).write_down("cmcc", {"b": ALONE})
    link = Link()
    link.receipts.sent("outbox:9", PHONE, ("c",), 0.0)
    link.hear("b")
    with caplog.at_level(logging.WARNING):
        turn(till, link, book=Away(till.world.database, till.now))
    assert ["OSError" in record.message for record in caplog.records] == [True, True]
    assert (link.told, ids(till)) == ([], {("cmcc", "b")})
    turn(till, link)
    turn(till, link)
    assert (link.told, ids(till)) == (["outbox:8"], {("cmcc", "c")})


def test_it_looks_and_forgets_until_it_is_over(till: Till, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(awaiting, "_LOOK_SECONDS", 0.01)
    link, book = Link(), book_of(till)
    book.write_down("cmcc", {"b": ALONE})
    till.world.clock.pass_time(days=4)
    link.receipts.sent("outbox:9", PHONE, ("c",), 0.0)

    async def steps(kept: AwaitedBook, done: bool) -> None:
        over = asyncio.Event()
        life = asyncio.create_task(Awaiting(kept, [link], till.now).run(over))
        await until(lambda: ids(till) == {("cmcc", "c")} if done else bool(caplog.records), "a turn")
        over.set()
        await life

    asyncio.run(steps(book, True))
    asyncio.run(steps(Away(till.world.database, till.now), False))
    assert ids(till) == {("cmcc", "c")}


@pytest.mark.slow
def test_a_report_that_comes_after_a_restart(till: Till, sim: SimCard, centre: RunningCentre) -> None:  # noqa: F811  the fixture
    centre.behave(receipt_delay=3.0, ids="receipt-hexadecimal")
    sold(till, sim)

    async def sent(_over: asyncio.Event) -> None:
        await until(lambda: [state for _, state in waiting(till)].count("sent") == 2, "two messages")

    async def delivered(_over: asyncio.Event) -> None:
        await until(lambda: [state for _, state in waiting(till)].count("delivered") == 2, "two reports")

    live(service_of(till, centre, Channel.SMS, Channel.STK), sent)
    assert len(ids(till)) >= 2
    live(service_of(till, centre, Channel.SMS, Channel.STK), delivered)
    assert ids(till) == set()
