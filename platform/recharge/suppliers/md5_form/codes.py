"""What a dialect may call a code or a state of its own, and what that makes of an order. What it does not name is unknown."""

from enum import StrEnum

from recharge.domain.outcomes import OutcomeState


class Word(StrEnum):
    """Words of a dialect's tables. READ: the code says that the answer is one, its state must be read. PART: done in part."""

    READ = "read"
    SUCCESS = "success"
    PART = "part"
    ACCEPTED = "accepted"
    FAILED = "failed"
    NOT_SENT = "not_sent"
    NOT_FOUND = "not_found"
    UNKNOWN = "unknown"


STATES = {
    Word.SUCCESS: OutcomeState.SUCCESS,
    Word.PART: OutcomeState.SUCCESS,
    Word.ACCEPTED: OutcomeState.ACCEPTED,
    Word.FAILED: OutcomeState.FAILED,
    Word.NOT_SENT: OutcomeState.NOT_SENT,
    Word.NOT_FOUND: OutcomeState.NOT_FOUND,
}


def state_of(word: Word) -> OutcomeState:
    """What a word makes of an order."""
    return STATES.get(word, OutcomeState.UNKNOWN)
