"""What staff sends to agents' phones by itself: notices to everybody ("carrier X is slow"), and secured messages to one card.

The office writes them down; whichever gateway process comes first takes some under a lease, sends them, and writes what became of each.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, func, select

from recharge import Database, stored
from stk_sms.fates import Told, reference_of
from stk_sms.pauses import pause
from stk_sms.routing import Router
from stk_sms.tables import notice
from stk_sms.transport import NotSent, Outbound, SendError, SendUnknown

_log = logging.getLogger(__name__)
_AT_ONCE = 50
_LEASE = timedelta(seconds=120)
_AGAIN_AFTER = timedelta(seconds=30)
_LOOK_SECONDS = 2.0
# Data download to the card (3GPP TS 23.040, 9.2.3.9; TS 23.038, 4): PID 7F, DCS F6.
_TO_CARD_PROTOCOL, _TO_CARD_CODING = 0x7F, 0xF6


class NoticeState(StrEnum):
    """The life of a notice. The value is stored."""

    WAITING = "waiting"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Notice:
    """One message to one phone: a text, or the user data of one secured message. It is of no use after `until` (aware UTC)."""

    id: int
    msisdn: str
    text: str
    user_data: bytes = field(repr=False)
    until: datetime

    def outbound(self, now: datetime) -> Outbound:
        """As the links send it; the network does not keep it longer than it is of use."""
        valid = max(int((self.until - now).total_seconds()), 1)
        reference = reference_of(Told.NOTICE, str(self.id))
        if not self.user_data:
            return Outbound(reference, self.msisdn, self.text, want_report=True, valid_seconds=valid)
        header = 1 + self.user_data[0]
        return Outbound(
            reference,
            self.msisdn,
            data=self.user_data[header:],
            udh=self.user_data[:header],
            coding=_TO_CARD_CODING,
            protocol_id=_TO_CARD_PROTOCOL,
            want_report=True,
            valid_seconds=valid,
        )


@dataclass(frozen=True, slots=True)
class Standing:
    """What was given out together (aware UTC; no text: secured messages), and how many stand in which state."""

    at: datetime
    text: str
    states: Mapping[str, int]


class NoticeDesk:
    """The office's side: what is to be sent."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database, self._now = database, now

    def tell(self, msisdns: Iterable[str], text: str, valid: timedelta) -> int:
        """A text to each of these numbers, once to each; how many."""
        numbers = sorted(set(msisdns) - {""})
        self._keep([(number, text, b"") for number in numbers], valid)
        return len(numbers)

    def secured(self, msisdn: str, user_data: bytes, valid: timedelta) -> None:
        """A secured message to a card's phone."""
        self._keep([(msisdn, "", user_data)], valid)

    def _keep(self, notices: Sequence[tuple[str, str, bytes]], valid: timedelta) -> None:
        now = stored(self._now())
        common = {"state": NoticeState.WAITING.value, "due_at": now, "created_at": now, "until": now + valid}
        rows = [{"msisdn": number, "text": text, "user_data": octets, **common} for number, text, octets in notices]
        if rows:
            self._database.retrying(lambda connection: connection.execute(notice.insert(), rows))

    def latest(self, count: int) -> list[Standing]:
        """What was given out last and how far it has come, newest first: notices of one text and time together."""
        columns = (notice.c.created_at, notice.c.text, notice.c.state)
        counted = func.count().label("count")
        query = select(*columns, counted).group_by(*columns).order_by(func.max(notice.c.id).desc()).limit(count * len(NoticeState))
        found: dict[tuple[datetime, str], dict[str, int]] = {}
        with self._database.read() as connection:
            for at, text, state, number in connection.execute(query):
                found.setdefault((at.replace(tzinfo=UTC), text), {})[state] = number
        return [Standing(at, text, states) for (at, text), states in list(found.items())[:count]]


class NoticeBook:
    """The gateway's side: notices taken under a lease, and what became of them."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database, self._now = database, now

    def claim(self) -> list[Notice]:
        """Notices that are due, oldest first, now this process's until the lease ends. One that is of no use any more ends as failed."""
        return self._database.retrying(self._claim)

    def settle(self, notices: Iterable[Notice], state: NoticeState) -> None:
        """Write what became of claimed notices; one that waits is due again after a while. Octets are not kept once they are out."""
        now = stored(self._now())
        waits = state is NoticeState.WAITING
        values: dict[str, Any] = {"state": state.value, "due_at": now + _AGAIN_AFTER if waits else None}
        if not waits:
            values["user_data"] = b""
        mine = notice.c.id.in_([one.id for one in notices]) & (notice.c.state == NoticeState.WAITING.value)
        self._database.retrying(lambda connection: connection.execute(notice.update().where(mine).values(**values)))

    def reported(self, ids: Sequence[int], state: NoticeState) -> None:
        """The network says of notices that they are DELIVERED or FAILED; it may say so before `settle` has written that they are out."""
        mine = notice.c.id.in_(ids) & notice.c.state.in_((NoticeState.WAITING.value, NoticeState.SENT.value))
        values: dict[str, Any] = {"state": state.value, "due_at": None, "user_data": b""}
        self._database.retrying(lambda connection: connection.execute(notice.update().where(mine).values(**values)))

    def _claim(self, connection: Connection) -> list[Notice]:
        now = stored(self._now())
        due = select(notice).where(notice.c.due_at <= now).order_by(notice.c.id).limit(_AT_ONCE).with_for_update(skip_locked=True)
        rows = connection.execute(due).all()
        late = [row.id for row in rows if row.until <= now]
        found = [Notice(row.id, row.msisdn, row.text, row.user_data, row.until.replace(tzinfo=UTC)) for row in rows if row.id not in late]
        _change(connection, late, state=NoticeState.FAILED.value, due_at=None, user_data=b"")
        _change(connection, [one.id for one in found], due_at=now + _LEASE)
        return found


def _change(connection: Connection, ids: Sequence[int], **values: Any) -> None:
    if ids:
        connection.execute(notice.update().where(notice.c.id.in_(ids)).values(**values))


class NoticeSender:
    """Sends what is due, through the links, for as long as it is let."""

    def __init__(self, book: NoticeBook, router: Router, now: Callable[[], datetime], look_seconds: float = _LOOK_SECONDS) -> None:
        self._book, self._router, self._now, self._look_seconds = book, router, now, look_seconds

    async def run(self, over: asyncio.Event) -> None:
        """Until the event is set."""
        while not over.is_set():
            sent = 0
            try:
                sent = await self.send_due()
            except Exception:  # with the database away the notices wait; the gateway goes on taking orders
                _log.exception("notices could not be sent")
            if not sent:
                await pause(over, self._look_seconds)

    async def send_due(self) -> int:
        """Send what is due now, at most fifty; how many were taken up."""
        if not self._router.ready:
            return 0
        notices = await asyncio.to_thread(self._book.claim)
        states = await asyncio.gather(*(self._send(one) for one in notices))
        for state in NoticeState:
            mine = [one for one, became in zip(notices, states, strict=True) if became is state]
            if mine:
                await asyncio.to_thread(self._book.settle, mine, state)
        return len(notices)

    async def _send(self, one: Notice) -> NoticeState:
        try:
            await self._router.send(one.outbound(self._now()))
        except NotSent:
            return NoticeState.WAITING
        except SendUnknown:
            # It may be on the phone already: nobody is to be told the same thing over and over.
            return NoticeState.SENT
        except SendError as error:
            _log.warning("notice %d was refused: %s", one.id, error)
            return NoticeState.FAILED
        return NoticeState.SENT
