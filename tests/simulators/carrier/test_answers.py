"""What is told of an order: the elements section 5 demands for each state."""

import pytest

from simulators.carrier import codes
from simulators.carrier.answers import elements
from tests.simulators.carrier import specification
from tests.simulators.carrier.conftest import World
from tests.simulators.carrier.partner import SAMPLE, fields_of

ALWAYS = ["Code", "Text", "Reference", "Number", "Amount", "CarrierReference", "Charged", "Delivered", "StockAfter"]
PROVEN = {*ALWAYS, "SerialNumber", "Day", "FinishedAt"}


def told(world: World, reference: str, code: str = "") -> dict[str, str | int]:
    return elements(world.order(reference), 777, code)


def test_success_tells_everything(world: World) -> None:
    world.take("1001")
    shown = told(world, "1001")
    assert shown.keys() == PROVEN
    assert (shown["Code"], shown["Charged"], shown["Delivered"], shown["StockAfter"]) == ("0000", 5000, 5000, 777)
    assert (shown["Reference"], shown["Number"], shown["Amount"]) == ("1001", SAMPLE, 5000)
    assert (shown["Day"], shown["FinishedAt"]) == ("20261121", "2026-11-21T20:40:00+08:00")


def test_success_has_the_elements_of_the_published_answer(world: World) -> None:
    world.take("1001")
    published = fields_of(specification.vector("recharge answer: success").body)
    assert list(told(world, "1001")) == list(published)


def test_in_process_promises_nothing(world: World) -> None:
    world.take("1001", behaviour="accepted_ok")
    shown = told(world, "1001")
    assert shown.keys() == set(ALWAYS)
    assert (shown["Code"], shown["Charged"], shown["Delivered"]) == ("1000", 0, 0)


def test_failure_says_when_it_became_final(world: World) -> None:
    world.take("1001", behaviour="barred")
    shown = told(world, "1001")
    assert shown.keys() == {*ALWAYS, "FinishedAt"}
    assert (shown["Charged"], shown["Delivered"]) == (0, 0)


def test_success_in_part_tells_both_amounts(world: World) -> None:
    world.take("1001", behaviour="partial")
    shown = told(world, "1001")
    assert (shown["Code"], shown["Amount"], shown["Charged"], shown["Delivered"]) == ("0001", 5000, 2500, 2500)


def test_taken_back_keeps_its_proof_and_amounts(world: World) -> None:
    world.take("1001")
    proof = told(world, "1001")["SerialNumber"]
    world.hand.wait(60)
    world.reverse("1002", "1001")
    shown = told(world, "1001")
    assert shown.keys() == PROVEN
    assert (shown["Code"], shown["SerialNumber"], shown["Charged"], shown["Delivered"]) == ("0002", proof, 5000, 5000)
    assert shown["FinishedAt"] == "2026-11-21T20:41:00+08:00"


def test_a_reversal_tells_what_it_returned(world: World) -> None:
    world.take("1001")
    world.reverse("1002", "1001")
    shown = told(world, "1002")
    assert shown.keys() == {*PROVEN, "OriginalReference", "Returned"}
    assert (shown["OriginalReference"], shown["Returned"], shown["Charged"], shown["Delivered"]) == ("1001", 5000, 0, 0)


def test_a_refused_reversal_returns_nothing(world: World) -> None:
    world.reverse("1002", "1001")
    shown = told(world, "1002")
    assert (shown["Code"], shown["Returned"]) == (codes.ORIGINAL_UNKNOWN, 0)
    assert "SerialNumber" not in shown
    assert "FinishedAt" in shown


@pytest.mark.parametrize("code", ["1000", "5000", "8888"])
def test_another_code_is_told_without_proof(world: World, code: str) -> None:
    world.take("1001")
    shown = told(world, "1001", code)
    assert shown["Code"] == code
    assert (shown["Charged"], shown["Delivered"]) == (0, 0)
    assert shown.keys() == set(ALWAYS)
