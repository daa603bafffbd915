"""Templates against the terminal's own codec, octet for octet, and answers read against it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.concentrator.quick import mac_of
from simulators.concentrator.templates import Template, Unreadable, business, code_and_trace
from simulators.pos_terminal import requests
from simulators.pos_terminal.memory import CONFIRM, Pending, Sale
from simulators.pos_terminal.messages import Frame, Message, dial_up, pack, signed_part
from tests.simulators.concentrator.conftest import terminal
from tests.simulators.pos_terminal import octets

KEY, BLOCK = bytes(range(16)), bytes(range(100, 108))
NUMBERS = st.text("0123456789", min_size=6, max_size=12)
AMOUNTS = st.integers(1, 10**9)
TRACES = st.integers(1, 999999)


def template(line: bytes = b"") -> Template:
    state = terminal(1, batch="000042")
    return Template(state.terminal, state.merchant, state.batch, BLOCK, mac_of("x9.19", KEY), line)


def signed(message: Message, line: bytes = b"") -> bytes:
    """The same frame by the terminal's codec."""
    body = pack(message)
    return Frame(signed_part(body) + octets.x9_19(KEY, signed_part(body)), line=line).octets()


@given(TRACES, NUMBERS, AMOUNTS)
def test_a_recharge_is_what_the_terminal_packs(trace: int, number: str, amount_minor: int) -> None:
    state, sale = terminal(1, batch="000042"), Sale("recharge", "000042", f"{trace:06d}", number, amount_minor)
    assert template().recharge(trace, number, amount_minor) == signed(requests.recharge(state, sale, BLOCK.hex()))


@given(TRACES, NUMBERS, AMOUNTS)
def test_a_question_is_what_the_terminal_packs(trace: int, number: str, amount_minor: int) -> None:
    state, sale = terminal(1, batch="000042"), Sale("recharge", "000042", f"{trace:06d}", number, amount_minor)
    pending = Pending(requests.kept(requests.recharge(state, sale, BLOCK.hex())), "000042", sale.trace, CONFIRM)
    assert template().question(trace, number, amount_minor) == signed(requests.confirmation(pending))


def test_a_call_through_a_concentrator_has_its_block() -> None:
    line, state = dial_up("073112345678", "96188"), terminal(1, batch="000042")
    sale = Sale("recharge", "000042", "000007", "13800138000", 5000)
    assert template(line).recharge(7, "13800138000", 5000) == signed(requests.recharge(state, sale, BLOCK.hex()), line)


def test_field_48_counts_its_octets() -> None:
    assert business("13800138000") == b"\x00\x32" + b"CZ01011113800138000020200030200#"


@given(
    st.sampled_from(["00", "51", "A6", "98", "A0"]),
    TRACES,
    st.sets(st.sampled_from([3, 4, 12, 13, 15, 25, 32, 37, 38, 41, 42, 44, 48, 49, 60]), max_size=15),
)
def test_code_and_trace_are_found_whatever_stands_around(code: str, trace: int, others: set[int]) -> None:
    values = {32: "1234567", 44: "text", 48: b"CZ01#".hex(), 60: "22000042000"}
    lengths = {3: 6, 4: 12, 12: 6, 13: 4, 15: 4, 25: 2, 37: 12, 38: 6, 41: 8, 42: 15, 49: 3}
    fields = {number: values.get(number, "1" * lengths.get(number, 0)) for number in others}
    body = pack(Message("0210", {**fields, 11: f"{trace:06d}", 39: code}))
    assert code_and_trace(Frame(body).octets()[2:]) == (code, trace)


@pytest.mark.parametrize("fields", [{11: "000001"}, {35: "1234", 39: "00"}, {}])
def test_an_answer_without_a_code_is_no_answer(fields: dict[int, str]) -> None:
    with pytest.raises(Unreadable):
        code_and_trace(Frame(pack(Message("0210", fields))).octets()[2:])


@pytest.mark.parametrize("cut", [12, 20, 30])
def test_half_an_answer_is_no_answer(cut: int) -> None:
    whole = Frame(pack(Message("0210", {3: "190000", 11: "000001", 37: "R00000000001", 39: "00"}))).octets()[2:]
    with pytest.raises(Unreadable):
        code_and_trace(whole[:cut])


def test_the_answers_mac_is_looked_at() -> None:
    frame = signed(Message("0210", {11: "000001", 39: "00", 64: "00" * 8}))[2:]
    assert template().vouched(frame)
    assert not template().vouched(frame[:-1] + bytes([frame[-1] ^ 1]))
