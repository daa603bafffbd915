"""The checker's own idea of what each order's entries must be, made from docs/books.md and not from the engine's posting rules."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field

from recharge.verify.lives import OPEN, SETTLED, Legs, Life
from recharge.verify.reader import Books

HOLD, END, REVERSAL = 1, 2, 3


@dataclass(slots=True)
class Accounts:
    """All accounts by (kind, owner)."""

    by_owner: dict[tuple[str, int], int] = field(default_factory=dict)

    def of(self, kind: str, owner_id: int | None = 0) -> int:
        """An account's id; 0, which no account has, where there is none."""
        return self.by_owner.get((kind, owner_id or 0), 0)


def read_accounts(books: Books) -> Accounts:
    """The accounts of a snapshot."""
    return Accounts({(kind, owner): number for number, kind, owner in books.rows("SELECT id, kind, owner_id FROM account")})


def expected(life: Life, accounts: Accounts) -> dict[int, list[Legs]]:
    """The legs each step must have, by step; where the order leaves a choice, all the right answers."""
    if not life.outward:
        return _immediate(life, accounts)
    held = {accounts.of("deposit", life.party_id): -life.price_minor, accounts.of("hold"): life.price_minor}
    steps = {HOLD: [_without_zeros(held)]}
    if life.state == "failed":
        steps[END] = [_undone(held)]
    elif life.state in SETTLED:
        settled = _settled(life, accounts)
        steps[END] = [settled]
        if life.state == "reversed":
            steps[REVERSAL] = [_undone(_sum(held, settled))]
    return steps


def _settled(life: Life, accounts: Accounts) -> Legs:
    """The hold is used up; what was charged comes out of the stock, every upline has its share, the platform what is left over."""
    face, price, delivered, charged = life.face_minor, life.price_minor, life.delivered_minor or 0, life.cost_minor or 0
    part = min(delivered, face)
    sold_for = min(price, (price * part + face - 1) // face)
    shares = [(account, share * part // face) for account, share in json.loads(life.split)]
    kept = sold_for - charged - sum(share for _, share in shares)
    legs = {accounts.of("hold"): -price}
    own = [(accounts.of("stock", life.link_id), charged), (accounts.of("revenue"), kept)]
    for account, amount in [*own, *shares, (accounts.of("deposit", life.party_id), price - sold_for)]:
        legs[account] = legs.get(account, 0) + amount
    return _without_zeros(legs)


def _immediate(life: Life, accounts: Accounts) -> dict[int, list[Legs]]:
    if life.state not in SETTLED:
        return {}
    moves = [_without_zeros({out: -amount, into: amount}) for out, into, amount in _moves(life, accounts)]
    if life.kind == "booking":
        moves = [dict(_booked(life))]
    return {END: moves, REVERSAL: [_undone(legs) for legs in moves]} if life.state == "reversed" else {END: moves}


def _booked(life: Life) -> Iterator[tuple[int, int]]:
    """A booking names its two accounts itself: the first pays what the second gets."""
    pair = json.loads(life.split)
    if len(pair) == 2 and pair[0][0] != pair[1][0]:
        yield pair[0][0], -life.face_minor
        yield pair[1][0], life.face_minor


def _moves(life: Life, accounts: Accounts) -> Iterator[tuple[int, int, int]]:
    """(debited account, credited account, minor units) as the order's kind says."""
    amount, own = life.face_minor, accounts.of("deposit", life.party_id)
    match life.kind:
        case "deposit":
            yield accounts.of("bank", life.related_id), own, amount
        case "transfer":
            yield own, accounts.of("deposit", life.related_id), amount
        case "commission_move":
            yield accounts.of("commission", life.party_id), own, amount
        case "adjustment":
            yield accounts.of("adjustment"), own, amount
        case "stock_purchase":
            yield accounts.of("stock", life.link_id), accounts.of("bank", life.related_id), amount


def held_now(life: Life) -> int:
    """What the order keeps in the hold account."""
    return life.price_minor if life.outward and life.state in OPEN else 0


def _undone(legs: Legs) -> Legs:
    return _without_zeros({account: -amount for account, amount in legs.items()})


def _sum(first: Legs, second: Legs) -> Legs:
    return {account: first.get(account, 0) + second.get(account, 0) for account in {*first, *second}}


def _without_zeros(legs: Legs) -> Legs:
    return {account: amount for account, amount in legs.items() if amount}
