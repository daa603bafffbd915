"""What the host can ask of a terminal, and how what it says ends up on the display."""

from pathlib import Path

import pytest

from simulators.pos_terminal.memory import Memory
from simulators.pos_terminal.outcome import Outcome
from simulators.pos_terminal.terminal import Terminal
from tests.simulators.pos_terminal.conftest import NUMBER, at, use
from tests.simulators.pos_terminal.host import PASSWORD, Fields, Heard, Host


async def sign_in(terminal: Terminal) -> Outcome:
    return await terminal.sign_in()


async def recharge(terminal: Terminal) -> Outcome:
    return await terminal.recharge(NUMBER, 5000, PASSWORD)


def wishing(host: Host, wish: str, on: str = "0200") -> None:
    """The host asks for something in the header of answers to one type."""

    def ask(heard: Heard, answer: Fields) -> Fields:
        host.wish = wish if heard.type == on else "0"
        return answer

    host.misbehave = ask


class TestWishes:
    @pytest.mark.parametrize(
        ("wish", "heard", "function"),
        [("1", ("0800", "361"), "download"), ("2", ("0820", "362"), "status"), ("3", ("0800", "003"), "sign_in")],
    )
    def test_they_are_obeyed_after_the_sale(self, path: Path, host: Host, wish: str, heard: tuple[str, str], function: str) -> None:
        wishing(host, wish)
        outcome = use(path, host.port, sign_in, recharge)[1]
        assert (host.heard[-1].type, host.heard[-1].net) == heard
        assert ("host_asks~", f"function.{function}") in outcome.display
        assert (outcome.ended, outcome.code) == ("done", "00")

    @pytest.mark.parametrize("wish", ["4", "5", "6"])
    def test_what_a_terminal_without_a_chip_cannot_do_is_shown(self, path: Path, host: Host, wish: str) -> None:
        wishing(host, wish)
        outcome = use(path, host.port, sign_in, recharge)[1]
        assert ("host_asks", wish) in outcome.display
        assert host.types() == ["0800", "0200"]

    def test_a_wish_is_obeyed_once(self, path: Path, host: Host) -> None:
        host.wish = "3"
        use(path, host.port, lambda terminal: terminal.echo())
        assert host.types() == ["0820", "0800"]

    def test_how_the_wish_went_does_not_change_how_the_sale_went(self, path: Path, host: Host) -> None:
        def ask(heard: Heard, answer: Fields) -> Fields | None:
            host.wish = "1" if heard.type == "0200" else "0"
            return None if heard.net == "360" else answer

        host.misbehave = ask
        outcome = use(path, host.port, sign_in, recharge)[1]
        assert (outcome.ended, outcome.code) == ("done", "00")
        assert ("no_answer", "98") in outcome.display

    @pytest.mark.parametrize("code", ["77", "97", "99", "A0"])
    def test_some_refusals_mean_sign_in(self, path: Path, host: Host, code: str) -> None:
        host.outcomes = [code]
        outcome = use(path, host.port, sign_in, recharge)[1]
        assert host.types() == ["0800", "0200", "0800"]
        assert (outcome.ended, outcome.code) == ("refused", code)
        assert Memory(path).state.sales[0].state == "refused"


def test_the_frames_of_the_last_key_can_be_looked_at(path: Path, host: Host) -> None:
    async def keys(terminal: Terminal) -> Outcome:
        await terminal.sign_in()
        outcome = await terminal.recharge(NUMBER, 5000, PASSWORD)
        assert [(one.direction, one.type) for one in terminal.records] == [("out", "0200"), ("in", "0210")]
        assert PASSWORD not in str(terminal.records)
        return outcome

    use(path, host.port, keys)


def test_a_silent_host_is_given_up_after_the_wait(path: Path, host: Host) -> None:
    host.answers = lambda _: []  # type: ignore[method-assign,assignment]
    (outcome,) = use(path, host.port, lambda terminal: terminal.echo(), seconds=0.1)
    assert (outcome.ended, outcome.display) == ("unknown", [("no_answer", "98")])


def test_switched_off_and_on_it_is_still_signed_in(path: Path, host: Host) -> None:
    use(path, host.port, sign_in)
    assert at(path, host.port).state.signed_in
    assert use(path, host.port, recharge)[0].ended == "done"
    assert host.types() == ["0800", "0200"]
