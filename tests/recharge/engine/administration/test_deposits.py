"""A deposit asked for by the platform itself is the same request whenever its evidence is the same."""

from recharge.domain.requests import Channel, Deposit, EndpointKind, SignedIn
from recharge.engine.administration.deposits import deposit_request


def test_the_reference_follows_from_the_evidence() -> None:
    first, again = deposit_request("P1", 100, "bank line 1"), deposit_request("P1", 100, "bank line 1")
    assert first == again
    assert deposit_request("P1", 100, "bank line 2").origin.reference != first.origin.reference


def test_a_reference_fits_whatever_the_evidence_is() -> None:
    reference = deposit_request("P1", 100, "工商银行回单" * 30).origin.reference
    assert reference.isascii()
    assert len(reference) <= 64


def test_it_comes_from_the_settlement_process() -> None:
    asked = deposit_request("P1", 100, "bank line 1")
    assert (asked.origin.channel, asked.origin.kind, asked.origin.identity) == (Channel.SETTLEMENT, EndpointKind.CONSOLE, "settlement")
    assert asked.credential == SignedIn()
    assert asked.operation == Deposit("P1", 100, "bank line 1")
