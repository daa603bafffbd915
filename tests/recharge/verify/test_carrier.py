"""I7: our succeeded orders and the carrier's credits, in both directions, over the simulator's own ledger file."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from recharge.verify import Finding, carrier, verify_books
from recharge.verify.carrier import CarrierLedger
from tests.recharge.verify.carrier_file import CarrierFile
from tests.recharge.verify.right_books import LINK, OTHER_LINK, RightBooks


@dataclass
class Both:
    """Our books and the carrier's, and the attempts by the name of their order."""

    books: RightBooks
    carrier: CarrierFile
    orders: dict[str, int]
    attempts: dict[str, int]
    credits: dict[str, int]

    def seventh(self) -> Finding:
        found = verify_books(self.books.database, self.books.now, self.carrier.path)
        return next(finding for finding in found if finding.invariant == "I7")

    def told(self) -> list[str]:
        return [str(detail) for detail in self.seventh().detail]


@pytest.fixture
def both(books: RightBooks, orders: dict[str, int], tmp_path: Path) -> Both:
    """They agree: delivered whole, in part, and taken back."""
    carrier = CarrierFile(tmp_path / "carrier.sqlite3")
    text = "SELECT order_id, id FROM attempt WHERE action = 'submit'"
    by_order = {row[0]: row[1] for row in books.rows(text)}
    attempts = {name: by_order[order] for name, order in orders.items() if order in by_order}
    credits_ = {name: carrier.credit(attempts[name]) for name in ("succeeded", "reversed")}
    credits_["partial"] = carrier.credit(attempts["partial"], delivered=2500, charged=2400)
    carrier.take_back(credits_["reversed"], attempts["reversed"])
    return Both(books, carrier, orders, attempts, credits_)


def test_agreeing_ledgers_hold(both: Both) -> None:
    finding = both.seventh()
    assert finding.holds, both.told()
    assert finding.looked


def test_an_open_order_may_or_may_not_have_been_credited(both: Both) -> None:
    both.carrier.credit(both.attempts["unknown"])
    assert both.seventh().holds


def test_what_went_another_way_is_not_looked_for_in_the_carriers_ledger(both: Both) -> None:
    both.carrier.do("delete from credit where order_id = ?", both.credits["succeeded"])
    assert not both.seventh().holds
    for link in (LINK, OTHER_LINK):
        row = {"id": link, "code": f"CHIP{link}", "name": "", "kind": "chip_modem", "settings": "{}", "most_in_flight": 1}
        both.books.insert("link", row | {"paused": 0, "reserve_minor": 0})
    both.carrier.do("delete from credit")
    assert both.seventh().holds


def test_our_success_without_their_credit(both: Both) -> None:
    both.carrier.do("delete from credit where order_id = ?", both.credits["succeeded"])
    assert both.told() == [f"订单{both.orders['succeeded']}成功，运营商没有流水{both.attempts['succeeded']}的入账"]


def test_their_credit_of_an_order_we_gave_back(both: Both) -> None:
    both.carrier.credit(both.attempts["failed"])
    assert both.told() == [f"订单{both.orders['failed']}为failed，运营商却已入账流水{both.attempts['failed']}"]


def test_a_reversal_the_carrier_knows_nothing_of(both: Both) -> None:
    both.carrier.do("delete from credit where direction < 0")
    assert both.told() == [f"订单{both.orders['reversed']}为reversed，运营商却已入账流水{both.attempts['reversed']}"]


def test_a_credit_taken_back_that_we_still_count(both: Both) -> None:
    both.carrier.take_back(both.credits["succeeded"], both.attempts["succeeded"])
    assert both.told() == [f"订单{both.orders['succeeded']}成功，运营商已撤回流水{both.attempts['succeeded']}"]


def test_a_reversal_in_flight_may_be_done_at_the_carrier(both: Both) -> None:
    both.books.ask_reversal(both.orders["succeeded"])
    both.carrier.take_back(both.credits["succeeded"], both.attempts["succeeded"])
    assert both.seventh().holds


def test_two_credits_under_one_reference(both: Both) -> None:
    both.carrier.credit(both.attempts["succeeded"], occurrence=2)
    assert f"订单{both.orders['succeeded']}的流水{both.attempts['succeeded']}被运营商入账2次" in both.told()


@pytest.mark.parametrize("reference", ["70000000000000000001", "forged"])
def test_a_credit_we_never_asked_for(both: Both, reference: str) -> None:
    both.carrier.credit(reference)
    assert both.told() == [f"运营商入账了本方没有的流水{reference}"]


@pytest.mark.parametrize(
    "change",
    ["number = '13900139000'", "amount_minor = 5100", "delivered_minor = 4000", "charged_minor = 4801"],
)
def test_number_and_amounts_are_compared(both: Both, change: str) -> None:
    both.carrier.do(f"update credit set {change} where order_id = ?", both.credits["succeeded"])
    [told] = both.told()
    assert f"流水{both.attempts['succeeded']}：本方13800138000/5000/5000/4800，运营商" in told


def test_an_attempt_called_failed_that_was_credited_while_the_order_went_on(both: Both) -> None:
    both.books.do("UPDATE attempt SET state = 'not_sent' WHERE id = ?", both.attempts["unknown"])
    both.carrier.credit(both.attempts["unknown"])
    assert f"订单{both.orders['unknown']}的尝试{both.attempts['unknown']}记为未成功，运营商却已入账" in both.told()


def test_orders_that_end_while_the_check_runs_are_looked_up_again(both: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    """The carrier's snapshot is the older one: a credit that came after it is no difference."""
    opened = CarrierLedger.__init__

    def open_then_credit(ledger: CarrierLedger, path: Path) -> None:
        opened(ledger, path)
        order = both.books.hold()
        both.carrier.credit(both.books.succeed(order))

    monkeypatch.setattr(CarrierLedger, "__init__", open_then_credit)
    assert both.seventh().holds, both.told()


def test_many_references_are_asked_for_in_parts(both: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carrier, "_MOST_MARKS", 1)
    assert both.seventh().holds
    both.carrier.credit("70000000000000000001")
    assert len(both.told()) == 1


def test_the_carriers_file_is_only_read(both: Both) -> None:
    ledger = CarrierLedger(both.carrier.path)
    with pytest.raises(Exception, match="readonly"):
        ledger._connection.execute("delete from credit")
    ledger.close()


def test_a_missing_file_is_no_empty_ledger(books: RightBooks, tmp_path: Path) -> None:
    with pytest.raises(Exception, match="unable to open"):
        verify_books(books.database, books.now, tmp_path / "nowhere.sqlite3")


def test_other_invariants_do_not_move_with_the_carrier(both: Both) -> None:
    both.carrier.credit("forged")
    found = verify_books(both.books.database, both.books.now, both.carrier.path)
    assert [finding.invariant for finding in found if not finding.holds] == ["I7"]
