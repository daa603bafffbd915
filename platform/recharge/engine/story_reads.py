"""Everything the books know of one order, read in one transaction for its story."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, select

from recharge.books.database import Database, NamedRow
from recharge.books.tables import catalogue, ledger, parties, suppliers
from recharge.books.tables.orders import case, complaint, order_event, orders, request
from recharge.books.tables.replies import reply_rule
from recharge.books.usage import PLATFORM
from recharge.domain.errors import Refusal, RefusalCode
from recharge.engine.operations.lookup import order_number
from recharge.outbox.port import Message
from recharge.outbox.rows import messages_of


@dataclass(frozen=True, slots=True)
class Names:
    """What ids are called: parties by code and name, links, bank accounts, people and endpoints."""

    parties: Mapping[int, str]
    links: Mapping[int, str]
    banks: Mapping[int, str]
    people: Mapping[int, str]
    endpoints: Mapping[int, NamedRow]
    carrier: str
    product: str


@dataclass(frozen=True, slots=True)
class MadeRule:
    """A reply rule that was made after the order was taken in: when, and by whom (None: from the command line)."""

    at: datetime
    person_id: int | None


@dataclass(frozen=True, slots=True)
class Found:
    """The rows of an order. `told` pairs each message with when it was sent; `legs` carry their account's kind and owner."""

    order: NamedRow
    requests: Sequence[NamedRow]
    attempts: Sequence[NamedRow]
    answers: Sequence[NamedRow]
    events: Sequence[NamedRow]
    complaints: Sequence[NamedRow]
    cases: Sequence[NamedRow]
    entries: Sequence[NamedRow]
    legs: Sequence[NamedRow]
    limits: Sequence[NamedRow]
    shares: Sequence[tuple[str, int]]
    told: Sequence[tuple[Message, datetime | None]]
    names: Names
    made_rules: Mapping[str, MadeRule]


def find(database: Database, number: str, minor_digits: int) -> Found:
    """All rows of an order. Raises Refusal(UNKNOWN_ORDER) with what was asked for."""
    unknown = Refusal(RefusalCode.UNKNOWN_ORDER, {"order_number": number.strip()[:20]})
    try:
        order_id = order_number(number)
    except Refusal as refusal:
        raise unknown from refusal
    with database.read() as connection:
        order = connection.execute(select(orders).where(orders.c.id == order_id)).one_or_none()
        found = None if order is None else _found(connection, order, minor_digits)
    if found is None:
        raise unknown
    return found


def _found(connection: Connection, order: NamedRow, minor_digits: int) -> Found:
    requests, cases = _of(connection, request, order.id, "received_at"), _of(connection, case, order.id, "made_at")
    attempts, events = _of(connection, suppliers.attempt, order.id), _of(connection, order_event, order.id)
    legs = connection.execute(_LEGS.where(ledger.posting.c.order_id == order.id)).all()
    # A booking names its own two accounts there, which are no shares of anybody.
    split = [] if order.kind == "booking" else json.loads(order.split)
    owners = _account_owners(connection, [account for account, _ in split])
    named_parties = {order.party_id, order.related_id, *owners.values(), *(leg.owner_id for leg in legs)}
    endpoints = _endpoints(connection, {order.endpoint_id, *(row.endpoint_id for row in requests)})
    people = {person for row in cases for person in (row.maker_id, row.checker_id)} | _people_in(events)
    people |= {row.person_id for row in endpoints.values()}
    answers = _of(connection, suppliers.answer, order.id)
    made_rules = _made_rules(connection, order.held_at, answers)
    people |= {made.person_id for made in made_rules.values()}
    names = Names(
        parties=_called(connection, parties.party, named_parties),
        links=_codes(connection, suppliers.link, {row.link_id for row in attempts} | {leg.owner_id for leg in legs}),
        banks=_codes(connection, ledger.bank_account, {leg.owner_id for leg in legs if leg.kind == "bank"}),
        people=_called(connection, parties.person, people),
        endpoints=endpoints,
        carrier=_called(connection, catalogue.carrier, {order.carrier_id}).get(order.carrier_id, ""),
        product=_called(connection, catalogue.product, {order.product_id}).get(order.product_id, ""),
    )
    return Found(
        order=order,
        requests=requests,
        attempts=attempts,
        answers=answers,
        events=events,
        complaints=_of(connection, complaint, order.id),
        cases=cases,
        entries=_of(connection, ledger.entry, order.id, "step"),
        legs=legs,
        limits=_limits(connection, order.party_id),
        shares=[(names.parties.get(owners.get(account, 0), str(account)), share) for account, share in split],
        told=messages_of(connection, order.id, minor_digits),
        names=names,
        made_rules=made_rules,
    )


def _made_rules(connection: Connection, since: datetime, answers: Sequence[NamedRow]) -> dict[str, MadeRule]:
    """The rules that read answers of this order and were made while it was on its way, by code."""
    codes = {row.code for row in answers if row.code}
    rules = connection.execute(select(reply_rule.c.code).where(reply_rule.c.code.in_(codes))).scalars().all() if codes else ()
    if not rules:
        return {}
    objects = [f"reply_rule:{code}" for code in rules]
    of_these = (parties.audit.c.action == "reply_rule_made") & parties.audit.c.object.in_(objects)
    # Within the order's life: the audit is long, and its moments are what is indexed.
    within = (parties.audit.c.at >= since) & (parties.audit.c.at <= max(row.at for row in answers))
    rows = connection.execute(select(parties.audit).where(of_these & within))
    return {row.object.partition(":")[2]: MadeRule(row.at, row.person_id) for row in rows}


_LEGS = (
    select(ledger.posting, ledger.account.c.kind, ledger.account.c.owner_id)
    .join_from(ledger.posting, ledger.account, ledger.posting.c.account_id == ledger.account.c.id)
    .order_by(ledger.posting.c.step, ledger.posting.c.account_id)
)


def _of(connection: Connection, table: Table, order_id: int, by: str = "id") -> Sequence[NamedRow]:
    return connection.execute(select(table).where(table.c.order_id == order_id).order_by(table.c[by])).all()


def _people_in(events: Sequence[NamedRow]) -> set[Any]:
    facts = [json.loads(event.facts) for event in events]
    return {each.get(role) for each in facts for role in ("maker", "checker")}


def _account_owners(connection: Connection, accounts: Sequence[int]) -> dict[int, int]:
    rows = connection.execute(select(ledger.account.c.id, ledger.account.c.owner_id).where(ledger.account.c.id.in_(accounts)))
    return {row.id: row.owner_id for row in rows}


def _called(connection: Connection, table: Table, ids: Iterable[int | None]) -> dict[int, str]:
    """Code and name by id."""
    wanted = [each for each in set(ids) if each is not None]
    rows = connection.execute(select(table.c.id, table.c.code, table.c.name).where(table.c.id.in_(wanted)))
    return {row.id: f"{row.code} {row.name}" for row in rows}


def _codes(connection: Connection, table: Table, ids: Iterable[int]) -> dict[int, str]:
    return {row.id: row.code for row in connection.execute(select(table.c.id, table.c.code).where(table.c.id.in_(list(ids))))}


def _endpoints(connection: Connection, ids: Iterable[int]) -> dict[int, NamedRow]:
    rows = connection.execute(select(parties.endpoint).where(parties.endpoint.c.id.in_(list(ids)))).all()
    return {row.id: row for row in rows}


def _limits(connection: Connection, party_id: int) -> Sequence[NamedRow]:
    """The limits that stand now for the platform, the party's tier and the party, in this order."""
    tier = connection.scalar(select(parties.party.c.tier_id).where(parties.party.c.id == party_id))
    scopes = [PLATFORM, ("tier", tier), ("party", party_id)]
    limits = catalogue.limits
    rows = [
        connection.execute(select(limits).where((limits.c.scope == scope) & (limits.c.scope_id == scope_id))).one_or_none()
        for scope, scope_id in scopes
    ]
    return [row for row in rows if row is not None]
