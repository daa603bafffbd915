"""Settlement: totals that agree, totals that do not, and the power going in between."""

from pathlib import Path

import pytest

from simulators.pos_terminal.faults import Faults, PowerCut
from simulators.pos_terminal.memory import Memory
from simulators.pos_terminal.outcome import Outcome
from simulators.pos_terminal.terminal import Terminal
from tests.simulators.pos_terminal.conftest import NUMBER, use
from tests.simulators.pos_terminal.host import PASSWORD, Fields, Heard, Host


async def sign_in(terminal: Terminal) -> Outcome:
    return await terminal.sign_in()


async def settle(terminal: Terminal) -> Outcome:
    return await terminal.settle()


async def recharge(terminal: Terminal) -> Outcome:
    return await terminal.recharge(NUMBER, 5000, PASSWORD)


def test_totals_that_agree_end_the_batch(path: Path, host: Host) -> None:
    outcome = use(path, host.port, sign_in, recharge, recharge, lambda t: t.cancel("000002", PASSWORD), settle)[4]
    assert [name for name, _ in outcome.display] == ["balanced", "settled"]
    totals, end = host.heard[-2:]
    assert totals.fields[48] == "000000010000" + "002" + "000000005000" + "001" + "0" * 32
    assert (totals.net, end.net, end.fields[48]) == ("201", "207", "0000")
    (slip,) = outcome.slips
    assert dict(slip.rows)["debit"] == "2  RMB 100.00"
    assert dict(slip.rows)["credit"] == "1  RMB 50.00"
    state = Memory(path).state
    assert (state.settling, state.signed_in, state.batch) == (None, False, "000000")


def test_the_next_sign_in_finds_nothing_left_of_a_settled_batch(path: Path, host: Host) -> None:
    use(path, host.port, sign_in, recharge, settle)
    host.batch = 2
    (outcome,) = use(path, host.port, sign_in)
    assert (outcome.slips, Memory(path).state.batch) == ([], "000002")


def test_totals_that_differ_are_uploaded_one_by_one(path: Path, host: Host) -> None:
    host.balanced = False
    outcome = use(path, host.port, sign_in, *[recharge] * 10, settle)[11]
    uploads = [one for one in host.heard if one.type == "0320" and one.net == "201"]
    assert [one.fields[48][:2] for one in uploads] == ["08", "02"]
    assert uploads[0].fields[48][2:42] == "00" + "000002" + "00000000013800138000" + "000000005000"
    end = host.heard[-1]
    assert (end.net, end.fields[48]) == ("202", "0010")
    assert [name for name, _ in outcome.display] == ["not_balanced", "uploaded", "settled"]


def test_an_empty_batch_settles_too(path: Path, host: Host) -> None:
    outcome = use(path, host.port, sign_in, settle)[1]
    assert outcome.ended == "done"
    assert host.heard[1].fields[48] == "0" * 62


def test_refused_and_reversed_sales_do_not_count(path: Path, host: Host) -> None:
    host.outcomes = ["51", "00"]
    use(path, host.port, sign_in, recharge, recharge, settle)
    assert next(one for one in host.heard if one.type == "0500").fields[48][:15] == "000000005000" + "001"


def test_a_sale_in_hand_is_asked_about_first(path: Path, host: Host) -> None:
    host.outcomes = ["A6"]
    use(path, host.port, sign_in, recharge)
    host.sold["000001", "000002"] = "05"
    use(path, host.port, settle)
    assert host.types() == ["0800", "0200", "0220", "0500", "0320"]
    assert host.heard[3].fields[48][:15] == "0" * 15


def test_a_sale_still_in_hand_counts(path: Path, host: Host) -> None:
    host.outcomes = ["A6"]
    use(path, host.port, sign_in, recharge, settle)
    assert host.heard[3].fields[48][:15] == "000000005000" + "001"


def test_a_sale_in_doubt_is_cleared_first(path: Path, host: Host) -> None:
    host.misbehave = lambda heard, answer: None if heard.type in ("0200", "0220") else answer
    use(path, host.port, sign_in, recharge)
    host.misbehave = lambda _, answer: answer
    use(path, host.port, settle)
    assert host.types()[-3:] == ["0220", "0500", "0320"]
    assert host.heard[-2].fields[48][:15] == "000000005000" + "001"


class TestCutOff:
    def cut(self, path: Path, host: Host, step: str) -> None:
        host.balanced = False
        use(path, host.port, sign_in, recharge)
        with pytest.raises(PowerCut):
            use(path, host.port, lambda terminal: terminal.settle(Faults(cut_at=step)))

    @pytest.mark.parametrize("step", ["saved", "sent", "answered", "kept"])
    def test_it_goes_on_where_it_was(self, path: Path, host: Host, step: str) -> None:
        self.cut(path, host, step)
        (outcome,) = use(path, host.port, settle)
        assert outcome.ended == "done"
        assert host.heard[-1].net == "202"
        asked = host.types().count("0500")
        assert asked in {"saved": (1,), "sent": (1, 2), "answered": (2,), "kept": (1,)}[step]
        assert len([one for one in host.heard if one.type == "0320" and one.net == "201"]) == 1

    def test_nothing_is_sold_in_between(self, path: Path, host: Host) -> None:
        self.cut(path, host, "kept")
        (outcome,) = use(path, host.port, recharge)
        assert (outcome.ended, outcome.display) == ("bad", [("settle_first", "")])

    def test_an_upload_is_not_sent_again_once_answered(self, path: Path, host: Host) -> None:
        host.balanced, ups = False, [0]

        def hang_up_on_the_second(heard: Heard, answer: Fields) -> Fields | None:
            ups[0] += heard.type == "0320" and heard.net == "201"
            return None if heard.type == "0320" and ups[0] == 2 else answer

        host.misbehave = hang_up_on_the_second
        outcome = use(path, host.port, sign_in, *[recharge] * 10, settle)[11]
        assert outcome.ended == "unknown"
        (outcome,) = use(path, host.port, settle)
        assert outcome.ended == "done"
        uploads = [one.fields[48][:8] for one in host.heard if one.type == "0320" and one.net == "201"]
        assert [text[:2] for text in uploads] == ["08", "02", "02"]

    def test_a_refusal_stops_it_and_it_can_be_tried_again(self, path: Path, host: Host) -> None:
        host.misbehave = lambda heard, answer: answer | ({39: "96", 48: ""} if heard.type == "0500" else {})
        outcome = use(path, host.port, sign_in, recharge, settle)[2]
        assert (outcome.ended, outcome.code) == ("refused", "96")
        host.misbehave = lambda _, answer: answer
        assert use(path, host.port, settle)[0].ended == "done"
