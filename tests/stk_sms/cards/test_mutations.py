"""Packets damaged, cut, put together, exchanged and replayed by the thousand: none is taken for an order, and nothing stumbles.

A few thousand in the everyday run, another few each time; KONGCHONG_MUTANTS=100000 says how many.
"""

import os
import random
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from simulators.sim_card.card import SimCard, corrupted
from stk_sms.cards.gate import CardMessage, Gate, GateRules, Let, Turned
from stk_sms.cards.keyring import Keyring
from stk_sms.cards.reading import Sights
from stk_sms.cards.records import Card, CardState, EventKind, KeyState, KeyVersion
from stk_sms.packet import Algorithm
from tests.stk_sms.till import ICCID, KEY_SET, MASTERS, MSISDN, Till
from tests.support.world import PASSWORD

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
MUTANTS = int(os.environ.get("KONGCHONG_MUTANTS", "5000"))
FLOODS = max(1, MUTANTS // 5000)
KINDS = {"aes": 1, "3des2": 2, "3des3": 3}


class TheMasters:
    """One pair of master keys for every version."""

    def open(self, key_set: str, version: int) -> tuple[bytes, bytes]:
        return MASTERS


@pytest.fixture
def gate() -> Gate:
    return Gate(Keyring(TheMasters()), GateRules())  # type: ignore[arg-type]  # all a keyring asks of master keys


@pytest.fixture
def sights() -> Sights:
    """One card with three live key versions, one for each algorithm."""
    versions = {(KEY_SET, number): KeyVersion(KEY_SET, number, Algorithm(kind), KeyState.ACTIVE) for kind, number in KINDS.items()}
    return Sights({MSISDN: Card(ICCID, MSISDN, KEY_SET, CardState.ACTIVE)}, versions)


@pytest.fixture
def messages(tmp_path: Path) -> list[bytes]:
    """Good messages under every algorithm."""
    cards = [SimCard.make(tmp_path / kind, ICCID, MSISDN, kind, number, MASTERS) for kind, number in KINDS.items()]
    made = []
    for card in cards:
        made += [card.recharge("13800138000", 5000, PASSWORD), card.balance(), card.transfer("20001", 100, PASSWORD)]
        made += [card.repeat(PASSWORD), card.query(), card.reversal(PASSWORD), card.change_password(PASSWORD, "719384")]
    return made


def spliced(messages: list[bytes], chance: random.Random) -> bytes:
    """The head of one message and the tail of another, with a length that fits."""
    first, second = chance.sample(messages, 2)
    cut = chance.randrange(3, min(len(first), len(second)))
    whole = first[:cut] + second[cut:]
    return whole[:3] + (len(whole) - 5).to_bytes(2) + whole[5:] if chance.random() < 0.5 else whole


def blocks_exchanged(messages: list[bytes], chance: random.Random) -> bytes:
    """Two ciphered blocks in each other's place, which leaves every length right."""
    message = chance.choice(messages)
    blocks = [message[start : start + 8] for start in range(13, len(message), 8)]
    first, second = chance.sample(range(len(blocks)), 2)
    blocks[first], blocks[second] = blocks[second], blocks[first]
    return message[:13] + b"".join(blocks)


def headers_exchanged(messages: list[bytes], chance: random.Random) -> bytes:
    """One octet of the clear header as another would have it."""
    message = chance.choice(messages)
    place = chance.randrange(5, 13)
    return message[:place] + bytes([chance.randrange(256)]) + message[place + 1 :]


def damaged(messages: list[bytes], chance: random.Random) -> bytes:
    return corrupted(chance.choice(messages), chance)


def twice_damaged(messages: list[bytes], chance: random.Random) -> bytes:
    return corrupted(corrupted(chance.choice(messages), chance) or b"\0", chance)


WAYS: tuple[Callable[[list[bytes], random.Random], bytes], ...] = (damaged, twice_damaged, spliced, blocks_exchanged, headers_exchanged)


def try_many(gate: Gate, sights: Sights, messages: list[bytes], count: int) -> Counter[EventKind]:
    """How many were turned away for what; fails at the first that is let in."""
    chance, genuine, turned = random.Random(random.getrandbits(64)), set(messages), Counter[EventKind]()
    while turned.total() < count:
        mutant = chance.choice(WAYS)(messages, chance)
        if mutant in genuine:
            continue
        judged = gate.judge(CardMessage(MSISDN, mutant), sights, NOW)
        assert isinstance(judged, Turned), mutant.hex()
        assert judged.card is None
        turned[judged.event.kind] += 1
    return turned


def test_good_messages_are_let_in(gate: Gate, sights: Sights, messages: list[bytes]) -> None:
    assert all(isinstance(gate.judge(CardMessage(MSISDN, message), sights, NOW), Let) for message in messages)


def test_no_mutant_is_let_in(gate: Gate, sights: Sights, messages: list[bytes]) -> None:
    turned = try_many(gate, sights, messages, MUTANTS)
    # Every check had its share: the mutants do not all fail at the first.
    assert {EventKind.MALFORMED, EventKind.CHECKSUM, EventKind.WEAK, EventKind.UNKNOWN_TAR} <= turned.keys()


def test_replayed_and_reordered_messages_make_each_order_once(till: Till, sim: SimCard) -> None:
    """The gateway's worst day: everything comes several times, in any order, damaged copies among it, in reads of any size."""
    chance = random.Random(random.getrandbits(64))
    till.orders = till.process(GateRules(most_a_minute=1000))
    numbers = [f"138{number:08d}" for number in range(8000, 8000 + 20 * FLOODS)]
    for first in range(0, len(numbers), 20):
        # A sold-out shop proves nothing.
        till.world.deposit("A", "200.00")
        till.world.clock.pass_time(minutes=2)
        flood(till, [sim.recharge(number, 1000, PASSWORD) for number in numbers[first : first + 20]], chance)
    assert sorted(number for number, _ in till.sales()) == numbers
    assert till.world.balance("A") == 100_000 + FLOODS * 20_000 - len(numbers) * 980
    assert till.state() == "active"
    assert set(till.events()) <= {"malformed", "checksum", "weak", "unknown_tar", "key_version"}


def flood(till: Till, good: list[bytes], chance: random.Random) -> None:
    """Good messages three times over and damaged copies, in any order."""
    whole = good * 3 + [corrupted(chance.choice(good), chance) for _ in range(40)]
    chance.shuffle(whole)
    while whole:
        size = chance.randint(1, 15)
        till.send(*whole[:size])
        whole = whole[size:]
