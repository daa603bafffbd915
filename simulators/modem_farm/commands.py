"""What dealers type: `*777*{number}*{units}*{pin}#` and the like, as templates that recognise a text and take it apart."""

import re
from dataclasses import dataclass
from typing import Final

from simulators.modem_farm.config import OperatorPlan

_FIELDS: Final = {"{number}": r"(?P<number>\+?\d{6,15})", "{units}": r"(?P<units>\d{1,9})", "{pin}": r"(?P<pin>\d{1,8})"}
_PIECES: Final = re.compile(r"(\{\w+\})")


@dataclass(frozen=True)
class Command:
    """What a dealer asks: `kind` is recharge, stock or last."""

    kind: str
    pin: str
    number: str = ""
    units: int = 0


def pattern_of(template: str) -> re.Pattern[str]:
    """The pattern of a template; spaces may be wider than written, capitals do not matter."""
    pieces = (_FIELDS.get(piece, re.escape(piece).replace(r"\ ", r"\s+")) for piece in _PIECES.split(template))
    return re.compile("".join(pieces), re.IGNORECASE)


def understood(operator: OperatorPlan, text: str, *, by_sms: bool) -> Command | None:
    """The command in a text, or None where it is none of this operator's."""
    names = ("sms_recharge", "sms_stock", "sms_last") if by_sms else ("recharge", "stock", "last")
    for kind, name in zip(("recharge", "stock", "last"), names, strict=True):
        found = pattern_of(getattr(operator, name)).fullmatch(text.strip())
        if found:
            told = found.groupdict()
            return Command(kind, told.get("pin", ""), told.get("number", ""), int(told.get("units", 0)))
    return None


def national(operator: OperatorPlan, number: str) -> str:
    """A number as the operator writes it at home: +62812… and 62812… become 0812…."""
    digits = number.removeprefix("+")
    if (
        digits.startswith(operator.country)
        and (number.startswith("+") or len(digits) > 10)
        and not digits.startswith(operator.trunk or "+")
    ):
        return operator.trunk + digits.removeprefix(operator.country)
    return digits


def international(operator: OperatorPlan, number: str) -> str:
    """A number with its country, without a plus."""
    return operator.country + national(operator, number).removeprefix(operator.trunk)
