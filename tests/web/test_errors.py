"""When a page cannot be shown: one clean page for each case, the truth on it, nothing of the inside."""

import logging

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from recharge import Refusal, RefusalCode
from tests.web.browsing import Browser
from tests.web.fake_engine import SERVICE_PASSWORD, FakeEngine
from web.sessions import Sessions

AWAY = OperationalError("SELECT secret FROM web_session", {}, Exception("server has gone away"))


@pytest.fixture
def breaking(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """A site one page of which raises what a test puts into its configuration."""

    def fail() -> str:
        raise app.config["PROBLEM"]

    app.add_url_rule("/broken", "broken", fail, methods=["GET", "POST"])
    return app


class TestPages:
    def test_not_found(self, agent: Browser) -> None:
        assert agent.open("/nothing/here").status_code == 404
        assert "没有这一页" in agent.text

    def test_a_wrong_method_says_which_there_are(self, agent: Browser) -> None:
        page = agent.open("/recharge/confirm")
        assert page.status_code == 405
        assert "POST" in page.headers["Allow"]
        assert "请从菜单重新进入" in agent.text

    def test_a_bad_request(self, agent: Browser) -> None:
        assert agent.send("/language", {"language": "xx"}).status_code == 400
        assert "没有办理" in agent.text

    def test_in_the_readers_language(self, agent: Browser) -> None:
        agent.send("/language", {"language": "en"})
        agent.open("/nothing")
        assert "No such page" in agent.text

    def test_a_stranger_gets_a_clean_page_too(self, visitor: Browser) -> None:
        assert visitor.open("/nothing").status_code == 404
        assert "没有这一页" in visitor.text

    @pytest.mark.parametrize(
        ("code", "status"),
        [
            (RefusalCode.UNKNOWN_ORDER, 404),
            (RefusalCode.NOT_ALLOWED, 403),
            (RefusalCode.BLOCKED, 403),
            (RefusalCode.BUSY, 503),
            (RefusalCode.OVER_DAY_LIMIT, 400),
        ],
    )
    def test_a_refusal_nobody_placed(self, breaking: Flask, agent: Browser, code: RefusalCode, status: int) -> None:
        breaking.config["PROBLEM"] = Refusal(code)
        assert agent.open("/broken").status_code == status

    def test_a_forbidden_page(self, breaking: Flask, agent: Browser) -> None:
        from werkzeug.exceptions import Forbidden

        breaking.config["PROBLEM"] = Forbidden()
        assert agent.open("/broken").status_code == 403
        assert "这里不能进入" in agent.text


class TestOurFault:
    def test_the_page_says_what_to_do_and_nothing_of_the_inside(
        self, breaking: Flask, agent: Browser, caplog: pytest.LogCaptureFixture
    ) -> None:
        breaking.config["PROBLEM"] = RuntimeError("the secret inside")
        with caplog.at_level(logging.ERROR):
            page = agent.open("/broken")
        assert page.status_code == 500
        assert "不要重复充值" in agent.text
        assert "secret" not in page.get_data(as_text=True)
        assert "RuntimeError" in caplog.text

    def test_part_of_a_page_is_left_as_it_was(self, breaking: Flask, agent: Browser) -> None:
        breaking.config["PROBLEM"] = RuntimeError("once")
        page = agent.open("/broken", HX_Request="true")
        assert page.headers["HX-Reswap"] == "none"
        assert "HX-Reswap" not in agent.open("/broken").headers


class TestDatabaseAway:
    @pytest.fixture
    def away(self, agent: Browser, monkeypatch: pytest.MonkeyPatch) -> Browser:
        def find(*_: object) -> None:
            raise AWAY

        agent.confirm()
        monkeypatch.setattr(Sessions, "find", find)
        return agent

    def test_a_recharge_sent_now_was_not_accepted_and_the_page_says_so(self, away: Browser, fake_engine: FakeEngine) -> None:
        page = away.charge(SERVICE_PASSWORD)
        assert (page.status_code, page.headers["Retry-After"]) == (503, "5")
        assert "没有受理，没有扣款" in away.text
        assert not fake_engine.orders

    def test_looking_now_does_not_claim_that_nothing_was_charged(self, away: Browser) -> None:
        away.open("/orders/100000001")
        assert away.page.status_code == 503
        assert "没有扣款" not in away.text
        assert "已经受理的业务不受影响" in away.text

    def test_an_order_that_is_watched_stays_on_the_page(self, away: Browser) -> None:
        page = away.open("/orders/100000001/state", HX_Request="true")
        assert (page.status_code, page.headers["HX-Reswap"]) == (503, "none")

    def test_the_log_says_what_kind_of_trouble_and_no_statement(self, away: Browser, caplog: pytest.LogCaptureFixture) -> None:
        with caplog.at_level(logging.ERROR):
            away.open("/orders")
        assert "OperationalError" in caplog.text
        assert "secret" not in caplog.text

    def test_no_free_connection_is_the_same(self, breaking: Flask, agent: Browser) -> None:
        breaking.config["PROBLEM"] = PoolTimeout("pool limit reached")
        assert agent.open("/broken").status_code == 503
