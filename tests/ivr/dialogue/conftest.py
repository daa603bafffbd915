"""A shop whose carrier answers when it is looked at, and somebody who calls."""

from collections.abc import Iterator

import pytest

from ivr.dialogue import orders
from tests.ivr.shop import OTHER_LINE, Shop
from tests.ivr.talker import Talker


@pytest.fixture
def shop(clean_sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    """No clock: nobody waits for what does not come."""
    monkeypatch.setattr(orders, "WAIT_SECONDS", 0.0)
    opened = Shop(clean_sqlite_url)
    yield opened
    opened.close()


@pytest.fixture
def talker(shop: Shop) -> Talker:
    """Point A on the telephone."""
    return Talker(shop)


@pytest.fixture
def english(shop: Shop) -> Talker:
    """Point B, in English."""
    return Talker(shop, OTHER_LINE, "en")
