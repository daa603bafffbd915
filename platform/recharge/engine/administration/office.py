"""How every change is made: by somebody who may, in one transaction with its audit line and the word to all caches."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, Table, select
from sqlalchemy.exc import IntegrityError

from recharge.books.changes import record_change
from recharge.books.database import Database
from recharge.books.ids import IdMaker
from recharge.books.tables.parties import audit, party, person
from recharge.clock import Clock
from recharge.domain.parties import Role
from recharge.engine.administration.errors import AdministrationCode, AdministrationError
from recharge.keys.store import KeyStore

T = TypeVar("T")
P = ParamSpec("P")
D = TypeVar("D", bound="Desk")


@dataclass(frozen=True, slots=True)
class Actor:
    """Who makes a change: a person by id. No person stands for the operator's own shell, which may do everything."""

    person_id: int | None


SHELL = Actor(None)
"""Whoever holds the machine and its master key. No channel may ever act as this."""


class Duty(StrEnum):
    """Kinds of change, as rights are given for them."""

    PARTIES = "parties"
    PEOPLE = "people"
    ENDPOINTS = "endpoints"
    BLOCKING = "blocking"
    PASSWORDS = "passwords"
    CATALOGUE = "catalogue"
    LINKS = "links"
    SECRETS = "secrets"
    MONEY = "money"


_KEEPERS = frozenset({Role.ADMINISTRATOR, Role.OPERATIONS})
_MAY: Mapping[Duty, frozenset[Role]] = {
    Duty.PARTIES: _KEEPERS,
    Duty.PEOPLE: frozenset({Role.ADMINISTRATOR, Role.SECURITY}),
    Duty.ENDPOINTS: _KEEPERS,
    Duty.BLOCKING: _KEEPERS | {Role.SECURITY},
    Duty.PASSWORDS: frozenset({Role.OPERATIONS, Role.SECURITY}),
    Duty.CATALOGUE: _KEEPERS,
    Duty.LINKS: _KEEPERS,
    Duty.SECRETS: frozenset({Role.SECURITY}),
    # Money moved by hand needs two people; a desk has only one, so only the shell does it here.
    Duty.MONEY: frozenset(),
}


@dataclass(frozen=True, slots=True)
class Change:
    """One change under way, inside its transaction."""

    connection: Connection
    now: datetime
    actor: Actor
    ids: IdMaker
    keys: KeyStore

    @property
    def by_shell(self) -> bool:
        """Whether the operator's shell makes it."""
        return self.actor.person_id is None

    def insert(self, table: Table, kind: str, name: str, /, **row: Any) -> None:
        """Insert one row. Raises AdministrationError(TAKEN) when a unique key of it is."""
        try:
            self.connection.execute(table.insert().values(**row))
        except IntegrityError as error:
            raise AdministrationError(AdministrationCode.TAKEN, object=kind, name=name[:80]) from error

    def note(self, action: str, about: str, /, **facts: Any) -> None:
        """The audit line: who did what to which object. No secrets among the facts."""
        self.connection.execute(
            audit.insert().values(
                id=self.ids.next(),
                at=self.now,
                person_id=self.actor.person_id,
                endpoint_id=None,
                action=action,
                object=about[:80],
                facts=json.dumps(facts, ensure_ascii=False, default=str),
            )
        )

    def stale(self, kind: str, object_id: int) -> None:
        """Tell every process that what it knows of the object has changed."""
        record_change(self.connection, kind, object_id)


class Office:
    """Carries changes out. Raises AdministrationError for what is refused and DatabaseBusy when the database is away."""

    def __init__(self, database: Database, ids: IdMaker, clock: Clock, keys: KeyStore) -> None:
        self.database = database
        self.ids = ids
        self._clock = clock
        self._keys = keys

    def carry_out(self, actor: Actor, duty: Duty, work: Callable[[Change], T]) -> T:
        """Run the work in one transaction, after a look at the actor's right to it."""

        def run(connection: Connection) -> T:
            _check_right(connection, actor, duty)
            return work(Change(connection, self._clock.now(), actor, self.ids, self._keys))

        return self.database.retrying(run)


class Desk:
    """What the small classes of changes have in common."""

    def __init__(self, office: Office) -> None:
        self.office = office


def duty(
    which: Duty,
) -> Callable[[Callable[Concatenate[D, Change, P], T]], Callable[Concatenate[D, Actor, P], T]]:
    """Makes a desk's method a change of its own: called with the actor first, it runs with the Change under way."""

    def decorate(work: Callable[Concatenate[D, Change, P], T]) -> Callable[Concatenate[D, Actor, P], T]:
        @wraps(work)
        def done(desk: D, actor: Actor, /, *args: P.args, **kwargs: P.kwargs) -> T:
            return desk.office.carry_out(actor, which, lambda change: work(desk, change, *args, **kwargs))

        return done

    return decorate


def _check_right(connection: Connection, actor: Actor, duty: Duty) -> None:
    if actor.person_id is None:
        return
    joined = person.join(party, party.c.id == person.c.party_id)
    query = select(person.c.role).select_from(joined)
    free = query.where(person.c.id == actor.person_id, person.c.blocked.is_(False), party.c.blocked.is_(False))
    role = connection.scalar(free)
    if role is None or Role(role) not in _MAY[duty]:
        raise AdministrationError(AdministrationCode.NOT_ALLOWED)
