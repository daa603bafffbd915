"""The ledger as it is shown: requests, credits and messages, newest first, and what a proof counts."""

from typing import Any, Final

from simulators.modem_farm.ledger import Ledger, Row

_REQUESTS: Final = "select * from request where (?1 = '' or number = ?1) and (?2 = '' or iccid = ?2) order by id desc limit ?3"
_CREDITS: Final = "select * from credit where (?1 = '' or number = ?1) and (?2 = '' or iccid = ?2) order by id desc limit ?3"


def whole(ledger: Ledger, number: str = "", iccid: str = "", limit: int = 100) -> dict[str, Any]:
    """Requests, credits and movements, of one customer or one chip where they are named, and the totals."""
    return {
        "requests": ledger.rows(_REQUESTS, number, iccid, limit),
        "credits": ledger.rows(_CREDITS, number, iccid, limit),
        "movements": ledger.rows("select * from movement where (?1 = '' or iccid = ?1) order by id desc limit ?2", iccid, limit),
        "totals": totals(ledger),
    }


def totals(ledger: Ledger) -> Row:
    """Counts and sums over the whole ledger; `most_credits` is the most that one number got of one denomination."""
    return ledger.rows(
        "select (select count(*) from request) as requests, count(*) as credits, coalesce(sum(amount_minor), 0) as amount_minor,"
        " coalesce(sum(charged_minor), 0) as charged_minor,"
        " (select coalesce(max(n), 0) from (select count(*) as n from credit group by number, units)) as most_credits from credit"
    )[0]


def credits_of(ledger: Ledger) -> list[Row]:
    """How often each number was credited each denomination: what proves that nothing was sent twice."""
    return ledger.rows("select number, units, count(*) as credits from credit group by number, units order by number, units")


def messages(ledger: Ledger, number: str = "", limit: int = 100) -> list[Row]:
    """The latest messages, newest first, of one number where it is named."""
    return ledger.rows("select * from message where ?1 = '' or ?1 in (sender, recipient) order by id desc limit ?2", number, limit)
