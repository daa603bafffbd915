"""Rows are found by the names people use, however they are typed, and a name that is not there is named."""

import pytest

from recharge.books.database import Database
from recharge.domain.requests import EndpointKind
from recharge.engine.administration import SHELL, Administration, AdministrationCode, AdministrationError, lookups

WEB = EndpointKind.WEB_LOGIN


@pytest.mark.parametrize(
    ("kind", "code"), [("party", "P1"), ("party", " p1 "), ("tier", "gold"), ("carrier", "cmcc"), ("product", "s10"), ("party", "hq")]
)
def test_a_name_is_found_as_it_is_typed(tree: Administration, database: Database, kind: str, code: str) -> None:
    with database.read() as connection:
        found = lookups.row_of(connection, kind, code)
        assert found.code == code.strip().upper()
        assert lookups.id_of(connection, kind, code) == found.id
        assert lookups.id_or_none(connection, kind, code) == found.id


@pytest.mark.parametrize("kind", ["party", "person", "tier", "carrier", "product", "link"])
def test_a_name_that_is_not_there_is_named(tree: Administration, database: Database, kind: str) -> None:
    with database.read() as connection:
        assert lookups.find(connection, kind, "nowhere") is None
        with pytest.raises(AdministrationError) as error:
            lookups.row_of(connection, kind, "nowhere")
    assert error.value.code is AdministrationCode.UNKNOWN_OBJECT
    assert error.value.facts == {"object": kind, "name": "nowhere"}


def test_no_name_is_no_row(database: Database) -> None:
    with database.read() as connection:
        assert lookups.id_or_none(connection, "tier", None) is None


def test_an_endpoint_is_found_within_its_kind(tree: Administration, database: Database) -> None:
    endpoint_id = tree.endpoints.bind(SHELL, WEB, "shop", "P1")
    with database.read() as connection:
        assert lookups.endpoint_of(connection, WEB, " shop ").id == endpoint_id
        assert lookups.find_endpoint(connection, EndpointKind.CONSOLE, "shop") is None
        with pytest.raises(AdministrationError):
            lookups.endpoint_of(connection, WEB, "till")


def test_a_name_is_data_and_never_part_of_a_statement(tree: Administration, database: Database) -> None:
    for typed in ("P1' OR '1'='1", "P1; DROP TABLE party", "%", "P_"):
        with database.read() as connection:
            assert lookups.find(connection, "party", typed) is None
    assert len(tree.parties.all()) == 3
