"""Reply rules: how a text from a chip or a partner server becomes an outcome. What no rule reads, or two read differently, is unknown."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from recharge.domain.outcomes import OutcomeState
from recharge.domain.reply_notation import Notation, Unreadable, moment
from recharge.domain.reply_patterns import BadPattern, compiled, squeezed

ANY = ""
SAMPLES_LOOKED_AT = 20


_STATES = {state.value: state for state in OutcomeState}


class Meaning(StrEnum):
    """What a text tells. Stored with rules: never rename one.

    The first seven speak of an order. STOCK tells what we hold, STOCK_IN that some was added, QUESTION wants a yes or no, and NOISE
    (advertisements, greetings) tells nothing of any order.
    """

    SUCCESS = "success"
    FAILED = "failed"
    ACCEPTED = "accepted"
    NOT_SENT = "not_sent"
    NOT_FOUND = "not_found"
    REVERSED = "reversed"
    UNKNOWN = "unknown"
    STOCK = "stock"
    STOCK_IN = "stock_in"
    QUESTION = "question"
    NOISE = "noise"

    @property
    def state(self) -> OutcomeState | None:
        """The outcome of an order, None where the text speaks of none."""
        return _STATES.get(self.value)


@dataclass(frozen=True, slots=True)
class Scope:
    """Where texts come from: the link (its code), the channel (sms, ussd, stk, http, callback) and the sender; "" in a rule is any."""

    link: str = ANY
    channel: str = ANY
    sender: str = ANY

    def covers(self, other: "Scope") -> bool:
        """Whether a rule of this scope reads a text from there."""
        return all(mine in {ANY, theirs} for mine, theirs in self._pairs(other))

    def meets(self, other: "Scope") -> bool:
        """Whether there are texts that rules of both scopes read."""
        return all(ANY in {mine, theirs} or mine == theirs for mine, theirs in self._pairs(other))

    def _pairs(self, other: "Scope") -> tuple[tuple[str, str], ...]:
        return (self.link, other.link), (self.channel, other.channel), (self.sender, other.sender)


@dataclass(frozen=True, slots=True)
class ReplyRule:
    """One wording. `pattern` matches a whole text and names its pieces:

    `number` the customer's, `amount` the face value, `charged` what it cost us, `balance` what we hold after it, `counts` pieces in stock
    by face value, `sn` the carrier's serial number, `ref` the supplier's reference, `our_ref` ours, `chip` our own number, `product` and
    `reason` words, `at` when. `decimal` is the sign before the fraction of its amounts. It reads texts from `valid_from` to `retired_at`.
    """

    code: str
    pattern: str
    meaning: Meaning
    samples: tuple[str, ...]
    valid_from: datetime
    scope: Scope = Scope()
    order: int = 100
    decimal: str = "."
    retired_at: datetime | None = None

    def holds_at(self, received: datetime) -> bool:
        """Whether it reads texts received then."""
        return self.valid_from <= received and (self.retired_at is None or received < self.retired_at)


@dataclass(frozen=True, slots=True)
class Reply:
    """A text that was read: by which rule, what it means, and its pieces. Amounts in minor units; None and "" where it does not say.

    `spans` says where in the squeezed text each piece stands.
    """

    rule: str
    meaning: Meaning
    number: str = ""
    amount_minor: int | None = None
    charged_minor: int | None = None
    balance_minor: int | None = None
    counts_minor: Mapping[int, int] = field(default_factory=dict)
    serial_number: str = ""
    supplier_reference: str = ""
    our_reference: str = ""
    chip: str = ""
    product: str = ""
    reason: str = ""
    at: datetime | None = None
    spans: Mapping[str, tuple[int, int]] = field(default_factory=dict, compare=False)


class Why(StrEnum):
    """Why a text could not be read."""

    NO_RULE = "no_rule"
    CONTRADICTION = "contradiction"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Unread:
    """A text that counts as unknown: why, and the rules that had to do with it."""

    why: Why
    rules: tuple[str, ...] = ()


class BadRule(ValueError):
    """A rule that is refused; the message says why and names the other rule where there is one."""


_Reader = Callable[[str, Notation, datetime], Any]


def _word(text: str, _notation: Notation, _received: datetime) -> str:
    return text.strip()


def _amount(text: str, notation: Notation, _received: datetime) -> int:
    return notation.amount_minor(text)


def _counts(text: str, notation: Notation, _received: datetime) -> Mapping[int, int]:
    return notation.counts_minor(text)


def _moment(text: str, _notation: Notation, received: datetime) -> datetime:
    return moment(text, received)


# Group of a pattern -> field of a Reply, and how it is read.
_PIECES: dict[str, tuple[str, _Reader]] = {
    "number": ("number", _word),
    "amount": ("amount_minor", _amount),
    "charged": ("charged_minor", _amount),
    "balance": ("balance_minor", _amount),
    "counts": ("counts_minor", _counts),
    "sn": ("serial_number", _word),
    "ref": ("supplier_reference", _word),
    "our_ref": ("our_reference", _word),
    "chip": ("chip", _word),
    "product": ("product", _word),
    "reason": ("reason", _word),
    "at": ("at", _moment),
}
_NAMES_NOBODY = frozenset({"number", "our_ref", "at", "amount", "sn", "ref"})


class RuleSet:
    """The rules of a deployment, in their order. `minor_digits` are the currency's."""

    def __init__(self, rules: Iterable[ReplyRule] = (), minor_digits: int = 2) -> None:
        self.rules = tuple(sorted(rules, key=lambda rule: (rule.order, rule.code)))
        self._minor_digits = minor_digits

    def read(self, text: str, scope: Scope, received: datetime) -> Reply | Unread:
        """What a text says. The first rule in order that reads it tells its pieces, but only if all that read it agree on the meaning."""
        plain = squeezed(text)
        fitting = [rule for rule in self.rules if rule.scope.covers(scope) and rule.holds_at(received)]
        reading = [rule for rule in fitting if compiled(rule.pattern).fullmatch(plain)]
        if not reading:
            return Unread(Why.NO_RULE)
        if len({rule.meaning for rule in reading}) > 1:
            return Unread(Why.CONTRADICTION, tuple(rule.code for rule in reading))
        try:
            return self._told(reading[0], plain, received)
        except Unreadable:
            return Unread(Why.UNREADABLE, (reading[0].code,))

    def check(self, new: ReplyRule) -> None:
        """Raises BadRule unless the new rule reads all its samples and no other rule's, and no other rule reads one of its samples."""
        if not new.samples or len(new.samples) > SAMPLES_LOOKED_AT:
            raise BadRule(f"a rule has 1 to {SAMPLES_LOOKED_AT} samples")
        _check_pattern(new)
        for sample in new.samples:
            self._check_sample(new, sample)
        for other in self.rules:
            if other.code != new.code and other.retired_at is None and other.scope.meets(new.scope):
                _check_apart(new, other)

    def with_rule(self, new: ReplyRule) -> "RuleSet":
        """These rules and a new one, checked. Raises BadRule."""
        self.check(new)
        return RuleSet([*(rule for rule in self.rules if rule.code != new.code), new], self._minor_digits)

    def _check_sample(self, new: ReplyRule, sample: str) -> None:
        plain = squeezed(sample)
        if not compiled(new.pattern).fullmatch(plain):
            raise BadRule(f"it does not match its own sample: {plain[:80]}")
        try:
            self._told(new, plain, new.valid_from)
        except Unreadable as error:
            raise BadRule(f"a piece of its sample cannot be read as {error}: {plain[:80]}") from None

    def _told(self, rule: ReplyRule, plain: str, received: datetime) -> Reply:
        found = compiled(rule.pattern).fullmatch(plain)
        notation = Notation(rule.decimal, self._minor_digits)
        told = {name: text for name, text in (found.groupdict() if found else {}).items() if text is not None}
        pieces = {_PIECES[name][0]: _PIECES[name][1](text, notation, received) for name, text in told.items()}
        spans = {name: found.span(name) for name in told} if found else {}
        return replace(Reply(rule.code, rule.meaning, spans=spans), **pieces)


def anonymous(text: str, reply: Reply) -> str:
    """A text as it may be kept as a sample: the customer's and the chip's number keep their first four digits, the rest is noughts."""
    plain = squeezed(text)
    for name in ("number", "chip"):
        if name in reply.spans:
            start, end = reply.spans[name]
            plain = plain[: start + 4] + re.sub(r"[0-9]", "0", plain[start + 4 : end]) + plain[end:]
    return plain


def shape(text: str) -> str:
    """A text with its digits gone: two replies of one wording have one shape."""
    return re.sub(r"[0-9]+", "0", squeezed(text))


def _check_pattern(rule: ReplyRule) -> None:
    if rule.decimal not in {".", ",", ""}:
        raise BadRule("the decimal sign is . or , or nothing")
    try:
        names = set(compiled(rule.pattern).groupindex)
    except BadPattern as error:
        raise BadRule(f"its pattern cannot be used: {error}") from None
    if names - set(_PIECES):
        raise BadRule(f"no such piece: {', '.join(sorted(names - set(_PIECES)))}")
    speaks_of_an_order = rule.meaning.state not in {None, OutcomeState.UNKNOWN}
    if speaks_of_an_order and not names & _NAMES_NOBODY:
        raise BadRule("a rule that ends an order must capture something of it: number, our_ref, sn or ref")


def _check_apart(new: ReplyRule, other: ReplyRule) -> None:
    if _reads_one_of(new.pattern, other.samples):
        raise BadRule(f"it also matches a sample of rule {other.code}")
    if _reads_one_of(other.pattern, new.samples):
        raise BadRule(f"rule {other.code} already matches its sample")


def _reads_one_of(pattern: str, samples: Sequence[str]) -> bool:
    made = compiled(pattern)
    return any(made.fullmatch(squeezed(sample)) for sample in samples)
