"""Selling and cancelling: what goes into the file before anything leaves, and what each answer means for the books."""

from pathlib import Path

import pytest

from simulators.pos_terminal.faults import Faults, PowerCut
from simulators.pos_terminal.memory import Memory
from simulators.pos_terminal.outcome import Outcome
from simulators.pos_terminal.terminal import Terminal
from tests.simulators.pos_terminal.conftest import NUMBER, use
from tests.simulators.pos_terminal.host import PASSWORD, Fields, Heard, Host
from tests.support import machine


async def sign_in(terminal: Terminal) -> Outcome:
    return await terminal.sign_in()


async def recharge(terminal: Terminal) -> Outcome:
    return await terminal.recharge(NUMBER, 5000, PASSWORD)


def sold(path: Path) -> list[tuple[str, str, str]]:
    """Function, trace and state of all transactions in the file."""
    return [(sale.function, sale.trace, sale.state) for sale in Memory(path).state.sales]


class TestRecharge:
    def test_it_is_sold_printed_and_booked(self, path: Path, host: Host) -> None:
        outcome = use(path, host.port, sign_in, recharge)[1]
        assert (outcome.ended, outcome.code) == ("done", "00")
        assert outcome.display == [("recharge_done", "50.00"), ("host", "话费到账")]
        rows = dict(outcome.slips[0].rows)
        assert (outcome.slips[0].kind, rows["number"], rows["amount"]) == ("recharge", NUMBER, "RMB 50.00")
        assert (rows["order"], rows["serial"], rows["balance"]) == ("900000000000000001", "CM20261127", "9500.00")
        assert rows["time"] == "2026/11/27 10:15:00"
        (sale,) = Memory(path).state.sales
        assert (sale.state, sale.code, sale.reference, sale.amount_minor) == ("done", "00", "R00000000002", 5000)
        assert Memory(path).state.pending is None

    def test_it_lies_in_the_file_before_it_leaves(self, path: Path, host: Host) -> None:
        seen: list[tuple[str, str]] = []

        def look(heard: Heard, answer: Fields) -> Fields:
            pending = Memory(path).state.pending
            if heard.type == "0200" and pending:
                seen.append((pending.reason, pending.trace))
                assert PASSWORD not in path.read_text("utf-8")
                assert heard.fields[52] not in path.read_text("utf-8")
            return answer

        host.misbehave = look
        use(path, host.port, sign_in, recharge)
        assert seen == [("06", "000002")]

    @pytest.mark.parametrize("code", ["05", "13", "14", "51", "57", "61", "91", "92", "94", "96"])
    def test_a_refusal_ends_it(self, path: Path, host: Host, code: str) -> None:
        host.outcomes = [code]
        outcome = use(path, host.port, sign_in, recharge)[1]
        assert (outcome.ended, outcome.code, outcome.slips) == ("refused", code, [])
        assert ("refused", code) in outcome.display
        assert sold(path) == [("recharge", "000002", "refused")]
        assert Memory(path).state.pending is None

    def test_accepted_for_later_is_said_on_the_slip(self, path: Path, host: Host) -> None:
        host.outcomes = ["A6"]
        outcome = use(path, host.port, sign_in, recharge)[1]
        assert (outcome.ended, outcome.display[0]) == ("processing", ("later", "50.00"))
        assert ("note~", "later") in outcome.slips[0].rows
        assert sold(path) == [("recharge", "000002", "processing")]

    def test_what_came_of_it_is_asked_later(self, path: Path, host: Host) -> None:
        host.outcomes = ["A6"]
        use(path, host.port, sign_in, recharge)
        host.sold["000001", "000002"] = "00"
        (outcome,) = use(path, host.port, lambda terminal: terminal.enquire())
        assert outcome.ended == "done"
        assert host.types() == ["0800", "0200", "0220"]
        assert sold(path) == [("recharge", "000002", "done")]

    def test_an_enquiry_nobody_answers_changes_nothing(self, path: Path, host: Host) -> None:
        host.outcomes = ["A6"]
        use(path, host.port, sign_in, recharge)
        host.misbehave = lambda _, __: None
        (outcome,) = use(path, host.port, lambda terminal: terminal.enquire())
        assert outcome.ended == "unknown"
        assert sold(path) == [("recharge", "000002", "processing")]

    def test_without_a_line_nothing_is_in_doubt(self, path: Path, host: Host) -> None:
        use(path, host.port, sign_in)
        (outcome,) = use(path, machine.free_port(), recharge)
        assert (outcome.ended, outcome.display) == ("offline", [("no_line", "")])
        assert (sold(path), Memory(path).state.pending) == ([], None)

    def test_a_bill_is_a_product_of_its_own(self, path: Path, host: Host) -> None:
        outcome = use(path, host.port, sign_in, lambda terminal: terminal.pay_bill(NUMBER, 8000, PASSWORD))[1]
        assert (outcome.display[0], outcome.slips[0].kind) == (("bill_done", "80.00"), "bill")
        assert "030202" in bytes.fromhex(host.heard[1].fields[48]).decode("ascii")

    def test_a_host_that_says_nothing_of_the_business_leaves_a_shorter_slip(self, path: Path, host: Host) -> None:
        host.misbehave = lambda heard, answer: answer | ({48: ""} if heard.type == "0200" else {})
        outcome = use(path, host.port, sign_in, recharge)[1]
        assert outcome.ended == "done"
        assert "order" not in dict(outcome.slips[0].rows)

    def test_a_wrong_pin_key_is_refused_and_costs_nothing(self, path: Path, host: Host) -> None:
        outcome = use(path, host.port, sign_in, lambda t: t.recharge(NUMBER, 5000, PASSWORD, faults=Faults(wrong_pin_key=True)))[1]
        assert outcome.code == "55"
        assert host.sold == {}

    def test_sent_twice_it_is_one_sale(self, path: Path, host: Host) -> None:
        use(path, host.port, sign_in, lambda t: t.recharge(NUMBER, 5000, PASSWORD, faults=Faults(twice=True)))
        assert host.types() == ["0800", "0200", "0200"]
        assert (len(host.sold), sold(path)) == (1, [("recharge", "000002", "done")])


class TestCancel:
    def test_a_sale_is_taken_back(self, path: Path, host: Host) -> None:
        outcome = use(path, host.port, sign_in, recharge, lambda t: t.cancel("000002", PASSWORD))[2]
        assert (outcome.ended, outcome.display[0], outcome.slips[0].kind) == ("done", ("cancel_done", "50.00"), "cancel")
        fields = host.heard[2].fields
        assert (fields[3], fields[11], fields[37], fields[61]) == ("280000", "000003", "R00000000002", "0000010000021127")
        original, cancel = Memory(path).state.sales
        assert (original.cancelled, cancel.original, cancel.state) == (True, "000002", "done")

    def test_once_only(self, path: Path, host: Host) -> None:
        outcome = use(path, host.port, sign_in, recharge, *[lambda t: t.cancel("000002", PASSWORD)] * 2)[3]
        assert (outcome.ended, outcome.display) == ("bad", [("cancelled_already", "")])
        assert host.types() == ["0800", "0200", "0200"]

    @pytest.mark.parametrize("trace", ["000001", "000003", "999999"])
    def test_a_trace_that_is_no_sale(self, path: Path, host: Host, trace: str) -> None:
        outcome = use(path, host.port, sign_in, recharge, lambda t: t.cancel(trace, PASSWORD))[2]
        assert (outcome.ended, outcome.display) == ("bad", [("no_such_sale", "")])

    def test_a_sale_that_was_refused_cannot_be_cancelled(self, path: Path, host: Host) -> None:
        host.outcomes = ["51"]
        outcome = use(path, host.port, sign_in, recharge, lambda t: t.cancel("000002", PASSWORD))[2]
        assert outcome.ended == "bad"

    def test_refused_the_sale_stands(self, path: Path, host: Host) -> None:
        host.outcomes = ["00", "22"]
        outcome = use(path, host.port, sign_in, recharge, lambda t: t.cancel("000002", PASSWORD))[2]
        assert (outcome.ended, outcome.code) == ("refused", "22")
        original, cancel = Memory(path).state.sales
        assert (original.cancelled, original.state, cancel.state) == (False, "done", "refused")

    def test_a_cancel_whose_answer_was_lost_is_asked_about_under_its_own_trace(self, path: Path, host: Host) -> None:
        outcome = use(path, host.port, sign_in, recharge, lambda t: t.cancel("000002", PASSWORD, faults=Faults(lose_answer=True)))[2]
        assert outcome.ended == "done"
        asked = host.heard[-1]
        assert (asked.type, asked.fields[3], asked.fields[11], asked.fields[60]) == ("0220", "280000", "000003", "48000001000")
        assert Memory(path).state.sales[0].cancelled


class TestEnquire:
    def test_with_no_sale_there_is_nothing_to_ask(self, path: Path, host: Host) -> None:
        outcome = use(path, host.port, sign_in, lambda terminal: terminal.enquire())[1]
        assert (outcome.ended, outcome.display) == ("bad", [("no_such_sale", "")])

    def test_a_sale_by_its_trace(self, path: Path, host: Host) -> None:
        use(path, host.port, sign_in, recharge, recharge, lambda terminal: terminal.enquire("000002"))
        assert host.heard[-1].fields[11] == "000002"

    def test_the_same_is_asked_as_was_sold(self, path: Path, host: Host) -> None:
        use(path, host.port, sign_in, recharge, lambda terminal: terminal.enquire())
        asked, sale = host.heard[2].fields, host.heard[1].fields
        assert [asked[number] for number in (3, 4, 11, 25, 48, 49)] == [sale[number] for number in (3, 4, 11, 25, 48, 49)]


def test_a_cut_after_the_answer_was_kept_needs_no_question(path: Path, host: Host) -> None:
    with pytest.raises(PowerCut):
        use(path, host.port, sign_in, lambda t: t.recharge(NUMBER, 5000, PASSWORD, faults=Faults(cut_at="kept")))
    assert sold(path) == [("recharge", "000002", "done")]
    state = Memory(path).state
    assert state.pending is None
    # The paper is in the file, to be printed again.
    assert state.slips[-1].kind == "recharge"
