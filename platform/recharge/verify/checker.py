"""Runs every check over one snapshot and gives one finding an invariant."""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path

from recharge.books.database import Database
from recharge.verify import balances, carrier, chain, evidence, orders, requests, secrets
from recharge.verify.findings import TEXTS, Finding, Gathering, not_looked
from recharge.verify.legs import Accounts, read_accounts
from recharge.verify.lives import Life, lives
from recharge.verify.reader import Books, snapshot


def verify_books(database: Database, now: datetime, carrier_ledger: Path | None = None, canaries: Sequence[str] = ()) -> list[Finding]:
    """I1 to I16 of docs/books.md over one snapshot, in their order.

    `now` is aware. `carrier_ledger` is the carrier simulator's SQLite file (I7 is not looked at without one); `canaries` are
    secrets a test has used, which must stand nowhere. Changes nothing; may run while the engine works.
    """
    gathered = {invariant: Gathering(invariant) for invariant in TEXTS}
    with _opened(carrier_ledger) as ledger, snapshot(database) as books:
        _sets(books, gathered, canaries)
        accounts = read_accounts(books)
        for life in lives(books):
            _one(life, accounts, now, gathered)
        if ledger is not None:
            gathered["I7"].take(carrier.agrees(books, ledger))
    unlooked = {"I7"} if carrier_ledger is None else set()
    return [not_looked(key) if key in unlooked else gathering.finding() for key, gathering in gathered.items()]


@contextmanager
def _opened(path: Path | None) -> Iterator[carrier.CarrierLedger | None]:
    """The ledger's snapshot is taken before ours: what it has credited, we have sent."""
    if path is None:
        yield None
        return
    with closing(carrier.CarrierLedger(path)) as ledger:
        yield ledger


def _sets(books: Books, gathered: dict[str, Gathering], canaries: Sequence[str]) -> None:
    gathered["I1"].take(balances.zero_sums(books))
    gathered["I2"].take(balances.stored_figures(books))
    gathered["I3"].take(balances.floors(books))
    gathered["I4"].take(balances.held_money(books))
    gathered["I5"].take(orders.posted_once(books))
    gathered["I6"].take(balances.strays(books))
    gathered["I8"].take(requests.one_order_each(books))
    gathered["I12"].take(chain.chain_breaches(books))
    gathered["I13"].take(requests.used_once(books))
    gathered["I15"].take(secrets.leaked(books, canaries))
    gathered["I16"].take(chain.closed_day_breaches(books))


def _one(life: Life, accounts: Accounts, now: datetime, gathered: dict[str, Gathering]) -> None:
    gathered["I4"].take(orders.held_by_order(life, accounts))
    gathered["I5"].take(orders.ended_once(life, accounts))
    gathered["I6"].take(orders.right_legs(life, accounts))
    gathered["I8"].take(orders.credited_once(life))
    gathered["I9"].take(orders.looked_after(life, now))
    gathered["I9"].take(orders.open_long(life, now), breach=False)
    gathered["I10"].take(evidence.given_back_on_evidence(life))
    gathered["I11"].take(evidence.state_explained(life))
    gathered["I14"].take(orders.told(life))
