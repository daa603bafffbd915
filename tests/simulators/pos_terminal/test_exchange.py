"""What is believed and what is not: other people's answers, forged ones, late ones; and what the switches do on the line."""

import asyncio
import time
from pathlib import Path

import pytest

from simulators.pos_terminal import requests
from simulators.pos_terminal.exchange import Exchange, Untrusted
from simulators.pos_terminal.faults import Faults, PowerCut
from simulators.pos_terminal.line import NoAnswer, TcpLine
from simulators.pos_terminal.memory import USUAL_SECONDS, Memory, Sale, State
from simulators.pos_terminal.messages import Message, dial_up
from tests.simulators.pos_terminal.conftest import NUMBER, make, use
from tests.simulators.pos_terminal.host import Fields, Heard, Host

SALE = Sale("recharge", "000001", "000007", NUMBER, 5000)


def signed_in(path: Path, host: Host) -> State:
    use(path, host.port, lambda terminal: terminal.sign_in())
    host.heard.clear()
    return Memory(path).state


def exchanged(state: State, host: Host, message: Message, faults: Faults | None = None) -> tuple[str, list[str]]:
    """The answer's code, and what the terminal noted about each frame."""

    async def whole() -> tuple[str, list[str]]:
        exchange = Exchange(lambda: state, TcpLine("127.0.0.1", host.port), 30)
        try:
            answer = await exchange.ask(message, faults)
            return answer.code, [f"{one.direction} {one.type} {one.note}".strip() for one in exchange.records]
        finally:
            await exchange.line.close()

    return asyncio.run(whole())


def recharge(state: State) -> Message:
    return requests.recharge(state, SALE, "00" * 8)


def test_an_answer_is_believed(path: Path, host: Host) -> None:
    state = signed_in(path, host)
    assert exchanged(state, host, requests.check_number(state, "000009", NUMBER)) == ("00", ["out 0100", "in 0110"])
    assert host.heard[0].mac_good


def test_what_belongs_to_others_is_passed_over(path: Path, host: Host) -> None:
    state = signed_in(path, host)
    others: list[Fields] = [{11: "000008"}, {41: "T0000002"}, {3: "190000"}]
    host.before = lambda answer: [answer | other for other in others]
    code, records = exchanged(state, host, requests.check_number(state, "000009", NUMBER))
    assert code == "00"
    assert records == ["out 0100", "in 0110 f11", "in 0110 f41", "in 0110 f3", "in 0110"]


@pytest.mark.parametrize(
    ("code", "strict", "believed"), [("00", True, False), ("00", False, False), ("51", True, False), ("51", False, True)]
)
def test_a_forged_answer(path: Path, host: Host, code: str, strict: bool, believed: bool) -> None:
    """A lenient terminal, as most in the field are, looks at the MAC of a success only."""
    state = signed_in(path, host)
    state.strict, host.forge, host.outcomes = strict, True, [code]
    host.misbehave = lambda _, answer: answer | {39: code}
    if believed:
        assert exchanged(state, host, recharge(state))[0] == code
        return
    with pytest.raises(Untrusted) as caught:
        exchanged(state, host, recharge(state))
    assert (caught.value.reason, caught.value.code) == ("A0", code)


def test_an_answer_without_mac_is_not_believed(path: Path, host: Host) -> None:
    state = signed_in(path, host)
    host.mac_on_all = False
    with pytest.raises(Untrusted):
        exchanged(state, host, recharge(state))


def test_a_mac_nobody_asked_for_is_looked_at_all_the_same(path: Path, host: Host) -> None:
    state = signed_in(path, host)
    host.misbehave = lambda _, answer: answer | {64: "00" * 8}
    assert exchanged(state, host, requests.echo(state))[0] == "00"
    host.forge = True
    with pytest.raises(Untrusted):
        exchanged(state, host, requests.echo(state))


@pytest.mark.parametrize("algorithm", ["x9.19", "cup-ecb", "x9.9"])
def test_every_profile_signs_as_the_host_does(tmp_path: Path, host: Host, algorithm: str) -> None:
    host.algorithm = algorithm
    state = signed_in(make(tmp_path / "T.json", mac=algorithm), host)
    assert exchanged(state, host, requests.check_number(state, "000009", NUMBER))[0] == "00"
    assert host.heard[0].mac_good


def test_octets_that_are_no_message_are_passed_over(path: Path, host: Host) -> None:
    state, real = signed_in(path, host), host.answers
    host.answers = lambda inside: [answer[:-30] for answer in real(inside) or ()]  # type: ignore[method-assign]
    with pytest.raises(NoAnswer):
        asyncio.run(_impatient(state, host))


async def _impatient(state: State, host: Host) -> None:
    exchange = Exchange(lambda: state, TcpLine("127.0.0.1", host.port), 0.2)
    try:
        await exchange.ask(recharge(state))
    finally:
        await exchange.line.close()
        assert [one.type for one in exchange.records][:1] == ["0200"]


class TestSwitches:
    def test_a_lost_request_never_leaves(self, path: Path, host: Host) -> None:
        state = signed_in(path, host)
        with pytest.raises(NoAnswer):
            exchanged(state, host, recharge(state), Faults(lose_request=True))
        assert host.heard == []

    def test_a_lost_answer_was_heard_by_the_host(self, path: Path, host: Host) -> None:
        state = signed_in(path, host)
        with pytest.raises(NoAnswer):
            exchanged(state, host, requests.check_number(state, "000009", NUMBER), Faults(lose_answer=True))
        assert host.types() == ["0100"]

    def test_sent_twice_is_heard_twice(self, path: Path, host: Host) -> None:
        state = signed_in(path, host)
        code, records = exchanged(state, host, requests.check_number(state, "000009", NUMBER), Faults(twice=True))
        assert (code, host.types()) == ("00", ["0100", "0100"])
        assert sorted(records) == ["in 0110", "in 0110", "out 0100", "out 0100"]

    def test_a_wrong_mac_is_wrong(self, path: Path, host: Host) -> None:
        state = signed_in(path, host)
        assert exchanged(state, host, recharge(state), Faults(wrong_mac=True))[0] == "A0"
        assert not host.heard[0].mac_good

    def test_a_delay_comes_before_the_message(self, path: Path, host: Host) -> None:
        state, begun, came = signed_in(path, host), time.monotonic(), []

        def note(_: Heard, answer: Fields) -> Fields:
            came.append(time.monotonic() - begun)
            return answer

        host.misbehave = note
        exchanged(state, host, requests.echo(state), Faults(delay=0.05))
        assert came[0] >= 0.05

    @pytest.mark.parametrize(("step", "heard"), [("sent", ["0100"]), ("answered", ["0100"])])
    def test_the_power_goes(self, path: Path, host: Host, step: str, heard: list[str]) -> None:
        state = signed_in(path, host)
        with pytest.raises(PowerCut):
            exchanged(state, host, requests.check_number(state, "000009", NUMBER), Faults(cut_at=step))
        assert host.types() in (heard, [])


@pytest.mark.parametrize(
    ("parameters", "told", "seconds"), [({}, None, USUAL_SECONDS), ({"timeout": "25"}, None, 25.0), ({"timeout": "25"}, 3.0, 3.0)]
)
def test_how_long_it_waits(path: Path, parameters: dict[str, str], told: float | None, seconds: float) -> None:
    state = Memory(path).state
    state.parameters = parameters
    assert Exchange(lambda: state, TcpLine("127.0.0.1", 1), told).seconds == seconds


def test_the_tpdu_names_the_host_and_the_call_its_caller(tmp_path: Path, host: Host) -> None:
    block = dial_up("073112345678", "96188")
    signed_in(make(tmp_path / "T.json", network="0105", dial_up=block.hex()), host)
    use(tmp_path / "T.json", host.port, lambda terminal: terminal.echo())
    assert host.heard[0].tpdu.hex() == "6001050000"
    assert host.heard[0].line == block
