"""A small province with a carrier that keeps its own list: what the close sees, and what the carrier says, changed as a test wants."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bank_settle.archive import Archive
from bank_settle.banks.tickets import TicketRules
from bank_settle.cases import Case, of_day
from bank_settle.configuration import Bank, Carrier, Configuration
from bank_settle.days import Days
from bank_settle.parts import Asker, Parts
from bank_settle.pipeline import Outcome, Pipeline
from recharge import (
    CannotTell,
    Channel,
    DayBooks,
    DecideCase,
    EndpointKind,
    OutcomeState,
    Reply,
    Request,
    Reverse,
    ServicePassword,
    StatementKind,
    StatementLine,
    StatementNotReady,
)
from recharge.engine.administration import SHELL
from tests.support.books import number_of, take_back
from tests.support.province import Province
from tests.support.world import PASSWORD, World

CHINA = ZoneInfo("Asia/Shanghai")
DAY = date(2026, 11, 20)
SCOPE = "carrier:CARRIER"
TICKET_RULES = TicketRules(hours=24, most=10)


@dataclass
class PlayedDesk:
    """The carriers' desk with lines a test keeps."""

    lines: dict[date, list[StatementLine]] = field(default_factory=lambda: defaultdict(list))
    answers: dict[int, OutcomeState] = field(default_factory=dict)
    asked: list[int] = field(default_factory=list)
    trouble: Exception | None = None

    def statement(self, link_code: str, day: date) -> Sequence[StatementLine]:
        if self.trouble is not None:
            raise self.trouble
        return list(self.lines[day])

    def query(self, link_code: str, reference: int) -> OutcomeState:
        self.asked.append(reference)
        if reference not in self.answers:
            raise CannotTell("asleep")
        return self.answers[reference]

    def not_ready(self) -> None:
        """The carrier has no statement yet."""
        self.trouble = StatementNotReady("4005")


class Teller:
    """The engine's intake as the close asks it."""

    def __init__(self, world: World) -> None:
        self._world = world

    def take(self, request: Request) -> Reply:
        return self._world.intake.take([request])[0]

    def take_many(self, requests: Sequence[Request]) -> list[Reply]:
        return list(self._world.intake.take(list(requests))) if requests else []


class Scene:
    """World, desk and the close's parts."""

    def __init__(self, url: str, folder: Path, banks: tuple[Bank, ...] = (), **settings: Any) -> None:
        self.world: World = Province(url)
        self.world.office.endpoints.bind(SHELL, EndpointKind.CONSOLE, "settlement", "ROOT", "SETTLE")
        self.world.deposit("A", "10000.00")
        self.world.deposit("B", "10000.00")
        self.desk = PlayedDesk()
        carriers = settings.pop("carriers", (Carrier(link="CARRIER"),))
        self.configuration = Configuration(
            archive=folder / "archive", reports=folder / "reports", carriers=carriers, banks=banks, **settings
        )
        self.parts = self.new_parts("one")

    def new_parts(self, holder: str) -> Parts:
        """The parts of one more process."""
        world = self.world
        books = DayBooks(world.database, world.parts.calendar, world.clock)
        days = Days(world.database, world.clock, holder)
        archive = Archive(self.configuration.archive)
        return Parts(self.configuration, world.database, books, Teller(world), self.desk, archive, days, world.clock)

    def person(self, code: str) -> Asker:
        """A member of staff at the console."""
        return Asker(code, Channel.CONSOLE, EndpointKind.CONSOLE, code.lower(), ServicePassword(PASSWORD))

    def sale(self, point: str = "A", amount: str = "50.00", number: str = "13800138000", *, listed: bool = True, **said: Any) -> int:
        """A recharge that succeeded here; the carrier lists it. The attempt's id."""
        reply = self.world.recharge(point, amount, number, mark=self._mark())
        attempt = self.world.send(reply)
        serial = f"SN{attempt % 10**9}"
        self.world.hear(attempt, OutcomeState.SUCCESS, **{"serial_number": serial} | said)
        if listed:
            self.lists(attempt, serial_number=serial)
        self.world.clock.pass_time(seconds=1)
        return attempt

    def _mark(self) -> int:
        self._marks = getattr(self, "_marks", 0) + 1
        return self._marks % 9000 + 1

    def unsettled(self, state: OutcomeState = OutcomeState.UNKNOWN, point: str = "A", number: str = "13800138000") -> int:
        """A recharge that did not succeed here."""
        attempt = self.world.send(self.world.recharge(point, "50.00", number, mark=self._mark()))
        self.world.hear(attempt, state)
        self.world.clock.pass_time(seconds=1)
        return attempt

    def reversal(self, attempt: int, state: OutcomeState = OutcomeState.SUCCESS, *, listed: bool = True) -> int:
        """An order taken back; the carrier lists it. The reversal's attempt."""
        order = self.world.one("SELECT order_id FROM attempt WHERE id = ?", attempt)
        asked = self.world.ask("A", Reverse(str(order)))
        assert asked.done, asked
        reverse = take_back(self.world, asked, state)
        if listed:
            first = self.line(attempt)
            self.lists(reverse, kind=StatementKind.REVERSAL, original_reference=str(attempt), amount_minor=-first.amount_minor,
                      charged_minor=-first.charged_minor, delivered_minor=-first.delivered_minor)  # fmt: skip
            self.alter(attempt, state=OutcomeState.REVERSED)
        self.world.clock.pass_time(seconds=1)
        return reverse

    def lists(self, attempt: int, day: date | None = None, **changes: Any) -> None:
        """The carrier lists an attempt on a day (its own by default), as it was or changed."""
        number, face = self.world.rows("SELECT number, face_minor FROM attempt WHERE id = ?", attempt)[0]
        now = self.world.clock.now()
        line = StatementLine(StatementKind.RECHARGE, str(attempt), "", f"C{attempt}", "", number, face, face * 96 // 100, face,
                             OutcomeState.SUCCESS, now)  # fmt: skip
        self.desk.lines[day or now.astimezone(CHINA).date()].append(replace(line, **changes))

    def line(self, attempt: int) -> StatementLine:
        """The carrier's line of an attempt."""
        return next(line for lines in self.desk.lines.values() for line in lines if line.reference == str(attempt))

    def alter(self, attempt: int, **changes: Any) -> None:
        """The carrier tells an attempt otherwise."""
        for lines in self.desk.lines.values():
            for place, line in enumerate(lines):
                if line.reference == str(attempt):
                    lines[place] = replace(line, **changes)

    def drop(self, attempt: int) -> None:
        """The carrier does not list an attempt."""
        for lines in self.desk.lines.values():
            lines[:] = [line for line in lines if line.reference != str(attempt)]

    def morning_after(self, days: int = 1, day: date = DAY) -> None:
        """Nine o'clock of a later day."""
        self.world.clock.moment = datetime(day.year, day.month, day.day, 1, tzinfo=UTC) + timedelta(days=days)

    def close_carrier(self, day: date = DAY) -> Outcome:
        """The carrier's day as far as it goes."""
        return Pipeline(self.parts).run_scope(SCOPE, day)

    def cases(self, day: date = DAY, scope: str = SCOPE) -> list[Case]:
        """The day's cases."""
        with self.world.database.read() as connection:
            return of_day(connection, day, scope)

    def found(self, day: date = DAY) -> list[tuple[str, int]]:
        """Kinds and effects of the day's cases."""
        return [(case.kind, case.effect_minor) for case in self.cases(day)]

    def decide(self, case_number: str, who: str = "FIN2") -> Reply:
        """A second person approves."""
        return self.world.ask(who, DecideCase(case_number, approve=True))

    def close(self) -> None:
        """Give connections back."""
        self.world.close()


def order_number(reply: Reply) -> str:
    """An order's number."""
    return number_of(reply)
