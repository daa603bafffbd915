"""The back office's commands on cards: issue in bulk, block and unblock, change a number's card, show what a card sent."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import Connection, Row, select

from recharge import Database, stored
from stk_sms import tables
from stk_sms.cards.card_list import ListedCard
from stk_sms.cards.errors import CardError, CardProblem
from stk_sms.cards.reading import CardReader, window_row
from stk_sms.cards.records import Card, CardState, EventKind, Shown
from stk_sms.cards.window import CounterWindow
from stk_sms.cards.writing import block
from stk_sms.packet import ResponseStatus
from stk_sms.packet.command import LARGEST_COUNTER

_BY_STAFF = ResponseStatus.OK


class EndpointBook(Protocol):
    """The engine's endpoints: a card is one, of kind stk_sim, named by its ICCID."""

    def bind(self, iccid: str, party_code: str, address: str) -> None:
        """Bind a card to a party; `address` is where messages to it go. Done before by the same list: nothing happens.

        Raises ValueError where the party is not known or the card belongs to another one.
        """
        ...


@dataclass(frozen=True, slots=True)
class Issued:
    """What became of a list: how many cards are new, how many were there already as listed, and what could not be issued, with why."""

    new: int
    present: int
    refused: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class CardHistory:
    """A card with its last messages and security events, newest first. Nothing in it is secret."""

    card: Card
    messages: Sequence[Shown]
    events: Sequence[Row[Any]]


class CardDesk:
    """Commands on cards. Each is one transaction, or one for each card where it takes many; safe to give again."""

    def __init__(self, database: Database, endpoints: EndpointBook, now: Callable[[], datetime]) -> None:
        self._database, self._endpoints, self._now = database, endpoints, now
        self._reader = CardReader(database)

    def issue(self, cards: Sequence[ListedCard], key_set: str) -> Issued:
        """Issue cards under a key set that has keys. A list that was broken off may simply be given again. Raises CardError."""
        if not self._reader.versions(key_set):
            raise CardError(CardProblem.BAD_KEY_SET, key_set=key_set)
        outcomes = [(card.iccid, self._issue(card, key_set)) for card in cards]
        refused = tuple((iccid, why) for iccid, why in outcomes if why not in ("new", "present"))
        counted = [why for _, why in outcomes]
        return Issued(counted.count("new"), counted.count("present"), refused)

    def _issue(self, listed: ListedCard, key_set: str) -> str:
        """`new`, `present`, or why not. The endpoint comes first: a card without one could send nothing anyway."""
        present = self._reader.card(listed.iccid)
        if present is not None:
            same = (present.msisdn, present.key_set) == (listed.msisdn, key_set)
            return "present" if same else "issued with another number or key set"
        try:
            self._endpoints.bind(listed.iccid, listed.point, listed.msisdn)
        except ValueError as error:
            return str(error)
        return self._database.retrying(lambda connection: self._insert(connection, listed, key_set))

    def _insert(self, connection: Connection, listed: ListedCard, key_set: str) -> str:
        taken = connection.scalar(select(tables.card.c.iccid).where(tables.card.c.msisdn == listed.msisdn))
        if taken is not None:
            return f"{listed.msisdn} is on card {taken}"
        row = {
            "iccid": listed.iccid,
            "msisdn": listed.msisdn,
            "key_set": key_set,
            "state": CardState.ACTIVE.value,
            "reason": "",
            "language": listed.language,
            "checksum_failures": 0,
            "to_card_counter": 0,
            "issued_at": stored(self._now()),
        }
        connection.execute(tables.card.insert().values(**row))
        return "new"

    def block(self, iccid: str, reason: str) -> None:
        """Turn the card's messages away from the next one on. Raises CardError."""

        def work(connection: Connection) -> None:
            if not block(connection, iccid, reason):
                raise self._not_so(iccid)
            self._enter(connection, EventKind.BLOCKED_BY_STAFF, iccid, reason)

        self._database.retrying(work)

    def unblock(self, iccid: str) -> None:
        """Let a blocked card in again; what was noted of a second counter is forgotten with it. Raises CardError."""

        def work(connection: Connection) -> None:
            self._move(connection, iccid, CardState.BLOCKED, {"state": CardState.ACTIVE.value, "reason": "", "checksum_failures": 0})
            mine = tables.counter.c.iccid == iccid
            connection.execute(tables.counter.update().where(mine).values(behind_steps=0))
            self._enter(connection, EventKind.UNBLOCKED, iccid, "")

        self._database.retrying(work)

    def retire(self, iccid: str) -> None:
        """Take a card out for ever; its number is free for another card. Raises CardError."""
        values = {"state": CardState.RETIRED.value, "msisdn": None, "reason": "retired"}

        def work(connection: Connection) -> None:
            gone = tables.card.c.state != CardState.RETIRED.value
            changed = connection.execute(tables.card.update().where(tables.card.c.iccid == iccid, gone).values(**values))
            if changed.rowcount != 1:
                raise self._not_so(iccid)

        self._database.retrying(work)

    def reset_counter(self, iccid: str, key_version: int, high: int) -> None:
        """Begin a card's window anew at a counter that staff has read from the card. Raises CardError.

        For a card whose counter ran far ahead. Nonces still keep every old message from being carried out twice.
        """
        if self._reader.card(iccid) is None or not 0 <= high <= LARGEST_COUNTER:
            raise CardError(CardProblem.UNKNOWN_CARD, iccid=iccid)

        def work(connection: Connection) -> None:
            mine = (tables.counter.c.iccid == iccid) & (tables.counter.c.key_version == key_version)
            connection.execute(tables.counter.delete().where(mine))
            connection.execute(tables.counter.insert().values(window_row((iccid, key_version), CounterWindow(high))))
            self._enter(connection, EventKind.COUNTER_RESET, iccid, f"version {key_version}, counter {high}")

        self._database.retrying(work)

    def history(self, iccid: str, count: int = 20) -> CardHistory:
        """A card, its last messages and its last security events. Raises CardError."""
        card = self._reader.card(iccid)
        if card is None:
            raise CardError(CardProblem.UNKNOWN_CARD, iccid=iccid)
        return CardHistory(card, self._reader.latest(iccid, count), self._reader.events(iccid, count))

    def cards(self) -> list[Card]:
        """Every card, by ICCID."""
        return self._reader.cards()

    def forget(self, older_than: timedelta) -> int:
        """Drop messages and events that nobody looks at any more; how many. The engine's memory of nonces is not touched."""
        before = stored(self._now() - older_than)

        def work(connection: Connection) -> int:
            messages = connection.execute(tables.message.delete().where(tables.message.c.received_at < before)).rowcount
            return messages + connection.execute(tables.event.delete().where(tables.event.c.at < before)).rowcount

        return self._database.retrying(work)

    def _move(self, connection: Connection, iccid: str, before: CardState, values: dict[str, Any]) -> None:
        mine = (tables.card.c.iccid == iccid) & (tables.card.c.state == before.value)
        if connection.execute(tables.card.update().where(mine).values(**values)).rowcount != 1:
            raise self._not_so(iccid)

    def _not_so(self, iccid: str) -> CardError:
        card = self._reader.card(iccid)
        if card is None:
            return CardError(CardProblem.UNKNOWN_CARD, iccid=iccid)
        return CardError(CardProblem.WRONG_STATE, iccid=iccid, state=card.state.value)

    def _enter(self, connection: Connection, kind: EventKind, iccid: str, detail: str) -> None:
        row = {"at": stored(self._now()), "kind": kind.value, "iccid": iccid, "msisdn": "", "status": int(_BY_STAFF), "detail": detail}
        connection.execute(tables.event.insert().values(**row))
