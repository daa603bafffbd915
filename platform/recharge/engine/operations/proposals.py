"""The maker's half of money moved by hand: a case that waits for another person."""

from dataclasses import dataclass

from recharge.domain.errors import Refusal, RefusalCode
from recharge.domain.replies import Reply
from recharge.engine.work import Asked, Work

_INSERT = (
    "INSERT INTO money_case (id, kind, party_id, order_id, amount_minor, succeeded, reference, reason, debited, credited, state, maker_id,"
    " made_at, checker_id, checked_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'proposed', ?, ?, NULL, NULL)"
)
_LONGEST_REASON, _LONGEST_REFERENCE = 200, 80


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is proposed. `amount_minor` is signed for an adjustment; `succeeded` speaks of an adjudicated order."""

    kind: str
    party_id: int
    amount_minor: int
    reason: str
    order_id: int | None = None
    succeeded: bool = False
    reference: str = ""
    debited: str = ""
    credited: str = ""


def propose(work: Work, asked: Asked, proposal: Proposal) -> Reply:
    """Keep the case. Raises Refusal(BAD_REQUEST) without a reason and Refusal(NOT_ALLOWED) without a person who answers for it."""
    if asked.endpoint.person is None:
        raise Refusal(RefusalCode.NOT_ALLOWED)
    if not proposal.reason.strip():
        raise Refusal(RefusalCode.BAD_REQUEST)
    new_id = work.new_id()
    values = (
        new_id,
        proposal.kind,
        proposal.party_id,
        proposal.order_id,
        proposal.amount_minor,
        proposal.succeeded,
        proposal.reference[:_LONGEST_REFERENCE],
        proposal.reason.strip()[:_LONGEST_REASON],
        proposal.debited,
        proposal.credited,
        asked.endpoint.person.id,
        work.now_text,
    )
    work.parts.database.change(work.connection, _INSERT, values)
    return Reply(case_number=str(new_id))
