"""What a supplier tells by itself: verified by its link, applied once, acknowledged only after it is in the books."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

import structlog

from recharge.books.callback_statements import CallbackStatements
from recharge.dispatch.links import LinkPool
from recharge.dispatch.parts import DispatchParts
from recharge.domain.outcomes import AnswerSource, Evidence
from recharge.suppliers.contract import BadCallback, Callback, ForgedCallback, RawCallback, Told

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """What the supplier is answered: HTTP status and body."""

    status: HTTPStatus
    body: bytes = b""


class Callbacks:
    """Takes callbacks in. Blocks on the database: call it beside the event loop, one at a time."""

    def __init__(self, parts: DispatchParts, pool: LinkPool) -> None:
        self._parts, self._pool = parts, pool
        self._statements = CallbackStatements(parts.database)

    def take_callback(self, link_code: str, headers: Mapping[str, str], body: bytes, query: str = "") -> Acknowledgement:
        """Verify, apply, acknowledge. Raises DatabaseBusy or DBAPIError when it was not kept: then there is nothing to acknowledge."""
        link_id = self._pool.id_of(link_code)
        if link_id is None:
            return Acknowledgement(HTTPStatus.NOT_FOUND)
        raw = RawCallback({name.lower(): text for name, text in headers.items()}, body, query)
        try:
            callback = self._pool[link_id].read_callback(raw)
        except ForgedCallback as error:
            _log.warning("forged_callback", link=link_code, why=str(error))
            return Acknowledgement(HTTPStatus.UNAUTHORIZED)
        except BadCallback as error:
            _log.warning("bad_callback", link=link_code, why=str(error))
            return Acknowledgement(HTTPStatus.BAD_REQUEST)
        self._apply(link_id, link_code, callback)
        return Acknowledgement(HTTPStatus.OK, callback.acknowledgement)

    def take_told(self, told: Told) -> None:
        """Apply what a link learned by itself, once. Raises DatabaseBusy or DBAPIError when it was not kept."""
        link_id = self._pool.id_of(told.link_code)
        if link_id is not None:
            self._apply(link_id, told.link_code, Callback(told.reference, told.outcome, b""))

    def _apply(self, link_id: int, link_code: str, callback: Callback) -> None:
        attempt_id = int(callback.reference) if callback.reference.isdigit() else 0
        order_id = self._statements.order_of(attempt_id, link_id)
        if order_id is None:
            self._keep_for_a_person(link_code, callback)
        elif not self._statements.was_heard(order_id, attempt_id, callback.outcome):
            self._parts.finisher.finish([Evidence(attempt_id, callback.outcome, AnswerSource.CALLBACK)])

    def _keep_for_a_person(self, link_code: str, callback: Callback) -> None:
        """A genuine word about an attempt this link never had."""
        _log.warning("callback_for_unknown_reference", link=link_code, reference=callback.reference)
        facts = json.dumps({"state": callback.outcome.state.value, "code": callback.outcome.code, "raw": callback.outcome.raw})
        where = f"{link_code}/{callback.reference}"
        self._statements.keep_unknown(self._parts.ids.next(), self._parts.clock.now(), where, facts)
