"""The one memory of requests: what was answered before is answered again, as it stands now, and never carried out twice."""

import json
from dataclasses import replace

from recharge.books.intake_reads import KnownRequest
from recharge.domain.errors import Refusal, RefusalCode
from recharge.domain.replies import OrderView, Reply, refused
from recharge.domain.requests import READ_ONLY, Void
from recharge.engine.identify import check_allowed
from recharge.engine.operations.registry import HANDLERS
from recharge.engine.views import view_of
from recharge.engine.work import Asked, Work

_TOMBSTONE = bytes(16)


def recall(work: Work, asked: Asked) -> Reply | None:
    """The answer to a request whose reference was used before, or None for a new one.

    The same body gets the first one's answer; another body is refused. A tombstone that finds its request already here is told
    what became of it, and a request that finds a tombstone is refused. Enquiries are simply made again: they change nothing.
    """
    operation = asked.request.operation
    fresh, known = work.fresh.get(asked.key), work.known.get(asked.key)
    if not asked.key[1] or (fresh is None and known is None):
        return None
    body = fresh[0] if fresh else known.body if known else b""
    if body != asked.body and not isinstance(operation, Void):
        return refused(Refusal(RefusalCode.VOIDED if body == _TOMBSTONE else RefusalCode.OTHER_BODY))
    if isinstance(operation, READ_ONLY):
        return _made_again(work, asked)
    return _answered_here(work, asked, fresh[1]) if fresh else answer_of(work, asked, known)


def answer_of(work: Work, asked: Asked, known: KnownRequest | None) -> Reply:
    """The stored answer with the order as it stands now."""
    if known is None:
        return refused(Refusal(RefusalCode.UNKNOWN_ORDER))
    facts = json.loads(known.facts)
    if known.code == RefusalCode.VOIDED.value:
        return Reply(repeated=True, facts=facts)
    if known.code:
        return Reply(refusal=Refusal(RefusalCode(known.code), facts), repeated=True)
    order = None
    if known.order_id is not None:
        row = work.orders[known.order_id]
        work.parts.directory.load_parties(work.connection, [row.party_id])
        order = view_of(row, work.parts.directory, work.parts.directory.party(row.party_id).code)
    case = str(facts.pop("case_number", ""))
    return Reply(order=order, balance_minor=_balance_now(work, asked, order), case_number=case, repeated=True, facts=facts)


def _answered_here(work: Work, asked: Asked, reply: Reply) -> Reply:
    """The answer given earlier in this batch."""
    if reply.balance_minor is None:
        return replace(reply, repeated=True)
    return replace(reply, repeated=True, balance_minor=_balance_now(work, asked, reply.order))


def _balance_now(work: Work, asked: Asked, order: OrderView | None) -> int | None:
    """The asker's deposit by now; none with an order that is another party's, so that nobody takes one for the other."""
    party = asked.endpoint.party
    if order is not None and order.party_code != party.code:
        return None
    account = work.accounts.get(party.deposit_account)
    return None if account is None else account.balance_minor


def _made_again(work: Work, asked: Asked) -> Reply:
    """An enquiry made again under its reference; it was allowed the first time and must be allowed now."""
    try:
        check_allowed(work, asked)
        if asked.problem is not None:
            raise asked.problem
        return replace(HANDLERS[type(asked.request.operation)].decide(work, asked), repeated=True)
    except Refusal as refusal:
        return refused(refusal)
