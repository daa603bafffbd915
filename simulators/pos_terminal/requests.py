"""Every message a terminal can send, filled in from its memory: field 60 says which function, the fields say of what."""

from typing import Final

from simulators.pos_terminal import business
from simulators.pos_terminal.memory import CONFIRM, Pending, Sale, State
from simulators.pos_terminal.messages import NO_MAC, Message

RECHARGE, BILL, CANCEL, BALANCE = "recharge", "bill", "cancel", "balance"
_PROCESSING: Final = {RECHARGE: "190000", BILL: "190000", CANCEL: "280000", BALANCE: "310000"}
_KINDS: Final = {RECHARGE: "22", BILL: "22", CANCEL: "23", BALANCE: "01"}
_CURRENCY, _BUSINESS, _ENQUIRY = "156", "81", "87"
# Typed in by hand, with a PIN pad.
_ENTRY = "012"
# The password's block: without or with an account number in it, under a double-length key.
_BARE, _WITH_ACCOUNT = "1600000000000000", "2600000000000000"
_LENGTH_OF_BLOCK = "06"
_NET: Final = {"sign_in": "003", "sign_off": "002", "echo": "301", "download": "360", "downloaded": "361", "status": "362"}
_PRODUCTS: Final = {RECHARGE: "00", BILL: "02"}


def _field_60(state: State, kind: str, net: str, batch: str = "") -> str:
    return f"{kind}{batch or state.batch}{net}"


def _whose(state: State) -> dict[int, str]:
    return {41: state.terminal, 42: state.merchant}


def sign_in(state: State, trace: str) -> Message:
    """0800/003: new work keys, and a batch."""
    sequence = f"Sequence No{len(state.serial):02d}{state.serial}".encode("ascii").hex()
    operator = f"{state.operator:<3}"
    return Message("0800", {11: trace, **_whose(state), 60: _field_60(state, "00", _NET["sign_in"]), 62: sequence, 63: operator})


def sign_off(state: State, trace: str) -> Message:
    """0820/002."""
    return Message("0820", {11: trace, **_whose(state), 60: _field_60(state, "00", _NET["sign_off"])})


def echo(state: State) -> Message:
    """0820/301; it has no trace."""
    return Message("0820", {**_whose(state), 60: _field_60(state, "00", _NET["echo"])})


def status(state: State, trace: str, report: str) -> Message:
    """0820/362: what is wrong with the terminal, code and value."""
    fields = {11: trace, **_whose(state), 60: _field_60(state, "00", _NET["status"]), 62: report.encode("gbk").hex()}
    return Message("0820", fields)


def balance(state: State, trace: str, block: str, account: str = "") -> Message:
    """0200/310000: the point's balance."""
    told = {3: _PROCESSING[BALANCE], 11: trace, 22: _ENTRY, 25: "00", **_password(block, account), 49: _CURRENCY}
    return _signed(state, "0200", told, _field_60(state, _KINDS[BALANCE], "000"))


def check_number(state: State, trace: str, number: str) -> Message:
    """0100/310000: whose number is it."""
    told = {3: _PROCESSING[BALANCE], 11: trace, 25: _ENQUIRY, 48: business.pack({business.NUMBER: number})}
    return _signed(state, "0100", told, _field_60(state, "01", "000"))


def recharge(state: State, sale: Sale, block: str, account: str = "") -> Message:
    """0200/190000: a recharge, or a bill paid."""
    values = {business.NUMBER: sale.number, business.CARRIER: business.ANY_CARRIER, business.PRODUCT: _PRODUCTS[sale.function]}
    if sale.mark:
        values[business.MARK] = str(sale.mark)
    told = _sale(sale, block, account) | {48: business.pack(values), 63: f"{state.operator:<3}"}
    return _signed(state, "0200", told, _field_60(state, _KINDS[sale.function], "000", sale.batch))


def cancel(state: State, sale: Sale, original: Sale, block: str, account: str = "") -> Message:
    """0200/280000: take a sale of the day back."""
    # A host that gave no reference gets none back.
    reference = {37: original.reference} if original.reference else {}
    told = _sale(sale, block, account) | {
        **reference,
        48: business.pack({business.NUMBER: original.number, business.ORDER: original.order}),
        61: f"{original.batch}{original.trace}{original.date}",
    }
    return _signed(state, "0200", told, _field_60(state, _KINDS[CANCEL], "000", sale.batch))


def _sale(sale: Sale, block: str, account: str) -> dict[int, str]:
    told = {3: _PROCESSING[sale.function], 4: f"{sale.amount_minor:012d}", 11: sale.trace, 22: _ENTRY, 25: _BUSINESS, 49: _CURRENCY}
    return told | _password(block, account)


def _password(block: str, account: str) -> dict[int, str]:
    told = {26: _LENGTH_OF_BLOCK, 52: block, 53: _WITH_ACCOUNT if account else _BARE}
    return told | {2: account} if account else told


def _signed(state: State, message_type: str, told: dict[int, str], field_60: str) -> Message:
    return Message(message_type, {**told, **_whose(state), 60: field_60, 64: NO_MAC})


_KEPT: Final = (3, 4, 11, 22, 25, 41, 42, 48, 49, 60, 61)


def kept(message: Message) -> dict[int, str]:
    """What of a sale goes into the reversal file: neither password nor MAC."""
    return {number: value for number, value in message.fields.items() if number in _KEPT}


def follow_up(pending: Pending) -> Message:
    """What is sent about a transaction in doubt: 0220 asks how it ended, 0400 takes it back."""
    return confirmation(pending) if pending.policy == CONFIRM else reversal(pending)


def confirmation(pending: Pending) -> Message:
    """0220: how did it end. Trace and batch are the original's."""
    fields = {number: value for number, value in pending.fields.items() if number != 22}
    about = fields.get(61) or f"{pending.batch}{pending.trace}"
    return Message("0220", fields | {60: f"48{pending.batch}000", 61: about, 64: NO_MAC})


def reversal(pending: Pending) -> Message:
    """0400: whatever became of it, take it back. A copy of the original, with the reason."""
    return Message("0400", pending.fields | {39: pending.reason, 64: NO_MAC})


def settlement(state: State, trace: str, field_48: str) -> Message:
    """0500: the batch's totals."""
    told = {11: trace, 48: field_48, 49: _CURRENCY, 63: f"{state.operator:<3}"}
    return _signed(state, "0500", told, _field_60(state, "00", "201"))


def upload(state: State, trace: str, field_48: str) -> Message:
    """0320/201: some of the batch's transactions."""
    return Message("0320", {11: trace, **_whose(state), 48: field_48, 60: _field_60(state, "00", "201")})


def upload_end(state: State, trace: str, count: int, balanced: bool) -> Message:
    """0320/202, or 207 where the totals agreed: that was all."""
    net = "207" if balanced else "202"
    return Message("0320", {11: trace, **_whose(state), 48: f"{count:04d}", 60: _field_60(state, "00", net)})


def download(state: State, trace: str, asked: str, ended: bool = False) -> Message:
    """0800/360: parameters, block by block; 361 says that they are taken over. `asked` is field 62 in hexadecimal."""
    net = _NET["downloaded" if ended else "download"]
    return _signed(state, "0800", {11: trace, 62: asked}, _field_60(state, "00", net))
