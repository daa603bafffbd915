"""Endpoints as the outbox needs them: where a party can be told something."""

from typing import NamedTuple

from sqlalchemy import Connection

from recharge.books.database import Database
from recharge.domain.requests import Channel, EndpointKind

_CHANNELS = {
    EndpointKind.STK_SIM: Channel.STK,
    EndpointKind.PHONE_LINE: Channel.SMS,
    EndpointKind.POS_TERMINAL: Channel.POS,
    EndpointKind.WEB_LOGIN: Channel.WEB,
    EndpointKind.PARTNER_KEY: Channel.PARTNER,
    EndpointKind.CONSOLE: Channel.CONSOLE,
}


class Reachable(NamedTuple):
    """An endpoint that can be told something, and by which channel."""

    id: int
    channel: str
    language: str


def newest_endpoint(database: Database, connection: Connection, party_id: int) -> Reachable | None:
    """The party's endpoint bound last that is not blocked."""
    text = "SELECT id, kind, language FROM endpoint WHERE party_id = ? AND blocked = 0 ORDER BY created_at DESC, id DESC LIMIT 1"
    rows = database.rows(connection, text, [party_id])
    if not rows:
        return None
    return Reachable(rows[0][0], _CHANNELS[EndpointKind(rows[0][1])].value, rows[0][2] or "")
