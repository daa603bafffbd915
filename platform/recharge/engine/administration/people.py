"""People who act for a party or are the platform's own staff: registered, given a role, blocked."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, select

from recharge.books.changes import PERSON
from recharge.books.tables.parties import party, person
from recharge.domain.parties import PartyKind, Role, is_staff
from recharge.engine.administration import checks, lookups
from recharge.engine.administration.errors import AdministrationCode, AdministrationError
from recharge.engine.administration.office import Change, Desk, Duty, duty


class People(Desk):
    """Changes of people. Nobody changes or unblocks himself."""

    @duty(Duty.PEOPLE)
    def register(self, change: Change, code: str, name: str, party_code: str, role: Role) -> int:
        """A new person at a party; the id. Staff roles exist at the platform only."""
        code = checks.code("code", code)
        at = lookups.row_of(change.connection, "party", party_code)
        _check_role(at, role)
        person_id = change.ids.next()
        row = {
            "id": person_id,
            "code": code,
            "name": checks.name(name),
            "party_id": at.id,
            "role": role.value,
            "blocked": False,
            "created_at": change.now,
        }
        change.insert(person, "person", code, **row)
        change.note("person_registered", f"person:{code}", name=name, party=at.code, role=role.value)
        change.stale(PERSON, person_id)
        return person_id

    @duty(Duty.PEOPLE)
    def set_role(self, change: Change, code: str, role: Role) -> None:
        """Another role, with its rights from the next request on."""
        found = _somebody_else(change, code)
        _check_role(change.connection.execute(select(party).where(party.c.id == found.party_id)).one(), role)
        _update(change, found, "person_role", role=role.value)

    @duty(Duty.BLOCKING)
    def block(self, change: Change, code: str) -> None:
        """Refuse the person in every channel from the next request on."""
        _update(change, lookups.row_of(change.connection, "person", code), "person_blocked", blocked=True)

    @duty(Duty.BLOCKING)
    def unblock(self, change: Change, code: str) -> None:
        """Let the person act again."""
        _update(change, _somebody_else(change, code), "person_unblocked", blocked=False)

    def all(self) -> Sequence[Row[Any]]:
        """Every person with `party_code`, by code."""
        joined = person.join(party, party.c.id == person.c.party_id)
        query = select(person, party.c.code.label("party_code")).select_from(joined).order_by(person.c.code)
        with self.office.database.read() as connection:
            return connection.execute(query).all()


def _check_role(at: Row[Any], role: Role) -> None:
    if is_staff(role) and at.kind != PartyKind.PLATFORM:
        raise AdministrationError(AdministrationCode.STAFF_ONLY, role=role.value)


def _somebody_else(change: Change, code: str) -> Row[Any]:
    found = lookups.row_of(change.connection, "person", code)
    if found.id == change.actor.person_id:
        raise AdministrationError(AdministrationCode.NOT_ALLOWED)
    return found


def _update(change: Change, found: Row[Any], action: str, **values: Any) -> None:
    change.connection.execute(person.update().where(person.c.id == found.id).values(**values))
    change.note(action, f"person:{found.code}", before={key: found._mapping[key] for key in values}, after=values)
    change.stale(PERSON, found.id)
