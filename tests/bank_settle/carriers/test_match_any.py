"""The streaming match against a slow one that looks at everything: the same breaks, whatever both sides say, and no fen unexplained."""

import io
from collections import Counter
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from bank_settle.carriers.kinds import Kind
from bank_settle.carriers.lines import Ours, Theirs, key_of, ours_line, read_ours, read_theirs, theirs_line, write_sorted
from bank_settle.carriers.match import Result, Sight, match
from bank_settle.carriers.result import render, totals
from recharge import AttemptFact

DAY = "20261120"
FACE, COST = 5000, 4800


def fact(reference: int, state: str, order_state: str, booked: int | None, number: str, delivered: int | None) -> AttemptFact:
    return AttemptFact(
        reference, reference * 10, "submit", state, number, FACE, delivered, None, "SN", "recharge", order_state, 7, 4900, 1, booked
    )


@st.composite
def attempts(draw: st.DrawFn) -> list[AttemptFact]:
    """Attempts of a day, each in a state that the books allow, with gaps between their references."""
    found = []
    for reference in sorted(draw(st.sets(st.integers(1, 40), max_size=15))):
        state = draw(st.sampled_from(["succeeded", "succeeded", "succeeded", "failed", "unknown", "not_sent"]))
        number = draw(st.sampled_from(["13800138000", "13800138001"]))
        if state == "succeeded":
            found.append(fact(reference, state, "succeeded", COST, number, draw(st.sampled_from([None, FACE, 3000]))))
        else:
            found.append(fact(reference, state, {"failed": "failed"}.get(state, "unknown"), None, number, None))
    return found


@st.composite
def told(draw: st.DrawFn) -> list[Theirs]:
    """What the carrier lists: anything."""
    found = []
    for place in range(draw(st.integers(0, 18))):
        reference = str(draw(st.integers(1, 45)))
        found.append(
            Theirs(
                reference,
                draw(st.sampled_from(["recharge", "recharge", "recharge", "bill_payment"])),
                "",
                f"C{place}",
                draw(st.sampled_from(["SN", "SN", "", "OTHER"])),
                draw(st.sampled_from(["13800138000", "13800138001"])),
                draw(st.sampled_from([FACE, FACE, FACE, 10000])),
                draw(st.sampled_from([COST, COST, COST, 4900])),
                draw(st.sampled_from([FACE, FACE, 3000])),
                draw(st.sampled_from(["success", "success", "reversed"])),
                "20261120235959",
            )
        )
    return found


def run(ours: list[AttemptFact], theirs: list[Theirs]) -> Result:
    """The product's match over its own two files."""
    files = []
    for lines in (map(ours_line, ours), map(theirs_line, theirs)):
        target = io.BytesIO()
        write_sorted(lines, target)
        files.append(io.StringIO(target.getvalue().decode()))
    # No attempt is old enough to be near anything: garbled references have a test of their own.
    sight = Sight(DAY, lambda _: "20200101000000", lambda _: {})
    return match(files[0], files[1], sight)


@dataclass(frozen=True)
class Slow:
    """What a slow reader says of one reference: the kinds it sees, the gravest first, and the money."""

    kinds: tuple[Kind, ...]
    effect_minor: int


def slowly(ours: list[AttemptFact], theirs: list[Theirs]) -> dict[str, Slow]:
    """Reference by reference, everything looked at."""
    found = {}
    for reference in {str(item.reference) for item in ours} | {item.reference for item in theirs}:
        own = next((item for item in ours if str(item.reference) == reference), None)
        lines = [item for item in theirs if item.reference == reference]
        # Equal references stand in the order of their text, as the sorted file has them.
        lines.sort(key=theirs_line)
        kinds = tuple(look(own, lines))
        if kinds:
            booked = own.booked_minor or 0 if own is not None and own.state == "succeeded" else 0
            found[reference] = Slow(kinds, booked - sum(line.charged_minor for line in lines))
    return found


def look(own: AttemptFact | None, lines: list[Theirs]) -> list[Kind]:
    if own is None:
        return [Kind.THEIRS_UNKNOWN]
    if not lines:
        return {"succeeded": [Kind.OURS_ONLY], "unknown": [Kind.LIMBO_ABSENT]}.get(own.state, [])
    kinds = [Kind.DUPLICATE_AT_CARRIER] if len(lines) > 1 else []
    other = {"unknown": Kind.LIMBO_SUCCESS, "failed": Kind.THEIRS_FAILED_HERE, "not_sent": Kind.THEIRS_NEVER_SENT}.get(own.state)
    return [*kinds, other] if other else [*kinds, *differences(own, lines[0])]


def differences(own: AttemptFact, line: Theirs) -> list[Kind]:
    """Field by field."""
    kinds = []
    if line.number != own.number:
        kinds.append(Kind.NUMBER)
    if line.amount_minor != own.face_minor:
        kinds.append(Kind.AMOUNT)
    if line.charged_minor != own.booked_minor:
        kinds.append(Kind.CHARGE)
    if line.delivered_minor != (own.face_minor if own.delivered_minor is None else own.delivered_minor):
        kinds.append(Kind.DELIVERED)
    if line.kind != own.kind:
        kinds.append(Kind.PRODUCT_KIND)
    if line.state == "reversed":
        kinds.append(Kind.REVERSED_THERE)
    if line.serial_number not in {"", own.serial_number}:
        kinds.append(Kind.SERIAL_NUMBER)
    return kinds


@given(attempts(), told())
def test_both_find_the_same(ours: list[AttemptFact], theirs: list[Theirs]) -> None:
    result, slow = run(ours, theirs), slowly(ours, theirs)
    assert {item.reference: item.kind for item in result.breaks} == {reference: item.kinds[0] for reference, item in slow.items()}
    assert {item.reference: item.effect_minor for item in result.breaks} == {key: item.effect_minor for key, item in slow.items()}
    for item in result.breaks:
        assert item.also == tuple(kind.value for kind in slow[item.reference].kinds[1:])


@given(attempts(), told())
def test_nothing_is_left_unexplained(ours: list[AttemptFact], theirs: list[Theirs]) -> None:
    result = run(ours, theirs)
    assert result.residue_minor == 0
    assert (result.ours, result.theirs) == (len(ours), len(theirs))
    assert result.charged_minor == sum(line.charged_minor for line in theirs)
    assert sum(totals(result)["breaks"].values()) == len(result.breaks)


@given(attempts(), told(), st.randoms(use_true_random=False))
def test_the_order_of_the_file_says_nothing(ours: list[AttemptFact], theirs: list[Theirs], chance: object) -> None:
    shuffled = list(theirs)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert render(run(ours, theirs)) == render(run(ours, shuffled))


@given(attempts(), told())
def test_lines_are_written_and_read_again(ours: list[AttemptFact], theirs: list[Theirs]) -> None:
    for line in theirs:
        assert read_theirs(theirs_line(line)) == line
    for item in ours:
        again = read_ours(ours_line(item))
        assert isinstance(again, Ours)
        assert (int(again.reference), again.order_id, again.state, again.booked_minor, again.delivered_minor) == (
            item.reference,
            item.order_id,
            item.state,
            item.booked_minor,
            item.delivered_minor,
        )


@given(st.lists(st.one_of(st.integers(0, 10**24 - 1).map(str), st.text("ABC0", min_size=1, max_size=9)), max_size=40))
def test_keys_sort_as_numbers_do(references: list[str]) -> None:
    ordered = sorted(references, key=key_of)
    numbers = [int(reference) for reference in ordered if reference.isdigit()]
    assert numbers == sorted(numbers)
    assert all(not reference.isdigit() for reference in ordered[len(numbers) :])


@given(st.lists(st.integers(0, 500), max_size=60))
def test_runs_that_do_not_fit_at_once_are_merged(numbers: list[int]) -> None:
    from bank_settle.carriers import lines

    whole, parts = io.BytesIO(), io.BytesIO()
    texts = [f"{number:024d}\tx\n" for number in numbers]
    before = lines._RUN
    try:
        assert write_sorted(texts, whole) == len(numbers)
        lines._RUN = 7
        assert write_sorted(texts, parts) == len(numbers)
    finally:
        lines._RUN = before
    assert whole.getvalue() == parts.getvalue() == "".join(sorted(texts)).encode()


def test_a_garbled_reference_is_only_proposed_near_in_time() -> None:
    own = fact(5, "succeeded", "succeeded", COST, "13800138000", None)
    line = Theirs("X5", "recharge", "", "C", "SN", "13800138000", FACE, COST, FACE, "success", "20261120101500")
    found = Counter[str]()
    for made in ("20261120101000", "20261120102000", "20261120100959", "20261120102001"):
        target, others = io.StringIO(ours_line(own)), io.StringIO(theirs_line(line))
        result = match(target, others, Sight(DAY, lambda _, at=made: at, lambda _: {}))  # type: ignore[misc]
        found.update(item.kind.value for item in result.breaks)
        assert result.residue_minor == 0
    assert found == {"reference_garbled": 2, "ours_only": 2, "theirs_unknown": 2}
