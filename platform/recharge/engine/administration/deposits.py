"""Deposits asked for by the platform's own settlement process: the one way in which the shell and a first set-up credit an account."""

from hashlib import blake2b

from recharge.domain.requests import Channel, Deposit, EndpointKind, Origin, Request, SignedIn

SETTLEMENT = "settlement"
"""The console endpoint through which the settlement process asks."""


def deposit_request(party_code: str, amount_minor: int, evidence: str, bank: str = "") -> Request:
    """A deposit whose reference follows from its evidence, so that asking again is answered and never done again."""
    reference = f"deposit-{blake2b(evidence.encode(), digest_size=16).hexdigest()}"
    origin = Origin(Channel.SETTLEMENT, EndpointKind.CONSOLE, SETTLEMENT, reference)
    return Request(origin, SignedIn(), Deposit(party_code, amount_minor, evidence, bank))
