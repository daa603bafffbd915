"""Who may see what: doors that stay shut, sessions that end the moment their login is blocked, and no look at a neighbour's orders."""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask

from recharge import OrderState, Role
from tests.web.browsing import Browser
from tests.web.conftest import MovableClock
from tests.web.fake_engine import LOGIN_PASSWORD, SERVICE_PASSWORD, FakeEngine, login, order_view
from web.security import form_token
from web.sessions import Sessions

GETS = [
    "/",
    "/recharge",
    "/orders",
    "/orders/100000001",
    "/orders/100000001/reverse",
    "/orders/100000001/complaint",
    "/balance",
    "/password",
]
OWN_ORDER_PAGES = [
    ("GET", ""),
    ("GET", "/state"),
    ("GET", "/reverse"),
    ("GET", "/complaint"),
    ("POST", "/reverse"),
    ("POST", "/complaint"),
]


class TestDoor:
    @pytest.mark.parametrize("path", GETS)
    def test_a_stranger_is_led_to_it(self, visitor: Browser, path: str) -> None:
        visitor.open(path)
        assert visitor.path == "/login"

    def test_part_of_a_page_sends_the_whole_page_there(self, visitor: Browser) -> None:
        page = visitor.open("/orders/100000001/state", HX_Request="true")
        assert (page.status_code, page.headers["HX-Redirect"], page.get_data()) == (401, "/login", b"")

    def test_every_route_but_the_open_ones_asks_who_it_is(self, app: Flask) -> None:
        # One that is added without the question would show here.
        for rule in app.url_map.iter_rules():
            if rule.endpoint in {"static", "login.show", "login.enter", "language.choose", "health.show"}:
                continue
            path = re.sub(r"<\w+>", "100000001", re.sub(r"<int:\w+>", "1", rule.rule))
            method = "GET" if "GET" in (rule.methods or ()) else "POST"
            browser = Browser(app.test_client())
            browser.open("/login")
            page = browser.client.open(path, method=method, data={"guard": browser.guard()})
            assert page.status_code == 303, rule
            assert page.headers["Location"] == "/login", rule


class TestSession:
    def test_idling_ends_it(self, agent: Browser, clock: MovableClock) -> None:
        clock.move(minutes=14)
        assert agent.open("/orders").request.path == "/orders"
        clock.move(minutes=14)
        assert agent.open("/orders").request.path == "/orders"
        clock.move(minutes=15)
        assert agent.open("/orders").request.path == "/login"

    def test_a_page_that_watches_by_itself_does_not_keep_it_awake(
        self, agent: Browser, clock: MovableClock, fake_engine: FakeEngine
    ) -> None:
        fake_engine.put(order_view(1, state=OrderState.UNKNOWN))
        for _ in range(14):
            clock.move(minutes=1)
            assert agent.open("/orders/100000001/state", HX_Request="true").status_code == 200
        clock.move(minutes=1)
        assert agent.open("/orders/100000001/state", HX_Request="true").status_code == 401

    def test_eight_hours_end_it_whatever_is_done(self, agent: Browser, clock: MovableClock) -> None:
        for _ in range(8 * 6 - 1):
            clock.move(minutes=10)
            assert agent.open("/orders").request.path == "/orders"
        clock.move(minutes=10)
        assert agent.open("/orders").request.path == "/login"

    @pytest.mark.parametrize("what", ["endpoint", "party", "person", "gone"])
    def test_blocking_ends_it_at_once(self, agent: Browser, fake_engine: FakeEngine, what: str) -> None:
        endpoint = fake_engine.logins[1]
        assert endpoint.person is not None
        blocked = {
            "endpoint": replace(endpoint, blocked=True),
            "party": replace(endpoint, party=replace(endpoint.party, blocked=True)),
            "person": replace(endpoint, person=replace(endpoint.person, blocked=True)),
        }
        if what == "gone":
            del fake_engine.logins[1]
        else:
            fake_engine.logins[1] = blocked[what]
        assert agent.open("/orders").request.path == "/login"
        fake_engine.logins[1] = endpoint
        assert agent.open("/orders").request.path == "/login", "unblocking does not bring the session back"

    def test_signing_in_again_ends_the_session_before(self, agent: Browser, sessions: Sessions, clock: MovableClock) -> None:
        first = agent.client.get_cookie("kongchong")
        assert first is not None
        agent.post("/login", {"guard": agent.guard(), "name": "chaoyang", "password": LOGIN_PASSWORD})
        second = agent.client.get_cookie("kongchong")
        assert second is not None
        assert first.value != second.value
        assert sessions.find(first.value, clock.at) is None


class TestCookies:
    def test_over_plain_http_on_a_test_machine(self, agent: Browser) -> None:
        cookie = agent.client.get_cookie("kongchong")
        assert cookie is not None
        assert (cookie.http_only, cookie.same_site, cookie.secure, cookie.path, cookie.expires) == (True, "Lax", False, "/", None)

    def test_over_tls_the_browser_is_told_to_hold_it_to_this_host(self, make_app: Callable[..., Flask]) -> None:
        client = make_app(secure=True, proxies=1).test_client()
        behind = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.9"}
        page = client.get("/login", headers=behind)
        cookie = page.headers["Set-Cookie"]
        assert cookie.startswith("__Host-kongchong-visitor=")
        assert all(word in cookie for word in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"))
        assert "Domain" not in cookie

    def test_the_passing_cookie_goes_when_somebody_signs_in(self, visitor: Browser) -> None:
        visitor.open("/login")
        assert visitor.client.get_cookie("kongchong-visitor") is not None
        visitor.sign_in("chaoyang")
        assert visitor.client.get_cookie("kongchong-visitor") is None

    def test_a_session_nobody_opened_is_not_adopted(self, visitor: Browser) -> None:
        visitor.client.set_cookie("kongchong", "chosen-by-somebody-else")
        visitor.sign_in("chaoyang")
        cookie = visitor.client.get_cookie("kongchong")
        assert cookie is not None
        assert cookie.value != "chosen-by-somebody-else"


class TestNeighbours:
    @pytest.fixture(params=[False, True], ids=["the engine refuses", "even if the engine told"])
    def order_number(self, request: pytest.FixtureRequest, agent: Browser, fake_engine: FakeEngine) -> str:
        """An order of P1001, with an engine that looks whose it is, and with one that does not."""
        fake_engine.next_state = OrderState.SUCCEEDED
        agent.confirm()
        agent.charge(SERVICE_PASSWORD)
        fake_engine.leaks = request.param
        return next(iter(fake_engine.orders))

    @pytest.mark.parametrize(("method", "page"), OWN_ORDER_PAGES)
    def test_an_order_of_another_point_is_as_if_it_were_not_there(
        self, neighbour: Browser, order_number: str, fake_engine: FakeEngine, method: str, page: str
    ) -> None:
        before = dict(fake_engine.orders)
        fields = {"guard": neighbour.guard(), "token": form_token(), "password": SERVICE_PASSWORD, "text": "mine?"}
        if method == "GET":
            neighbour.open(f"/orders/{order_number}{page}")
        else:
            neighbour.post(f"/orders/{order_number}{page}", fields)
        assert neighbour.page.status_code == 404
        assert "没有这笔订单" in neighbour.text
        assert "13800138000" not in neighbour.text
        assert fake_engine.orders == before

    def test_the_answer_is_the_same_as_for_an_order_nobody_has(self, neighbour: Browser, order_number: str) -> None:
        theirs = neighbour.open(f"/orders/{order_number}")
        nobodys = neighbour.open("/orders/999999999")
        assert theirs.status_code == nobodys.status_code
        assert theirs.get_data(as_text=True).replace(order_number, "999999999") == nobodys.get_data(as_text=True)

    def test_their_list_and_their_search_do_not_know_it(self, neighbour: Browser, order_number: str, fake_engine: FakeEngine) -> None:
        fake_engine.leaks = False
        neighbour.open("/orders")
        assert "138 0013 8000" not in neighbour.text
        for wanted in (order_number, "13800138000"):
            neighbour.open("/orders")
            neighbour.send("/orders/find", {"wanted": wanted})
            assert neighbour.page.status_code == 404

    def test_the_owner_sees_it(self, agent: Browser, order_number: str) -> None:
        assert agent.open(f"/orders/{order_number}").status_code == 200


class TestRoles:
    @pytest.mark.parametrize("role", [Role.OWNER, Role.SALESPERSON])
    def test_those_who_sell_begin_with_a_recharge(self, visitor: Browser, fake_engine: FakeEngine, role: Role) -> None:
        fake_engine.logins[1] = login(role=role)
        visitor.sign_in("chaoyang")
        assert visitor.path == "/recharge"

    @pytest.mark.parametrize("role", [Role.ACCOUNT_MANAGER, Role.FINANCE, Role.AUDITOR])
    def test_others_see_orders_and_no_way_to_sell(self, visitor: Browser, fake_engine: FakeEngine, role: Role) -> None:
        fake_engine.logins[1] = login(role=role)
        fake_engine.put(order_view(1, state=OrderState.SUCCEEDED))
        visitor.sign_in("chaoyang")
        assert visitor.path == "/orders"
        visitor.open("/orders/100000001")
        assert not visitor.root.xpath("//a[contains(@href, '/recharge') or contains(@href, '/reverse')]")

    def test_an_endpoint_without_a_person_is_named_by_its_login(self, visitor: Browser, fake_engine: FakeEngine) -> None:
        fake_engine.logins[1] = replace(login(), person=None)
        visitor.sign_in("chaoyang")
        assert "chaoyang · P1001" in visitor.text
