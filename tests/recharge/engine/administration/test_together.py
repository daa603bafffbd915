"""Two administrators at once: what may be there once is there once, whoever was first."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from sqlalchemy import select

from recharge.books.database import Database
from recharge.books.tables.catalogue import change
from recharge.books.tables.control import secret
from recharge.books.tables.ledger import account, posting
from recharge.books.tables.parties import audit, credential, endpoint, party
from recharge.domain.parties import PartyKind
from recharge.domain.requests import EndpointKind
from recharge.engine.administration import SHELL, Administration, AdministrationCode, AdministrationError
from tests.recharge.engine.administration.conftest import rows_in

AT_ONCE = 6


def outcomes(work: Callable[[int], object]) -> list[AdministrationCode | None]:
    """What became of the same change made from several threads: None where it was made."""

    def one(number: int) -> AdministrationCode | None:
        try:
            work(number)
        except AdministrationError as error:
            return error.code
        return None

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(one, range(AT_ONCE)))


def test_one_party_of_a_code(tree: Administration, database: Database) -> None:
    before = rows_in(database, account)
    found = outcomes(lambda _: tree.parties.register(SHELL, "P9", "某店", PartyKind.POINT, "D1"))
    assert sorted(found, key=str) == [None] + [AdministrationCode.TAKEN] * (AT_ONCE - 1)
    assert rows_in(database, account) == before + 2
    with database.read() as connection:
        assert len(connection.execute(select(party).where(party.c.code == "P9")).all()) == 1


def test_many_parties_of_different_codes(tree: Administration, database: Database) -> None:
    found = outcomes(lambda number: tree.parties.register(SHELL, f"P9{number}", "某店", PartyKind.POINT, "D1"))
    assert found == [None] * AT_ONCE
    with database.read() as connection:
        versions = connection.scalars(select(change.c.version).order_by(change.c.version)).all()
    assert versions == list(range(1, len(versions) + 1))


def test_one_endpoint_of_an_identity(tree: Administration, database: Database) -> None:
    found = outcomes(lambda _: tree.endpoints.bind(SHELL, EndpointKind.WEB_LOGIN, "shop", "P1"))
    assert found.count(None) == 1
    assert rows_in(database, endpoint) == 1


def test_an_invoice_is_booked_once(tree: Administration, database: Database) -> None:
    tree.links.register(SHELL, "PROVINCE", "省平台", "carrier_platform", {})
    found = outcomes(lambda _: tree.stock.buy(SHELL, "PROVINCE", 100_00, "invoice 7", date(2026, 11, 21)))
    assert sorted(found, key=str) == sorted([None] + [AdministrationCode.EVIDENCE_USED] * (AT_ONCE - 1), key=str)
    assert rows_in(database, posting) == 2


def test_secrets_get_a_version_each_or_are_refused(tree: Administration, database: Database) -> None:
    found = outcomes(lambda number: tree.secrets.keep(SHELL, "link", "PROVINCE", bytes([number]) * 32))
    with database.read() as connection:
        versions = sorted(connection.scalars(select(secret.c.version)))
    assert versions == list(range(1, found.count(None) + 1))
    assert set(found) <= {None, AdministrationCode.TAKEN}


@pytest.mark.parametrize("there", [False, True])
def test_one_service_password_a_party(tree: Administration, database: Database, there: bool) -> None:
    if there:
        tree.credentials.set(SHELL, "P1", "739205")
    found = outcomes(lambda number: tree.credentials.set(SHELL, "P1", f"73920{number}"))
    assert rows_in(database, credential) == 1
    assert found.count(None) >= 1
    assert set(found) <= {None, AdministrationCode.TAKEN}


def test_every_change_that_was_made_has_its_audit_line(tree: Administration, database: Database) -> None:
    before = rows_in(database, audit)
    found = outcomes(lambda number: tree.parties.rename(SHELL, "P1", f"店 {number}"))
    assert found == [None] * AT_ONCE
    assert rows_in(database, audit) == before + AT_ONCE
