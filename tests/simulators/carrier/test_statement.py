"""The statement file: the published example byte for byte, the ledger's lines, and every planted difference."""

import hashlib
import json
import random
from datetime import datetime

import pytest

from simulators.carrier.clock import CHINA
from simulators.carrier.statement import (
    DAMAGES,
    DIFFERENCES,
    ENCODING,
    PLANTERS,
    TITLE,
    Line,
    lines_of,
    move_past_midnight,
    render,
    seal,
    sums_of,
)
from tests.simulators.carrier import specification
from tests.simulators.carrier.conftest import World

TODAY = "20261121"
CREATED = datetime(2026, 11, 22, 2, 0, 0, tzinfo=CHINA)


def checked(content: bytes) -> list[list[str]]:
    """Read a file as section 8 says, by hand; asserts everything a receiver must check."""
    text = content.decode(ENCODING)
    assert text.endswith("\n")
    header, *details, trailer = [line.split("|") for line in text[:-1].split("\n")]
    assert header[0] == "H"
    assert header[5:] == ["+08:00", TITLE]
    assert [int(line[1]) for line in details] == list(range(1, len(details) + 1))
    assert all(line[0] == "D" and len(line) == 13 for line in details)
    sums = [sum(int(line[column]) for line in details) for column in (8, 9, 10)]
    assert trailer[:5] == ["T", str(len(details)), *map(str, sums)]
    assert trailer[5] == hashlib.sha256(content[: content.rindex(b"T|")]).hexdigest()
    return details


def example_lines() -> list[Line]:
    rows = [line.split("|")[2:] for line in specification.statement_example().decode(ENCODING).splitlines()[1:-1]]
    return [Line(*row[:6], *map(int, row[6:9]), *row[9:]) for row in rows]  # type: ignore[arg-type]  # three are amounts


def test_the_published_example_is_rendered_byte_for_byte() -> None:
    assert render(example_lines(), "province-agent", TODAY, 1, CREATED) == specification.statement_example()


def test_the_published_example_passes_a_receivers_checks() -> None:
    assert len(checked(specification.statement_example())) == 3


def test_the_published_vector_carries_the_published_example() -> None:
    assert specification.vector("statement answer: the file of section 8").body == specification.statement_example()


def test_an_empty_day_is_a_file_without_lines() -> None:
    content = render([], "province-agent", TODAY, 1, CREATED)
    assert checked(content) == []
    assert content.decode(ENCODING).splitlines()[1].startswith("T|0|0|0|0|")


def of_day(world: World, day: str) -> list[Line]:
    return world.ledger.read(lambda connection: lines_of(connection, day))


def filled(world: World, count: int = 12) -> list[Line]:
    for n in range(count):
        world.take(str(2000 + n), amount=100 * (n + 1))
        world.hand.wait(1)
    return of_day(world, TODAY)


def test_what_was_credited_is_listed_by_time(world: World) -> None:
    lines = filled(world)
    assert [line.reference for line in lines] == [str(2000 + n) for n in range(12)]
    assert [line.at for line in lines] == [f"202611212040{n:02d}" for n in range(12)]
    assert sums_of(lines) == {"amount_minor": 7800, "charged_minor": 7800, "delivered_minor": 7800}


def test_what_failed_or_is_in_process_is_not_listed(world: World) -> None:
    world.take("1001", behaviour="barred")
    world.take("1002", behaviour="accepted_stuck")
    world.reverse("1003", "1001")
    assert of_day(world, TODAY) == []


def test_states_and_signs_are_as_written_down(world: World) -> None:
    world.controls.change({"discount_basis_points": 100})
    world.take("1001", amount=10_000)
    world.take("1002", amount=10_000, behaviour="partial")
    world.take("1003", operation="BillPayment", amount=10_000)
    world.reverse("1004", "1003", amount=10_000)
    lines = of_day(world, TODAY)
    told = [(one.kind, one.reference, one.original_reference, one.state) for one in lines]
    assert told == [
        ("R", "1001", "", "SUCCESS"),
        ("R", "1002", "", "PARTIAL"),
        ("B", "1003", "", "REVERSED"),
        ("V", "1004", "1003", "SUCCESS"),
    ]
    amounts = [(one.amount_minor, one.charged_minor, one.delivered_minor) for one in lines]
    assert amounts == [(10_000, 9900, 10_000), (10_000, 4950, 5000), (10_000, 9900, 10_000), (-10_000, -9900, -10_000)]


def test_what_is_taken_back_another_day_stands_in_both_files(world: World) -> None:
    world.controls.change({"durations": {"take_back": 4 * 3600}})
    world.take("1001", behaviour="taken_back")
    world.later(4 * 3600)
    first, second = of_day(world, TODAY), of_day(world, "20261122")
    assert [(one.kind, one.state) for one in first] == [("R", "SUCCESS")]
    assert [(one.kind, one.reference, one.original_reference, one.amount_minor) for one in second] == [("V", "", "1001", -5000)]


def test_the_charges_of_a_day_are_what_the_stock_fell_by(world: World) -> None:
    filled(world)
    world.reverse("3000", "2005", amount=600)
    lines = of_day(world, TODAY)
    fallen = world.one("select opening_minor - free_minor - reserved_minor from stock")
    assert sums_of(lines)["charged_minor"] == fallen


def plant(world: World, kind: str) -> tuple[list[Line], list[Line], dict[str, object]]:
    true_lines = filled(world)
    lines = list(true_lines)
    note = PLANTERS[kind](lines, random.Random(20261121))
    return true_lines, lines, note


def test_a_missing_line(world: World) -> None:
    true_lines, lines, note = plant(world, "missing")
    (gone,) = set(true_lines) - set(lines)
    assert note == {"reference": gone.reference, "amount_minor": gone.amount_minor}
    assert len(lines) == 11


def test_an_extra_line(world: World) -> None:
    true_lines, lines, note = plant(world, "extra")
    (stranger,) = set(lines) - set(true_lines)
    assert note["reference"] == stranger.reference
    assert (len(stranger.reference), stranger.number) == (20, "13800138000")


def test_an_amount_that_is_off(world: World) -> None:
    true_lines, lines, note = plant(world, "amount")
    (true_line,), (told,) = set(true_lines) - set(lines), set(lines) - set(true_lines)
    assert (true_line.amount_minor, told.amount_minor) == (note["true_minor"], note["told_minor"])
    assert true_line.reference == told.reference == note["reference"]


def test_a_state_that_differs(world: World) -> None:
    true_lines, lines, note = plant(world, "state")
    (told,) = set(lines) - set(true_lines)
    assert (told.reference, told.state) == (note["reference"], note["told_state"])
    assert note["true_state"] != note["told_state"]


def test_a_duplicate_line(world: World) -> None:
    true_lines, lines, note = plant(world, "duplicate")
    assert len(lines) == 13
    assert set(lines) == set(true_lines)
    assert [line.reference for line in lines].count(str(note["reference"])) == 2


@pytest.mark.parametrize("kind", sorted(PLANTERS))
def test_a_planted_file_is_still_a_sound_file(world: World, kind: str) -> None:
    _, lines, _ = plant(world, kind)
    checked(render(lines, "province-agent", TODAY, 1, CREATED))


@pytest.mark.parametrize("kind", sorted(PLANTERS))
def test_nothing_can_be_planted_in_an_empty_file(kind: str) -> None:
    with pytest.raises(ValueError, match="no line left"):
        PLANTERS[kind]([], random.Random(1))


@pytest.mark.parametrize("kind", sorted(DAMAGES))
def test_a_damaged_file_fails_a_receivers_checks(world: World, kind: str) -> None:
    content = render(filled(world), "province-agent", TODAY, 1, CREATED)
    checked(content)
    damaged = DAMAGES[kind](content)
    assert damaged != content
    with pytest.raises((AssertionError, ValueError, IndexError)):
        checked(damaged)


def test_a_bad_checksum_is_the_only_thing_wrong(world: World) -> None:
    content = render(filled(world), "province-agent", TODAY, 1, CREATED)
    damaged = DAMAGES["bad_checksum"](content)
    assert len(damaged) == len(content)
    assert damaged[:-65] == content[:-65]


def test_an_order_on_the_other_side_of_midnight(world: World) -> None:
    filled(world)
    note = world.ledger.read(lambda connection: move_past_midnight(connection, TODAY, random.Random(5)))
    today, tomorrow = of_day(world, TODAY), of_day(world, "20261122")
    assert len(today) == 11
    assert [(line.reference, line.at) for line in tomorrow] == [(note["reference"], "20261122000001")]
    assert world.order(str(note["reference"])).day == "20261122"


def test_what_was_taken_back_is_not_moved_past_midnight(world: World) -> None:
    world.take("1001")
    world.reverse("1002", "1001")
    with pytest.raises(ValueError, match="past midnight"):
        world.ledger.read(lambda connection: move_past_midnight(connection, TODAY, random.Random(5)))


def test_every_difference_has_a_name() -> None:
    assert set(DIFFERENCES) == {*PLANTERS, *DAMAGES, "midnight"}


def test_a_sealed_sheet_shows_any_change() -> None:
    sealed = json.loads(seal({"day": TODAY, "planted": [{"difference": "missing"}]}))
    canonical = json.dumps(sealed["sheet"], sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    assert sealed["sha256"] == hashlib.sha256(canonical.encode()).hexdigest()
    assert sealed["sha256"] != json.loads(seal({"day": TODAY, "planted": []}))["sha256"]
