"""What moves no money: signing in and off, echo, balance, whose number, status, parameters."""

import re
from contextlib import suppress

from simulators.pos_terminal import business, ciphers, parameters, requests
from simulators.pos_terminal.checks import is_accepted
from simulators.pos_terminal.core import BadAnswer, Core
from simulators.pos_terminal.line import NoAnswer
from simulators.pos_terminal.slips import Slip

_BATCH = slice(2, 8)
# Account type, amount type, currency, sign, amount in fen.
_BALANCE = re.compile(r"[0-9]{7}(?P<sign>[CD])(?P<amount>[0-9]{12})", re.ASCII)
_DEBT = "D"


async def sign_in(core: Core) -> None:
    """Fetch work keys, look at their check values, take the host's batch number."""
    answer = await core.ask(requests.sign_in(core.state, core.trace()), core.faults)
    core.outcome.answer = answer.message
    if not is_accepted(answer.message):
        core.refused(answer)
        return
    state, work = core.state, answer.message.get(62)
    try:
        ciphers.work_keys(bytes.fromhex(state.master), bytes.fromhex(work))
    except ciphers.WrongKey:
        core.outcome.end("refused", answer.code)
        core.outcome.show("wrong_keys")
        return
    batch = answer.message.get(60)[_BATCH]
    if len(batch) != _BATCH.stop - _BATCH.start:
        raise BadAnswer
    _take_batch(core, batch)
    state.work = work
    core.memory.keep()
    core.outcome.end("done", answer.code)
    core.outcome.show("signed_in")
    core.outcome.show("batch", state.batch)


def _take_batch(core: Core, batch: str) -> None:
    """The host's batch. Another one begins empty: what the host has closed by itself is no longer ours to settle."""
    state = core.state
    if batch == state.batch:
        return
    if state.settling is None and any(sale.batch == state.batch for sale in state.sales):
        core.print(Slip("batch_closed", [("batch", state.batch)]))
    state.batch, state.settling = batch, None


async def sign_off(core: Core) -> None:
    """Give the keys back."""
    if await core.enquire(requests.sign_off(core.state, core.trace())):
        core.state.work = ""
        core.memory.keep()
        core.outcome.show("signed_off")


async def echo(core: Core) -> None:
    """Is the host there."""
    if await core.enquire(requests.echo(core.state)):
        core.outcome.show("echoed")


async def report_status(core: Core, report: str = "000") -> None:
    """Tell the host how the terminal is."""
    if await core.enquire(requests.status(core.state, core.trace(), report)):
        core.outcome.show("reported")


async def balance(core: Core, password: str, account: str = "") -> None:
    """What the point has left."""
    core.must_be_signed_in()
    block = secret(core, password, account)
    answer = await core.enquire(requests.balance(core.state, core.trace(), block, account))
    if answer is None:
        return
    told = _BALANCE.fullmatch(answer.message.get(54))
    if told is None:
        raise BadAnswer
    minor = int(told["amount"]) * (-1 if told["sign"] == _DEBT else 1)
    core.outcome.values["balance_minor"] = str(minor)
    core.outcome.show("balance", yuan(minor))


async def check_number(core: Core, number: str) -> None:
    """Whose number is it."""
    core.must_be_signed_in()
    answer = await core.enquire(requests.check_number(core.state, core.trace(), number))
    if answer is None:
        return
    told = business.unpack(answer.message.get(48))
    core.outcome.values |= told
    core.outcome.show("number", told.get(business.NUMBER, number))
    for name, tag in (
        ("carrier", business.CARRIER),
        ("province", business.PROVINCE),
        ("amounts", business.AMOUNTS),
        ("host", business.TEXT),
    ):
        if told.get(tag):
            core.outcome.show(name, told[tag])


async def download(core: Core) -> None:
    """Fetch parameters block by block, take them over as a whole, and say so."""
    core.must_be_signed_in()
    found: dict[str, str] = {}
    version = core.state.parameters.get(parameters.VERSION, parameters.NO_VERSION)
    more, block = True, 0
    while more:
        answer = await core.enquire(requests.download(core.state, core.trace(), parameters.asked(block, version)))
        if answer is None:
            return
        values, more = parameters.unpack(answer.message.get(62))
        found |= values
        block += 1
    core.state.parameters = found
    core.memory.keep()
    core.outcome.show("downloaded", str(len(found)))
    # They are taken over whether the host hears of it or not.
    with suppress(NoAnswer):
        told = parameters.asked(block, found[parameters.VERSION])
        await core.ask(requests.download(core.state, core.trace(), told, ended=True))


def secret(core: Core, password: str, account: str) -> str:
    """Field 52 in hexadecimal."""
    key = core.exchange.keys().pin
    if core.faults.taken("wrong_pin_key"):
        key = bytes(octet ^ 2 for octet in key)
    return ciphers.pin_block(key, password, account).hex()


def yuan(minor: int) -> str:
    """Fen as people read them."""
    sign = "-" if minor < 0 else ""
    return f"{sign}{abs(minor) // 100}.{abs(minor) % 100:02d}"
