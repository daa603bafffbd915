"""Taking back what was reversed: asked once, finished by anybody, also after a process died in the middle."""

from datetime import timedelta

from pos import tables
from pos.reversals import ASKED, DONE, REFUSED, Reversals, TakingBack
from recharge import OrderState, Refusal, RefusalCode
from recharge.domain.outcomes import OutcomeState
from recharge.domain.replies import refused
from tests.pos.stand import TERMINAL, Stand

NOW = timedelta(0)


def sold(stand: Stand) -> TakingBack:
    """A sale of now, as something to be taken back."""
    sale, answer = stand.sold()
    return TakingBack(TERMINAL, f"000001{sale.text(11)}", stand.elements(answer)["04"])  # type: ignore[index]


def states(stand: Stand) -> list[str]:
    return [row["state"] for row in stand.rows(tables.reversal)]


def test_asking_twice_is_asking_once(stand: Stand) -> None:
    wanted = sold(stand)
    for _ in range(2):
        stand.reversals.ask([wanted, wanted])
    stand.reversals.ask([])
    assert states(stand) == [ASKED]
    assert stand.reversals.asked([(TERMINAL, wanted.reference), (TERMINAL, "none")]) == {(TERMINAL, wanted.reference)}
    assert stand.reversals.asked([]) == set()


def test_a_process_that_died_after_asking_is_finished_by_another(stand: Stand) -> None:
    wanted = sold(stand)
    stand.reversals.ask([wanted])
    other = Reversals(stand.engine, stand.now)
    assert other.work(NOW) == 1
    assert stand.orders() == [(5000, "reversing")]
    stand.carrier(wanted.order_number)
    assert other.work(NOW) == 1
    assert states(stand) == [DONE]
    assert other.work(NOW) == 0


def test_one_that_died_after_the_engine_began_is_finished_too(stand: Stand) -> None:
    wanted = sold(stand)
    stand.reversals.ask([wanted])
    order = stand.engine.orders([wanted.order_number])
    assert stand.reversals.drive([wanted], order) == [ASKED]
    assert stand.reversals.drive([wanted], order) == [ASKED]
    stand.carrier(wanted.order_number, OutcomeState.FAILED)
    stand.reversals.work(NOW)
    assert states(stand) == [REFUSED]
    assert stand.reversals.asked([(TERMINAL, wanted.reference)]) == set()


def test_young_ones_are_left_to_those_who_wait(stand: Stand) -> None:
    stand.reversals.ask([sold(stand)])
    assert stand.reversals.work(timedelta(seconds=5)) == 0
    stand.world.clock.pass_time(seconds=6)
    assert stand.reversals.work(timedelta(seconds=5)) == 1


def test_somebody_else_took_it_back(stand: Stand) -> None:
    from recharge.domain import requests as ask

    wanted = sold(stand)
    stand.world.ask("A", ask.Reverse(wanted.order_number))
    assert stand.reversals.drive([wanted], stand.engine.orders([wanted.order_number])) == [ASKED]
    stand.carrier(wanted.order_number)
    assert stand.reversals.drive([wanted], stand.engine.orders([wanted.order_number])) == [DONE]


def test_too_late_to_take_back(stand: Stand) -> None:
    wanted = sold(stand)
    stand.reversals.ask([wanted])
    stand.world.clock.pass_time(days=1)
    stand.reversals.work(NOW)
    assert states(stand) == [REFUSED]
    assert stand.engine.orders([wanted.order_number])[wanted.order_number].state is OrderState.SUCCEEDED


def test_a_database_that_is_away_is_asked_again(stand: Stand, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    wanted = sold(stand)
    stand.reversals.ask([wanted])
    monkeypatch.setattr(stand.engine, "take_many", lambda asked: [refused(Refusal(RefusalCode.BUSY)) for _ in asked])
    stand.reversals.work(NOW)
    assert states(stand) == [ASKED]


def test_nothing_to_do(stand: Stand) -> None:
    assert stand.reversals.drive([], {}) == []
    assert stand.reversals.drive([TakingBack(TERMINAL, "x", "1")], {}) == [ASKED]
