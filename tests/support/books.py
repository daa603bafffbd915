"""The books looked at after a money test: by a few plain sums of its own, and by the product's separate reader."""

from typing import Any

from recharge.domain.errors import RefusalCode
from recharge.domain.outcomes import AttemptAction, OutcomeState
from recharge.domain.replies import OrderView, Reply
from recharge.verify import differences, holds, report, verify_books
from tests.support.world import World

_SUMS = "SELECT a.kind, a.owner_id, a.balance_minor, COALESCE(SUM(p.amount_minor), 0) FROM account a"
_SUMS += " LEFT JOIN posting p ON p.account_id = a.id GROUP BY a.id, a.kind, a.owner_id, a.balance_minor"
_OPEN = "SELECT COALESCE(SUM(price_minor), 0) FROM orders WHERE state IN ('held', 'sending', 'unknown')"
_ENTRIES = "SELECT order_id, step, SUM(amount_minor) FROM posting GROUP BY order_id, step HAVING SUM(amount_minor) <> 0"


def check_books(world: World) -> None:
    """Nothing made, nothing lost: every sum, then every invariant of the product's own verifier."""
    check_sums(world)
    # I9 says that somebody looks after every open order: no dispatcher runs in these stories.
    findings = [item for item in verify_books(world.database, world.clock.now()) if item.invariant != "I9"]
    assert holds(findings), report([finding for finding in findings if not finding.holds])
    assert differences(world.database) == []


def check_sums(world: World) -> None:
    """All postings sum to zero, each entry too; the hold account is what open orders cost; a deposit's balance is its postings."""
    assert int(world.one("SELECT COALESCE(SUM(amount_minor), 0) FROM posting")) == 0
    assert world.rows(_ENTRIES) == []
    assert world.hold_balance() == int(world.one(_OPEN))
    for kind, owner, balance, posted in world.rows(_SUMS):
        if kind == "deposit":
            assert balance == int(posted), f"the deposit of party {owner}"


def order_of(reply: Reply) -> OrderView:
    """The order that a reply tells of, which was carried out."""
    assert reply.refusal is None, reply.refusal
    assert reply.order is not None
    return reply.order


def number_of(reply: Reply) -> str:
    """The number of the order that a reply tells of."""
    return order_of(reply).order_number


def code_of(reply: Reply) -> RefusalCode:
    """Why a request was refused."""
    assert reply.refusal is not None, reply
    return reply.refusal.code


def fact_of(reply: Reply, name: str) -> str | int:
    """One of the facts a refusal tells."""
    assert reply.refusal is not None, reply
    return reply.refusal.facts[name]


def succeed(world: World, reply: Reply, **said: Any) -> int:
    """The carrier does what was asked; the attempt's id."""
    attempt = world.send(reply)
    world.hear(attempt, OutcomeState.SUCCESS, **{"serial_number": "SN1"} | said)
    return attempt


def sold(world: World, point: str = "A", amount: str = "50.00", **how: Any) -> Reply:
    """A recharge that went well."""
    reply = world.recharge(point, amount, **how)
    succeed(world, reply)
    return reply


def take_back(world: World, reply: Reply, state: OutcomeState = OutcomeState.SUCCESS) -> int:
    """The carrier is asked for the reversal and answers; the attempt's id."""
    attempt = world.send(reply, AttemptAction.REVERSE)
    world.hear(attempt, state)
    return attempt


def posted(world: World) -> dict[str, int]:
    """What was posted, by kind of account, in minor units; kinds without postings are left out."""
    text = "SELECT a.kind, SUM(p.amount_minor) FROM posting p JOIN account a ON a.id = p.account_id GROUP BY a.kind"
    return {kind: int(amount) for kind, amount in world.rows(text)}


def messages(world: World, reply: Reply) -> list[tuple[str, str]]:
    """(kind, recipient) of what an order left in the outbox, oldest first."""
    text = "SELECT kind, recipient FROM outbox WHERE order_id = ? ORDER BY id"
    return [(str(kind), str(recipient)) for kind, recipient in world.rows(text, int(number_of(reply)))]


def events(world: World, reply: Reply) -> list[str]:
    """Kinds of the out-of-the-ordinary things in an order's story, oldest first."""
    return [str(row[0]) for row in world.rows("SELECT kind FROM order_event WHERE order_id = ? ORDER BY id", int(number_of(reply)))]
