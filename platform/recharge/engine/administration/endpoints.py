"""Endpoints: the SIM, line, terminal, login or key a request can be tied to, bound to a party and perhaps to one person."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, select

from recharge.books.changes import ENDPOINT
from recharge.books.tables.parties import endpoint, login, party, person
from recharge.domain.requests import EndpointKind
from recharge.engine.administration import checks, lookups
from recharge.engine.administration.errors import AdministrationCode, AdministrationError
from recharge.engine.administration.office import Change, Desk, Duty, duty
from recharge.engine.administration.parties import checked_language
from recharge.keys.logins import check_new_login, hash_login

_MOST_ADDRESS = 32


class Endpoints(Desk):
    """Changes of endpoints, each named by its kind and identity."""

    @duty(Duty.ENDPOINTS)
    def bind(
        self,
        change: Change,
        kind: EndpointKind,
        identity: str,
        party_code: str,
        person_code: str | None = None,
        address: str = "",
        language: str | None = None,
    ) -> int:
        """A new endpoint for a party; its id. `address` is where messages go when that is not the identity."""
        identity = checks.identity(kind, identity)
        holder, human = _holder(change, party_code, person_code)
        endpoint_id = change.ids.next()
        row = {
            "id": endpoint_id,
            "kind": kind.value,
            "identity": identity,
            "party_id": holder.id,
            "person_id": human,
            "address": checks.printable("address", address, _MOST_ADDRESS),
            "language": None if language is None else checked_language(language),
            "blocked": False,
            "created_at": change.now,
        }
        change.insert(endpoint, "endpoint", identity, **row)
        change.note("endpoint_bound", f"{kind.value}:{identity}", party=holder.code, person=person_code)
        change.stale(ENDPOINT, endpoint_id)
        return endpoint_id

    @duty(Duty.ENDPOINTS)
    def rebind(self, change: Change, kind: EndpointKind, identity: str, party_code: str, person_code: str | None = None) -> None:
        """The same thing in other hands. A login's password does not go with it."""
        found = lookups.endpoint_of(change.connection, kind, identity)
        holder, human = _holder(change, party_code, person_code)
        _update(change, found, "endpoint_rebound", party_id=holder.id, person_id=human)
        change.connection.execute(login.delete().where(login.c.endpoint_id == found.id))

    @duty(Duty.BLOCKING)
    def block(self, change: Change, kind: EndpointKind, identity: str) -> None:
        """Refuse it from the next request on."""
        _update(change, lookups.endpoint_of(change.connection, kind, identity), "endpoint_blocked", blocked=True)

    @duty(Duty.BLOCKING)
    def unblock(self, change: Change, kind: EndpointKind, identity: str) -> None:
        """Let it be used again."""
        _update(change, lookups.endpoint_of(change.connection, kind, identity), "endpoint_unblocked", blocked=False)

    @duty(Duty.PASSWORDS)
    def set_login(self, change: Change, user_name: str, password: str) -> None:
        """The password of a web login, new or again; earlier wrong tries are forgotten."""
        found = lookups.endpoint_of(change.connection, EndpointKind.WEB_LOGIN, user_name)
        if not check_new_login(password, found.identity):
            raise AdministrationError(AdministrationCode.WEAK_LOGIN)
        change.connection.execute(login.delete().where(login.c.endpoint_id == found.id))
        change.connection.execute(
            login.insert().values(endpoint_id=found.id, password_hash=hash_login(password), tries=0, changed_at=change.now)
        )
        change.note("login_password_set", f"{found.kind}:{found.identity}")

    def all(self) -> Sequence[Row[Any]]:
        """Every endpoint with `party_code` and `person_code`, by kind and identity."""
        joined = endpoint.join(party, party.c.id == endpoint.c.party_id).outerjoin(person, person.c.id == endpoint.c.person_id)
        columns = (endpoint, party.c.code.label("party_code"), person.c.code.label("person_code"))
        query = select(*columns).select_from(joined).order_by(endpoint.c.kind, endpoint.c.identity)
        with self.office.database.read() as connection:
            return connection.execute(query).all()


def _holder(change: Change, party_code: str, person_code: str | None) -> tuple[Row[Any], int | None]:
    holder = lookups.row_of(change.connection, "party", party_code)
    if person_code is None:
        return holder, None
    human = lookups.row_of(change.connection, "person", person_code)
    if human.party_id != holder.id:
        raise AdministrationError(AdministrationCode.WRONG_PARTY, name=human.code)
    return holder, human.id


def _update(change: Change, found: Row[Any], action: str, **values: Any) -> None:
    change.connection.execute(endpoint.update().where(endpoint.c.id == found.id).values(**values))
    before = {key: found._mapping[key] for key in values}
    change.note(action, f"{found.kind}:{found.identity}", before=before, after=values)
    change.stale(ENDPOINT, found.id)
