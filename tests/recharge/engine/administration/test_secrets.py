"""Secrets are kept wrapped, in versions, and appear nowhere else."""

import pytest
from sqlalchemy import Row, select

from recharge.books.database import Database
from recharge.books.tables.control import secret
from recharge.domain.parties import Role
from recharge.engine.administration import SHELL, Administration, AdministrationCode, AdministrationError
from recharge.keys.store import CannotUnwrap, KeyStore
from tests.recharge.engine.administration.conftest import rows_in, staff

VALUE = b"a-secret-of-some-length-in-bytes"


def versions(database: Database) -> list[Row[tuple[object, ...]]]:
    with database.read() as connection:
        return list(connection.execute(select(secret).order_by(secret.c.version)))


def test_what_is_kept_opens_with_the_master_key_only(office: Administration, database: Database, keys: KeyStore) -> None:
    secret_id = office.secrets.keep(SHELL, "link", "PROVINCE", VALUE)
    row = versions(database)[0]._mapping
    assert (row["id"], row["version"]) == (secret_id, 1)
    assert VALUE not in row["wrapped"]
    assert keys.unwrap("link", "PROVINCE", 1, row["wrapped"]) == VALUE
    with pytest.raises(CannotUnwrap):
        KeyStore(bytes(range(1, 33))).unwrap("link", "PROVINCE", 1, row["wrapped"])


def test_it_cannot_stand_in_for_another(office: Administration, database: Database, keys: KeyStore) -> None:
    office.secrets.keep(SHELL, "link", "PROVINCE", VALUE)
    wrapped = versions(database)[0]._mapping["wrapped"]
    for purpose, name, version in (("terminal", "PROVINCE", 1), ("link", "OTHER", 1), ("link", "PROVINCE", 2)):
        with pytest.raises(CannotUnwrap):
            keys.unwrap(purpose, name, version, wrapped)


def test_keeping_again_makes_the_next_version(office: Administration, database: Database, keys: KeyStore) -> None:
    for value in (VALUE, VALUE[::-1]):
        office.secrets.keep(SHELL, "link", "PROVINCE", value)
    office.secrets.keep(SHELL, "link", "OTHER", VALUE)
    rows = [row._mapping for row in versions(database)]
    assert sorted((row["name"], row["version"]) for row in rows) == [("OTHER", 1), ("PROVINCE", 1), ("PROVINCE", 2)]
    newest = next(row for row in rows if row["version"] == 2)
    assert keys.unwrap("link", "PROVINCE", 2, newest["wrapped"]) == VALUE[::-1]


@pytest.mark.parametrize(
    ("purpose", "name", "value"),
    [("link", "PROVINCE", b""), ("link", "PROVINCE", b"x" * 901), ("", "PROVINCE", VALUE), ("link", "", VALUE), ("link", "x" * 65, VALUE)],
)
def test_what_cannot_be_kept_is_refused_and_not_shown(
    office: Administration, database: Database, purpose: str, name: str, value: bytes
) -> None:
    with pytest.raises(AdministrationError) as error:
        office.secrets.keep(SHELL, purpose, name, value)
    assert error.value.code is AdministrationCode.BAD_VALUE
    assert VALUE.decode() not in str(error.value)
    assert rows_in(database, secret) == 0


def test_the_longest_secret_fits_its_column(office: Administration, database: Database, keys: KeyStore) -> None:
    office.secrets.keep(SHELL, "link", "PROVINCE", b"x" * 900)
    assert len(keys.unwrap("link", "PROVINCE", 1, versions(database)[0]._mapping["wrapped"])) == 900


@pytest.mark.parametrize(("role", "may"), [(Role.SECURITY, True), (Role.ADMINISTRATOR, False), (Role.OPERATIONS, False)])
def test_secrets_are_securitys(tree: Administration, database: Database, role: Role, may: bool) -> None:
    clerk = staff(tree, role)
    if may:
        tree.secrets.keep(clerk, "link", "PROVINCE", VALUE)
    else:
        with pytest.raises(AdministrationError):
            tree.secrets.keep(clerk, "link", "PROVINCE", VALUE)
    assert rows_in(database, secret) == int(may)


def test_the_audit_does_not_hold_it(office: Administration, database: Database) -> None:
    office.secrets.keep(SHELL, "link", "PROVINCE", VALUE)
    with database.read() as connection:
        assert VALUE.decode() not in str(connection.exec_driver_sql("SELECT * FROM audit").fetchall())
