"""A small province on a test's database: distributors, two points, one carrier link; and money tests in the field's words."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from recharge.books.database import Database
from recharge.books.directory import Directory
from recharge.books.house import house_accounts
from recharge.books.ids import IdMaker
from recharge.books.rows import AttemptRow, insert_of
from recharge.books.tables.metadata import stamp
from recharge.clock import BusinessCalendar
from recharge.domain import requests as ask
from recharge.domain.money import parse_amount
from recharge.domain.orders import OrderKind
from recharge.domain.outcomes import AnswerSource, AttemptAction, Evidence, Outcome, OutcomeState
from recharge.domain.parties import PartyKind, Role
from recharge.domain.replies import Reply
from recharge.domain.requests import Channel, EndpointKind, Operation, Origin, Request, ServicePassword, SignedIn
from recharge.engine.administration import SHELL, Administration, Route
from recharge.engine.finish import Finisher
from recharge.engine.intake import Intake
from recharge.engine.parts import Parts, Rules
from recharge.keys.store import KeyStore

NUMBER = "13800138000"
PASSWORD = "274961"
MORNING = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
MASTER_KEY = bytes(range(32))
RANGES = "prefix,carrier,province\n138,CMCC,\n1380013,CMCC,北京\n186,CUCC,\n"


class ManualClock:
    """A clock that a test sets."""

    def __init__(self, start: datetime = MORNING) -> None:
        self.moment = start

    def now(self) -> datetime:
        return self.moment

    def pass_time(self, **units: float) -> None:
        """Let time go by: pass_time(minutes=3)."""
        self.moment += timedelta(**units)


@dataclass
class World:
    """The province. Points "A" and "B" sit below distributors D3 < D2 < D1; each margin is 0.20 %, the discount 2.00 %."""

    url: str
    rules: Rules = field(default_factory=Rules)
    clock: ManualClock = field(default_factory=ManualClock)

    def __post_init__(self) -> None:
        self.database = Database(self.url)
        self.keys = KeyStore(MASTER_KEY)
        self.ids = IdMaker(1, self.clock)
        self.office = Administration(self.database, self.ids, self.clock, self.keys)
        self._references = count(1)
        self.wakes = 0
        self._build()
        self.parts = self.new_parts()
        self.intake = Intake(self.parts, self._wake)
        self.finisher = Finisher(self.parts)

    def new_parts(self) -> Parts:
        """The parts of one more process on the same books."""
        calendar = BusinessCalendar(ZoneInfo("Asia/Shanghai"), time(0, 0))
        house = house_accounts(self.database)
        return Parts(self.database, self.clock, calendar, self.ids, self.keys, self.rules, house, Directory())

    def _wake(self) -> None:
        self.wakes += 1

    def _build(self) -> None:
        desk = self.office
        for tier in ("POINT", "DIST"):
            desk.catalogue.add_tier(SHELL, tier, tier)
        desk.parties.register(SHELL, "ROOT", "省代理", PartyKind.PLATFORM)
        for code, parent in (("D1", "ROOT"), ("D2", "D1"), ("D3", "D2")):
            desk.parties.register(SHELL, code, f"分销商{code}", PartyKind.DISTRIBUTOR, parent, "DIST")
        for code in ("A", "B"):
            self.add_point(code)
        self._staff()
        self._catalogue()
        self._link()

    def add_point(self, code: str, parent: str = "D3") -> None:
        """One more point, with a web login as its endpoint and a service password."""
        desk = self.office
        desk.parties.register(SHELL, code, f"网点{code}", PartyKind.POINT, parent, "POINT")
        desk.endpoints.bind(SHELL, EndpointKind.WEB_LOGIN, self.login_of(code), code)
        desk.credentials.set(SHELL, code, PASSWORD, temporary=False)

    def _staff(self) -> None:
        desk = self.office
        roles = {"FIN1": Role.FINANCE, "FIN2": Role.FINANCE, "OPS1": Role.OPERATIONS, "CS1": Role.CUSTOMER_SERVICE, "AUD1": Role.AUDITOR}
        for code, role in (*roles.items(), ("SETTLE", Role.SETTLEMENT), ("ADM1", Role.ADMINISTRATOR)):
            desk.people.register(SHELL, code, code, "ROOT", role)
            desk.endpoints.bind(SHELL, EndpointKind.CONSOLE, code.lower(), "ROOT", code)
            desk.credentials.set(SHELL, "ROOT", PASSWORD, code, temporary=False)

    def _catalogue(self) -> None:
        desk = self.office
        for carrier, name in (("CMCC", "中国移动"), ("CUCC", "中国联通")):
            desk.catalogue.add_carrier(SHELL, carrier, name)
        desk.ranges.load(SHELL, RANGES)
        for carrier, letter in (("CMCC", "M"), ("CUCC", "U")):
            for units in (10, 30, 50, 100):
                desk.catalogue.add_fixed(SHELL, f"{letter}S{units}", f"{units}元", carrier, units * 100)
            desk.catalogue.add_open(SHELL, f"{letter}OPEN", "任意充", carrier, OrderKind.RECHARGE, 1000, 50000, 100)
            desk.catalogue.add_open(SHELL, f"{letter}BILL", "缴费", carrier, OrderKind.BILL_PAYMENT, 100, 100000)
        for row in desk.catalogue.products():
            desk.prices.set(SHELL, "POINT", row.code, 200)
            desk.prices.set(SHELL, "DIST", row.code, 0, 20)

    def _link(self) -> None:
        desk = self.office
        self.link_id = desk.links.register(SHELL, "CARRIER", "省平台", "carrier_platform", {})
        for carrier in ("CMCC", "CUCC"):
            for kind in (OrderKind.RECHARGE, OrderKind.BILL_PAYMENT):
                desk.links.add_route(SHELL, "CARRIER", Route(carrier, kind, 9600))

    @staticmethod
    def login_of(point: str) -> str:
        """The user name of a point's web login."""
        return f"shop-{point.lower()}"

    def new_reference(self) -> str:
        """A reference nobody has used."""
        return f"t{next(self._references)}"

    def request(
        self, who: str, operation: Operation, *, reference: str | None = None, password: str | None = PASSWORD, **origin: Any
    ) -> Request:
        """What a point (by its code) or a member of staff (by the person's code) asks."""
        kind, identity = (EndpointKind.WEB_LOGIN, self.login_of(who))
        if len(who) > 2:
            kind, identity = (EndpointKind.CONSOLE, who.lower())
        made = {"channel": Channel.WEB, "kind": kind, "identity": identity, "reference": reference or self.new_reference()} | origin
        credential = SignedIn() if password is None else ServicePassword(password)
        return Request(Origin(**made), credential, operation)

    def ask(self, who: str, operation: Operation, **how: Any) -> Reply:
        """One request, carried out at once in a batch of its own."""
        return self.intake.take([self.request(who, operation, **how)])[0]

    def deposit(self, point: str, amount: str) -> Reply:
        """Settlement credits a point with evidence nobody used."""
        operation = ask.Deposit(point, parse_amount(amount), f"bank line {self.new_reference()}")
        return self.ask("SETTLE", operation, password=None, channel=Channel.SETTLEMENT)

    def recharge(self, point: str, amount: str = "50.00", number: str = NUMBER, *, mark: int = 0, **how: Any) -> Reply:
        """A point recharges a customer's number."""
        return self.ask(point, ask.Recharge(number, parse_amount(amount), repeat_mark=mark), **how)

    def balance(self, who: str) -> int:
        """A party's deposit in minor units, as the database has it."""
        return int(
            self.one("SELECT a.balance_minor FROM account a JOIN party p ON p.id = a.owner_id WHERE a.kind = 'deposit' AND p.code = ?", who)
        )

    def one(self, text: str, *values: Any) -> Any:
        """The first column of the first row of a plain query."""
        with self.database.read() as connection:
            return self.database.rows(connection, text, values)[0][0]

    def rows(self, text: str, *values: Any) -> list[tuple[Any, ...]]:
        """All rows of a plain query."""
        with self.database.read() as connection:
            return [tuple(row) for row in self.database.rows(connection, text, values)]

    def state(self, reply: Reply) -> str:
        """The stored state of a reply's order."""
        assert reply.order is not None, reply
        return str(self.one("SELECT state FROM orders WHERE id = ?", int(reply.order.order_number)))

    def send(self, reply: Reply, action: AttemptAction = AttemptAction.SUBMIT) -> int:
        """What the dispatcher commits before it sends: the attempt, and the order under way. The attempt's id."""
        assert reply.order is not None, reply
        order_id, attempt_id = int(reply.order.order_number), self.ids.next()
        with self.database.write() as connection:
            text = "SELECT attempts, attempt_id, number, face_minor, state FROM orders WHERE id = ?"
            tries, former, number, face, state = self.database.rows(connection, text, [order_id])[0]
            submit = action is AttemptAction.SUBMIT
            asked = "SELECT COUNT(*) FROM attempt WHERE order_id = ? AND action = ?"
            ordinal = self.database.rows(connection, asked, [order_id, action.value])[0][0] + 1
            row = AttemptRow(
                attempt_id, order_id, action.value, ordinal, self.link_id, "sending", number, face, face * 96 // 100,
                None if submit else former, "[]", stamp(self.clock.now()), "", "", None, None, 0, 0, None,
            )  # fmt: skip
            self.database.change(connection, insert_of("attempt", AttemptRow), row)
            values = ("sending" if submit else state, attempt_id, tries + (1 if submit else 0), None, order_id)
            self.database.change(connection, "UPDATE orders SET state = ?, attempt_id = ?, attempts = ?, due_at = ? WHERE id = ?", values)
        return attempt_id

    def hear(self, attempt_id: int, state: OutcomeState, source: AnswerSource = AnswerSource.SUBMIT, **said: Any) -> None:
        """The carrier's answer is applied."""
        self.finisher.finish([self.evidence(attempt_id, state, source, **said)])

    def evidence(self, attempt_id: int, state: OutcomeState, source: AnswerSource = AnswerSource.SUBMIT, **said: Any) -> Evidence:
        """One answer."""
        return Evidence(attempt_id, Outcome(state, self.clock.now(), **said), source)

    def hold_balance(self) -> int:
        """What stands in the hold account: zero when nothing is open."""
        text = "SELECT COALESCE(SUM(p.amount_minor), 0) FROM posting p JOIN account a ON a.id = p.account_id WHERE a.kind = 'hold'"
        return int(self.one(text))

    def close(self) -> None:
        """Give the connections back."""
        self.database.close()
