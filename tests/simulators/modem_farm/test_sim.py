"""A card without a modem: its PIN, its number's file, its places for messages."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.modem_farm.config import ChipPlan
from simulators.modem_farm.message_commands import junk
from simulators.modem_farm.pdu import Deliver, Part
from simulators.modem_farm.sim import READ, Sim, Store

MESSAGE = Deliver("10086", Part(b"x"), datetime.now(UTC))


def card(**changes: object) -> Sim:
    told: dict[str, object] = {"iccid": "8962000000000000001", "number": "0812", "operator": "mkios", "sim_pin": "1234"} | changes
    return Sim.of(ChipPlan(**told))  # type: ignore[arg-type]  # names and kinds are those of the plan


def test_a_right_pin() -> None:
    sim = card()
    assert sim.state() == "SIM PIN"
    assert sim.enter_pin("1234")
    assert sim.state() == "READY"
    sim.switched_off()
    assert sim.state() == "SIM PIN"


def test_no_pin() -> None:
    assert card(sim_pin="").state() == "READY"


def test_wrong_pins_and_the_puk() -> None:
    sim = card()
    assert [sim.enter_pin("0") for _ in range(3)] == [False] * 3
    assert sim.state() == "SIM PUK"
    assert not sim.enter_puk("0", "4321")
    assert (sim.puk_left, sim.pin_left) == (9, 0)
    assert sim.enter_puk("12345678", "4321")
    assert (sim.puk_left, sim.pin_left, sim.state()) == (10, 3, "READY")
    sim.switched_off()
    assert sim.enter_pin("4321")


def test_a_wrong_pin_is_forgiven_by_a_right_one() -> None:
    sim = card()
    sim.enter_pin("0")
    sim.enter_pin("1234")
    assert sim.pin_left == 3


@pytest.mark.parametrize(
    ("iccid", "file"), [("8962000000000000001", "982600000000000000F1"), ("89860012345678901234", "98680021436587092143")]
)
def test_the_file_with_the_cards_number(iccid: str, file: str) -> None:
    assert card(iccid=iccid).full_number.hex().upper() == file


def test_who_it_is_to_the_network() -> None:
    assert card().imsi == "510100000000001"
    assert card(imsi="460001234567890").imsi == "460001234567890"


def test_places_are_filled_from_the_front() -> None:
    store = Store(3)
    assert [store.put(MESSAGE) for _ in range(3)] == [1, 2, 3]
    assert store.full
    store.take_out("one", 2)
    assert store.put(MESSAGE) == 2


def test_read_ones_go_and_all_go() -> None:
    store = Store(3)
    for _ in range(3):
        store.put(MESSAGE)
    store.places[2].status = READ
    store.take_out("read", 0)
    assert sorted(store.places) == [1, 3]
    store.take_out("all", 0)
    assert store.places == {}


def test_old_messages_fill_a_store() -> None:
    store = Store(5)
    store.put(MESSAGE)
    junk(store, datetime.now(UTC))
    assert store.full
    assert [one.status for one in store.places.values()] == [0, 1, 1, 1, 1]


@given(st.lists(st.one_of(st.just(0), st.integers(1, 6)), max_size=40))
def test_a_store_never_overflows_and_never_loses(steps: list[int]) -> None:
    store, kept = Store(5), set[int]()
    for step in steps:
        if step:
            store.take_out("one", step)
            kept.discard(step)
        elif not store.full:
            place = store.put(MESSAGE)
            assert place not in kept
            kept.add(place)
        assert set(store.places) == kept
        assert store.full == (len(kept) == 5)
