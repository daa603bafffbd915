"""From what was decided to the octets of the answer: fields repeated, times, references, the MAC, and what the header asks for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from pos.codec.frame import Requirement, write
from pos.codec.message import Message, Value, encode, mac_input
from pos.codes import SIGN_IN_AGAIN, Code
from pos.counter import CARRIERS
from pos.fields.elements import Outcome, Tag, cut
from pos.fields.elements import write as write_elements
from pos.judge import Opened, Turned
from pos.keys.vault import KeyVault
from pos.kinds import ECHOED, Kind, answer_type
from pos.rrn import of_moment, of_order
from pos.terminals import Terminal
from pos.verdict import Verdict
from recharge import OrderKind, OrderState, OrderView

_OPERATOR, _MOST_WORDS = 3, 60
_ZERO_MAC = bytes(8)
_WITH_ELEMENTS = frozenset({Kind.RECHARGE, Kind.CONFIRM, Kind.CANCEL, Kind.REVERSAL, Kind.PRE_CHECK})
_OUTCOMES = {
    OrderState.SUCCEEDED: Outcome.DONE,
    OrderState.FAILED: Outcome.FAILED,
    OrderState.REVERSED: Outcome.REVERSED,
    OrderState.REVERSING: Outcome.BEING_REVERSED,
}


@dataclass(frozen=True, slots=True)
class AnswerRules:
    """A deployment's own: its clock's zone, the version of the parameters (0: none), the engine's codes of carriers."""

    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Asia/Shanghai"))
    parameters: int = 0
    carriers: Mapping[str, str] = field(default_factory=lambda: dict(CARRIERS))


class Answers:
    """Writes answers. The time in them is that of writing."""

    def __init__(self, vault: KeyVault, now: Callable[[], datetime], rules: AnswerRules) -> None:
        self._vault, self._now, self._rules = vault, now, rules
        self._letters = {code: letters for letters, code in rules.carriers.items()}

    def write(self, to: Opened | Turned, verdict: Verdict) -> bytes:
        """The frame that answers a message, with its length. Raises VaultError where the MAC cannot be made."""
        asked, terminal = to.message, to.terminal
        fields: dict[int, Value] = {number: asked.fields[number] for number in (*ECHOED, 42) if number in asked.fields}
        local = self._now().astimezone(self._rules.zone)
        fields[12], fields[13] = f"{local:%H%M%S}", f"{local:%m%d}"
        fields[37] = of_order(verdict.order.order_number) if verdict.order else of_moment(local)
        if asked.mti != "0500" or verdict.code is not Code.OK:
            fields[39] = verdict.code.value
        if verdict.order is not None:
            fields |= _of_order(verdict.order)
        if to.kind in _WITH_ELEMENTS:
            fields[48] = write_elements(self._elements(to, verdict))
        if 63 in fields:
            fields[63] = asked.octets(63)[:_OPERATOR].ljust(_OPERATOR) + cut(verdict.text, _MOST_WORDS)
        fields |= verdict.fields
        body = self._sealed(Message(answer_type(asked.mti), fields), to, terminal)
        return write(to.inbound.frame.answer(body, self._requirement(verdict.code, to.kind, terminal)))

    def _sealed(self, answer: Message, to: Opened | Turned, terminal: Terminal | None) -> bytes:
        """The octets of an answer, with a MAC where the profile or the request wants one and there is a key."""
        wanted = terminal is not None and (terminal.profile.every_answer or 64 in to.message.fields)
        if terminal is None or terminal.mac_key is None or to.kind is Kind.SIGN_IN or not wanted:
            return encode(answer)
        octets = mac_input(encode(Message(answer.mti, {**answer.fields, 64: _ZERO_MAC})))
        return octets + self._vault.mac(terminal.mac_key, terminal.profile.mac, octets)

    def _elements(self, to: Opened | Turned, verdict: Verdict) -> dict[Tag, str]:
        order, balance = verdict.order, verdict.balance_minor
        told: dict[Tag, str] = {}
        if order is not None:
            told = {
                Tag.NUMBER: order.number,
                Tag.CARRIER: self._letters.get(order.carrier_code, "00"),
                Tag.PRODUCT: "02" if order.kind is OrderKind.BILL_PAYMENT else "00",
                Tag.ORDER: order.order_number,
                Tag.SERIAL: order.serial_number,
                Tag.PROVINCE: order.province,
                Tag.OUTCOME: _OUTCOMES.get(order.state, Outcome.IN_HAND).value,
            }
        elif isinstance(to, Opened):
            told = {Tag.NUMBER: to.elements.get(Tag.NUMBER, "")}
        return told | {Tag.BALANCE: "" if balance is None else str(balance), Tag.TEXT: verdict.text}

    def _requirement(self, code: Code, kind: Kind | None, terminal: Terminal | None) -> Requirement:
        if code in SIGN_IN_AGAIN or (terminal is not None and terminal.sign_in_wanted and kind is not Kind.SIGN_IN):
            return Requirement.SIGN_IN
        behind = terminal is not None and terminal.parameters < self._rules.parameters
        fetching = kind in (Kind.PARAMETERS, Kind.PARAMETERS_END)
        return Requirement.PARAMETERS if behind and not fetching else Requirement.NONE


def _of_order(order: OrderView) -> dict[int, Value]:
    """The business day, and the end of the carrier's serial number as the approval."""
    serial = "".join(character for character in order.serial_number if character.isascii() and character.isalnum())
    approval = {38: serial[-6:].rjust(6, "0")} if serial else {}
    return {15: f"{order.business_date:%m%d}", **approval}
