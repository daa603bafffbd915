"""A shop on a ledger of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from simulators.supplier.ledger import Ledger
from simulators.supplier.shop import Rules, Shop


@pytest.fixture
def open_shop(tmp_path: Path) -> Iterator[Shop]:
    """With 1,000.00 of stock and short waits."""
    ledger = Ledger(tmp_path / "ledger.sqlite", 100_000)
    yield Shop(ledger, Rules(later_seconds=0.1, hidden_seconds=0.2, slow_seconds=0.05))
    ledger.close()
