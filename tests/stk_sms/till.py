"""A point's counter for tests: the small province on a database, with SIM cards, their keys, and the channel's security half."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from recharge import EndpointKind, Engine, metadata
from recharge.engine.administration import SHELL
from recharge.engine.administration.errors import AdministrationError
from recharge.keys.logins import Logins
from simulators.sim_card.card import SimCard
from stk_sms import tables
from stk_sms.cards.card_list import ListedCard
from stk_sms.cards.desk import CardDesk
from stk_sms.cards.gate import DEFAULT_TAR, CardMessage, GateRules
from stk_sms.cards.key_desk import KeyDesk
from stk_sms.cards.key_update import KeyUpdates
from stk_sms.cards.keyring import Keyring, MasterKeys
from stk_sms.cards.service import CardAnswer, CardOrders
from stk_sms.packet import Algorithm
from tests.support.world import World

OWN_TABLES = (tables.card, tables.key_version, tables.counter, tables.message, tables.event, tables.notice, tables.awaited)
ICCID, MSISDN = "89860050110899556961", "13800138000"
OTHER_ICCID, OTHER_MSISDN = "89860050110899556979", "13800138001"
MASTERS = (bytes.fromhex("00112233445566778899aabbccddeeff"), bytes.fromhex("ffeeddccbbaa99887766554433221100"))
NEW_MASTERS = (bytes(range(16, 32)), bytes(range(48, 64)))
KEY_SET = "GD"


class MemoryShelf:
    """Wrapped secrets in a dictionary."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str, int], bytes] = {}

    def put(self, purpose: str, name: str, version: int, wrapped: bytes) -> None:
        if (purpose, name, version) in self.kept:
            raise ValueError("there already")
        self.kept[purpose, name, version] = wrapped

    def get(self, purpose: str, name: str, version: int) -> bytes:
        return self.kept[purpose, name, version]


class WorldEndpoints:
    """The engine's own desk of endpoints, as the channel's desk wants it."""

    def __init__(self, world: World) -> None:
        self._desk = world.office.endpoints

    def bind(self, iccid: str, party_code: str, address: str) -> None:
        try:
            self._desk.bind(SHELL, EndpointKind.STK_SIM, iccid, party_code, address=address)
        except AdministrationError as error:
            held = [row.party_code for row in self._desk.all() if row.identity == iccid]
            if held != [party_code]:
                raise ValueError(str(error)) from error


class Till:
    """One process of the channel over a province; point "A" has one card and 1,000.00."""

    def __init__(self, world: World, algorithm: Algorithm = Algorithm.AES) -> None:
        self.world = world
        metadata.create_all(world.database.engine, tables=list(OWN_TABLES))
        with world.database.write() as connection:
            for table in OWN_TABLES:
                connection.execute(table.delete())
        self.masters = MasterKeys(world.keys, MemoryShelf())
        self.desk = CardDesk(world.database, WorldEndpoints(world), world.clock.now)
        self.keys = KeyDesk(world.database, self.masters, world.clock.now)
        self.version = self.new_keys(algorithm, MASTERS, days=0)
        self.desk.issue([ListedCard(ICCID, MSISDN, "A")], KEY_SET)
        self.engine = Engine(world.parts, Logins(world.database, world.clock, world.keys), lambda: None)
        self.orders = self.process()
        self.algorithm = algorithm

    def new_keys(self, algorithm: Algorithm, masters: tuple[bytes, bytes], days: int = 30) -> int:
        """A new key version, active; the one before is taken for so many days."""
        version = self.keys.add(KEY_SET, algorithm, *masters)
        self.keys.activate(KEY_SET, version, timedelta(days=days))
        return version

    def process(self, rules: GateRules | None = None) -> CardOrders:
        """One more process of the channel on the same engine."""
        return CardOrders(self.engine, Keyring(self.masters), self.world.clock.now, rules)

    def updates(self) -> KeyUpdates:
        """What makes key updates."""
        return KeyUpdates(self.world.database, Keyring(self.masters), DEFAULT_TAR)

    def card(self, folder: Path, iccid: str = ICCID, msisdn: str = MSISDN) -> SimCard:
        """The card as it lies in the phone, made by the other side's code."""
        return SimCard.make(folder / f"{iccid}.json", iccid, msisdn, self.algorithm.value, self.version, MASTERS)

    def send(self, *messages: bytes, sender: str = "+8613800138000") -> list[CardAnswer]:
        """Messages that one read of the gateway brings."""
        return self.orders.take([CardMessage(sender, message) for message in messages])

    def one(self, message: bytes, sender: str = "+8613800138000") -> CardAnswer:
        """One message."""
        return self.send(message, sender=sender)[0]

    def events(self) -> list[str]:
        """Kinds of the security events so far."""
        return [row["kind"] for row in self.rows(tables.event)]

    def rows(self, table: Any) -> Sequence[dict[str, Any]]:
        """Every row of a table of the channel."""
        with self.world.database.read() as connection:
            return [dict(row._mapping) for row in connection.execute(select(table))]

    def sales(self) -> list[tuple[str, int]]:
        """Number and face value of every sale."""
        rows = self.world.rows("SELECT number, face_minor FROM orders WHERE kind = 'recharge' ORDER BY id")
        return [(number, face) for number, face in rows]

    def state(self) -> str:
        """The state of the card."""
        return self.desk.history(ICCID).card.state.value

    def now(self) -> datetime:
        """The province's clock."""
        return self.world.clock.now()

    def close(self) -> None:
        """Stop."""
        self.engine.close()
