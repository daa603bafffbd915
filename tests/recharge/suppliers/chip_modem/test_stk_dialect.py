"""Orders through a card's menus: the last step is the order; what breaks off before it is not sent, after it unknown."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gsm.modem.stk import DIALECTS
from recharge.domain.outcomes import OutcomeState
from recharge.suppliers.chip_modem.stk_dialect import MenuDialect
from tests.gsm.modem.fake import FakeModem
from tests.recharge.suppliers.chip_modem.stage import NUMBER, Stage, on_stage, said

S = OutcomeState
MENUS = MenuDialect("#1>{number}>{units}>{pin}", DIALECTS["wavecom"])


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with on_stage(tmp_path) as made:
        card(made.modem)
        yield made


def then(*lines: str) -> "list[str]":
    return ["OK", *lines]


def card(modem: FakeModem) -> None:
    """The dealer's application of a card in a Wavecom modem: number, amount, PIN, and a message to the operator."""
    modem.answers |= {
        "AT+STSF=1": then("+STIN: 0"),
        "AT+STGI=0": ['+STGI: "Dealer"', '+STGI: 1,2,"Isi",0', '+STGI: 2,2,"Stok",0', "OK"],
        "AT+STGR=0,1,1": then("+STIN: 3"),
        "AT+STGI=3": ['+STGI: 0,1,4,16,0,"Nomor"', "OK"],
        f'AT+STGR=3,1,"{NUMBER}"': then("+STIN: 6"),
        "AT+STGI=6": ['+STGI: 0,"Nominal"', '+STGI: 1,2,"5",0', '+STGI: 2,2,"10",0', "OK"],
        "AT+STGR=6,1,2": then("+STIN: 3"),
        'AT+STGR=3,1,"1234"': then("+STIN: 9", "+STIN: 99"),
        "AT+STGR=3,0": then("+STIN: 99"),
        "AT+STGR=6,0": then("+STIN: 99"),
        "AT+STGI=1": ['+STGI: 0,"Terkirim",1', "OK"],
        "AT+STGR=1,1": then(),
    }


def test_the_way_through_the_menus(stage: Stage) -> None:
    outcome = stage.carry(MENUS, seconds=0.5)
    # The card has sent its message; what became of it, only the operator knows.
    assert (outcome.state, outcome.code) == (S.UNKNOWN, "stk_no_answer")
    wanted = ["AT+STGR=0,1,1", f'AT+STGR=3,1,"{NUMBER}"', "AT+STGR=6,1,2", 'AT+STGR=3,1,"1234"']
    assert stage.modem.heard("AT+STGR") == wanted


@pytest.mark.parametrize("state", [S.SUCCESS, S.FAILED])
def test_the_operators_message_ends_it(stage: Stage, state: OutcomeState) -> None:
    def last(fake: FakeModem, _command: str) -> None:
        assert stage.exchange is not None
        stage.exchange.word = said(state)
        fake.say("OK", "+STIN: 99")

    stage.modem.answers['AT+STGR=3,1,"1234"'] = last
    assert stage.carry(MENUS).state is state


def test_a_shown_text_may_say_how_it_ended(stage: Stage) -> None:
    stage.words["Terkirim"] = said(S.SUCCESS)
    stage.modem.answers['AT+STGR=3,1,"1234"'] = then("+STIN: 1")
    assert stage.carry(MENUS).state is S.SUCCESS
    assert stage.heard_texts == ["Terkirim"]


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("AT+STSF=1", ["ERROR"]),
        ("AT+STGR=0,1,1", ["+CME ERROR: 3"]),
        ("AT+STGR=0,1,1", ["OK", "+STIN: 99"]),
        (f'AT+STGR=3,1,"{NUMBER}"', ["ERROR"]),
        ("AT+STGR=6,1,2", ["OK", "+STIN: 99"]),
        ("AT+STGR=6,1,2", ["OK"]),
        ("AT+STGI=6", ['+STGI: 0,"Nominal"', '+STGI: 1,1,"5",0', "OK"]),
        ("AT+STGI=6", ["ERROR"]),
    ],
)
def test_what_breaks_off_before_the_last_step_is_not_sent(stage: Stage, command: str, answer: list[str]) -> None:
    stage.modem.answers[command] = answer
    assert stage.carry(MENUS, seconds=0.4).state is S.NOT_SENT
    assert 'AT+STGR=3,1,"1234"' not in stage.modem.said


@pytest.mark.parametrize("answer", [["ERROR"], ["+CME ERROR: 3"], ["OK"], [], ["OK", "+STIN: 3"]])
def test_what_breaks_off_after_it_is_unknown(stage: Stage, answer: list[str]) -> None:
    stage.modem.answers['AT+STGR=3,1,"1234"'] = answer
    assert stage.carry(MENUS, seconds=0.5).state is S.UNKNOWN
    assert stage.modem.said.count('AT+STGR=3,1,"1234"') == 1


def test_an_open_session_is_left_before_the_last_step(stage: Stage) -> None:
    stage.modem.answers["AT+STGI=6"] = ['+STGI: 0,"Nominal"', '+STGI: 1,1,"5",0', "OK"]
    outcome = stage.carry(MENUS)
    assert outcome.code == "stk_no_such_item"
    assert stage.modem.said[-1] == "AT+STGR=6,0"


def test_a_port_that_vanishes_in_the_menus(stage: Stage) -> None:
    stage.modem.answers["AT+STGR=6,1,2"] = lambda fake, _: fake.unplug()
    assert stage.carry(MENUS).state is S.NOT_SENT


def test_a_port_that_vanishes_with_the_last_step(stage: Stage) -> None:
    stage.modem.answers['AT+STGR=3,1,"1234"'] = lambda fake, _: fake.unplug()
    assert stage.carry(MENUS).state is S.UNKNOWN


def test_a_question_through_the_menus(stage: Stage) -> None:
    stage.modem.answers |= {"AT+STGR=0,1,2": then("+STIN: 3")}
    assert stage.ask(MENUS, "#2>{pin}", "stok") is None
    assert stage.modem.heard("AT+STGR") == ["AT+STGR=0,1,2", 'AT+STGR=3,1,"1234"']
