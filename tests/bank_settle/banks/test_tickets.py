"""Unique amounts: one open ticket an amount and one an asker, whoever asks how often, also at once."""

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from bank_settle import tables
from bank_settle.banks import tickets
from bank_settle.banks.matching import Ticket
from bank_settle.banks.tickets import NoAmountLeft, close_ticket, open_ticket, tickets_of
from recharge import BadAmount, Database
from tests.bank_settle.scene import TICKET_RULES

NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)


@pytest.fixture
def database(clean_database_url: str) -> Iterator[Database]:
    made = Database(clean_database_url)
    yield made
    made.close()


def ask(database: Database, party: str = "A", wanted_minor: int = 50000, now: datetime = NOW, account: str = "ICBC") -> Ticket:
    return open_ticket(database, account, party, wanted_minor, now, TICKET_RULES)


def close(database: Database, amount_minor: int) -> None:
    with database.write() as connection:
        close_ticket(connection, "ICBC", amount_minor)


def kept(database: Database) -> int:
    with database.read() as connection:
        return connection.scalar(select(func.count()).select_from(tables.ticket)) or 0


def at_once(url: str, parties: Sequence[str]) -> list[Ticket]:
    """Each party asks in a thread and with a database of its own, like processes do; all begin together."""
    together = threading.Barrier(len(parties), timeout=30)
    databases = [Database(url) for _ in parties]

    def one(database: Database, party: str) -> Ticket:
        together.wait()
        return ask(database, party)

    with ThreadPoolExecutor(len(parties)) as pool:
        found = list(pool.map(one, databases, parties))
    for each in databases:
        each.close()
    return found


def test_the_same_question_gets_the_same_ticket_while_it_runs(database: Database) -> None:
    first = ask(database)
    assert (first.amount_minor, first.expires_at) == (50001, NOW + timedelta(hours=24))
    assert ask(database, now=NOW + timedelta(hours=23)) == first
    assert kept(database) == 1


def test_another_party_another_amount_or_another_account_is_another_ticket(database: Database) -> None:
    told = [ask(database), ask(database, "B"), ask(database, wanted_minor=60000), ask(database, account="BCA")]
    assert [ticket.amount_minor for ticket in told] == [50001, 50002, 60001, 50001]
    assert ask(database, wanted_minor=50001).amount_minor == 50003


def test_a_ticket_whose_time_is_over_is_not_told_again_and_keeps_its_amount_for_late_money(database: Database) -> None:
    ask(database)
    later = NOW + timedelta(hours=24)
    assert ask(database, now=later).amount_minor == 50002
    with database.read() as connection:
        assert tickets_of(connection, "ICBC")[50001][0].is_open
    assert ask(database, "B", now=NOW + timedelta(days=3)).amount_minor == 50001


def test_a_ticket_whose_money_came_is_not_told_again(database: Database) -> None:
    ask(database)
    close(database, 50001)
    assert ask(database, now=NOW + timedelta(seconds=1)).amount_minor == 50001
    assert kept(database) == 2


def test_an_amount_that_became_free_this_moment_is_left(database: Database) -> None:
    ask(database)
    close(database, 50001)
    assert ask(database).amount_minor == 50002


def test_no_amount_is_left_and_none_is_asked_for(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tickets, "MOST_ABOVE", 1)
    ask(database)
    with pytest.raises(NoAmountLeft):
        ask(database, "B")
    assert ask(database).amount_minor == 50001
    for nothing in (0, -1):
        with pytest.raises(BadAmount):
            ask(database, wanted_minor=nothing)


def test_one_message_delivered_twice_at_once_is_one_ticket(database: Database, clean_database_url: str) -> None:
    first, second = at_once(clean_database_url, ["A", "A"])
    assert first == second
    assert kept(database) == 1


def test_two_parties_at_once_never_get_one_amount(database: Database, clean_database_url: str) -> None:
    found = at_once(clean_database_url, ["A", "B"])
    assert sorted(ticket.amount_minor for ticket in found) == [50001, 50002]
    assert {ticket.party_code for ticket in found} == {"A", "B"}


@pytest.mark.mariadb
def test_the_loser_of_a_race_looks_again(clean_mariadb_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # SQLite lets one writer in at a time: nobody can lose there.
    database, look = Database(clean_mariadb_url), tickets._free_amount
    raced: list[Ticket] = []

    def late(*arguments: object) -> int:
        """Between this transaction's look and its insert another process takes the ticket."""
        if threading.current_thread() is threading.main_thread() and not raced:
            with ThreadPoolExecutor(1) as pool:
                raced.append(pool.submit(ask, database).result(timeout=30))
        return look(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(tickets, "_free_amount", late)
    assert [ask(database)] == raced
    assert kept(database) == 1
    database.close()
