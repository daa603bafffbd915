"""What is written down after the commit: windows of processes that meet, messages counted, events and blocks, all or nothing."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from stk_sms import tables
from stk_sms.cards.records import Card, CardState, Event, EventKind, Note, Opened, reference_of
from stk_sms.cards.writing import BLOCKED_AS_CLONED, CardWriter, Happened
from stk_sms.packet import Body, ResponseStatus, StkOperation
from tests.stk_sms.till import ICCID, KEY_SET, MSISDN, OTHER_ICCID, Till

CARD = Card(ICCID, MSISDN, KEY_SET, CardState.ACTIVE)


@pytest.fixture
def till_url(clean_database_url: str) -> str:
    """Both databases: what processes do to each other differs between them."""
    return clean_database_url


def note(counter: int, *, nonce: int | None = None, fresh: bool = True, version: int = 1) -> Note:
    octets = (counter if nonce is None else nonce).to_bytes(8)
    body = Body(StkOperation.RECHARGE, octets, number="13800138000", amount_minor=5000, password="274961")
    opened = Opened(CARD, version, counter, body)
    return Note(opened, reference_of(version, octets), "taken", str(counter), fresh)


def write(till: Till, *notes: Note) -> dict[tuple[str, str], int]:
    return CardWriter(till.world.database).write_down(Happened(notes=list(notes)), till.now())


def window(till: Till) -> tuple[int, str]:
    row = till.rows(tables.counter)[0]
    return row["high"], f"{int.from_bytes(row['seen']):b}"


def test_nothing_happened(till: Till) -> None:
    assert write(till) == {}
    assert till.rows(tables.counter) == []


def test_a_window_moves_with_each_batch(till: Till) -> None:
    write(till, note(1), note(3))
    assert window(till) == (3, "101")
    write(till, note(2), note(5))
    assert window(till) == (5, "11101")


def test_processes_that_meet_lose_no_counter(till: Till) -> None:
    """Also the very first, when there is no row yet that could be locked."""
    batches = [[note(counter) for counter in range(start, 41, 8)] for start in range(1, 9)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda batch: write(till, *batch), batches))
    assert window(till) == (40, "1" * 40)
    assert len(till.rows(tables.message)) == 40


def test_windows_of_key_versions_stand_apart(till: Till) -> None:
    write(till, note(5), note(2, version=2, nonce=99))
    assert sorted((row["key_version"], row["high"]) for row in till.rows(tables.counter)) == [(1, 5), (2, 2)]


def test_answers_are_counted_for_what_came_before(till: Till) -> None:
    assert write(till, note(1)) == {}
    key = (ICCID, reference_of(1, (1).to_bytes(8)))
    assert write(till, note(1, fresh=False)) == {key: 2}
    assert write(till, note(2, nonce=1, fresh=False)) == {key: 3}
    assert write(till, note(2, nonce=1, fresh=False), note(2, nonce=1, fresh=False)) == {key: 5}
    row = till.rows(tables.message)[0]
    assert (row["counter"], row["answers"], row["order_number"]) == (2, 5, "1")


def test_two_messages_under_one_counter_are_a_clone(till: Till) -> None:
    write(till, note(1, nonce=10))
    write(till, note(1, nonce=11))
    assert till.events() == ["cloned"]
    card = till.desk.history(ICCID).card
    assert (card.state, card.reason) == (CardState.BLOCKED, BLOCKED_AS_CLONED)


def test_the_same_message_from_two_processes_is_none(till: Till) -> None:
    # The one that was answered second wrote first.
    write(till, note(1, fresh=False))
    write(till, note(1))
    assert till.events() == []


def test_events_are_kept_and_checksum_failures_counted(till: Till) -> None:
    event = Event(EventKind.CHECKSUM, ResponseStatus.CHECKSUM_FAILED, MSISDN, ICCID, "CC at octet 16: does not hold")
    nobody = Event(EventKind.UNKNOWN_SENDER, ResponseStatus.UNDEFINED, "1" * 40)
    CardWriter(till.world.database).write_down(Happened(events=[event, event, nobody]), till.now())
    assert till.desk.history(ICCID).card.checksum_failures == 2
    kept = till.rows(tables.event)
    assert [(row["kind"], row["status"]) for row in kept] == [("checksum", 1), ("checksum", 1), ("unknown_sender", 6)]
    assert kept[2]["msisdn"] == "1" * 20


def test_a_block_holds_only_for_a_card_that_is_active(till: Till) -> None:
    till.desk.block(ICCID, "by staff")
    event = Event(EventKind.CLONED, ResponseStatus.BLOCKED, MSISDN, ICCID)
    CardWriter(till.world.database).write_down(Happened(events=[event], blocks={ICCID: BLOCKED_AS_CLONED, OTHER_ICCID: "x"}), till.now())
    assert till.desk.history(ICCID).card.reason == "by staff"


def test_a_batch_is_kept_whole_or_not_at_all(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("in the middle")

    writer = CardWriter(till.world.database)
    with monkeypatch.context() as patched:
        patched.setattr("stk_sms.cards.writing.CardWriter._keep_events", broken)
        with pytest.raises(RuntimeError):
            writer.write_down(Happened(notes=[note(1)]), till.now())
    assert till.rows(tables.counter) == []
    assert till.rows(tables.message) == []
    writer.write_down(Happened(notes=[note(1)]), till.now())
    assert window(till) == (1, "1")
