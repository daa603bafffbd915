"""The three-way match of a carrier's day: order and postings (our snapshot) against the carrier's lines, in one pass over sorted files."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from typing import TextIO

from bank_settle.carriers.kinds import Kind
from bank_settle.carriers.lines import NOTHING, Ours, Theirs, read_ours, read_theirs

_OPEN = frozenset({"sending", "accepted", "unknown"})
_NEAR = timedelta(minutes=5)
_KEY = 24
Lookup = Callable[[list[int]], Mapping[int, Ours]]
"""Attempts of other days by reference."""


@dataclass(frozen=True, slots=True)
class Break:
    """One difference. `effect_minor` is what it does to us: what we booked as taken from our stock, less what the carrier charged."""

    kind: Kind
    reference: str
    ours: Ours | None
    theirs: tuple[Theirs, ...]
    effect_minor: int
    also: tuple[str, ...] = ()


@dataclass(slots=True)
class Result:
    """What the match found. `booked_minor` − `charged_minor` − the effects of all breaks is the residue, which is always 0."""

    matched: int = 0
    ours: int = 0
    theirs: int = 0
    booked_minor: int = 0
    charged_minor: int = 0
    breaks: list[Break] = field(default_factory=list)

    @property
    def residue_minor(self) -> int:
        """What no break explains."""
        return self.booked_minor - self.charged_minor - sum(item.effect_minor for item in self.breaks)


@dataclass(frozen=True, slots=True)
class Sight:
    """What the match must know beside the two files: the carrier's day (YYYYMMDD), when a reference was made (in the carrier's local time,
    YYYYMMDDhhmmss), and attempts of other days."""

    day: str
    made: Callable[[str], str]
    lookup: Lookup


@dataclass(slots=True)
class _Waiting:
    """What is judged when both files have been read: lines without an attempt, and originals that may have been taken back today."""

    strangers: list[tuple[Theirs, ...]] = field(default_factory=list)
    standing: list[tuple[Ours, tuple[Theirs, ...]]] = field(default_factory=list)
    taken_back: set[str] = field(default_factory=set)


def match(ours: TextIO, theirs: TextIO, sight: Sight, tick: Callable[[int], None] = lambda _: None) -> Result:
    """Compare two files of carriers/lines.py."""
    result, waiting = Result(), _Waiting()
    for mine, told in _aligned(ours, theirs):
        if mine is not None and len(told) == 1 and _agree(mine, told[0]):
            _count_matched(result, told[0])
        else:
            _look_closer(result, waiting, mine, told)
        if not result.ours % 20_000:
            tick(result.ours)
    result.breaks += [
        Break(Kind.STANDS_THERE, own.reference, own, lines, _booked(own) - _charged(lines))
        for own, lines in waiting.standing
        if own.reference in waiting.taken_back
    ]
    result.breaks = _place_strangers(waiting.strangers, result.breaks, sight)
    result.breaks.sort(key=lambda item: (item.kind.value, item.reference))
    return result


def _agree(mine: str, told: str) -> bool:
    agreement = mine.split("\t", 2)[1]
    return agreement != NOTHING and agreement == told.split("\t", 2)[1]


def _look_closer(result: Result, waiting: _Waiting, mine: str | None, told: list[str]) -> None:
    lines = tuple(map(read_theirs, told))
    own = None if mine is None else read_ours(mine)
    _count(result, own, lines)
    if own is None:
        waiting.strangers.append(lines)
        return
    found = _judge(own, lines)
    if found is not None:
        result.breaks.append(found)
    elif lines:
        result.matched += 1
        if own.action == "reverse":
            waiting.taken_back.add(own.target)
        elif own.order_state == "reversed" and lines[0].state == "success":
            waiting.standing.append((own, lines))


def _aligned(ours: TextIO, theirs: TextIO) -> Iterator[tuple[str | None, list[str]]]:
    """For every key of either file: our line, if there is one, and all of theirs."""
    groups = groupby(theirs, key=_key)
    key, lines = next(groups, ("", iter(())))
    told = list(lines)
    for mine in ours:
        own = mine[:_KEY]
        while told and key < own:
            yield None, told
            key, lines = next(groups, ("", iter(())))
            told = list(lines)
        if told and key == own:
            yield mine, told
            key, lines = next(groups, ("", iter(())))
            told = list(lines)
        else:
            yield mine, []
    while told:
        yield None, told
        key, lines = next(groups, ("", iter(())))
        told = list(lines)


def _key(line: str) -> str:
    return line[:_KEY] if line[0] != "~" else line[: line.index("\t")]


def _count_matched(result: Result, line: str) -> None:
    charged = int(line.split("\t", 2)[1].split("|")[3])
    result.matched += 1
    result.ours += 1
    result.theirs += 1
    result.booked_minor += charged
    result.charged_minor += charged


def _count(result: Result, own: Ours | None, lines: tuple[Theirs, ...]) -> None:
    result.ours += own is not None
    result.theirs += len(lines)
    result.booked_minor += _booked(own)
    result.charged_minor += _charged(lines)


def _booked(own: Ours | None) -> int:
    """What the books say of this attempt. An entry of the order belongs to the attempt that succeeded, or to the only one there was."""
    if own is None or own.booked_minor is None:
        return 0
    return own.booked_minor if own.state == "succeeded" or own.tries <= 1 else 0


def _charged(lines: Iterable[Theirs]) -> int:
    return sum(line.charged_minor for line in lines)


def _judge(own: Ours, lines: tuple[Theirs, ...]) -> Break | None:
    """The difference between an attempt and what the carrier lists of it, the gravest first; None where there is none."""
    effect = _booked(own) - _charged(lines)
    names = list(_names(own, lines))
    if not names:
        return None
    return Break(names[0], own.reference, own, lines, effect, tuple(name.value for name in names[1:]))


def _names(own: Ours, lines: tuple[Theirs, ...]) -> Iterator[Kind]:
    if own.state != "succeeded" and _booked(own):
        yield Kind.BOOKED_WITHOUT_SUCCESS
    if len(lines) > 1:
        yield Kind.DUPLICATE_AT_CARRIER
    if own.action == "reverse":
        yield from _reversal_names(own, lines)
    elif not lines:
        yield from _absent_names(own)
    else:
        yield from _submit_names(own, lines[0])


def _absent_names(own: Ours) -> Iterator[Kind]:
    if own.state == "succeeded":
        yield Kind.OURS_ONLY
        if own.booked_minor is None:
            yield Kind.NOT_BOOKED
    elif own.state in _OPEN:
        yield Kind.LIMBO_ABSENT


def _submit_names(own: Ours, line: Theirs) -> Iterator[Kind]:
    if line.kind == "reversal":
        yield Kind.REVERSAL_THEIRS_ONLY
    elif own.state in _OPEN:
        yield Kind.LIMBO_SUCCESS
    elif own.state == "not_sent":
        yield Kind.THEIRS_NEVER_SENT
    elif own.state == "failed":
        yield Kind.THEIRS_FAILED_HERE
    else:
        yield from _success_names(own, line)


def _success_names(own: Ours, line: Theirs) -> Iterator[Kind]:
    if own.booked_minor is None:
        yield Kind.NOT_BOOKED
    delivered = own.face_minor if own.delivered_minor is None else own.delivered_minor
    differ = (
        (line.number != own.number, Kind.NUMBER),
        (line.amount_minor != own.face_minor, Kind.AMOUNT),
        (own.booked_minor is not None and line.charged_minor != own.booked_minor, Kind.CHARGE),
        (line.delivered_minor != delivered, Kind.DELIVERED),
        (line.kind != own.kind, Kind.PRODUCT_KIND),
        (line.state == "reversed" and own.order_state != "reversed", Kind.REVERSED_THERE),
        (bool(line.serial_number and own.serial_number) and line.serial_number != own.serial_number, Kind.SERIAL_NUMBER),
    )
    yield from (kind for wrong, kind in differ if wrong)


def _reversal_names(own: Ours, lines: tuple[Theirs, ...]) -> Iterator[Kind]:
    if not lines:
        if own.state == "succeeded":
            yield Kind.REVERSAL_OURS_ONLY
        elif own.state in _OPEN:
            yield Kind.LIMBO_REVERSAL
    elif own.state in _OPEN:
        yield Kind.LIMBO_REVERSAL
    elif own.state != "succeeded":
        yield Kind.REVERSAL_THEIRS_ONLY
    elif lines[0].kind != "reversal":
        yield Kind.PRODUCT_KIND
    elif own.booked_minor is None:
        yield Kind.NOT_BOOKED
    elif lines[0].charged_minor != own.booked_minor or abs(lines[0].amount_minor) != own.face_minor:
        yield Kind.REVERSAL_AMOUNT


def _place_strangers(strangers: list[tuple[Theirs, ...]], breaks: list[Break], sight: Sight) -> list[Break]:
    """Lines of theirs that answer no attempt of the day: another day's, one with a garbled reference, or nobody's."""
    numbers = [int(lines[0].reference) for lines in strangers if _is_number(lines[0].reference)]
    others = sight.lookup(numbers) if numbers else {}
    alone: dict[tuple[str, int], list[Break]] = {}
    for item in breaks:
        if item.kind is Kind.OURS_ONLY and item.ours is not None:
            alone.setdefault((item.ours.number, item.ours.face_minor), []).append(item)
    gone: set[str] = set()
    placed = [_place(lines, others, alone, gone, sight) for lines in strangers]
    return [item for item in breaks if item.kind is not Kind.OURS_ONLY or item.reference not in gone] + placed


def _place(
    lines: tuple[Theirs, ...],
    others: Mapping[int, Ours],
    alone: Mapping[tuple[str, int], list[Break]],
    gone: set[str],
    sight: Sight,
) -> Break:
    first = lines[0]
    own = others.get(int(first.reference)) if _is_number(first.reference) else None
    if own is not None:
        return _other_day(own, lines, sight)
    candidates = [item for item in alone.get((first.number, first.amount_minor), ()) if _is_near(item, first, sight)]
    # Only a proposal, and only where there is exactly one that it can be.
    if len(candidates) == 1 and len(lines) == 1 and candidates[0].reference not in gone:
        near = candidates[0]
        gone.add(near.reference)
        return Break(Kind.REFERENCE_GARBLED, near.reference, near.ours, lines, near.effect_minor - first.charged_minor)
    kind = Kind.REVERSAL_THEIRS_ONLY if first.kind == "reversal" else Kind.THEIRS_UNKNOWN
    return Break(kind, first.reference, None, lines, -_charged(lines))


def _other_day(own: Ours, lines: tuple[Theirs, ...], sight: Sight) -> Break:
    """An attempt of another day: which day is in its reference. Its own half stands with that day."""
    apart = abs((_moment(sight.day) - _moment(sight.made(own.reference)[:8])).days)
    kind = Kind.CROSSED_MIDNIGHT if apart <= 1 else Kind.LATE_AT_CARRIER
    return Break(kind, own.reference, own, lines, -_charged(lines), tuple(name.value for name in _names(own, lines)))


def _is_near(own: Break, line: Theirs, sight: Sight) -> bool:
    return abs(_moment(sight.made(own.reference)) - _moment(line.at)) <= _NEAR


def _moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y%m%d%H%M%S" if len(text) > 8 else "%Y%m%d")  # noqa: DTZ007  both in the carrier's local time


def _is_number(reference: str) -> bool:
    return reference.isascii() and reference.isdigit() and len(reference) <= 19
