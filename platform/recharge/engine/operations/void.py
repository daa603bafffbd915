"""Tombstones: a reference is used up before its request arrives."""

from recharge.domain.replies import Reply
from recharge.engine.work import Asked, Work

VOIDED = "voided"


def prepare(_: Work, __: Asked) -> None:
    """Nothing is needed: the memory of requests itself is the tombstone."""


def decide(_: Work, __: Asked) -> Reply:
    """The reference had not been used, so from now on it refuses."""
    return Reply(facts={"tombstone": VOIDED})
