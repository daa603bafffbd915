"""Sessions: only digests are stored, they end by idling, by age and by hand, and a click does not always cost a write."""

from datetime import timedelta

import pytest
from sqlalchemy import event, func, select

from recharge import Database
from tests.web.fake_engine import NOW
from web.sessions import ABSOLUTE, IDLE, TOUCH_EVERY, Session, Sessions, digest
from web.tables import session


@pytest.fixture
def opened(sessions: Sessions) -> Session:
    return sessions.open(7, "en", "192.0.2.1", NOW)


def rows(database: Database) -> int:
    with database.read() as connection:
        return int(connection.execute(select(func.count()).select_from(session)).scalar_one())


class TestOpening:
    def test_it_is_found_by_its_token(self, sessions: Sessions, opened: Session) -> None:
        assert sessions.find(opened.token, NOW) == opened

    def test_the_table_holds_no_token(self, database: Database, opened: Session) -> None:
        with database.read() as connection:
            row = connection.execute(select(session)).one()
        assert opened.token not in "".join(map(str, row))
        assert row.token_digest == digest(opened.token)

    def test_every_token_is_new_and_long(self, sessions: Sessions) -> None:
        tokens = {sessions.open(7, "en", "", NOW).token for _ in range(5)}
        assert len(tokens) == 5
        assert all(len(token) >= 43 for token in tokens)

    def test_what_has_run_out_for_the_same_login_is_cleared_away(self, sessions: Sessions, database: Database, opened: Session) -> None:
        sessions.open(8, "en", "", NOW)
        sessions.open(7, "en", "", NOW + IDLE)
        assert rows(database) == 2

    def test_a_long_address_is_cut(self, sessions: Sessions, database: Database) -> None:
        sessions.open(7, "en", "x" * 200, NOW)
        with database.read() as connection:
            assert len(connection.execute(select(session.c.address)).scalar_one()) == 45


class TestEnding:
    def test_a_token_nobody_has_finds_nothing(self, sessions: Sessions) -> None:
        assert sessions.find("never given out", NOW) is None

    def test_it_ends_by_idling(self, sessions: Sessions, opened: Session) -> None:
        assert sessions.find(opened.token, NOW + IDLE - timedelta(seconds=1)) is not None
        assert sessions.find(opened.token, NOW + IDLE) is None

    def test_work_keeps_it_awake_but_not_for_ever(self, sessions: Sessions, opened: Session) -> None:
        now, found = NOW, sessions.find(opened.token, NOW)
        while found is not None:
            sessions.touch(found, now)
            now += timedelta(minutes=10)
            found = sessions.find(opened.token, now)
        assert NOW + ABSOLUTE <= now < NOW + ABSOLUTE + timedelta(minutes=10)

    def test_it_is_ended_by_hand(self, sessions: Sessions, opened: Session) -> None:
        sessions.end(opened)
        assert sessions.find(opened.token, NOW) is None

    def test_all_of_a_login_are_ended_at_once(self, sessions: Sessions, opened: Session) -> None:
        second, other = sessions.open(7, "en", "", NOW), sessions.open(8, "en", "", NOW)
        assert sessions.end_all(7) == 2
        assert sessions.find(second.token, NOW) is None
        assert sessions.find(opened.token, NOW) is None
        assert sessions.find(other.token, NOW) is not None


class TestTouching:
    def test_a_click_right_after_another_costs_no_write(self, sessions: Sessions, database: Database, opened: Session) -> None:
        written: list[str] = []
        event.listen(database.engine, "before_cursor_execute", lambda *arguments: written.append(arguments[2]))
        sessions.touch(opened, NOW + TOUCH_EVERY - timedelta(seconds=1))
        assert not written
        sessions.touch(opened, NOW + TOUCH_EVERY)
        assert any(text.startswith("UPDATE web_session") for text in written)

    def test_the_language_is_kept(self, sessions: Sessions, opened: Session) -> None:
        sessions.speak(opened, "id")
        found = sessions.find(opened.token, NOW)
        assert found is not None
        assert found.language == "id"


def test_a_look_reads_and_says_nothing(sessions: Sessions) -> None:
    sessions.look()


@pytest.mark.mariadb
def test_the_same_on_mariadb(clean_mariadb_url: str) -> None:
    database = Database(clean_mariadb_url)
    sessions = Sessions(database)
    opened = sessions.open(7, "zh_CN", "192.0.2.1", NOW)
    assert sessions.find(opened.token, NOW + IDLE - timedelta(seconds=1)) == opened
    sessions.touch(opened, NOW + timedelta(minutes=14))
    assert sessions.find(opened.token, NOW + timedelta(minutes=28)) is not None
    sessions.end(opened)
    assert sessions.find(opened.token, NOW) is None
    database.close()
