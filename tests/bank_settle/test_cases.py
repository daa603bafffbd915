"""Cases by themselves: found once, brought up to date, withdrawn, ended once; decided ones stay as they were decided."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Connection

from bank_settle import cases
from bank_settle.cases import Found
from tests.bank_settle.scene import DAY, SCOPE, Scene

FOUND = Found(SCOPE, DAY, "ours_only", "17", 4800, 4800, None, 1, "A", doubtful=True, facts={"also": []})
OTHER = replace(FOUND, kind="charge", reference="18", effect_minor=-100, doubtful=False)
NEXT = DAY + timedelta(days=1)


@pytest.fixture
def scene(any_scene: Scene) -> Scene:
    """Once on each database."""
    return any_scene


def put(scene: Scene, *found: Found) -> None:
    with scene.world.database.write() as connection:
        cases.put(connection, SCOPE, DAY, found)


def states(scene: Scene) -> dict[str, tuple[str, str]]:
    return {case.kind: (case.state, case.resolution) for case in scene.cases()}


def test_doubtful_ones_are_held_and_others_are_open(scene: Scene) -> None:
    put(scene, FOUND, OTHER)
    assert states(scene) == {"ours_only": ("suspect", ""), "charge": ("open", "")}
    (case,) = (case for case in scene.cases() if case.kind == "ours_only")
    assert (case.id, case.effect_minor, case.party_code, case.facts, case.age(NEXT)) == (FOUND.id, 4800, "A", {"also": []}, 1)


def test_found_again_it_is_brought_up_to_date(scene: Scene) -> None:
    put(scene, FOUND)
    put(scene, replace(FOUND, effect_minor=4700))
    assert [(case.effect_minor, case.state) for case in scene.cases()] == [(4700, "suspect")]


def test_what_is_not_found_any_more_is_withdrawn_and_may_come_back(scene: Scene) -> None:
    put(scene, FOUND, OTHER)
    put(scene, OTHER)
    assert states(scene)["ours_only"] == ("resolved", "withdrawn")
    put(scene, FOUND, OTHER)
    assert states(scene)["ours_only"] == ("open", "")


def test_a_decided_case_stays_decided(scene: Scene) -> None:
    put(scene, FOUND)
    with scene.world.database.write() as connection:
        assert cases.resolve(connection, FOUND.id, "explain", NEXT)
        assert not cases.resolve(connection, FOUND.id, "refund_agent", NEXT)
        cases.change(connection, FOUND.id, owner="FIN1")
    put(scene, replace(FOUND, effect_minor=1))
    put(scene)
    (case,) = scene.cases()
    assert (case.state, case.resolution, case.resolved_on, case.effect_minor, case.owner) == ("resolved", "explain", NEXT, 4800, "")


def test_some_kinds_alone_are_brought_in_step(scene: Scene) -> None:
    put(scene, FOUND, OTHER)
    with scene.world.database.write() as connection:
        cases.put_kinds(connection, SCOPE, DAY, [], ["charge"])
        cases.add(connection, replace(FOUND, reference="19"))
    assert sorted((case.kind, case.reference, case.state) for case in scene.cases()) == [
        ("charge", "18", "resolved"),
        ("ours_only", "17", "suspect"),
        ("ours_only", "19", "suspect"),
    ]


def test_what_is_left_the_oldest_first(scene: Scene) -> None:
    late = replace(FOUND, day=NEXT)
    with scene.world.database.write() as connection:
        for item in (late, OTHER, FOUND, replace(FOUND, scope="bank:B")):
            cases.add(connection, item)
        cases.resolve(connection, OTHER.id, "explain", DAY)

    def left(connection: Connection, **which: object) -> list[int]:
        return [case.id for case in cases.unresolved(connection, **which)]  # type: ignore[arg-type]

    with scene.world.database.read() as connection:
        assert left(connection) == [replace(FOUND, scope="bank:B").id, FOUND.id, late.id]
        assert left(connection, scope=SCOPE) == [FOUND.id, late.id]
        assert left(connection, until=DAY, scope=SCOPE) == [FOUND.id]
        assert [case.day for case in cases.by_reference(connection, SCOPE, "17", ["ours_only"])] == [DAY, NEXT]
        assert cases.by_reference(connection, SCOPE, "17", ["charge"]) == []
        with pytest.raises(LookupError):
            cases.one(connection, 5)


def test_many_at_once(scene: Scene) -> None:
    many = [replace(FOUND, reference=str(number)) for number in range(1200)]
    put(scene, *many)
    put(scene, *many[:600])
    found = [case.state for case in scene.cases()]
    assert (found.count("suspect"), found.count("resolved")) == (600, 600)


def test_every_case_has_a_number_of_its_own() -> None:
    made = [replace(FOUND, scope=scope, day=day, kind=kind, reference=reference)
            for scope in ("a", "b") for day in (DAY, NEXT) for kind in ("x", "y") for reference in ("1", "2")]  # fmt: skip
    numbers = {item.id for item in made}
    assert len(numbers) == len(made)
    assert all(0 <= number < 2**63 for number in numbers)
