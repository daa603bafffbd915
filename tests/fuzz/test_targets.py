"""Every fuzz target over its kept corpus and some chance, so that the targets themselves cannot rot."""

import random

import pytest

from tests.fuzz.targets import CORPUS, TARGETS, corpus


@pytest.mark.parametrize("name", TARGETS)
def test_the_kept_corpus(name: str) -> None:
    kept = corpus(name)
    assert kept
    assert len(set(kept)) == len(kept)
    for octets in kept:
        TARGETS[name](octets)


@pytest.mark.parametrize("name", TARGETS)
def test_what_lies_beside_the_corpus(name: str) -> None:
    chance = random.Random(random.getrandbits(64))
    kept = corpus(name)
    for _ in range(300):
        octets = bytearray(chance.choice(kept))
        for _ in range(chance.randint(1, 4)):
            octets[chance.randrange(len(octets) + 1) :][:1] = bytes([chance.randrange(256)])
            octets.insert(chance.randrange(len(octets) + 1), chance.randrange(256))
        TARGETS[name](bytes(octets))


def test_each_corpus_has_its_target() -> None:
    assert {path.stem for path in CORPUS.iterdir()} == set(TARGETS)
