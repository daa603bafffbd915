"""Rules and unread texts as they are kept, on both databases."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from recharge.books import reply_statements as statements
from recharge.books.database import Database
from recharge.books.tables.replies import reply_rule
from recharge.domain.reply_rules import Meaning, ReplyRule, Scope, Unread, Why

NOW = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
RULE = ReplyRule(
    code="DONE",
    pattern=r"充值(?P<amount>[0-9.]{1,9}元) (?P<number>[0-9]{11}) .{0,9}",
    meaning=Meaning.SUCCESS,
    samples=("充值50.00元 13800138000 ok",),
    valid_from=NOW - timedelta(days=1),
    scope=Scope("CHIP", "sms", "10086"),
    order=5,
    decimal=",",
    retired_at=NOW,
)
SCOPE = Scope("CHIP", "sms", "10086")


def keep(database: Database, miss_id: int, text: str, scope: Scope = SCOPE, attempt_id: int | None = None) -> bool:
    with database.write() as connection:
        return statements.keep_miss(connection, miss_id, scope, text, Unread(Why.NO_RULE), NOW, attempt_id)


def test_a_rule_is_kept_whole(database: Database) -> None:
    plain = replace(RULE, code="B", scope=Scope(), retired_at=None, decimal="")
    with database.write() as connection:
        for number, rule in enumerate((RULE, plain)):
            connection.execute(reply_rule.insert().values(id=number + 1, **statements.rule_columns(rule, "real")))
    with database.read() as connection:
        assert statements.read_rules(connection) == [plain, RULE] or statements.read_rules(connection) == [RULE, plain]


def test_the_queue_shows_each_wording_once_with_how_many_wait(database: Database) -> None:
    assert keep(database, 1, "sold 10.00 to 0917", attempt_id=77)
    assert keep(database, 2, "sold 25.00 to 0918")
    assert keep(database, 3, "something else", Scope("OTHER", "ussd"))
    with database.read() as connection:
        waiting = statements.queue(connection)
        assert [(miss.id, miss.times, miss.text) for miss in waiting] == [(1, 2, "sold 10.00 to 0917"), (3, 1, "something else")]
        assert (waiting[0].scope, waiting[0].attempt_id, waiting[0].received_at, waiting[0].why) == (SCOPE, 77, NOW, "no_rule")
        assert [miss.id for miss in statements.open_misses(connection)] == [1, 2, 3]
        assert statements.read_miss(connection, 2) is not None
        assert statements.read_miss(connection, 9) is None


def test_settled_texts_wait_no_more(database: Database) -> None:
    for number in (1, 2, 3):
        keep(database, number, f"sold {number} to 0917")
    with database.write() as connection:
        statements.settle(connection, [1], NOW, "DONE")
        statements.settle(connection, [], NOW, "DONE")
        assert statements.settle_shape(connection, "sold 8 to 0919", NOW) == 2
    with database.read() as connection:
        assert statements.open_misses(connection) == []
        assert statements.read_miss(connection, 1) is None


def test_a_flood_of_one_wording_is_kept_within_bounds(database: Database) -> None:
    with database.write() as connection:
        kept = [
            statements.keep_miss(connection, number, SCOPE, f"win {number} now", Unread(Why.NO_RULE), NOW, None)
            for number in range(1, statements.MOST_KEPT_OF_A_SHAPE + 3)
        ]
    assert kept.count(True) == statements.MOST_KEPT_OF_A_SHAPE
    assert keep(database, 900, "another wording")


def test_a_long_sender_is_cut_to_its_column(database: Database) -> None:
    assert keep(database, 1, "text", Scope("CHIP", "sms", "x" * 100))
