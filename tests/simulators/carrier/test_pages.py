"""The control page: what it shows in each language, that it is well made, and in a real browser that its buttons work."""

import re

import pytest

from simulators.carrier.controls import Settings
from simulators.carrier.pages import STYLE, Shown, render, yuan
from simulators.carrier.testing import RunningCarrier
from simulators.carrier.texts import PAGE
from simulators.pages import LANGUAGES
from tests.simulators.carrier.conftest import World
from tests.simulators.carrier.partner import SAMPLE, Partner, get, with_digits
from tests.simulators.outline import Outline
from tests.support import machine


def shown(world: World, default: str = "ok") -> Shown:
    return world.ledger.read(lambda connection: Shown.from_ledger(connection, Settings(default=default)))


def filled(world: World) -> None:
    world.take("1001", amount=123_45)
    world.take("1002", behaviour="barred")
    world.take("1003", behaviour="accepted_stuck")
    world.take("1004", behaviour="callback_five", operation="BillPayment")
    world.reverse("1005", "1001", amount=123_45)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_is_well_made(world: World, language: str) -> None:
    filled(world)
    outline = Outline(render(shown(world), language))
    assert ("html", {"lang": language.replace("_", "-")}) in outline.tags
    assert PAGE.text("title", language) in outline.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_empty_ledger_is_said_to_be_empty(world: World, language: str) -> None:
    assert PAGE.text("none", language) in Outline(render(shown(world), language)).text


def test_orders_are_shown_with_everything_that_matters(world: World) -> None:
    filled(world)
    order = world.order("1001")
    text = Outline(render(shown(world), "en")).text
    for wanted in ("1001", SAMPLE, "123.45", order.serial_number, "0002 Taken back", "3002 Barred", "1000 In process"):
        assert wanted in text
    assert [word in text for word in ("Recharge", "Bill payment", "Reversal")] == [True] * 3


def test_callbacks_are_counted(world: World) -> None:
    world.take("1001", behaviour="callback_five")
    world.later(2)
    world.rows("update callback set tries = 1, acknowledged = (again = 1)")
    assert ">5/1<" in render(shown(world), "en")


def test_stock_and_totals_are_shown_and_agree(world: World) -> None:
    filled(world)
    text = Outline(render(shown(world), "en")).text
    assert "100,000.00" in text
    assert PAGE.text("agrees", "en") in text


def test_a_stock_that_does_not_add_up_is_shouted(world: World) -> None:
    world.rows("update stock set free_minor = free_minor + 1")
    page = render(shown(world), "en")
    assert PAGE.text("disagrees", "en") in page
    assert PAGE.text("agrees", "en") not in page


@pytest.mark.parametrize("default", ["ok", "silent_done", "barred"])
def test_the_present_behaviour_is_marked(world: World, default: str) -> None:
    tags = Outline(render(shown(world, default), "en")).tags
    pressed = {attributes["value"] for tag, attributes in tags if tag == "button" and attributes.get("aria-pressed") == "true"}
    assert pressed == {default}


def test_the_six_buttons_come_first(world: World) -> None:
    tags = Outline(render(shown(world), "en")).tags
    values = [attributes["value"] for tag, attributes in tags if tag == "button"]
    assert values[:7] == ["ok", "slow", "silent_done", "down", "callback_five", "late", "reset"]


def test_what_is_shown_is_escaped(world: World) -> None:
    filled(world)
    world.rows("update orders set serial_number = '<script>alert(1)</script>' where reference = '1001'")
    page = render(shown(world), "en")
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_nothing_comes_from_elsewhere(world: World) -> None:
    assert not re.search(r"(src|href)=\"?(https?:)?//", render(shown(world), "en"))
    assert "url(" not in STYLE
    assert "@import" not in STYLE


@pytest.mark.parametrize(
    ("amount_minor", "text"),
    [(0, "0.00"), (5, "0.05"), (5000, "50.00"), (123_456_789, "1,234,567.89"), (-5000, "-50.00"), (-5, "-0.05")],
)
def test_amounts_are_written_as_people_do(amount_minor: int, text: str) -> None:
    assert yuan(amount_minor) == text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_is_served(carrier: RunningCarrier, language: str) -> None:
    status, _, page = get(f"{carrier.base_url}/control/?lang={language}")
    assert status == 200
    assert PAGE.text("title", language) in page
    assert get(f"{carrier.base_url}/control/style.css")[2] == STYLE


@pytest.mark.browser
@pytest.mark.skipif(machine.chromium() is None, reason="Chromium is not installed")
def test_a_person_breaks_the_carrier(carrier: RunningCarrier, partner: Partner) -> None:
    from playwright.sync_api import sync_playwright

    partner.recharge(1001)
    partner.recharge(1002, with_digits("9051"))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=machine.chromium(), args=["--no-sandbox"])
        page = browser.new_page()
        faults: list[str] = []
        page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
        page.goto(f"http://127.0.0.1:{carrier.control_port}/control/?lang=en")
        assert page.locator("tbody").first.locator("tr").count() == 2
        assert "3002 Barred" in page.locator("tbody").first.inner_text()
        page.get_by_role("button", name="Silent after doing it").click()
        assert "silent_done" in page.locator("section").first.inner_text()
        assert page.locator("button[aria-pressed=true]").first.inner_text() == "Silent after doing it"
        assert page.url.endswith("lang=en")
        partner.hear_nothing(1003, SAMPLE)
        page.get_by_role("link", name="Indonesia").click()
        assert page.locator("tbody").first.locator("tr").count() == 3
        page.get_by_role("button", name=PAGE.text("button.ok", "id")).first.click()
        browser.close()
    assert faults == []
    assert partner.recharge(1004).code == "0000"
