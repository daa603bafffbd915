"""Signing in and off, enquiries and parameters, as a person at the terminal sees them."""

from pathlib import Path

import pytest

from simulators.pos_terminal.memory import Memory, Sale
from simulators.pos_terminal.service import yuan
from simulators.pos_terminal.terminal import Terminal
from tests.simulators.pos_terminal.conftest import NUMBER, use
from tests.simulators.pos_terminal.host import PASSWORD, Host, element
from tests.support import machine


def sign_in(terminal: Terminal) -> object:
    return terminal.sign_in()


def names(outcome: object) -> list[str]:
    """Names of the lines on the display."""
    return [name for name, _ in outcome.display]  # type: ignore[attr-defined]


class TestSignIn:
    def test_keys_and_batch_are_taken(self, path: Path, host: Host) -> None:
        host.batch = 17
        (outcome,) = use(path, host.port, lambda terminal: terminal.sign_in())
        assert (outcome.ended, outcome.display) == ("done", [("signed_in", ""), ("batch", "000017")])
        state = Memory(path).state
        assert state.signed_in
        assert state.batch == "000017"
        # What lies in the file is still under the master key.
        assert len(bytes.fromhex(state.work)) == 40

    def test_keys_whose_check_values_do_not_fit_are_not_taken(self, path: Path, host: Host) -> None:
        host.misbehave = lambda _, answer: answer | {62: "ab" * 40}
        (outcome,) = use(path, host.port, lambda terminal: terminal.sign_in())
        assert (outcome.ended, names(outcome)) == ("refused", ["wrong_keys"])
        assert not Memory(path).state.signed_in

    def test_a_refusal_is_shown(self, path: Path, host: Host) -> None:
        host.misbehave = lambda _, answer: answer | {39: "58", 62: ""}
        (outcome,) = use(path, host.port, lambda terminal: terminal.sign_in())
        assert (outcome.ended, outcome.code, names(outcome)) == ("refused", "58", ["refused", "code.58"])

    def test_without_a_host_nothing_changes(self, path: Path) -> None:
        before = Memory(path).state
        (outcome,) = use(path, machine.free_port(), lambda terminal: terminal.sign_in())
        assert (outcome.ended, names(outcome)) == ("offline", ["no_line"])
        after = Memory(path).state
        assert (after.work, after.batch) == (before.work, before.batch)

    def test_every_message_has_a_trace_of_its_own(self, path: Path, host: Host) -> None:
        use(path, host.port, lambda terminal: terminal.sign_in(), lambda terminal: terminal.sign_in())
        use(path, host.port, lambda terminal: terminal.sign_in())
        assert [one.fields[11] for one in host.heard] == ["000001", "000002", "000003"]

    def test_a_batch_the_host_closed_is_told_on_paper(self, path: Path, host: Host) -> None:
        memory = Memory(path)
        memory.state.batch = "000001"
        memory.state.sales.append(Sale("recharge", "000001", "000007", NUMBER, 5000, "done"))
        memory.keep()
        host.batch = 2
        (outcome,) = use(path, host.port, lambda terminal: terminal.sign_in())
        assert [(slip.kind, slip.rows) for slip in outcome.slips] == [("batch_closed", [("batch", "000001")])]
        (again,) = use(path, host.port, lambda terminal: terminal.sign_in())
        assert again.slips == []


class TestSignOff:
    def test_the_keys_are_gone(self, path: Path, host: Host) -> None:
        outcomes = use(path, host.port, lambda t: t.sign_in(), lambda t: t.sign_off(), lambda t: t.balance(PASSWORD))
        assert [outcome.ended for outcome in outcomes] == ["done", "done", "bad"]
        assert names(outcomes[2]) == ["must_sign_in"]
        assert host.types() == ["0800", "0820"]

    def test_without_an_answer_they_stay(self, path: Path, host: Host) -> None:
        host.misbehave = lambda heard, answer: None if heard.type == "0820" else answer
        outcomes = use(path, host.port, lambda t: t.sign_in(), lambda t: t.sign_off())
        assert outcomes[1].ended == "unknown"
        assert Memory(path).state.signed_in


@pytest.mark.parametrize("press", ["balance", "check_number", "download", "recharge", "settle", "cancel", "enquire", "pay_bill"])
def test_what_needs_keys_asks_for_the_sign_in_first(path: Path, host: Host, press: str) -> None:
    told: dict[str, tuple[object, ...]] = {
        "balance": (PASSWORD,),
        "check_number": (NUMBER,),
        "recharge": (NUMBER, 5000, PASSWORD),
        "pay_bill": (NUMBER, 5000, PASSWORD),
        "cancel": ("000001", PASSWORD),
    }
    (outcome,) = use(path, host.port, lambda terminal: getattr(terminal, press)(*told.get(press, ())))
    assert (outcome.ended, names(outcome), host.heard) == ("bad", ["must_sign_in"], [])


class TestEnquiries:
    @pytest.mark.parametrize(("sign", "minor", "shown"), [("C", 12345, "123.45"), ("D", -12345, "-123.45")])
    def test_the_balance(self, path: Path, host: Host, sign: str, minor: int, shown: str) -> None:
        host.misbehave = lambda heard, answer: answer | ({54: f"0002156{sign}000000012345"} if heard.type == "0200" else {})
        outcome = use(path, host.port, lambda t: t.sign_in(), lambda t: t.balance(PASSWORD))[1]
        assert (outcome.values, outcome.display) == ({"balance_minor": str(minor)}, [("balance", shown)])

    def test_a_wrong_password(self, path: Path, host: Host) -> None:
        outcome = use(path, host.port, lambda t: t.sign_in(), lambda t: t.balance("000000"))[1]
        assert (outcome.ended, outcome.code) == ("refused", "55")

    def test_the_password_can_come_with_the_account(self, path: Path, host: Host) -> None:
        outcome = use(path, host.port, lambda t: t.sign_in(), lambda t: t.balance(PASSWORD, "731000000018"))[1]
        assert outcome.code == "55", "the tests' host knows no accounts: it opens another block"
        assert (host.heard[1].fields[2], host.heard[1].fields[53][:2]) == ("731000000018", "26")

    def test_whose_number(self, path: Path, host: Host) -> None:
        outcome = use(path, host.port, lambda t: t.sign_in(), lambda t: t.check_number(NUMBER))[1]
        assert outcome.display == [("number", NUMBER), ("carrier", "CM"), ("province", "湖南")]

    def test_an_answer_that_makes_no_sense_is_no_answer(self, path: Path, host: Host) -> None:
        host.misbehave = lambda heard, answer: answer | ({48: "00"} if heard.type == "0100" else {})
        outcome = use(path, host.port, lambda t: t.sign_in(), lambda t: t.check_number(NUMBER))[1]
        assert (outcome.ended, names(outcome)) == ("unknown", ["bad_answer"])

    def test_echo_and_status_need_no_keys(self, path: Path, host: Host) -> None:
        outcomes = use(path, host.port, lambda t: t.echo(), lambda t: t.status("001PAPER"))
        assert [names(outcome) for outcome in outcomes] == [["echoed"], ["reported"]]
        assert 11 not in host.heard[0].fields
        assert bytes.fromhex(host.heard[1].fields[62]) == b"001PAPER"


class TestDownload:
    def test_all_blocks_are_put_together(self, path: Path, host: Host) -> None:
        host.parameters = ["00031" + element("02", "20") + element("03", "2"), "00030" + element("05", "湘江路电讯店") + element("99", "x")]
        outcome = use(path, host.port, lambda t: t.sign_in(), lambda t: t.download())[1]
        assert outcome.ended == "done"
        assert Memory(path).state.parameters == {"version": "0003", "timeout": "20", "tries": "2", "header": "湘江路电讯店", "99": "x"}
        asked = [(one.net, bytes.fromhex(one.fields[62])) for one in host.heard[1:]]
        assert asked == [("360", b"000000"), ("360", b"000001"), ("361", b"000302")]
        assert all(one.mac_good for one in host.heard)

    def test_the_next_time_it_says_which_version_it_has(self, path: Path, host: Host) -> None:
        use(path, host.port, lambda t: t.sign_in(), lambda t: t.download(), lambda t: t.download())
        assert [bytes.fromhex(one.fields[62]) for one in host.heard if one.net == "360"] == [b"000000", b"000100"]

    def test_parameters_are_taken_over_whether_the_host_hears_of_it_or_not(self, path: Path, host: Host) -> None:
        host.misbehave = lambda heard, answer: None if heard.net == "361" else answer
        outcome = use(path, host.port, lambda t: t.sign_in(), lambda t: t.download())[1]
        assert outcome.ended == "done"
        assert Memory(path).state.parameters["version"] == "0001"

    def test_half_a_download_changes_nothing(self, path: Path, host: Host) -> None:
        host.parameters = ["00031" + element("02", "20"), "broken"]
        outcome = use(path, host.port, lambda t: t.sign_in(), lambda t: t.download())[1]
        assert outcome.ended == "unknown"
        assert Memory(path).state.parameters == {}

    def test_the_shops_name_is_on_its_slips_from_then_on(self, path: Path, host: Host) -> None:
        outcome = use(path, host.port, lambda t: t.sign_in(), lambda t: t.download(), lambda t: t.recharge(NUMBER, 5000, PASSWORD))[2]
        assert outcome.slips[0].rows[0] == ("", "湘江路电讯店")


@pytest.mark.parametrize(("minor", "text"), [(0, "0.00"), (5, "0.05"), (12345, "123.45"), (-5, "-0.05"), (-12345, "-123.45")])
def test_fen_as_people_read_them(minor: int, text: str) -> None:
    assert yuan(minor) == text
