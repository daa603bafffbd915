"""The table of a modem's own words, to the letter."""

import pytest

from gsm.modem.channel import Answer
from gsm.modem.ussd import UssdState
from recharge.domain.outcomes import OutcomeState
from recharge.suppliers.chip_modem.outcomes import USSD_STATES, code_of, refused

S = OutcomeState


@pytest.mark.parametrize(
    ("final", "state", "code"),
    [
        *((f"+CME ERROR: {number}", S.NOT_SENT, f"cme_{number}") for number in (10, 11, 13, 14, 30, 32)),
        *((f"+CME ERROR: {number}", S.UNKNOWN, f"cme_{number}") for number in (0, 3, 4, 12, 15, 16, 20, 31, 50, 100, 103, 258)),
        *((f"+CMS ERROR: {number}", S.NOT_SENT, f"cms_{number}") for number in (38, 41, 42, 310, 331)),
        *((f"+CMS ERROR: {number}", S.UNKNOWN, f"cms_{number}") for number in (30, 96, 111, 300, 322, 330, 332, 500, 512)),
        ("ERROR", S.UNKNOWN, "error"),
        ("NO CARRIER", S.UNKNOWN, "no_carrier"),
        ("+CME ERROR: SIM busy", S.UNKNOWN, "+cme_error:_sim_busy"),
    ],
)
def test_final_results(final: str, state: OutcomeState, code: str) -> None:
    assert (refused(Answer(final)), code_of(Answer(final))) == (state, code)


@pytest.mark.parametrize(
    ("said", "state"),
    [
        (UssdState.ENDED_BY_NETWORK, S.UNKNOWN),
        (UssdState.OTHER_CLIENT, S.UNKNOWN),
        (UssdState.NOT_SUPPORTED, S.FAILED),
        (UssdState.TIME_OUT, S.UNKNOWN),
    ],
)
def test_sessions_without_a_text(said: UssdState, state: OutcomeState) -> None:
    assert USSD_STATES[said] is state
