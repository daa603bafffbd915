"""Signing in and out."""

from collections.abc import Callable

import pytest
from flask import Flask

from recharge import Refusal, RefusalCode
from tests.web.browsing import Browser
from tests.web.conftest import MovableClock
from tests.web.fake_engine import LOGIN_PASSWORD, FakeEngine
from web.sessions import Sessions


def test_the_right_name_and_password_open_the_first_page(visitor: Browser) -> None:
    visitor.sign_in("chaoyang")
    assert visitor.path == "/recharge"
    assert "朝阳路通讯店" in visitor.text
    assert "王小红 · P1001" in visitor.text


def test_whoever_is_in_already_goes_on(agent: Browser) -> None:
    agent.open("/login")
    assert agent.path == "/recharge"


class TestRefused:
    @pytest.mark.parametrize(("name", "password"), [("chaoyang", "wrong"), ("nobody", LOGIN_PASSWORD)])
    def test_a_wrong_password_and_a_name_nobody_has_read_the_same(self, visitor: Browser, name: str, password: str) -> None:
        visitor.sign_in(name, password)
        assert visitor.page.status_code == 422
        assert "登录名或密码不对，请重新输入。" in visitor.text
        assert visitor.client.get_cookie("kongchong") is None

    def test_the_name_stays_the_password_does_not(self, visitor: Browser) -> None:
        visitor.sign_in("chaoyang", "my wrong password")
        assert visitor.root.xpath("//input[@name='name']/@value") == ["chaoyang"]
        assert "my wrong password" not in visitor.page.get_data(as_text=True)
        assert visitor.root.xpath("//input[@name='password']/@autofocus")

    @pytest.mark.parametrize(
        ("name", "password", "said"), [("", "x", "请输入登录名。"), ("x", "", "请输入登录密码。"), (" ", "", "请输入登录名。")]
    )
    def test_an_empty_field_costs_no_try(self, visitor: Browser, fake_engine: FakeEngine, name: str, password: str, said: str) -> None:
        visitor.sign_in(name, password)
        assert visitor.page.status_code == 422
        assert said in visitor.text
        assert not fake_engine.sign_ins

    def test_too_many_tries_are_slowed_down_by_the_engine(self, visitor: Browser, fake_engine: FakeEngine) -> None:
        fake_engine.refuse_next.append(Refusal(RefusalCode.PASSWORD_LOCKED, {"minutes": 15}))
        visitor.sign_in("chaoyang")
        assert visitor.page.status_code == 422
        assert "15分钟后再试" in visitor.text

    def test_a_blocked_login_is_told_so(self, visitor: Browser, fake_engine: FakeEngine) -> None:
        fake_engine.refuse_next.append(Refusal(RefusalCode.BLOCKED))
        visitor.sign_in("chaoyang")
        assert "已停用" in visitor.text

    def test_while_the_database_is_away(self, visitor: Browser, fake_engine: FakeEngine) -> None:
        fake_engine.away = True
        visitor.sign_in("chaoyang")
        assert visitor.page.status_code == 503
        assert visitor.root.xpath("//input[@name='name']/@value") == ["chaoyang"]

    @pytest.mark.parametrize(("name", "password"), [("x" * 65, "y"), ("x", "y" * 201)])
    def test_endless_names_and_passwords_are_not_even_looked_at(
        self, visitor: Browser, fake_engine: FakeEngine, name: str, password: str
    ) -> None:
        visitor.sign_in(name, password)
        assert visitor.page.status_code == 403
        assert not fake_engine.sign_ins


class TestLeaving:
    def test_the_session_ends_on_the_server(self, agent: Browser, sessions: Sessions, clock: MovableClock) -> None:
        cookie = agent.client.get_cookie("kongchong")
        assert cookie is not None
        agent.send("/logout")
        assert agent.path == "/login"
        assert sessions.find(cookie.value, clock.at) is None
        assert agent.client.get_cookie("kongchong") is None

    def test_other_devices_stay_in(self, app: Flask, agent: Browser) -> None:
        phone = Browser(app.test_client())
        phone.sign_in("chaoyang")
        agent.send("/logout")
        assert phone.open("/orders").request.path == "/orders"

    def test_unless_all_are_signed_out(self, app: Flask, agent: Browser, neighbour: Browser) -> None:
        phone = Browser(app.test_client())
        phone.sign_in("chaoyang")
        agent.open("/balance")
        agent.post("/logout", {"guard": agent.guard(), "everywhere": "yes"})
        assert phone.open("/orders").request.path == "/login"
        assert neighbour.open("/orders").request.path == "/orders"

    def test_the_browsers_back_button_shows_nothing(self, agent: Browser) -> None:
        assert agent.open("/balance").headers["Cache-Control"] == "no-store"
        agent.send("/logout")
        assert agent.open("/balance").request.path == "/login"


def test_the_address_is_kept_with_the_session(make_app: Callable[..., Flask], sessions: Sessions) -> None:
    browser = Browser(make_app().test_client())
    browser.sign_in("chaoyang")
    with sessions._database.read() as connection:
        assert connection.exec_driver_sql("SELECT address FROM web_session").scalar() == "127.0.0.1"
