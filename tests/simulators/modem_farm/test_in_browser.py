"""A person at the farm's page, in a real browser: sends as an agent, breaks a modem, pulls one and plugs it in again."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from simulators.modem_farm.testing import RunningFarm, start

pytestmark = pytest.mark.browser
AGENT = "081200000001"


# Not longer than this module: while Playwright is open, no other test of the process could run an event loop of its own.
@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"])
        yield started
        started.close()


@pytest.fixture
def farm(tmp_path: Path, free_port: int) -> Iterator[RunningFarm]:
    with start(tmp_path, free_port, "--slots", "3") as running:
        yield running


@pytest.fixture
def page(browser: Browser, farm: RunningFarm) -> Iterator[Page]:
    opened = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    opened.goto(f"http://127.0.0.1:{farm.control_port}/control/?lang=en")
    yield opened
    opened.context.close()


def test_an_agent_sends(page: Page, farm: RunningFarm) -> None:
    page.get_by_label("Text", exact=True).fill("I.SIM10.081389092678.2233")
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".bubble.own")).to_contain_text("I.SIM10.081389092678.2233")
    assert [one["recipient"] for one in farm.messages(AGENT)] == ["081100000001"]


def test_a_fault_is_armed_and_cleared(page: Page, farm: RunningFarm) -> None:
    page.get_by_label("Fault").select_option("ussd_silent")
    page.get_by_label("Times").fill("3")
    page.get_by_role("button", name="Arm").click()
    expect(page.get_by_text("ussd_silent ×3 @ *")).to_be_visible()
    page.get_by_role("button", name="Clear all").click()
    expect(page.get_by_text("Waiting to strike: Nothing.")).to_be_visible()
    assert farm.ask("/control/faults")["waiting"] == []


def test_a_modem_is_pulled_and_plugged_in(page: Page, farm: RunningFarm) -> None:
    expect(page.locator(".state.good", has_text=re.compile("^ready$"))).to_have_count(3)
    page.get_by_role("button", name="Unplug", exact=True).last.click()
    expect(page.locator(".state", has_text="unplugged")).to_be_visible()
    assert not list(farm.slots.values())[2][0].is_symlink()
    page.get_by_role("button", name="Plug in").click()
    expect(page.get_by_role("button", name="Unplug", exact=True)).to_have_count(3)
    assert list(farm.slots.values())[2][0].is_symlink()


def test_languages_and_a_ttys_traffic(page: Page) -> None:
    page.get_by_role("link", name="中文").click()
    expect(page.get_by_role("heading", name="短信猫池与运营商（模拟）")).to_be_visible()
    page.get_by_role("link", name="查看").first.click()
    expect(page.locator("#tty")).to_contain_text("串口往来")


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_nothing_is_wider_than_the_screen(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
