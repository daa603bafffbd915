"""The running links: made from their rows and secrets, made anew when those change, closed when nothing can be on its way any more."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from recharge.books.database import Database
from recharge.books.link_statements import LINKS, LinkRow, WrappedSecret, read_secret
from recharge.books.reply_statements import read_rules
from recharge.clock import Clock
from recharge.keys.store import CannotUnwrap, KeyStore
from recharge.suppliers.contract import LinkDesk, LinkMisconfigured, LinkParts, SupplierLink
from recharge.suppliers.registry import make_link
from recharge.suppliers.replies import ReplyReader

_FOR_LINKS = "link"
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class LinkSetup:
    """A link's row and its wrapped secret; equal setups need no new link."""

    row: LinkRow
    secret: WrappedSecret | None

    @property
    def made_from(self) -> tuple[object, ...]:
        """What a running link depends on; whether it is paused, and how much it may carry, is read at each claim."""
        return (self.row.kind, self.row.code, repr(sorted(self.row.settings.items())), self.secret)


class LinkPool(Mapping[int, SupplierLink]):
    """The links by id, as a mapping that is refreshed while others hold it."""

    def __init__(
        self,
        database: Database,
        keys: KeyStore,
        clock: Clock,
        retire_after: timedelta,
        replies: ReplyReader | None = None,
        minor_digits: int = 2,
        desk: LinkDesk | None = None,
    ) -> None:
        self._desk = desk
        self.replies, self._minor_digits = replies or ReplyReader(minor_digits=minor_digits), minor_digits
        self._database, self._keys, self._clock, self._retire_after = database, keys, clock, retire_after
        self._running: dict[int, SupplierLink] = {}
        self._codes: dict[str, int] = {}
        self._made_from: dict[int, tuple[object, ...]] = {}
        self._retired: list[tuple[datetime, SupplierLink]] = []

    def __getitem__(self, link_id: int) -> SupplierLink:
        return self._running[link_id]

    def __iter__(self) -> Iterator[int]:
        return iter(tuple(self._running))

    def __len__(self) -> int:
        return len(self._running)

    def id_of(self, code: str) -> int | None:
        """The running link of a code."""
        return self._codes.get(code)

    def read(self) -> list[LinkSetup]:
        """What stands in the database now; the rules of replies are taken over at once. Blocks; raises DBAPIError."""
        with self._database.read() as connection:
            self.replies.take(read_rules(connection))
            rows = self._database.find(connection, LINKS)
            return [LinkSetup(row, read_secret(connection, row.secret_id) if row.secret_id else None) for row in rows]

    def take(self, setups: Sequence[LinkSetup]) -> None:
        """Run exactly these links. One that cannot be made is left out, said so in the log, and tried again when its row changes."""
        present = {setup.row.id: setup for setup in setups}
        for link_id in [link_id for link_id in self._made_from if link_id not in present]:
            self._retire(link_id)
        for link_id, setup in present.items():
            if self._made_from.get(link_id) != setup.made_from:
                self._retire(link_id)
                self._made_from[link_id] = setup.made_from
                self._make(setup)

    async def close_retired(self) -> None:
        """Close links that were replaced so long ago that nothing can be on its way through them."""
        now = self._clock.now()
        gone = [link for since, link in self._retired if now - since >= self._retire_after]
        self._retired = [(since, link) for since, link in self._retired if now - since < self._retire_after]
        for link in gone:
            await link.close()

    async def close(self) -> None:
        """Close all links."""
        for link in [*self._running.values(), *(link for _, link in self._retired)]:
            await link.close()

    def _make(self, setup: LinkSetup) -> None:
        try:
            secret = self._unwrapped(setup.secret)
            link = make_link(setup.row.kind, self._parts(setup, secret))
        except (LinkMisconfigured, CannotUnwrap) as error:
            _log.error("link_not_running", link=setup.row.code, why=str(error))
            return
        self._running[setup.row.id] = link
        self._codes[setup.row.code] = setup.row.id

    def _parts(self, setup: LinkSetup, secret: bytes) -> LinkParts:
        return LinkParts(setup.row.code, setup.row.settings, secret, self._clock, self.replies, self._minor_digits, desk=self._desk)

    def _unwrapped(self, secret: WrappedSecret | None) -> bytes:
        if secret is None:
            return b""
        if secret.purpose != _FOR_LINKS:
            raise LinkMisconfigured(f"the secret {secret.name} is not for a link")
        return self._keys.unwrap(secret.purpose, secret.name, secret.version, secret.wrapped)

    def _retire(self, link_id: int) -> None:
        self._made_from.pop(link_id, None)
        self._codes = {code: other for code, other in self._codes.items() if other != link_id}
        link = self._running.pop(link_id, None)
        if link is not None:
            self._retired.append((self._clock.now(), link))
