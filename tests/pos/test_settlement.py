"""Settlement: batches that balance and batches that do not, uploads in any order, everything twice, and what is left for finance."""

from datetime import timedelta

import pytest

from pos import tables
from pos.batches import entries_of, totals_of
from pos.codec.message import Message
from pos.fields.totals import Flag, Totals, write_totals
from pos.settlement import close_by_cut_over, differences, end_what_was_in_hand
from recharge.domain.outcomes import OutcomeState
from tests.pos.stand import TERMINAL, Stand


def settle(stand: Stand, totals: Totals, batch: int | None = None) -> Message:
    """0500 with a terminal's totals."""
    fields = {11: f"{next(stand.hand.traces):06d}", 48: write_totals(totals, Flag.BALANCED)[:-1] + "0", 49: "156", 63: b"01 "}
    return stand.send(stand.hand.message("0500", fields, network="201", batch=batch))  # type: ignore[arg-type]


def upload(stand: Stand, *items: tuple[int, str, int]) -> Message:
    """0320/201 with (trace, number, amount)."""
    digits = f"{len(items):02d}" + "".join(f"00{trace:06d}{number:>020}{amount:012d}" for trace, number, amount in items)
    return stand.send(stand.hand.message("0320", {11: f"{next(stand.hand.traces):06d}", 48: digits}, network="201"), mac=False)


def end(stand: Stand, network: str = "202", count: str = "") -> Message:
    """0320/202 or 207."""
    fields = {11: f"{next(stand.hand.traces):06d}"} | ({48: count} if count else {})
    return stand.send(stand.hand.message("0320", fields, network=network), mac=False)  # type: ignore[arg-type]


def flag(answer: Message) -> str:
    return answer.text(48)[30]


def batch_row(stand: Stand, number: int = 1) -> dict[str, object]:
    return next(row for row in stand.rows(tables.batch) if row["number"] == number)


def test_a_batch_that_balances(stand: Stand) -> None:
    sale, _ = stand.sold()
    stand.sold(3000, "13800138001")
    stand.wait(stand.hand.cancel(sale))
    answer = settle(stand, Totals(8000, 2, 5000, 1))
    assert (answer.mti, flag(answer), answer.text(48)[61], 39 in answer.fields) == ("0510", "1", "1", False)
    assert answer.text(15) == "1120"
    row = batch_row(stand)
    assert (row["state"], row["ended_by"], row["host_debit_minor"], row["terminal_credit_count"]) == ("closed", "balanced", 8000, 1)
    assert end(stand, "207").text(39) == "00"
    assert stand.send(stand.hand.sale()).text(39) == "77"
    stand.sign_in()
    assert stand.hand.batch == 2
    assert stand.sold(number="13800138002")[1].text(39) == "00"


def test_the_same_settlement_again_has_the_same_answer(stand: Stand) -> None:
    stand.sold()
    first = settle(stand, Totals(5000, 1))
    assert settle(stand, Totals(9999, 9)).text(48) == first.text(48)


def test_an_empty_batch_balances(stand: Stand) -> None:
    assert flag(settle(stand, Totals())) == "1"


def test_what_counts(stand: Stand) -> None:
    """What failed and what a reversal took back does not count; what is in hand does."""
    stand.wait(stand.hand.sale(1000, "13800138001"), OutcomeState.FAILED)
    reversed_sale, _ = stand.sold(3000, "13800138002")
    stand.wait(stand.hand.about(reversed_sale, "0400"))
    stand.send(stand.hand.sale(5000, "13800138003"))
    kept, _ = stand.sold(10000, "13800138004")
    refused = stand.hand.about(kept, "0400")
    assert stand.wait(refused, OutcomeState.FAILED).text(39) == "22"
    found = totals_of(entries_of(stand.engine, TERMINAL, 1))
    assert found == Totals(15000, 2)
    assert stand.wait(stand.hand.cancel(kept)).text(39) == "00"
    assert totals_of(entries_of(stand.engine, TERMINAL, 1)) == Totals(15000, 2, 10000, 1)
    assert entries_of(stand.engine, TERMINAL, 2) == []


def test_a_batch_that_does_not_balance_is_uploaded_and_compared(stand: Stand) -> None:
    first, _ = stand.sold()
    second, _ = stand.sold(3000, "13800138001")
    third, _ = stand.sold(1000, "13800138002")
    assert flag(settle(stand, Totals(90000, 3))) == "2"
    assert stand.send(stand.hand.sale(number="13800138003")).text(39) == "77"
    traces = [int(sale.text(11)) for sale in (first, second, third)]
    assert upload(stand, (traces[0], "13800138000", 5000), (traces[1], "13800138001", 9000)).text(39) == "00"
    assert upload(stand, (777, "13800138009", 2000)).text(39) == "00"
    # The answer to the last one was lost: it comes again.
    assert upload(stand, (777, "13800138009", 2000)).text(39) == "00"
    assert end(stand, count="0004").text(39) == "30"
    assert end(stand, count="0003").text(39) == "00"
    assert end(stand).text(39) == "00"
    found = {row["trace"]: (row["kind"], row["host_minor"], row["terminal_minor"]) for row in stand.rows(tables.difference)}
    assert found == {
        traces[1]: ("amount", 3000, 9000),
        traces[2]: ("host_only", 1000, None),
        777: ("terminal_only", None, 2000),
    }
    assert {row["order_number"] != "" for row in stand.rows(tables.difference) if row["host_minor"]} == {True}
    row = batch_row(stand)
    assert (row["state"], row["ended_by"]) == ("closed", "uploaded")
    assert (row["host_debit_minor"], row["terminal_debit_minor"]) == (9000, 90000)
    # What comes after the end changes nothing.
    assert upload(stand, (888, "13800138009", 2000)).text(39) == "00"
    assert flag(settle(stand, Totals(9000, 3))) == "2"
    assert len(stand.rows(tables.difference)) == 3


def test_a_terminal_that_counts_again_may_balance_after_all(stand: Stand) -> None:
    stand.sold()
    assert flag(settle(stand, Totals())) == "2"
    assert flag(settle(stand, Totals(5000, 1))) == "1"
    assert batch_row(stand)["ended_by"] == "balanced"


def test_wrong_totals_with_all_items_right_leave_no_difference(stand: Stand) -> None:
    sale, _ = stand.sold()
    settle(stand, Totals(1, 1))
    upload(stand, (int(sale.text(11)), "13800138000", 5000))
    assert end(stand).text(39) == "00"
    assert stand.rows(tables.difference) == []


def test_a_batch_nobody_opened_and_an_end_without_a_settlement(stand: Stand) -> None:
    assert settle(stand, Totals(), batch=9).text(39) == "77"
    assert end(stand).text(39) == "77"
    stand.hand.batch = 9
    assert upload(stand, (1, "1", 1)).text(39) == "77"
    assert end(stand).text(39) == "77"


def test_digits_that_are_no_settlement(stand: Stand) -> None:
    message = stand.hand.message("0500", {11: "000900", 48: "0" * 60, 49: "156"}, network="201")
    assert stand.send(message).text(39) == "30"
    assert stand.send(stand.hand.message("0320", {11: "000901", 48: "01"}, network="201"), mac=False).text(39) == "30"


def test_a_terminal_that_lost_its_endpoint(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    from recharge import Refusal, RefusalCode

    def gone(*_: object) -> None:
        raise Refusal(RefusalCode.UNKNOWN_ENDPOINT)

    monkeypatch.setattr(stand.engine, "remembered", gone)
    assert settle(stand, Totals()).text(39) == "03"


@pytest.mark.parametrize(
    ("state", "kind", "cleared"), [(OutcomeState.SUCCESS, "in_hand", True), (OutcomeState.FAILED, "failed_later", False)]
)
def test_what_was_counted_while_in_hand_is_looked_at_again(stand: Stand, state: OutcomeState, kind: str, cleared: bool) -> None:
    stand.sold()
    assert stand.send(stand.hand.sale(3000, "13800138001")).text(39) == "A6"
    assert flag(settle(stand, Totals(8000, 2))) == "1"
    [row] = stand.rows(tables.difference)
    assert (row["kind"], row["host_minor"], row["terminal_minor"]) == ("in_hand", 3000, 3000)
    assert end_what_was_in_hand(stand.engine, stand.now()) == 0
    stand.carrier(row["order_number"], state)
    assert end_what_was_in_hand(stand.engine, stand.now()) == 1
    assert end_what_was_in_hand(stand.engine, stand.now()) == 0
    [row] = stand.rows(tables.difference)
    assert (row["kind"], row["cleared_at"] is not None) == (kind, cleared)


def test_what_is_in_hand_is_listed_once_and_also_at_cut_over(stand: Stand) -> None:
    sale = stand.hand.sale(3000, "13800138001")
    stand.send(sale)
    settle(stand, Totals())
    assert end(stand).text(39) == "00"
    assert [row["kind"] for row in stand.rows(tables.difference)] == ["host_only"]
    stand.sign_in()
    stand.send(stand.hand.sale(3000, "13800138002"))
    assert close_by_cut_over(stand.engine, TERMINAL, 2, stand.now())
    assert [row["kind"] for row in stand.rows(tables.difference)] == ["host_only", "in_hand"]


def test_nothing_differs() -> None:
    assert differences([], []) == []


def test_cut_over_closes_with_the_hosts_totals_once(stand: Stand) -> None:
    stand.sold()
    assert close_by_cut_over(stand.engine, TERMINAL, 1, stand.now())
    assert not close_by_cut_over(stand.engine, TERMINAL, 1, stand.now() + timedelta(days=1))
    row = batch_row(stand)
    assert (row["ended_by"], row["host_debit_minor"], row["terminal_debit_minor"]) == ("cut_over", 5000, None)
    assert stand.send(stand.hand.sale(number="13800138005")).text(39) == "77"
    assert flag(settle(stand, Totals(5000, 1))) == "2"
