"""Real parts from a deployment's settings: an engine that sells, ids that never meet, a bell for the dispatcher."""

import gc
import socket
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from recharge import bootstrap
from recharge.books.database import Database
from recharge.books.house import NotSetUp
from recharge.books.tables.control import worker
from recharge.bootstrap import open_administration, open_database, open_engine, open_ids, open_parts, waker
from recharge.clock import SystemClock
from recharge.domain.errors import RefusalCode
from recharge.domain.parties import PartyKind
from recharge.domain.requests import Balance, Channel, EndpointKind, Origin, Recharge, Request, ServicePassword, SignedIn
from recharge.engine.administration import SHELL
from recharge.settings import Settings

KEY = "00112233445566778899aabbccddeeff" * 2


@pytest.fixture
def settings(clean_database_url: str) -> Settings:
    told = {"environment": "development", "database_url": clean_database_url, "master_key": KEY, "reversal_day_count": 3}
    return Settings.model_validate(told)


@pytest.fixture
def set_up(settings: Settings) -> Settings:
    desks = open_administration(settings)
    desks.parties.register(SHELL, "HQ", "本部", PartyKind.PLATFORM)
    desks.parties.register(SHELL, "P1", "和平路店", PartyKind.POINT, "HQ")
    desks.endpoints.bind(SHELL, EndpointKind.WEB_LOGIN, "shop", "P1")
    desks.credentials.set(SHELL, "P1", "739205", temporary=False)
    desks.endpoints.set_login(SHELL, "shop", "a-long-enough-one")
    desks.office.database.close()
    return settings


def test_an_empty_database_is_no_deployment_yet(settings: Settings) -> None:
    with pytest.raises(NotSetUp, match="kongchong seed"):
        open_parts(settings)


def test_the_engine_knows_what_the_desks_have_set_up(set_up: Settings) -> None:
    engine = open_engine(set_up)
    origin = Origin(Channel.WEB, EndpointKind.WEB_LOGIN, "shop", "")
    reply = engine.take(Request(origin, SignedIn(), Balance()))
    assert (reply.refusal, reply.balance_minor) == (None, 0)
    assert engine.sign_in("shop", "a-long-enough-one").party.code == "P1"
    engine.close()


def test_the_engine_checks_passwords_with_the_same_master_key(set_up: Settings) -> None:
    asked = Request(Origin(Channel.WEB, EndpointKind.WEB_LOGIN, "shop", "1"), ServicePassword("739205"), Recharge("13800138000", 100))
    engine = open_engine(set_up)
    right = engine.take(asked)
    engine.close()
    assert right.refusal is not None
    assert right.refusal.code is RefusalCode.UNKNOWN_RANGE
    other = open_engine(set_up.model_copy(update={"master_key": type(set_up.master_key)("ff" + KEY[2:])}))
    origin = Origin(Channel.WEB, EndpointKind.WEB_LOGIN, "shop", "2")
    wrong = other.take(Request(origin, asked.credential, asked.operation))
    other.close()
    assert wrong.refusal is not None
    assert wrong.refusal.code is RefusalCode.WRONG_PASSWORD


def test_the_rules_are_the_settings(set_up: Settings) -> None:
    parts = open_parts(set_up)
    assert parts.rules.reversal.day_count == 3
    assert parts.rules.tries == set_up.try_rules
    assert parts.calendar == set_up.calendar
    parts.database.close()


def test_two_processes_never_make_the_same_id(settings: Settings) -> None:
    database = open_database(settings)
    first, second = open_ids(database, SystemClock()), open_ids(database, SystemClock())
    made = [maker.next() for _ in range(500) for maker in (first, second)]
    assert len(set(made)) == 1000
    with database.read() as connection:
        assert sorted(connection.scalars(select(worker.c.number))) == [0, 1]
    database.close()


def test_a_worker_number_is_kept_while_the_process_lives(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "_KEEP_EVERY_SECONDS", 0.02)
    database = open_database(settings)
    ids = open_ids(database, SystemClock())
    long_ago = datetime.now(UTC) - timedelta(minutes=9)
    with database.write() as connection:
        connection.execute(worker.update().values(seen_at=long_ago))
    until = time.monotonic() + 30
    while seen(database) == long_ago and time.monotonic() < until:
        time.sleep(0.02)
    assert seen(database) > long_ago
    keepers = [thread for thread in threading.enumerate() if thread.name == "worker-number"]
    del ids
    # Whoever makes no more ids lets go of the number, and its thread ends.
    for thread in keepers:
        thread.join(0 if thread is not keepers[-1] else 30)
    assert not keepers[-1].is_alive()
    database.close()


def seen(database: Database) -> datetime:
    with database.read() as connection:
        moment = connection.execute(select(worker.c.seen_at)).scalar_one()
    assert isinstance(moment, datetime)
    return moment


def test_the_bell_is_heard(tmp_path: Path) -> None:
    path = tmp_path / "wake"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(path))
        listener.settimeout(10)
        waker(path)()
        assert listener.recv(16) == b""


def test_a_bell_that_nobody_hears_does_no_harm(tmp_path: Path) -> None:
    waker(tmp_path / "nobody")()
    waker(None)()


def test_a_full_bell_does_not_make_anybody_wait(tmp_path: Path) -> None:
    path = tmp_path / "wake"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(path))
        ring = waker(path)
        for _ in range(5000):
            ring()


def test_start_up_is_set_aside_once_and_garbage_is_looked_for_less_often() -> None:
    before = gc.get_threshold()
    try:
        bootstrap.spare_collections()
        aside = gc.get_freeze_count()
        bootstrap.spare_collections()
        assert 0 < gc.get_freeze_count() <= aside
        assert gc.get_threshold()[0] > before[0] or before[0] >= 20_000
    finally:
        gc.set_threshold(*before)
