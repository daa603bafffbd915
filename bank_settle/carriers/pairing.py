"""What ends carriers' cases without people: the other day's half turns up, or the order itself comes to an end that agrees; T+1 and T+2."""

from collections.abc import Iterable, Mapping
from datetime import date

from sqlalchemy import Connection

from bank_settle import cases
from bank_settle.carriers.kinds import HALVES, Kind
from bank_settle.cases import Case, Found
from recharge import AttemptFact

_OTHER_DAYS = (Kind.CROSSED_MIDNIGHT.value, Kind.LATE_AT_CARRIER.value)
_HALVES = tuple(kind.value for kind in HALVES)
_ASKED_FOR = frozenset({Kind.OURS_ONLY.value, Kind.REVERSAL_OURS_ONLY.value, Kind.LIMBO_ABSENT.value, Kind.LIMBO_REVERSAL.value})
_LAST_QUESTION = 2
_FINAL = frozenset({"succeeded", "failed", "not_sent"})


def pair(connection: Connection, scope: str, day: date, found: Iterable[Found]) -> None:
    """Both halves of what crossed midnight are done with when their money is the same."""
    for item in found:
        others = _HALVES if item.kind in _OTHER_DAYS else _OTHER_DAYS if item.kind in _HALVES else ()
        for other in cases.by_reference(connection, scope, item.reference, others):
            if other.state != cases.RESOLVED and other.effect_minor + item.effect_minor == 0:
                cases.resolve(connection, other.id, "paired", day)
                cases.resolve(connection, item.id, "paired", day)


def questions(open_cases: Iterable[Case], today: date) -> list[Case]:
    """The cases of which the carrier is to be asked today: at T+1 and T+2, once each."""
    return [
        case
        for case in open_cases
        if case.kind in _ASKED_FOR and 1 <= case.age(today) <= _LAST_QUESTION and str(case.age(today)) not in case.facts.get("asked", {})
    ]


def follow_up(connection: Connection, scope: str, today: date, now: Mapping[int, AttemptFact], answers: Mapping[int, str]) -> None:
    """Look again at every case that is not ended. `now` are the attempts as they stand; `answers` the carrier's word of today, by case."""
    for case in cases.unresolved(connection, scope, until=today):
        fact = now.get(int(case.reference)) if case.reference.isdigit() else None
        if fact is not None and _settled(case, fact):
            cases.resolve(connection, case.id, "settled_later", today)
        elif fact is not None and _comes_together(connection, case, fact):
            cases.resolve(connection, case.id, "paired", today)
        else:
            _grow_older(connection, case, today, answers.get(case.id))


def _settled(case: Case, fact: AttemptFact) -> bool:
    """The order has ended since, and its end is what the carrier said on that day."""
    if not case.kind.startswith("limbo") or fact.state not in _FINAL:
        return False
    return (fact.booked_minor or 0 if fact.state == "succeeded" else 0) == (case.theirs_minor or 0)


def _comes_together(connection: Connection, case: Case, fact: AttemptFact) -> bool:
    """An order in limbo on its day succeeded, and a later statement lists it: both cases are one thing."""
    if case.kind not in _HALVES or fact.state != "succeeded":
        return False
    for other in cases.by_reference(connection, case.scope, case.reference, _OTHER_DAYS):
        if other.theirs_minor == fact.booked_minor and case.theirs_minor is None:
            cases.resolve(connection, other.id, "paired", other.day)
            return True
    return False


def _grow_older(connection: Connection, case: Case, today: date, answer: str | None) -> None:
    """What the carrier said is kept with the case; from T+2 on a person has to act."""
    age = case.age(today)
    if answer is not None:
        asked = {**case.facts.get("asked", {}), str(age): answer}
        cases.change(connection, case.id, facts={**case.facts, "asked": asked})
    if case.state == cases.SUSPECT and age >= _LAST_QUESTION:
        cases.change(connection, case.id, state=cases.OPEN)
