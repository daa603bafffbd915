"""Stock purchases: balanced, once for each evidence, and nobody's but the shell's."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from recharge.books.database import Database
from recharge.books.tables.ledger import account, entry, posting
from recharge.books.tables.orders import orders, request
from recharge.domain.parties import Role
from recharge.engine.administration import SHELL, Administration, AdministrationCode, AdministrationError
from recharge.verify import differences, holds, verify_books
from tests.recharge.engine.administration.conftest import rows_in, staff

TODAY = date(2026, 11, 21)


@pytest.fixture
def linked(tree: Administration) -> Administration:
    tree.links.register(SHELL, "PROVINCE", "省平台", "carrier_platform", {})
    return tree


def sums(database: Database) -> dict[str, int]:
    joined = posting.join(account, account.c.id == posting.c.account_id)
    with database.read() as connection:
        rows = connection.execute(select(account.c.kind, posting.c.amount_minor).select_from(joined)).all()
    return {kind: sum(amount for other, amount in rows if other == kind) for kind in {row.kind for row in rows}}


def test_a_purchase_moves_money_from_the_bank_into_stock(linked: Administration, database: Database) -> None:
    order_id = linked.stock.buy(SHELL, "province", 1000_00, "invoice 7", TODAY)
    assert sums(database) == {"stock": -1000_00, "bank": 1000_00}
    with database.read() as connection:
        order = connection.execute(select(orders)).one()
        line = connection.execute(select(entry)).one()
    assert (order.id, order.kind, order.state, order.face_minor) == (order_id, "stock_purchase", "succeeded", 1000_00)
    assert (order.business_date, order.due_at, order.ended_at) == (TODAY, None, order.held_at)
    assert (line.order_id, line.step, line.business_date) == (order_id, 2, TODAY)


def test_the_separate_reader_agrees_with_it(linked: Administration, database: Database) -> None:
    linked.stock.buy(SHELL, "PROVINCE", 1000_00, "invoice 7", TODAY)
    linked.stock.buy(SHELL, "PROVINCE", 1, "invoice 8", TODAY)
    findings = verify_books(database, datetime(2026, 11, 21, 4, 1, tzinfo=UTC))
    assert holds(findings), [str(finding) for finding in findings if not finding.holds]
    assert not differences(database)


def test_an_evidence_counts_once_for_ever(linked: Administration, database: Database) -> None:
    linked.stock.buy(SHELL, "PROVINCE", 1000_00, "invoice 7", TODAY)
    for again in ("invoice 7", " invoice 7 "):
        with pytest.raises(AdministrationError) as error:
            linked.stock.buy(SHELL, "PROVINCE", 999_00, again, TODAY)
        assert error.value.code is AdministrationCode.EVIDENCE_USED
    assert (rows_in(database, orders), rows_in(database, posting), rows_in(database, request)) == (1, 2, 1)


def test_the_same_number_at_another_link_is_another_invoice(linked: Administration, database: Database) -> None:
    linked.links.register(SHELL, "OTHER", "另一个", "carrier_platform", {})
    linked.stock.buy(SHELL, "PROVINCE", 1000_00, "7", TODAY)
    linked.stock.buy(SHELL, "OTHER", 1000_00, "7", TODAY)
    assert sums(database) == {"stock": -2000_00, "bank": 2000_00}


@pytest.mark.parametrize(
    ("link", "amount", "evidence", "why"),
    [
        ("NOWHERE", 100, "7", AdministrationCode.UNKNOWN_OBJECT),
        ("PROVINCE", 0, "7", AdministrationCode.BAD_VALUE),
        ("PROVINCE", -100, "7", AdministrationCode.BAD_VALUE),
        ("PROVINCE", 10**16, "7", AdministrationCode.BAD_VALUE),
        ("PROVINCE", 100, " ", AdministrationCode.BAD_VALUE),
        ("PROVINCE", 100, "x" * 49, AdministrationCode.BAD_VALUE),
    ],
)
def test_what_cannot_be_moves_nothing(
    linked: Administration, database: Database, link: str, amount: int, evidence: str, why: AdministrationCode
) -> None:
    with pytest.raises(AdministrationError) as error:
        linked.stock.buy(SHELL, link, amount, evidence, TODAY)
    assert error.value.code is why
    assert (rows_in(database, orders), rows_in(database, posting)) == (0, 0)


@pytest.mark.parametrize("role", [Role.FINANCE, Role.ADMINISTRATOR, Role.OPERATIONS, Role.SETTLEMENT])
def test_nobody_moves_money_alone(linked: Administration, database: Database, role: Role) -> None:
    clerk = staff(linked, role)
    with pytest.raises(AdministrationError) as error:
        linked.stock.buy(clerk, "PROVINCE", 100, "7", TODAY)
    assert error.value.code is AdministrationCode.NOT_ALLOWED
    assert rows_in(database, orders) == 0
