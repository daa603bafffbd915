"""Shops that order by phone: the small province on a database, registered lines, and a carrier that answers by itself."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from recharge import EndpointKind, Engine, OrderView, Recharge, Reply
from recharge.domain.orders import OrderKind, OrderState
from recharge.domain.outcomes import AttemptAction, OutcomeState
from recharge.engine.administration import SHELL
from recharge.keys.logins import Logins
from tests.support.books import check_books
from tests.support.province import Province
from tests.support.world import PASSWORD, ManualClock, World

LINE, OTHER_LINE = "13800139001", "13800139002"
SERIAL = "SN2099000123456"
SILENT, STOPPED = "13800138404", "13800138500"
"""Customers' numbers: the carrier says nothing of one, and refuses the other."""


class Shop:
    """Point A, with 1,000.00, orders from LINE; point B from OTHER_LINE, in English."""

    def __init__(self, url: str, world: World | None = None) -> None:
        self.world = world or Province(url)
        self.add_line(LINE, "A")
        self.add_line(OTHER_LINE, "B", "en")
        self.world.deposit("A", "1000.00")
        self.world.deposit("B", "1000.00")
        self.engine = Engine(self.world.new_parts(), Logins(self.world.database, self.world.clock, self.world.keys), lambda: None)
        self._stop, self._answering = threading.Event(), threading.Lock()
        self._carrier = threading.Thread(target=self._answer, name="carrier", daemon=True)

    @property
    def shell(self) -> tuple[Any]:
        """Who changes the directory in tests: whoever holds the machine."""
        return (SHELL,)

    def add_line(self, number: str, point: str, language: str | None = None) -> None:
        """Register a phone line."""
        self.world.office.endpoints.bind(SHELL, EndpointKind.PHONE_LINE, number, point, language=language)

    def add_point(self, point: str, line: str, language: str | None = None, *, money: str = "1000.00") -> None:
        """One more point with a line and money of its own."""
        self.world.add_point(point)
        self.add_line(line, point, language)
        if money:
            self.world.deposit(point, money)

    def temporary(self, point: str, password: str) -> None:
        """The point's password is a temporary one."""
        self.world.office.credentials.set(SHELL, point, password, temporary=True)

    def begin(self) -> None:
        """The carrier begins to answer."""
        self._carrier.start()

    def close(self) -> None:
        """End everything."""
        self._stop.set()
        if self._carrier.ident is not None:
            self._carrier.join()
        self.engine.close()
        self.world.close()

    def orders(self, point: str = "A") -> list[tuple[str, str, int, str]]:
        """A point's recharges and bill payments by phone, oldest first: kind, number, amount (minor units), state."""
        text = (
            "SELECT o.kind, o.number, o.face_minor, o.state FROM orders o JOIN party p ON p.id = o.party_id"
            " WHERE p.code = ? AND o.channel = 'ivr' AND o.kind <> 'transfer' ORDER BY o.id"
        )
        return [(row[0], row[1], int(row[2]), row[3]) for row in self.world.rows(text, point)]

    def references(self) -> list[str]:
        """The references under which calls asked, in the memory of requests."""
        return [
            str(row[0]) for row in self.world.rows("SELECT reference FROM request ORDER BY received_at, reference") if "-" in str(row[0])
        ]

    def carrier_answers(self) -> int:
        """One look of the carrier at what waits for it; how many orders it ended."""
        asked = "SELECT id, state, number FROM orders WHERE state IN ('held', 'reversing') AND number NOT LIKE ? AND kind <> 'transfer'"
        with self._answering:
            found = self.world.rows(asked, SILENT)
            for order_id, state, number in found:
                self._end(self.engine.wait(str(order_id), 0), state, number)
            return len(found)

    def _end(self, order: OrderView, state: str, number: str) -> None:
        action = AttemptAction.REVERSE if state == OrderState.REVERSING else AttemptAction.SUBMIT
        attempt = self.world.send(Reply(order=order), action)
        if number == STOPPED:
            self.world.hear(attempt, OutcomeState.FAILED)
        else:
            self.world.hear(attempt, OutcomeState.SUCCESS, serial_number=SERIAL)

    def _answer(self) -> None:
        while not self._stop.wait(0.02):
            self.carrier_answers()

    def sold(self, point: str, number: str, amount: str = "50.00") -> OrderView:
        """An order that came another way, and has ended."""
        with self._answering:
            reply = self.world.recharge(point, amount, number)
            assert reply.order is not None
            self._end(reply.order, "held", number)
        return replace(reply.order, kind=OrderKind.RECHARGE)

    def check(self) -> None:
        """The books hold."""
        check_books(self.world)


class RealClock(ManualClock):
    """The machine's own time: for books that other processes work on, too."""

    @property
    def moment(self) -> datetime:
        return datetime.now(UTC)

    @moment.setter
    def moment(self, _: datetime) -> None:
        """Time goes by itself."""

    def now(self) -> datetime:
        return self.moment


@contextmanager
def open_shop(url: str, *, real_time: bool = False) -> Iterator[Shop]:
    """A shop whose carrier answers."""
    shop = Shop(url, Province(url, clock=RealClock()) if real_time else None)
    shop.begin()
    try:
        yield shop
    finally:
        shop.close()


__all__ = ["LINE", "OTHER_LINE", "PASSWORD", "SERIAL", "SILENT", "STOPPED", "Recharge", "Shop", "open_shop"]
