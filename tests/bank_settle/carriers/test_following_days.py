"""What following days do about a carrier's cases: halves that meet, questions at T+1 and T+2, corrections, and sides of any length."""

import io
from dataclasses import replace
from datetime import timedelta

import pytest

from bank_settle.carriers import lines
from bank_settle.carriers.kinds import Kind
from bank_settle.carriers.lines import Theirs, key_of, read_theirs, theirs_line, write_sorted
from bank_settle.carriers.match import Sight, match
from bank_settle.carriers.pairing import questions
from bank_settle.carriers.result import render, totals
from bank_settle.cases import Case
from bank_settle.pipeline import Pipeline
from recharge import OutcomeState
from tests.bank_settle.carriers.test_match_any import COST, FACE, fact
from tests.bank_settle.scene import DAY, SCOPE, Scene
from tests.support.books import check_books

NEXT = DAY + timedelta(days=1)
THIRD = DAY + timedelta(days=2)
ABSENT = Case(1, SCOPE, DAY, "ours_only", "17", 170, "A", COST, None, COST, "suspect", "", "", None, {})


def closed(scene: Scene, *days: int) -> None:
    """The carrier's days one after the other, each on the morning after."""
    for back in days:
        scene.morning_after(1 + back)
        scene.close_carrier(DAY + timedelta(days=back))


def stand(scene: Scene, day: int = 0) -> list[tuple[str, str, str]]:
    return [(case.kind, case.state, case.resolution) for case in scene.cases(DAY + timedelta(days=day))]


def test_the_half_of_another_day_with_other_money_is_not_the_other_half(scene: Scene) -> None:
    attempt = scene.sale(listed=False)
    scene.lists(attempt, NEXT, charged_minor=COST + 100)
    closed(scene, 0, 1)
    assert stand(scene) == [("ours_only", "suspect", "")]
    assert stand(scene, 1) == [("crossed_midnight", "suspect", "")]
    assert [case.effect_minor for case in (*scene.cases(), *scene.cases(NEXT))] == [COST, -COST - 100]


def test_a_half_that_comes_two_days_late_is_late_and_meets_its_other_half(scene: Scene) -> None:
    scene.lists(scene.sale(listed=False), THIRD)
    closed(scene, 0, 1, 2)
    assert stand(scene) == [("ours_only", "resolved", "paired")]
    assert stand(scene, 2) == [("late_at_carrier", "resolved", "paired")]


def test_an_order_in_limbo_that_succeeds_meets_the_line_of_the_next_day(scene: Scene) -> None:
    attempt = scene.unsettled(OutcomeState.UNKNOWN)
    scene.lists(attempt, NEXT)
    closed(scene, 0)
    assert stand(scene) == [("limbo_absent", "suspect", "")]
    scene.world.hear(attempt, OutcomeState.SUCCESS, serial_number="")
    closed(scene, 1)
    assert stand(scene) == [("limbo_absent", "resolved", "paired")]
    assert stand(scene, 1) == [("crossed_midnight", "resolved", "paired")]
    check_books(scene.world)


@pytest.mark.parametrize(
    ("listed", "end", "expected"),
    [
        (False, OutcomeState.FAILED, ("limbo_absent", "resolved", "settled_later")),
        (True, OutcomeState.SUCCESS, ("limbo_success", "resolved", "settled_later")),
        # The carrier says that it was done and our order ends as failed: that needs people.
        (True, OutcomeState.FAILED, ("limbo_success", "suspect", "")),
    ],
)
def test_limbo_ends_by_itself_only_where_both_agree(scene: Scene, listed: bool, end: OutcomeState, expected: tuple[str, str, str]) -> None:
    attempt = scene.unsettled(OutcomeState.UNKNOWN)
    if listed:
        scene.lists(attempt)
    closed(scene, 0)
    scene.world.hear(attempt, end)
    closed(scene, 1)
    assert stand(scene) == [expected]


def test_what_the_carrier_answers_is_kept_with_the_case(scene: Scene) -> None:
    attempt = scene.sale(listed=False)
    scene.desk.answers[attempt] = OutcomeState.FAILED
    closed(scene, 0, 1, 2, 3)
    (case,) = scene.cases()
    assert case.facts["asked"] == {"1": "failed", "2": "failed"}
    assert scene.desk.asked == [attempt, attempt]
    assert (case.state, case.effect_minor) == ("open", COST)


def test_a_carrier_that_cannot_tell_is_no_answer(scene: Scene) -> None:
    scene.sale(listed=False)
    closed(scene, 0, 1)
    (case,) = scene.cases()
    assert case.facts["asked"] == {"1": "cannot tell: CannotTell"}
    assert case.state == "suspect"


def test_which_cases_are_asked_about_and_when() -> None:
    def asked(case: Case, days: int) -> bool:
        return bool(questions([case], DAY + timedelta(days=days)))

    assert [asked(ABSENT, days) for days in range(4)] == [False, True, True, False]
    for kind in Kind:
        wanted = kind in {Kind.OURS_ONLY, Kind.REVERSAL_OURS_ONLY, Kind.LIMBO_ABSENT, Kind.LIMBO_REVERSAL}
        assert asked(replace(ABSENT, kind=kind.value), 1) is wanted
    once = replace(ABSENT, facts={"asked": {"1": "unknown"}})
    assert [asked(once, days) for days in (1, 2)] == [False, True]


def test_a_case_whose_reference_is_no_number_is_left_to_people(scene: Scene) -> None:
    scene.lists(scene.sale(), reference="ABC-9", number="13912345678")
    closed(scene, 0, 1, 2)
    assert stand(scene) == [("theirs_unknown", "open", "")]
    assert scene.desk.asked == []


def test_a_corrected_list_takes_cases_away_and_brings_others(scene: Scene) -> None:
    attempt = scene.sale(listed=False)
    other = scene.sale(number="13800138001")
    closed(scene, 0)
    assert stand(scene) == [("ours_only", "suspect", "")]
    scene.lists(attempt, DAY, serial_number="")
    scene.alter(other, charged_minor=COST + 1)
    outcome = Pipeline(scene.parts).run_scope(SCOPE, DAY, again=True)
    assert outcome.day.state == "matched"
    assert stand(scene) == [("charge", "open", ""), ("ours_only", "resolved", "withdrawn")]
    facts = outcome.day.facts["matched"]
    assert facts["booked_minor"] - facts["charged_minor"] == facts["effect_minor"] == -1


def test_the_same_day_gives_the_same_files_however_often(scene: Scene) -> None:
    for place in range(5):
        scene.sale(number=f"1380013800{place}", listed=place != 2)
    closed(scene, 0)
    first = scene.parts.days.read(SCOPE, DAY).facts
    Pipeline(scene.parts).run_scope(SCOPE, DAY, again=True)
    again = scene.parts.days.read(SCOPE, DAY).facts
    assert {step: again[step].get("sha256") for step in again} == {step: first[step].get("sha256") for step in first}
    assert scene.parts.archive.path(first["matched"]["sha256"]).read_bytes().count(b"\n") == 2


def told(reference: str, charged: int = COST, number: str = "13800138000", at: str = "20261120101500", kind: str = "recharge") -> Theirs:
    return Theirs(reference, kind, "", f"C{reference}", "SN", number, FACE, charged, FACE, "success", at)


@pytest.mark.parametrize("run", [1, 2, 3, 100])
def test_a_list_is_sorted_however_many_runs_it_takes(run: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "_RUN", run)
    names = ["9", "10", "B2", "1", "A1", "0100", "11", "2"]
    target = io.BytesIO()
    assert write_sorted(map(theirs_line, map(told, names)), target) == len(names)
    found = [read_theirs(line) for line in target.getvalue().decode().splitlines(keepends=True)]
    assert [item.reference for item in found] == ["1", "2", "9", "10", "11", "0100", "A1", "B2"]
    assert sorted(found) == sorted(map(told, names))


def test_numbers_stand_before_everything_else() -> None:
    keys = [key_of(text) for text in ("1", "999999999999999999", "", "-1", "１", "A")]
    assert keys == sorted(keys[:2]) + keys[2:]
    assert all(key.startswith("~") for key in keys[2:])


def files(*theirs: Theirs, booked: int | None = COST) -> tuple[io.StringIO, io.StringIO]:
    ours, others = io.BytesIO(), io.BytesIO()
    write_sorted([lines.ours_line(fact(17, "succeeded", "succeeded", booked, "13800138000", None))], ours)
    write_sorted(map(theirs_line, theirs), others)
    return io.StringIO(ours.getvalue().decode()), io.StringIO(others.getvalue().decode())


SIGHT = Sight("20261120", lambda _: "20261120101500", lambda _: {})


@pytest.mark.parametrize(
    ("theirs", "kinds"),
    [
        ([told("X17")], ["reference_garbled"]),
        ([told("X17", at="20261120102001")], ["ours_only", "theirs_unknown"]),
        ([told("X17", number="13800138001")], ["ours_only", "theirs_unknown"]),
        # Two that it could be: neither is proposed twice, and no money is counted twice.
        ([told("X17"), told("Y17")], ["reference_garbled", "theirs_unknown"]),
        ([told("99")], ["reference_garbled"]),
        ([told("17"), told("17")], ["duplicate_at_carrier"]),
        ([told("17", kind="reversal")], ["reversal_theirs_only"]),
        ([told("17", charged=COST - 1)], ["charge"]),
        ([told("17")], []),
    ],
)
def test_one_attempt_against_what_is_listed(theirs: list[Theirs], kinds: list[str]) -> None:
    result = match(*files(*theirs), SIGHT)
    assert [item.kind.value for item in result.breaks] == kinds
    assert result.residue_minor == 0
    assert totals(result)["theirs"] == len(theirs)
    assert render(result) == render(match(*files(*theirs), SIGHT))
    assert render(result).count(b"\n") == 1 + len(kinds)


def test_a_success_that_was_never_booked_is_named() -> None:
    result = match(*files(told("17"), booked=None), SIGHT)
    assert [(item.kind.value, item.effect_minor) for item in result.breaks] == [("not_booked", -COST)]
    result = match(*files(booked=None), SIGHT)
    assert [(item.kind.value, item.also, item.effect_minor) for item in result.breaks] == [("ours_only", ("not_booked",), 0)]
