"""Whatever a modem, its card or its operator does wrong again and again: half a minute after it began the chip takes no new order.

The chip's code and the farm simulator run in one simulated time, so each half minute takes a moment.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from recharge.domain.outcomes import OutcomeState
from recharge.domain.routing import Reason
from simulators.modem_farm import generate
from simulators.modem_farm.faults import FAULTS
from tests.recharge.suppliers.chip_modem.simulated_farm import SimulatedYard, order, simulated_yard

S = OutcomeState
WITHIN = 30.0
WATCHED = 65.0
# The chip reads right through these: every order ends as it should, so nothing is to be barred.
HARMLESS = {
    *("echo", "urc_inside", "slow_bytes", "ussd_twice", "ussd_late", "ussd_before_ok", "ussd_inside", "ussd_split", "ussd_ucs2"),
    *("sms_twice", "sms_late", "sms_reordered", "advertisement"),
}
# The operator ends each order by a later word that can be read; until then the chip waits.
ANSWERED_LATER = {"pending"}
BY_SMS: dict[str, Any] = {
    "dialect": "sms", "service": "777", "recharge": "R {number} {units} {pin}", "stock": "S {pin}", "last": "T {pin}",
}  # fmt: skip
BARRED = {"away", "quarantined", "paused", "held"}


@dataclass
class Story:
    """What became of one chip: when the fault first struck, the orders that were begun and how they ended, and how it stood."""

    first_sign: float | None = None
    begun: list[tuple[float, str]] = field(default_factory=list)
    ended: dict[str, OutcomeState] = field(default_factory=dict)
    stood: str = ""

    def late(self) -> list[float]:
        """When orders were begun that should not have been: too long after the first sign."""
        assert self.first_sign is not None
        return [at for at, _ in self.begun if at > self.first_sign + WITHIN]


def notes_first_sign(yard: SimulatedYard, story: Story) -> None:
    """The moment the fault strikes for the first time is its first sign, whether anybody has seen it or not."""
    faults = yard.farm.around.faults
    strikes = faults.strikes

    def noted(place: str, targets: Iterable[str], command: str = "") -> str:
        struck = strikes(place, targets, command)
        if struck and story.first_sign is None:
            story.first_sign = yard.time.seconds
        return struck

    faults.strikes = noted  # type: ignore[method-assign]  # the farm's own word on when it struck


def sells(yard: SimulatedYard, story: Story, begin: Callable[[], None], watched: float) -> None:
    """A chip sells whenever nothing speaks against it, to another number each time, as the dispatcher would make it."""
    number = "0813{:08d}".format
    assert yard.time.wait(lambda: yard.objection(0, number(0)) is None, 60.0)
    slot = yard.chips[0].slot
    assert slot is not None
    slot.run(yard.chips[0].tell_stock)
    yard.time.wait(lambda: yard.chips[0].stock_is_fresh, 30.0)
    begin()
    end = yard.time.seconds + watched
    while yard.time.seconds < end:
        asked = order(len(story.begun) + 1, number(len(story.begun)), yard.time.now())
        if yard.objection(0, asked.number) is None:
            at = yard.time.seconds
            outcome = yard.begin(0, asked)
            if yard.book.order(int(asked.reference)) is not None:
                story.begun.append((at, asked.number))
                story.ended[asked.number] = outcome.state
        yard.time.wait(lambda: False, 1.0)
    story.stood = yard.row(0).state


def played(
    folder: Path, url: str, begin: Callable[[SimulatedYard], None], *, signs: bool = True, watched: float = WATCHED, **settings: Any
) -> tuple[Story, list[str]]:
    """A story, and the numbers the operator's own ledger says were credited."""
    story = Story()
    with simulated_yard(folder, url, generate.farm(2, "mkios", inbox=False), **settings) as yard:
        notes_first_sign(yard, story)
        sells(yard, story, lambda: begin(yard), watched)
        assert story.first_sign is not None or not signs
        return story, yard.credits(0)


def nothing_sold_twice(story: Story, credited: list[str]) -> None:
    assert len(credited) == len(set(credited))
    for number, state in story.ended.items():
        assert state is not S.SUCCESS or number in credited
        assert state not in {S.FAILED, S.NOT_SENT} or number not in credited


@pytest.mark.parametrize("name", sorted(set(FAULTS) - HARMLESS - ANSWERED_LATER - {"card_stuck"}))
def test_a_chip_in_trouble_takes_no_new_order_after_half_a_minute(name: str, tmp_path: Path, clean_sqlite_url: str) -> None:
    settings = BY_SMS if FAULTS[name][0] in {"prompt", "submit", "arrival"} else {}
    story, credited = played(tmp_path, clean_sqlite_url, lambda yard: yard.arm(name, 0), **settings)
    nothing_sold_twice(story, credited)
    assert not story.late(), story
    assert story.stood in BARRED, story


@pytest.mark.parametrize("name", sorted(HARMLESS))
def test_what_is_read_right_through_bars_nothing(name: str, tmp_path: Path, clean_sqlite_url: str) -> None:
    settings = BY_SMS if FAULTS[name][0] == "arrival" else {}
    story, credited = played(tmp_path, clean_sqlite_url, lambda yard: yard.arm(name, 0), watched=40.0, **settings)
    nothing_sold_twice(story, credited)
    assert set(story.ended.values()) == {S.SUCCESS}
    assert story.late()


def test_an_operator_that_tells_the_end_later_is_waited_for_each_time(tmp_path: Path, clean_sqlite_url: str) -> None:
    story, credited = played(tmp_path, clean_sqlite_url, lambda yard: yard.arm("pending", 0), watched=40.0)
    nothing_sold_twice(story, credited)
    assert story.late()
    assert set(story.ended.values()) == {S.UNKNOWN}


def unplugged(yard: SimulatedYard) -> None:
    yard.farm.unplug(yard.slot(0))


def in_another_slot(yard: SimulatedYard) -> None:
    yard.farm.move(yard.slot(0), yard.slot(1))


def another_card(yard: SimulatedYard) -> None:
    yard.farm.swap_cards(yard.slot(0), yard.slot(1))


def without_power(yard: SimulatedYard) -> None:
    yard.farm.power(yard.slot(0), 1000.0)


def card_fails(yard: SimulatedYard) -> None:
    yard.farm.card_fails(yard.plans[0]["iccid"], 13)


def without_signal(yard: SimulatedYard) -> None:
    yard.farm.radio(yard.slot(0), signal=3)


def not_registered(yard: SimulatedYard) -> None:
    yard.farm.radio(yard.slot(0), registration="denied")


def storage_full_for_good(yard: SimulatedYard) -> None:
    yard.arm("card_stuck", 0)
    yard.farm.fill(yard.plans[0]["iccid"])


@pytest.mark.parametrize(
    "befalls",
    [unplugged, in_another_slot, another_card, without_power, card_fails, without_signal, not_registered, storage_full_for_good],
)
def test_whatever_hands_and_places_do_to_it(befalls: Callable[[SimulatedYard], None], tmp_path: Path, clean_sqlite_url: str) -> None:
    def begin(yard: SimulatedYard) -> None:
        story_begins.append(yard.time.seconds)
        befalls(yard)

    story_begins: list[float] = []
    story, credited = played(tmp_path, clean_sqlite_url, begin, signs=False)
    story.first_sign = story_begins[0]
    nothing_sold_twice(story, credited)
    assert not story.late(), story


def test_a_full_card_that_is_swept_sells_on(tmp_path: Path, clean_sqlite_url: str) -> None:
    story, credited = played(tmp_path, clean_sqlite_url, lambda yard: yard.farm.fill(yard.plans[0]["iccid"]), signs=False, watched=40.0)
    assert len(credited) == len(story.begun) > 3


@pytest.mark.parametrize("name", ["hang", "ussd_silent", "changed_wording", "spent_elsewhere"])
def test_trouble_that_comes_with_any_order_is_found_as_soon(name: str, tmp_path: Path, clean_sqlite_url: str) -> None:
    how = {"only": "+CUSD=1", "skip": 3} if name == "hang" else {"skip": 3}
    story, credited = played(tmp_path, clean_sqlite_url, lambda yard: yard.arm(name, 0, **how))
    nothing_sold_twice(story, credited)
    assert len(story.begun) > 3
    assert not story.late(), story


UNASKED: dict[str, Any] = {"stock": "", "last": ""}


def ready(yard: SimulatedYard, number: str = "081399999999", seconds: float = 60.0) -> bool:
    """Whether an order may go out within so long."""
    return yard.time.wait(lambda: yard.objection(0, number) is None, seconds)


def sold(yard: SimulatedYard, reference: int) -> OutcomeState:
    """One order, a while after the one before."""
    yard.time.wait(lambda: False, 10.0)
    return yard.begin(0, order(reference, f"0813{reference:08d}", yard.time.now())).state


@contextmanager
def yard_of(folder: Path, url: str, **settings: Any) -> Iterator[SimulatedYard]:
    """A chip that is ready."""
    with simulated_yard(folder, url, generate.farm(1, "mkios", inbox=False), **settings) as yard:
        assert ready(yard)
        yield yard


def test_unread_words_bar_a_chip_until_a_person_frees_it(tmp_path: Path, clean_sqlite_url: str) -> None:
    with yard_of(tmp_path, clean_sqlite_url, settle_seconds=30, **UNASKED) as yard:
        yard.arm("changed_wording", 0, times=1)
        assert sold(yard, 1) is S.UNKNOWN
        # Other than silence, which may have been the network's, they bar it beyond the settle window.
        assert not ready(yard, seconds=120.0)
        assert (yard.row(0).state, yard.row(0).reason) == ("quarantined", "no_rule")
        yard.book.change_chip(yard.plans[0]["iccid"], yard.time.now(), state="ready", reason="")
        assert ready(yard)
        assert sold(yard, 2) is S.SUCCESS


def test_silence_bars_a_chip_that_cannot_be_asked_for_the_settle_window(tmp_path: Path, clean_sqlite_url: str) -> None:
    with yard_of(tmp_path, clean_sqlite_url, settle_seconds=120, **UNASKED) as yard:
        yard.arm("ussd_silent", 0, times=1)
        assert sold(yard, 1) is S.UNKNOWN
        assert not ready(yard, seconds=80.0)
        assert ready(yard, seconds=60.0)
        # To the number itself it sends nothing as long as nobody knows.
        assert yard.objection(0, "081300000001") is Reason.NUMBER_OPEN


def test_a_refusal_bars_a_chip_until_it_is_asked_or_has_rested(tmp_path: Path, clean_sqlite_url: str) -> None:
    with yard_of(tmp_path, clean_sqlite_url, **UNASKED) as yard:
        yard.arm("ussd_refused", 0, times=1)
        assert sold(yard, 1) is S.NOT_SENT
        assert not ready(yard, seconds=50.0)
        assert ready(yard, seconds=20.0)


def test_two_orders_without_a_word_pause_a_chip_even_where_other_evidence_ends_them(tmp_path: Path, clean_sqlite_url: str) -> None:
    with yard_of(tmp_path, clean_sqlite_url) as yard:
        yard.chips[0].slot.run(yard.chips[0].tell_stock)  # type: ignore[union-attr]  # it is there: the chip is ready
        yard.arm("silent", 0, times=3)
        assert sold(yard, 1) is S.UNKNOWN
        assert ready(yard)
        assert sold(yard, 2) is S.UNKNOWN
        assert not ready(yard, seconds=120.0)
        assert (yard.row(0).state, yard.row(0).reason) == ("paused", "unheard no_cusd")
        assert {told.outcome.state for told in yard.heard} <= {S.SUCCESS}


def test_a_late_word_of_the_operators_counts_as_its_word(tmp_path: Path, clean_sqlite_url: str) -> None:
    with yard_of(tmp_path, clean_sqlite_url) as yard:
        yard.arm("pending", 0, times=4)
        for reference in (1, 2, 3):
            assert sold(yard, reference) is S.UNKNOWN
            assert ready(yard)
        assert len(yard.credits(0)) == 3
