"""银行余额调节表: what each bank says beside what the books have of it, and everything that explains the difference."""

from collections.abc import Collection, Sequence, Set
from datetime import timedelta

from sqlalchemy import Connection, select

from bank_settle import cases, tables
from bank_settle.banks import lines
from bank_settle.configuration import Bank, account_in_the_books
from bank_settle.names import scope_name
from bank_settle.reports.sheet import Cell, Sheet
from bank_settle.reports.source import Source
from bank_settle.texts import lazy_gettext as _

# Whatever the bank had earlier than that was booked long ago.
_LATELY = timedelta(days=31)
# Our books have paid and the bank has not, or not yet: what it rejected stands here until two people have taken it back.
_NOT_AT_THE_BANK = ("approved", "sent", "accepted", "rejected", "returning")
_LEDGER = _("账面科目 {name}")


def bank_reconciliation(source: Source) -> Sheet:
    """The banks' balances, less what is not in the books yet, plus what the banks have not paid yet, beside our books: for each account
    that the books have, with the banks that stand in it."""
    columns = source.columns((_("项目"), "text", 30), (_("金额"), "money", 14), (_("说明"), "text", 30))
    banks, book = source.parts.configuration.banks, _by_ledger(source)
    named = {bank.ledger: None for bank in banks if bank.ledger}
    shared = [bank for bank in banks if not bank.ledger]
    ledgers = [*named, *([""] if shared or not named or book.get("") else [])]
    rows: list[list[Cell]] = []
    later = _by_hand_later(source)
    with source.parts.database.read() as connection:
        for ledger in ledgers:
            if len(ledgers) > 1:
                rows.append([source.say(_LEDGER, name=account_in_the_books(ledger)), None, ""])
            rows += _reconciled(source, connection, [bank for bank in banks if bank.ledger == ledger], book.get(ledger, 0), later)
    return Sheet("bank", source.say(_("银行余额调节表")), columns, rows)


def _by_ledger(source: Source) -> dict[str, int]:
    """Money at banks as the books have it, by the code of the account; "" is the one that banks share."""
    return {item.owner_code: -item.closing_minor for item in source.accounts if item.kind == "bank"}


def _reconciled(source: Source, connection: Connection, banks: Sequence[Bank], book: int, later: Set[str]) -> list[list[Cell]]:
    rows: list[list[Cell]] = []
    total, accounts = 0, {bank.account for bank in banks}
    for bank in banks:
        closing = source.parts.days.read(bank.scope, source.day).facts.get("statement", {}).get("closing_minor")
        total += closing or 0
        rows.append([scope_name(bank.scope, source.language), closing, f"{bank.name} {bank.number[-4:]}"])
    held = sum(row.amount_minor for row in lines.in_suspense(connection) if row.day <= source.day and row.account in accounts)
    scopes = {bank.scope for bank in banks}
    other = sum(case.effect_minor for case in cases.unresolved(connection, until=source.day) if case.scope in scopes) - held
    paid = tables.item.c.state.in_(_NOT_AT_THE_BANK) & tables.item.c.account.in_(accounts)
    items = connection.execute(select(tables.item.c.id, tables.item.c.amount_minor).where(paid))
    on_the_way = sum(row.amount_minor for row in items if f"payment {row.id}" not in later)
    late = _booked_later(source, connection, accounts)
    adjusted = total - held - other - on_the_way - late
    return [
        *rows,
        [source.say(_("减：挂账（银行已收，账上未记）")), -held, ""],
        [source.say(_("减：其他未处理的银行差错")), -other, ""],
        [source.say(_("减：已记账、银行未付的付款")), -on_the_way, ""],
        [source.say(_("减：当日到账、次日入账的存款")), -late, ""],
        [source.say(_("调节后余额")), adjusted, ""],
        [source.say(_("账面银行存款")), book, ""],
        [source.say(_("差额（启用前的余额）")), adjusted - book, ""],
    ]


def _by_hand_later(source: Source) -> Set[str]:
    """Evidence of what two people booked after this day: the day's own books do not have it yet."""
    books, (begin, _end) = source.parts.books, source.parts.business(source.day - _LATELY)
    made = books.moved_by_hand(begin, source.parts.clock.now() + timedelta(seconds=1))
    booked = ((fact.evidence, fact.order_id) for fact in made if fact.order_id is not None)
    return {evidence for evidence, order in booked if books.calendar.day_of(books.made_at(order)) > source.day}


def _booked_later(source: Source, connection: Connection, accounts: Collection[str]) -> int:
    """Deposits the bank had by this day and the books have from a later one: when an order was made is in its number."""
    table = tables.line
    wanted = (table.c.state == lines.MATCHED) & (table.c.order_number != "") & (table.c.day <= source.day) & table.c.account.in_(accounts)
    books, amount = source.parts.books, 0
    for row in connection.execute(select(table.c.order_number, table.c.amount_minor).where(wanted, table.c.day > source.day - _LATELY)):
        if books.calendar.day_of(books.made_at(int(row.order_number))) > source.day:
            amount += row.amount_minor
    return amount
