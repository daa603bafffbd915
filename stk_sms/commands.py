"""Orders typed as plain text: formats that a deployment sets, each with a sample that must parse before it is taken."""

import json
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from recharge import BadAmount, Balance, Complaint, DayRecap, LastOrder, Operation, OrderEnquiry, Recharge, parse_amount

_SEPARATORS = re.compile(r"[.,*#;\s]+")
# 50.5 may be a broken amount or a second order of 50: with an amount only #5 or a space marks one.
_DECIMALS = re.compile(r"\d\.\d\s*$")
_MOST_LETTERS = 320
_FIELDS = {
    "number": r"\+?\d{7,16}",
    "amount": r"\d{1,7}",
    "product": r"[A-Z]{1,8}\d{0,6}",
    "password": r"\d{4,12}",
    "order": r"\d{6,20}",
    "text": r".+",
}
_MARK = re.compile(r"[2-9]")
MARK = "mark"
RECHARGE, TICKET = "recharge", "ticket"

_Made = Callable[[Mapping[str, str]], Operation]


class BadFormats(Exception):
    """Formats that cannot be taken. `problems` names everything that is wrong, one line each."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


class Unclear(Exception):
    """A text to an access number of ours that is no order; the sender may be told a sample."""


@dataclass(frozen=True, slots=True)
class Command:
    """What a text asks. The password is None where the format has none.

    With `ticket_minor` a deposit ticket for that amount is wanted: the operation only proves who asks.
    """

    operation: Operation
    password: str | None = field(repr=False)
    ticket_minor: int | None = None


@dataclass(frozen=True, slots=True)
class Format:
    """One way to type one operation.

    `template` has words as they are typed and fields in braces: {number} {amount} {product} {password} {order} {text}, and {mark} at
    the end where a second order of the day is marked by .2 or #2. `access` are the numbers it may be sent to (any when empty).
    """

    intent: str
    template: str
    sample: str
    access: frozenset[str] = frozenset()


def _recharge(values: Mapping[str, str]) -> Operation:
    amount = values.get("amount")
    return Recharge(
        values["number"],
        None if amount is None else parse_amount(amount),
        values.get("product"),
        int(values.get(MARK) or 0),
    )


def _enquiry(values: Mapping[str, str]) -> Operation:
    return OrderEnquiry(values.get("order"), values.get("number"))


INTENTS: dict[str, tuple[_Made, frozenset[frozenset[str]]]] = {
    # What an intent makes, and which sets of fields it can be made of (the password aside).
    RECHARGE: (_recharge, frozenset({frozenset({"number", "amount"}), frozenset({"number", "product"})})),
    "balance": (lambda _: Balance(), frozenset({frozenset[str]()})),
    "last": (lambda _: LastOrder(), frozenset({frozenset[str]()})),
    "recap": (lambda _: DayRecap(), frozenset({frozenset[str]()})),
    "status": (_enquiry, frozenset({frozenset({"order"}), frozenset({"number"})})),
    "complaint": (lambda values: Complaint(values["order"], values["text"]), frozenset({frozenset({"order", "text"})})),
    # The engine proves the password with an enquiry; the ticket itself is not the engine's.
    TICKET: (lambda _: Balance(), frozenset({frozenset({"amount"})})),
}

DEFAULT_FORMATS = (
    Format("recharge", "I {product} {number} {password} {mark}", "I.SIM10.081389092678.2233"),
    Format("recharge", "{product} {number} {password} {mark}", "S10.13800138000.2233"),
    Format("recharge", "{number} {amount} {mark}", "13800138000 50", frozenset({"0353911"})),
    Format("balance", "00", "00", frozenset({"0353910"})),
    Format("last", "11", "11", frozenset({"0353910"})),
    Format("status", "C {number}", "C 13800138000"),
    Format("recap", "R", "R"),
    Format("complaint", "K {order} {text}", "K 1234567 customer got nothing"),
    Format("ticket", "TIKET {amount} {password}", "TIKET.500.274961"),
)


@dataclass(frozen=True, slots=True)
class _Ready:
    format: Format
    pattern: re.Pattern[str]
    words: int

    def match(self, recipient: str, typed: str) -> dict[str, str] | None:
        """The fields of a tidied text; None where it is not of this format."""
        if self.format.access and recipient not in self.format.access:
            return None
        found = self.pattern.fullmatch(typed)
        return None if found is None else {name: value for name, value in found.groupdict().items() if value is not None}


def tidy(text: str) -> str:
    """What a person meant to type: full-width forms made plain, capital letters, one space for any run of separators."""
    plain = unicodedata.normalize("NFKC", text[:_MOST_LETTERS])
    kept = "".join(" " if unicodedata.category(character) in ("Cc", "Cf", "Zs") else character for character in plain)
    return _SEPARATORS.sub(" ", kept).strip().upper()


class Commands:
    """Reads texts by a deployment's formats."""

    def __init__(self, formats: Sequence[Format] = DEFAULT_FORMATS) -> None:
        """Raises BadFormats, unless every sample is read, by its own format and by no other."""
        problems: list[str] = []
        self._ready = [ready for each in formats if (ready := _prepared(each, problems)) is not None]
        for ready in self._ready:
            problems += self._wrong_with(ready)
        if problems:
            raise BadFormats(problems)

    def parse(self, recipient: str, text: str) -> Command:
        """The command in a text to one of our numbers. Raises Unclear for a text of no format, or of two."""
        typed = tidy(text)
        found = [(ready, values) for ready in self._ready if (values := ready.match(recipient, typed)) is not None]
        # TIKET 1000000 274961 could be a product, a number and a password: whoever types a format's own words means them.
        most = max((ready.words for ready, _ in found), default=0)
        found = [(ready, values) for ready, values in found if ready.words == most]
        if len(found) != 1:
            raise Unclear(f"{len(found)} formats")
        values = found[0][1]
        if "amount" in values and MARK in values and _DECIMALS.search(unicodedata.normalize("NFKC", text[:_MOST_LETTERS])):
            raise Unclear("an amount with a fraction")
        password = values.pop("password", None)
        return _made(found[0][0].format.intent, values, password)

    @staticmethod
    def command_of(intent: str, values: Mapping[str, str]) -> Command:
        """What a dialogue's answers come to: a recharge (number, amount or product), or a ticket (amount). Raises Unclear.

        The password is among them if it was asked for.
        """
        plain = {name: tidy(value) for name, value in values.items()}
        password = plain.pop("password", None)
        if not all(name in _FIELDS and re.fullmatch(_FIELDS[name], value) for name, value in plain.items()):
            raise Unclear("a dialogue's answer")
        return _made(intent, plain, password)

    def _wrong_with(self, ready: _Ready) -> list[str]:
        each = ready.format
        numbers = each.access or frozenset({""})
        typed = tidy(each.sample)
        readers = [other.format for other in self._ready if any(other.match(number, typed) is not None for number in numbers)]
        if each not in readers:
            return [f"{each.template}: its sample {each.sample!r} is not read"]
        return [f"{each.template}: its sample is read by {other.intent} {other.template} too" for other in readers if other is not each]


def _made(intent: str, values: Mapping[str, str], password: str | None) -> Command:
    try:
        return Command(INTENTS[intent][0](values), password, _wanted(values["amount"]) if intent == TICKET else None)
    except (BadAmount, ValueError, KeyError) as error:
        raise Unclear(type(error).__name__) from None


def _wanted(amount: str) -> int:
    """The amount a ticket is wanted for. Raises BadAmount, for nothing too."""
    wanted_minor = parse_amount(amount)
    if wanted_minor < 1:
        raise BadAmount(amount)
    return wanted_minor


def _prepared(each: Format, problems: list[str]) -> _Ready | None:
    """A format ready to read with, or None with what is wrong added to the problems."""
    words = tidy_template(each.template)
    names = [word[1:-1] for word in words if word.startswith("{")]
    if each.intent not in INTENTS:
        problems.append(f"{each.template}: {each.intent!r} is not one of {', '.join(INTENTS)}")
    elif (
        len(set(names)) != len(names)
        or set(names) - _FIELDS.keys() - {MARK}
        or frozenset(names) - {"password", MARK} not in INTENTS[each.intent][1]
    ):
        problems.append(f"{each.template}: these fields do not make a {each.intent}")
    elif each.intent == TICKET and "password" not in names:
        problems.append(f"{each.template}: a ticket needs the password")
    elif (MARK in names and (names[-1] != MARK or each.intent != RECHARGE)) or ("text" in names and names[-1] != "text"):
        problems.append(f"{each.template}: {{mark}} and {{text}} stand at the end")
    else:
        pattern = re.compile(" ".join(map(_piece, words)).replace(" (?P<mark>", "(?: (?P<mark>"), re.DOTALL)
        return _Ready(each, pattern, len(words) - len(names))
    return None


def tidy_template(template: str) -> list[str]:
    """The words of a template, tidied like a text; fields in small letters."""
    return [word.lower() if word.startswith("{") else tidy(word) for word in re.findall(r"\{\w+\}|[^\s{}]+", template)]


def _piece(word: str) -> str:
    if word == "{mark}":
        return f"(?P<mark>{_MARK.pattern}))?"
    if word.startswith("{"):
        name = word[1:-1]
        return f"(?P<{name}>{_FIELDS[name]})"
    return re.escape(word)


def read_formats(text: str) -> tuple[Format, ...]:
    """Formats from JSON: a list of mappings with intent, template, sample and access (a list of numbers). Raises BadFormats."""
    try:
        told = json.loads(text)
        formats = tuple(_from_mapping(item) for item in told)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise BadFormats([f"the formats cannot be read: {type(error).__name__} {error}"]) from None
    Commands(formats)
    return formats


def _from_mapping(item: Mapping[str, Any]) -> Format:
    unknown = set(item) - {"intent", "template", "sample", "access"}
    if unknown:
        raise ValueError(f"{', '.join(sorted(unknown))} is not known")
    access = item.get("access", [])
    if not isinstance(access, list):
        raise TypeError("access is a list of numbers")
    return Format(str(item["intent"]), str(item["template"]), str(item["sample"]), frozenset(map(str, access)))
