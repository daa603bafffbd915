"""Taking requests in: many in one transaction, decided in the order of arrival, each with its own answer."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from sqlalchemy import Connection

from recharge.books.json_text import json_text
from recharge.books.rows import RequestRow
from recharge.books.usage import UsageTotals
from recharge.domain.errors import Refusal, RefusalCode
from recharge.domain.replies import Reply, refused
from recharge.domain.requests import READ_ONLY, Request, Void, body_hash, is_storable
from recharge.engine.identify import check_allowed
from recharge.engine.memory import recall
from recharge.engine.operations.registry import HANDLERS
from recharge.engine.parts import Parts
from recharge.engine.work import Asked, Work

_LONGEST_REFERENCE = 64
_PutDown = Callable[[Connection], tuple[bool, list[Reply]]]
"""Writes what was decided; whether the dispatcher has something to do now, and the replies."""
Write = Callable[[Connection, Sequence[Reply]], None]
"""What a channel writes into tables of its own in the transaction of its requests, told their replies before these are kept. A transaction
may be run more than once, and a write with it: it keeps nothing but what it is told last."""


class Accompanied(NamedTuple):
    """The last of a group of so many requests, whose channel writes in their transaction."""

    request: Request
    requests: int
    write: Write


class Intake:
    """Carries out batches of requests. `wake` is called after a commit that left something for the dispatcher."""

    def __init__(self, parts: Parts, wake: Callable[[], None]) -> None:
        self._parts, self._wake = parts, wake
        self.usage = UsageTotals(parts.database)

    def take(self, asked: Sequence[Request | Accompanied]) -> list[Reply]:
        """The replies of a batch, after its one commit. Raises what the database raises when nothing was kept."""
        requests = [item.request if isinstance(item, Accompanied) else item for item in asked]
        writes = [(slice(end - item.requests, end), item.write) for end, item in enumerate(asked, 1) if isinstance(item, Accompanied)]
        # What needs no sight of the books is done before anything is locked.
        bodies = [body_hash(item.operation) if is_storable(item) else None for item in requests]

        def decide(connection: Connection) -> _PutDown:
            work, asked = self._read(connection, requests, bodies, guarded=guarded)
            replies = [_answer(work, item) if isinstance(item, Asked) else item for item in asked]

            def put_down(connection: Connection) -> tuple[bool, list[Reply]]:
                work.put_down(connection)
                for theirs, write in writes:
                    write(connection, replies[theirs])
                return work.woken, replies

            return put_down

        guarded = all(HANDLERS[type(item.operation)].guarded for item in requests)
        # A lone request holds nobody up: it is spared the second transaction.
        woken, replies = self._parts.database.in_two_halves(decide, apart=guarded and len(requests) > 1)
        if woken:
            self._wake()
        return replies

    def _read(
        self, connection: Connection, requests: Sequence[Request], bodies: Sequence[bytes | None], *, guarded: bool
    ) -> tuple[Work, list[Asked | Reply]]:
        """The batch with all that it needs. Sales and enquiries of endpoints that are known are prepared by what is known, and whether
        that still stands is asked with the rest: one way less to the server, for most batches."""
        directory = self._parts.directory
        keys = [item.origin.endpoint for item, body in zip(requests, bodies, strict=True) if body is not None]
        if not (guarded and directory.knows(keys)):
            directory.refresh(self._parts.database, connection)
        while True:
            directory.load_endpoints(connection, keys)
            work, asked = self._prepared(connection, requests, bodies)
            version = work.read([item for item in asked if isinstance(item, Asked)], self._parts.rules.guard.duplicate_window)
            if not directory.catch_up(connection, version):
                return work, asked

    def _prepared(
        self, connection: Connection, requests: Sequence[Request], bodies: Sequence[bytes | None]
    ) -> tuple[Work, list[Asked | Reply]]:
        work = Work(self._parts, connection, self.usage)
        self.usage.refresh(connection, work.now, work.today)
        bad = refused(Refusal(RefusalCode.BAD_REQUEST))
        asked = [bad if body is None else self._asked(item, body) for item, body in zip(requests, bodies, strict=True)]
        for item in asked:
            if isinstance(item, Asked):
                _prepare(work, item)
        return work, asked

    def _asked(self, request: Request, body: bytes) -> Asked | Reply:
        """The request with its endpoint, or why it can't even be remembered."""
        endpoint = self._parts.directory.endpoint(request.origin.endpoint)
        if endpoint is None:
            return refused(Refusal(RefusalCode.UNKNOWN_ENDPOINT))
        reference = request.origin.reference
        # MariaDB takes "a" and "a " for the same key.
        if len(reference) > _LONGEST_REFERENCE or not reference.isascii() or reference.endswith(" "):
            return refused(Refusal(RefusalCode.BAD_REQUEST))
        if not reference and not isinstance(request.operation, READ_ONLY):
            return refused(Refusal(RefusalCode.BAD_REQUEST))
        return Asked(request, body, endpoint)


def _prepare(work: Work, asked: Asked) -> None:
    """Ask for what the request needs. Whether it was answered before is found out with it, in one way to the database."""
    endpoint = asked.endpoint
    work.needs.accounts.add(endpoint.party.deposit_account)
    if endpoint.credential_id is not None:
        work.needs.credentials.add(endpoint.credential_id)
    try:
        HANDLERS[type(asked.request.operation)].prepare(work, asked)
    except Refusal as refusal:
        asked.problem = refusal


def _answer(work: Work, asked: Asked) -> Reply:
    earlier = recall(work, asked)
    if earlier is not None:
        return earlier
    try:
        reply = _decide(work, asked)
    except Refusal as refusal:
        reply = refused(refusal)
    _remember(work, asked, reply)
    return reply


def _decide(work: Work, asked: Asked) -> Reply:
    check_allowed(work, asked)
    if asked.problem is not None:
        raise asked.problem
    return HANDLERS[type(asked.request.operation)].decide(work, asked)


def _remember(work: Work, asked: Asked, reply: Reply) -> None:
    endpoint_id, reference = asked.key
    if not reference:
        return
    code, facts = ("", reply.facts) if reply.refusal is None else (reply.refusal.code.value, reply.refusal.facts)
    if isinstance(asked.request.operation, Void) and reply.refusal is None:
        code = RefusalCode.VOIDED.value
    if reply.case_number:
        facts = {**facts, "case_number": reply.case_number}
    order_id = int(reply.order.order_number) if reply.order and reply.refusal is None else None
    row = RequestRow(endpoint_id, reference, asked.body, work.now_text, order_id, code, json_text(facts) if facts else "{}")
    work.writes.requests.append(row)
    work.fresh[asked.key] = (asked.body, reply)
