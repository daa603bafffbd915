"""The operators' ledger: stock never below nothing, credits all or nothing, PINs that lock, and what survives on disk."""

import sqlite3
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.modem_farm import views
from simulators.modem_farm.ledger import TRIES, Ledger, NoStock, Opening, Wanted

ICCID = "8962000000000000001"
CUSTOMER = "081389092678"


@pytest.fixture
def ledger() -> Ledger:
    made = Ledger(":memory:")
    made.open_chip(Opening(ICCID, "mkios", "081200090001", 20_000, {5: 2, 10: 1}))
    return made


def wanted(units: int = 10, *, by_pieces: bool = True, number: str = CUSTOMER) -> Wanted:
    return Wanted(ICCID, "ussd", number, units, units * 1000, units * 1000 - 250, by_pieces)


def test_a_credit_takes_a_piece(ledger: Ledger) -> None:
    credit = ledger.credit(wanted(), "41")
    assert (credit.serial_number, credit.stock_after) == ("41", 0)
    assert ledger.pieces(ICCID) == {5: 2, 10: 0}
    assert ledger.chip(ICCID)["stock_minor"] == 20_000
    (row,) = ledger.credits()
    assert (row["number"], row["units"], row["amount_minor"], row["charged_minor"], row["serial_number"]) == (
        CUSTOMER,
        10,
        10_000,
        9750,
        "41",
    )


def test_a_credit_takes_money(ledger: Ledger) -> None:
    assert ledger.credit(wanted(by_pieces=False), "41").stock_after == 10_250
    assert ledger.pieces(ICCID) == {5: 2, 10: 1}


@pytest.mark.parametrize("by_pieces", [True, False])
def test_what_the_stock_does_not_cover_changes_nothing(ledger: Ledger, by_pieces: bool) -> None:
    with pytest.raises(NoStock):
        ledger.credit(wanted(50, by_pieces=by_pieces), "41")
    assert ledger.credits() == []
    assert ledger.rows("select * from request") == []
    assert ledger.chip(ICCID)["stock_minor"] == 20_000


def test_a_serial_number_is_used_once(ledger: Ledger) -> None:
    ledger.credit(wanted(), "41")
    with pytest.raises(sqlite3.IntegrityError):
        ledger.credit(wanted(5), "41")
    assert ledger.pieces(ICCID) == {5: 2, 10: 0}
    assert ledger.next_credit() == 2


def test_an_account_is_opened_once(ledger: Ledger) -> None:
    ledger.credit(wanted(), "41")
    ledger.open_chip(Opening(ICCID, "mkios", "081200090001", 1, {10: 99}))
    assert ledger.pieces(ICCID)[10] == 0
    with pytest.raises(LookupError):
        ledger.chip("1")


def test_stock_moves_but_never_below_nothing(ledger: Ledger) -> None:
    ledger.move(ICCID, "in", amount_minor=500, units=20, pieces=3)
    ledger.move(ICCID, "out", amount_minor=-99_999, units=5, pieces=-7)
    assert ledger.chip(ICCID)["stock_minor"] == 0
    assert ledger.pieces(ICCID) == {5: 0, 10: 1, 20: 3}
    assert [row["why"] for row in ledger.rows("select why from movement order by id")] == ["in", "out"]


def test_pins(ledger: Ledger) -> None:
    assert [ledger.wrong_pin(ICCID) for _ in range(TRIES)] == [False, False, True]
    ledger.lock(ICCID, locked=False)
    assert not ledger.wrong_pin(ICCID)
    ledger.right_pin(ICCID)
    assert ledger.chip(ICCID)["wrong_pins"] == 0


def test_subscribers(ledger: Ledger) -> None:
    assert ledger.subscriber_state(CUSTOMER) == "active"
    ledger.set_subscriber(CUSTOMER, "barred")
    assert ledger.subscriber_state(CUSTOMER) == "barred"
    with pytest.raises(ValueError, match="asleep"):
        ledger.set_subscriber(CUSTOMER, "asleep")


def test_messages(ledger: Ledger) -> None:
    number = ledger.message("0811", "0812", "halo", "on its way")
    ledger.message_state(number, "delivered")
    ledger.message("0812", "0813", "hai", "delivered")
    assert [one["text"] for one in views.messages(ledger, "0812")] == ["hai", "halo"]
    assert [one["state"] for one in views.messages(ledger, "0811")] == ["delivered"]
    assert len(views.messages(ledger, limit=1)) == 1


def test_what_is_shown_and_counted(ledger: Ledger) -> None:
    ledger.credit(wanted(5), "1")
    ledger.credit(wanted(5), "2")
    ledger.credit(wanted(10, number="081"), "3")
    ledger.note(ICCID, "ussd", "stock", "answered")
    assert views.credits_of(ledger) == [
        {"number": "081", "units": 10, "credits": 1}, {"number": CUSTOMER, "units": 5, "credits": 2},
    ]  # fmt: skip
    totals = views.totals(ledger)
    assert totals == {"requests": 4, "credits": 3, "amount_minor": 20_000, "charged_minor": 19_250, "most_credits": 2}
    assert len(views.whole(ledger, number=CUSTOMER)["credits"]) == 2
    assert len(views.whole(ledger, iccid="1")["requests"]) == 0


def test_emptied(ledger: Ledger) -> None:
    ledger.credit(wanted(), "1")
    ledger.empty()
    assert views.totals(ledger)["requests"] == 0
    assert ledger.rows("select * from chip") == []


def test_what_was_done_is_on_disk(tmp_path: Path) -> None:
    file = tmp_path / "operators.sqlite"
    one = Ledger(file)
    one.open_chip(Opening(ICCID, "mkios", "0812", 0, {10: 2}))
    one.credit(wanted(), "1")
    two = Ledger(file)
    assert two.pieces(ICCID) == {10: 1}
    assert [row["serial_number"] for row in two.credits()] == ["1"]
    one.close()
    two.close()


@given(st.lists(st.tuples(st.sampled_from([5, 10, 20]), st.booleans()), max_size=20))
def test_stock_and_credits_always_agree(asked: list[tuple[int, bool]]) -> None:
    ledger = Ledger(":memory:")
    ledger.open_chip(Opening(ICCID, "mkios", "0812", 50_000, {5: 3, 10: 3}))
    done = 0
    for number, (units, by_pieces) in enumerate(asked):
        try:
            ledger.credit(wanted(units, by_pieces=by_pieces), str(number))
            done += 1
        except NoStock:
            pass
    rows = ledger.credits(limit=100)
    assert len(rows) == done
    assert ledger.chip(ICCID)["stock_minor"] >= 0
    assert all(count >= 0 for count in ledger.pieces(ICCID).values())
    money = sum(row["charged_minor"] for row in rows if not _by_pieces(asked, row))
    assert ledger.chip(ICCID)["stock_minor"] == 50_000 - money
    ledger.close()


def _by_pieces(asked: list[tuple[int, bool]], row: dict[str, object]) -> bool:
    return asked[int(str(row["serial_number"]))][1]
