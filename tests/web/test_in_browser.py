"""An agent at the counter, in a real browser: sign in, type a number, choose an amount, confirm, see how it ends."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from recharge import Engine
from recharge.domain.outcomes import OutcomeState
from recharge.engine.administration import SHELL
from recharge.keys.logins import Logins
from tests.support.province import Province
from tests.support.world import PASSWORD
from tests.web.counter import Counter
from tests.web.fake_engine import LOGIN_PASSWORD

pytestmark = pytest.mark.browser
PHONE = {"width": 390, "height": 844, "is_mobile": True, "has_touch": True}
SMALLEST_TARGET = 44


@pytest.fixture
def counter(clean_sqlite_url: str, free_port: int) -> Iterator[Counter]:
    """Point A with 1,000.00 in its deposit and a web login."""
    world = Province(clean_sqlite_url)
    world.office.endpoints.set_login(SHELL, world.login_of("A"), LOGIN_PASSWORD)
    world.deposit("A", "1000.00")
    engine = Engine(world.parts, Logins(world.database, world.clock, world.keys), lambda: None)
    made = Counter(world, engine, free_port)
    yield made
    made.close()
    engine.close()
    world.close()


# Not longer than this module: while Playwright is open, no other test of the process could run an event loop of its own.
@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """Debian's Chromium without a window."""
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=arguments)
        yield started
        started.close()


@pytest.fixture
def open_page(browser: Browser, counter: Counter) -> Iterator[Callable[..., Page]]:
    """Opens a page with a browser of its own; at the end no script may have failed and no policy been broken."""
    complaints: list[str] = []

    def note(message: ConsoleMessage) -> None:
        # The network's own lines (a 422, a server that is gone) belong to some tests.
        if message.type == "error" and "Failed to load resource" not in message.text and "htmx:" not in message.text:
            complaints.append(message.text)

    def make(width: int = 1280, height: int = 860, **options: object) -> Page:
        settings: dict[str, object] = {"viewport": {"width": width, "height": height}, "locale": "zh-CN", "base_url": counter.address}
        page = browser.new_context(**(settings | options)).new_page()  # type: ignore[arg-type]
        page.on("console", note)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.set_default_timeout(20_000)
        return page

    yield make
    for context in browser.contexts:
        context.close()
    assert not complaints


def sign_in(page: Page) -> None:
    page.goto("/")
    page.get_by_label("登录名").fill("shop-a")
    page.get_by_label("登录密码").fill(LOGIN_PASSWORD)
    page.get_by_role("button", name="登录").click()
    expect(page).to_have_url(re.compile("/recharge$"))


def type_number(page: Page, number: str = "13800138000") -> None:
    page.get_by_label("客户号码").press_sequentially(number, delay=5)
    expect(page.locator("#number-known")).to_contain_text("中国移动")


def to_second_step(page: Page) -> None:
    type_number(page)
    page.locator(".amount-tiles label", has_text="50").click()
    page.get_by_role("button", name="下一步").click()
    expect(page.get_by_role("heading", name="请与客户核对")).to_be_visible()


def confirm(page: Page) -> None:
    page.get_by_label("服务密码").fill(PASSWORD)
    page.get_by_role("button", name="确认充值").click()
    expect(page).to_have_url(re.compile(r"/orders/\d+$"))


class TestRecharge:
    @pytest.mark.parametrize("screen", [{}, PHONE], ids=["desktop", "phone"])
    def test_from_signing_in_to_success(self, open_page: Callable[..., Page], counter: Counter, screen: dict[str, object]) -> None:
        page = open_page(**screen)
        sign_in(page)
        type_number(page)
        expect(page.get_by_label("客户号码")).to_have_value("138 0013 8000")
        expect(page.locator("#number-known")).to_contain_text("北京")
        page.locator(".amount-tiles label", has_text="50").click()
        page.get_by_role("button", name="下一步").click()
        expect(page.locator(".look-number")).to_have_text("138 0013 8000")
        expect(page.locator(".look")).to_contain_text("¥50.00")
        page.get_by_label("服务密码").fill(PASSWORD)
        page.get_by_role("button", name="确认充值").dblclick()
        expect(page.get_by_role("heading", name="已受理，正在送往运营商")).to_be_visible()
        assert counter.orders() == 1
        counter.send(page)
        expect(page.get_by_role("heading", name="运营商正在办理")).to_be_visible()
        counter.carrier_says(OutcomeState.SUCCESS, serial_number="SN-000-123")
        # The page turns by itself; nobody reloads it.
        expect(page.get_by_role("heading", name="充值成功")).to_be_visible()
        expect(page.locator("#order")).to_contain_text("SN-000-123")
        expect(page.locator("#order")).to_contain_text("¥951.00")
        assert counter.orders() == 1
        assert counter.world.balance("A") == 95_100

    def test_the_carrier_is_silent_and_then_says_no(self, open_page: Callable[..., Page], counter: Counter) -> None:
        page = open_page()
        sign_in(page)
        to_second_step(page)
        confirm(page)
        counter.send(page)
        counter.carrier_says(OutcomeState.UNKNOWN)
        expect(page.get_by_role("heading", name="运营商还没有答复")).to_be_visible()
        expect(page.locator("#order")).to_contain_text("请不要再充")
        counter.carrier_says(OutcomeState.FAILED, code="3001")
        expect(page.get_by_role("heading", name="没有成功")).to_be_visible()
        expect(page.locator("#order")).to_contain_text("款已退回预存")
        assert counter.world.balance("A") == 100_000

    def test_back_and_forth_in_the_browser_is_still_one_order(self, open_page: Callable[..., Page], counter: Counter) -> None:
        page = open_page()
        sign_in(page)
        to_second_step(page)
        confirm(page)
        order = page.url
        page.reload()
        assert page.url == order
        page.go_back()
        expect(page).to_have_url(re.compile("/recharge$"))
        expect(page.get_by_label("客户号码")).to_have_value("")
        page.go_forward()
        expect(page).to_have_url(order)
        assert counter.orders() == 1

    def test_the_same_again_only_by_an_explicit_word(self, open_page: Callable[..., Page], counter: Counter) -> None:
        page = open_page()
        sign_in(page)
        to_second_step(page)
        confirm(page)
        page.goto("/recharge")
        to_second_step(page)
        page.get_by_label("服务密码").fill(PASSWORD)
        page.get_by_role("button", name="确认充值").click()
        expect(page.get_by_text("刚刚已经充过同样的号码和金额")).to_be_visible()
        assert counter.orders() == 1
        page.get_by_label("服务密码").fill(PASSWORD)
        page.get_by_role("button", name="再充一次").click()
        expect(page).to_have_url(re.compile(r"/orders/\d+$"))
        assert counter.orders() == 2

    def test_with_the_keyboard_alone(self, open_page: Callable[..., Page], counter: Counter) -> None:
        page = open_page()
        page.goto("/")
        expect(page.get_by_label("登录名")).to_be_focused()
        page.keyboard.type("shop-a")
        page.keyboard.press("Tab")
        page.keyboard.type(LOGIN_PASSWORD)
        page.keyboard.press("Enter")
        expect(page.get_by_label("客户号码")).to_be_focused()
        page.keyboard.type("13800138000", delay=5)
        expect(page.locator(".amount-tiles")).to_be_visible()
        page.keyboard.press("Tab")
        page.keyboard.press("Space")
        page.keyboard.press("ArrowRight")
        page.keyboard.press("Enter")
        expect(page.locator(".look")).to_contain_text("¥30.00")
        expect(page.get_by_label("服务密码")).to_be_focused()
        page.keyboard.type(PASSWORD)
        page.keyboard.press("Enter")
        expect(page).to_have_url(re.compile(r"/orders/\d+$"))
        assert counter.orders() == 1

    def test_without_any_script(self, open_page: Callable[..., Page], counter: Counter) -> None:
        page = open_page(java_script_enabled=False)
        sign_in(page)
        page.get_by_label("客户号码").fill("13800138000")
        page.locator("#other_amount").fill("50")
        page.get_by_role("button", name="下一步").click()
        page.get_by_label("服务密码").fill(PASSWORD)
        page.get_by_role("button", name="确认充值").dblclick()
        expect(page).to_have_url(re.compile(r"/orders/\d+$"))
        assert counter.orders() == 1


class TestTyping:
    def test_spaces_come_by_themselves_and_the_caret_stays(self, open_page: Callable[..., Page]) -> None:
        page = open_page()
        sign_in(page)
        field = page.get_by_label("客户号码")
        field.press_sequentially("1380013800")
        expect(field).to_have_value("138 0013 800")
        field.press("Home")
        field.press_sequentially("1")
        expect(field).to_have_value("113 8001 3800")
        assert field.evaluate("field => field.selectionStart") == 1

    def test_full_width_digits_are_digits(self, open_page: Callable[..., Page]) -> None:
        page = open_page()
        sign_in(page)
        page.get_by_label("客户号码").fill("１３８００１３８０００")
        expect(page.get_by_label("客户号码")).to_have_value("138 0013 8000")
        expect(page.locator("#number-known")).to_contain_text("北京")

    def test_an_amount_of_ones_own_chooses_itself(self, open_page: Callable[..., Page]) -> None:
        page = open_page()
        sign_in(page)
        type_number(page)
        page.locator(".amount-tiles label", has_text="30").click()
        page.locator("#other_amount").fill("45")
        expect(page.locator("#other")).to_be_checked()
        page.get_by_role("button", name="下一步").click()
        expect(page.locator(".look")).to_contain_text("¥45.00")


class TestTrouble:
    def test_while_the_server_is_gone_the_page_says_so_and_goes_on_by_itself(
        self, open_page: Callable[..., Page], counter: Counter
    ) -> None:
        page = open_page()
        sign_in(page)
        to_second_step(page)
        confirm(page)
        counter.send(page)
        counter.close()
        expect(page.locator("#note")).to_be_visible()
        counter.open()
        counter.carrier_says(OutcomeState.SUCCESS, serial_number="SN-1")
        expect(page.get_by_role("heading", name="充值成功")).to_be_visible()
        expect(page.locator("#note")).to_be_hidden()

    def test_a_session_that_ran_out_leads_to_the_door(self, open_page: Callable[..., Page], counter: Counter) -> None:
        page = open_page()
        sign_in(page)
        to_second_step(page)
        confirm(page)
        counter.world.clock.pass_time(minutes=16)
        expect(page).to_have_url(re.compile("/login$"))

    def test_books_that_cannot_be_written_leave_the_form_to_be_sent_again(self, open_page: Callable[..., Page], counter: Counter) -> None:
        page = open_page()
        sign_in(page)
        to_second_step(page)
        with counter.world.database.write() as connection:
            connection.exec_driver_sql("ALTER TABLE web_session RENAME TO web_session_away")
        page.get_by_label("服务密码").fill(PASSWORD)
        page.get_by_role("button", name="确认充值").click()
        expect(page.locator("#note")).to_have_text("这次提交没有受理，没有扣款。请稍等几秒再试。")
        with counter.world.database.write() as connection:
            connection.exec_driver_sql("ALTER TABLE web_session_away RENAME TO web_session")
        page.get_by_role("button", name="确认充值").click()
        expect(page).to_have_url(re.compile(r"/orders/\d+$"))
        assert counter.orders() == 1

    def test_a_wrong_password_leaves_all_else_as_it_was(self, open_page: Callable[..., Page]) -> None:
        page = open_page()
        sign_in(page)
        to_second_step(page)
        page.get_by_label("服务密码").fill("111112")
        page.get_by_role("button", name="确认充值").click()
        expect(page.get_by_text("密码未通过")).to_be_visible()
        expect(page.locator(".look-number")).to_have_text("138 0013 8000")
        expect(page.get_by_label("服务密码")).to_have_value("")
        expect(page.get_by_label("服务密码")).to_be_focused()


class TestLook:
    PATHS = ("/recharge", "/orders", "/balance", "/password", "/nothing")

    @pytest.mark.parametrize("screen", [{}, PHONE, {"width": 320, "height": 640}], ids=["desktop", "phone", "small"])
    def test_nothing_sticks_out_and_fingers_find_their_targets(
        self, open_page: Callable[..., Page], counter: Counter, screen: dict[str, object]
    ) -> None:
        page = open_page(**screen)
        sign_in(page)
        to_second_step(page)
        self.check(page)
        confirm(page)
        self.check(page)
        for path in self.PATHS:
            page.goto(path)
            self.check(page)

    def check(self, page: Page) -> None:
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), page.url
        small = page.evaluate(
            """smallest => [...document.querySelectorAll('main button, main a.btn, main input:not([type=hidden]):not([type=radio]),' +
            ' nav a')].filter(e => e.offsetParent && e.getBoundingClientRect().height < smallest).map(e => e.outerHTML)""",
            SMALLEST_TARGET,
        )
        assert not small, (page.url, small)

    @pytest.mark.parametrize(("name", "shown"), [("English", "Customer's number"), ("Bahasa Indonesia", "Nomor pelanggan")])
    def test_another_language(self, open_page: Callable[..., Page], name: str, shown: str) -> None:
        page = open_page()
        sign_in(page)
        page.get_by_role("button", name=name).click()
        expect(page.get_by_label(shown)).to_be_visible()

    def test_the_look_itself_has_loaded(self, open_page: Callable[..., Page]) -> None:
        page = open_page()
        sign_in(page)
        assert page.evaluate("typeof htmx") == "object"
        assert page.locator("header").evaluate("header => getComputedStyle(header).display") != "block"
        assert page.locator(".tab svg").first.bounding_box()
