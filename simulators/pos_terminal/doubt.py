"""The reversal file: what a terminal does about a transaction whose outcome it does not know, before anything else."""

from contextlib import suppress
from typing import Final

from simulators.pos_terminal import requests, service
from simulators.pos_terminal.core import SIGN_IN_CODES, Core
from simulators.pos_terminal.exchange import Answer, Untrusted
from simulators.pos_terminal.line import NoAnswer
from simulators.pos_terminal.memory import CONFIRM, DONE, REVERSAL, REVERSED, UNKNOWN, Pending, Sale
from simulators.pos_terminal.receipts import conclude, sale_slip
from simulators.pos_terminal.slips import Slip

_TAKEN_BACK: Final = frozenset({"00", "12", "25"})
"""Answers to a reversal after which there is nothing left to take back."""
_STANDS: Final = "22"
_IN_VAIN: Final = {CONFIRM: "not_confirmed", REVERSAL: "not_reversed"}
# Answers that say nothing about how the transaction ended: the host could not look, does not know yet, or found another one (64).
_UNDECIDED: Final = frozenset({"96", "97", "98", "99", "77", "A0", "03", "30", "40", "64"})


def decided(answer: Answer) -> bool:
    """Whether an answer to 0220 says how the transaction ended."""
    return answer.code not in _UNDECIDED


def in_doubt(core: Core, sale: Sale, fields: dict[int, str]) -> None:
    """Keep a transaction and its reversal file, before its first octet leaves."""
    core.state.sales.append(sale)
    core.state.pending = Pending(fields, sale.batch, sale.trace, core.state.policy)
    core.memory.keep()


async def clear(core: Core) -> None:
    """End what is in doubt, or give it up after the tries a terminal has. Raises NoLine, PowerCut."""
    while core.state.pending is not None:
        await attempt(core)


async def attempt(core: Core) -> None:
    """One try about the transaction in doubt; the last one in vain ends in the words a terminal prints."""
    pending = core.state.pending
    if pending is None:
        return
    core.outcome.show(f"trying.{pending.policy}", pending.trace)
    answer = await _followed_up(core, pending)
    # Counted after the line was there: a try that never left the house is none.
    pending.tries += 1
    if answer is not None and _ended(core, pending, answer):
        core.state.pending = None
    elif pending.tries >= core.state.tries:
        _give_up(core, pending)
    core.memory.keep()


async def _followed_up(core: Core, pending: Pending) -> Answer | None:
    """The answer about a transaction in doubt, None without one. A host that no longer has our keys is signed in to, once."""
    answer, code = None, ""
    try:
        answer = await core.ask(requests.follow_up(pending))
        code = answer.code
    except Untrusted as error:
        code = error.code
    except NoAnswer:
        return None
    if code in SIGN_IN_CODES and not core.signed_in_again:
        core.signed_in_again = True
        await _sign_in(core)
        return await _followed_up(core, pending)
    return answer


async def _sign_in(core: Core) -> None:
    """Sign in; what is in doubt stays so whatever comes of it."""
    ended = core.outcome.ended, core.outcome.code
    with suppress(NoAnswer):
        await service.sign_in(core)
    core.outcome.end(*ended)


def _ended(core: Core, pending: Pending, answer: Answer) -> bool:
    """Whether the answer ends the doubt."""
    sale = _about(core, pending)
    if pending.policy == CONFIRM:
        return _confirmed(core, sale, answer)
    if answer.code in _TAKEN_BACK:
        sale.state, sale.code = REVERSED, answer.code
        core.outcome.end("refused", answer.code)
        core.outcome.show("reversed", pending.trace)
        core.print(sale_slip(core, sale, "reversal"))
        return True
    if answer.code == _STANDS:
        # The host will not take it back: it was sold, and counts.
        sale.state, sale.code = DONE, answer.code
        _contact(core, pending)
        return True
    return False


def _confirmed(core: Core, sale: Sale, answer: Answer) -> bool:
    if not decided(answer):
        return False
    conclude(core, sale, answer)
    return True


def _about(core: Core, pending: Pending) -> Sale:
    sale = core.state.sale(pending.trace, pending.batch)
    if sale is None:
        raise LookupError(pending.trace)
    return sale


def _give_up(core: Core, pending: Pending) -> None:
    sale = _about(core, pending)
    sale.state = UNKNOWN
    _contact(core, pending)
    core.state.pending = None


def _contact(core: Core, pending: Pending) -> None:
    core.outcome.end("unknown", pending.reason)
    words = _IN_VAIN[pending.policy]
    core.outcome.show(words)
    core.print(Slip("given_up", [("batch", pending.batch), ("trace", pending.trace), ("note~", words)]))
