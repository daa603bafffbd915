"""What a process knows of parties, endpoints and the catalogue: read once, and dropped the moment a committed change says so."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Select, and_, func, or_, select

from recharge.books.catalogue_reads import read_catalogue
from recharge.books.changes import CATALOGUE, ENDPOINT, PARTY, THE_ROW
from recharge.books.database import Database, NamedRow
from recharge.books.statements import AnyRow, Read
from recharge.books.tables.catalogue import change
from recharge.books.tables.ledger import account
from recharge.books.tables.parties import credential, endpoint, party, person
from recharge.domain.catalogue import Catalogue
from recharge.domain.parties import Endpoint, Party, PartyKind, Person, Role
from recharge.domain.requests import EndpointKind

EndpointKey = tuple[EndpointKind, str]
_deposit = account.alias("deposit_account")
_commission = account.alias("commission_account")
_CHUNK = 300


def _version(rows: Sequence[AnyRow]) -> int:
    return int(rows[0][0]) if rows else 0


VERSION = Read(f"SELECT version FROM directory_version WHERE id = {THE_ROW}", (), _version)
"""How often what a directory knows has been changed: one small read, which may go to the database with others."""


class Directory:
    """A cache that is asked inside a transaction: `refresh` first, then the look-ups. One thread at a time refreshes.

    Who reads VERSION together with what else he needs tells it to `catch_up`, and what he did with the directory before was right
    unless something had changed.
    """

    def __init__(self) -> None:
        self.catalogue = Catalogue()
        self._version = -1
        self._parties: dict[int, Party] = {}
        self._codes: dict[str, int] = {}
        self._endpoints: dict[EndpointKey, Endpoint] = {}

    def refresh(self, database: Database, connection: Connection) -> None:
        """Drop what has changed since the last look. One small read when nothing has."""
        self.catch_up(connection, database.find(connection, VERSION))

    def catch_up(self, connection: Connection, now: int) -> bool:
        """The same, with the version as it was read; whether anything had changed."""
        if now == self._version:
            return False
        if now < self._version:
            # The database was restored from a backup: what was known here may never have been.
            self._parties, self._codes, self._endpoints, self._version = {}, {}, {}, -1
        rows = connection.execute(select(change.c.kind, change.c.object_id).where(change.c.version > self._version)).all()
        if self._version < 0 or any(row.kind == CATALOGUE for row in rows):
            self.catalogue = read_catalogue(connection)
        self._forget(rows)
        self._version = now
        return True

    def knows(self, keys: Iterable[EndpointKey]) -> bool:
        """Whether nothing need be read to look these endpoints up."""
        return self._version >= 0 and all(key in self._endpoints for key in keys)

    def _forget(self, rows: Sequence[NamedRow]) -> None:
        if any(row.kind in {PARTY, "person"} for row in rows):
            # Every endpoint holds its party and person: a change of one of those is rare enough to read the endpoints again.
            self._parties, self._codes, self._endpoints = {}, {}, {}
            return
        changed = {row.object_id for row in rows if row.kind == ENDPOINT}
        self._endpoints = {key: item for key, item in self._endpoints.items() if item.id not in changed}

    def load_endpoints(self, connection: Connection, keys: Iterable[EndpointKey]) -> None:
        """Read those endpoints that are not known yet. Unknown ones are simply not found afterwards."""
        wanted = [key for key in dict.fromkeys(keys) if key not in self._endpoints]
        for start in range(0, len(wanted), _CHUNK):
            chunk = wanted[start : start + _CHUNK]
            match = or_(*(and_(endpoint.c.kind == kind.value, endpoint.c.identity == identity) for kind, identity in chunk))
            self._read_endpoints(connection, _endpoint_query().where(match))

    def endpoint(self, key: EndpointKey) -> Endpoint | None:
        """A loaded endpoint, or None."""
        return self._endpoints.get(key)

    def endpoint_by_id(self, connection: Connection, endpoint_id: int) -> Endpoint | None:
        """One endpoint by its id, read when it must be."""
        found = self._read_endpoints(connection, _endpoint_query().where(endpoint.c.id == endpoint_id))
        return found[0] if found else None

    def _read_endpoints(self, connection: Connection, query: Select[Any]) -> list[Endpoint]:
        rows = connection.execute(query).all()
        self.load_parties(connection, [row.party_id for row in rows])
        found = [self._endpoint(row) for row in rows]
        self._endpoints.update({(item.kind, item.identity): item for item in found})
        return found

    def _endpoint(self, row: NamedRow) -> Endpoint:
        owner = self._parties[row.party_id]
        human = None
        if row.person_id is not None:
            human = Person(row.person_id, row.person_code, row.person_name, row.party_id, Role(row.role), row.person_blocked)
        return Endpoint(
            row.id,
            EndpointKind(row.kind),
            row.identity,
            owner,
            human,
            row.credential_id,
            row.address,
            row.language or owner.language,
            row.blocked,
        )

    def load_parties(self, connection: Connection, ids: Iterable[int]) -> None:
        """Read these parties and all that stand above them, as far as they are not known."""
        wanted = {item for item in ids if item not in self._parties}
        while wanted:
            rows = [_party(row) for row in connection.execute(_party_query().where(party.c.id.in_(wanted)))]
            self._parties.update({item.id: item for item in rows})
            self._codes.update({item.code: item.id for item in rows})
            wanted = {above for item in rows for above in ids_on(item.path) if above not in self._parties}

    def party(self, party_id: int) -> Party:
        """A loaded party."""
        return self._parties[party_id]

    def party_by_code(self, connection: Connection, code: str) -> Party | None:
        """One party by its code, read when it must be."""
        if code not in self._codes:
            row = connection.execute(_party_query().where(party.c.code == code)).first()
            if row is None:
                return None
            self.load_parties(connection, [row.id])
        # A database may take "A " for "A"; we do not.
        found = self._codes.get(code)
        return None if found is None else self._parties[found]

    def uplines(self, below: Party) -> list[Party]:
        """The distributors above a party, nearest first; the platform itself earns no commission."""
        above = [self._parties[item] for item in reversed(ids_on(below.path)) if item != below.id]
        return [item for item in above if item.kind is PartyKind.DISTRIBUTOR]


def ids_on(path: str) -> list[int]:
    """The party ids of a path, root first."""
    return [int(part) for part in path.strip("/").split("/")]


def _party_query() -> Select[Any]:
    joined = party.join(_deposit, and_(_deposit.c.owner_id == party.c.id, _deposit.c.kind == "deposit")).join(
        _commission, and_(_commission.c.owner_id == party.c.id, _commission.c.kind == "commission")
    )
    return select(party, _deposit.c.id.label("deposit_id"), _commission.c.id.label("commission_id")).select_from(joined)


def _party(row: NamedRow) -> Party:
    return Party(
        row.id,
        row.code,
        row.name,
        PartyKind(row.kind),
        row.parent_id,
        row.path,
        row.tier_id,
        row.discount_bp,
        row.margin_bp,
        row.language,
        row.blocked,
        row.deposit_id,
        row.commission_id,
    )


def _endpoint_query() -> Select[Any]:
    """Endpoints with their person and with the credential that vouches there: the person's own, else the party's."""
    vouches = and_(credential.c.party_id == endpoint.c.party_id, credential.c.person_id == _person_or_zero())
    joined = endpoint.outerjoin(person, person.c.id == endpoint.c.person_id).outerjoin(credential, vouches)
    return select(
        endpoint,
        person.c.code.label("person_code"),
        person.c.name.label("person_name"),
        person.c.role,
        person.c.blocked.label("person_blocked"),
        credential.c.id.label("credential_id"),
    ).select_from(joined)


def _person_or_zero() -> Any:
    return func.coalesce(endpoint.c.person_id, 0)
