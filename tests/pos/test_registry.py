"""The back office's commands on terminals: registered once and safely, bound, blocked, told to sign in, and finance's list."""

from datetime import timedelta

import pytest

from pos import tables
from pos.problems import OfficeError, Problem
from tests.pos.stand import MERCHANT, TERMINAL, Stand


def problem(work) -> Problem:  # type: ignore[no-untyped-def]
    with pytest.raises(OfficeError) as caught:
        work()
    return caught.value.problem


def test_registering_again_changes_nothing_and_other_data_is_told(unsigned: Stand) -> None:
    registry = unsigned.registry
    assert not registry.register(TERMINAL, MERCHANT, "A", "own")
    assert problem(lambda: registry.register(TERMINAL, "800000000000009", "A", "own")) is Problem.THERE_ALREADY
    assert problem(lambda: registry.register(TERMINAL, MERCHANT, "B", "own")) is Problem.NO_BINDING
    assert registry.register("KC000009", MERCHANT, "B", "cup")
    row = next(row for row in unsigned.rows(tables.terminal) if row["terminal"] == "KC000009")
    assert (row["timeout_policy"], row["master"], row["batch"]) == ("reversal", None, 0)


@pytest.mark.parametrize(
    "told",
    [
        ("kc000001", MERCHANT, "A", "own"),
        ("KC1", MERCHANT, "A", "own"),
        ("KC000009", "", "A", "own"),
        ("KC000009", "8" * 16, "A", "own"),
        ("KC000009", MERCHANT, "A", "visa"),
        ("KC000009", MERCHANT, "A", "own", "", "a b"),
        ("KC000009", MERCHANT, "A", "own", "", "", "12ab"),
    ],
)
def test_what_cannot_be_registered(unsigned: Stand, told: tuple[str, ...]) -> None:
    assert problem(lambda: unsigned.registry.register(*told)) is Problem.BAD_VALUE
    assert len(unsigned.rows(tables.terminal)) == 1


def test_a_point_nobody_knows(unsigned: Stand) -> None:
    assert problem(lambda: unsigned.registry.register("KC000009", MERCHANT, "NOBODY", "own")) is Problem.NO_BINDING


def test_blocking_and_back(stand: Stand) -> None:
    stand.registry.block(TERMINAL, "stolen")
    assert stand.send(stand.hand.sale()).text(39) == "58"
    late = stand.hand.frame(stand.hand.sale())
    stand.registry.unblock(TERMINAL)
    stand.sign_in()
    # What it sent before it was let in again does not become a sale now.
    assert stand.answer(*stand.steps(late)[0]).text(39) == "A0"
    assert stand.wait(stand.hand.sale()).text(39) == "00"
    assert [row["detail"] for row in stand.rows(tables.event)][-2:] == ["blocked: stolen", "unblocked"]


def test_a_terminal_nobody_knows(unsigned: Stand) -> None:
    for work in (unsigned.registry.unblock, unsigned.registry.force_sign_in, lambda name: unsigned.registry.block(name, "x")):
        assert problem(lambda work=work: work("KC999999")) is Problem.UNKNOWN_TERMINAL


def test_what_nobody_needs_any_more_is_dropped(stand: Stand) -> None:
    from pos.fields.totals import Totals
    from tests.pos.test_settlement import end, settle, upload

    sale, _ = stand.sold()
    stand.wait(stand.hand.about(sale, "0400"))
    open_one = stand.hand.sale(number="13800138001")
    stand.send(open_one)
    stand.send(stand.hand.about(open_one, "0400"))
    settle(stand, Totals(1, 1))
    upload(stand, (1, "13800138000", 5000))
    later = stand.now() + timedelta(days=1)
    assert stand.registry.forget(later) == 1
    end(stand)
    assert stand.registry.forget(stand.now() - timedelta(days=1)) == 0
    assert stand.registry.forget(later) == 1
    assert [row["state"] for row in stand.rows(tables.reversal)] == ["asked"]


def test_finances_list(unsigned: Stand) -> None:
    row = {"terminal": TERMINAL, "batch": 1, "kind": "host_only", "number": "1", "order_number": "1", "note": "", "host_minor": 5000}
    with unsigned.world.database.write() as connection:
        for trace in (1, 2):
            connection.execute(tables.difference.insert().values(**row, trace=trace, found_at=unsigned.now().replace(tzinfo=None)))
    registry = unsigned.registry
    first, second = registry.differences()
    registry.clear(first.id, "paid back, receipt 17")
    assert [item.id for item in registry.differences()] == [second.id]
    assert [item.note for item in registry.differences(all_of_them=True)] == ["paid back, receipt 17", ""]
    assert problem(lambda: registry.clear(first.id, "again")) is Problem.UNKNOWN_DIFFERENCE
