"""What a modem's own words make of an order, and how one stands in the chip's books.

Only what cannot have left is not sent; nothing is ever failed by a modem's error.
"""

from datetime import datetime

from gsm.modem.channel import Answer
from gsm.modem.ussd import UssdState
from recharge.books.chip_statements import ChipOrder
from recharge.domain.outcomes import Outcome, OutcomeState

# +CME ERROR (3GPP TS 27.007, 9.2): no SIM, PIN wanted, SIM failure, SIM busy, no network service, emergency calls only.
CME_NOT_SENT = frozenset({10, 11, 13, 14, 30, 32})
# +CMS ERROR (TS 27.005, 3.2.5; TS 24.011, E.2): network out of order, temporary failure, congestion, resources; no SIM, PINs, SIM busy,
# no network service.
CMS_NOT_SENT = frozenset({38, 41, 42, 47, 310, 311, 312, 313, 314, 316, 317, 318, 331})


def refused(answer: Answer) -> OutcomeState:
    """A final result that is not OK, of a command that asks for a recharge."""
    listed = CMS_NOT_SENT if answer.is_cms else CME_NOT_SENT
    return OutcomeState.NOT_SENT if answer.error in listed else OutcomeState.UNKNOWN


def code_of(answer: Answer) -> str:
    """The result as it is kept with the outcome."""
    if answer.error is None:
        return answer.final.lower().replace(" ", "_")[:32]
    return f"{'cms' if answer.is_cms else 'cme'}_{answer.error}"


# <m> of +CUSD without a text that says more. 0 and 1 do not stand here: they depend on their text.
USSD_STATES = {
    UssdState.ENDED_BY_NETWORK: OutcomeState.UNKNOWN,
    UssdState.OTHER_CLIENT: OutcomeState.UNKNOWN,
    UssdState.NOT_SUPPORTED: OutcomeState.FAILED,
    UssdState.TIME_OUT: OutcomeState.UNKNOWN,
}


def outcome_of(row: ChipOrder, at: datetime) -> Outcome:
    """How an order stands in the chip's books."""
    state = OutcomeState(row.state)
    done = state is OutcomeState.SUCCESS
    return Outcome(
        state,
        at,
        serial_number=row.serial_number,
        number=row.number if done else "",
        amount_minor=row.face_minor if done else None,
        code=row.code,
        text=row.code,
    )
