"""What taking a callback in reads and writes beside the finishing itself."""

from datetime import datetime

from sqlalchemy import select

from recharge.books.database import Database
from recharge.books.tables.parties import audit
from recharge.books.tables.suppliers import answer, attempt
from recharge.domain.outcomes import AnswerSource, Outcome

UNKNOWN_REFERENCE = "callback_unknown"
_LARGEST_ID = 2**63


class CallbackStatements:
    """The statements, bound to one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def order_of(self, attempt_id: int, link_id: int) -> int | None:
        """The order of an attempt, if it is this link's."""
        if not 0 < attempt_id < _LARGEST_ID:
            return None
        wanted = select(attempt.c.order_id).where((attempt.c.id == attempt_id) & (attempt.c.link_id == link_id))
        with self._database.read() as connection:
            return connection.execute(wanted).scalar()

    def number_of(self, attempt_id: int) -> str:
        """The customer's number of an attempt."""
        with self._database.read() as connection:
            return connection.execute(select(attempt.c.number).where(attempt.c.id == attempt_id)).scalar() or ""

    def was_heard(self, order_id: int, attempt_id: int, outcome: Outcome) -> bool:
        """Whether a callback has said the same of the attempt before (law 7: link, supplier's reference and state)."""
        same = (
            (answer.c.order_id == order_id)
            & (answer.c.attempt_id == attempt_id)
            & (answer.c.source == AnswerSource.CALLBACK.value)
            & (answer.c.state == outcome.state.value)
            & (answer.c.code == outcome.code)
        )
        with self._database.read() as connection:
            return connection.execute(select(answer.c.id).where(same).limit(1)).first() is not None

    def keep_unknown(self, event_id: int, at: datetime, where: str, facts: str) -> None:
        """Keep a genuine callback that speaks of nothing we know, once, for a person to look at."""
        kept = where[:80]
        seen = (audit.c.action == UNKNOWN_REFERENCE) & (audit.c.object == kept) & (audit.c.facts == facts)
        with self._database.write() as connection:
            if connection.execute(select(audit.c.id).where(seen).limit(1)).first() is None:
                row = {"id": event_id, "at": at, "person_id": None, "endpoint_id": None}
                connection.execute(audit.insert().values(**row, action=UNKNOWN_REFERENCE, object=kept, facts=facts))
