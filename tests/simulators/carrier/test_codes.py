"""Result codes: the same in the simulator as in the specification's table."""

import pytest

from simulators.carrier import codes
from tests.simulators.carrier import specification

OURS = {
    value: name
    for name, value in vars(codes).items()
    if name.isupper() and isinstance(value, str) and value.isdigit() and not name.startswith("_")
}
# The simulated carrier opens every operation to its partner.
NOT_USED = {"2013"}


def test_every_code_of_the_simulator_is_written_down() -> None:
    assert OURS.keys() <= specification.code_table().keys()


def test_every_code_written_down_is_in_the_simulator() -> None:
    assert specification.code_table().keys() - OURS.keys() == NOT_USED


@pytest.mark.parametrize("code", sorted(OURS))
def test_a_code_travels_under_the_status_written_down(code: str) -> None:
    assert codes.status_of(code) == specification.code_table()[code][0]


@pytest.mark.parametrize("code", sorted(OURS))
def test_a_code_has_a_text_of_its_own(code: str) -> None:
    assert codes.text_of(code) != codes.text_of("8888")


def test_done_is_said_in_the_words_of_the_operation() -> None:
    assert {codes.text_of(codes.DONE, kind) for kind in "RBV"} == {"充值成功", "缴费成功", "返销成功"}


def test_a_code_outside_the_table_is_not_in_the_table() -> None:
    assert "8888" not in specification.code_table()
    assert codes.status_of("8888") == 200


def test_only_success_counts_as_credited() -> None:
    outcomes = {code: outcome for code, (_, outcome) in specification.code_table().items()}
    assert {code for code, outcome in outcomes.items() if outcome.startswith("SUCCESS")} == codes.CREDITED


@pytest.mark.parametrize("code", [codes.UNKNOWN_PARTNER, codes.REPEATED_NONCE, codes.CONFLICT, codes.NOT_SURE])
def test_what_proves_nothing_is_written_down_as_unknown(code: str) -> None:
    assert "unknown" in specification.code_table()[code][1]


def test_the_page_says_first_that_it_is_our_own() -> None:
    opening = " ".join(specification.PAGE.splitlines()[:6])
    assert "our own specification" in opening
    assert "No public specification" in opening
