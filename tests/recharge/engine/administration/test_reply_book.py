"""The book of reply rules: rules made from texts that nobody could read, checked against all others, never deleted."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from recharge.books.database import Database
from recharge.books.reply_statements import keep_miss
from recharge.domain.parties import Role
from recharge.domain.reply_rules import Meaning, Reply, ReplyRule, RuleSet, Scope, Unread, Why
from recharge.engine.administration import SHELL, Administration, AdministrationCode, AdministrationError
from recharge.suppliers.starting_rules import starting_rules
from tests.recharge.engine.administration.conftest import audit_actions, seen_version, staff

OLD = datetime(2020, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
TEXT = "Sold 10.00 to 09171234567. Ref:800008270828"
PATTERN = r"Sold (?P<amount>[0-9.]{1,9}) to (?P<number>[0-9]{11})\. Ref:(?P<sn>[0-9]{12})"
RULE = ReplyRule("SOLD", PATTERN, Meaning.SUCCESS, (TEXT,), OLD)
SCOPE = Scope("PROVINCE", "sms", "SMART")


@pytest.fixture
def linked(tree: Administration) -> Administration:
    tree.links.register(SHELL, "PROVINCE", "省平台", "carrier_platform", {})
    return tree


def miss(database: Database, miss_id: int, text: str = TEXT, scope: Scope = SCOPE) -> None:
    with database.write() as connection:
        keep_miss(connection, miss_id, scope, text, Unread(Why.NO_RULE), NOW, None)


def refused(error: pytest.ExceptionInfo[AdministrationError]) -> tuple[AdministrationCode, str]:
    return error.value.code, str(error.value.facts.get("reason", ""))


def test_a_rule_made_from_a_text_reads_all_that_wait_of_its_wording(linked: Administration, database: Database) -> None:
    for number in (1, 2):
        miss(database, number, TEXT.replace("10.00", f"{number}0.00"))
    miss(database, 3, "something else")
    before = seen_version(database)
    assert linked.replies.make(SHELL, 1, replace(RULE, samples=(), scope=SCOPE)) == 2
    [rule] = linked.replies.rules()
    assert rule.samples == ("Sold 10.00 to 09170000000. Ref:800008270828",)
    assert rule.scope == SCOPE
    # What it says is brought to its orders by the dispatcher; till then, and where it fits none, it waits.
    assert [(waiting.id, waiting.times, waiting.rule_code) for waiting in linked.replies.queue()] == [(1, 2, "SOLD"), (3, 1, "")]
    assert isinstance(RuleSet([rule]).read(TEXT, SCOPE, NOW), Reply)
    assert seen_version(database) > before
    assert audit_actions(database)[-1] == "reply_rule_made"


def test_a_rule_is_refused_with_its_reason_and_nothing_is_kept(linked: Administration, database: Database) -> None:
    linked.replies.add(SHELL, RULE)
    miss(database, 1)
    for bad, why in (
        (replace(RULE, code="OTHER"), "sample of rule SOLD"),
        (replace(RULE, code="OTHER", pattern="(a+)+b"), "pattern"),
        (replace(RULE, code="OTHER", samples=("no",)), "own sample"),
    ):
        with pytest.raises(AdministrationError) as error:
            linked.replies.add(SHELL, bad)
        assert refused(error)[0] is AdministrationCode.BAD_RULE
        assert why in refused(error)[1]
    assert [rule.code for rule in linked.replies.rules()] == ["SOLD"]


def test_a_rule_whose_scope_leaves_its_text_out_is_refused(linked: Administration, database: Database) -> None:
    miss(database, 1)
    with pytest.raises(AdministrationError) as error:
        linked.replies.make(SHELL, 1, replace(RULE, scope=Scope("PROVINCE", "ussd")))
    assert "scope" in refused(error)[1]


def test_a_code_is_taken_once_and_a_link_must_be_there(linked: Administration) -> None:
    linked.replies.add(SHELL, RULE)
    with pytest.raises(AdministrationError) as error:
        linked.replies.add(SHELL, replace(RULE, pattern="another (?P<sn>[0-9]{3})", samples=("another 123",)))
    assert error.value.code is AdministrationCode.TAKEN
    with pytest.raises(AdministrationError) as error:
        linked.replies.add(SHELL, replace(RULE, code="X", scope=Scope("NOWHERE")))
    assert error.value.code is AdministrationCode.UNKNOWN_OBJECT


def test_a_retired_rule_stays_for_what_came_before(linked: Administration, database: Database) -> None:
    linked.replies.add(SHELL, RULE)
    linked.replies.retire(SHELL, "SOLD")
    book = RuleSet(linked.replies.rules())
    assert isinstance(book.read(TEXT, SCOPE, datetime(2026, 11, 21, 3, 59, tzinfo=UTC)), Reply)
    assert isinstance(book.read(TEXT, SCOPE, NOW), Unread)
    for code in ("SOLD", "NEVER"):
        with pytest.raises(AdministrationError) as error:
            linked.replies.retire(SHELL, code)
        assert error.value.code is AdministrationCode.UNKNOWN_OBJECT
    linked.replies.add(SHELL, replace(RULE, code="SOLD2"))


def test_texts_are_put_away_by_wording(linked: Administration, database: Database) -> None:
    for number, text in ((1, "win 100 now"), (2, "win 200 now"), (3, "other")):
        miss(database, number, text)
    assert linked.replies.put_away(SHELL, 2) == 2
    assert linked.replies.waiting(3).text == "other"
    for gone in (1, 99):
        with pytest.raises(AdministrationError) as error:
            linked.replies.put_away(SHELL, gone)
        assert error.value.code is AdministrationCode.UNKNOWN_OBJECT


def test_the_starting_rules_go_in_once(linked: Administration) -> None:
    rules = starting_rules("ID", "PROVINCE")
    assert linked.replies.start(SHELL, rules) == len(rules)
    assert linked.replies.start(SHELL, rules) == 0


@pytest.mark.parametrize(
    ("role", "may"), [(Role.OPERATIONS, True), (Role.ADMINISTRATOR, True), (Role.FINANCE, False), (Role.SECURITY, False)]
)
def test_who_keeps_the_links_keeps_the_rules(linked: Administration, role: Role, may: bool) -> None:
    clerk = staff(linked, role)
    if may:
        linked.replies.add(clerk, RULE)
    else:
        with pytest.raises(AdministrationError) as error:
            linked.replies.add(clerk, RULE)
        assert error.value.code is AdministrationCode.NOT_ALLOWED
