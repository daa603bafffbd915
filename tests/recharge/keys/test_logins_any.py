"""Any run of right and wrong passwords over any stretch of time: the login behaves as a small model of it says."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from tempfile import TemporaryDirectory

import pytest
from argon2 import PasswordHasher
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import select

from recharge.books.database import Database
from recharge.books.tables import metadata
from recharge.books.tables.parties import endpoint, login
from recharge.domain.errors import Refusal, RefusalCode
from recharge.keys import logins as logins_module
from recharge.keys.logins import LoginRules, Logins
from recharge.keys.store import KeyStore

RIGHT = "correct-horse-battery"
NAMES = ("shop", "nobody")
# Argon2's work is not what is tried here, and would make a thousand steps last minutes.
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
RULES = LoginRules(most_tries=3, pause=timedelta(minutes=15))


class SetClock:
    moment = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment


class Trying(RuleBasedStateMachine):
    """A login and a name nobody has, tried in any order. The model: wrong tries in a row, and until when it rests."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = SetClock()
        self.wrong = dict.fromkeys(NAMES, 0)
        self.rests: dict[str, datetime | None] = dict.fromkeys(NAMES)

    @initialize()
    def open(self) -> None:
        self.folder = TemporaryDirectory()
        self.database = Database(f"sqlite:///{self.folder.name}/logins.sqlite3")
        metadata.create_all(self.database.engine)
        row = {"kind": "web_login", "party_id": 1, "address": "", "blocked": False, "created_at": self.clock.now()}
        with self.database.write() as connection:
            connection.execute(endpoint.insert().values(id=1, identity="shop", **row))
            connection.execute(login.insert().values(endpoint_id=1, password_hash=QUICK.hash(RIGHT), tries=0, changed_at=self.clock.now()))
        self.logins = Logins(self.database, self.clock, KeyStore(bytes(range(32))), RULES)

    def expected(self, name: str, right: bool) -> RefusalCode | None:
        """What the model says of one try, and what it does to the model."""
        until = self.rests[name]
        if until is not None and self.clock.now() < until:
            return RefusalCode.PASSWORD_LOCKED
        if until is not None:
            self.rests[name], self.wrong[name] = None, 0
        if right and name == "shop":
            self.wrong[name] = 0
            return None
        self.wrong[name] += 1
        if self.wrong[name] >= RULES.most_tries:
            self.rests[name] = self.clock.now() + RULES.pause
        return RefusalCode.WRONG_PASSWORD

    @rule(name=st.sampled_from(NAMES), right=st.booleans())
    def attempt(self, name: str, right: bool) -> None:
        try:
            found: RefusalCode | None = None if self.logins.check(name, RIGHT if right else "wrong") == 1 else RefusalCode.BUSY
        except Refusal as refusal:
            found = refusal.code
        assert found == self.expected(name, right)

    @rule(minutes=st.integers(1, 20))
    def wait(self, minutes: int) -> None:
        self.clock.moment += timedelta(minutes=minutes)

    @invariant()
    def tries_stay_within_the_rules(self) -> None:
        with self.database.read() as connection:
            tries = connection.scalars(select(login.c.tries)).all()
        assert all(0 <= count <= RULES.most_tries for count in tries)

    def teardown(self) -> None:
        if hasattr(self, "database"):
            self.database.close()
            self.folder.cleanup()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(logins_module, "_HASHER", QUICK)
    logins_module._nobodys_hash.cache_clear()
    yield
    logins_module._nobodys_hash.cache_clear()


TestTrying = Trying.TestCase
TestTrying.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
