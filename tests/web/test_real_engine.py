"""The pages over the real engine and real books: what a point does in a day, with a carrier played by hand."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from recharge import Engine, OrderView, Reply
from recharge.domain.outcomes import AttemptAction, OutcomeState
from recharge.domain.requests import EndpointKind
from recharge.engine.administration import SHELL
from recharge.keys.logins import Logins
from tests.support.province import Province
from tests.support.world import PASSWORD, World
from tests.web.browsing import Browser
from tests.web.fake_engine import LOGIN_PASSWORD
from web.app import create_app
from web.pages import orders
from web.sessions import Sessions
from web.site import Options, Site

START_MINOR = 100_000


@pytest.fixture
def books_url(clean_sqlite_url: str) -> str:
    """Where the books are; the main job is tried on both databases."""
    return clean_sqlite_url


@pytest.fixture
def world(books_url: str) -> Iterator[World]:
    """Point A with 1,000.00 in its deposit, point B beside it; both with a web login."""
    province = Province(books_url)
    for point in ("A", "B"):
        province.office.endpoints.set_login(SHELL, province.login_of(point), LOGIN_PASSWORD)
    province.deposit("A", "1000.00")
    yield province
    province.close()


@pytest.fixture
def engine(world: World) -> Iterator[Engine]:
    opened = Engine(world.parts, Logins(world.database, world.clock, world.keys), lambda: None)
    yield opened
    opened.close()


@pytest.fixture
def app(world: World, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Flask:
    # Nobody sends the orders while a page waits for their end.
    monkeypatch.setattr(orders, "FIRST_LOOK_SECONDS", 0.02)
    return create_app(Site(engine, Sessions(engine.database), Options(), world.clock.now))


@pytest.fixture
def shop(app: Flask, world: World) -> Browser:
    """Point A's browser."""
    browser = Browser(app.test_client())
    browser.sign_in(world.login_of("A"))
    return browser


def charge(shop: Browser, amount: str = "50", password: str = PASSWORD) -> Browser:
    """Both steps of a recharge of the sample number."""
    shop.confirm(amount=amount)
    shop.charge(password)
    return shop


def order_of(shop: Browser, engine: Engine) -> OrderView:
    """The order whose page is open."""
    return engine.wait(shop.path.rsplit("/", 1)[1], 0)


def carrier_says(world: World, engine: Engine, shop: Browser, state: OutcomeState, **said: Any) -> None:
    """The order whose page is open is sent, and the carrier answers; the page is opened again."""
    attempt = world.send(Reply(order=order_of(shop, engine)))
    world.hear(attempt, state, **said)
    shop.open(shop.path)


class TestRecharge:
    @pytest.fixture
    def books_url(self, clean_database_url: str) -> str:
        return clean_database_url

    def test_from_the_door_to_the_serial_number(self, shop: Browser, world: World, engine: Engine) -> None:
        assert shop.path == "/recharge"
        charge(shop)
        assert "已受理，正在送往运营商" in shop.text
        assert world.balance("A") == START_MINOR - 4900
        carrier_says(world, engine, shop, OutcomeState.SUCCESS, serial_number="SN-000-123")
        told = [line.text_content() for line in shop.root.xpath("//ul[@class='messages']/li")]
        assert len(told) == 2
        assert all("SN-000-123" in line for line in told)
        for fact in ("充值成功", "SN-000-123", "138 0013 8000", "¥50.00", "¥49.00", "¥951.00"):
            assert fact in shop.text

    def test_the_second_step_shows_what_the_point_pays(self, shop: Browser, world: World) -> None:
        shop.confirm()
        assert "扣预存¥49.00" in shop.text
        assert world.balance("A") == START_MINOR

    def test_recognised_while_typing(self, shop: Browser) -> None:
        shop.open("/recharge")
        sent = shop.form("/recharge/confirm") | {"number": "138 0013 8000"}
        shop.post("/recharge/number", sent, HX_Request="true")
        assert "中国移动" in shop.text
        assert "北京" in shop.text
        assert shop.root.xpath("//input[@type='radio']/@value") == ["10", "30", "50", "100", "other"]

    def test_sent_five_times_it_is_one_order_and_one_charge(self, shop: Browser, world: World) -> None:
        shop.confirm()
        sent = shop.form("/recharge/order") | {"password": PASSWORD}
        places = {shop.post("/recharge/order", sent, follow=False).headers["Location"] for _ in range(5)}
        assert len(places) == 1
        assert world.one("SELECT COUNT(*) FROM orders WHERE kind = 'recharge'") == 1
        assert world.balance("A") == START_MINOR - 4900

    def test_going_back_to_the_first_step_leads_to_the_order(self, shop: Browser, world: World) -> None:
        shop.open("/recharge")
        sent = shop.form("/recharge/confirm") | {"number": "13800138000", "amount": "50"}
        shop.post("/recharge/confirm", sent)
        shop.charge(PASSWORD)
        path = shop.path
        shop.post("/recharge/confirm", sent)
        assert shop.path == path
        assert world.one("SELECT COUNT(*) FROM orders WHERE kind = 'recharge'") == 1

    def test_the_carrier_refuses_and_the_money_is_back(self, shop: Browser, world: World, engine: Engine) -> None:
        charge(shop)
        carrier_says(world, engine, shop, OutcomeState.FAILED, code="3001")
        assert "没有成功" in shop.text
        assert "款已退回预存" in shop.text
        assert "¥1000.00" in shop.text
        assert world.balance("A") == START_MINOR

    def test_the_carrier_is_silent_and_then_it_was_done(self, shop: Browser, world: World, engine: Engine) -> None:
        charge(shop)
        attempt = world.send(Reply(order=order_of(shop, engine)))
        world.hear(attempt, OutcomeState.UNKNOWN)
        shop.open(f"{shop.path}/state", HX_Request="true")
        assert "请不要再充" in shop.text
        assert world.balance("A") == START_MINOR - 4900
        world.hear(attempt, OutcomeState.SUCCESS, serial_number="SN-LATE")
        shop.open(shop.path, HX_Request="true")
        assert "充值成功" in shop.text
        assert "SN-LATE" in shop.text


class TestRefusals:
    def test_a_wrong_password_then_the_right_one(self, shop: Browser, world: World) -> None:
        charge(shop, password="111112")
        assert "密码未通过" in shop.text
        assert world.balance("A") == START_MINOR
        shop.charge(PASSWORD)
        assert shop.path.startswith("/orders/")

    def test_three_wrong_ones_rest_the_account(self, shop: Browser, world: World) -> None:
        shop.confirm()
        for _ in range(3):
            shop.charge("111112")
        shop.charge(PASSWORD)
        assert "15分钟后再试" in shop.text
        assert world.balance("A") == START_MINOR

    def test_the_same_again_needs_an_explicit_word(self, shop: Browser, world: World) -> None:
        charge(shop)
        charge(shop)
        assert "刚刚已经充过同样的号码和金额" in shop.text
        assert world.balance("A") == START_MINOR - 4900
        shop.charge(PASSWORD)
        assert shop.path.startswith("/orders/")
        assert world.balance("A") == START_MINOR - 2 * 4900

    def test_a_third_time_needs_one_explicit_word_too(self, shop: Browser, world: World) -> None:
        for mark in range(3):
            charge(shop)
            if mark:
                shop.charge(PASSWORD)
            assert shop.path.startswith("/orders/"), mark
        assert world.balance("A") == START_MINOR - 3 * 4900

    def test_more_than_the_deposit(self, shop: Browser, world: World, app: Flask) -> None:
        poor = Browser(app.test_client())
        poor.sign_in(world.login_of("B"))
        charge(poor)
        assert "余额" in " ".join(poor.root.xpath("//*[@id='amount-trouble']/text()"))

    @pytest.mark.parametrize(
        ("number", "amount", "beside"),
        [("1380013", "50", "number"), ("19912345678", "50", "number"), ("13800138000", "7", "amount")],
    )
    def test_a_wrong_number_or_amount(self, shop: Browser, world: World, number: str, amount: str, beside: str) -> None:
        shop.confirm(number, "other", amount)
        if shop.path == "/recharge/confirm" and shop.page.status_code == 200:
            shop.charge(PASSWORD)
        assert shop.page.status_code == 422
        assert shop.root.xpath(f"//*[@id='{beside}-trouble']")
        assert world.one("SELECT COUNT(*) FROM orders WHERE kind = 'recharge'") == 0

    def test_books_that_cannot_be_written_say_busy_and_the_same_form_works_later(self, shop: Browser, world: World) -> None:
        shop.confirm()
        rename = "ALTER TABLE posting RENAME TO posting_away"
        with world.database.write() as connection:
            connection.exec_driver_sql(rename)
        assert shop.charge(PASSWORD).status_code == 503
        assert "不会重复扣款" in shop.text
        with world.database.write() as connection:
            connection.exec_driver_sql("ALTER TABLE posting_away RENAME TO posting")
        shop.charge(PASSWORD)
        assert shop.path.startswith("/orders/")
        assert world.balance("A") == START_MINOR - 4900


class TestDoor:
    def test_a_wrong_login_password(self, app: Flask, world: World) -> None:
        browser = Browser(app.test_client())
        browser.sign_in(world.login_of("A"), "a wrong password")
        assert "登录名或密码不对" in browser.text

    def test_a_name_nobody_has_reads_the_same(self, app: Flask) -> None:
        browser = Browser(app.test_client())
        browser.sign_in("nobody", LOGIN_PASSWORD)
        assert "登录名或密码不对" in browser.text

    def test_guessing_is_slowed_down(self, app: Flask, world: World) -> None:
        browser = Browser(app.test_client())
        for _ in range(6):
            browser.sign_in(world.login_of("A"), "a wrong password")
        browser.sign_in(world.login_of("A"))
        assert browser.path == "/login"
        assert "分钟后再试" in browser.text

    def test_blocking_the_login_ends_its_session_at_once(self, shop: Browser, world: World) -> None:
        world.office.endpoints.block(SHELL, EndpointKind.WEB_LOGIN, world.login_of("A"))
        assert shop.open("/orders").request.path == "/login"

    def test_another_points_order_is_not_there(self, shop: Browser, app: Flask, world: World) -> None:
        charge(shop)
        other = Browser(app.test_client())
        other.sign_in(world.login_of("B"))
        for page in ("", "/state", "/reverse", "/complaint"):
            assert other.open(shop.path + page).status_code == 404, page
        other.open("/orders")
        assert "还没有订单" in other.text


class TestAfterwards:
    def test_a_reversal_on_the_same_day(self, shop: Browser, world: World, engine: Engine) -> None:
        charge(shop)
        carrier_says(world, engine, shop, OutcomeState.SUCCESS, serial_number="SN-1")
        path = shop.path
        shop.open(f"{path}/reverse")
        shop.send(f"{path}/reverse", {"password": PASSWORD})
        assert "正在返销" in shop.text
        attempt = world.send(Reply(order=order_of(shop, engine)), AttemptAction.REVERSE)
        world.hear(attempt, OutcomeState.REVERSED)
        shop.open(path)
        assert "已返销" in shop.text
        assert world.balance("A") == START_MINOR

    def test_a_reversal_the_next_day_is_too_late(self, shop: Browser, world: World, engine: Engine, app: Flask) -> None:
        charge(shop)
        carrier_says(world, engine, shop, OutcomeState.SUCCESS, serial_number="SN-1")
        path = shop.path
        world.clock.pass_time(hours=23)
        shop.sign_in(world.login_of("A"))
        shop.open(f"{path}/reverse")
        shop.send(f"{path}/reverse", {"password": PASSWORD})
        assert shop.page.status_code == 422
        assert world.balance("A") == START_MINOR - 4900

    def test_a_complaint_is_kept(self, shop: Browser, world: World) -> None:
        charge(shop)
        path = shop.path
        shop.open(f"{path}/complaint")
        shop.send(f"{path}/complaint", {"text": "客户说没有到账"})
        assert "投诉已交到客服" in shop.text
        assert world.one("SELECT text FROM complaint") == "客户说没有到账"

    def test_the_list_the_search_and_the_day(self, shop: Browser, world: World, engine: Engine) -> None:
        charge(shop)
        path = shop.path
        carrier_says(world, engine, shop, OutcomeState.SUCCESS, serial_number="SN-1")
        shop.open("/orders")
        assert "138 0013 8000" in shop.text
        shop.send("/orders/find", {"wanted": "13800138000"})
        assert shop.path == path
        shop.open("/balance")
        assert "¥951.00" in shop.text
        assert "¥50.00" in shop.text

    @pytest.mark.parametrize("wanted", ["abc", "0", "-5", "9" * 30, "１２３"])
    def test_numbers_no_order_has(self, shop: Browser, wanted: str) -> None:
        assert shop.open(f"/orders/{wanted}").status_code == 404
        shop.open("/orders")
        assert shop.send("/orders/find", {"wanted": wanted}).status_code == 404

    def test_a_new_service_password(self, shop: Browser) -> None:
        shop.open("/password")
        shop.send("/password", {"password": PASSWORD, "new_password": "111111", "again": "111111"})
        assert shop.root.xpath("//*[@id='new_password-trouble']")
        shop.send("/password", {"password": PASSWORD, "new_password": "582936", "again": "582936"})
        assert "服务密码改好了" in shop.text
        charge(shop)
        assert "密码未通过" in shop.text
        shop.charge("582936")
        assert shop.path.startswith("/orders/")

    def test_a_temporary_password_is_changed_on_the_way(self, shop: Browser, world: World) -> None:
        world.office.credentials.set(SHELL, "A", "604729", temporary=True)
        charge(shop, password="604729")
        assert "临时密码" in shop.text
        shop.send("/password/first")
        shop.send("/password", {"password": "604729", "new_password": "582936", "again": "582936"})
        shop.send("/recharge/confirm")
        shop.charge("582936")
        assert shop.path.startswith("/orders/")
        assert world.balance("A") == START_MINOR - 4900
