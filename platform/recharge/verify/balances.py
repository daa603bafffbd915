"""I1 to I3 and the whole of I4: sums over all postings, stored figures, floors, and the hold account, asked of the database in sets."""

from collections.abc import Iterator

from recharge.verify.findings import Detail, Facts
from recharge.verify.findings import lazy_gettext as _
from recharge.verify.reader import Books, day_text
from recharge.verify.rebuild import all_differences

_OPEN = "('held', 'sending', 'unknown')"


def zero_sums(books: Books) -> Iterator[Detail]:
    """I1: everything, each entry, each business date and each kind of entry sums to zero."""
    total = books.number("SELECT SUM(amount_minor) FROM posting")
    if total:
        yield Detail(_("全部分录合计{amount}"), {"amount": total})
    yield from _entries_out_of_balance(books)
    yield from _groups_out_of_balance(books)


def _entries_out_of_balance(books: Books) -> Iterator[Detail]:
    text = "SELECT order_id, step, SUM(amount_minor) FROM posting GROUP BY order_id, step HAVING SUM(amount_minor) <> 0"
    for order_id, step, total in books.rows(text):
        yield Detail(_("订单{order}第{step}步合计{amount}"), {"order": order_id, "step": step, "amount": int(total)})


def _groups_out_of_balance(books: Books) -> Iterator[Detail]:
    for column, wording in (("business_date", _("{group}当日合计{amount}")), ("kind", _("类别{group}合计{amount}"))):
        text = (
            f"SELECT e.{column}, SUM(p.amount_minor) FROM posting p JOIN entry e ON e.order_id = p.order_id AND e.step = p.step"
            f" GROUP BY e.{column} HAVING SUM(p.amount_minor) <> 0"
        )
        for group, total in books.rows(text):
            yield Detail(wording, {"group": day_text(group), "amount": int(total)})


def stored_figures(books: Books) -> Iterator[Detail]:
    """I2: balances, counters and usage totals are what postings and orders say."""
    for item in all_differences(books):
        facts: Facts = {"owner": item.owner, "what": item.what, "stored": item.stored, "derived": item.derived}
        yield Detail(_("{owner}的{what}存为{stored}，应为{derived}"), facts)


def floors(books: Books) -> Iterator[Detail]:
    """I3: no kept balance is under its floor; that it is the right balance is I2's matter."""
    text = "SELECT id, balance_minor, floor_minor FROM account WHERE balance_minor < floor_minor"
    for account_id, balance, floor in books.rows(text):
        yield Detail(_("账户{account}余额{balance}低于下限{floor}"), {"account": account_id, "balance": balance, "floor": floor})


def held_money(books: Books) -> Iterator[Detail]:
    """I4, as a whole: the hold account stands at the sum of the open orders' prices."""
    text = "SELECT SUM(p.amount_minor) FROM posting p JOIN account a ON a.id = p.account_id WHERE a.kind = 'hold'"
    held = books.number(text)
    wanted = books.number(f"SELECT SUM(price_minor) FROM orders WHERE kind IN ('recharge', 'bill_payment') AND state IN {_OPEN}")
    if held != wanted:
        yield Detail(_("冻结账户为{held}，在途订单合计{wanted}"), {"held": held, "wanted": wanted})


def strays(books: Books) -> Iterator[Detail]:
    """I6, what belongs to no order: entries and postings without order, postings without entry or account, entries without postings."""
    entry_less = "entry e ON e.order_id = p.order_id AND e.step = p.step WHERE e.order_id IS NULL"
    wordings = {
        "posting p LEFT JOIN orders o ON o.id = p.order_id WHERE o.id IS NULL": _("分录{order}/{step}没有订单"),
        "entry p LEFT JOIN orders o ON o.id = p.order_id WHERE o.id IS NULL": _("凭证{order}/{step}没有订单"),
        f"posting p LEFT JOIN {entry_less}": _("分录{order}/{step}没有凭证"),
        "posting p LEFT JOIN account a ON a.id = p.account_id WHERE a.id IS NULL": _("分录{order}/{step}记在不存在的账户"),
    }
    for source, wording in wordings.items():
        for order_id, step in books.rows(f"SELECT DISTINCT p.order_id, p.step FROM {source}"):
            yield Detail(wording, {"order": order_id, "step": step})
