"""What an answer or a notice is evidence of: code and state by the dialect's tables, and whether it holds together."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from recharge.domain.outcomes import Outcome, OutcomeState
from recharge.suppliers.amounts import Unit, minor_of
from recharge.suppliers.contract import LONGEST_TEXT, AttemptOrder, masked_raw
from recharge.suppliers.md5_form.codec import pick, walk
from recharge.suppliers.md5_form.codes import Word, state_of
from recharge.suppliers.md5_form.settings import Reading


@dataclass(frozen=True, slots=True)
class Money:
    """How amounts are written there."""

    unit: Unit
    minor_digits: int

    def minor(self, node: Any, path: str) -> int | None:
        """The amount at a path, None where there is none."""
        # What comes back has a fraction even where what goes out may not: ordercash 49.5.
        unit = Unit.MINOR if self.unit is Unit.MINOR else Unit.DECIMAL
        return minor_of(pick(node, path), unit, self.minor_digits)


def of_answer(told: Any, reading: Reading, order: AttemptOrder, money: Money, now: datetime) -> Outcome:
    """What an answer proves for the attempt it was asked for; UNKNOWN where it contradicts the question or itself."""
    row = told
    if reading.rows:
        rows = _rows(told, reading, order.reference)
        if not rows or len(rows) > 1:
            word = reading.no_row if rows == [] else Word.UNKNOWN
            return Outcome(state_of(word), now, code=pick(told, reading.code), text="not listed once")
        row = rows[0]
    wrong = _not_ours(row, reading, order)
    return _outcome(told, row, reading, money, now, wrong, order.number)


def of_notice(told: Any, reading: Reading, money: Money, now: datetime) -> Outcome:
    """What a notice says, whoever's order it is."""
    return _outcome(told, told, reading, money, now, None, pick(told, reading.number))


def _rows(told: Any, reading: Reading, reference: str) -> list[Any] | None:
    """The listed orders with our reference; None where there is no list that can be trusted to be one."""
    listed = walk(told, reading.rows)
    is_answer = not reading.code or reading.codes.get(pick(told, reading.code)) is Word.READ
    if not is_answer or not isinstance(listed, list):
        return None
    return [row for row in listed if pick(row, reading.reference) == reference]


def _not_ours(row: Any, reading: Reading, order: AttemptOrder) -> str | None:
    echoed = {order.reference: pick(row, reading.reference), order.number: pick(row, reading.number)}
    return "echo" if any(told and told != ours for ours, told in echoed.items()) else None


def _word(told: Any, row: Any, reading: Reading) -> Word:
    word = reading.codes.get(pick(told, reading.code), Word.UNKNOWN) if reading.code else Word.READ
    if word is not Word.READ or not reading.state:
        return Word.UNKNOWN if word is Word.READ and reading.states else word
    return reading.states.get(pick(row, reading.state), Word.UNKNOWN)


def _outcome(told: Any, row: Any, reading: Reading, money: Money, now: datetime, wrong: str | None, number: str) -> Outcome:
    word = _word(told, row, reading)
    delivered = money.minor(row, reading.delivered)
    wrong = wrong or _contradiction(word, delivered)
    state = OutcomeState.UNKNOWN if wrong else state_of(word)
    done = state is OutcomeState.SUCCESS
    text = masked_raw(pick(row, reading.text) or pick(told, reading.text), number)
    return Outcome(
        state,
        now,
        supplier_reference=pick(row, reading.supplier_reference)[:64],
        serial_number=_serial(row, reading) if done else "",
        charged_minor=money.minor(row, reading.charged) if done else None,
        # Some write 0 for "all of it".
        delivered_minor=delivered or None if done else None,
        number=pick(row, reading.number),
        code=(pick(row, reading.state) or pick(told, reading.code))[:32],
        text=(f"{text} [{wrong}]" if wrong else text)[:LONGEST_TEXT],
        raw=masked_raw(_shown(row), number),
    )


def _contradiction(word: Word, delivered: int | None) -> str | None:
    if word is Word.PART and not (delivered and delivered > 0):
        return "in part, but nothing of it"
    if word in {Word.FAILED, Word.NOT_SENT} and delivered:
        return "failed, but something of it"
    return "amount" if delivered is not None and delivered < 0 else None


def _serial(row: Any, reading: Reading) -> str:
    return (pick(row, reading.serial_number) or pick(row, reading.supplier_reference))[:40]


def _shown(row: Any) -> str:
    """An answer for people: the fields that are text or number, signatures and our password's digest left out."""
    if not isinstance(row, dict):
        return ""
    hidden = {"sign", "md5_str", "userpws"}
    return " ".join(f"{name}={pick(row, name)}" for name in row if "." not in name and name not in hidden)
