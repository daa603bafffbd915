"""Switching the language, and where that may lead."""

import pytest

from tests.web.browsing import Browser
from web.pages.language import own_path
from web.sessions import Sessions


def test_back_on_the_page_it_was_chosen_on(agent: Browser) -> None:
    agent.open("/balance")
    agent.send("/language", {"language": "en"})
    assert agent.path == "/balance"
    assert "Deposit" in agent.text


def test_the_choice_stays_with_the_browser(visitor: Browser) -> None:
    visitor.open("/login")
    visitor.send("/language", {"language": "id"})
    visitor.open("/login")
    assert "Masuk agen" in visitor.text


def test_the_choice_stays_with_the_session(agent: Browser, sessions: Sessions) -> None:
    agent.send("/language", {"language": "en"})
    with sessions._database.read() as connection:
        assert connection.exec_driver_sql("SELECT language FROM web_session").scalar() == "en"


def test_the_present_language_is_marked(agent: Browser) -> None:
    agent.open("/orders")
    assert agent.root.xpath("//button[@name='language'][@aria-current='true']/@value") == ["zh_CN"]


@pytest.mark.parametrize("chosen", ["", "xx", "../en", "zh"])
def test_a_language_that_is_not_offered(agent: Browser, chosen: str) -> None:
    assert agent.send("/language", {"language": chosen}).status_code == 400


def test_a_page_with_typed_things_on_it_offers_no_switch(agent: Browser) -> None:
    agent.confirm()
    assert not agent.root.xpath("//button[@name='language']")


@pytest.mark.parametrize("path", ["/", "/orders", "/orders/123"])
def test_a_path_of_this_site(path: str) -> None:
    assert own_path(path) == path


@pytest.mark.parametrize(
    "path", ["", "orders", "//evil.example", "https://evil.example", "/\\evil.example", "/\tevil", "/ evil", "javascript:alert(1)"]
)
def test_nothing_leads_elsewhere(path: str) -> None:
    assert own_path(path) == "/"
