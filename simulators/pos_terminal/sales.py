"""Selling: a recharge, a bill, the cancel of one on the same day, and asking what became of one."""

from simulators.pos_terminal import doubt, requests
from simulators.pos_terminal.core import CannotDo, Core
from simulators.pos_terminal.exchange import Untrusted
from simulators.pos_terminal.line import NoAnswer, NoLine
from simulators.pos_terminal.memory import CONFIRM, DONE, PROCESSING, UNKNOWN, Pending, Sale
from simulators.pos_terminal.messages import Message
from simulators.pos_terminal.receipts import conclude
from simulators.pos_terminal.service import secret

_UNKNOWN_CODE = "98"
_NO_BLOCK = "00" * 8


async def sell(core: Core, sale: Sale, password: str, account: str = "") -> None:
    """A recharge or a bill. The sale's batch and trace are filled in here."""
    await _ready(core)
    _number(core, sale)
    message = requests.recharge(core.state, sale, secret(core, password, account), account)
    await _send(core, sale, message)


async def cancel(core: Core, trace: str, password: str, account: str = "") -> None:
    """Take a sale of this terminal back, the whole of it."""
    await _ready(core)
    original = next((one for one in reversed(core.state.sales) if one.trace == trace and one.function != requests.CANCEL), None)
    if original is None or original.state != DONE:
        raise CannotDo("no_such_sale")
    if original.cancelled:
        raise CannotDo("cancelled_already")
    sale = Sale(requests.CANCEL, "", "", original.number, original.amount_minor, original=trace, original_batch=original.batch)
    _number(core, sale)
    await _send(core, sale, requests.cancel(core.state, sale, original, secret(core, password, account), account))


async def enquire(core: Core, trace: str = "") -> None:
    """What became of a sale: the one in doubt, a named one, or the last. Sends 0220 for it."""
    core.must_be_signed_in()
    if core.state.pending is not None:
        await doubt.clear(core)
        return
    sale = core.state.sale(trace) if trace else next(reversed(core.state.sales), None)
    if sale is None:
        raise CannotDo("no_such_sale")
    await ask_about(core, sale)


async def ask_about(core: Core, sale: Sale) -> None:
    """One 0220 about a sale that is not in the reversal file; without a usable answer it stays as it was."""
    pending = Pending(requests.kept(_again(core, sale)), sale.batch, sale.trace, CONFIRM)
    answer = await core.ask(requests.confirmation(pending), core.faults)
    if not doubt.decided(answer):
        raise NoAnswer
    conclude(core, sale, answer)
    core.memory.keep()


def _again(core: Core, sale: Sale) -> Message:
    """The sale's message as it was, but for the password."""
    original = core.state.sale(sale.original, sale.original_batch) if sale.original else None
    if original is not None:
        return requests.cancel(core.state, sale, original, _NO_BLOCK)
    return requests.recharge(core.state, sale, _NO_BLOCK)


async def _ready(core: Core) -> None:
    core.must_be_signed_in()
    if core.state.settling is not None:
        raise CannotDo("settle_first")
    await doubt.clear(core)


def _number(core: Core, sale: Sale) -> None:
    sale.batch, sale.trace = core.state.batch, core.state.next_trace()


async def _send(core: Core, sale: Sale, message: Message) -> None:
    """Save, then send; what the answer leaves open is asked about at once, or taken back before the next sale."""
    await core.exchange.line.open()
    doubt.in_doubt(core, sale, requests.kept(message))
    core.faults.step("saved")
    try:
        if core.faults.taken("reversal_first"):
            await _overtake(core)
        answer = await core.ask(message, core.faults)
    except NoAnswer as error:
        await _unanswered(core, error)
        return
    if answer.code == _UNKNOWN_CODE:
        await _unanswered(core, NoAnswer())
        return
    conclude(core, sale, answer)
    core.state.pending = None
    core.memory.keep()
    core.faults.step("kept")


async def _overtake(core: Core) -> None:
    """The reversal reaches the host before what it takes back."""
    pending = core.state.pending
    if pending is not None:
        answer = await core.ask(requests.reversal(pending))
        core.outcome.show("overtook", answer.code)


async def _unanswered(core: Core, error: NoAnswer) -> None:
    pending = core.state.pending
    if pending is None:
        return
    pending.reason = error.reason
    core.memory.keep()
    core.outcome.end("unknown", error.reason)
    core.outcome.show("bad_mac" if isinstance(error, Untrusted) else "no_answer", error.reason)
    if isinstance(error, Untrusted):
        core.note_code(error.code)
    if pending.policy == CONFIRM:
        # The field's rule for money that goes out: ask how it ended, do not take it back.
        try:
            await doubt.attempt(core)
        except NoLine:
            core.outcome.show("no_line")
    if core.state.pending is not None:
        core.outcome.show("in_doubt", pending.trace)


def is_open(sale: Sale) -> bool:
    """Whether a sale's end may still come."""
    return sale.state in (PROCESSING, UNKNOWN)
