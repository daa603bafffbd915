"""The provider that channels reach through the engine's door, and the command for staff, over a deployment's own settings file."""

import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bank_settle.banks import reference, tickets
from bank_settle.configuration import BadConfiguration, read_configuration
from bank_settle.deposit_tickets import CONFIG, provide
from recharge import BadAmount, Database, DepositTicket, NoAmountFree, NoDepositTickets, TooManyTickets, open_deposit_ticket
from recharge.cli import main
from tests.support.province import Province
from tests.support.world import MASTER_KEY

NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)
HEAD = 'archive = "archive"\nreports = "reports"\n'
BANK = '[[banks]]\naccount = "{}"\nnumber = "6228"\nname = "x"\nbank_code = "102421000013"\nform = "camt"\ninbox = "in"\n'
Write = Callable[[str], Path]


@pytest.fixture
def database(clean_sqlite_url: str) -> Iterator[Database]:
    made = Database(clean_sqlite_url)
    yield made
    made.close()


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Writes the close's settings file, which the environment names."""

    def made(text: str) -> Path:
        path = tmp_path / "settle.toml"
        path.write_text(HEAD + text, encoding="utf-8")
        monkeypatch.setenv(CONFIG, str(path))
        return path

    return made


def accounts(database: Database) -> list[str]:
    with database.read() as connection:
        return [str(row[0]) for row in database.rows(connection, "SELECT account FROM settle_ticket ORDER BY amount_minor")]


def test_the_door_finds_this_provider(database: Database, write: Write) -> None:
    write("ticket_hours = 3\n" + BANK.format("ICBC") + BANK.format("BCA"))
    first = open_deposit_ticket(database, "A", 50000, NOW)
    assert first == DepositTicket(50001, NOW + timedelta(hours=3), "x", "6228", "102421000013", reference.make("A"))
    assert open_deposit_ticket(database, "A", 50000, NOW + timedelta(minutes=1)) == first
    assert accounts(database) == ["ICBC"]
    with pytest.raises(BadAmount):
        open_deposit_ticket(database, "A", 0, NOW)


def test_a_code_that_cannot_stand_in_a_reference_has_none(database: Database, write: Write) -> None:
    write(BANK.format("ICBC"))
    assert provide(database, "网点-1", 50000, NOW).reference == ""


def test_the_account_may_be_named(database: Database, write: Write) -> None:
    write('ticket_account = "BCA"\n' + BANK.format("ICBC") + BANK.format("BCA"))
    provide(database, "A", 50000, NOW)
    assert accounts(database) == ["BCA"]


def test_an_account_that_is_none_of_the_banks_is_refused(write: Write) -> None:
    path = write('ticket_account = "BCA"\n' + BANK.format("ICBC"))
    with pytest.raises(BadConfiguration, match="ticket_account"):
        read_configuration(path)


def test_nothing_is_opened_where_the_close_is_not_set_up(
    database: Database, write: Write, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    write("")
    with pytest.raises(NoDepositTickets, match="no bank account"):
        provide(database, "A", 50000, NOW)
    write("nonsense = 1\n")
    with caplog.at_level(logging.ERROR), pytest.raises(NoDepositTickets):
        provide(database, "A", 50000, NOW)
    assert "nonsense" in caplog.text
    monkeypatch.delenv(CONFIG)
    with pytest.raises(NoDepositTickets, match=CONFIG):
        open_deposit_ticket(database, "A", 50000, NOW)
    assert accounts(database) == []


def test_no_amount_is_free(database: Database, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    write(BANK.format("ICBC"))
    monkeypatch.setattr(tickets, "MOST_ABOVE", 1)
    provide(database, "A", 50000, NOW)
    with pytest.raises(NoAmountFree):
        provide(database, "B", 50000, NOW)


def test_nobody_has_more_running_than_he_may(database: Database, write: Write) -> None:
    write(f"tickets_a_party = 2\n{BANK.format('ICBC')}")
    first, _ = (provide(database, "A", wanted, NOW) for wanted in (50000, 60000))
    with pytest.raises(TooManyTickets) as refused:
        provide(database, "A", 70000, NOW)
    assert refused.value.most == 2
    # What is running is told again, and others are not kept waiting.
    assert provide(database, "A", 50000, NOW).amount_minor == first.amount_minor
    provide(database, "B", 70000, NOW)
    later = NOW + timedelta(hours=24)
    assert provide(database, "A", 70000, later).amount_minor == 70002


@pytest.fixture
def type_in(clean_sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """`kongchong settle ticket ...` over a province, in English."""
    Province(clean_sqlite_url).close()
    for name, value in (("DATABASE_URL", clean_sqlite_url), ("MASTER_KEY", MASTER_KEY.hex()), ("ENVIRONMENT", "development")):
        monkeypatch.setenv(f"KONGCHONG_{name}", value)
    return lambda *words: CliRunner().invoke(main, ["--language", "en", "settle", "ticket", *words])


def test_staff_open_a_ticket_for_an_agent(type_in: Callable[..., Result], write: Write) -> None:
    write(BANK.format("ICBC"))
    told = type_in("A", "500")
    assert told.exit_code == 0, (told.output, told.exception)
    assert "A is to transfer exactly 500.01 before 20" in told.output
    assert type_in("A", "500").output == told.output
    assert "500.02" in type_in("B", "500.00").output


def test_staff_are_told_why_there_is_no_ticket(type_in: Callable[..., Result], write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    write("")
    assert "No bank account is configured" in type_in("A", "500").output
    write(BANK.format("ICBC"))
    monkeypatch.setattr(tickets, "MOST_ABOVE", 1)
    type_in("A", "500")
    for words, why in (
        (("B", "500"), "Choose another amount"),
        (("NOBODY", "500"), "no party NOBODY"),
        (("A", "0"), "0"),
        (("A", "x"), "x"),
    ):
        refused = type_in(*words)
        assert (refused.exit_code, why in refused.output) == (1, True), refused.output
