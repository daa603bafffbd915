"""The entries and messages of an order's end: settled, released, reversed."""

from typing import TYPE_CHECKING

from recharge.books.json_text import json_text
from recharge.books.rows import OrderRow, day_of
from recharge.books.split import split_of
from recharge.books.usage import scopes_of
from recharge.domain import posting_rules
from recharge.domain.orders import END, REVERSAL
from recharge.domain.posting_rules import Delivery, Leg, Sale
from recharge.engine.messages import Facts, agent_message, customer_message

if TYPE_CHECKING:
    from recharge.engine.ending import Ending


def settle(ending: "Ending", order: OrderRow) -> None:
    """The hold ends as cost, commissions and revenue; a partly delivered order gives the rest back."""
    legs = _settle_legs(ending, order)
    _book(ending, order, END, "settle", legs)
    _accrue(ending, order, legs)
    _give_back(ending, order, legs, counted=False)
    kind = "partial" if order.delivered_minor != order.face_minor else "succeeded"
    tell_agent(ending, order, kind)
    _tell_customer(ending, order, kind)


def release(ending: "Ending", order: OrderRow) -> None:
    """The money back to the deposit, and the order out of the limits' counters."""
    legs = posting_rules.release(_sale(ending, order), ending.parts.house)
    _book(ending, order, END, "release", legs)
    _give_back(ending, order, legs, counted=True)
    tell_agent(ending, order, "failed")


def reverse(ending: "Ending", order: OrderRow) -> None:
    """Undo hold and settlement together, commissions included; books of today, whatever day the order was of."""
    sale = _sale(ending, order)
    done = posting_rules.merged([*posting_rules.hold(sale, ending.parts.house), *_settle_legs(ending, order)])
    legs = posting_rules.negated(done)
    _book(ending, order, REVERSAL, "reversal", legs)
    _accrue(ending, order, legs)
    _give_back(ending, order, legs, counted=True)
    tell_agent(ending, order, "reversed")
    _tell_customer(ending, order, "reversed")


def tell_agent(ending: "Ending", order: OrderRow, kind: str) -> None:
    """A message to the endpoint that asked."""
    facts = _facts(order)
    account = ending.parts.directory.party(order.party_id).deposit_account
    if account in ending.accounts:
        facts["balance_minor"] = ending.accounts[account].balance_minor
    elif account in ending.balances:
        facts["balance_minor"] = ending.balances[account]
    ending.writes.messages.append(agent_message(ending.new_id(), order, kind, facts, ending.now_text))


def keep_event(ending: "Ending", order_id: int, kind: str, facts: Facts) -> None:
    """Something out of the ordinary, for the order's story."""
    ending.writes.events.append((ending.new_id(), order_id, ending.now_text, kind, json_text(facts)))


def _tell_customer(ending: "Ending", order: OrderRow, kind: str) -> None:
    ending.writes.messages.append(customer_message(ending.new_id(), order, kind, _facts(order), ending.now_text))


def _facts(order: OrderRow) -> Facts:
    facts: Facts = {"order_kind": order.kind, "order_number": str(order.id), "number": order.number, "face_minor": order.face_minor}
    if order.serial_number:
        facts["serial_number"] = order.serial_number
    if order.failure:
        facts["failure"] = order.failure
    if order.delivered_minor is not None and order.delivered_minor != order.face_minor:
        facts["delivered_minor"] = order.delivered_minor
    return facts


def _sale(ending: "Ending", order: OrderRow) -> Sale:
    party = ending.parts.directory.party(order.party_id)
    return Sale(party.deposit_account, order.face_minor, order.price_minor, split_of(order.split))


def _settle_legs(ending: "Ending", order: OrderRow) -> list[Leg]:
    assert order.link_id is not None
    assert order.delivered_minor is not None
    assert order.cost_minor is not None
    delivery = Delivery(ending.stock_accounts[order.link_id], order.delivered_minor, order.cost_minor)
    return posting_rules.settle(_sale(ending, order), delivery, ending.parts.house)


def _book(ending: "Ending", order: OrderRow, step: int, kind: str, legs: list[Leg]) -> None:
    # The books' day is the day on which it is booked, also for an order of yesterday: a closed day never changes.
    ending.writes.entry(order.id, step, kind, ending.today_text, ending.now_text, legs)


def _accrue(ending: "Ending", order: OrderRow, legs: list[Leg]) -> None:
    """What the legs do to commission accounts follows by the roll-up: nobody locks an upline's account per order."""
    earning = {account for account, _ in split_of(order.split)}
    for account, amount in legs:
        if account in earning:
            ending.writes.accruals[account] += amount


def _give_back(ending: "Ending", order: OrderRow, legs: list[Leg], *, counted: bool) -> None:
    party = ending.parts.directory.party(order.party_id)
    back = sum(amount for account, amount in legs if account == party.deposit_account)
    if back:
        ending.accounts[party.deposit_account].move(back)
    if counted:
        sold_on = day_of(order.business_date)
        assert sold_on is not None
        account = ending.accounts[party.deposit_account]
        account.counters.give_back(sold_on, order.face_minor)
        account.changed = True
        ending.writes.count_usage(scopes_of(party.tier_id), sold_on.isoformat(), -1, -order.face_minor)
