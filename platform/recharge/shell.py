"""What an operator's program does for a channel at the desks: binds endpoints, keeps wrapped secrets. Not for a channel's own process."""

from collections.abc import Iterable

from sqlalchemy import select

from recharge.books.database import Database
from recharge.books.tables.control import secret
from recharge.bootstrap import open_administration
from recharge.domain.requests import EndpointKind
from recharge.engine.administration import SHELL, Administration, AdministrationError
from recharge.keys.store import KeyStore
from recharge.settings import Settings
from recharge.texts import language_of


class Shell:
    """Acts as whoever holds the machine and its master key. Every change leaves its audit line."""

    def __init__(self, desks: Administration, keys: KeyStore) -> None:
        self._desks, self.keys = desks, keys

    @property
    def database(self) -> Database:
        """For tables that the channel keeps of its own."""
        return self._desks.office.database

    def bind(self, kind: EndpointKind, identity: str, party_code: str, address: str, language: str | None = None) -> None:
        """Bind an endpoint to a party, with the number that messages to it go to; once it is, nothing happens.

        Raises ValueError, with a sentence for a person, where the party is not known or the endpoint is another's.
        """
        try:
            self._desks.endpoints.bind(SHELL, kind, identity, party_code, address=address)
        except AdministrationError as error:
            holders = [row.party_code for row in self._desks.endpoints.all() if (row.kind, row.identity) == (kind.value, identity)]
            if holders != [party_code]:
                raise ValueError(error.text(language_of(language))) from error

    def addresses(self, kinds: Iterable[EndpointKind]) -> list[str]:
        """The phones at which the endpoints of these kinds are reached that may be used; a phone line is its own address."""
        wanted = {kind.value for kind in kinds}
        usable = [row for row in self._desks.endpoints.all() if row.kind in wanted and not row.blocked]
        return [row.address or row.identity for row in usable if row.address or row.kind == EndpointKind.PHONE_LINE.value]

    def put(self, purpose: str, name: str, version: int, wrapped: bytes) -> None:
        """Keep a secret that the key store has wrapped. Raises ValueError where that version is there already."""
        try:
            self._desks.secrets.keep_wrapped(SHELL, purpose, name, version, wrapped)
        except AdministrationError as error:
            raise ValueError(str(error)) from error

    def get(self, purpose: str, name: str, version: int) -> bytes:
        """A wrapped secret. Raises LookupError."""
        wanted = (secret.c.purpose == purpose) & (secret.c.name == name) & (secret.c.version == version)
        with self.database.read() as connection:
            found = connection.scalar(select(secret.c.wrapped).where(wanted))
        if found is None:
            raise LookupError(f"{purpose} {name} {version}")
        return bytes(found)

    def close(self) -> None:
        """Let go of the database."""
        self.database.close()


def open_shell(settings: Settings) -> Shell:
    """The operator's shell of a deployment."""
    return Shell(open_administration(settings), KeyStore(settings.master_key_bytes))
