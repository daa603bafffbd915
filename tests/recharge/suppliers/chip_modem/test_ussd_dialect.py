"""Every row of the table of outcomes, spoken by a modem: nothing that may have happened is called not sent, nothing is sent twice."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from recharge.domain.outcomes import OutcomeState
from recharge.suppliers.chip_modem.ussd_dialect import UssdDialect
from tests.gsm.modem.fake import FakeModem
from tests.recharge.suppliers.chip_modem.stage import NUMBER, PIN, Stage, on_stage, question, said

S = OutcomeState
STRING = f"*777*{NUMBER}*10*{PIN}#"
ORDER = f'AT+CUSD=1,"{STRING}",15'
PLAIN = UssdDialect("*777*{number}*{units}*{pin}#", ())
ASKED = UssdDialect("*777*{number}*{units}*{pin}#", ("1",))
TWICE = UssdDialect("*777*{number}*{units}#", ("1", "{pin}"))
YES = 'AT+CUSD=1,"1",15'


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with on_stage(tmp_path) as made:
        yield made


def cusd(text: str, state: int = 0) -> str:
    return f'+CUSD: {state},"{text}",15'


def test_the_string_goes_out_once_and_its_answer_ends_it(stage: Stage) -> None:
    stage.words["berhasil"] = said(S.SUCCESS)
    stage.modem.answers[ORDER] = ["OK", cusd("berhasil")]
    assert stage.carry(PLAIN).state is S.SUCCESS
    assert stage.modem.heard("AT+CUSD=1,") == [ORDER]


@pytest.mark.parametrize("state", [S.SUCCESS, S.FAILED, S.UNKNOWN])
def test_what_a_rule_makes_of_the_text(stage: Stage, state: OutcomeState) -> None:
    stage.words["text"] = said(state)
    stage.modem.answers[ORDER] = ["OK", cusd("text")]
    assert stage.carry(PLAIN).state is state


def test_an_answer_before_the_result_counts(stage: Stage) -> None:
    stage.words["berhasil"] = said(S.SUCCESS)
    stage.modem.answers[ORDER] = [cusd("berhasil"), "OK"]
    assert stage.carry(PLAIN).state is S.SUCCESS


@pytest.mark.parametrize(
    ("final", "state", "code"),
    [
        *((f"+CME ERROR: {number}", S.NOT_SENT, f"cme_{number}") for number in (10, 11, 13, 14, 30, 32)),
        *((f"+CME ERROR: {number}", S.UNKNOWN, f"cme_{number}") for number in (3, 31, 100)),
        ("ERROR", S.UNKNOWN, "error"),
    ],
)
def test_a_result_instead_of_ok(stage: Stage, final: str, state: OutcomeState, code: str) -> None:
    stage.modem.answers[ORDER] = [final]
    outcome = stage.carry(PLAIN)
    assert (outcome.state, outcome.code) == (state, code)


@pytest.mark.parametrize(
    ("line", "state", "code"),
    [
        ("+CUSD: 2", S.UNKNOWN, "cusd_2"),
        ("+CUSD: 3", S.UNKNOWN, "cusd_3"),
        ("+CUSD: 4", S.FAILED, "cusd_4"),
        ("+CUSD: 5", S.UNKNOWN, "cusd_5"),
        ("+CUSD: 0", S.UNKNOWN, "cusd_0"),
        ("+CUSD: 1", S.UNKNOWN, "cusd_1"),
        ("+CUSD: 9", S.UNKNOWN, "cusd_"),
        ("+CUSD: nonsense", S.UNKNOWN, "cusd_unreadable"),
        ("+CME ERROR: 31", S.UNKNOWN, "cme_31"),
        ("+CME ERROR: 100", S.UNKNOWN, "cme_100"),
        ("ERROR", S.UNKNOWN, "error"),
    ],
)
def test_a_line_without_a_text_after_ok(stage: Stage, line: str, state: OutcomeState, code: str) -> None:
    stage.modem.answers[ORDER] = ["OK", line]
    outcome = stage.carry(PLAIN)
    assert (outcome.state, outcome.code) == (state, code)


def test_not_supported_may_be_an_earlier_orders_answer(stage: Stage) -> None:
    stage.modem.answers[ORDER] = ["OK", "+CUSD: 4"]
    assert stage.carry(PLAIN, owed=True).state is S.UNKNOWN


def test_silence_after_ok_is_unknown(stage: Stage) -> None:
    stage.modem.answers[ORDER] = ["OK"]
    outcome = stage.carry(PLAIN, seconds=0.2)
    assert (outcome.state, outcome.code) == (S.UNKNOWN, "no_cusd")
    # The session that may stand open is ended, and nothing else is sent.
    assert stage.modem.heard("AT+CUSD=") == ["AT+CUSD=1", ORDER, "AT+CUSD=2"]


def test_silence_instead_of_ok_is_unknown_and_what_comes_all_the_same_counts(stage: Stage) -> None:
    stage.modem.answers[ORDER] = []
    outcome = stage.carry(PLAIN, seconds=0.2)
    assert (outcome.state, outcome.code) == (S.UNKNOWN, "no_final_result")
    stage.words["berhasil"] = said(S.SUCCESS)
    stage.modem.answers[ORDER] = [cusd("berhasil")]
    # The line is out of step until the modem has answered a question that nothing else answers.
    assert stage.carry(PLAIN, seconds=0.6).state in {S.SUCCESS, S.UNKNOWN}


def test_a_text_of_something_else_leaves_the_answer_to_come(stage: Stage) -> None:
    stage.words |= {"other": None, "berhasil": said(S.SUCCESS)}
    stage.modem.answers[ORDER] = ["OK", cusd("other"), '+CMTI: "SM",1', cusd("berhasil")]
    assert stage.carry(PLAIN).state is S.SUCCESS
    assert stage.heard_texts == ["other", "berhasil"]


def test_being_processed_waits_for_the_end_and_is_accepted_without_one(stage: Stage) -> None:
    stage.words |= {"diproses": said(S.ACCEPTED), "gagal": said(S.FAILED)}
    stage.modem.answers[ORDER] = ["OK", cusd("diproses"), cusd("gagal")]
    assert stage.carry(PLAIN).state is S.FAILED
    stage.modem.answers[ORDER] = ["OK", cusd("diproses")]
    assert stage.carry(PLAIN, seconds=0.3).state is S.ACCEPTED


def test_a_port_that_vanishes_after_the_string_is_unknown(stage: Stage) -> None:
    stage.modem.answers[ORDER] = lambda fake, _: fake.unplug()
    outcome = stage.carry(PLAIN)
    assert (outcome.state, outcome.code) == (S.UNKNOWN, "gone")


def test_a_question_is_answered_and_the_answer_is_the_order(stage: Stage) -> None:
    stage.words |= {"1.Ya 2.Tidak": question(NUMBER), "berhasil": said(S.SUCCESS)}
    stage.modem.answers |= {ORDER: ["OK", cusd("1.Ya 2.Tidak", 1)], YES: ["OK", cusd("berhasil")]}
    assert stage.carry(ASKED).state is S.SUCCESS
    assert stage.modem.heard("AT+CUSD=1,") == [ORDER, YES]


@pytest.mark.parametrize("answer", [["+CME ERROR: 100"], ["ERROR"], ["OK", "+CUSD: 2"], ["OK", "+CUSD: 5"], ["OK"], []])
def test_what_breaks_off_before_the_last_answer_is_not_sent(stage: Stage, answer: list[str]) -> None:
    stage.modem.answers[ORDER] = answer
    assert stage.carry(ASKED, seconds=0.3).state is S.NOT_SENT


@pytest.mark.parametrize("answer", [["+CME ERROR: 100"], ["ERROR"], ["OK", "+CUSD: 2"], ["OK", "+CUSD: 5"], ["OK"], []])
def test_what_breaks_off_after_it_is_unknown(stage: Stage, answer: list[str]) -> None:
    stage.words["1.Ya 2.Tidak"] = question()
    stage.modem.answers |= {ORDER: ["OK", cusd("1.Ya 2.Tidak", 1)], YES: answer}
    assert stage.carry(ASKED, seconds=0.5).state is S.UNKNOWN


def test_two_questions_with_a_pin_at_the_end(stage: Stage) -> None:
    stage.words |= {"sure?": question(), "PIN:": question(), "berhasil": said(S.SUCCESS)}
    first, pin = f'AT+CUSD=1,"*777*{NUMBER}*10#",15', f'AT+CUSD=1,"{PIN}",15'
    stage.modem.answers |= {first: ["OK", cusd("sure?", 1)], YES: ["OK", cusd("PIN:", 1)], pin: ["OK", cusd("berhasil")]}
    assert stage.carry(TWICE).state is S.SUCCESS
    assert stage.modem.heard("AT+CUSD=1,") == [first, YES, pin]


def test_a_question_about_another_number_is_cancelled(stage: Stage) -> None:
    stage.words["isi 0813000?"] = question("081300000001")
    stage.modem.answers[ORDER] = ["OK", cusd("isi 0813000?", 1)]
    outcome = stage.carry(ASKED)
    assert (outcome.state, outcome.code) == (S.NOT_SENT, "other_number_asked")
    assert stage.modem.heard("AT+CUSD=") == ["AT+CUSD=1", ORDER, "AT+CUSD=2"]


def test_a_question_nobody_expected_is_unknown(stage: Stage) -> None:
    stage.words["again?"] = question()
    stage.modem.answers[ORDER] = ["OK", cusd("again?", 1)]
    outcome = stage.carry(PLAIN)
    assert (outcome.state, outcome.code) == (S.UNKNOWN, "asked_again")


@pytest.mark.parametrize("state", [S.SUCCESS, S.FAILED])
def test_an_end_that_looks_like_a_question(stage: Stage, state: OutcomeState) -> None:
    stage.words["selesai. 0.Menu"] = said(state)
    stage.modem.answers[ORDER] = ["OK", cusd("selesai. 0.Menu", 1)]
    assert stage.carry(PLAIN).state is state
    assert "AT+CUSD=2" in stage.modem.said


def test_a_question_in_words_nobody_knows_is_answered_all_the_same(stage: Stage) -> None:
    # The operator's menu may say it otherwise every day; what is confirmed was typed by us.
    stage.words["berhasil"] = said(S.SUCCESS)
    stage.modem.answers |= {ORDER: ["OK", cusd("Lanjut? 1.Ya", 1)], YES: ["OK", cusd("berhasil")]}
    assert stage.carry(ASKED).state is S.SUCCESS


class TestQuestions:
    """Stock and latest transactions: they move no money."""

    STOCK = 'AT+CUSD=1,"*776*1234#",15'

    def test_the_answer_is_told(self, stage: Stage) -> None:
        stage.modem.answers[self.STOCK] = ["OK", cusd("stok 5")]
        assert stage.ask(PLAIN, "*776*{pin}#", "stok") == "stok 5"

    def test_a_menu_around_it_is_left(self, stage: Stage) -> None:
        stage.modem.answers[self.STOCK] = ["OK", cusd("stok 5", 1)]
        assert stage.ask(PLAIN, "*776*{pin}#", "stok") == "stok 5"
        assert stage.modem.said[-1] == "AT+CUSD=2"

    def test_an_orders_late_answer_is_no_answer_but_is_taken(self, stage: Stage) -> None:
        stage.modem.answers[self.STOCK] = ["OK", cusd("berhasil"), cusd("stok 5")]
        assert stage.ask(PLAIN, "*776*{pin}#", "stok") == "stok 5"
        assert stage.heard_texts == ["berhasil"]

    @pytest.mark.parametrize("answer", [["ERROR"], ["+CME ERROR: 30"], ["OK", "+CUSD: 2"], ["OK"], [], ["OK", cusd("maaf")]])
    def test_no_answer_is_nothing(self, stage: Stage, answer: list[str]) -> None:
        stage.modem.answers[self.STOCK] = answer
        assert stage.ask(PLAIN, "*776*{pin}#", "stok") is None


def test_what_the_fake_says_by_itself_is_heard(stage: Stage) -> None:
    stage.words["berhasil"] = said(S.SUCCESS)

    def later(fake: FakeModem, _command: str) -> None:
        fake.say("OK")
        fake.say("RING", "+CREG: 5", cusd("berhasil"))

    stage.modem.answers[ORDER] = later
    assert stage.carry(PLAIN).state is S.SUCCESS
