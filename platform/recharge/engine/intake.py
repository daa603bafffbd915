"""Taking requests in: many in one transaction, decided in the order of arrival, each with its own answer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from recharge.books.database import RetryTransaction
from recharge.books.json_text import json_text
from recharge.books.rows import RequestRow
from recharge.books.usage import UsageTotals
from recharge.domain.errors import Refusal, RefusalCode
from recharge.domain.replies import Reply, refused
from recharge.domain.requests import READ_ONLY, Request, Void, body_hash, is_storable
from recharge.engine.beside import Accompanied, Beside
from recharge.engine.identify import check_allowed
from recharge.engine.memory import recall
from recharge.engine.operations.registry import HANDLERS
from recharge.engine.parts import Parts
from recharge.engine.work import Asked, Work

_LONGEST_REFERENCE = 64
_PutDown = Callable[[Connection], tuple[bool, list[Reply]]]
"""Writes what was decided; whether the dispatcher has something to do now, and the replies."""
_Group = tuple[slice, Beside]
"""Which requests of a batch are one channel's, and what it keeps beside them."""


@dataclass(frozen=True, slots=True)
class _Batch:
    """Requests as they were handed in. `new` says of each whether its channel takes it for new; `bodies` are None where a request can't be
    kept; `guarded` that all of them may be decided beside the writer."""

    requests: Sequence[Request]
    bodies: Sequence[bytes | None]
    groups: Sequence[_Group]
    new: Sequence[bool]
    guarded: bool


def _batch(asked: Sequence[Request | Accompanied]) -> _Batch:
    requests = [item.request if isinstance(item, Accompanied) else item for item in asked]
    groups = [(slice(end - item.requests, end), item.beside) for end, item in enumerate(asked, 1) if isinstance(item, Accompanied)]
    new = [False] * len(requests)
    for theirs, beside in groups:
        new[theirs] = [beside.new] * (theirs.stop - theirs.start)
    # What needs no sight of the books is done before anything is locked.
    bodies = [body_hash(item.operation) if is_storable(item) else None for item in requests]
    return _Batch(requests, bodies, groups, new, all(HANDLERS[type(item.operation)].guarded for item in requests))


class Intake:
    """Carries out batches of requests. `wake` is called after a commit that left something for the dispatcher."""

    def __init__(self, parts: Parts, wake: Callable[[], None]) -> None:
        self._parts, self._wake = parts, wake
        self.usage = UsageTotals(parts.database)

    def take(self, asked: Sequence[Request | Accompanied]) -> list[Reply]:
        """The replies of a batch, after its one commit. Raises what the database raises when nothing was kept."""
        batch = _batch(asked)
        tries = count()

        def decide(connection: Connection) -> _PutDown:
            believing = next(tries) == 0 and any(batch.new)
            work, asked = self._read(connection, batch, believing=believing)
            replies = [_answer(work, item) if isinstance(item, Asked) else item for item in asked]

            def put_down(connection: Connection) -> tuple[bool, list[Reply]]:
                try:
                    _put_down(work, connection, replies, batch.groups)
                except IntegrityError as error:
                    if believing:
                        raise RetryTransaction("what a channel took for new was answered before") from error
                    raise
                return work.woken, replies

            return put_down

        # A lone request holds nobody up: it is spared the second transaction.
        woken, replies = self._parts.database.in_two_halves(decide, apart=batch.guarded and len(batch.requests) > 1)
        if woken:
            self._wake()
        return replies

    def _read(self, connection: Connection, batch: _Batch, *, believing: bool) -> tuple[Work, list[Asked | Reply]]:
        """The batch with all that it needs. Sales and enquiries of endpoints that are known are prepared by what is known, and whether
        that still stands is asked with the rest: one way less to the server, for most batches. `believing` that what channels take for
        new is new, it is not looked up."""
        directory, rules = self._parts.directory, self._parts.rules
        keys = [item.origin.endpoint for item, body in zip(batch.requests, batch.bodies, strict=True) if body is not None]
        if not (batch.guarded and directory.knows(keys)):
            directory.refresh(self._parts.database, connection)
        while True:
            directory.load_endpoints(connection, keys)
            work, asked = self._prepared(connection, batch)
            looked_up = [
                item.key for item, new in zip(asked, batch.new, strict=True) if isinstance(item, Asked) and not (new and believing)
            ]
            beside = batch.groups[0][1].reads if batch.groups and not self._parts.database.is_sqlite else ()
            version = work.read(looked_up, rules.guard.duplicate_window, beside)
            if not directory.catch_up(connection, version):
                return work, asked

    def _prepared(self, connection: Connection, batch: _Batch) -> tuple[Work, list[Asked | Reply]]:
        work = Work(self._parts, connection, self.usage)
        self.usage.refresh(connection, work.now, work.today)
        bad = refused(Refusal(RefusalCode.BAD_REQUEST))
        asked = [bad if body is None else self._asked(item, body) for item, body in zip(batch.requests, batch.bodies, strict=True)]
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


def _put_down(work: Work, connection: Connection, replies: Sequence[Reply], groups: Sequence[_Group]) -> None:
    """What was decided, and what channels keep beside it. Groups in their order: each sees what those before it wrote."""
    if not groups:
        work.put_down(connection)
        return
    (theirs, beside), *others = groups
    database = work.parts.database
    # SQLite is asked by the writer itself: what a reader saw may have been overtaken by then, and the way there costs nothing.
    found = database.ask(connection, *beside.reads) if database.is_sqlite else work.beside
    work.put_down(connection, beside.write(connection, replies[theirs], found))
    for theirs, beside in others:
        database.together(connection, beside.write(connection, replies[theirs], database.ask(connection, *beside.reads)))


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
