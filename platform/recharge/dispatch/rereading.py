"""Texts that nobody could read when they came, brought to their orders once a person has made a rule that reads them.

A dealer chip's texts are kept and read again by the chip itself, which knows whose they can be; here are those of partner servers.
"""

import threading
from collections.abc import Callable

import structlog
from sqlalchemy.exc import DBAPIError

from recharge.books import reply_statements as statements
from recharge.books.callback_statements import CallbackStatements
from recharge.books.database import DatabaseBusy
from recharge.books.reply_statements import Miss
from recharge.dispatch.links import LinkPool
from recharge.dispatch.parts import DispatchParts
from recharge.domain.outcomes import AnswerSource, Evidence, OutcomeState
from recharge.domain.reply_rules import Reply
from recharge.suppliers.contract import Rereads

_EVERY_SECONDS = 2.0
_log = structlog.get_logger(__name__)


class Rereader:
    """Blocks on the database: `turn` is called beside the event loop. What fits no attempt goes on waiting for a person."""

    def __init__(self, parts: DispatchParts, pool: LinkPool) -> None:
        self._parts, self._pool = parts, pool
        self._statements = CallbackStatements(parts.database)

    def run(self, on_thread: Callable[[Callable[[], object]], object], stopped: threading.Event) -> None:
        """Look now and then until `stopped`; `on_thread` does something in the thread that owns the finishing."""
        while not stopped.wait(_EVERY_SECONDS):
            try:
                on_thread(self.turn)
            except (DBAPIError, DatabaseBusy) as error:
                _log.warning("rereading_waits", why=type(error).__name__)

    def turn(self) -> int:
        """Bring every text that can be read by now to its attempt; how many. Raises DatabaseBusy or DBAPIError; what was done is kept."""
        with self._parts.database.read() as connection:
            waiting = statements.read_misses(connection)
        return sum(self._bring(miss) for miss in waiting)

    def _bring(self, miss: Miss) -> bool:
        told = self._parts.replies.peek(miss.text, miss.scope, miss.received_at)
        link_id = self._pool.id_of(miss.scope.link)
        if told is None or link_id is None or not isinstance(link := self._pool[link_id], Rereads):
            return False
        attempt_id = _named(miss, told)
        order_id = self._statements.order_of(attempt_id, link_id)
        if order_id is None:
            return False
        outcome = link.reread(str(attempt_id), self._statements.number_of(attempt_id), miss.text, told)
        if outcome is None or outcome.state is OutcomeState.UNKNOWN:
            return False
        if not self._statements.was_heard(order_id, attempt_id, outcome):
            self._parts.finisher.finish([Evidence(attempt_id, outcome, AnswerSource.CALLBACK)])
        now = self._parts.clock.now()
        self._parts.database.retrying(lambda connection: statements.settle(connection, [miss.id], now, told.rule))
        _log.info("text_read_after_all", link=miss.scope.link, rule=told.rule, reference=str(attempt_id))
        return True


def _named(miss: Miss, told: Reply) -> int:
    """The attempt a text was the answer to, or that it names; 0 where neither is known, or they differ."""
    named = int(told.our_reference) if told.our_reference.isdecimal() else None
    if miss.attempt_id is None or named is None:
        return miss.attempt_id or named or 0
    return named if named == miss.attempt_id else 0
