"""The sheets of a day, made from the frozen balances, the cases, the bank's lines and the commission that was frozen."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import select

from bank_settle import cases, tables
from bank_settle.banks import lines
from bank_settle.carriers.kinds import money_word
from bank_settle.cases import Case, age_band
from bank_settle.names import case_state_name, kind_name, resolution_name, scope_name, state_name
from bank_settle.reports.bank_sheet import bank_reconciliation
from bank_settle.reports.sheet import Cell, Sheet, in_words, sums
from bank_settle.reports.source import Source
from bank_settle.terminals.match import Compared
from bank_settle.terminals.steps import compared_of
from bank_settle.texts import lazy_gettext as _

TOTAL = _("合计")
_ACCOUNT_KINDS = {
    "deposit": _("网点预存"),
    "commission": _("应付佣金"),
    "hold": _("在途冻结"),
    "stock": _("运营商库存"),
    "revenue": _("平台收入"),
    "bank": _("银行"),
    "adjustment": _("调账"),
}
_HAND_KINDS = {"adjustment": _("手工调账"), "deposit": _("手工预存"), "adjudication": _("裁定"), "booking": _("日结记账")}


def agents(source: Source) -> Sheet:
    """网点日结单: opening + deposits + commission + given back + transfers + adjustments − recharges = closing."""
    columns = source.columns(
        (_("网点"), "text", 9),
        (_("名称"), "text", 16),
        (_("期初"), "money", 11),
        (_("＋存款"), "money", 10),
        (_("＋佣金转入"), "money", 10),
        (_("＋退回与返销"), "money", 10),
        (_("＋转账"), "money", 10),
        (_("＋调账"), "money", 10),
        (_("－充值"), "money", 11),
        (_("＝期末"), "money", 11),
    )
    rows: list[list[Cell]] = []
    for item in source.accounts:
        if item.kind == "deposit" and (item.moves or item.closing_minor):
            parts = [item.net("deposit"), item.net("commission_move"), item.net("release", "settle", "reversal")]
            parts += [item.net("transfer", "transfer_reversal"), item.net("adjustment", "booking")]
            rows.append([item.owner_code, item.owner_name, item.opening_minor, *parts, -item.net("hold"), item.closing_minor])
    return Sheet("agents", source.say(_("网点日结单")), columns, rows, sums(columns, rows, source.say(TOTAL)))


def clearing(source: Source) -> Sheet:
    """日清算表: what we hold at each carrier, and what the carrier charged that day beside what we booked."""
    columns = source.columns(
        (_("运营商"), "text", 12),
        (_("期初库存"), "money", 12),
        (_("＋购入"), "money", 11),
        (_("－成功扣款"), "money", 12),
        (_("＋冲正"), "money", 10),
        (_("＋调整"), "money", 10),
        (_("＝期末库存"), "money", 12),
        (_("我方记账"), "money", 11),
        (_("对方扣款"), "money", 11),
        (_("差异"), "money", 9),
        (_("相符笔数"), "count", 8),
    )
    rows: list[list[Cell]] = []
    for item in source.accounts:
        if item.kind == "stock":
            matched = source.parts.days.read(f"carrier:{item.owner_code}", source.day).facts.get("matched", {})
            own = [-item.opening_minor, -item.net("stock_purchase"), item.net("settle"), -item.net("reversal"), -item.net("booking")]
            told = [matched.get(name) for name in ("booked_minor", "charged_minor", "effect_minor", "matched")]
            rows.append([item.owner_name or item.owner_code, *own, -item.closing_minor, *told])
    return Sheet("clearing", source.say(_("运营商日清算表")), columns, rows, sums(columns, rows, source.say(TOTAL)))


def case_book(source: Source) -> Sheet:
    """差错台账: every case not ended, and those that ended on this day, with their age."""
    columns = source.columns(
        (_("日期"), "text", 9),
        (_("范围"), "text", 12),
        (_("种类"), "text", 17),
        (_("参考号"), "text", 17),
        (_("网点"), "text", 8),
        (_("我方"), "money", 9),
        (_("对方"), "money", 9),
        (_("影响"), "money", 9),
        (_("长短款"), "text", 6),
        (_("账龄"), "text", 6),
        (_("状态"), "text", 8),
        (_("处理"), "text", 9),
    )
    with source.parts.database.read() as connection:
        found = cases.unresolved(connection, until=source.day)
        found += [case for case in cases.of_day(connection, source.day) if case.state == cases.RESOLVED]
    rows = [_case_row(source, case) for case in found]
    return Sheet("cases", source.say(_("差错台账")), columns, rows)


def _case_row(source: Source, case: Case) -> list[Cell]:
    age = age_band(case.age(source.day)) if case.state != cases.RESOLVED else ""
    words = source.say(word) if (word := money_word(case.effect_minor)) else ""
    state = case_state_name(case.state, source.language)
    how = resolution_name(case.resolution, source.language)
    where, kind = scope_name(case.scope, source.language), kind_name(case.kind, source.language)
    return [str(case.day), where, kind, case.reference, case.party_code, case.ours_minor, case.theirs_minor, case.effect_minor, words, age,
            state, how]  # fmt: skip


def terminals(source: Source) -> Sheet:
    """终端批次对账表: a batch a row, as the terminal told it, as the engine remembers it, as it stands in the books; face values."""
    columns = source.columns(
        (_("终端"), "text", 11),
        (_("批次"), "text", 8),
        (_("网点"), "text", 9),
        (_("结算时间"), "text", 14),
        (_("终端合计"), "money", 11),
        (_("终端笔数"), "count", 7),
        (_("系统合计"), "money", 11),
        (_("系统笔数"), "count", 7),
        (_("账上合计"), "money", 11),
        (_("账上笔数"), "count", 7),
        (_("差错笔数"), "count", 7),
    )
    days = [source.parts.days.read(scope, source.day) for scope in source.parts.configuration.scopes if scope.startswith("channel:")]
    rows = [_batch_row(source, item) for day in days for item in compared_of(source.parts, day)]
    return Sheet("terminals", source.say(_("终端批次对账表")), columns, rows, sums(columns, rows, source.say(TOTAL)))


def _batch_row(source: Source, item: Compared) -> list[Cell]:
    batch, zone = item.batch, source.parts.books.calendar.zone
    at = source.say(_("未结算")) if batch.closed_at is None else f"{batch.closed_at.astimezone(zone):%Y-%m-%d %H:%M}"
    cells: list[Cell] = [batch.terminal, f"{batch.number:06d}", batch.party_code, at]
    for side in (batch.told, item.ours, item.posted):
        cells += [None, None] if side is None else [side.net_minor, side.debit_count + side.credit_count]
    return [*cells, len(item.breaks)]


def long_short(source: Source) -> Sheet:
    """长短款汇总: by scope and kind, for the day and for what is still open."""
    columns = source.columns(
        (_("范围"), "text", 14),
        (_("种类"), "text", 24),
        (_("当日笔数"), "count", 8),
        (_("当日长款"), "money", 11),
        (_("当日短款"), "money", 11),
        (_("未处理笔数"), "count", 9),
        (_("未处理长款"), "money", 11),
        (_("未处理短款"), "money", 11),
    )
    with source.parts.database.read() as connection:
        today, left = cases.of_day(connection, source.day), cases.unresolved(connection, until=source.day)
    rows: list[list[Cell]] = []
    for scope, kind in sorted({(case.scope, case.kind) for case in [*today, *left]}):
        cells: list[Cell] = [scope_name(scope, source.language), kind_name(kind, source.language)]
        for group in (today, left):
            effects = [case.effect_minor for case in group if (case.scope, case.kind) == (scope, kind)]
            cells += [len(effects), sum(value for value in effects if value > 0), sum(value for value in effects if value < 0)]
        rows.append(cells)
    return Sheet("long_short", source.say(_("长短款汇总")), columns, rows, sums(columns, rows, source.say(TOTAL)))


def commission(source: Source) -> Sheet:
    """佣金表: what the rules of the day gave each agent; what rounding left stands with the house."""
    columns = source.columns(
        (_("网点"), "text", 12),
        (_("佣金"), "money", 12),
        (_("舍入余数（百万分之一分）"), "count", 16),
        (_("记账单号"), "text", 20),
    )
    table = tables.commission
    with source.parts.database.read() as connection:
        found = connection.execute(select(table).where(table.c.day == source.day).order_by(table.c.party_code)).all()
    rows: list[list[Cell]] = [[row.party_code, row.amount_minor, row.remainder_millionths, row.order_number] for row in found]
    note = source.say(_("规则 {digest}"), digest=found[0].rules[:16]) if found else ""
    return Sheet("commission", source.say(_("佣金表")), columns, rows, sums(columns, rows, source.say(TOTAL)), note)


def trial_balance(source: Source) -> Sheet:
    """试算平衡表: every kind of account; the closing balances sum to zero."""
    columns = source.columns(
        (_("科目"), "text", 16),
        (_("户数"), "count", 8),
        (_("期初"), "money", 14),
        (_("贷方发生"), "money", 14),
        (_("借方发生"), "money", 14),
        (_("期末"), "money", 14),
    )
    rows: list[list[Cell]] = []
    for kind, name in _ACCOUNT_KINDS.items():
        own = [item for item in source.accounts if item.kind == kind]
        if own:
            told = [sum(getattr(item, field) for item in own) for field in ("opening_minor", "in_minor", "out_minor", "closing_minor")]
            rows.append([source.say(name), len(own), *told])
    return Sheet("trial_balance", source.say(_("试算平衡表")), columns, rows, sums(columns, rows, source.say(TOTAL)))


def suspense(source: Source) -> Sheet:
    """挂账明细: money that came in and is nobody's yet."""
    columns = source.columns(
        (_("日期"), "text", 9),
        (_("银行"), "text", 10),
        (_("金额"), "money", 11),
        (_("付款人"), "text", 16),
        (_("付款账号"), "text", 16),
        (_("摘要"), "text", 24),
        (_("银行流水号"), "text", 14),
        (_("账龄"), "text", 7),
    )
    with source.parts.database.read() as connection:
        held = [row for row in lines.in_suspense(connection) if row.day <= source.day]
    rows: list[list[Cell]] = [
        [str(row.day), row.account, row.amount_minor, row.payer_name, row.payer_account, row.text, row.bank_reference,
         age_band((source.day - row.day).days)] for row in held
    ]  # fmt: skip
    total: list[Cell] = [source.say(TOTAL), None, sum(row.amount_minor for row in held), None, None, None, None, None]
    return Sheet("suspense", source.say(_("挂账明细")), columns, rows, total)


def by_hand(source: Source) -> Sheet:
    """手工调账: all money moved by people on the day, with both names."""
    columns = source.columns(
        (_("单号"), "text", 17),
        (_("种类"), "text", 9),
        (_("网点"), "text", 9),
        (_("金额"), "money", 10),
        (_("借"), "text", 13),
        (_("贷"), "text", 13),
        (_("事由"), "text", 22),
        (_("状态"), "text", 8),
        (_("经办"), "text", 8),
        (_("复核"), "text", 8),
    )
    rows: list[list[Cell]] = []
    for item in source.parts.books.moved_by_hand(*source.parts.business(source.day)):
        kind = source.say(_HAND_KINDS.get(item.kind, item.kind))
        state = state_name(item.state, source.language)
        rows.append([str(item.case_number), kind, item.party_code, item.amount_minor, item.debited, item.credited, item.reason, state,
                     item.maker or "", item.checker or ""])  # fmt: skip
    return Sheet("by_hand", source.say(_("手工调账")), columns, rows)


def payments(source: Source) -> Sheet:
    """付款清单: what is on its way out, with the amount in words."""
    columns = source.columns(
        (_("编号"), "text", 18),
        (_("收款人"), "text", 16),
        (_("收款账号"), "text", 18),
        (_("联行号"), "text", 12),
        (_("金额"), "money", 11),
        (_("大写"), "text", 24),
        (_("用途"), "text", 14),
        (_("状态"), "text", 9),
        (_("经办"), "text", 7),
        (_("复核"), "text", 7),
    )
    with source.parts.database.read() as connection:
        found = connection.execute(
            select(tables.item).where(tables.item.c.state.not_in(("booked", "returned"))).order_by(tables.item.c.id)
        ).all()
    rows: list[list[Cell]] = [[*_payment_cells(row), state_name(row.state, source.language), row.maker, row.checker] for row in found]
    total: list[Cell] = [source.say(TOTAL), None, None, None, sum(row.amount_minor for row in found), None, None, None, None, None]
    return Sheet("payments", source.say(_("付款清单")), columns, rows, total)


def _payment_cells(row: Any) -> list[Cell]:
    return [row.id, row.payee_name, row.payee_account, row.payee_bank, row.amount_minor, in_words(row.amount_minor), row.purpose]


SHEETS: tuple[Callable[[Source], Sheet], ...] = (
    agents, clearing, bank_reconciliation, terminals, case_book, long_short, commission, trial_balance, suspense, by_hand, payments,
)  # fmt: skip
