"""Reply rules as they are kept, and the queue of texts that no rule could read."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, select

from recharge.books.tables.replies import reply_miss, reply_rule
from recharge.domain.reply_rules import Meaning, ReplyRule, Scope, Unread, shape

MOST_KEPT_OF_A_SHAPE = 200
LONGEST_SENDER = 32
LARGEST_ID = 2**63


@dataclass(frozen=True, slots=True)
class Miss:
    """A text that could not be read. `times` is how many of its wording wait; `attempt_id` None where it is not known whose it is.

    `rule_code` is the rule that can read it now, while what it says is not yet brought to an order; "" while none can.
    """

    id: int
    scope: Scope
    text: str
    why: str
    attempt_id: int | None
    received_at: datetime
    times: int = 1
    rule_code: str = ""


def read_rules(connection: Connection) -> list[ReplyRule]:
    """Every rule, retired ones too: a text that comes late is read as it was meant when it was sent."""
    return [_rule(row) for row in connection.execute(select(reply_rule).order_by(reply_rule.c.ordinal, reply_rule.c.code))]


def rule_columns(rule: ReplyRule, origin: str) -> dict[str, Any]:
    """A rule as its row, without the id."""
    return {
        "code": rule.code,
        "link_code": rule.scope.link,
        "channel": rule.scope.channel,
        "sender": rule.scope.sender,
        "ordinal": rule.order,
        "pattern": rule.pattern,
        "meaning": rule.meaning.value,
        "decimal_sign": rule.decimal,
        "samples": json.dumps(rule.samples, ensure_ascii=False),
        "origin": origin,
        "valid_from": rule.valid_from,
        "retired_at": rule.retired_at,
    }


def keep_miss(
    connection: Connection, miss_id: int, scope: Scope, text: str, unread: Unread, received: datetime, attempt_id: int | None
) -> bool:
    """Put a text into the queue. False when so many of its wording wait already that one more would tell nobody anything."""
    digest = shape_digest(text)
    waiting = select(func.count()).select_from(reply_miss).where(_open() & (reply_miss.c.shape == digest))
    if (connection.scalar(waiting) or 0) >= MOST_KEPT_OF_A_SHAPE:
        return False
    row = {
        "id": miss_id,
        "link_code": scope.link,
        "channel": scope.channel,
        "sender": scope.sender[:LONGEST_SENDER],
        "text": text,
        "shape": digest,
        "why": unread.why.value,
        "attempt_id": attempt_id,
        "received_at": received,
        "settled_at": None,
        "rule_code": "",
    }
    connection.execute(reply_miss.insert().values(**row))
    return True


def queue(connection: Connection, most: int = 100) -> list[Miss]:
    """One text of each wording that waits, oldest wording first, with how many wait of it."""
    first, times = func.min(reply_miss.c.id).label("first"), func.count().label("times")
    grouped = select(first, times).where(_open()).group_by(reply_miss.c.shape).order_by(first).limit(most).subquery()
    joined = reply_miss.join(grouped, reply_miss.c.id == grouped.c.first)
    return [_miss(row, row.times) for row in connection.execute(select(reply_miss, grouped.c.times).select_from(joined).order_by("first"))]


def open_misses(connection: Connection) -> list[Miss]:
    """Every text that waits, oldest first."""
    return [_miss(row) for row in connection.execute(select(reply_miss).where(_open()).order_by(reply_miss.c.id))]


def read_miss(connection: Connection, miss_id: int) -> Miss | None:
    """A text that waits, by its id; a number that no id can be is nobody's."""
    if not 0 < miss_id < LARGEST_ID:
        return None
    row = connection.execute(select(reply_miss).where(_open() & (reply_miss.c.id == miss_id))).first()
    return None if row is None else _miss(row)


def mark_read(connection: Connection, ids: Sequence[int], rule_code: str) -> None:
    """A rule reads these texts now; they wait until what they say is brought to an order."""
    if ids:
        connection.execute(reply_miss.update().where(reply_miss.c.id.in_(ids) & _open()).values(rule_code=rule_code))


def read_misses(connection: Connection) -> list[Miss]:
    """Every text that waits to be brought to an order, oldest first."""
    readable = _open() & (reply_miss.c.rule_code != "")
    return [_miss(row) for row in connection.execute(select(reply_miss).where(readable).order_by(reply_miss.c.id))]


def settle_text(connection: Connection, link_code: str, text: str, at: datetime, rule_code: str) -> None:
    """Take a link's text out of the queue, however often it stands there: it was brought to its order."""
    same = _open() & (reply_miss.c.link_code == link_code) & (reply_miss.c.shape == shape_digest(text)) & (reply_miss.c.text == text)
    connection.execute(reply_miss.update().where(same).values(settled_at=at, rule_code=rule_code))


def settle(connection: Connection, ids: Sequence[int], at: datetime, rule_code: str) -> None:
    """Take texts out of the queue: a rule reads them now, or a person has put them away ("")."""
    if ids:
        connection.execute(reply_miss.update().where(reply_miss.c.id.in_(ids) & _open()).values(settled_at=at, rule_code=rule_code))


def settle_shape(connection: Connection, text: str, at: datetime) -> int:
    """Put all texts of a wording away; how many."""
    alike = _open() & (reply_miss.c.shape == shape_digest(text))
    return connection.execute(reply_miss.update().where(alike).values(settled_at=at)).rowcount


def shape_digest(text: str) -> bytes:
    """What texts of one wording share."""
    return blake2b(shape(text).encode(), digest_size=16).digest()


def _open() -> ColumnElement[bool]:
    return reply_miss.c.settled_at.is_(None)


def _rule(row: Row[Any]) -> ReplyRule:
    return ReplyRule(
        code=row.code,
        pattern=row.pattern,
        meaning=Meaning(row.meaning),
        samples=tuple(json.loads(row.samples)),
        valid_from=row.valid_from,
        scope=Scope(row.link_code, row.channel, row.sender),
        order=row.ordinal,
        decimal=row.decimal_sign,
        retired_at=row.retired_at,
    )


def _miss(row: Row[Any], times: int = 1) -> Miss:
    scope = Scope(row.link_code, row.channel, row.sender)
    return Miss(row.id, scope, row.text, row.why, row.attempt_id, row.received_at, times, row.rule_code)
