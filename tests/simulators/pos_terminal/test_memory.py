"""The terminal's file: everything comes back, a cut in the middle of writing leaves the old one whole, nobody else can read it."""

import json
import stat
from dataclasses import asdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.pos_terminal.memory import POLICIES, Memory, Pending, Sale, Settling, State, read_state
from simulators.pos_terminal.slips import Slip
from tests.simulators.pos_terminal.conftest import make

WORDS = st.text(max_size=20)
DIGITS = st.text("0123456789", min_size=6, max_size=6)
SALES = st.builds(Sale, st.sampled_from(["recharge", "cancel"]), DIGITS, DIGITS, DIGITS, st.integers(0, 10**9), cancelled=st.booleans())
SLIPS = st.builds(Slip, st.just("recharge"), st.lists(st.tuples(WORDS, WORDS), max_size=4))
PENDING = st.builds(
    Pending, st.dictionaries(st.integers(2, 64), DIGITS), DIGITS, DIGITS, st.sampled_from(POLICIES), st.sampled_from(["06", "98", "A0"])
)
STATES = st.builds(
    State,
    terminal=WORDS,
    merchant=WORDS,
    serial=WORDS,
    master=WORDS,
    work=WORDS,
    batch=DIGITS,
    trace=st.integers(0, 999999),
    pending=st.none() | PENDING,
    settling=st.none() | st.builds(Settling, st.sampled_from(["asked", "upload", "end"]), st.booleans(), st.integers(0, 99)),
    sales=st.lists(SALES, max_size=3),
    slips=st.lists(SLIPS, max_size=3),
    parameters=st.dictionaries(WORDS, WORDS, max_size=3),
)


@given(STATES)
def test_every_state_comes_back_from_its_file(state: State) -> None:
    assert read_state(json.loads(json.dumps(asdict(state)))) == state


def test_what_is_kept_is_there_when_it_is_switched_on_again(path: Path) -> None:
    memory = Memory(path)
    memory.state.trace = 41
    memory.state.sales.append(Sale("recharge", "000001", "000041", "13800138000", 5000))
    memory.state.pending = Pending({11: "000041"}, "000001", "000041", "confirm")
    memory.keep()
    assert Memory(path).state == memory.state


def test_a_cut_while_writing_leaves_the_old_file(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = path.read_text("utf-8")
    memory = Memory(path)
    memory.state.trace = 7

    def half(state: dict[str, object], file: object, **_: object) -> None:
        file.write('{"terminal": "T00')  # type: ignore[attr-defined]
        raise OSError("dark")

    monkeypatch.setattr(json, "dump", half)
    with pytest.raises(OSError, match="dark"):
        memory.keep()
    assert path.read_text("utf-8") == before
    monkeypatch.undo()
    memory.keep()
    assert Memory(path).state.trace == 7


def test_the_file_is_its_owners_alone(path: Path) -> None:
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    memory = Memory(path)
    memory.keep()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in path.parent.iterdir()] == [path.name]


def test_traces_count_and_begin_again_at_one(tmp_path: Path) -> None:
    memory = Memory(make(tmp_path / "T.json", trace=999998))
    assert [memory.state.next_trace() for _ in range(3)] == ["999999", "000001", "000002"]


def test_a_sale_is_found_by_its_trace_and_batch(path: Path) -> None:
    state = Memory(path).state
    old, new = (Sale("recharge", batch, "000001", "13800138000", 5000) for batch in ("000001", "000002"))
    state.sales, state.batch = [old, new], "000002"
    assert state.sale("000001") is new
    assert state.sale("000001", "000001") is old
    assert state.sale("000009") is None


def test_the_last_ten_slips_are_kept(path: Path) -> None:
    state = Memory(path).state
    for number in range(12):
        state.print(Slip("recharge", [("trace", str(number))]))
    assert [slip.rows[0][1] for slip in state.slips] == [str(number) for number in range(2, 12)]


@pytest.mark.parametrize(("parameters", "tries"), [({}, 3), ({"tries": "5"}, 5), ({"tries": ""}, 3)])
def test_the_tries_are_the_hosts_parameter_or_three(path: Path, parameters: dict[str, str], tries: int) -> None:
    state = Memory(path).state
    state.parameters = parameters
    assert state.tries == tries
