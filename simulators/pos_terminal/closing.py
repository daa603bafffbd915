"""Settlement: the batch's totals, the upload of every transaction where they differ, and the end of the batch.

How far it has come is in the terminal's file, so that it goes on where the power went.
"""

from simulators.pos_terminal import doubt, requests, sales, totals
from simulators.pos_terminal.core import CannotDo, Core
from simulators.pos_terminal.exchange import Answer
from simulators.pos_terminal.line import NoAnswer
from simulators.pos_terminal.memory import NO_BATCH, PROCESSING, Sale, Settling
from simulators.pos_terminal.messages import Message
from simulators.pos_terminal.service import yuan
from simulators.pos_terminal.slips import Slip

_KEPT_SALES = 500
_TOTALS = 48


class _Stopped(Exception):
    """The host has refused a step; what it said is on the display."""


async def settle(core: Core) -> None:
    """Close the batch, from wherever an earlier settlement was cut off."""
    core.must_be_signed_in()
    await doubt.clear(core)
    try:
        await _totals(core)
        await _upload(core)
        await _end(core)
    except _Stopped:
        return
    _close(core)


async def _totals(core: Core) -> None:
    state = core.state
    if state.settling is None:
        await _ask_about_open_ones(core)
        state.settling = Settling()
        core.memory.keep()
    if state.settling.step != "asked":
        return
    field_48 = totals.pack(totals.add_up(_counted(core)))
    core.faults.step("saved")
    answer = await _step(core, requests.settlement(state, core.trace(), field_48))
    state.settling.balanced = totals.is_balanced(answer.message.get(_TOTALS))
    state.settling.step = "end" if state.settling.balanced else "upload"
    core.memory.keep()
    core.faults.step("kept")
    core.outcome.show("balanced" if state.settling.balanced else "not_balanced")


async def _ask_about_open_ones(core: Core) -> None:
    """Sales in hand are asked about once more; what still has no end is settled as in hand."""
    for sale in [one for one in core.state.sales if one.batch == core.state.batch and one.state == PROCESSING]:
        try:
            await sales.ask_about(core, sale)
        except NoAnswer:
            core.outcome.show("still_open", sale.trace)


async def _upload(core: Core) -> None:
    settling = _settling(core)
    if settling.step != "upload":
        return
    for uploaded, field_48 in totals.uploads(_counted(core)):
        if uploaded > settling.uploaded:
            await _step(core, requests.upload(core.state, core.trace(), field_48))
            settling.uploaded = uploaded
            core.memory.keep()
    settling.step = "end"
    core.memory.keep()
    core.outcome.show("uploaded", str(settling.uploaded))


async def _end(core: Core) -> None:
    settling = _settling(core)
    await _step(core, requests.upload_end(core.state, core.trace(), settling.uploaded, settling.balanced))


async def _step(core: Core, message: Message) -> Answer:
    answer = await core.enquire(message)
    if answer is None:
        raise _Stopped
    return answer


def _settling(core: Core) -> Settling:
    if core.state.settling is None:
        raise CannotDo("settle_first")
    return core.state.settling


def _counted(core: Core) -> list[Sale]:
    return totals.counted(core.state.sales, core.state.batch)


def _close(core: Core) -> None:
    """Print, and begin anew: the next sign-in brings the next batch."""
    state, settling = core.state, _settling(core)
    total = totals.add_up(_counted(core))
    core.print(
        Slip(
            "settlement",
            [
                ("merchant", state.merchant),
                ("terminal", f"{state.terminal}  {state.operator}"),
                ("batch", state.batch),
                ("time", f"{core.now():%Y/%m/%d %H:%M:%S}"),
                ("debit", f"{total.debits}  RMB {yuan(total.debit_minor)}"),
                ("credit", f"{total.credits}  RMB {yuan(total.credit_minor)}"),
                ("note~", "balanced" if settling.balanced else "not_balanced"),
            ],
        )
    )
    # No batch is open until the next sign-in brings one.
    state.settling, state.work, state.batch = None, "", NO_BATCH
    state.sales = state.sales[-_KEPT_SALES:]
    core.memory.keep()
    core.outcome.end("done", "00")
    core.outcome.show("settled")
