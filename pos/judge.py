"""From the octets of a frame to a message whose sender is known and proved, or to the code that it is turned away with."""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from pos.codec.errors import FrameError
from pos.codec.frame import Frame
from pos.codec.message import Message, decode, mac_input
from pos.codes import Code
from pos.crypto.pin import BadPinBlock
from pos.fields.batch import Original, Use, cancel_of, read_original, reference_of
from pos.fields.elements import Tag, read
from pos.keys.vault import KeyVault, VaultError
from pos.kinds import CANCEL, RULES, Kind, check_complete, wanted
from pos.terminals import OPEN, Terminal

_PLAIN_BLOCK, _WITH_ACCOUNT = "1", "2"
_ELEMENTS = frozenset({Kind.RECHARGE, Kind.CONFIRM, Kind.CANCEL, Kind.REVERSAL, Kind.PRE_CHECK})
_FIELD_OF_ELEMENTS = 48


@dataclass(frozen=True, slots=True)
class Inbound:
    """A frame, where it came from, and when."""

    frame: Frame
    peer: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Opened:
    """A message that may be carried out. `pin` stands in no repr; `trace` is 0 where the message has none."""

    inbound: Inbound
    message: Message
    kind: Kind
    use: Use
    terminal: Terminal
    trace: int
    amount_minor: int
    elements: Mapping[Tag, str]
    original: Original | None
    pin: str | None = field(repr=False)

    @property
    def reference(self) -> str:
        """The engine's key of this transaction, or for a confirm or reversal of the one it speaks of."""
        plain = reference_of(self.use.batch, self.trace)
        return cancel_of(plain) if self.message.text(3) == CANCEL else plain


@dataclass(frozen=True, slots=True)
class Turned:
    """A message that is not carried out, with the code it is answered with. `event` and `detail` are for staff."""

    inbound: Inbound
    message: Message
    kind: Kind | None
    terminal: Terminal | None
    code: Code
    event: str = ""
    detail: str = ""


class _Refused(Exception):
    """Why a message is turned away, on its way out of the checks."""

    def __init__(self, code: Code, event: str = "", detail: str = "") -> None:
        super().__init__(code.value)
        self.code, self.event, self.detail = code, event, detail


def read_message(inbound: Inbound) -> Message:
    """The message of a frame. Raises FrameError: nothing can be answered to one that does not decode."""
    return decode(inbound.frame.body)


def terminals_of(messages: Sequence[Message]) -> set[str]:
    """The terminal numbers that messages name."""
    return {message.text(41) for message in messages}


class Judge:
    """Checks in the order in which they say least to a stranger: terminal, merchant, block, content, MAC, PIN, batch."""

    def __init__(self, vault: KeyVault, currency: str = "156") -> None:
        self._vault, self._currency = vault, currency

    def judge(self, inbound: Inbound, message: Message, terminals: Mapping[str, Terminal]) -> Opened | Turned:
        """What becomes of a message."""
        terminal = terminals.get(message.text(41))
        kind: Kind | None = None
        try:
            asked = wanted(message)
            kind = asked.kind
            terminal = _known(inbound, message, terminal, kind)
            if kind is None:
                raise _Refused(Code.NOT_OFFERED)
            check_complete(message, kind)
            if message.text(49) not in ("", self._currency):
                raise FrameError(49, 0, "another currency")
            opened = _read(inbound, message, kind, asked.use, terminal)
            self._check_mac(opened)
            pin = self._pin(opened) if RULES[kind].pin else None
            _check_batch(opened)
        except FrameError as error:
            return Turned(inbound, message, kind, terminal, Code.FORMAT, "bad_content", str(error))
        except _Refused as refused:
            return Turned(inbound, message, kind, terminal, refused.code, refused.event, refused.detail)
        except VaultError as error:
            code = Code(RULES[kind].system) if kind else Code.SYSTEM
            return Turned(inbound, message, kind, terminal, code, "vault", str(error))
        return Opened(inbound, message, kind, asked.use, terminal, opened.trace, opened.amount_minor, opened.elements, opened.original, pin)

    def _check_mac(self, opened: Opened) -> None:
        """A kind that needs a MAC must have a good one; any other must, where it has one and there is a key."""
        terminal, given = opened.terminal, opened.message.octets(64)
        if not given and not RULES[opened.kind].mac:
            return
        if terminal.mac_key is None:
            if RULES[opened.kind].mac:
                raise _Refused(Code.MAC, "not_signed_in")
            return
        expected = self._vault.mac(terminal.mac_key, terminal.profile.mac, mac_input(opened.inbound.frame.body))
        if not hmac.compare_digest(expected, given):
            raise _Refused(Code.MAC, "bad_mac", opened.kind.value)

    def _pin(self, opened: Opened) -> str | None:
        """The service password in F52. An enquiry may come without one."""
        message, key = opened.message, opened.terminal.pin_key
        if not message.octets(52):
            return None
        form = message.text(53)[:1]
        account = message.text(2)
        if key is None or form not in (_PLAIN_BLOCK, _WITH_ACCOUNT) or (form == _WITH_ACCOUNT and len(account) < 13):
            raise _Refused(Code.PIN_BLOCK, "bad_pin_block", "no key, or a form that is not taken")
        try:
            return self._vault.open_pin(key, message.octets(52), account if form == _WITH_ACCOUNT else "")
        except BadPinBlock:
            raise _Refused(Code.PIN_BLOCK, "bad_pin_block") from None


def _known(inbound: Inbound, message: Message, terminal: Terminal | None, kind: Kind | None) -> Terminal:
    if terminal is None:
        raise _Refused(Code.NO_TERMINAL, "unknown_terminal", message.text(41))
    if message.text(42).rstrip(" ") != terminal.merchant:
        raise _Refused(Code.NO_MERCHANT, "other_merchant")
    if terminal.line and inbound.frame.line != terminal.line.lstrip("0"):
        raise _Refused(Code.BLOCKED, "other_line", inbound.frame.line)
    # A blocked terminal may still learn what became of its sales.
    if terminal.blocked and kind is not Kind.CONFIRM:
        raise _Refused(Code.BLOCKED, "blocked")
    return terminal


def _read(inbound: Inbound, message: Message, kind: Kind, use: Use, terminal: Terminal) -> Opened:
    """The fields that have an inside. Raises FrameError."""
    elements = read(message.octets(_FIELD_OF_ELEMENTS)) if kind in _ELEMENTS else {}
    original = read_original(message.text(61)) if kind is Kind.CANCEL else None
    trace, amount = int(message.text(11) or "0"), int(message.text(4) or "0")
    return Opened(inbound, message, kind, use, terminal, trace, amount, elements, original, None)


def _check_batch(opened: Opened) -> None:
    terminal = opened.terminal
    if RULES[opened.kind].batch and (opened.use.batch != terminal.batch or terminal.batch_state != OPEN):
        raise _Refused(Code.BATCH, "other_batch", f"{opened.use.batch}, where {terminal.batch} is {terminal.batch_state or 'none'}")
