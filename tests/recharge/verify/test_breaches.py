"""One planted breach after the other in right books: the checker names what was broken, and invents nothing else."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from recharge.verify import Finding
from tests.recharge.verify.right_books import (
    ENDPOINT,
    HOLD,
    NUMBER,
    POINT,
    REVENUE,
    STOCK,
    UPLINE,
    RightBooks,
    commission_of,
    deposit_of,
)

Orders = dict[str, int]
Broken = Callable[[], dict[str, Finding]]
Break = Callable[[RightBooks, Orders], object]
POSTING = "UPDATE posting SET amount_minor = amount_minor + ? WHERE order_id = ? AND step = ? AND account_id = ?"


def altered_posting(books: RightBooks, orders: Orders) -> None:
    books.do(POSTING, 100, orders["succeeded"], 2, REVENUE)


def altered_pair(books: RightBooks, orders: Orders) -> None:
    books.do(POSTING, 100, orders["succeeded"], 2, REVENUE)
    books.do(POSTING, -100, orders["succeeded"], 2, STOCK)


def missing_leg(books: RightBooks, orders: Orders) -> None:
    books.do("DELETE FROM posting WHERE order_id = ? AND account_id = ?", orders["succeeded"], commission_of(UPLINE))


def missing_settlement(books: RightBooks, orders: Orders) -> None:
    books.do("DELETE FROM posting WHERE order_id = ? AND step = 2", orders["failed"])
    books.do("DELETE FROM entry WHERE order_id = ? AND step = 2", orders["failed"])


def double_release(books: RightBooks, orders: Orders) -> None:
    books.entry(orders["failed"], 3, "release", {HOLD: -4900, deposit_of(POINT): 4900})


def release_after_settling(books: RightBooks, orders: Orders) -> None:
    books.entry(orders["succeeded"], 3, "release", {HOLD: -4900, deposit_of(POINT): 4900})


def unknown_step(books: RightBooks, orders: Orders) -> None:
    books.entry(orders["succeeded"], 4, "settle", {})


def wrong_balance(books: RightBooks, orders: Orders) -> None:
    books.do("UPDATE account SET balance_minor = balance_minor + 1 WHERE id = ?", deposit_of(POINT))


def lost_accrual(books: RightBooks, orders: Orders) -> None:
    first = books.rows("SELECT MIN(id) FROM accrual")[0][0]
    books.do("DELETE FROM accrual WHERE id = ?", first)


def wrong_day_count(books: RightBooks, orders: Orders) -> None:
    books.do("UPDATE account SET day_count = day_count + 1 WHERE id = ?", deposit_of(POINT))


def wrong_month_value(books: RightBooks, orders: Orders) -> None:
    books.do("UPDATE account SET month_minor = month_minor - 100 WHERE id = ?", deposit_of(POINT))


def wrong_usage(books: RightBooks, orders: Orders) -> None:
    first = books.rows("SELECT MIN(id) FROM usage_accrual WHERE scope = 'tier'")[0][0]
    books.do("DELETE FROM usage_accrual WHERE id = ?", first)


def under_the_floor(books: RightBooks, orders: Orders) -> None:
    unchecked = ""
    if books.database.is_sqlite:
        books.do("PRAGMA ignore_check_constraints = ON")
    else:
        # For this statement only: the tables are the worker's, and its other tests count on the constraint.
        unchecked = "SET STATEMENT check_constraint_checks = 0 FOR "
    books.do(unchecked + "UPDATE account SET floor_minor = balance_minor + 1 WHERE id = ?", deposit_of(POINT))


def entry_without_order(books: RightBooks, orders: Orders) -> None:
    books.entry(999, 2, "adjustment", {})


def posting_without_entry(books: RightBooks, orders: Orders) -> None:
    books.do("DELETE FROM entry WHERE order_id = ?", orders["transfer"])


def posting_to_no_account(books: RightBooks, orders: Orders) -> None:
    books.do("UPDATE posting SET account_id = 555 WHERE order_id = ? AND account_id = ?", orders["succeeded"], REVENUE)


def wrong_price(books: RightBooks, orders: Orders) -> None:
    books.do("UPDATE orders SET price_minor = 4800 WHERE id = ?", orders["succeeded"])


def wrong_deposit_amount(books: RightBooks, orders: Orders) -> None:
    books.do("UPDATE orders SET face_minor = face_minor * 10 WHERE id = ?", orders["deposit"])


def two_attempts_succeeded(books: RightBooks, orders: Orders) -> None:
    second = books.send(orders["succeeded"], link=2)
    books.answer(orders["succeeded"], second, "success", "callback")
    books.do("UPDATE attempt SET state = 'succeeded' WHERE id = ?", second)
    books.do("UPDATE orders SET state = 'succeeded', due_at = NULL WHERE id = ?", orders["succeeded"])


def order_without_request(books: RightBooks, orders: Orders) -> None:
    books.do("DELETE FROM request WHERE order_id = ?", orders["succeeded"])


def request_without_order(books: RightBooks, orders: Orders) -> None:
    books.do("UPDATE request SET order_id = 999 WHERE reference = ?", "form 1")


def nobody_looks(books: RightBooks, orders: Orders) -> None:
    books.do("UPDATE orders SET due_at = NULL WHERE id = ?", orders["unknown"])


def dispatcher_is_dead(books: RightBooks, orders: Orders) -> None:
    books.now += timedelta(minutes=20)


def given_back_while_unknown(books: RightBooks, orders: Orders) -> None:
    books.release(orders["unknown"])


def given_back_by_clock(books: RightBooks, orders: Orders) -> None:
    attempt = books.fail(books.hold())
    books.do("UPDATE answer SET state = 'unknown', source = 'recovery' WHERE attempt_id = ?", attempt)


def given_back_on_one_not_found(books: RightBooks, orders: Orders) -> None:
    books.fail(books.hold(), "not_sent")
    books.do("UPDATE answer SET state = 'not_found' WHERE state = 'not_sent'")


def success_after_giving_back(books: RightBooks, orders: Orders) -> None:
    attempt = books.rows("SELECT id FROM attempt WHERE order_id = ?", orders["failed"])[0][0]
    books.answer(orders["failed"], attempt, "success", "callback")


def state_without_entry(books: RightBooks, orders: Orders) -> None:
    books.do("UPDATE orders SET state = 'failed', due_at = NULL, ended_at = held_at WHERE id = ?", orders["held"])


def impossible_state(books: RightBooks, orders: Orders) -> None:
    books.do("UPDATE orders SET state = 'unknown' WHERE id = ?", orders["transfer"])


def success_nobody_told(books: RightBooks, orders: Orders) -> None:
    books.do("UPDATE answer SET state = 'accepted' WHERE order_id = ?", orders["succeeded"])


def ended_in_the_past(books: RightBooks, orders: Orders) -> None:
    books.do("UPDATE orders SET ended_at = '2026-11-20 00:00:00.000000' WHERE id = ?", orders["succeeded"])


def still_due(books: RightBooks, orders: Orders) -> None:
    books.do("UPDATE orders SET due_at = ended_at WHERE id = ?", orders["succeeded"])


def ended_while_open(books: RightBooks, orders: Orders) -> None:
    books.do("UPDATE orders SET ended_at = held_at WHERE id = ?", orders["unknown"])


def another_number_sent(books: RightBooks, orders: Orders) -> None:
    books.do("UPDATE attempt SET number = '13900139000' WHERE order_id = ?", orders["succeeded"])


def attempts_miscounted(books: RightBooks, orders: Orders) -> None:
    books.do("UPDATE orders SET attempts = 3 WHERE id = ?", orders["succeeded"])


def two_links_at_once(books: RightBooks, orders: Orders) -> None:
    books.send(orders["unknown"], link=2)


def held_with_a_success(books: RightBooks, orders: Orders) -> None:
    attempt = books.rows("SELECT id FROM attempt WHERE order_id = ?", orders["unknown"])[0][0]
    books.do("UPDATE attempt SET state = 'succeeded' WHERE id = ?", attempt)
    books.do("UPDATE orders SET state = 'held' WHERE id = ?", orders["unknown"])


def delivered_too_much(books: RightBooks, orders: Orders) -> None:
    books.do("UPDATE orders SET delivered_minor = 5001 WHERE id = ?", orders["succeeded"])


def reversal_nobody_confirmed(books: RightBooks, orders: Orders) -> None:
    books.do("DELETE FROM answer WHERE attempt_id IN (SELECT id FROM attempt WHERE action = 'reverse')")


def reversal_nobody_asked(books: RightBooks, orders: Orders) -> None:
    books.do("UPDATE orders SET state = 'reversing', due_at = ended_at WHERE id = ?", orders["succeeded"])


def order_on_a_tombstone(books: RightBooks, orders: Orders) -> None:
    row = {"endpoint_id": ENDPOINT, "reference": "late", "body": b"0" * 16, "received_at": books.stamp}
    books.insert("request", {**row, "order_id": orders["succeeded"], "code": "voided", "facts": "{}"})


def message_missing(books: RightBooks, orders: Orders) -> None:
    books.do("DELETE FROM outbox WHERE order_id = ?", orders["failed"])


def message_of_another_end(books: RightBooks, orders: Orders) -> None:
    books.tell(orders["failed"], "succeeded")


def message_given_up(books: RightBooks, orders: Orders) -> None:
    books.do("UPDATE outbox SET state = 'failed' WHERE order_id = ?", orders["failed"])


def password_in_an_answer(books: RightBooks, orders: Orders) -> None:
    books.answer(orders["held"], 1, "unknown", raw='{"password": "918273"}')


BREACHES: list[tuple[Break, set[str], str]] = [
    (altered_posting, {"I1", "I6"}, "账户2为150，应为50"),
    (altered_pair, {"I6"}, "账户5为4700，应为4800"),
    (missing_leg, {"I1", "I2", "I6"}, "账户221为0，应为50"),
    (missing_settlement, {"I2", "I4", "I6", "I11"}, "应为-4900"),
    (double_release, {"I4", "I5", "I6", "I11"}, "结束了两次"),
    (release_after_settling, {"I4", "I5", "I6", "I11"}, "结束了两次"),
    (unknown_step, {"I5", "I11"}, "不认识的第4步"),
    (wrong_balance, {"I2"}, "330 (deposit 33)的balance"),
    (lost_accrual, {"I2"}, "221 (commission 22)的balance"),
    (wrong_day_count, {"I2"}, "2026-11-21的day_count存为5，应为4"),
    (wrong_month_value, {"I2"}, "month_minor存为19900，应为20000"),
    (wrong_usage, {"I2"}, "tier 2026-11"),
    (under_the_floor, {"I3"}, "账户330"),
    (entry_without_order, {"I6"}, "凭证999/2没有订单"),
    (posting_without_entry, {"I6", "I11"}, "没有凭证"),
    (posting_to_no_account, {"I6"}, "不存在的账户"),
    (wrong_price, {"I6"}, "应为-4800"),
    (wrong_deposit_amount, {"I6"}, "为-100000，应为-1000000"),
    (two_attempts_succeeded, {"I8"}, "2次尝试成功"),
    (order_without_request, {"I8"}, "没有提出它的请求"),
    (request_without_order, {"I8"}, "流水号form 1指向不存在的订单"),
    (nobody_looks, {"I9"}, "没有下次跟进时间"),
    (dispatcher_is_dead, {"I9"}, "无人跟进"),
    (given_back_while_unknown, {"I10", "I11"}, "却是unknown"),
    (given_back_by_clock, {"I10"}, "没有未成功的答复"),
    (given_back_on_one_not_found, {"I10"}, "没有未成功的答复"),
    (success_after_giving_back, {"I10"}, "未列争议"),
    (state_without_entry, {"I2", "I4", "I6", "I11", "I14"}, "凭证步骤是1，应为1,2"),
    (impossible_state, {"I6", "I11"}, "状态unknown不可能"),
    (success_nobody_told, {"I11"}, "没有成功的尝试与答复"),
    (ended_in_the_past, {"I11"}, "没有可信的结束时间"),
    (still_due, {"I11"}, "仍待跟进"),
    (ended_while_open, {"I11"}, "在途而有结束时间"),
    (another_number_sent, {"I11"}, "号码或金额不符"),
    (attempts_miscounted, {"I11"}, "记有3次尝试，实有1次"),
    (two_links_at_once, {"I11"}, "未决的尝试有2次"),
    (held_with_a_success, {"I11"}, "为held，却有成功的尝试"),
    (delivered_too_much, {"I11"}, "没有可信的到账金额"),
    (reversal_nobody_confirmed, {"I11"}, "没有返销成功的答复"),
    (reversal_nobody_asked, {"I11"}, "没有人要求返销"),
    (order_on_a_tombstone, {"I13"}, "已作废的流水号late有订单"),
    (message_missing, {"I14"}, "缺消息failed"),
    (message_of_another_end, {"I14"}, "不该有的消息succeeded"),
    (message_given_up, {"I14"}, "未能送出"),
    (password_in_an_answer, {"I15"}, "answer.raw有1处像是密码"),
]


@pytest.mark.parametrize(("breach", "invariants", "says"), BREACHES, ids=[breach.__name__ for breach, _, _ in BREACHES])
def test_a_breach_is_named_and_nothing_else(
    books: RightBooks, orders: Orders, broken: Broken, breach: Break, invariants: set[str], says: str
) -> None:
    breach(books, orders)
    found = broken()
    told = [str(detail) for finding in found.values() for detail in finding.detail]
    assert set(found) == invariants, told
    assert any(says in text for text in told), told


def test_every_invariant_about_our_own_books_has_a_planted_breach() -> None:
    # I7 is broken in test_carrier.py, I12 and I16 in test_chain.py.
    named = set().union(*(invariants for _, invariants, _ in BREACHES))
    assert named | {"I7", "I12", "I16"} == {f"I{number}" for number in range(1, 17)}


@pytest.mark.parametrize("state", ["waiting", "sent", "delivered"])
def test_a_message_on_its_way_or_there_is_told(books: RightBooks, broken: Broken, orders: Orders, state: str) -> None:
    books.do("UPDATE outbox SET state = ?", state)
    assert broken() == {}


def test_duplicates_are_found_where_the_unique_key_is_gone(books: RightBooks, orders: Orders, broken: Broken) -> None:
    books.do("CREATE TABLE copy_of_posting AS SELECT * FROM posting")
    books.do("DROP TABLE posting")
    books.do("ALTER TABLE copy_of_posting RENAME TO posting")
    books.do("INSERT INTO posting SELECT * FROM posting WHERE order_id = ? AND step = 2", orders["transfer"])
    found = broken()
    assert f"订单{orders['transfer']}第2步记了2次" in [str(detail) for detail in found["I5"].detail]


def test_a_dispute_explains_a_late_success(books: RightBooks, orders: Orders, broken: Broken) -> None:
    success_after_giving_back(books, orders)
    books.event(orders["failed"], "dispute")
    assert "I10" not in broken()


def test_a_quarantined_answer_is_no_credit(books: RightBooks, orders: Orders, broken: Broken) -> None:
    success_after_giving_back(books, orders)
    books.event(orders["failed"], "quarantine")
    assert broken() == {}


def test_two_not_found_answers_free_the_money(books: RightBooks, orders: Orders, broken: Broken) -> None:
    order = books.hold()
    attempt = books.fail(order, "not_sent")
    books.do("UPDATE answer SET state = 'not_found' WHERE attempt_id = ?", attempt)
    books.answer(order, attempt, "not_found", "query")
    assert broken() == {}


def test_an_order_that_never_left_may_be_given_back(books: RightBooks, orders: Orders, broken: Broken) -> None:
    books.release(books.hold())
    assert broken() == {}


def test_a_carrier_that_takes_back_by_itself_explains_a_reversal(books: RightBooks, orders: Orders, broken: Broken) -> None:
    reversal_nobody_confirmed(books, orders)
    attempt = books.rows("SELECT id FROM attempt WHERE order_id = ? AND action = 'submit'", orders["reversed"])[0][0]
    books.answer(orders["reversed"], attempt, "reversed", "callback")
    assert broken() == {}


def test_an_old_order_that_is_looked_after_is_listed_and_no_breach(books: RightBooks, orders: Orders, broken: Broken) -> None:
    from recharge.verify import verify_books

    books.now += timedelta(minutes=20)
    books.do("UPDATE orders SET due_at = ? WHERE due_at IS NOT NULL", books.stamp)
    ninth = next(finding for finding in verify_books(books.database, books.now) if finding.invariant == "I9")
    assert ninth.holds
    assert {detail.facts["order"] for detail in ninth.detail} == {orders["unknown"], orders["held"]}


def test_a_canary_is_found_wherever_text_is_kept(books: RightBooks, orders: Orders) -> None:
    from recharge.verify import verify_books

    books.do("UPDATE complaint SET text = ''")
    row = {"id": 1, "order_id": orders["held"], "party_id": POINT, "endpoint_id": ENDPOINT, "at": books.stamp}
    books.insert("complaint", {**row, "text": "my word is 918273.", "open": True})
    books.do("UPDATE orders SET serial_number = '8918273000' WHERE id = ?", orders["succeeded"])
    found = verify_books(books.database, books.now, canaries=["918273"])
    fifteenth = next(finding for finding in found if finding.invariant == "I15")
    assert [detail.facts["table"] for detail in fifteenth.detail] == ["complaint"]
    assert NUMBER not in str(fifteenth)
