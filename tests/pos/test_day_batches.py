"""What the channel offers the day's close: each batch once on its day, with all that was asked in it, and the terminal's own list."""

from datetime import datetime, timedelta

from pos.day_batches import provide
from pos.fields.totals import Totals
from pos.settlement import close_by_cut_over
from recharge import BatchTotals, OrderState, TerminalBatch, batch_provider
from recharge.domain.outcomes import OutcomeState
from tests.pos.stand import TERMINAL, ZONE, Stand
from tests.pos.test_settlement import end, settle, upload

BEGIN = datetime(2026, 11, 20, tzinfo=ZONE)
END = BEGIN + timedelta(days=1)


def offered(stand: Stand, days: int = 0) -> list[TerminalBatch]:
    return provide(stand.engine, BEGIN + timedelta(days=days), END + timedelta(days=days))


def test_the_door_finds_the_channel_by_its_name() -> None:
    assert batch_provider("pos") is provide
    assert batch_provider("none") is None


def test_a_batch_that_balanced(stand: Stand) -> None:
    sale, _ = stand.sold()
    stand.wait(stand.hand.cancel(sale))
    stand.wait(stand.hand.sale(1000, "13800138001"), OutcomeState.FAILED)
    settle(stand, Totals(5000, 1, 5000, 1))
    (batch,) = offered(stand)
    assert (batch.terminal, batch.number, batch.party_code, batch.items) == (TERMINAL, 1, "A", None)
    assert batch.told == BatchTotals(5000, 1, 5000, 1)
    assert batch.closed_at == stand.now()
    assert [(line.state, line.is_cancel, line.counted, line.ended) for line in batch.lines] == [
        (OrderState.REVERSED, False, True, True),
        (OrderState.FAILED, False, False, True),
        (OrderState.REVERSED, True, True, True),
    ]
    # It ended on this day and on no other.
    assert [offered(stand, days) for days in (-1, 1)] == [[], []]


def test_a_batch_that_runs_over_midnight_is_offered_until_it_ends(stand: Stand) -> None:
    stand.sold()
    (running,) = offered(stand)
    assert (running.closed_at, running.told, len(running.lines)) == (None, None, 1)
    stand.world.clock.pass_time(days=1)
    settle(stand, Totals(5000, 1))
    assert [batch.closed_at for batch in offered(stand)] == [None]
    assert [batch.closed_at for batch in offered(stand, 1)] == [stand.now()]
    assert offered(stand, 2) == []


def test_a_list_that_was_sent_to_its_end(stand: Stand) -> None:
    sale, _ = stand.sold()
    settle(stand, Totals(9000, 2))
    upload(stand, (int(sale.text(11)), "13800138000", 5000), (777, "13800138009", 4000))
    assert offered(stand)[0].items is None
    end(stand)
    (batch,) = offered(stand)
    assert batch.items is not None
    assert [(item.trace, item.number, item.face_minor) for item in batch.items] == [
        (int(sale.text(11)), "13800138000", 5000),
        (777, "13800138009", 4000),
    ]


def test_what_was_in_hand_at_the_end_is_noted(stand: Stand) -> None:
    stand.sold()
    stand.send(stand.hand.sale(3000, "13800138001"))
    settle(stand, Totals(8000, 2))
    (batch,) = offered(stand)
    assert [(line.noted, line.ended, line.counted) for line in batch.lines] == [(False, True, True), (True, False, True)]


def test_a_batch_closed_by_the_cut_over_has_no_totals_of_the_terminals(stand: Stand) -> None:
    stand.sold()
    close_by_cut_over(stand.engine, TERMINAL, 1, stand.now())
    (batch,) = offered(stand)
    assert (batch.told, batch.items, len(batch.lines)) == (None, None, 1)
