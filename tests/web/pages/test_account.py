"""Balances and the service password."""

import pytest

from recharge import ChangePassword, Refusal, RefusalCode, ServicePassword
from tests.web.browsing import Browser
from tests.web.fake_engine import SERVICE_PASSWORD, FakeEngine

GOOD = {"password": SERVICE_PASSWORD, "new_password": "314159", "again": "314159"}


def changes(engine: FakeEngine) -> list[ChangePassword]:
    return [request.operation for request in engine.asked if isinstance(request.operation, ChangePassword)]


class TestBalance:
    def test_deposit_commission_and_the_day(self, agent: Browser) -> None:
        agent.open("/balance")
        for fact in ("¥1000.00", "¥12.34", "¥150.00", "¥148.50", "充值", "成功"):
            assert fact in agent.text

    def test_while_the_database_is_away(self, agent: Browser, fake_engine: FakeEngine) -> None:
        fake_engine.away = True
        assert agent.open("/balance").status_code == 503


class TestServicePassword:
    def test_the_old_one_vouches_for_the_new_one(self, agent: Browser, fake_engine: FakeEngine) -> None:
        agent.open("/password")
        agent.send("/password", GOOD)
        assert "服务密码改好了" in agent.text
        request = fake_engine.asked[-1]
        assert request.operation == ChangePassword("314159")
        assert request.credential == ServicePassword(SERVICE_PASSWORD)
        assert request.origin.reference

    @pytest.mark.parametrize(
        ("typed", "said"),
        [
            ({"password": ""}, "请输入现在的服务密码"),
            ({"new_password": ""}, "请输入新的服务密码"),
            ({"again": "314158"}, "两次输入的新密码不一样"),
        ],
    )
    def test_what_the_page_sees_itself_costs_no_try(
        self, agent: Browser, fake_engine: FakeEngine, typed: dict[str, str], said: str
    ) -> None:
        agent.open("/password")
        assert agent.send("/password", GOOD | typed).status_code == 422
        assert said in agent.text
        assert not changes(fake_engine)

    @pytest.mark.parametrize(
        ("code", "place", "status"),
        [
            (RefusalCode.WEAK_PASSWORD, "new_password-trouble", 422),
            (RefusalCode.WRONG_PASSWORD, "password-trouble", 422),
            (RefusalCode.PASSWORD_LOCKED, "password-trouble", 422),
        ],
    )
    def test_a_refusal_stands_beside_its_field(
        self, agent: Browser, fake_engine: FakeEngine, code: RefusalCode, place: str, status: int
    ) -> None:
        fake_engine.refuse_next.append(Refusal(code))
        agent.open("/password")
        assert agent.send("/password", GOOD).status_code == status
        assert agent.root.xpath(f"//*[@id='{place}']")

    def test_busy_keeps_the_token(self, agent: Browser, fake_engine: FakeEngine) -> None:
        fake_engine.refuse_next.append(Refusal(RefusalCode.BUSY))
        agent.open("/password")
        token = agent.form("/password")["token"]
        assert agent.send("/password", GOOD).status_code == 503
        assert agent.form("/password")["token"] == token

    def test_no_password_is_ever_shown_again(self, agent: Browser) -> None:
        agent.open("/password")
        agent.send("/password", GOOD | {"again": "999888"})
        shown = agent.page.get_data(as_text=True)
        assert not any(digits in shown for digits in (SERVICE_PASSWORD, "314159", "999888"))

    def test_a_waiting_recharge_survives_a_typing_error(self, agent: Browser) -> None:
        agent.open("/password")
        waiting = {"guard": agent.guard(), "number": "13800138000", "amount": "50"}
        agent.post("/password/first", waiting)
        agent.send("/password", GOOD | {"again": "1"})
        assert agent.form("/password")["number"] == "13800138000"
        agent.send("/password", GOOD)
        assert "接着充值 138 0013 8000" in agent.text

    @pytest.mark.parametrize("waiting", [{}, {"number": "138", "amount": "50"}, {"number": "13800138000", "amount": "x"}])
    def test_nothing_sensible_waits(self, agent: Browser, waiting: dict[str, str]) -> None:
        agent.open("/password")
        agent.post("/password/first", {"guard": agent.guard()} | waiting)
        assert "number" not in agent.form("/password")
        agent.send("/password", GOOD)
        assert "接着充值" not in agent.text
