"""What staff can read: decoded, without secrets, kept while the database is away, dropped when it is old."""

from datetime import timedelta

import pytest
from sqlalchemy.exc import OperationalError

from pos import journal, tables
from pos.journal import Journal
from tests.pos.stand import TERMINAL, Stand
from tests.support.world import NUMBER, PASSWORD


def test_a_sale_as_staff_reads_it(stand: Stand) -> None:
    sale, answer = stand.sold()
    stand.journal.event("bad_mac", "192.0.2.9:1", "recharge", TERMINAL)
    opened, step = stand.steps(stand.hand.frame(sale))[0]
    stand.journal.note(opened, step)  # type: ignore[arg-type]
    stand.journal.flush()
    messages, events = journal.latest(stand.world.database, TERMINAL, 5)
    row = messages[0]
    assert (row.kind, row.number, row.amount_minor, row.code, row.peer) == ("recharge", NUMBER, 5000, "00", "192.0.2.9:1")
    assert row.order_number == stand.elements(answer)["04"]  # type: ignore[index]
    assert events[0].kind == "bad_mac"
    assert PASSWORD not in str([tuple(item) for item in (*messages, *events)])


def test_a_message_without_an_answer_and_one_through_a_concentrator(stand: Stand) -> None:
    frame = stand.hand.frame(stand.hand.message("0820", {}, network="301"), mac=False)
    block = bytes.fromhex("4C5249001C" + "13800138000FFFFF" + "96533FFFFFFFFFFF" + "580009490006000000220030")
    [judged] = stand.judged(frame[:5] + block + frame[5:])
    stand.journal.note(judged, None)
    stand.journal.flush()
    assert (stand.rows(tables.message)[-1]["code"], stand.rows(tables.message)[-1]["peer"]) == ("", "192.0.2.9:1 13800138000")


def test_rows_wait_while_the_database_is_away(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_: object) -> None:
        raise OperationalError("insert", {}, Exception("gone"))

    stand.journal.event("one", "")
    with monkeypatch.context() as patch:
        patch.setattr(stand.world.database, "retrying", away)
        with pytest.raises(OperationalError):
            stand.journal.flush()
    stand.journal.event("two", "")
    stand.journal.flush()
    assert stand.journal.flush() == 0
    assert [row["kind"] for row in stand.rows(tables.event)][-2:] == ["one", "two"]


def test_not_more_than_fits(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "_MOST_WAITING", 3)
    fresh = Journal(stand.world.database, stand.now)
    for number in range(5):
        fresh.event(str(number), "p" * 100, "d" * 300 + "\n")
    assert fresh.flush() == 3
    row = stand.rows(tables.event)[-1]
    assert (row["kind"], len(row["peer"]), len(row["detail"])) == ("4", 64, 160)


def test_a_flood_of_one_kind_is_counted_and_others_are_kept(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "_MOST_OF_A_KIND", 2)
    fresh = Journal(stand.world.database, stand.now)
    for number in range(7):
        fresh.event("bad_frame", f"192.0.2.{number}:1")
    fresh.event("bad_mac", "192.0.2.9:1")
    fresh.flush()
    found = [(row["kind"], row["detail"]) for row in stand.rows(tables.event)][-4:]
    assert found == [("bad_frame", ""), ("bad_frame", ""), ("bad_mac", ""), ("bad_frame", "5 more")]
    fresh.event("bad_frame", "")
    assert fresh.flush() == 1


def test_strangers_leave_an_event_and_no_message(stand: Stand) -> None:
    stand.hand.number = "KC999999"
    stand.send(stand.hand.sale())
    assert stand.events() == ["unknown_terminal"]
    assert {row["kind"] for row in stand.rows(tables.message)} == {"sign_in"}


def test_a_terminal_is_seen_now_and_then(stand: Stand) -> None:
    stand.journal.flush()
    first = stand.rows(tables.terminal)[0]["seen_at"]
    echo = stand.hand.message("0820", {}, network="301")
    for minutes, later in ((1, 0), (10, 11)):
        stand.world.clock.pass_time(minutes=minutes)
        stand.send(echo, mac=False)
        stand.journal.flush()
        assert stand.rows(tables.terminal)[0]["seen_at"] == first + timedelta(minutes=later)


def test_old_lines_are_dropped(stand: Stand) -> None:
    stand.journal.event("old", "")
    stand.send(stand.hand.message("0820", {}, network="301"), mac=False)
    stand.journal.flush()
    assert journal.forget(stand.world.database, stand.now() - timedelta(days=1)) == 0
    assert journal.forget(stand.world.database, stand.now() + timedelta(seconds=1)) >= 2
    assert stand.rows(tables.message) == []


def test_texts_are_made_fit_for_a_line() -> None:
    assert journal.printable("a\r\nb\x00c") == "a??b?c"
