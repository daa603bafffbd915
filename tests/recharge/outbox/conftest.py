"""An outbox to send from: a database with one endpoint, messages written into it, a clock to turn, and a port that does as told."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Row, select

from recharge.books.database import Database
from recharge.books.rows import OrderRow, insert_of
from recharge.books.tables.messages import outbox
from recharge.books.tables.metadata import stamp
from recharge.books.tables.parties import endpoint
from recharge.outbox.port import Message, SendResult
from recharge.outbox.sender import Sender

NOON = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
ENDPOINT, PARTY = 11, 7
FACTS = {
    "order_kind": "recharge",
    "number": "13800138000",
    "face_minor": 5000,
    "serial_number": "SN26112100000017",
    "balance_minor": 1234567,
}


@dataclass
class HandClock:
    """A clock that stands until it is turned."""

    moment: datetime = NOON

    def now(self) -> datetime:
        return self.moment

    def turn(self, **by: float) -> None:
        self.moment += timedelta(**by)


@dataclass
class ScriptedPort:
    """Answers as scripted (SENT when the script is used up), and remembers what it was handed. `during` happens while it is busy."""

    script: list[SendResult | Exception] = field(default_factory=list)
    handed: list[Message] = field(default_factory=list)
    during: Callable[[], object] | None = None

    def send(self, message: Message) -> SendResult:
        self.handed.append(message)
        if self.during is not None:
            self.during()
        answer = self.script.pop(0) if self.script else SendResult.SENT
        if isinstance(answer, Exception):
            raise answer
        return answer

    @property
    def orders(self) -> list[str]:
        return [message.order_number for message in self.handed]


@dataclass
class Box:
    """The outbox of a test."""

    database: Database
    clock: HandClock

    def put(self, order_id: int, **values: Any) -> int:
        """Write a message as the engine does; its id is the order's number times ten, to tell them apart."""
        row = {
            "id": order_id * 10,
            "order_id": order_id,
            "kind": "succeeded",
            "recipient": "agent",
            "endpoint_id": ENDPOINT,
            "channel": "web",
            "address": "",
            "language": "zh_CN",
            "facts": json.dumps(FACTS, ensure_ascii=False),
            "state": "waiting",
            "tries": 0,
            "due_at": self.clock.now(),
            "created_at": self.clock.now(),
            "sent_at": None,
        }
        with self.database.write() as connection:
            connection.execute(outbox.insert().values(**{**row, **values}))
        return order_id * 10

    def book(self, order_id: int, party_id: int, receiver_id: int | None = None) -> None:
        """Write an order of a party, or a transfer from it to another; what else an order has is of no concern here."""
        kind = "recharge" if receiver_id is None else "transfer"
        row = OrderRow(
            order_id, kind, "succeeded", party_id, ENDPOINT, "web", "zh_CN", "", None, "", None, 1, 1, "[]", 0,
            "2026-11-20", stamp(self.clock.now()), related_id=receiver_id,
        )  # fmt: skip
        with self.database.write() as connection:
            self.database.change(connection, insert_of("orders", OrderRow), row)

    def bind(self, endpoint_id: int, party_id: int, address: str, identity: str) -> None:
        """Write an endpoint of a party."""
        row = {
            "id": endpoint_id,
            "kind": "web_login",
            "identity": identity,
            "party_id": party_id,
            "person_id": None,
            "address": address,
            "language": None,
            "blocked": False,
            "created_at": self.clock.now(),
        }
        with self.database.write() as connection:
            connection.execute(endpoint.insert().values(**row))

    def row(self, message_id: int) -> Row[Any]:
        with self.database.read() as connection:
            return connection.execute(select(outbox).where(outbox.c.id == message_id)).one()

    def states(self) -> dict[int, str]:
        """State by order."""
        with self.database.read() as connection:
            rows = connection.execute(select(outbox.c.order_id, outbox.c.state).order_by(outbox.c.order_id))
            return {row.order_id: row.state for row in rows}

    def sender(self, port: ScriptedPort, **channels: ScriptedPort) -> Sender:
        """A sender of a process of its own."""
        return Sender(self.database, self.clock, channels, port)


@pytest.fixture
def box(clean_database_url: str) -> Iterator[Box]:
    """An outbox in a database of each kind, with one endpoint."""
    database = Database(clean_database_url)
    made = Box(database, HandClock())
    made.bind(ENDPOINT, PARTY, address="13800138000", identity="point-a")
    yield made
    database.close()


@pytest.fixture
def port() -> ScriptedPort:
    """A port that takes everything."""
    return ScriptedPort()
