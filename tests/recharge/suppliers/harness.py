"""What the contract test needs of each link kind: a link to a port, and somebody who speaks as the supplier by code of his own."""

from datetime import datetime
from typing import Any, Protocol

from recharge.clock import Clock
from recharge.suppliers.contract import AttemptOrder, RawCallback, SupplierLink
from tests.recharge.suppliers.peer import Exchange


class Harness(Protocol):
    """`can` names what the kind does beyond selling: "reverse", "query", "balance", "callback"; that its answers repeat number and amount
    ("echo"), that its callbacks are signed ("signed"; else they are known by a secret in them), and carry the time ("dated");
    that it talks through a modem instead of connections of its own ("modem")."""

    kind: str
    can: frozenset[str]

    def link(self, port: int, clock: Clock, **settings: Any) -> SupplierLink:
        """A link to a port, with short waits; its secret has the word "secret" in it."""
        ...

    async def done(self, exchange: Exchange) -> None:
        """Answer that what was asked is done."""
        ...

    async def unlisted(self, exchange: Exchange) -> None:
        """Answer well-formed, in the supplier's own name, with a code that is in no table."""
        ...

    def told(self, order: AttemptOrder, now: datetime, done: bool = True, forged: bool = False) -> RawCallback:
        """A callback that an attempt was done, or refused; forged: by somebody who does not know the secret."""
        ...

    def changed(self, raw: RawCallback) -> RawCallback:
        """The same callback with another amount or outcome in it."""
        ...

    def senseless(self, now: datetime) -> list[RawCallback]:
        """Genuine callbacks that say nothing we understand."""
        ...
