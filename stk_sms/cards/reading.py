"""Reads what a batch of messages needs to be judged: cards, key versions, counter windows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row, select

from recharge import AnyRow, Database, Read, marks
from stk_sms import tables
from stk_sms.cards.records import Card, CardState, KeyState, KeyVersion, Shown
from stk_sms.cards.window import CounterWindow, WindowKey
from stk_sms.packet import Algorithm

_BITMAP_OCTETS = 8
_WINDOW_COLUMNS = "iccid, key_version, high, seen, behind, behind_steps"
# A card once for each key version of its key set, beside its window under that version, if it has one; once where there is no version.
_KNOWN_COLUMNS = """c.iccid, c.msisdn, c.key_set, c.state, c.reason, c.language, c.checksum_failures,
  v.key_set, v.version, v.algorithm, v.state, v.retire_at"""
_CARDS = "FROM stk_card c LEFT JOIN stk_key_version v ON v.key_set = c.key_set"
_SIGHTS = f"""
SELECT {_KNOWN_COLUMNS}, w.high, w.seen, w.behind, w.behind_steps
{_CARDS} LEFT JOIN stk_counter w ON w.iccid = c.iccid AND w.key_version = v.version
WHERE c.msisdn IN ({{}})"""
_AS_KNOWN = f"SELECT {_KNOWN_COLUMNS} {_CARDS} WHERE c.iccid IN ({{}})"
_CARD, _VERSION, _WINDOW, _KNOWN = slice(0, 7), slice(7, 12), slice(12, 16), slice(0, 12)


@dataclass(slots=True)
class Sights:
    """What was seen of cards at one moment. Cards by number, key versions by key set and version, windows by ICCID and version.

    `rows` are those of cards and versions as the database gave them, by number.
    """

    cards: dict[str, Card] = field(default_factory=dict)
    versions: dict[tuple[str, int], KeyVersion] = field(default_factory=dict)
    windows: dict[WindowKey, CounterWindow] = field(default_factory=dict)
    rows: dict[str, set[AnyRow]] = field(default_factory=dict)


class CardReader:
    """Reading cards. Every call may raise SQLAlchemy's errors while the database is away."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def sights(self, msisdns: Iterable[str]) -> Sights:
        """Everything needed to judge messages from these numbers, in one query."""
        wanted = sorted(set(msisdns))
        sights = Sights()
        if wanted:
            (rows,) = self._database.look(Read(_SIGHTS.format(marks(wanted)), wanted, list))
            for row in rows:
                _see(sights, row)
        return sights

    def card(self, iccid: str) -> Card | None:
        """One card by its ICCID."""
        with self._database.read() as connection:
            row = connection.execute(select(tables.card).where(tables.card.c.iccid == iccid)).one_or_none()
        return None if row is None else _card(*row)

    def with_number(self, msisdn: str) -> Card | None:
        """The card that has a number."""
        with self._database.read() as connection:
            row = connection.execute(select(tables.card).where(tables.card.c.msisdn == msisdn)).one_or_none()
        return None if row is None else _card(*row)

    def cards(self) -> list[Card]:
        """Every card, by ICCID."""
        with self._database.read() as connection:
            return [_card(*row) for row in connection.execute(select(tables.card).order_by(tables.card.c.iccid))]

    def versions(self, key_set: str) -> list[KeyVersion]:
        """The versions of a key set, oldest number first."""
        query = select(tables.key_version).where(tables.key_version.c.key_set == key_set).order_by(tables.key_version.c.version)
        with self._database.read() as connection:
            return [_version(*row) for row in connection.execute(query)]

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


def locked_windows(database: Database, iccids: Iterable[str]) -> Read[dict[WindowKey, CounterWindow]]:
    """The counter windows of cards, locked in the order of their keys, for they are about to change."""
    wanted = sorted(set(iccids))
    text = f"SELECT {_WINDOW_COLUMNS} FROM stk_counter WHERE iccid IN ({marks(wanted)}) ORDER BY iccid, key_version{database.for_update}"
    return Read(text, wanted, lambda rows: {(row[0], row[1]): _window(*row[2:]) for row in rows})


def card_rows(iccids: Iterable[str]) -> Read[set[AnyRow]]:
    """The rows of cards and of their key versions, to be compared with those that were seen (Sights.rows)."""
    wanted = sorted(set(iccids))
    return Read(_AS_KNOWN.format(marks(wanted)), wanted, set)


def window_row(key: WindowKey, window: CounterWindow) -> AnyRow:
    """A window as its table keeps it, columns in their order."""
    return (*key, window.high, window.seen.to_bytes(_BITMAP_OCTETS), window.behind, window.behind_steps)


def _see(sights: Sights, row: AnyRow) -> None:
    iccid, msisdn = row[0], row[1]
    if msisdn not in sights.cards:
        sights.cards[msisdn], sights.rows[msisdn] = _card(*row[_CARD]), set()
    sights.rows[msisdn].add(row[_KNOWN])
    key_set, version = row[7], row[8]
    if version is not None and (key_set, version) not in sights.versions:
        sights.versions[key_set, version] = _version(*row[_VERSION])
    if row[12] is not None:
        sights.windows[iccid, version] = _window(*row[_WINDOW])


def _window(high: int, seen: bytes, behind: int, behind_steps: int) -> CounterWindow:
    return CounterWindow(high, int.from_bytes(seen), behind, behind_steps)


def _card(iccid: str, msisdn: str | None, key_set: str, state: str, reason: str, language: str, failures: int, *_: object) -> Card:
    return Card(iccid, msisdn or "", key_set, CardState(state), reason, language, failures)


def _version(key_set: str, version: int, algorithm: str, state: str, retire_at: datetime | str | None, *_: object) -> KeyVersion:
    if isinstance(retire_at, str):
        # SQLite keeps moments as text, and a plain statement gives them so.
        retire_at = datetime.fromisoformat(retire_at)
    until = None if retire_at is None else retire_at.replace(tzinfo=UTC)
    return KeyVersion(key_set, version, Algorithm(algorithm), KeyState(state), until)


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
