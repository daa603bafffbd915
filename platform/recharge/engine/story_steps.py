"""The steps of an order's story in a reader's language, each with the moment it happened."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo

from recharge.books.database import NamedRow
from recharge.domain.money import format_amount
from recharge.domain.orders import OUTWARD_KINDS, OrderKind, OrderState
from recharge.domain.requests import Channel
from recharge.engine.story_reads import Found
from recharge.outbox.port import Message
from recharge.texts import channel_text, failure_text, kind_text, state_text
from recharge.texts import story as words
from recharge.texts.catalogue import Fact, fitting, say


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happened: when, in one sentence, and details of a line each."""

    at: datetime
    text: str
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wording:
    """How a reader wants to be told."""

    language: str | None
    minor_digits: int
    zone: tzinfo

    def local(self, moment: datetime) -> datetime:
        """A moment on the reader's clock."""
        return moment.astimezone(self.zone)

    def money(self, amount_minor: int, *, signed: bool = False) -> str:
        """An amount; with a plus where a leg's sign matters."""
        plus = "+" if signed and amount_minor > 0 else ""
        return plus + format_amount(amount_minor, self.minor_digits)

    def say(self, text: str, /, **facts: Fact) -> str:
        """A text with its facts."""
        return say(text, self.language, facts, self.minor_digits)

    def best(self, texts: tuple[str, ...], facts: dict[str, Fact]) -> str:
        """The most telling of several wordings."""
        return say(fitting(texts, facts), self.language, facts, self.minor_digits)

    def named(self, table: dict[str, str], code: str, /, **facts: Fact) -> str:
        """The name of a stored code; the code itself where a newer process wrote one that this one has no word for."""
        return self.say(table.get(code, ""), **facts) or code

    def channel(self, code: str) -> str:
        """A way in."""
        return channel_text(Channel(code), self.language)


def happenings(found: Found, wording: Wording) -> list[Happening]:
    """Everything that happened, in order of time; what happened at the same moment in the order in which it follows."""
    steps = [
        *_asked(found, wording),
        _taken_in(found, wording),
        *_attempts(found, wording),
        *_answers(found, wording),
        *_events(found, wording),
        *_cases(found, wording),
        *_ended(found, wording),
        *(Happening(row.at, wording.say(words.COMPLAINED, text=row.text)) for row in found.complaints),
        *(_told(message, sent_at, wording) for message, sent_at in found.told),
    ]
    in_order = sorted(steps, key=lambda step: step.at)
    return [replace(step, at=wording.local(step.at)) for step in in_order]


def candidate_lines(candidates: list[dict[str, Fact]], wording: Wording) -> tuple[str, ...]:
    """One line a link that was looked at, as domain/routing.py keeps them."""
    return tuple(wording.best(words.CANDIDATE, _candidate_facts(candidate, wording)) for candidate in candidates)


def _candidate_facts(candidate: dict[str, Fact], wording: Wording) -> dict[str, Fact]:
    return {**candidate, "reason": wording.named(words.REASONS, str(candidate["reason"]))}


def _asked(found: Found, wording: Wording) -> Iterator[Happening]:
    order = found.order
    party, kind = found.names.parties.get(order.party_id, ""), kind_text(OrderKind(order.kind), wording.language)
    for position, row in enumerate(found.requests):
        if position == 0:
            text = wording.say(words.ASKED, party=party, channel=wording.channel(order.channel), kind=kind, reference=row.reference)
        else:
            endpoint = found.names.endpoints.get(row.endpoint_id)
            text = wording.say(words.ASKED_ABOUT, identity=endpoint.identity if endpoint else "", reference=row.reference)
        yield Happening(row.received_at, text)


def _taken_in(found: Found, wording: Wording) -> Happening:
    order = found.order
    if OrderKind(order.kind) in OUTWARD_KINDS:
        return Happening(order.held_at, wording.say(words.HELD, price_minor=order.price_minor))
    return Happening(order.held_at, wording.say(words.BOOKED, face_minor=order.face_minor))


def _attempts(found: Found, wording: Wording) -> Iterator[Happening]:
    for row in found.attempts:
        text = wording.named(words.ATTEMPTS, row.action, **_attempt_facts(found, row))
        yield Happening(row.claimed_at, text, candidate_lines(json.loads(row.candidates), wording))


def _attempt_facts(found: Found, row: NamedRow) -> dict[str, Fact]:
    return {"ordinal": row.ordinal, "link": found.names.links.get(row.link_id, ""), "cost_minor": row.cost_minor, "attempt": str(row.id)}


def _answers(found: Found, wording: Wording) -> Iterator[Happening]:
    links = {row.id: found.names.links.get(row.link_id, "") for row in found.attempts}
    for row in found.answers:
        facts = _said(row.source, row.state, row.code, wording)
        facts |= {"link": links.get(row.attempt_id, ""), "text": row.text}
        yield Happening(row.at, wording.best(words.ANSWERED, _known(facts)), _made_rule(found, row, wording))


def _made_rule(found: Found, answer: NamedRow, wording: Wording) -> tuple[str, ...]:
    """Who made the rule an answer was read by, where it was made only after the order had been sent."""
    made = found.made_rules.get(answer.code)
    if made is None or made.at > answer.at:
        return ()
    facts: dict[str, Fact] = {"rule": answer.code, "time": f"{wording.local(made.at):%Y-%m-%d %H:%M:%S}"}
    if made.person_id is not None:
        facts["person"] = found.names.people.get(made.person_id, str(made.person_id))
    return (wording.best(words.RULE_MADE, facts),)


def _said(source: str, state: str, code: str, wording: Wording) -> dict[str, Fact]:
    return {"source": wording.named(words.SOURCES, source), "outcome": wording.named(words.OUTCOMES, state), "code": code}


def _known(facts: dict[str, Fact]) -> dict[str, Fact]:
    return {name: fact for name, fact in facts.items() if fact != ""}


def _events(found: Found, wording: Wording) -> Iterator[Happening]:
    for row in found.events:
        facts = json.loads(row.facts)
        candidates = facts.pop("candidates", [])
        known = {"event": row.kind, **_event_facts(found, facts, wording)}
        text = wording.best((*words.EVENTS.get(row.kind, ()), words.ANY_EVENT), known)
        yield Happening(row.at, text, candidate_lines(candidates, wording))


def _event_facts(found: Found, facts: dict[str, Fact], wording: Wording) -> dict[str, Fact]:
    """An event's stored codes and ids, worded."""
    people: dict[str, Fact] = {
        role: found.names.people.get(int(facts[role]), str(facts[role])) for role in ("maker", "checker") if role in facts
    }
    worded: dict[str, Fact] = {**facts, **people}
    if "state" in facts:
        worded |= _said(str(facts.get("source", "")), str(facts["state"]), str(facts.get("code", "")), wording)
    if "channel" in facts:
        worded["channel"] = wording.channel(str(facts["channel"]))
    return _known(worded)


def _cases(found: Found, wording: Wording) -> Iterator[Happening]:
    people = found.names.people
    for row in found.cases:
        facts: dict[str, Fact] = {"case": str(row.id), "reason": row.reason, "maker": people.get(row.maker_id, str(row.maker_id))}
        verdict = wording.say(words.VERDICTS[bool(row.succeeded)])
        yield Happening(row.made_at, wording.say(words.PROPOSED, case_kind=wording.named(words.CASES, row.kind), verdict=verdict, **facts))
        if row.checked_at is not None:
            decision = wording.named(words.DECISIONS, row.state)
            checker = people.get(row.checker_id, str(row.checker_id))
            yield Happening(row.checked_at, wording.say(words.DECIDED, checker=checker, decision=decision, case=str(row.id)))


def _ended(found: Found, wording: Wording) -> Iterator[Happening]:
    order = found.order
    if order.ended_at is not None:
        reason = failure_text(order.failure, wording.language)
        text = wording.say(words.ENDED, state=state_text(OrderState(order.state), wording.language))
        yield Happening(order.ended_at, text, (reason,) if reason else ())


def _told(message: Message, sent_at: datetime | None, wording: Wording) -> Happening:
    standing = wording.named(words.STANDINGS, message.state.value)
    if sent_at is not None:
        standing = wording.say(words.AT_TIME, standing=standing, time=f"{wording.local(sent_at):%H:%M:%S}")
    recipient = wording.named(words.RECIPIENTS, message.recipient)
    text = wording.say(words.TOLD, recipient=recipient, channel=wording.channel(message.channel), standing=standing)
    return Happening(message.created_at, text, (message.text,))
