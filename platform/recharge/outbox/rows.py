"""The outbox's own statements: messages claimed with a lease, settled, and read for pages."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, Row, func, select

from recharge.books.database import Database, RetryTransaction
from recharge.books.tables.messages import outbox
from recharge.books.tables.orders import orders
from recharge.books.tables.parties import endpoint
from recharge.outbox.port import Message, MessageState
from recharge.texts import message_text

# An agent looks at messages of today and yesterday; this many orders are a busy point's day.
ORDERS_LOOKED_AT = 200
WAITING, FAILED = MessageState.WAITING.value, MessageState.FAILED.value

# An agent's message has no address of its own: it goes wherever the endpoint that asked is reached now.
_MESSAGES = select(outbox, endpoint.c.address.label("endpoint_address"), endpoint.c.identity).join_from(
    outbox, endpoint, outbox.c.endpoint_id == endpoint.c.id, isouter=True
)


@dataclass(frozen=True, slots=True)
class Share:
    """Which channels' messages a sender takes: those named, or all but those named."""

    channels: frozenset[str]
    all_but: bool = False

    def condition(self) -> ColumnElement[bool]:
        """The same for a statement."""
        return outbox.c.channel.not_in(self.channels) if self.all_but else outbox.c.channel.in_(self.channels)


@dataclass(frozen=True, slots=True)
class Claim:
    """A message that is this sender's until the lease ends. `tries` counts this one too."""

    message: Message
    tries: int
    until: datetime


@dataclass(frozen=True, slots=True)
class Settlement:
    """What is to be written of a claimed message: its new state and, while it waits, when it is due again."""

    claim: Claim
    state: MessageState
    due_at: datetime | None = None


def any_due(database: Database, now: datetime, share: Share) -> bool:
    """Whether there is something to send; asked without a lock, so that an idle sender disturbs nobody."""
    with database.read() as connection:
        return connection.scalar(select(outbox.c.id).where(outbox.c.due_at <= now, share.condition()).limit(1)) is not None


def claim(database: Database, share: Share, now: datetime, lease: timedelta, count: int, most_tries: int, minor_digits: int) -> list[Claim]:
    """Take messages that are due, oldest first, and commit that they are taken. One that has used up its tries ends as failed."""

    def work(connection: Connection) -> list[Claim]:
        tries = _locked_due(database, connection, share, now, count)
        worn_out = [message_id for message_id, earlier in tries.items() if earlier >= most_tries]
        _change(connection, worn_out, state=FAILED, due_at=None)
        taken = [message_id for message_id in tries if message_id not in worn_out]
        _change(connection, taken, tries=outbox.c.tries + 1, due_at=now + lease)
        rows = connection.execute(_MESSAGES.where(outbox.c.id.in_(taken)).order_by(outbox.c.id))
        return [Claim(_message(row, minor_digits), row.tries, now + lease) for row in rows]

    return database.retrying(work)


def settle(database: Database, settlements: Sequence[Settlement], now: datetime) -> None:
    """Write what became of claimed messages, in one commit."""

    def work(connection: Connection) -> None:
        # Out is out, also when the lease had ended and another sender has taken it since: it is not sent a third time.
        sent = [settlement.claim.message.id for settlement in settlements if settlement.state is MessageState.SENT]
        waiting = outbox.c.id.in_(sent) & (outbox.c.state == WAITING)
        connection.execute(outbox.update().where(waiting).values(state=MessageState.SENT.value, sent_at=now, due_at=None))
        for settlement in settlements:
            if settlement.state is not MessageState.SENT:
                _settle_unsent(connection, settlement)

    if settlements:
        database.retrying(work)


def report(database: Database, ids: Sequence[int], state: MessageState, now: datetime) -> None:
    """What the network says of messages that went out. It may say so before the sender has written that they are out."""
    # A message that was told once is not told otherwise by a report that comes late.
    told = outbox.c.id.in_(ids) & outbox.c.state.in_((WAITING, MessageState.SENT.value))
    values = {"state": state.value, "due_at": None, "sent_at": func.coalesce(outbox.c.sent_at, now)}
    if ids:
        database.retrying(lambda connection: connection.execute(outbox.update().where(told).values(values)))


def latest_messages(database: Database, party_id: int, count: int, minor_digits: int = 2) -> list[Message]:
    """The newest messages written for a party's endpoints, newest first, in the language each was written for.

    They are found through the party's latest orders and the latest transfers to it, whoever made them, because that is a short way
    in the books; what came later of an order older than those is in its own story.
    """
    with database.read() as connection:
        latest = [*_latest_orders(connection, orders.c.party_id == party_id), *_latest_orders(connection, orders.c.related_id == party_id)]
        theirs = outbox.c.order_id.in_(latest) & (endpoint.c.party_id == party_id)
        newest = _MESSAGES.where(theirs).order_by(outbox.c.id.desc()).limit(count)
        return [_message(row, minor_digits) for row in connection.execute(newest)]


def messages_of(connection: Connection, order_id: int, minor_digits: int = 2) -> list[tuple[Message, datetime | None]]:
    """Every message of an order, oldest first, with when it was sent."""
    rows = connection.execute(_MESSAGES.where(outbox.c.order_id == order_id).order_by(outbox.c.id))
    return [(_message(row, minor_digits), row.sent_at) for row in rows]


def _latest_orders(connection: Connection, theirs: ColumnElement[bool]) -> Sequence[int]:
    newest = select(orders.c.id).where(theirs).order_by(orders.c.held_at.desc(), orders.c.id.desc()).limit(ORDERS_LOOKED_AT)
    return connection.scalars(newest).all()


def _locked_due(database: Database, connection: Connection, share: Share, now: datetime, count: int) -> dict[int, int]:
    """Ids of due messages, oldest first, with their tries so far; locked until the commit, those that others hold left out."""
    due = (outbox.c.due_at <= now) & (outbox.c.state == WAITING) & share.condition()
    oldest = select(outbox.c.id, outbox.c.tries).where(due).order_by(outbox.c.due_at, outbox.c.id).limit(count)
    # SQLite has one writer at a time and no row locks.
    locking = oldest if database.is_sqlite else oldest.with_for_update(skip_locked=True)
    return {row.id: row.tries for row in connection.execute(locking)}


def _change(connection: Connection, ids: Sequence[int], **values: object) -> None:
    """Change locked messages. Raises RetryTransaction when one was not as it was read."""
    if not ids:
        return
    waiting = outbox.c.id.in_(ids) & (outbox.c.state == WAITING)
    if connection.execute(outbox.update().where(waiting).values(**values)).rowcount != len(ids):
        raise RetryTransaction("outbox")


def _settle_unsent(connection: Connection, settlement: Settlement) -> None:
    """A message that did not go out; nothing is written when another sender has claimed it since."""
    taken = settlement.claim
    mine = (outbox.c.id == taken.message.id) & (outbox.c.state == WAITING) & (outbox.c.tries == taken.tries)
    connection.execute(outbox.update().where(mine).values(state=settlement.state.value, due_at=settlement.due_at))


def _message(row: Row[tuple[object, ...]], minor_digits: int) -> Message:
    facts = {"order_number": str(row.order_id), **json.loads(row.facts)}
    return Message(
        id=row.id,
        order_number=str(row.order_id),
        kind=row.kind,
        recipient=row.recipient,
        channel=row.channel,
        address=row.address or row.endpoint_address or row.identity or "",
        language=row.language,
        text=message_text(row.kind, row.recipient, facts, row.language, minor_digits),
        state=MessageState(row.state),
        created_at=row.created_at,
    )
