"""Stock bought from a supplier, put in the books: out of the bank, into the link's stock."""

from datetime import date
from hashlib import blake2b

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from recharge.books.tables.ledger import entry, posting
from recharge.books.tables.orders import orders, request
from recharge.books.tables.parties import party
from recharge.domain.orders import END, OrderKind, OrderState
from recharge.domain.posting_rules import between
from recharge.domain.requests import Channel
from recharge.engine.administration import checks, lookups
from recharge.engine.administration.accounts import HOUSE, account_id
from recharge.engine.administration.errors import AdministrationCode, AdministrationError, bad
from recharge.engine.administration.office import Change, Desk, Duty, duty

_MOST_EVIDENCE = 48
_NO_ENDPOINT = 0


class Stock(Desk):
    """Stock purchases."""

    @duty(Duty.MONEY)
    def buy(self, change: Change, link_code: str, amount_minor: int, evidence: str, business_date: date, bank: str = "") -> int:
        """Book a purchase paid from the bank; the order's id. The evidence (payment or invoice number) counts once for ever.

        `bank` is the code of the bank account it was paid from, where that has an account of its own in the books.
        """
        found = lookups.row_of(change.connection, "link", link_code)
        bank_id = lookups.id_of(change.connection, "bank", bank) if bank else None
        checks.amount("amount_minor", amount_minor)
        if not evidence.strip():
            raise bad("evidence", evidence)
        checks.printable("evidence", evidence, _MOST_EVIDENCE)
        order_id = change.ids.next()
        _remember(change, f"{found.code} {evidence.strip()}", order_id)
        change.connection.execute(
            orders.insert().values(**_order(change, order_id, int(found.id), amount_minor, business_date), related_id=bank_id)
        )
        _post(
            change,
            order_id,
            (account_id(change, "stock", int(found.id)), account_id(change, "bank", bank_id or HOUSE)),
            amount_minor,
            business_date,
        )
        change.note("stock_bought", f"link:{found.code}", amount_minor=amount_minor, evidence=evidence, order=order_id)
        return order_id


def _remember(change: Change, evidence: str, order_id: int) -> None:
    """The one memory of requests holds purchases too: their reference follows from the evidence, so each is booked once for ever."""
    digest = blake2b(evidence.encode(), digest_size=16).digest()
    row = {"endpoint_id": _NO_ENDPOINT, "reference": f"stock-{digest.hex()}", "body": digest, "order_id": order_id}
    try:
        change.connection.execute(request.insert().values(**row, received_at=change.now, code="", facts="{}"))
    except IntegrityError as error:
        raise AdministrationError(AdministrationCode.EVIDENCE_USED, name=evidence) from error


def _order(change: Change, order_id: int, link_id: int, amount_minor: int, business_date: date) -> dict[str, object]:
    root = change.connection.execute(select(party.c.id, party.c.language).where(party.c.parent_id.is_(None))).one()
    return {
        "id": order_id,
        "kind": OrderKind.STOCK_PURCHASE.value,
        "state": OrderState.SUCCEEDED.value,
        "party_id": root.id,
        "endpoint_id": _NO_ENDPOINT,
        "channel": Channel.CONSOLE.value,
        "language": root.language,
        "number": "",
        "province": "",
        "face_minor": amount_minor,
        "price_minor": amount_minor,
        "split": "[]",
        "repeat_mark": 0,
        "business_date": business_date,
        "held_at": change.now,
        "lease": "",
        "attempts": 0,
        "link_id": link_id,
        "serial_number": "",
        "failure": "",
        "ended_at": change.now,
    }


def _post(change: Change, order_id: int, accounts: tuple[int, int], amount_minor: int, business_date: date) -> None:
    step = int(END)
    line = {"order_id": order_id, "step": step, "kind": OrderKind.STOCK_PURCHASE.value, "business_date": business_date, "at": change.now}
    change.connection.execute(entry.insert().values(**line))
    legs = between(*accounts, amount_minor)
    rows = [{"order_id": order_id, "step": step, "account_id": account, "amount_minor": amount} for account, amount in legs]
    change.connection.execute(posting.insert(), rows)
