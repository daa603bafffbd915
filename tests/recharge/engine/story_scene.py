"""A small house with one order in it, written row by row, for tests of its story."""

import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Table

from recharge.books.database import Database
from recharge.books.tables import catalogue, ledger, messages, orders, parties, suppliers
from recharge.domain.routing import Candidate, Reason

NOON = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
TODAY = date(2026, 11, 21)
ORDER = 250123456789654321
PLATFORM, UPLINE, POINT, OTHER_POINT, TIER = 1, 2, 3, 4, 9
LOGIN, SIM = 31, 32
MAKER, CHECKER, SELLER = 41, 42, 43
FIRST_LINK, SECOND_LINK = 51, 52
DEPOSIT, UPLINE_COMMISSION, STOCK, HOLD, REVENUE = 61, 62, 63, 64, 65

FIRST = Candidate(FIRST_LINK, "carrier-a", Reason.TAKEN, 4800, 1, 98)
SECOND = Candidate(SECOND_LINK, "carrier-b", Reason.NEXT, 4850, 2, 91)
STOPPED = Candidate(SECOND_LINK, "carrier-b", Reason.PAUSED)


@dataclass
class Scene:
    """Writes rows; times are seconds after noon."""

    database: Database
    ids: int = field(default=1000)

    def put(self, table: Table, **values: Any) -> int:
        """One row; its id, made up where none is given."""
        if "id" in table.c and "id" not in values:
            self.ids += 1
            values["id"] = self.ids
        with self.database.write() as connection:
            connection.execute(table.insert().values(**values))
        return int(values.get("id", 0))

    def house(self) -> None:
        """Parties, people, endpoints, catalogue, links and accounts."""
        for party_id, code, name, kind in (
            (PLATFORM, "ROOT", "省公司", "platform"),
            (UPLINE, "D01", "城区分销", "distributor"),
            (POINT, "P1001", "城东营业厅", "point"),
            (OTHER_POINT, "P1002", "城西营业厅", "point"),
        ):
            tier = TIER if kind == "point" else None
            row = {"code": code, "name": name, "kind": kind, "parent_id": None, "path": f"/{party_id}/", "tier_id": tier}
            self.put(parties.party, id=party_id, **row, discount_bp=None, margin_bp=None, language="zh_CN", blocked=False, created_at=NOON)
        for person_id, code, name in ((MAKER, "F01", "张三"), (CHECKER, "F02", "李四"), (SELLER, "S01", "王五")):
            self.put(parties.person, id=person_id, code=code, name=name, party_id=POINT, role="owner", blocked=False, created_at=NOON)
        self.endpoint(LOGIN, "web_login", "point-a", SELLER)
        self.endpoint(SIM, "stk_sim", "8986001234", None)
        self.put(catalogue.carrier, id=71, code="CMCC", name="中国移动")
        product = {"fixed_minor": None, "least_minor": 100, "most_minor": 50000, "step_minor": 100, "active": True}
        self.put(catalogue.product, id=72, code="OPEN", name="话费", kind="recharge", carrier_id=71, **product)
        for link_id, code in ((FIRST_LINK, "carrier-a"), (SECOND_LINK, "carrier-b")):
            settings = {"kind": "carrier_platform", "settings": "{}", "secret_id": None, "paused": False, "most_in_flight": 10}
            self.put(suppliers.link, id=link_id, code=code, name=code, reserve_minor=0, **settings)
        self.accounts()

    def accounts(self) -> None:
        for account_id, kind, owner in (
            (DEPOSIT, "deposit", POINT),
            (UPLINE_COMMISSION, "commission", UPLINE),
            (STOCK, "stock", FIRST_LINK),
            (HOLD, "hold", 0),
            (REVENUE, "revenue", 0),
        ):
            self.put(ledger.account, id=account_id, kind=kind, owner_id=owner, balance_minor=None)

    def endpoint(self, endpoint_id: int, kind: str, identity: str, person_id: int | None) -> None:
        row = {"kind": kind, "identity": identity, "party_id": POINT, "person_id": person_id, "address": "", "language": None}
        self.put(parties.endpoint, id=endpoint_id, **row, blocked=False, created_at=NOON)

    def order(self, **values: Any) -> None:
        """A recharge of 50.00 as it stands at the end of its life, unless told otherwise."""
        row = {
            "kind": "recharge",
            "state": "succeeded",
            "party_id": POINT,
            "endpoint_id": LOGIN,
            "channel": "web",
            "language": "zh_CN",
            "number": "13800138000",
            "carrier_id": 71,
            "province": "广东",
            "product_id": 72,
            "face_minor": 5000,
            "price_minor": 4900,
            "split": json.dumps([[UPLINE_COMMISSION, 25]]),
            "repeat_mark": 0,
            "business_date": TODAY,
            "held_at": at(0.012),
            "due_at": None,
            "lease": "",
            "attempt_id": None,
            "attempts": 1,
            "link_id": FIRST_LINK,
            "delivered_minor": 5000,
            "cost_minor": 4800,
            "serial_number": "SN26112100000017",
            "failure": "",
            "related_id": None,
            "ended_at": at(0.9),
        }
        self.put(orders.orders, id=ORDER, **{**row, **values})

    def asked(self, seconds: float = 0, endpoint: int = LOGIN, reference: str = "form-1") -> None:
        row = {"body": bytes(16), "received_at": at(seconds), "order_id": ORDER, "code": "", "facts": "{}"}
        self.put(orders.request, endpoint_id=endpoint, reference=reference, **row)

    def attempt(self, seconds: float, *candidates: Candidate, **values: Any) -> int:
        row = {
            "order_id": ORDER,
            "action": "submit",
            "ordinal": 1,
            "link_id": FIRST_LINK,
            "state": "succeeded",
            "number": "13800138000",
            "face_minor": 5000,
            "cost_minor": 4800,
            "target_id": None,
            "candidates": json.dumps([candidate.facts() for candidate in candidates]),
            "claimed_at": at(seconds),
            "supplier_reference": "",
            "serial_number": "",
            "charged_minor": None,
            "delivered_minor": None,
            "queries": 0,
            "not_found": 0,
            "ended_at": None,
        }
        return self.put(suppliers.attempt, **{**row, **values})

    def answer(self, seconds: float, attempt: int, state: str, source: str = "submit", code: str = "", text: str = "") -> None:
        row = {"source": source, "state": state, "code": code, "text": text, "raw": ""}
        self.put(suppliers.answer, attempt_id=attempt, order_id=ORDER, at=at(seconds), **row)

    def event(self, seconds: float, kind: str, **facts: Any) -> None:
        self.put(orders.order_event, order_id=ORDER, at=at(seconds), kind=kind, facts=json.dumps(facts))

    def entry(self, seconds: float, step: int, kind: str, **legs: int) -> None:
        """An entry with its legs by account: hold, deposit, commission, stock, revenue."""
        accounts = {"deposit": DEPOSIT, "commission": UPLINE_COMMISSION, "stock": STOCK, "hold": HOLD, "revenue": REVENUE}
        self.put(ledger.entry, order_id=ORDER, step=step, kind=kind, business_date=TODAY, at=at(seconds))
        for name, amount in legs.items():
            self.put(ledger.posting, order_id=ORDER, step=step, account_id=accounts[name], amount_minor=amount)

    def told(self, seconds: float, recipient: str = "agent", kind: str = "succeeded", sent: float | None = None, **facts: Any) -> None:
        row = {
            "endpoint_id": LOGIN,
            "channel": "web" if recipient == "agent" else "sms",
            "address": "" if recipient == "agent" else "13800138000",
            "language": "zh_CN",
            "facts": json.dumps({"number": "13800138000", "face_minor": 5000, **facts}),
            "state": "waiting" if sent is None else "sent",
            "tries": 0,
            "due_at": at(seconds) if sent is None else None,
            "created_at": at(seconds),
            "sent_at": None if sent is None else at(sent),
        }
        self.put(messages.outbox, order_id=ORDER, recipient=recipient, kind=kind, **row)

    def case(self, made: float, checked: float | None, state: str, **values: Any) -> int:
        row = {
            "kind": "adjudication",
            "party_id": POINT,
            "order_id": ORDER,
            "amount_minor": 5000,
            "succeeded": True,
            "reference": "SN1",
            "reason": "对账单已列",
            "state": state,
            "maker_id": MAKER,
            "made_at": at(made),
            "checker_id": None if checked is None else CHECKER,
            "checked_at": None if checked is None else at(checked),
        }
        return self.put(orders.case, **{**row, **values})

    def limit(self, scope: str, scope_id: int, **values: int) -> None:
        self.put(catalogue.limits, scope=scope, scope_id=scope_id, **values)

    def success(self) -> None:
        """The everyday order: asked, held, sent, done, told."""
        self.order()
        self.asked()
        self.entry(0.012, 1, "hold", deposit=-4900, hold=4900)
        attempt = self.attempt(0.060, FIRST, SECOND)
        self.answer(0.850, attempt, "success", code="0000", text="充值成功")
        self.entry(0.9, 2, "settle", hold=-4900, stock=4800, commission=25, revenue=75)
        self.told(0.9, sent=1.5, serial_number="SN26112100000017")


def at(seconds: float) -> datetime:
    """A moment after noon."""
    return NOON + timedelta(seconds=seconds)
