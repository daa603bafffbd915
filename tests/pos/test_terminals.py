"""Terminals as they are read for every message."""

from datetime import UTC, datetime, timedelta, timezone

from pos import tables
from pos.keys.vault import KeyUse
from pos.profiles import PROFILES, TimeoutPolicy
from pos.terminals import TerminalReader, aware
from recharge import stored
from tests.pos.stand import TERMINAL, Stand


def test_before_and_after_a_sign_in(unsigned: Stand) -> None:
    reader = TerminalReader(unsigned.world.database)
    fresh = reader.sights([TERMINAL])[TERMINAL]
    assert (fresh.profile, fresh.policy, fresh.batch, fresh.batch_state) == (PROFILES["own"], TimeoutPolicy.CONFIRM, 0, "")
    assert fresh.master is not None
    assert (fresh.pin_key, fresh.mac_key, fresh.track_key, fresh.signed_in_at) == (None, None, None, None)
    unsigned.sign_in()
    signed = reader.sights([TERMINAL, "KC999999"])[TERMINAL]
    assert signed.mac_key is not None
    assert (signed.mac_key.name.use, signed.mac_key.name.version, signed.batch, signed.batch_state) == (KeyUse.MAC, 1, 1, "open")
    assert signed.signed_in_at == unsigned.now()


def test_nobody_asked_for(unsigned: Stand) -> None:
    reader = TerminalReader(unsigned.world.database)
    assert reader.sights([]) == {}
    assert reader.sights(["", "KC999999"]) == {}


def test_many_in_one_look(unsigned: Stand) -> None:
    for number in range(5):
        unsigned.register(f"KC20000{number}", "800000000000001", "A", "cup")
    reader = TerminalReader(unsigned.world.database)
    found = reader.sights([f"KC20000{number}" for number in range(5)] * 2)
    assert sorted(found) == [f"KC20000{number}" for number in range(5)]
    assert {item.policy for item in found.values()} == {TimeoutPolicy.REVERSAL}
    assert [row.terminal for row in reader.all()] == sorted([TERMINAL, *found])


def test_the_newest_batch_counts(stand: Stand) -> None:
    with stand.world.database.write() as connection:
        connection.execute(tables.batch.update().values(state="closed"))
    assert stand.reader.sights([TERMINAL])[TERMINAL].batch_state == "closed"
    stand.sign_in()
    assert stand.reader.sights([TERMINAL])[TERMINAL].batch_state == "open"
    assert [row["state"] for row in stand.rows(tables.batch)] == ["closed", "open"]


def test_moments_are_utc_in_the_tables() -> None:
    moment = datetime(2026, 11, 20, 8, 0, tzinfo=timezone(timedelta(hours=8)))
    assert stored(moment) == datetime(2026, 11, 20, 0, 0)  # noqa: DTZ001  as the tables hold it
    assert aware(stored(moment)) == datetime(2026, 11, 20, tzinfo=UTC)
    assert aware(None) is None
