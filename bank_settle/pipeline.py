"""Runs a day: every scope step by step as far as it goes, follows older cases up, and closes what two people have signed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection

from bank_settle import cases
from bank_settle.banks.steps import BankSteps
from bank_settle.carriers import pairing
from bank_settle.carriers.steps import CarrierSteps
from bank_settle.days import CLOSED, HOUSE, Day, Overtaken
from bank_settle.house.steps import HouseSteps
from bank_settle.parts import Parts
from bank_settle.terminals.steps import TerminalSteps
from bank_settle.waiting import NotYet, Why
from recharge import CannotTell, ChainOvertaken, EarlierDayOpen, LaterDayClosed

Watch = Callable[[str, str, int], None]
"""Told (scope, step, lines done) while a step is under way."""
_Also = Callable[[Connection], None]
_MOST_SEALS = 5


@dataclass(frozen=True, slots=True)
class Outcome:
    """How far a scope's day has come, and what it waits for."""

    day: Day
    waits: NotYet | None = None


class Pipeline:
    """The one way to move days on. Several processes may run it: one works on a scope, the others are told so."""

    def __init__(self, parts: Parts, watch: Watch = lambda *_: None) -> None:
        self._parts, self._watch = parts, watch

    def run(self, day: date, again: frozenset[str] = frozenset()) -> list[Outcome]:
        """Everything that can be done for a day. `again` are scopes whose statement is to be fetched anew. Raises SomebodyElse."""
        return [self.run_scope(scope, day, again=scope in again) for scope in self._parts.configuration.scopes]

    def run_scope(self, scope: str, day: date, *, again: bool = False) -> Outcome:
        """One scope's day as far as it goes. Raises SomebodyElse, Overtaken."""
        with self._parts.days.working_on(scope) as lease:
            if again:
                self._look_for_a_correction(scope, day)
            seen = self._parts.days.read(scope, day)
            while (step := seen.next_step) is not None:
                lease.take()
                self._watch(scope, step, 0)
                try:
                    facts, also = self._do(seen, step)
                except NotYet as waits:
                    return Outcome(seen, waits)
                seen = self._parts.days.advance(seen, step, facts, also)
            self._follow_up(scope, day)
        return Outcome(seen)

    def sign(self, day: date, person: str) -> Day:
        """Finance signs the day: all scopes must be done, the day before closed, and the books whole. Raises NotYet."""
        house = self._parts.days.read(HOUSE, day)
        self._check_ready(day)
        return self._parts.days.sign(house, person)

    def close(self, day: date, person: str) -> Mapping[str, Any]:
        """The manager closes what finance signed: every scope is locked and the day's chain ended. Raises NotYet.

        What is returned is to be printed and kept elsewhere: the head of the audit chain and the digest of every snapshot.
        """
        house = self._parts.days.read(HOUSE, day)
        if house.state == CLOSED:
            return dict(house.facts[CLOSED])
        days = self._check_ready(day)
        if not house.maker:
            raise NotYet(Why.NOT_SIGNED)
        if house.maker == person:
            raise NotYet(Why.SAME_PERSON)
        breaches = self._parts.books.breaches()
        if breaches:
            raise NotYet(Why.BREACH, reason=breaches[0][:120])
        facts = {"head": self._seal(day).hex(), "snapshots": _digests(days), "carried": self._carried(day)}
        self._parts.days.close(days, person, facts)
        return facts

    def _seal(self, day: date) -> bytes:
        """End the day's chain; a writer that comes between only means once more. Raises NotYet."""
        for _ in range(_MOST_SEALS):
            try:
                return self._parts.books.seal(day)
            except ChainOvertaken:
                continue
            except LaterDayClosed:
                # Nothing was booked on this day, and a later one is closed already: there is no chain to end.
                return b""
            except EarlierDayOpen as error:
                raise NotYet(Why.EARLIER_DAY_OPEN, day=str(error)) from error
        raise Overtaken(HOUSE)

    def reopen(self, scope: str, day: date, maker: str, checker: str, reason: str) -> Day:
        """A closed scope again, as the next version. What it finds is booked into the present day. Raises CannotReopen, Overtaken."""
        return self._parts.days.reopen(self._parts.days.read(scope, day), maker, checker, reason)

    def _do(self, seen: Day, step: str) -> tuple[Mapping[str, Any], _Also | None]:
        done = getattr(self._steps(seen.scope), step)(seen)
        return done if isinstance(done, tuple) else (done, None)

    def _steps(self, scope: str) -> Any:
        if scope == HOUSE:
            return HouseSteps(self._parts)
        configuration = self._parts.configuration
        if scope.startswith("bank:"):
            return BankSteps(self._parts, configuration.bank(scope), lambda count: self._watch(scope, "", count))
        if scope.startswith("channel:"):
            return TerminalSteps(self._parts, scope, lambda count: self._watch(scope, "", count))
        return CarrierSteps(self._parts, configuration.carrier(scope), lambda count: self._watch(scope, "", count))

    def _look_for_a_correction(self, scope: str, day: date) -> None:
        seen = self._parts.days.read(scope, day)
        if "statement" in seen.facts:
            self._parts.database.retrying(lambda connection: self._parts.days.fall_back(connection, seen, "statement"))

    def _follow_up(self, scope: str, today: date) -> None:
        """Older cases of a carrier or of terminals: ask where they are due, end what has ended."""
        if scope.startswith("channel:"):
            TerminalSteps(self._parts, scope).follow_up(today)
        elif scope.startswith("carrier:"):
            self._follow_carrier_up(scope, today)

    def _follow_carrier_up(self, scope: str, today: date) -> None:
        link = scope.partition(":")[2]
        with self._parts.database.read() as connection:
            waiting = cases.unresolved(connection, scope, until=today)
        references = [int(case.reference) for case in waiting if case.reference.isdigit() and len(case.reference) <= 19]
        now = self._parts.books.attempts_by_reference(link, references)
        answers = {case.id: self._ask(link, case) for case in pairing.questions(waiting, today)}
        self._parts.database.retrying(lambda connection: pairing.follow_up(connection, scope, today, now, answers))

    def _ask(self, link: str, case: cases.Case) -> str:
        try:
            return self._parts.desk.query(link, int(case.reference)).value
        except (CannotTell, LookupError) as error:
            return f"cannot tell: {type(error).__name__}"

    def _check_ready(self, day: date) -> list[Day]:
        days = [self._parts.days.read(scope, day) for scope in self._parts.configuration.scopes]
        for seen in days:
            if not seen.ready and seen.state != CLOSED:
                raise NotYet(Why.STEPS_LEFT, scope=seen.scope)
        before = self._parts.days.before(HOUSE, day)
        if before is not None and before.state != CLOSED and before.day >= day - timedelta(days=31):
            raise NotYet(Why.EARLIER_DAY_OPEN, day=str(before.day))
        return [seen for seen in days if seen.state != CLOSED]

    def _carried(self, day: date) -> Mapping[str, int]:
        """Cases carried over the close: how many, and their effect in minor units."""
        with self._parts.database.read() as connection:
            left = cases.unresolved(connection, until=day)
        return {"count": len(left), "effect_minor": sum(case.effect_minor for case in left)}


def _digests(days: list[Day]) -> dict[str, str]:
    return {f"{seen.scope} {step}": found["sha256"] for seen in days for step, found in seen.facts.items() if "sha256" in found}
