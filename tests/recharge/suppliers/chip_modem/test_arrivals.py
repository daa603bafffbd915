"""Texts and the orders they speak of: each goes to one order, or to nobody; and every told stock is checked."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from recharge.books.chip_statements import NO_RULE, ChipBook, ChipOrder, ChipText
from recharge.books.database import Database
from recharge.books.ids import IdMaker
from recharge.books.reply_statements import keep_miss, open_misses
from recharge.domain.outcomes import Outcome, OutcomeState
from recharge.domain.reply_rules import Meaning, ReplyRule
from recharge.suppliers.chip_modem.arrivals import Arrivals, Source, Word
from recharge.suppliers.chip_modem.settings import ChipSettings
from recharge.suppliers.chip_modem.standing import Standing
from recharge.suppliers.chip_modem.stockroom import Stockroom, expected
from recharge.suppliers.replies import ReplyReader, UnreadText
from tests.support.world import ManualClock

ICCID = "8962000000000000001"
NUMBER = "081389092678"
ALWAYS = datetime(2000, 1, 1, tzinfo=UTC)
S = OutcomeState
BEGINS = r"(?P<number>[0-9*]{9,13}) (?P<amount>[0-9]{1,6}) berhasil SN (?P<sn>[0-9]{1,20})"
RULES = {
    "DONE": (Meaning.SUCCESS, BEGINS + r"(?: sisa (?P<counts>[0-9= rb]{1,40}))?"),
    "PAID": (Meaning.SUCCESS, r"(?P<number>[0-9]{9,13}) ok SN (?P<sn>[0-9]{1,20}) saldo (?P<balance>[0-9]{1,9})"),
    "NAMELESS": (Meaning.SUCCESS, r"berhasil SN (?P<sn>[0-9]{1,20})"),
    "FAILED": (Meaning.FAILED, r"(?P<number>[0-9]{9,13}) gagal"),
    "PENDING": (Meaning.ACCEPTED, r"(?P<number>[0-9]{9,13}) diproses"),
    "STOCK": (Meaning.STOCK, r"stok (?P<counts>[0-9= rb]{1,40})"),
    "ASK": (Meaning.QUESTION, r"isi (?P<number>[0-9]{9,13})\?"),
    "AD": (Meaning.NOISE, r"promo .{1,40}"),
}  # fmt: skip


def rule(code: str) -> ReplyRule:
    meaning, pattern = RULES[code]
    return ReplyRule(code, pattern, meaning, (), ALWAYS, decimal="")


class Desk:
    """A chip's arrivals over a database, and what they told."""

    def __init__(self, database: Database) -> None:
        self.clock = ManualClock(datetime(2026, 11, 27, 12, tzinfo=UTC))
        self.database = database
        self.book = ChipBook(database, IdMaker(4, self.clock))
        row = self.book.make_chip(ICCID, "CHIP", self.clock.now())
        self.standing = Standing(self.book, row, ChipSettings(iccid=ICCID, stock="*776#"), self.clock)
        self.reader = ReplyReader([rule(code) for code in RULES])
        self.told: list[tuple[int, Outcome]] = []
        self.gaps: list[int] = []
        self.proofs: list[int] = []
        self.stock = Stockroom(self.book, ICCID, {}, self.prove, lambda missing, _place: self.gaps.append(missing))
        self.arrivals = Arrivals(
            Source(ICCID, "CHIP"), self.book, self.reader, self.clock, self.stock, lambda *told: self.told.append(told), self.standing
        )
        self._texts = 0

    def prove(self, attempt_id: int) -> None:
        self.proofs.append(attempt_id)
        self.book.settle(attempt_id, S.SUCCESS, self.clock.now(), "stock_gap")

    def send(self, attempt_id: int, number: str = NUMBER, face_minor: int = 1_000_000, charge_minor: int = 960_000) -> None:
        """An order goes out, a second after whatever was before."""
        self.clock.pass_time(seconds=1)
        self.book.begin(ICCID, ChipOrder(attempt_id, number, face_minor, charge_minor, "", self.clock.now()))
        self.stock.refresh()

    def hear(self, words: str, current: int | None = None, channel: str = "sms", **how: Any) -> Word | None:
        """A text arrives, a second later."""
        self.clock.pass_time(seconds=1)
        self._texts += 1
        owed = how.pop("owed", False)
        told = ChipText(channel, "777", words, how.pop("held", f"{self._texts}"), self.clock.now(), **how)
        return self.arrivals.take(told, current, owed=owed)

    def state(self, attempt_id: int) -> str:
        found = self.book.order(attempt_id)
        assert found is not None
        return found.state


@pytest.fixture
def desk(clean_sqlite_url: str) -> Iterator[Desk]:
    database = Database(clean_sqlite_url)
    yield Desk(database)
    database.close()


def test_the_answer_to_what_was_asked(desk: Desk) -> None:
    desk.send(1)
    word = desk.hear(f"{NUMBER} 10000 berhasil SN 55", current=1, channel="ussd")
    assert word is not None
    outcome = word.outcome
    assert outcome is not None
    assert (outcome.state, outcome.serial_number, outcome.number, outcome.amount_minor) == (S.SUCCESS, "55", NUMBER, 1_000_000)
    assert NUMBER not in outcome.raw + outcome.text
    assert (desk.state(1), desk.told) == ("success", [])


@pytest.mark.parametrize("words", [f"{NUMBER} 20000 berhasil SN 55", "081300000001 10000 berhasil SN 55", "promo 5GB"])
def test_what_speaks_of_something_else_is_no_answer(desk: Desk, words: str) -> None:
    desk.send(1)
    assert desk.hear(words, current=1, channel="ussd") is None
    assert desk.state(1) == "sending"


def test_words_that_nobody_can_read_leave_the_order_unknown(desk: Desk) -> None:
    desk.send(1)
    word = desk.hear("Selamat!", current=1, channel="ussd")
    assert word is not None
    assert word.outcome is not None
    assert (word.outcome.state, word.outcome.code) == (S.UNKNOWN, NO_RULE)
    # By short message anything may come.
    assert desk.hear("Selamat!", current=1) is None


def test_a_late_word_ends_the_order_it_speaks_of(desk: Desk) -> None:
    desk.send(1)
    desk.send(2, "081300000002")
    desk.book.settle(1, S.UNKNOWN, desk.clock.now(), "no_cusd")
    desk.clock.pass_time(days=9)
    assert desk.hear(f"{NUMBER} 10000 berhasil SN 55", current=2, channel="ussd") is None
    assert [(attempt, outcome.state) for attempt, outcome in desk.told] == [(1, S.SUCCESS)]
    assert (desk.state(1), desk.state(2)) == ("success", "sending")


def test_a_repeated_word_changes_nothing(desk: Desk) -> None:
    desk.send(1)
    desk.hear(f"{NUMBER} 10000 berhasil SN 55", current=1)
    desk.send(2)
    assert desk.hear(f"{NUMBER} 10000 berhasil SN 55", current=2, channel="ussd") is None
    assert desk.state(2) == "sending"
    desk.hear(f"{NUMBER} 10000 berhasil SN 56", held="same")
    assert desk.state(2) == "success"
    assert desk.hear(f"{NUMBER} 10000 berhasil SN 57", held="same") is None


def test_two_orders_that_fit_get_nothing(desk: Desk) -> None:
    desk.send(1)
    desk.send(2)
    desk.hear(f"{NUMBER} 10000 berhasil SN 55")
    assert (desk.state(1), desk.state(2), desk.told) == ("sending", "sending", [])


def test_a_word_without_a_number_counts_only_alone(desk: Desk) -> None:
    desk.send(1)
    assert desk.hear("berhasil SN 55", current=1, owed=True) is None
    word = desk.hear("berhasil SN 55", current=1, channel="ussd")
    assert word is not None
    assert word.outcome is not None
    assert word.outcome.state is S.SUCCESS
    desk.send(2)
    desk.send(3, "081300000003")
    unsure = desk.hear("berhasil SN 56", current=3, channel="ussd")
    assert unsure is not None
    assert unsure.outcome is not None
    assert unsure.outcome.state is S.UNKNOWN
    assert desk.hear("berhasil SN 57") is None


def test_success_of_what_was_called_failed_is_told_as_it_stands(desk: Desk) -> None:
    desk.send(1)
    desk.hear(f"{NUMBER} gagal", current=1)
    desk.hear(f"{NUMBER} 10000 berhasil SN 55")
    assert [(attempt, outcome.state) for attempt, outcome in desk.told] == [(1, S.SUCCESS)]
    assert desk.state(1) == "failed"


def test_processed_is_accepted_and_then_ended(desk: Desk) -> None:
    desk.send(1)
    word = desk.hear(f"{NUMBER} diproses", current=1, channel="ussd")
    assert word is not None
    assert word.outcome is not None
    assert word.outcome.state is S.ACCEPTED
    desk.hear(f"{NUMBER} gagal")
    assert [(attempt, outcome.state) for attempt, outcome in desk.told] == [(1, S.FAILED)]


def test_a_question_is_handed_to_who_asked(desk: Desk) -> None:
    desk.send(1)
    word = desk.hear(f"isi {NUMBER}?", current=1, channel="ussd")
    assert word is not None
    assert word.question is not None
    assert word.question.number == NUMBER
    assert desk.hear(f"isi {NUMBER}?") is None


def test_parts_are_read_when_all_are_there(desk: Desk) -> None:
    desk.send(1)
    assert desk.hear("berhasil SN 55", part=(9, 2, 2)) is None
    desk.hear(f"{NUMBER} 10000 ", part=(9, 1, 2))
    assert desk.state(1) == "success"
    desk.send(2, "081300000002")
    assert desk.hear("2/2 berhasil SN 66") is None
    desk.hear("1/2 081300000002 10000")
    assert desk.state(2) == "success"


def test_a_part_that_is_a_day_late_is_of_something_else(desk: Desk) -> None:
    desk.send(1)
    desk.hear("berhasil SN 55", part=(9, 2, 2))
    desk.clock.pass_time(hours=25)
    desk.hear(f"{NUMBER} 10000 ", part=(9, 1, 2))
    assert desk.state(1) == "sending"


def test_a_rule_made_later_reads_what_nobody_could(desk: Desk) -> None:
    desk.send(1)
    desk.hear("Selamat 081389092678 kode 77", current=1, channel="ussd")
    desk.book.settle(1, S.UNKNOWN, desk.clock.now(), NO_RULE)
    new = ReplyRule("NEW", r"Selamat (?P<number>[0-9]{9,13}) kode (?P<sn>[0-9]{1,20})", Meaning.SUCCESS, (), ALWAYS, decimal="")
    desk.reader.take([*(rule(code) for code in RULES), new])
    desk.arrivals.read_again()
    assert [(attempt, outcome.state, outcome.serial_number) for attempt, outcome in desk.told] == [(1, S.SUCCESS, "77")]
    desk.arrivals.read_again()
    assert len(desk.told) == 1


def unread(desk: Desk) -> list[str]:
    """What waits for a person, kept as the dispatcher keeps it."""
    ids = IdMaker(3, desk.clock)

    def save(texts: Sequence[UnreadText]) -> None:
        with desk.database.write() as connection:
            for one in texts:
                keep_miss(connection, ids.next(), one.scope, one.text, one.unread, one.received, one.attempt_id)

    desk.reader.keep(save)
    with desk.database.read() as connection:
        return [miss.text for miss in open_misses(connection)]


def test_a_text_brought_to_its_order_leaves_the_queue_and_one_of_no_order_stays(desk: Desk) -> None:
    desk.send(1)
    desk.hear("Selamat 081389092678 kode 77", current=1, channel="ussd")
    desk.hear("Selamat 081300000009 kode 78")
    desk.book.settle(1, S.UNKNOWN, desk.clock.now(), NO_RULE)
    assert len(unread(desk)) == 2
    # What still cannot be read is not put into the queue a second time.
    desk.arrivals.read_again()
    assert len(unread(desk)) == 2
    new = ReplyRule("NEW", r"Selamat (?P<number>[0-9]{9,13}) kode (?P<sn>[0-9]{1,20})", Meaning.SUCCESS, (), ALWAYS, decimal="")
    desk.reader.take([*(rule(code) for code in RULES), new])
    desk.arrivals.read_again()
    assert unread(desk) == ["Selamat 081300000009 kode 78"]
    assert desk.state(1) == "success"


def test_stock_counts_down_with_what_is_confirmed_and_held(desk: Desk) -> None:
    desk.hear("stok 10rb=120 5rb=40")
    desk.send(1)
    assert desk.stock.expected == {1_000_000: 119, 500_000: 40}
    desk.hear(f"{NUMBER} 10000 berhasil SN 55 sisa 10rb=119", current=1)
    assert desk.stock.expected == {1_000_000: 119, 500_000: 40}
    assert desk.stock.value_minor == 119_000_000 + 20_000_000
    assert not desk.gaps
    assert desk.stock.covers(500_000, 0)
    assert not desk.stock.covers(2_000_000, 0)


def test_a_gap_of_one_unknown_proves_it_and_two_prove_nothing(desk: Desk) -> None:
    desk.hear("stok 10rb=120 5rb=40")
    desk.send(1)
    desk.book.settle(1, S.UNKNOWN, desk.clock.now(), "no_cusd")
    desk.hear("stok 10rb=119 5rb=40")
    assert desk.proofs == [1]
    for attempt in (2, 3):
        desk.send(attempt, f"08130000000{attempt}")
        desk.book.settle(attempt, S.UNKNOWN, desk.clock.now(), "no_cusd")
    desk.hear("stok 10rb=118 5rb=40")
    assert (desk.proofs, desk.gaps) == ([1], [])


def test_a_gap_that_nothing_explains_stops_the_chip(desk: Desk) -> None:
    desk.hear("stok 10rb=120")
    desk.hear("stok 10rb=118")
    assert desk.gaps == [2]


def test_more_stock_than_expected_was_bought(desk: Desk) -> None:
    desk.hear("stok 10rb=120")
    desk.hear("stok 10rb=220")
    assert (desk.gaps, desk.stock.expected) == ([], {1_000_000: 220})


def test_money_is_counted_by_what_was_charged(desk: Desk) -> None:
    desk.send(1)
    desk.hear(f"{NUMBER} ok SN 1 saldo 100000", current=1)
    desk.send(2)
    desk.hear(f"{NUMBER} ok SN 2 saldo 90400", current=2)
    assert (desk.gaps, desk.stock.value_minor) == ([], 9_040_000)
    assert desk.stock.covers(1_000_000, 9_040_000)
    assert not desk.stock.covers(1_000_000, 9_040_001)


def test_a_late_reply_tells_the_stock_of_its_own_time(desk: Desk) -> None:
    desk.hear("stok 10rb=120")
    desk.send(1)
    desk.book.settle(1, S.UNKNOWN, desk.clock.now(), "no_cusd")
    desk.send(2, "081300000002")
    desk.hear("081300000002 10000 berhasil SN 2 sisa 10rb=119", current=2)
    # The first one is done only now: what it tells fits now.
    desk.hear(f"{NUMBER} 10000 berhasil SN 1 sisa 10rb=118")
    assert (desk.stock.expected, desk.gaps) == ({1_000_000: 118}, [])
    # A reply that was long on its way tells what was; nothing is concluded from it.
    desk.send(3, "081300000003")
    desk.book.settle(3, S.UNKNOWN, desk.clock.now(), "no_cusd")
    desk.hear("stok 10rb=117")
    desk.send(4, "081300000004")
    desk.hear("081300000004 10000 berhasil SN 4 sisa 10rb=116", current=4)
    assert desk.stock.expected == {1_000_000: 116}
    assert (desk.proofs, desk.gaps) == ([3], [])


def test_a_late_confirmation_may_explain_a_gap(desk: Desk) -> None:
    desk.hear("stok 10rb=120")
    desk.send(1)
    desk.book.settle(1, S.UNKNOWN, desk.clock.now(), "no_cusd")
    desk.hear("stok 10rb=120")
    desk.hear(f"{NUMBER} 10000 berhasil SN 1")
    desk.hear("stok 10rb=119")
    assert (desk.gaps, desk.proofs) == ([], [])


def test_expected_is_told_less_confirmed_less_held() -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    orders = [
        ChipOrder(1, "1", 1000, 960, "success", at + timedelta(1)),
        ChipOrder(2, "1", 1000, 960, "unknown", at - timedelta(1)),
        ChipOrder(3, "1", 500, 480, "failed", at + timedelta(1)),
        ChipOrder(4, "1", 500, 480, "success", at - timedelta(1)),
    ]
    assert expected({0: (10_000, at), 1000: (9, at), 500: (9, at)}, orders) == {0: 10_000 - 1920, 1000: 7, 500: 9}


@pytest.mark.parametrize("code", ["stock_gap", "engine"])
def test_the_late_word_of_an_order_that_ended_without_it_is_not_taken_for_anothers(desk: Desk, code: str) -> None:
    desk.send(1)
    desk.book.settle(1, S.SUCCESS, desk.clock.now(), code)
    desk.send(2)
    assert desk.hear(f"{NUMBER} 10000 berhasil SN 55", current=2, channel="ussd") is None
    assert desk.state(2) == "sending"
    desk.book.settle(2, S.FAILED, desk.clock.now(), "FAILED")
    desk.hear(f"{NUMBER} 10000 berhasil SN 56")
    assert desk.book.proves(ICCID, "56") == 1
    assert [(attempt, outcome.state) for attempt, outcome in desk.told] == [(1, S.SUCCESS)]
