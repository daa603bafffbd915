"""New keys over the air: sealed under the keys the card has, counted, and never for what is dead."""

from datetime import timedelta

import pytest

from simulators.sim_card.card import SimCard
from simulators.sim_card.packet import NotForMe
from stk_sms.cards.errors import CardError, CardProblem
from stk_sms.packet import Algorithm, ResponseStatus, parse_command
from tests.stk_sms.till import ICCID, KEY_SET, NEW_MASTERS, OTHER_ICCID, Till


def refused(till: Till, iccid: str, version: int) -> CardProblem:
    with pytest.raises(CardError) as caught:
        till.updates().message(iccid, version, till.now())
    return caught.value.problem


@pytest.mark.parametrize("algorithm", list(Algorithm))
def test_a_card_changes_its_keys_and_its_algorithm(till: Till, sim: SimCard, algorithm: Algorithm) -> None:
    version = till.new_keys(algorithm, NEW_MASTERS)
    message = till.updates().message(ICCID, version, till.now())
    assert len(message) <= 140
    assert parse_command(message).kic >> 4 == 1
    acknowledged = sim.hear(message)
    assert acknowledged is not None
    assert parse_command(acknowledged).kic >> 4 == 2
    assert till.one(acknowledged).status is ResponseStatus.OK
    assert till.one(sim.balance()).text.startswith("余额")


def test_a_pending_version_may_be_brought_before_it_is_taken(till: Till, sim: SimCard) -> None:
    till.keys.add(KEY_SET, Algorithm.AES, *NEW_MASTERS)
    acknowledged = sim.hear(till.updates().message(ICCID, 2, till.now()))
    assert acknowledged is not None
    assert till.one(acknowledged).status is ResponseStatus.UNDEFINED
    till.keys.activate(KEY_SET, 2, timedelta(days=1))
    assert till.one(acknowledged).status is ResponseStatus.OK


def test_each_message_to_a_card_counts_up(till: Till, sim: SimCard) -> None:
    till.new_keys(Algorithm.AES, NEW_MASTERS)
    updates = till.updates()
    first, second = (updates.message(ICCID, 2, till.now()) for _ in range(2))
    assert first != second
    assert sim.hear(second) is not None
    with pytest.raises(NotForMe):
        sim.hear(first)


def test_what_cannot_be(till: Till) -> None:
    # The only version there is cannot bring itself, and a dead one is brought to nobody.
    assert refused(till, ICCID, 1) is CardProblem.NO_KEY_VERSION
    assert refused(till, ICCID, 2) is CardProblem.NO_KEY_VERSION
    assert refused(till, OTHER_ICCID, 1) is CardProblem.UNKNOWN_CARD
    till.new_keys(Algorithm.AES, NEW_MASTERS)
    till.keys.kill(KEY_SET, 2)
    assert refused(till, ICCID, 2) is CardProblem.NO_KEY_VERSION
