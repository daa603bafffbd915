"""The reversal file: reasons, tries, both policies, and the words at the end."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from simulators.pos_terminal.faults import STEPS, Faults, PowerCut, chosen
from simulators.pos_terminal.memory import Memory
from simulators.pos_terminal.outcome import Outcome
from simulators.pos_terminal.slips import render
from simulators.pos_terminal.terminal import Terminal
from tests.simulators.pos_terminal.conftest import NUMBER, make, use
from tests.simulators.pos_terminal.host import PASSWORD, Fields, Heard, Host
from tests.support import machine


async def sign_in(terminal: Terminal) -> Outcome:
    return await terminal.sign_in()


async def recharge(terminal: Terminal) -> Outcome:
    return await terminal.recharge(NUMBER, 5000, PASSWORD)


def losing(switch: str) -> Callable[[Terminal], Awaitable[Outcome]]:
    """A press of recharge that goes wrong."""
    return lambda terminal: terminal.recharge(NUMBER, 5000, PASSWORD, faults=chosen([switch]))


def states(path: Path) -> list[str]:
    return [sale.state for sale in Memory(path).state.sales]


def silent_on(*types: str) -> Callable[[Heard, Fields], Fields | None]:
    """A host that hangs up on messages of some types."""

    def hang_up(heard: Heard, answer: Fields) -> Fields | None:
        return None if heard.type in types else answer

    return hang_up


@pytest.fixture
def reversing(tmp_path: Path) -> Path:
    """A terminal that takes back what it has no answer for."""
    return make(tmp_path / "R.json", policy="reversal", strict=False)


class TestConfirm:
    def test_a_lost_answer_is_asked_for_at_once(self, path: Path, host: Host) -> None:
        outcome = use(path, host.port, sign_in, losing("lose_answer"))[1]
        assert outcome.ended == "done"
        assert host.types() == ["0800", "0200", "0220"]
        assert [name for name, _ in outcome.display] == ["no_answer", "trying.confirm", "recharge_done", "host"]
        assert (states(path), Memory(path).state.pending) == (["done"], None)

    def test_a_request_that_never_came_was_not_sold_and_never_will_be(self, path: Path, host: Host) -> None:
        outcome = use(path, host.port, sign_in, losing("lose_request"))[1]
        assert (outcome.ended, outcome.code) == ("refused", "25")
        assert (states(path), host.sold["000001", "000002"]) == (["refused"], "12")

    def test_a_forged_answer_is_asked_about(self, path: Path, host: Host) -> None:
        def forge_sales(heard: Heard, answer: Fields) -> Fields:
            host.forge = heard.type == "0200"
            return answer

        host.misbehave = forge_sales
        outcome = use(path, host.port, sign_in, recharge)[1]
        assert (outcome.ended, outcome.display[0]) == ("done", ("bad_mac", "A0"))
        assert host.types() == ["0800", "0200", "0220"]

    def test_code_98_is_asked_about(self, path: Path, host: Host) -> None:
        host.misbehave = lambda heard, answer: answer | ({39: "98"} if heard.type == "0200" else {})
        assert use(path, host.port, sign_in, recharge)[1].ended == "done"
        assert host.types() == ["0800", "0200", "0220"]

    @pytest.mark.parametrize("code", ["96", "97", "98", "30", "40", "03", "64"])
    def test_an_answer_that_says_nothing_of_the_sale_leaves_it_in_doubt(self, path: Path, host: Host, code: str) -> None:
        host.misbehave = lambda heard, answer: None if heard.type == "0200" else answer | ({39: code} if heard.type == "0220" else {})
        outcome = use(path, host.port, sign_in, recharge)[1]
        assert outcome.ended == "unknown"
        assert outcome.display[-1][0] in ("in_doubt", "batch")
        pending = Memory(path).state.pending
        assert pending is not None
        assert (pending.trace, pending.reason, states(path)) == ("000002", "98", ["asked"])

    @pytest.mark.parametrize("code", ["05", "51", "91"])
    def test_a_refusal_found_out_later_ends_it(self, path: Path, host: Host, code: str) -> None:
        host.outcomes = [code]
        outcome = use(path, host.port, sign_in, losing("lose_answer"))[1]
        assert (outcome.ended, outcome.code, states(path)) == ("refused", code, ["refused"])

    def test_in_hand_is_not_in_doubt(self, path: Path, host: Host) -> None:
        host.outcomes = ["A6"]
        outcome = use(path, host.port, sign_in, losing("lose_answer"))[1]
        assert (outcome.ended, states(path), Memory(path).state.pending) == ("processing", ["processing"], None)

    def test_the_next_sale_waits_for_the_answer_about_the_last(self, path: Path, host: Host) -> None:
        host.misbehave = silent_on("0200", "0220")
        use(path, host.port, sign_in, recharge)
        host.misbehave = lambda _, answer: answer
        (outcome,) = use(path, host.port, recharge)
        assert [(one.type, one.fields[11]) for one in host.heard[-2:]] == [("0220", "000002"), ("0200", "000003")]
        assert (outcome.ended, states(path)) == ("done", ["done", "done"])

    def test_after_all_tries_it_is_given_up_in_the_terminals_words(self, path: Path, host: Host) -> None:
        host.misbehave = silent_on("0200", "0220")
        use(path, host.port, sign_in, recharge)
        host.misbehave = silent_on("0220")
        (outcome,) = use(path, host.port, recharge)
        assert host.types().count("0220") == 3
        paper = render(outcome.slips[0], "zh_CN")
        assert "交易结果未知 请与客服联系" in "".join(paper.split("\n")).replace("备注: ", "")
        assert states(path) == ["unknown", "done"]
        assert outcome.ended == "done"

    def test_the_hosts_parameter_sets_the_tries(self, path: Path, host: Host) -> None:
        memory = Memory(path)
        memory.state.parameters = {"tries": "1"}
        memory.keep()
        host.misbehave = silent_on("0200", "0220")
        outcome = use(path, host.port, sign_in, recharge)[1]
        assert host.types().count("0220") == 1
        assert [slip.kind for slip in outcome.slips] == ["given_up"]

    def test_tries_without_a_line_do_not_count(self, path: Path, host: Host) -> None:
        host.misbehave = silent_on("0200", "0220")
        use(path, host.port, sign_in, recharge)
        for _ in range(5):
            (outcome,) = use(path, machine.free_port(), recharge)
            assert outcome.ended == "offline"
        pending = Memory(path).state.pending
        assert pending is not None
        assert pending.tries == 1


class TestReversal:
    def test_a_lost_answer_is_taken_back_before_the_next_sale(self, reversing: Path, host: Host) -> None:
        outcome = use(reversing, host.port, sign_in, losing("lose_answer"))[1]
        assert (outcome.ended, outcome.display[-1]) == ("unknown", ("in_doubt", "000002"))
        assert host.types() == ["0800", "0200"]
        (outcome,) = use(reversing, host.port, recharge)
        assert host.types() == ["0800", "0200", "0400", "0200"]
        reversal, sale = host.heard[2].fields, host.heard[1].fields
        assert reversal[39] == "98"
        assert all(reversal[number] == sale[number] for number in (3, 4, 11, 22, 25, 41, 42, 48, 49, 60))
        assert (outcome.ended, states(reversing)) == ("done", ["reversed", "done"])
        assert [slip.kind for slip in outcome.slips] == ["reversal", "recharge"]

    @pytest.mark.parametrize("reason", ["06", "98", "A0"])
    def test_the_reason_is_in_field_39(self, reversing: Path, host: Host, reason: str) -> None:
        use(reversing, host.port, sign_in)
        if reason == "06":
            with pytest.raises(PowerCut):
                use(reversing, host.port, lambda t: t.recharge(NUMBER, 5000, PASSWORD, faults=Faults(cut_at="sent")))
        elif reason == "98":
            use(reversing, host.port, losing("lose_answer"))
        else:
            host.forge = True
            use(reversing, host.port, recharge)
            host.forge = False
        use(reversing, host.port, recharge)
        assert [one.fields[39] for one in host.heard if one.type == "0400"] == [reason]

    def test_a_sale_that_never_came_is_taken_back_all_the_same(self, reversing: Path, host: Host) -> None:
        use(reversing, host.port, sign_in, losing("lose_request"), recharge)
        assert (states(reversing), host.sold["000001", "000002"]) == (["reversed", "done"], "12")

    def test_what_cannot_be_taken_back_was_sold(self, reversing: Path, host: Host) -> None:
        host.misbehave = lambda heard, answer: answer | ({39: "22"} if heard.type == "0400" else {})
        outcome = use(reversing, host.port, sign_in, losing("lose_answer"), recharge)[2]
        assert states(reversing) == ["done", "done"]
        paper = "".join(render(outcome.slips[0], "zh_CN").split("\n"))
        assert "冲正不成功 请与客服联系" in paper

    def test_undecided_it_is_sent_again_and_then_given_up(self, reversing: Path, host: Host) -> None:
        host.misbehave = lambda heard, answer: answer | ({39: "98"} if heard.type == "0400" else {})
        outcome = use(reversing, host.port, sign_in, losing("lose_answer"), recharge)[2]
        assert host.types() == ["0800", "0200", "0400", "0400", "0400", "0200"]
        assert ("not_reversed", "") in outcome.display
        assert states(reversing) == ["unknown", "done"]


class TestReversalFirst:
    def test_the_late_sale_is_refused(self, path: Path, host: Host) -> None:
        outcome = use(path, host.port, sign_in, losing("reversal_first"))[1]
        assert host.types() == ["0800", "0400", "0200"]
        assert ("overtook", "25") in outcome.display
        assert (outcome.ended, outcome.code, states(path)) == ("refused", "12", ["refused"])


class TestHostWithoutOurKeys:
    """A host that signed somebody else in, or was made new, answers without MAC that keys are wrong."""

    @pytest.mark.parametrize("code", ["97", "A0", "99", "77"])
    def test_the_terminal_signs_in_and_finds_out(self, path: Path, host: Host, code: str) -> None:
        lost = {"keys": True}

        def forgetful(heard: Heard, answer: Fields) -> Fields:
            if heard.type == "0800":
                lost["keys"] = False
            host.mac_on_all = not lost["keys"]
            return answer | {39: code, 37: "", 48: ""} if lost["keys"] else answer

        use(path, host.port, sign_in)
        host.heard.clear()
        host.misbehave = forgetful
        (outcome,) = use(path, host.port, recharge)
        assert host.types()[:4] == ["0200", "0220", "0800", "0220"]
        # The tests' host had noted the sale although it said it could not; what counts is that both agree in the end.
        assert states(path) == ["done"]
        assert outcome.ended == "done"
        assert Memory(path).state.pending is None

    def test_one_sign_in_is_enough_to_give_up_on(self, path: Path, host: Host) -> None:
        use(path, host.port, sign_in)
        host.heard.clear()
        host.misbehave = lambda heard, answer: answer if heard.type == "0800" else answer | {39: "A0"}
        host.mac_on_all = False
        use(path, host.port, recharge)
        assert host.types() == ["0200", "0220", "0800", "0220", "0800"]
        pending = Memory(path).state.pending
        assert pending is not None
        assert pending.tries == 1


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("policy", ["confirm", "reversal"])
def test_the_power_goes_anywhere_and_both_sides_agree_in_the_end(tmp_path: Path, host: Host, step: str, policy: str) -> None:
    path = make(tmp_path / "P.json", policy=policy)
    use(path, host.port, sign_in)
    with pytest.raises(PowerCut):
        use(path, host.port, lambda t: t.recharge(NUMBER, 5000, PASSWORD, faults=Faults(cut_at=step)))
    (outcome,) = use(path, host.port, recharge)
    assert outcome.ended == "done"
    for sale in Memory(path).state.sales:
        assert (host.sold[sale.batch, sale.trace] == "00") == (sale.state == "done")
