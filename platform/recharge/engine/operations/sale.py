"""Recharge and bill payment: number, product, price, limits and guard; then the money is held."""

from typing import NamedTuple

from recharge.books.rows import AccountRow, OrderRow
from recharge.books.split import split_text
from recharge.books.usage import scopes_of
from recharge.domain import posting_rules
from recharge.domain.catalogue import Product
from recharge.domain.errors import Refusal, RefusalCode
from recharge.domain.limits import Limits, check_counters, check_order
from recharge.domain.numbers import NumberRange
from recharge.domain.orders import HOLD, OrderKind, OrderState
from recharge.domain.prices import Quote, quote
from recharge.domain.replies import Reply
from recharge.domain.requests import BillPayment, Recharge
from recharge.engine.views import view_of
from recharge.engine.work import Asked, Work

_NO_LIMITS = Limits()
_LARGEST_MARK = 1_000_000


class SalePlan(NamedTuple):
    """A sale as it was understood, before the money is looked at."""

    number: str
    place: NumberRange
    product: Product
    face_minor: int
    quote: Quote
    repeat_mark: int


def prepare(work: Work, asked: Asked) -> None:
    """Understand number, product and price; ask for the deposit account and for recent orders of the number."""
    operation = asked.request.operation
    assert isinstance(operation, Recharge | BillPayment)
    if not 0 <= operation.repeat_mark <= _LARGEST_MARK:
        raise Refusal(RefusalCode.BAD_REQUEST)
    kind, code = (OrderKind.RECHARGE, operation.product_code) if isinstance(operation, Recharge) else (OrderKind.BILL_PAYMENT, None)
    number = work.parts.rules.numbering.national(operation.number)
    catalogue, seller = work.parts.directory.catalogue, asked.endpoint.party
    place = catalogue.locate(number, work.ported_to(number))
    product, face = catalogue.product_for(kind, place.carrier_id, operation.amount_minor, code)
    uplines = work.parts.directory.uplines(seller)
    terms = quote(seller, uplines, product.id, face, catalogue.prices, work.now)
    asked.plan = SalePlan(number, place, product, face, terms, operation.repeat_mark)
    work.needs.guarded_numbers.add(number)


def decide(work: Work, asked: Asked) -> Reply:
    """Hold the money, or refuse and leave everything as it was."""
    plan: SalePlan = asked.plan
    party = asked.endpoint.party
    account = work.accounts[party.deposit_account]
    work.parts.rules.hours.check(work.now.astimezone(work.parts.calendar.zone).time())
    _check_limits(work, asked, account)
    _check_guard(work, asked)
    if not account.can_pay(plan.quote.price_minor):
        facts = {"balance_minor": account.balance_minor, "price_minor": plan.quote.price_minor}
        raise Refusal(RefusalCode.INSUFFICIENT_BALANCE, facts)
    row = _order(work, asked)
    _book(work, asked, row, account)
    view = view_of(row, work.parts.directory, party.code)
    return Reply(order=view, balance_minor=account.balance_minor)


def _check_limits(work: Work, asked: Asked, account: AccountRow) -> None:
    limits, party, face = work.parts.directory.catalogue.limits, asked.endpoint.party, asked.plan.face_minor
    own = limits.get(("party", party.id), _NO_LIMITS)
    check_order(own, face)
    check_counters(own, account.counters, face)
    for scope in scopes_of(party.tier_id):
        wider = limits.get(scope)
        if wider is not None:
            check_order(wider, face)
            _check_wider(work, scope, wider, face)


def _check_wider(work: Work, scope: tuple[str, int], limits: Limits, face_minor: int) -> None:
    try:
        check_counters(limits, work.usage.counters(scope, work.today), face_minor)
    except Refusal as refusal:
        code = RefusalCode.OVER_TIER_LIMIT if scope[0] == "tier" else RefusalCode.OVER_PLATFORM_LIMIT
        raise Refusal(code) from refusal


def _check_guard(work: Work, asked: Asked) -> None:
    """The same number and amount again within the window needs a higher repeat mark than the last one carried."""
    plan: SalePlan = asked.plan
    if not work.parts.rules.guard.duplicate_window:
        return
    found = work.recent.get((asked.endpoint.party.id, plan.number, plan.face_minor))
    if found is not None and plan.repeat_mark <= found[0]:
        facts: dict[str, str | int] = {
            "order_number": str(found[1]),
            "number": plan.number,
            "amount_minor": plan.face_minor,
            "repeat_mark": found[0] + 1,
        }
        raise Refusal(RefusalCode.REPEATED_ORDER, facts)


def _order(work: Work, asked: Asked) -> OrderRow:
    plan: SalePlan = asked.plan
    return OrderRow(
        id=work.new_id(),
        kind=plan.product.kind.value,
        state=OrderState.HELD.value,
        party_id=asked.endpoint.party.id,
        endpoint_id=asked.endpoint.id,
        channel=asked.request.origin.channel.value,
        language=asked.request.language or asked.endpoint.language,
        number=plan.number,
        carrier_id=plan.place.carrier_id,
        province=plan.place.province,
        product_id=plan.product.id,
        face_minor=plan.face_minor,
        price_minor=plan.quote.price_minor,
        split=split_text(plan.quote.split),
        repeat_mark=plan.repeat_mark,
        business_date=work.today_text,
        held_at=work.now_text,
        due_at=work.now_text,
    )


def _book(work: Work, asked: Asked, row: OrderRow, account: AccountRow) -> None:
    plan: SalePlan = asked.plan
    sale = posting_rules.Sale(account.id, row.face_minor, row.price_minor, plan.quote.split)
    legs = posting_rules.hold(sale, work.parts.house)
    work.writes.orders.append(row)
    work.writes.entry(row.id, HOLD, "hold", work.today_text, work.now_text, legs)
    account.move(-row.price_minor)
    account.counters.add(work.today, row.face_minor)
    work.writes.count_usage(scopes_of(asked.endpoint.party.tier_id), work.today_text, 1, row.face_minor)
    # Later requests of this very batch must see it.
    work.recent[row.party_id, row.number, row.face_minor] = (plan.repeat_mark, row.id)
    work.woken = True
