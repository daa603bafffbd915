"""The SMPP target over its corpus, and over pieces of it put together by chance."""

import random

import pytest

from tests.fuzz import smpp

CORPUS = smpp.corpus()


@pytest.mark.parametrize("name", CORPUS)
def test_what_is_kept_is_read_or_refused(name: str) -> None:
    assert smpp.target(CORPUS[name]) == (0 if name.startswith("bad") else 1)


def test_pieces_put_together(request: pytest.FixtureRequest) -> None:
    chance = random.Random(int(request.config.getoption("randomly_seed", default=1)))
    whole = list(CORPUS.values())
    for _ in range(2000):
        pieces = (chance.choice(whole) for _ in range(chance.randint(1, 4)))
        stream = bytearray(b"".join(piece[: chance.randint(1, len(piece))] if chance.random() < 0.3 else piece for piece in pieces))
        stream[chance.randrange(len(stream))] = chance.randrange(256)
        smpp.target(bytes(stream))


def test_a_find_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smpp, "encode", lambda _pdu: CORPUS["enquire_link"])
    with pytest.raises(AssertionError):
        smpp.target(CORPUS["deliver_text"])
