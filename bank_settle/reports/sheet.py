"""A report as data: columns, rows, totals, and the stamp that says which version of which day it is and who signed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Cell = str | int | None
Kind = Literal["text", "money", "count"]
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n")
_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_UNITS = ("", "拾", "佰", "仟")
_GROUPS = ("", "万", "亿", "万亿")


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its title, what stands in it (money in minor units), and its share of the page's width."""

    title: str
    kind: Kind = "text"
    width: int = 10


@dataclass(frozen=True, slots=True)
class Stamp:
    """What stands under every page."""

    house: str
    day: str
    version: int
    maker: str
    checker: str
    closed_at: str
    head: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """One report. `key` names its files; `total` is the last row, where there is one."""

    key: str
    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    total: Sequence[Cell] | None = None
    note: str = ""

    @property
    def all_rows(self) -> list[Sequence[Cell]]:
        """The rows with the total at the end."""
        return [*self.rows, *([self.total] if self.total is not None else [])]


def sums(columns: Sequence[Column], rows: Sequence[Sequence[Cell]], label: str) -> list[Cell]:
    """The total row: the label first, the sum of each money and count column, nothing elsewhere."""
    found: list[Cell] = [label]
    for place, column in enumerate(columns[1:], 1):
        values = [value for row in rows if isinstance(value := row[place], int)]
        found.append(None if column.kind == "text" else sum(values))
    return found


def yuan(amount_minor: int, digits: int = 2) -> str:
    """An amount as people read it: 1,234.50."""
    if not digits:
        return f"{amount_minor:,}"
    sign, whole = "-" if amount_minor < 0 else "", abs(amount_minor)
    return f"{sign}{whole // 10**digits:,}.{whole % 10**digits:0{digits}d}"


def shown(value: Cell, kind: Kind, digits: int = 2) -> str:
    """A cell as text."""
    if value is None:
        return ""
    if kind == "money" and isinstance(value, int):
        return yuan(value, digits)
    return f"{value:,}" if kind == "count" and isinstance(value, int) else str(value)


def harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula: what begins like one gets an apostrophe in front."""
    return f"'{text}" if text.startswith(_DANGEROUS) else text


def in_words(amount_minor: int) -> str:
    """大写金额 of an amount in fen, as it is written on payment sheets: 壹佰贰拾叁元肆角伍分, 壹佰元整.

    Raises ValueError below zero or too large.
    """
    if not 0 <= amount_minor < 10**16:
        raise ValueError("no amount to be written out")
    whole, jiao, fen = amount_minor // 100, amount_minor // 10 % 10, amount_minor % 10
    text = f"{_whole(whole)}元" if whole or not (jiao or fen) else ""
    if not (jiao or fen):
        return text + "整"
    if jiao:
        text += _DIGITS[jiao] + "角"
    elif whole:
        text += "零"
    return text + (_DIGITS[fen] + "分" if fen else "整")


def _whole(number: int) -> str:
    if not number:
        return "零"
    text, gap = "", False
    for place in range(len(_GROUPS) - 1, -1, -1):
        group = number // 10_000**place % 10_000
        if not group:
            gap = gap or bool(text)
            continue
        if text and (gap or group < 1000):
            text += "零"
        text += _group(group) + _GROUPS[place]
        gap = False
    return text


def _group(number: int) -> str:
    text, gap = "", False
    for place in range(3, -1, -1):
        digit = number // 10**place % 10
        if digit:
            text += ("零" if gap and text else "") + _DIGITS[digit] + _UNITS[place]
            gap = False
        else:
            gap = True
    return text
