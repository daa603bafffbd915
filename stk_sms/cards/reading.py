"""Reads what a batch of messages needs to be judged: cards, key versions, counter windows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from recharge import Database
from stk_sms import tables
from stk_sms.cards.records import Card, CardState, KeyState, KeyVersion, Shown
from stk_sms.cards.window import CounterWindow
from stk_sms.packet import Algorithm

WindowKey = tuple[str, int]
_BITMAP_OCTETS = 8
_WINDOW_COLUMNS = [column for column in tables.counter.c if column.name != "iccid"]
# A card once for each of its windows, and once where it has none.
_CARDS_AND_WINDOWS = select(tables.card, *_WINDOW_COLUMNS).outerjoin(tables.counter, tables.counter.c.iccid == tables.card.c.iccid)


@dataclass(slots=True)
class Sights:
    """What was seen of cards at one moment. Cards by number, key versions by key set and version, windows by ICCID and version."""

    cards: dict[str, Card] = field(default_factory=dict)
    versions: dict[tuple[str, int], KeyVersion] = field(default_factory=dict)
    windows: dict[WindowKey, CounterWindow] = field(default_factory=dict)


class CardReader:
    """Reading cards. Every call may raise SQLAlchemy's errors while the database is away."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def sights(self, msisdns: Iterable[str]) -> Sights:
        """Everything needed to judge messages from these numbers, in two queries."""
        wanted = sorted(set(msisdns))
        with self._database.read() as connection:
            rows = connection.execute(_CARDS_AND_WINDOWS.where(tables.card.c.msisdn.in_(wanted))).all()
            versions = {(row.key_set, row.version): _version(row) for row in connection.execute(select(tables.key_version))}
        cards = {row.msisdn: _card(row) for row in rows}
        windows = {(row.iccid, row.key_version): _window(row) for row in rows if row.key_version is not None}
        return Sights(cards, versions, windows)

    def card(self, iccid: str) -> Card | None:
        """One card by its ICCID."""
        with self._database.read() as connection:
            row = connection.execute(select(tables.card).where(tables.card.c.iccid == iccid)).one_or_none()
        return None if row is None else _card(row)

    def with_number(self, msisdn: str) -> Card | None:
        """The card that has a number."""
        with self._database.read() as connection:
            row = connection.execute(select(tables.card).where(tables.card.c.msisdn == msisdn)).one_or_none()
        return None if row is None else _card(row)

    def cards(self) -> list[Card]:
        """Every card, by ICCID."""
        with self._database.read() as connection:
            return [_card(row) for row in connection.execute(select(tables.card).order_by(tables.card.c.iccid))]

    def versions(self, key_set: str) -> list[KeyVersion]:
        """The versions of a key set, oldest number first."""
        query = select(tables.key_version).where(tables.key_version.c.key_set == key_set).order_by(tables.key_version.c.version)
        with self._database.read() as connection:
            return [_version(row) for row in connection.execute(query)]

    def latest(self, iccid: str, count: int) -> list[Shown]:
        """A card's latest messages, newest first, as staff may see them."""
        query = select(tables.message).where(tables.message.c.iccid == iccid)
        query = query.order_by(tables.message.c.received_at.desc(), tables.message.c.counter.desc()).limit(count)
        with self._database.read() as connection:
            return [_shown(row) for row in connection.execute(query)]

    def events(self, iccid: str, count: int) -> Sequence[Row[Any]]:
        """A card's latest security events, newest first."""
        query = select(tables.event).where(tables.event.c.iccid == iccid).order_by(tables.event.c.id.desc()).limit(count)
        with self._database.read() as connection:
            return connection.execute(query).all()


def read_windows(connection: Connection, iccids: Sequence[str], *, lock: bool = False) -> dict[WindowKey, CounterWindow]:
    """The counter windows of cards; locked in the order of their keys where they are about to change."""
    query = select(tables.counter).where(tables.counter.c.iccid.in_(sorted(set(iccids))))
    query = query.order_by(tables.counter.c.iccid, tables.counter.c.key_version)
    rows = connection.execute(query.with_for_update() if lock else query)
    return {(row.iccid, row.key_version): _window(row) for row in rows}


def window_row(key: WindowKey, window: CounterWindow) -> dict[str, Any]:
    """A window as its table keeps it."""
    seen = window.seen.to_bytes(_BITMAP_OCTETS)
    return {
        "iccid": key[0],
        "key_version": key[1],
        "high": window.high,
        "seen": seen,
        "behind": window.behind,
        "behind_steps": window.behind_steps,
    }


def stored(moment: datetime) -> datetime:
    """An aware moment as the tables keep it."""
    return moment.astimezone(UTC).replace(tzinfo=None)


def _window(row: Row[Any]) -> CounterWindow:
    return CounterWindow(row.high, int.from_bytes(row.seen), row.behind, row.behind_steps)


def _card(row: Row[Any]) -> Card:
    return Card(row.iccid, row.msisdn or "", row.key_set, CardState(row.state), row.reason, row.language, row.checksum_failures)


def _version(row: Row[Any]) -> KeyVersion:
    retire_at = None if row.retire_at is None else row.retire_at.replace(tzinfo=UTC)
    return KeyVersion(row.key_set, row.version, Algorithm(row.algorithm), KeyState(row.state), retire_at)


def _shown(row: Row[Any]) -> Shown:
    return Shown(
        row.received_at.replace(tzinfo=UTC),
        row.reference,
        row.counter,
        row.operation,
        row.number,
        row.amount_minor,
        row.outcome,
        row.order_number,
        row.answers,
    )
