"""What the watch over stock reads and writes: what was sold by hour, stock as told, alarms, and whom to tell."""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from recharge.books.ids import SPAN, first_id_at, made_at
from recharge.books.tables.messages import outbox
from recharge.books.tables.parties import endpoint, party, person
from recharge.books.tables.suppliers import attempt, link, link_health, stock_alarm
from recharge.domain.outcomes import AttemptAction, AttemptState
from recharge.domain.parties import Role
from recharge.domain.requests import Channel, EndpointKind

_HOUR = 3_600_000 * SPAN
_SOLD = (AttemptState.SUCCEEDED.value, AttemptState.ACCEPTED.value, AttemptState.UNKNOWN.value)
_CHANNELS = {EndpointKind.STK_SIM: Channel.SMS, EndpointKind.PHONE_LINE: Channel.SMS, EndpointKind.WEB_LOGIN: Channel.WEB}


@dataclass(frozen=True, slots=True)
class StockRow:
    """A link's stock as last told (None: never), and what may not be sold of it. Amounts in minor units."""

    link_id: int
    code: str
    stock_minor: int | None
    stock_at: datetime | None
    reserve_minor: int


@dataclass(frozen=True, slots=True)
class Watcher:
    """An endpoint of somebody who looks after stock."""

    endpoint_id: int
    channel: str
    language: str


def sold_by_hour(connection: Connection, since: datetime) -> dict[int, list[tuple[datetime, int]]]:
    """What each link sold in each hour since then, in minor units of cost; what may have been sold counts as sold."""
    hour = (attempt.c.id - attempt.c.id % _HOUR).label("hour")
    sum_minor = func.sum(func.coalesce(attempt.c.charged_minor, attempt.c.cost_minor))
    wanted = (attempt.c.id >= first_id_at(since)) & (attempt.c.action == AttemptAction.SUBMIT.value) & attempt.c.state.in_(_SOLD)
    found: dict[int, list[tuple[datetime, int]]] = defaultdict(list)
    for link_id, first, minor in connection.execute(select(attempt.c.link_id, hour, sum_minor).where(wanted).group_by("link_id", "hour")):
        found[link_id].append((made_at(int(first)), int(minor)))
    return found


def stocks(connection: Connection) -> list[StockRow]:
    """Every link that is not paused, by code."""
    joined = link.outerjoin(link_health, link_health.c.link_id == link.c.id)
    columns = (link.c.id, link.c.code, link_health.c.stock_minor, link_health.c.stock_at, link.c.reserve_minor)
    rows = connection.execute(select(*columns).select_from(joined).where(link.c.paused.is_(False)).order_by(link.c.code))
    return [StockRow(row.id, row.code, row.stock_minor, row.stock_at, row.reserve_minor) for row in rows]


def alarms(connection: Connection) -> dict[int, str]:
    """The level each alarm was raised at, by link."""
    return {row.link_id: row.level for row in connection.execute(select(stock_alarm.c.link_id, stock_alarm.c.level))}


def change_alarm(
    connection: Connection, link_id: int, before: str | None, level: str | None, now: datetime, until: datetime | None
) -> bool:
    """Raise, worsen or clear (None) an alarm; False when another process changed it since `before` was read."""
    mine = (stock_alarm.c.link_id == link_id) & (stock_alarm.c.level == before)
    values = {"level": level, "raised_at": now, "runs_out_at": until}
    if level is None:
        return connection.execute(stock_alarm.delete().where(mine)).rowcount == 1
    if before is None:
        connection.execute(stock_alarm.insert().values(link_id=link_id, **values))
        return True
    return connection.execute(stock_alarm.update().where(mine).values(**values)).rowcount == 1


def watchers(connection: Connection) -> list[Watcher]:
    """Endpoints of the people in operations who can be sent a message."""
    people = endpoint.join(person, person.c.id == endpoint.c.person_id).join(party, party.c.id == endpoint.c.party_id)
    language = endpoint.c.language, party.c.language
    wanted = (
        (person.c.role == Role.OPERATIONS.value)
        & person.c.blocked.is_(False)
        & endpoint.c.blocked.is_(False)
        & endpoint.c.kind.in_([kind.value for kind in _CHANNELS])
    )
    rows = connection.execute(select(endpoint.c.id, endpoint.c.kind, *language).select_from(people).where(wanted).order_by(endpoint.c.id))
    return [Watcher(row[0], _CHANNELS[EndpointKind(row[1])].value, row[2] or row[3]) for row in rows]


def tell(connection: Connection, ids: Sequence[int], to: Sequence[Watcher], kind: str, facts: dict[str, str | int], now: datetime) -> None:
    """Put one message for each watcher into the outbox."""
    for message_id, watcher in zip(ids, to, strict=True):
        row = {
            "id": message_id,
            # It belongs to no order; its own id stands there, so that it can be told from all others.
            "order_id": message_id,
            "kind": kind,
            "recipient": "agent",
            "endpoint_id": watcher.endpoint_id,
            "channel": watcher.channel,
            "address": "",
            "language": watcher.language,
            "facts": json.dumps(facts, ensure_ascii=False),
            "state": "waiting",
            "tries": 0,
            "due_at": now,
            "created_at": now,
            "sent_at": None,
        }
        connection.execute(outbox.insert().values(**row))
