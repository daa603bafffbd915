"""The whole story of one order: who asked, what was decided, each try with its reasons, what was answered, booked and told."""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from recharge.books.database import Database, NamedRow
from recharge.domain.orders import OrderKind, OrderState
from recharge.domain.requests import EndpointKind
from recharge.engine.story_reads import Found, find
from recharge.engine.story_steps import Happening, Wording, happenings
from recharge.texts import failure_text, kind_text, state_text
from recharge.texts import story as words
from recharge.texts.orders import endpoint_text

Line = tuple[str, str]
"""A label, or an account, and what stands beside it."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened; `took` is the time since the step before."""

    at: datetime
    took: timedelta
    text: str
    details: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EntryTable:
    """One entry of the books: its name, when, and its legs as account and amount, which sum to zero."""

    title: str
    at: datetime
    legs: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Story:
    """An order's story in a reader's language, ready to be laid out. It names costs and commissions: for staff only."""

    order_number: str
    title: str
    heading: tuple[Line, ...]
    steps_title: str
    steps: tuple[Step, ...]
    total: str
    entries_title: str
    entries: tuple[EntryTable, ...]


def story(database: Database, order_number: str, language: str | None, minor_digits: int = 2, zone: tzinfo = UTC) -> Story:
    """The story of an order, with times in a zone. Raises Refusal(UNKNOWN_ORDER)."""
    found = find(database, order_number, minor_digits)
    wording = Wording(language, minor_digits, zone)
    order = found.order
    state, kind = OrderState(order.state), OrderKind(order.kind)
    steps = _with_time_taken(happenings(found, wording))
    seconds = f"{(steps[-1].at - steps[0].at).total_seconds():.3f}"
    return Story(
        order_number=str(order.id),
        title=wording.say(words.TITLE, order_number=str(order.id), kind=kind_text(kind, language), state=state_text(state, language)),
        heading=tuple(_heading(found, wording)),
        steps_title=wording.say(words.SECTION_STEPS),
        steps=steps,
        total=wording.say(words.TOTAL_TIME, seconds=seconds),
        entries_title=wording.say(words.SECTION_ENTRIES),
        entries=tuple(_entry(found, entry, wording) for entry in found.entries),
    )


def tell(database: Database, order_number: str, language: str | None, minor_digits: int = 2, zone: tzinfo = UTC) -> str:
    """The story as plain text for a terminal. Raises Refusal(UNKNOWN_ORDER)."""
    told = story(database, order_number, language, minor_digits, zone)
    lines = [told.title, "", *_columns(told.heading, "  ")]
    lines += ["", f"{told.steps_title} ({told.steps[0].at:%Z})", *_step_lines(told.steps), f"  {told.total}", "", told.entries_title]
    for entry in told.entries:
        lines.append(f"  {entry.at:%Y-%m-%d} {_clock(entry.at)}  {entry.title}")
        lines += _columns(entry.legs, "      ")
    return "\n".join(lines) + "\n"


def _step_lines(steps: Sequence[Step]) -> Iterator[str]:
    """The steps with their details; a line with the day where a new one begins."""
    day = None
    for step in steps:
        if step.at.date() != day:
            day = step.at.date()
            yield f"  {day.isoformat()}"
        yield f"  {_clock(step.at)}  +{step.took.total_seconds():.3f}s  {step.text}"
        yield from (f"      - {detail}" for detail in step.details)


def _with_time_taken(happened: Sequence[Happening]) -> tuple[Step, ...]:
    before = [happened[0].at, *(each.at for each in happened)]
    return tuple(Step(each.at, each.at - earlier, each.text, each.details) for each, earlier in zip(happened, before, strict=False))


def _heading(found: Found, wording: Wording) -> Iterator[Line]:
    """Label and value, what is not known left out."""
    for label, values in _values(found, wording):
        for value in values:
            if value:
                yield wording.say(words.HEADINGS[label]), value


def _values(found: Found, wording: Wording) -> Iterator[tuple[str, Sequence[str]]]:
    order, names = found.order, found.names
    yield "party", [names.parties.get(order.party_id, "")]
    yield "endpoint", [_endpoint(found, wording)]
    if order.kind == OrderKind.TRANSFER.value:
        yield "other_party", [names.parties.get(order.related_id, "")]
    yield "number", [order.number]
    yield "carrier", [f"{names.carrier} {order.province}".strip()]
    yield "product", [names.product]
    for label in ("face_minor", "price_minor"):
        yield label, [wording.money(getattr(order, label))]
    yield "share", [wording.say(words.SHARE, party=party, amount_minor=amount) for party, amount in found.shares]
    yield "limit", [_limit(row, wording) for row in found.limits]
    for label in ("delivered_minor", "cost_minor"):
        amount = getattr(order, label)
        yield label, [] if amount is None else [wording.money(amount)]
    yield "link", [names.links.get(order.link_id, "")]
    yield "serial_number", [order.serial_number]
    yield "failure", [failure_text(order.failure, wording.language)]
    yield "business_date", [order.business_date.isoformat()]
    yield "due_at", [] if order.due_at is None else [f"{wording.local(order.due_at):%Y-%m-%d %H:%M:%S %Z}"]


def _endpoint(found: Found, wording: Wording) -> str:
    row = found.names.endpoints.get(found.order.endpoint_id)
    if row is None:
        return ""
    kind = endpoint_text(EndpointKind(row.kind), wording.language)
    person = found.names.people.get(row.person_id)
    if person is None:
        return f"{kind} {row.identity}"
    return wording.say(words.PERSON_AT_ENDPOINT, endpoint=kind, identity=row.identity, person=person)


def _limit(row: NamedRow, wording: Wording) -> str:
    """A scope and the limits it sets."""
    values = {name: getattr(row, name) for name in words.LIMITS}
    said = [wording.say(words.LIMITS[name], **{name: value}) for name, value in values.items() if value is not None]
    return f"{wording.named(words.SCOPES, row.scope)} {' · '.join(said)}" if said else ""


def _entry(found: Found, entry: NamedRow, wording: Wording) -> EntryTable:
    legs = [leg for leg in found.legs if leg.step == entry.step]
    shown = tuple((_account(found, leg, wording), wording.money(leg.amount_minor, signed=True)) for leg in legs)
    return EntryTable(wording.named(words.ENTRIES, entry.kind), wording.local(entry.at), shown)


def _account(found: Found, leg: NamedRow, wording: Wording) -> str:
    owners = {"stock": found.names.links, "bank": found.names.banks}.get(leg.kind, found.names.parties)
    kind = "bank_account" if leg.owner_id in found.names.banks else leg.kind
    return wording.named(words.ACCOUNTS, kind, owner=owners.get(leg.owner_id, str(leg.owner_id)))


def _clock(moment: datetime) -> str:
    return f"{moment:%H:%M:%S}.{moment.microsecond // 1000:03d}"


def _columns(lines: Sequence[Line], indent: str) -> list[str]:
    """Labels padded to one width; a Chinese character takes two columns of a terminal."""
    widest = max((_width(label) for label, _ in lines), default=0)
    return [f"{indent}{label}{' ' * (widest - _width(label))}  {value}" for label, value in lines]


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)
