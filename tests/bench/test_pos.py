"""The POS benchmark sells for real: what it leaves in the books is whole, and idle connections are held."""

from collections.abc import Iterator

import pytest

from bench import pos
from bench._pos_house import House, house
from bench._province import Province, sqlite_province
from recharge.books.database import Database


@pytest.fixture
def province(monkeypatch: pytest.MonkeyPatch) -> Iterator[Province]:
    """Two points, and no more time than it takes to see that it works."""
    monkeypatch.setattr(pos, "SECONDS", 0.1)
    monkeypatch.setattr(pos, "IDLE", 20)
    monkeypatch.setattr(pos, "IDLE_TLS", 10)
    monkeypatch.setattr(pos, "STEADY_RATE", 20.0)
    with sqlite_province(2) as made:
        yield made


@pytest.fixture
def made(province: Province) -> Iterator[House]:
    with house(province, 2) as opened:
        yield opened


def test_what_is_measured_was_sold(province: Province, made: House) -> None:
    results = pos.recharges("sqlite", made)
    assert len(results) == 5
    assert all(result.value > 0 for result in results)
    assert [result.unit for result in results if result.p99_ms is None] == ["ms a recharge"]
    assert [result.value for result in pos.idle("plain", made, 20) if result.unit == "connections"] == [20]
    database = Database(province.url)
    with database.read() as connection:
        states = {row[0] for row in database.rows(connection, "SELECT DISTINCT state FROM orders WHERE kind = 'recharge'")}
        assert states == {"succeeded"}
        assert database.rows(connection, "SELECT COALESCE(SUM(amount_minor), 0) FROM posting")[0][0] == 0
    database.close()


def test_idle_terminals_are_held_plain_and_over_tls(province: Province) -> None:
    held = {result.case: result.value for result in pos.idle_both(province)}
    assert (held["plain: idle terminals held"], held["TLS: idle terminals held"]) == (20, 10)
    assert held["TLS: memory of the process with them"] > 0
