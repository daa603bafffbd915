"""The chip's side of the contract test: a modem on a pty whose network is the peer, one TCP connection for its USSD strings."""

import json
import socket
import tempfile
import time
from contextlib import closing, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gsm.modem.slot import SlotTimes
from recharge.books.database import Database
from recharge.books.ids import IdMaker
from recharge.books.tables.chips import chip, chip_message, chip_order
from recharge.books.tables.metadata import metadata
from recharge.books.tables.suppliers import attempt
from recharge.clock import Clock
from recharge.domain.outcomes import Outcome, OutcomeState
from recharge.suppliers.chip_modem.link import ChipModemLink
from recharge.suppliers.contract import AttemptOrder, LinkDesk, LinkParts, RawCallback, SupplierLink
from recharge.suppliers.replies import ReplyReader
from recharge.suppliers.starting_rules import starting_rules
from tests.gsm.modem.fake import ICCID, FakeModem
from tests.recharge.suppliers.peer import Exchange

TABLES = [chip, chip_order, chip_message, attempt]
TIMES = SlotTimes(greet=0.3, tick=0.02, check_every=30.0, sweep_every=60.0, retry=0.1)
PIN = "275391"
UP_SECONDS = 20.0
SETTINGS = {
    "iccid": ICCID, "recharge": "*777*{number}*{units}*{pin}#", "stock": "*776*{pin}#", "last": "*774*{pin}#", "unit_minor": 100,
    "gap_seconds": 0, "same_number_seconds": 0, "answer_seconds": 0.6, "settle_seconds": 900,
}  # fmt: skip


class Bridge(FakeModem):
    """Carries USSD strings to the peer as HTTP requests. No connection: no network service; anything odd: what a network says then."""

    def __init__(self, path: Path, port: int) -> None:
        super().__init__(path)
        self._port = port
        self.begins['AT+CUSD=1,"'] = self._carry

    def _carry(self, _modem: FakeModem, command: str) -> None:
        text = command.split('"')[1].encode()
        try:
            wire = socket.create_connection(("127.0.0.1", self._port), 0.5)
        except OSError:
            self.say("+CME ERROR: 30")
            return
        with closing(wire):
            wire.settimeout(1.0)
            self.say("OK")
            self._answer(self._asked(wire, text))

    @staticmethod
    def _asked(wire: socket.socket, text: bytes) -> bytes:
        answer, until = b"", time.monotonic() + 1.0
        with suppress(OSError):
            wire.sendall(b"POST / HTTP/1.1\r\nHost: 127.0.0.1:1\r\nContent-Length: %d\r\n\r\n" % len(text) + text)
            while len(answer) < 300_000 and time.monotonic() < until:
                more = wire.recv(65536)
                answer += more
                head, mark, body = answer.partition(b"\r\n\r\n")
                whole = mark and b"Content-Length: " in head and len(body) >= int(head.split(b"Content-Length: ")[1].split(b"\r")[0])
                if whole or not more:
                    break
        return answer

    def _answer(self, answer: bytes) -> None:
        head, _, body = answer.partition(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            self.say("+CUSD: 5" if not answer else "+CUSD: 2")
        elif b"Content-Length: %d\r\n" % len(body) in head + b"\r\n":
            # UCS2, as Chinese answers come.
            # No network's text is longer than this.
            body = body[:1500]
            self.say(f'+CUSD: 0,"{body.decode().encode("utf-16-be").hex().upper()}",72')
        else:
            self.raw(b'\r\n+CUSD: 0,"' + body[:50])


class WithModem:
    """A chip's link with its modem. An order asked for is one that an earlier process sent."""

    def __init__(self, folder: "tempfile.TemporaryDirectory[str]", modem: Bridge, link: ChipModemLink, database: Database) -> None:
        self._folder, self._modem, self._link, self._database = folder, modem, link, database

    def __getattr__(self, name: str) -> Any:
        return getattr(self._link, name)

    async def submit(self, order: AttemptOrder) -> Outcome:
        return await self._link.submit(booked(order))

    async def query(self, order: AttemptOrder) -> Outcome:
        order = booked(order)
        row = {"attempt_id": int(order.reference), "iccid": ICCID, "number": order.number, "face_minor": order.face_minor}
        state = {"charge_minor": order.face_minor, "state": OutcomeState.UNKNOWN.value, "serial_number": None, "code": "recovered"}
        with self._database.write() as connection:
            connection.execute(chip_order.insert().values(**row, **state, sent_at=order.at, ended_at=None, handed_on=False))
        return await self._link.query(order)

    async def close(self) -> None:
        await self._link.close()
        self._modem.unplug()
        self._database.close()
        self._folder.cleanup()


def booked(order: AttemptOrder) -> AttemptOrder:
    """The order under a reference as attempts have them: an id that fits the books."""
    return replace(order, reference=str(int(order.reference) % 2**62))


class ChipModemHarness:
    """Makes links and speaks as a chip's operator."""

    kind = "chip_modem"
    can = frozenset({"query", "balance", "echo", "modem"})

    def link(self, port: int, clock: Clock, **settings: Any) -> SupplierLink:
        """A chip that is up, whose operator is reached at a port; for port 1 one that is only looked at."""
        secret = json.dumps({"service": PIN}).encode()
        settings.pop("most_connections", None)
        settings.pop("connect_seconds", None)
        reader = ReplyReader([rule for rule, _ in starting_rules("CN")])
        if port == 1:
            return ChipModemLink(LinkParts("CHIP", SETTINGS | settings, secret, clock, reader), TIMES)
        folder = tempfile.TemporaryDirectory()
        database = Database(f"sqlite:///{folder.name}/chips.sqlite3")
        metadata.create_all(database.engine, tables=TABLES)
        modem = Bridge(Path(folder.name) / "tty" / "slot1", port)
        desk = LinkDesk(database, IdMaker(1, clock), lambda told: told.kept())
        told = SETTINGS | {"ports": f"{folder.name}/tty/*"} | settings
        link = ChipModemLink(LinkParts("CHIP", told, secret, clock, reader, desk=desk), TIMES)
        made: Any = WithModem(folder, modem, link, database)
        until = time.monotonic() + UP_SECONDS
        while link.objection("13900000000", 5000, datetime.now(UTC)) is not None and time.monotonic() < until:
            time.sleep(0.005)
        found: SupplierLink = made
        return found

    async def done(self, exchange: Exchange) -> None:
        """The operator's success."""
        await exchange.answer(
            "尊敬的代理商,您已成功为客户13800138000充值50.00元,交易流水号:2026112119300000001,您的空中充值账户余额为4950.00元。中国移动".encode()
        )

    async def unlisted(self, exchange: Exchange) -> None:
        """Words that no rule reads."""
        await exchange.answer("您好,13800138000的业务已登记。".encode())

    def told(self, order: AttemptOrder, now: datetime, done: bool = True, forged: bool = False) -> RawCallback:
        raise NotImplementedError

    def changed(self, raw: RawCallback) -> RawCallback:
        raise NotImplementedError

    def senseless(self, now: datetime) -> list[RawCallback]:
        return []
