"""The carrier's rules: taking an order in once per reference, crediting it, taking it back, with the stock in step."""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Final

from simulators.carrier import codes
from simulators.carrier.behaviour import BEHAVIOURS, Behaviour
from simulators.carrier.clock import CarrierClock, day_of
from simulators.carrier.controls import Controls
from simulators.carrier.messages import Request

KINDS: Final = {"Recharge": "R", "BillPayment": "B", "Reverse": "V"}
_SMALLEST_AND_LARGEST: Final = {"R": (100, 100_000), "B": (1, 1_000_000)}


@dataclass(frozen=True, slots=True)
class Order:
    """One recorded order or reversal, as the table holds it; amounts in fen, `..._at` and `..._until` machine seconds."""

    id: int
    reference: str
    occurrence: int
    kind: str
    original_reference: str
    number: str
    amount_minor: int
    behaviour: str
    code: str
    serial_number: str
    charged_minor: int
    delivered_minor: int
    returned_minor: int
    received_day: str
    day: str
    finished_at: str
    hidden_until: float
    settle_at: float | None
    take_back_at: float | None

    @property
    def carrier_reference(self) -> str:
        """The carrier's own transaction id."""
        return f"C{self.received_day}{self.id:09d}"


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of taking a request in: the order as it stands, or the code for which nothing was recorded."""

    order: Order | None
    refusal: str = ""
    fresh: bool = False


_NAMES: Final = tuple(one.name for one in fields(Order))
_COLUMNS: Final = ", ".join(_NAMES)
_MARKS: Final = ", ".join("?" for _ in _NAMES)
_SELECT: Final = f"select {_COLUMNS} from orders"  # noqa: S608  # the columns are the fields above
_INSERT: Final = f"insert into orders ({_COLUMNS}) values ({_MARKS})"  # noqa: S608
Announce = Callable[[sqlite3.Connection, Order], None]


class OrderBook:
    """Applies the rules. Every method runs inside one commit and gets its connection; `announce` is told of each event."""

    def __init__(self, clock: CarrierClock, controls: Controls, announce: Announce, *, dedupe: bool = True) -> None:
        self._clock = clock
        self._controls = controls
        self._announce = announce
        self._dedupe = dedupe

    def find(self, connection: sqlite3.Connection, reference: str) -> Order | None:
        """The first order under a reference."""
        row = connection.execute(f"{_SELECT} where reference = ? order by occurrence", (reference,)).fetchone()
        return Order(*row) if row else None

    def visible(self, connection: sqlite3.Connection, reference: str) -> Order | None:
        """The order as a query may see it: not while it is hidden."""
        order = self.find(connection, reference)
        return order if order and order.hidden_until <= self._clock.machine_seconds() else None

    def take(self, connection: sqlite3.Connection, request: Request, behaviour: Behaviour) -> Taken:
        """Record a request once, holding stock for it, and bring it to its end unless the behaviour puts that off."""
        known = self.find(connection, request.reference)
        if known and not is_same(known, request):
            return Taken(known, codes.CONFLICT)
        if known and self._dedupe:
            return Taken(known)
        if request.operation != "Reverse" and not _reserve(connection, request.amount_minor):
            return Taken(None, codes.STOCK_OUT)
        order = self._record(connection, request, behaviour, known)
        return Taken(order if behaviour.accepted else self.settle(connection, order), fresh=True)

    def _record(self, connection: sqlite3.Connection, request: Request, behaviour: Behaviour, known: Order | None) -> Order:
        now, waits = self._clock.machine_seconds(), self._controls.settings.durations
        order = Order(
            id=connection.execute("select coalesce(max(id), 0) + 1 from orders").fetchone()[0],
            reference=request.reference,
            occurrence=_repeats(connection, request.reference) + 1 if known else 1,
            kind=KINDS[request.operation],
            original_reference=request.original_reference,
            number=request.number,
            amount_minor=request.amount_minor,
            behaviour=behaviour.name,
            code=codes.IN_PROCESS,
            serial_number="",
            charged_minor=0,
            delivered_minor=0,
            returned_minor=0,
            received_day=day_of(self._clock.local()),
            day="",
            finished_at="",
            hidden_until=now + waits["hidden"] if behaviour.hidden else 0.0,
            settle_at=None if behaviour.stuck else now + waits["final"],
            take_back_at=None,
        )
        connection.execute(_INSERT, tuple(_as_mapping(order).values()))
        return order

    def settle(self, connection: sqlite3.Connection, order: Order) -> Order:
        """Bring an order in process to its end; one that has ended stays as it is."""
        if order.code != codes.IN_PROCESS:
            return order
        local = self._clock.local()
        ended = replace(order, day=day_of(local), finished_at=local.isoformat(), settle_at=None)
        ended = self._reverse(connection, ended) if order.kind == "V" else self._credit(connection, ended)
        return self._tell(connection, ended)

    def _credit(self, connection: sqlite3.Connection, order: Order) -> Order:
        behaviour = BEHAVIOURS[order.behaviour]
        code = self._verdict(connection, order, behaviour)
        delivered = 0
        if code in codes.CREDITED:
            delivered = max(order.amount_minor // 2, 1) if behaviour.part else order.amount_minor
            code = codes.DONE if delivered == order.amount_minor else codes.DONE_IN_PART
        charged = delivered - delivered * self._controls.settings.discount_basis_points // 10_000
        _release(connection, order.amount_minor, charged)
        due = self._clock.machine_seconds() + self._controls.settings.durations["take_back"]
        ended = replace(
            order,
            code=code,
            charged_minor=charged,
            delivered_minor=delivered,
            serial_number=_serial_number(order, "SN") if delivered else "",
            take_back_at=due if delivered and behaviour.taken_back else None,
        )
        if delivered:
            _write_credit(connection, ended, ended, direction=1)
        return ended

    def _verdict(self, connection: sqlite3.Connection, order: Order, behaviour: Behaviour) -> str:
        smallest, largest = _SMALLEST_AND_LARGEST[order.kind]
        if not smallest <= order.amount_minor <= largest:
            return codes.AMOUNT_NOT_ALLOWED
        known = connection.execute(
            "select state, kind, balance_minor, limit_minor from subscriber where number = ?", (order.number,)
        ).fetchone()
        refusal = _subscriber_refusal(order, *known) if known else ""
        return refusal or behaviour.verdict

    def _reverse(self, connection: sqlite3.Connection, reversal: Order) -> Order:
        original = self.find(connection, reversal.original_reference)
        refusal = _reversal_refusal(connection, reversal, original)
        if refusal or original is None:
            return replace(reversal, code=refusal)
        done = replace(
            reversal,
            code=codes.DONE,
            serial_number=_serial_number(reversal, "SV"),
            returned_minor=original.charged_minor,
        )
        self._undo(connection, original, done)
        return done

    def take_back(self, connection: sqlite3.Connection, order: Order) -> Order:
        """The carrier takes a successful order back by itself, under no reference of the partner's."""
        connection.execute("update orders set take_back_at = null where id = ?", (order.id,))
        if order.code not in codes.CREDITED:
            return order
        local = self._clock.local()
        by = replace(
            order,
            reference="",
            original_reference=order.reference,
            serial_number=_serial_number(order, "SC"),
            day=day_of(local),
            finished_at=local.isoformat(),
        )
        return self._undo(connection, replace(order, take_back_at=None), by)

    def _undo(self, connection: sqlite3.Connection, original: Order, by: Order) -> Order:
        connection.execute("update stock set free_minor = free_minor + ?", (original.charged_minor,))
        _write_credit(connection, original, by, direction=-1)
        return self._tell(connection, replace(original, code=codes.TAKEN_BACK, finished_at=by.finished_at))

    def _tell(self, connection: sqlite3.Connection, order: Order) -> Order:
        connection.execute(
            "update orders set code = :code, serial_number = :serial_number, charged_minor = :charged_minor,"
            " delivered_minor = :delivered_minor, returned_minor = :returned_minor, day = :day,"
            " finished_at = :finished_at, settle_at = :settle_at, take_back_at = :take_back_at where id = :id",
            _as_mapping(order),
        )
        self._announce(connection, order)
        return order

    def run_due(self, connection: sqlite3.Connection) -> None:
        """Settle and take back what has come due, at most 200 of each."""
        now = self._clock.machine_seconds()
        for row in connection.execute(f"{_SELECT} where settle_at <= ? limit 200", (now,)).fetchall():
            self.settle(connection, Order(*row))
        for row in connection.execute(f"{_SELECT} where take_back_at <= ? limit 200", (now,)).fetchall():
            self.take_back(connection, Order(*row))


def next_due(connection: sqlite3.Connection) -> float | None:
    """Machine seconds at which the next order wants something, or None."""
    due: float | None = connection.execute(
        "select min(at) from (select min(settle_at) as at from orders where settle_at is not null"
        " union all select min(take_back_at) from orders where take_back_at is not null)"
    ).fetchone()[0]
    return due


def _as_mapping(order: Order) -> dict[str, object]:
    # Not dataclasses.asdict: it copies deeply, which costs more than the statement.
    return {name: getattr(order, name) for name in _NAMES}


def is_same(order: Order, request: Request) -> bool:
    """Whether a request repeats an order: same operation and content."""
    return (order.kind, order.number, order.amount_minor, order.original_reference) == (
        KINDS[request.operation],
        request.number,
        request.amount_minor,
        request.original_reference,
    )


def _repeats(connection: sqlite3.Connection, reference: str) -> int:
    count: int = connection.execute("select count(*) from orders where reference = ?", (reference,)).fetchone()[0]
    return count


def _reserve(connection: sqlite3.Connection, amount_minor: int) -> bool:
    return bool(
        connection.execute(
            "update stock set free_minor = free_minor - ?1, reserved_minor = reserved_minor + ?1 where free_minor >= ?1",
            (amount_minor,),
        ).rowcount
    )


def _release(connection: sqlite3.Connection, amount_minor: int, charged_minor: int) -> None:
    connection.execute(
        "update stock set reserved_minor = reserved_minor - ?1, free_minor = free_minor + ?1 - ?2",
        (amount_minor, charged_minor),
    )


def _serial_number(order: Order, prefix: str) -> str:
    return f"{prefix}{order.day[2:]}{order.id:09d}"


def _subscriber_refusal(order: Order, state: str, kind: str, balance_minor: int, limit_minor: int | None) -> str:
    if state == "absent":
        return codes.NUMBER_ABSENT
    if state == "barred":
        return codes.NUMBER_BARRED
    if kind != "any" and (kind == "postpaid") != (order.kind == "B"):
        return codes.WRONG_KIND
    if limit_minor is not None and balance_minor + order.amount_minor > limit_minor:
        return codes.OVER_LIMIT
    return ""


def _reversal_refusal(connection: sqlite3.Connection, reversal: Order, original: Order | None) -> str:
    if original is None:
        return codes.ORIGINAL_UNKNOWN
    if original.code == codes.TAKEN_BACK:
        return codes.ALREADY_TAKEN_BACK
    content = (original.number, original.amount_minor)
    if original.kind == "V" or original.code not in codes.CREDITED or content != (reversal.number, reversal.amount_minor):
        return codes.ORIGINAL_NOT_DONE
    if original.day != reversal.day:
        return codes.OTHER_DAY
    balance = connection.execute("select balance_minor from subscriber where number = ?", (original.number,)).fetchone()
    return codes.AMOUNT_USED if balance[0] < original.delivered_minor else ""


def _write_credit(connection: sqlite3.Connection, original: Order, by: Order, direction: int) -> None:
    taken_back = direction < 0
    row = (
        original.id,
        direction,
        "V" if taken_back else original.kind,
        by.reference,
        by.original_reference,
        # What the carrier takes back by itself has no order of its own to name it.
        by.carrier_reference if by.reference else by.carrier_reference.replace("C", "T"),
        by.serial_number,
        original.number,
        direction * original.amount_minor,
        direction * original.charged_minor,
        direction * original.delivered_minor,
        by.day,
        by.finished_at,
    )
    connection.execute(
        "insert into credit (order_id, direction, kind, reference, original_reference, carrier_reference,"
        " serial_number, number, amount_minor, charged_minor, delivered_minor, day, at)"
        " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        row,
    )
    connection.execute(
        "insert into subscriber (number, balance_minor) values (?, ?)"
        " on conflict (number) do update set balance_minor = balance_minor + excluded.balance_minor",
        (original.number, direction * original.delivered_minor),
    )
