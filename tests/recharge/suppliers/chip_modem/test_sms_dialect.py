"""Orders by short message: what the modem says of the message, and what the operator answers."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gsm import pdu, text
from recharge.domain.outcomes import OutcomeState
from recharge.suppliers.chip_modem.sms_dialect import SmsDialect
from tests.gsm.modem.fake import FakeModem
from tests.recharge.suppliers.chip_modem.stage import NUMBER, Stage, on_stage, said

S = OutcomeState
SMS = SmsDialect("R {number} {units} {pin}", "777")


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with on_stage(tmp_path) as made:
        yield made


def answer(stage: Stage, *lines: str) -> None:
    """The modem asks for the message and says this to it."""
    stage.modem.begins["AT+CMGS="] = lambda fake, _: fake.prompt(lambda taken, _data: taken.say(*lines))


def test_the_message_goes_to_the_service_and_is_accepted(stage: Stage) -> None:
    answer(stage, "+CMGS: 9", "OK")
    outcome = stage.carry(SMS, seconds=0.2)
    assert (outcome.state, outcome.code) == (S.ACCEPTED, "cmgs")
    [data] = stage.modem.data
    message = pdu.decode(data.decode())
    assert isinstance(message, pdu.Submit)
    assert str(message.recipient) == "777"
    assert text.decode(message.data, message.coding) == f"R {NUMBER} 10 1234"


@pytest.mark.parametrize(
    ("line", "state", "code"),
    [
        ("+CMS ERROR: 38", S.NOT_SENT, "cms_38"),
        ("+CMS ERROR: 41", S.NOT_SENT, "cms_41"),
        ("+CMS ERROR: 42", S.NOT_SENT, "cms_42"),
        ("+CMS ERROR: 331", S.NOT_SENT, "cms_331"),
        ("+CMS ERROR: 500", S.UNKNOWN, "cms_500"),
        ("+CMS ERROR: 332", S.UNKNOWN, "cms_332"),
        ("ERROR", S.UNKNOWN, "error"),
    ],
)
def test_what_the_modem_says_of_the_message(stage: Stage, line: str, state: OutcomeState, code: str) -> None:
    answer(stage, line)
    outcome = stage.carry(SMS)
    assert (outcome.state, outcome.code) == (state, code)


def test_silence_after_the_message_is_unknown(stage: Stage) -> None:
    answer(stage)
    outcome = stage.carry(SMS, seconds=0.2)
    assert (outcome.state, outcome.code) == (S.UNKNOWN, "no_final_result")


def test_no_prompt_is_not_sent(stage: Stage) -> None:
    stage.modem.begins["AT+CMGS="] = []
    outcome = stage.carry(SMS, seconds=0.2)
    assert (outcome.state, outcome.code) == (S.NOT_SENT, "no_prompt")
    assert stage.modem.data == []


def test_an_error_before_the_message_was_given_is_not_sent(stage: Stage) -> None:
    stage.modem.begins["AT+CMGS="] = ["ERROR"]
    assert stage.carry(SMS).state is S.NOT_SENT


def test_a_port_that_vanishes_with_the_message_is_unknown(stage: Stage) -> None:
    stage.modem.begins["AT+CMGS="] = lambda fake, _: fake.prompt(lambda taken, _data: taken.unplug())
    assert stage.carry(SMS).state is S.UNKNOWN


def test_an_order_that_one_message_does_not_hold_is_not_sent(stage: Stage) -> None:
    answer(stage, "+CMGS: 9", "OK")
    long = SmsDialect("R {number} {units} {pin} " + "x" * 160, "777")
    assert stage.carry(long).state is S.NOT_SENT
    assert stage.modem.data == []


@pytest.mark.parametrize(("state", "found"), [(S.SUCCESS, S.SUCCESS), (S.FAILED, S.FAILED), (S.ACCEPTED, S.ACCEPTED)])
def test_the_operators_answer_comes_as_a_message(stage: Stage, state: OutcomeState, found: OutcomeState) -> None:
    def heard(taken: FakeModem, _data: bytes) -> None:
        assert stage.exchange is not None
        stage.exchange.word = said(state)
        taken.say("+CMGS: 9", "OK")

    stage.modem.begins["AT+CMGS="] = lambda fake, _: fake.prompt(heard)
    assert stage.carry(SMS, seconds=0.3).state is found


def test_a_question_without_an_answer_is_nothing(stage: Stage) -> None:
    answer(stage, "+CMGS: 9", "OK")
    assert stage.ask(SMS, "S {pin}", "stok") is None
    answer(stage, "+CMS ERROR: 38")
    assert stage.ask(SMS, "S {pin}", "stok") is None
    stage.modem.begins["AT+CMGS="] = []
    assert stage.ask(SMS, "S {pin}", "stok") is None
