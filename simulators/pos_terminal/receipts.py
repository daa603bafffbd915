"""What an answer to a sale means for the terminal's books, and the slip that is printed for it."""

import re

from simulators.pos_terminal import business
from simulators.pos_terminal.checks import LATER, is_accepted
from simulators.pos_terminal.core import Core
from simulators.pos_terminal.exchange import Answer
from simulators.pos_terminal.memory import DONE, PROCESSING, REFUSED, Sale
from simulators.pos_terminal.service import yuan
from simulators.pos_terminal.slips import Slip

_REFERENCE, _TIME, _DATE, _BUSINESS = 37, 12, 13, 48
_HEADER = "header"
_FEN = re.compile(r"-?[0-9]{1,18}", re.ASCII)


def conclude(core: Core, sale: Sale, answer: Answer) -> None:
    """Write an answer down, show it, and print where it was accepted."""
    accepted = is_accepted(answer.message)
    sale.code = answer.code
    told = _told(answer.message.get(_BUSINESS))
    _write_down(core, sale, answer, told)
    core.outcome.answer = answer.message
    core.outcome.values |= told
    if not accepted:
        sale.state = REFUSED
        core.refused(answer)
    else:
        sale.state = PROCESSING if answer.code == LATER else DONE
        core.outcome.end("processing" if answer.code == LATER else "done", answer.code)
        core.outcome.show("later" if answer.code == LATER else f"{sale.function}_done", yuan(sale.amount_minor))
        _mark_original(core, sale)
        core.print(sale_slip(core, sale, sale.function, told))
    if told.get(business.TEXT):
        core.outcome.show("host", told[business.TEXT])


def _told(field_48: str) -> dict[str, str]:
    try:
        return business.unpack(field_48)
    except business.BadBusiness:
        # A host that says nothing of the business leaves the slip with what the terminal knows.
        return {}


def _write_down(core: Core, sale: Sale, answer: Answer, told: dict[str, str]) -> None:
    now = core.now()
    sale.reference = answer.message.get(_REFERENCE) or sale.reference
    sale.date = answer.message.get(_DATE) or sale.date or f"{now:%m%d}"
    sale.time = answer.message.get(_TIME) or sale.time or f"{now:%H%M%S}"
    sale.order = told.get(business.ORDER) or sale.order
    sale.serial = told.get(business.SERIAL) or sale.serial


def _mark_original(core: Core, sale: Sale) -> None:
    original = core.state.sale(sale.original, sale.original_batch) if sale.original else None
    if original is not None and sale.state == DONE:
        original.cancelled = True


def sale_slip(core: Core, sale: Sale, kind: str, told: dict[str, str] | None = None) -> Slip:
    """The slip of a sale, its cancel or its reversal."""
    told, state = told or {}, core.state
    rows = [("", line) for line in (state.parameters.get(_HEADER, ""),) if line]
    rows += [("merchant", state.merchant), ("terminal", f"{state.terminal}  {state.operator}")]
    rows += [("kind~", f"function.{sale.function}"), ("number", sale.number), ("amount", f"RMB {yuan(sale.amount_minor)}")]
    rows += [("batch", sale.batch), ("trace", sale.trace)]
    optional = {"original": sale.original, "reference": sale.reference, "order": sale.order, "serial": sale.serial}
    rows += [(name, value) for name, value in optional.items() if value]
    rows += [("time", _when(core, sale))]
    if sale.state == PROCESSING:
        rows.append(("note~", "later"))
    if _FEN.fullmatch(told.get(business.BALANCE, "")):
        rows.append(("balance", yuan(int(told[business.BALANCE]))))
    rows += [("", told[business.TEXT])] if told.get(business.TEXT) else []
    return Slip(kind, rows)


def _when(core: Core, sale: Sale) -> str:
    if not (sale.date and sale.time):
        return f"{core.now():%Y/%m/%d %H:%M:%S}"
    date, time = sale.date, sale.time
    return f"{core.now():%Y}/{date[:2]}/{date[2:]} {time[:2]}:{time[2:4]}:{time[4:]}"
