"""What other sites and curious neighbours try: headers on every answer, forms nobody else can send, nothing kept by caches."""

import re
from collections.abc import Callable

import pytest
from flask import Flask

from tests.web.browsing import Browser
from tests.web.fake_engine import LOGIN_PASSWORD, SERVICE_PASSWORD, FakeEngine
from web.errors import PageTooOld
from web.security import CONTENT_POLICY, LARGEST_FORM_BYTES, form_token, good_token

POSTS = [
    "/login",
    "/logout",
    "/language",
    "/recharge",
    "/recharge/number",
    "/recharge/confirm",
    "/recharge/order",
    "/orders/find",
    "/orders/100000001/reverse",
    "/orders/100000001/complaint",
    "/password",
    "/password/first",
]


class TestHeaders:
    @pytest.mark.parametrize("path", ["/login", "/recharge", "/orders", "/balance", "/nothing", "/health", "/static/app.css"])
    def test_every_answer_wears_them(self, agent: Browser, path: str) -> None:
        headers = agent.open(path).headers
        assert headers["Content-Security-Policy"] == CONTENT_POLICY
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Referrer-Policy"] == "no-referrer"

    def test_the_policy_allows_no_inline_code_and_no_strangers(self) -> None:
        assert "unsafe" not in CONTENT_POLICY
        assert "http" not in CONTENT_POLICY
        assert "default-src 'none'" in CONTENT_POLICY
        assert "frame-ancestors 'none'" in CONTENT_POLICY
        assert "form-action 'self'" in CONTENT_POLICY

    @pytest.mark.parametrize("path", ["/login", "/recharge", "/orders", "/balance", "/password", "/nothing", "/health"])
    def test_no_page_is_kept(self, agent: Browser, path: str) -> None:
        assert agent.open(path).headers["Cache-Control"] == "no-store"

    def test_files_that_stand_still_may_be_kept(self, agent: Browser) -> None:
        assert agent.open("/static/app.js").headers["Cache-Control"].startswith("public")
        assert agent.open("/static/nothing.js").headers["Cache-Control"] == "no-store"

    @pytest.mark.parametrize("path", ["/login", "/recharge", "/orders", "/balance", "/password"])
    def test_no_page_carries_inline_code_or_loads_from_elsewhere(self, agent: Browser, path: str) -> None:
        agent.open(path)
        assert not agent.root.xpath("//script[not(@src)] | //style | //*[@style] | //*[@onclick] | //*[@onsubmit]")
        sources = agent.root.xpath("//@src | //link/@href | //*[local-name()='use']/@href | //form/@action")
        assert sources
        assert all(str(source).startswith("/") and not str(source).startswith("//") for source in sources)


class TestForms:
    @pytest.mark.parametrize("path", POSTS)
    def test_nothing_is_done_without_the_guard(self, agent: Browser, fake_engine: FakeEngine, path: str) -> None:
        asked = len(fake_engine.asked)
        assert agent.post(path, {"token": form_token(), "number": "13800138000", "amount": "50"}).status_code == 403
        assert len(fake_engine.asked) == asked
        assert "页面已过期" in agent.text

    @pytest.mark.parametrize("path", POSTS)
    def test_nothing_is_done_with_a_guard_of_another_browser(
        self, agent: Browser, neighbour: Browser, fake_engine: FakeEngine, path: str
    ) -> None:
        asked = len(fake_engine.asked)
        assert agent.post(path, {"guard": neighbour.guard(), "token": form_token()}).status_code == 403
        assert len(fake_engine.asked) == asked

    @pytest.mark.parametrize("origin", ["cross-site", "same-site"])
    def test_nothing_is_done_for_another_site_even_with_the_guard(self, agent: Browser, fake_engine: FakeEngine, origin: str) -> None:
        agent.confirm()
        fields = agent.form("/recharge/order") | {"password": SERVICE_PASSWORD}
        assert agent.post("/recharge/order", fields, Sec_Fetch_Site=origin).status_code == 403
        assert not fake_engine.orders

    def test_the_guard_changes_with_the_session(self, visitor: Browser) -> None:
        visitor.open("/login")
        before = visitor.guard()
        visitor.sign_in("chaoyang")
        during = visitor.guard()
        visitor.send("/logout")
        assert len({before, during, visitor.guard()}) == 3

    def test_a_form_shown_before_signing_in_again_is_too_old(self, agent: Browser) -> None:
        old = agent.form("/recharge/confirm")
        agent.send("/logout")
        agent.sign_in("chaoyang")
        assert agent.post("/recharge/confirm", old | {"number": "13800138000", "amount": "50"}).status_code == 403

    def test_the_sign_in_form_is_guarded_too(self, visitor: Browser, fake_engine: FakeEngine) -> None:
        visitor.open("/login")
        assert visitor.post("/login", {"name": "chaoyang", "password": LOGIN_PASSWORD}).status_code == 403
        assert not fake_engine.sign_ins

    def test_the_deployments_secret_is_part_of_the_guard(self, make_app: Callable[..., Flask]) -> None:
        first, second = (Browser(make_app(secret=secret).test_client()) for secret in (b"one", b"two"))
        first.open("/login")
        cookie = first.client.get_cookie("kongchong-visitor")
        assert cookie is not None
        second.client.set_cookie("kongchong-visitor", cookie.value)
        second.open("/login")
        assert first.guard() != second.guard()

    def test_a_form_that_is_far_too_large_is_not_read(self, agent: Browser) -> None:
        assert agent.post("/recharge/confirm", {"number": "1" * LARGEST_FORM_BYTES}).status_code == 413
        assert "内容太长" in agent.text


class TestTokens:
    def test_a_new_one_each_time_fit_to_be_a_reference(self) -> None:
        tokens = {form_token() for _ in range(100)}
        assert len(tokens) == 100
        assert all(token.isascii() and len(token) == 32 and good_token(token) == token for token in tokens)

    @pytest.mark.parametrize("text", ["", "short", "x" * 65, "a b" * 10, "é" * 32, "a" * 31 + "\n"])
    def test_what_this_site_cannot_have_made_is_refused(self, text: str) -> None:
        with pytest.raises(PageTooOld):
            good_token(text)


def test_no_secret_and_no_number_stands_in_an_address(agent: Browser) -> None:
    agent.confirm()
    agent.charge(SERVICE_PASSWORD)
    for path in ("/recharge", "/orders", agent.path, "/balance"):
        agent.open(path)
        addresses = " ".join(map(str, agent.root.xpath("//@href | //@action | //@*[name()='hx-get'] | //@*[name()='hx-post']")))
        assert "13800138000" not in addresses
        assert not re.search(r"token=|guard=|password=", addresses)


def test_the_service_password_is_never_shown_again(agent: Browser) -> None:
    agent.confirm()
    agent.charge("999999")
    assert "999999" not in agent.page.get_data(as_text=True)
    field = agent.root.xpath("//input[@name='password']")[0]
    assert (field.get("type"), field.get("inputmode"), field.get("autocomplete"), field.get("value")) == (
        "password",
        "numeric",
        "off",
        None,
    )
