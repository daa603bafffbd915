"""The dispatcher's decisions without any network: claims work, takes in what came of it, and says what to do next.

The worker drives it from an event loop, a simulation from a seeded queue of events; both call the same four methods, from one
thread at a time for `claim` and one for the others.
"""

import os
import socket
from collections.abc import Sequence
from datetime import timedelta

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from recharge.books.orphans import free_orphans
from recharge.books.reply_statements import keep_miss
from recharge.dispatch.claiming import Claiming
from recharge.dispatch.concluding import after_answer, after_look, follow_up
from recharge.dispatch.health import HealthKeeper
from recharge.dispatch.parts import DispatchParts
from recharge.dispatch.work import (
    Answered,
    AskBalance,
    Balanced,
    Done,
    GaveUp,
    GiveUp,
    Look,
    Looked,
    Query,
    Recover,
    Reverse,
    Submit,
    Work,
)
from recharge.domain.outcomes import Evidence, FailureReason, Outcome, OutcomeState
from recharge.domain.reply_patterns import squeezed
from recharge.suppliers.replies import UnreadText

LOOK_AFTER_LINKS_EVERY = timedelta(seconds=1)
_log = structlog.get_logger(__name__)


class Core:
    """See the module. Holds no state that matters: a process that dies loses nothing but time."""

    def __init__(self, parts: DispatchParts) -> None:
        self._parts = parts
        self._claiming = Claiming(parts)
        self._health = HealthKeeper(parts)

    def claim(self, most: int) -> list[Work]:
        """Up to `most` pieces of work that are now ours, committed before they are returned.

        Raises DBAPIError or DatabaseBusy when the database is away; then nothing may be sent.
        """
        return self._claiming.claim(min(most, self._parts.rules.most_a_claim))

    def free_orphans(self) -> int:
        """Make due what processes of this machine held that are no more: a restarted dispatcher goes on where the dead one stopped."""
        freed = free_orphans(self._parts.database, self._parts.clock.now(), socket.gethostname(), _alive)
        if freed:
            _log.warning("orphans_freed", count=freed)
        return freed

    def look_after_links(self) -> list[Work]:
        """Write down what was seen of the links and what nobody could read; questions for their stock and probes of open breakers.

        Call it about once a second.
        """
        now = self._parts.clock.now()
        self._parts.replies.keep(self._save_unread)
        self._health.write(now)
        return list(self._health.due_questions(now))

    def _save_unread(self, texts: Sequence[UnreadText]) -> None:
        def work(connection: Connection) -> None:
            for item in texts:
                keep_miss(connection, self._parts.ids.next(), item.scope, squeezed(item.text), item.unread, item.received, item.attempt_id)

        self._parts.database.retrying(work)
        _log.warning("replies_not_understood", count=len(texts), links=sorted({item.scope.link for item in texts}))

    def without_asking(self, work: Work) -> Done | None:
        """What is already known of a piece of work just before it would be carried out; None when a link must be asked."""
        now = self._parts.clock.now()
        if isinstance(work, Recover):
            return Answered(work, Outcome(OutcomeState.UNKNOWN, now, code="recovered"), asked=False)
        if isinstance(work, GiveUp):
            return GaveUp(work)
        if isinstance(work, Submit | Reverse):
            if now >= work.send_before:
                # This process slept (stopped, swapped out): by now another one may take the attempt for lost. It never left us.
                return Answered(work, Outcome(OutcomeState.NOT_SENT, now, code="too_late"), asked=False)
            if work.link_id not in self._parts.links:
                return Answered(work, Outcome(OutcomeState.NOT_SENT, now, code="link_away"), asked=False)
        return self._link_away(work)

    def _link_away(self, work: Work) -> Done | None:
        """Questions to a link that was taken away since the claim."""
        if isinstance(work, Query) and work.link_id not in self._parts.links:
            return Answered(work, Outcome(OutcomeState.UNKNOWN, self._parts.clock.now(), code="link_away"), asked=False)
        if isinstance(work, Look) and work.query.link_id not in self._parts.links:
            return Looked(work, None, complete=False)
        if isinstance(work, AskBalance) and work.link_id not in self._parts.links:
            return Balanced(work, None)
        return None

    def conclude(self, done: Sequence[Done]) -> list[Work]:
        """Apply what came of work, all evidence in one transaction; gives what must be done next because of it.

        Raises DatabaseBusy or DBAPIError; then it is to be called again with the same: evidence applied twice changes nothing.
        """
        evidence, follow = self._weighed(done)
        if evidence:
            self._parts.finisher.finish(evidence)
        self._give_up([item.work for item in done if isinstance(item, GaveUp)])
        self._note_health(done)
        return follow

    def _weighed(self, done: Sequence[Done]) -> tuple[list[Evidence], list[Work]]:
        evidence: list[Evidence] = []
        follow: list[Work] = []
        for item in done:
            if isinstance(item, Looked):
                evidence.append(after_look(item))
            elif isinstance(item, Answered):
                said = after_answer(self._parts, item)
                if isinstance(said, Look):
                    follow.append(said)
                else:
                    evidence.append(said)
                question = follow_up(self._parts, item)
                follow += [question] if question is not None else []
        return evidence, follow

    def _give_up(self, works: Sequence[GiveUp]) -> None:
        for reason in FailureReason:
            order_ids = [work.order_id for work in works if work.reason is reason]
            if order_ids:
                self._parts.finisher.give_up(order_ids, reason)

    def _note_health(self, done: Sequence[Done]) -> None:
        try:
            for item in done:
                if isinstance(item, Answered):
                    self._health.saw(item)
                elif isinstance(item, Balanced):
                    self._health.balanced(item)
            self._health.write(self._parts.clock.now())
        except DBAPIError:
            # The evidence is applied already and must not be brought again for the sake of a sign; the next outcome tells the same.
            _log.warning("health_not_written")


def _alive(process: int) -> bool:
    """Whether a process of this number is there, whoever's it is."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
