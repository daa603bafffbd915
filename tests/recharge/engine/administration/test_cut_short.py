"""Every change is cut off at each of its statements in turn: either all of it is there afterwards or nothing."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest
from sqlalchemy import event, func, select

from recharge.books.database import Database
from recharge.books.tables import metadata
from recharge.domain.parties import PartyKind, Role
from recharge.domain.requests import EndpointKind
from recharge.engine.administration import SHELL, Administration

WEB = EndpointKind.WEB_LOGIN
CHANGES: Mapping[str, Callable[[Administration], object]] = {
    "register": lambda a: a.parties.register(SHELL, "P9", "某店", PartyKind.POINT, "D1", "GOLD"),
    "person": lambda a: a.people.register(SHELL, "MAN9", "某人", "P1", Role.OWNER),
    "bind": lambda a: a.endpoints.bind(SHELL, WEB, "other", "P1"),
    "rebind": lambda a: a.endpoints.rebind(SHELL, WEB, "shop", "D1"),
    "login": lambda a: a.endpoints.set_login(SHELL, "shop", "another-long-one"),
    "credential": lambda a: a.credentials.set(SHELL, "P1", "739205"),
    "ranges": lambda a: a.ranges.load(SHELL, "prefix,carrier,province\n138,CMCC,\n139,CMCC,\n", replace=True),
    "link": lambda a: a.links.register(SHELL, "OTHER", "另一个", "carrier_platform", {}),
    "stock": lambda a: a.stock.buy(SHELL, "PROVINCE", 100_00, "invoice 7", date(2026, 11, 21)),
}


class PulledPlug(Exception):
    """The process died here."""


@contextmanager
def plug_pulled(database: Database, at: int) -> Iterator[list[str]]:
    """Raise before the statement of that number; the statements that got through."""
    through: list[str] = []

    def before(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if len(through) == at:
            raise PulledPlug
        through.append(statement)

    event.listen(database.engine, "before_cursor_execute", before)
    try:
        yield through
    finally:
        event.remove(database.engine, "before_cursor_execute", before)


def picture(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    """Everything that stands in the database."""
    with database.read() as connection:
        return {table.name: sorted((tuple(row) for row in connection.execute(select(table))), key=repr) for table in metadata.sorted_tables}


@pytest.fixture
def ready(tree: Administration) -> Administration:
    tree.endpoints.bind(SHELL, WEB, "shop", "P1")
    tree.endpoints.set_login(SHELL, "shop", "a-long-enough-one")
    tree.links.register(SHELL, "PROVINCE", "省平台", "carrier_platform", {})
    tree.ranges.load(SHELL, "prefix,carrier,province\n130,CMCC,\n")
    return tree


@pytest.mark.parametrize("name", list(CHANGES))
def test_all_of_it_or_nothing(ready: Administration, database: Database, name: str) -> None:
    before = picture(database)
    for at in range(100):
        try:
            with plug_pulled(database, at) as through:
                CHANGES[name](ready)
        except PulledPlug:
            assert picture(database) == before, through
            continue
        break
    assert at >= 4
    assert picture(database) != before
    with database.read() as connection:
        postings = connection.scalar(select(func.coalesce(func.sum(metadata.tables["posting"].c.amount_minor), 0)))
    assert postings == 0
