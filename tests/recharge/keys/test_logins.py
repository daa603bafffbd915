"""Web logins: right ones pass, wrong ones are counted whoever asks, and an unknown name looks like a known one in every way."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import func, select

from recharge.books.database import Database
from recharge.books.tables.parties import endpoint, login
from recharge.domain.errors import Refusal, RefusalCode
from recharge.keys import logins as logins_module
from recharge.keys.logins import LoginRules, Logins, check_new_login, hash_login
from recharge.keys.store import KeyStore

SHOP_ID = 4711
PASSWORD = "correct-horse-battery"
NOW = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)


class SetClock:
    def __init__(self) -> None:
        self.moment = NOW

    def now(self) -> datetime:
        return self.moment


# As the product has it; the suite's quick one is no good where the time it takes is what matters.
REAL = logins_module._HASHER


@pytest.fixture(scope="module", autouse=True)
def _real_hasher() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(logins_module, "_HASHER", REAL)
        yield


@pytest.fixture(scope="module")
def kept_hash() -> str:
    return hash_login(PASSWORD)


@pytest.fixture
def database(clean_database_url: str, kept_hash: str) -> Iterator[Database]:
    opened = Database(clean_database_url)
    row = {"kind": "web_login", "party_id": 1, "address": "", "blocked": False, "created_at": NOW}
    with opened.write() as connection:
        connection.execute(endpoint.insert().values(id=SHOP_ID, identity="shop", **row))
        connection.execute(login.insert().values(endpoint_id=SHOP_ID, password_hash=kept_hash, tries=0, changed_at=NOW))
    yield opened
    opened.close()


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def keys() -> KeyStore:
    return KeyStore(bytes(range(32)))


@pytest.fixture
def logins(database: Database, clock: SetClock, keys: KeyStore) -> Logins:
    return Logins(database, clock, keys)


def refusal(logins: Logins, user_name: str, password: str) -> Refusal:
    with pytest.raises(Refusal) as error:
        logins.check(user_name, password)
    return error.value


def tries(database: Database) -> int:
    with database.read() as connection:
        return connection.scalar(select(login.c.tries).where(login.c.endpoint_id == SHOP_ID)) or 0


@pytest.mark.parametrize("typed", ["shop", " Shop ", "SHOP"])
def test_the_right_password_opens(logins: Logins, typed: str) -> None:
    assert logins.check(typed, PASSWORD) == SHOP_ID


@pytest.mark.parametrize("password", ["", "correct-horse-batterY", PASSWORD + "x", "密" * 500, "\x00"])
def test_a_wrong_password_does_not(logins: Logins, database: Database, password: str) -> None:
    assert refusal(logins, "shop", password) == Refusal(RefusalCode.WRONG_PASSWORD)
    assert tries(database) == 1


def test_the_right_password_forgets_the_wrong_ones(logins: Logins, database: Database) -> None:
    for _ in range(4):
        refusal(logins, "shop", "wrong")
    assert tries(database) == 4
    logins.check("shop", PASSWORD)
    assert tries(database) == 0


def test_after_five_wrong_ones_even_the_right_one_waits(logins: Logins, clock: SetClock) -> None:
    for _ in range(5):
        assert refusal(logins, "shop", "wrong").code is RefusalCode.WRONG_PASSWORD
    assert refusal(logins, "shop", PASSWORD) == Refusal(RefusalCode.PASSWORD_LOCKED, {"minutes": 15})
    clock.moment += timedelta(minutes=14, seconds=30)
    assert refusal(logins, "shop", PASSWORD) == Refusal(RefusalCode.PASSWORD_LOCKED, {"minutes": 1})
    clock.moment += timedelta(seconds=30)
    assert logins.check("shop", PASSWORD) == SHOP_ID


def test_after_the_pause_there_are_five_new_tries(logins: Logins, clock: SetClock) -> None:
    for _ in range(5):
        refusal(logins, "shop", "wrong")
    clock.moment += timedelta(minutes=15)
    for _ in range(5):
        assert refusal(logins, "shop", "wrong").code is RefusalCode.WRONG_PASSWORD
    assert refusal(logins, "shop", "wrong").code is RefusalCode.PASSWORD_LOCKED


def test_waiting_does_not_move_the_end_of_the_pause(logins: Logins, clock: SetClock) -> None:
    for _ in range(5):
        refusal(logins, "shop", "wrong")
    for _ in range(14):
        clock.moment += timedelta(minutes=1)
        assert refusal(logins, "shop", "wrong").code is RefusalCode.PASSWORD_LOCKED
    clock.moment += timedelta(minutes=1)
    assert logins.check("shop", PASSWORD) == SHOP_ID


def test_many_at_once_get_no_more_tries_than_one_after_another(logins: Logins) -> None:
    with ThreadPoolExecutor(12) as pool:
        codes = [item.code for item in pool.map(lambda number: refusal(logins, "shop", f"wrong {number}"), range(12))]
    assert codes.count(RefusalCode.WRONG_PASSWORD) == 5
    assert codes.count(RefusalCode.PASSWORD_LOCKED) == 7


def test_an_unknown_name_is_refused_in_the_same_words_and_rests_alike(logins: Logins, clock: SetClock) -> None:
    for _ in range(5):
        assert refusal(logins, "nobody", "wrong") == refusal(logins, "shop", "wrong") == Refusal(RefusalCode.WRONG_PASSWORD)
    assert refusal(logins, "nobody", "wrong") == refusal(logins, "shop", "wrong") == Refusal(RefusalCode.PASSWORD_LOCKED, {"minutes": 15})
    clock.moment += timedelta(minutes=15)
    assert refusal(logins, "nobody", "wrong") == refusal(logins, "shop", "wrong")


def test_an_unknown_name_costs_the_same_work(logins: Logins, monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at: list[str] = []
    verify = logins_module._HASHER.verify

    class Counting:
        def verify(self, kept: str, password: str) -> bool:
            looked_at.append(kept)
            return verify(kept, password)

    monkeypatch.setattr(logins_module, "_HASHER", Counting())
    monkeypatch.setattr(logins_module, "_nobodys_hash", lambda: hash_with(verify))
    refusal(logins, "shop", "wrong")
    refusal(logins, "nobody", "wrong")
    assert len(looked_at) == 2
    assert looked_at[0].split("$")[:4] == looked_at[1].split("$")[:4]


def hash_with(_verify: object) -> str:
    return NOBODYS


NOBODYS = hash_login("a password of nobody's")


def test_no_password_opens_a_name_that_nobody_has(logins: Logins) -> None:
    assert refusal(logins, "nobody", "a password that belongs to nobody").code is RefusalCode.WRONG_PASSWORD


def test_made_up_names_fill_a_bounded_place(logins: Logins, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logins_module, "_UNKNOWN_PLACES", 4)
    for number in range(20):
        refusal(logins, f"nobody{number}", "wrong")
    with database.read() as connection:
        made_up = connection.scalar(select(func.count()).select_from(login).where(login.c.endpoint_id < 0))
    assert made_up is not None
    assert made_up <= 4


def test_where_an_unknown_name_is_counted_depends_on_the_master_key(logins: Logins, database: Database, clock: SetClock) -> None:
    refusal(logins, "nobody", "wrong")
    refusal(Logins(database, clock, KeyStore(bytes(range(1, 33)))), "nobody", "wrong")
    with database.read() as connection:
        places = connection.scalars(select(login.c.endpoint_id).where(login.c.endpoint_id < 0)).all()
    assert len(places) == 2


def test_a_login_without_a_password_opens_for_nobody(logins: Logins, database: Database) -> None:
    with database.write() as connection:
        connection.execute(login.delete())
    assert refusal(logins, "shop", PASSWORD).code is RefusalCode.WRONG_PASSWORD


def test_another_endpoint_of_the_same_name_is_not_a_login(logins: Logins, database: Database) -> None:
    with database.write() as connection:
        connection.execute(endpoint.update().values(kind="console"))
    assert refusal(logins, "shop", PASSWORD).code is RefusalCode.WRONG_PASSWORD


def test_a_house_may_allow_fewer_tries(database: Database, clock: SetClock, keys: KeyStore) -> None:
    strict = Logins(database, clock, keys, LoginRules(most_tries=1, pause=timedelta(hours=1)))
    refusal(strict, "shop", "wrong")
    assert refusal(strict, "shop", PASSWORD).facts == {"minutes": 60}


def test_an_older_hash_is_made_anew_when_its_password_is_seen(logins: Logins, database: Database) -> None:
    older = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(PASSWORD)
    with database.write() as connection:
        connection.execute(login.update().values(password_hash=older))
    logins.check("shop", PASSWORD)
    with database.read() as connection:
        kept = connection.scalar(select(login.c.password_hash))
    assert kept is not None
    assert "m=19456,t=2,p=1" in kept
    assert logins.check("shop", PASSWORD) == SHOP_ID


@pytest.mark.parametrize(
    ("password", "good"),
    [("ten-letter", True), ("nine-lett", False), ("x" * 128, True), ("x" * 129, False), ("shopkeeper", False), ("SHOPKEEPER", False)],
)
def test_what_may_be_a_login_password(password: str, good: bool) -> None:
    assert check_new_login(password, "shopkeeper") is good


def test_a_hash_never_shows_the_password_and_never_repeats(kept_hash: str) -> None:
    assert kept_hash.startswith("$argon2id$")
    assert PASSWORD not in kept_hash
    assert hash_login(PASSWORD) != kept_hash
