"""The list that cards are issued from: CSV with a heading, one card a line, read as a whole or not at all."""

import csv
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import StringIO

from recharge import language_of
from stk_sms.cards.errors import CardError, CardProblem
from stk_sms.cards.gate import GateRules, national
from stk_sms.packet import check_iccid

NEEDED = ("iccid", "msisdn", "point")
LANGUAGE = "language"
_LONGEST_NUMBER = 20


@dataclass(frozen=True, slots=True)
class ListedCard:
    """One line: the card, its number in national digits, the point it belongs to, the language of replies ("" for the usual one)."""

    iccid: str
    msisdn: str
    point: str
    language: str = ""


def read_list(text: str, rules: GateRules) -> list[ListedCard]:
    """The cards of a list. Raises CardError(BAD_FILE) that names the first line with something wrong."""
    reader = csv.DictReader(StringIO(text.removeprefix("\ufeff")), strict=True)
    _check_heading(reader)
    cards = [_listed(line, row, rules) for line, row in _rows(reader)]
    for name, values in (("iccid", (card.iccid for card in cards)), ("msisdn", (card.msisdn for card in cards))):
        _check_once(name, values, cards)
    return cards


def _check_heading(reader: "csv.DictReader[str]") -> None:
    try:
        names = reader.fieldnames or ()
    except csv.Error as error:
        raise _bad(1, str(error)) from error
    missing = [name for name in NEEDED if name not in names]
    if missing:
        raise _bad(1, ",".join(missing))


def _rows(reader: "csv.DictReader[str]") -> Iterator[tuple[int, dict[str, str]]]:
    try:
        for row in reader:
            if None in row or None in row.values():
                raise _bad(reader.line_num, "columns")
            yield reader.line_num, {name: value.strip() for name, value in row.items()}
    except csv.Error as error:
        raise _bad(reader.line_num + 1, str(error)) from error


def _listed(line: int, row: dict[str, str], rules: GateRules) -> ListedCard:
    try:
        iccid = check_iccid(row["iccid"])
    except ValueError as error:
        raise _bad(line, f"iccid {row['iccid']}") from error
    msisdn = national(row["msisdn"], rules)
    if not msisdn or len(msisdn) > _LONGEST_NUMBER:
        raise _bad(line, f"msisdn {row['msisdn']}")
    if not row["point"]:
        raise _bad(line, "point")
    language = row.get(LANGUAGE, "")
    if language and language_of(language) != language:
        raise _bad(line, f"language {language}")
    return ListedCard(iccid, msisdn, row["point"], language)


def _check_once(name: str, values: Iterable[str], cards: list[ListedCard]) -> None:
    value, times = next(iter(Counter(values).most_common(1)), ("", 0))
    if times > 1:
        line = max(number for number, card in enumerate(cards, start=2) if value in (card.iccid, card.msisdn))
        raise _bad(line, f"{name} {value}")


def _bad(line: int, what: str) -> CardError:
    return CardError(CardProblem.BAD_FILE, line=str(line), what=what)
