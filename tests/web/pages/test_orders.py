"""Orders as they are told: the truth in every state, the live part of the page, reversals, complaints, the list and the search."""

from dataclasses import replace
from datetime import timedelta

import pytest

from recharge import Complaint, OrderKind, OrderState, Refusal, RefusalCode, Reverse, Role, ServicePassword, SignedIn
from tests.web.browsing import Browser
from tests.web.conftest import MovableClock
from tests.web.fake_engine import NOW, SERVICE_PASSWORD, FakeEngine, Told, ended, login, order_view

PATH = "/orders/100000001"


def show(agent: Browser, engine: FakeEngine, state: OrderState, **changes: object) -> Browser:
    """The page of an order in a state."""
    engine.put(replace(ended(order_view(1), state), **changes))  # type: ignore[arg-type]
    agent.open(PATH)
    return agent


def watches(browser: Browser) -> list[str]:
    """How the page asks for itself again, if it does."""
    return [str(trigger) for trigger in browser.root.xpath("//*[@id='order']/@*[name()='hx-trigger']")]


def links(browser: Browser) -> str:
    return " ".join(map(str, browser.root.xpath("//main//a/@href")))


class TestTruth:
    def test_success_shows_the_serial_number_and_the_balance_after(self, agent: Browser, fake_engine: FakeEngine) -> None:
        show(agent, fake_engine, OrderState.SUCCEEDED)
        for fact in ("充值成功", "CM20261121000123", "138 0013 8000", "¥50.00", "扣预存 ¥49.50", "现在的预存余额 ¥1000.00"):
            assert fact in agent.text.replace("扣预存¥", "扣预存 ¥").replace("余额¥", "余额 ¥"), fact
        assert not watches(agent)

    def test_failure_says_why_and_that_the_money_is_back(self, agent: Browser, fake_engine: FakeEngine) -> None:
        show(agent, fake_engine, OrderState.FAILED, failure="no_link")
        assert "没有成功" in agent.text
        assert "暂时没有可用的充值通道" in agent.text
        assert "款已退回预存" in agent.text
        assert "充值成功" not in agent.text
        assert not watches(agent)

    def test_a_failure_without_a_reason(self, agent: Browser, fake_engine: FakeEngine) -> None:
        show(agent, fake_engine, OrderState.FAILED, failure="")
        assert "款已退回预存" in agent.text

    def test_no_answer_says_so_and_warns(self, agent: Browser, fake_engine: FakeEngine) -> None:
        show(agent, fake_engine, OrderState.UNKNOWN)
        assert "运营商还没有答复" in agent.text
        assert "请不要再充" in agent.text
        assert "我们正在向运营商查询" in agent.text
        assert "已退回" not in agent.text.replace("没有充上会退回", "")
        assert watches(agent)

    def test_no_answer_offers_no_other_recharge(self, agent: Browser, fake_engine: FakeEngine) -> None:
        show(agent, fake_engine, OrderState.UNKNOWN)
        assert "/recharge" not in links(agent)

    @pytest.mark.parametrize(
        ("state", "said"),
        [
            (OrderState.HELD, "已受理，正在送往运营商"),
            (OrderState.SENDING, "运营商正在办理"),
            (OrderState.REVERSING, "正在返销"),
        ],
    )
    def test_what_is_under_way_is_not_called_done(self, agent: Browser, fake_engine: FakeEngine, state: OrderState, said: str) -> None:
        show(agent, fake_engine, state)
        assert said in agent.text
        assert "成功" not in agent.text
        assert "余额" not in agent.text
        assert watches(agent)

    def test_a_partial_delivery_names_both_amounts(self, agent: Browser, fake_engine: FakeEngine) -> None:
        show(agent, fake_engine, OrderState.SUCCEEDED, delivered_minor=3000)
        assert "只到账一部分" in agent.text
        assert "到账 ¥30.00，应充 ¥50.00" in agent.text
        assert "充值成功" not in agent.text

    def test_a_full_delivery_is_no_partial_one(self, agent: Browser, fake_engine: FakeEngine) -> None:
        show(agent, fake_engine, OrderState.SUCCEEDED, delivered_minor=5000)
        assert "充值成功" in agent.text

    def test_a_reversed_one(self, agent: Browser, fake_engine: FakeEngine) -> None:
        show(agent, fake_engine, OrderState.REVERSED)
        assert "已返销" in agent.text
        assert "款已退回预存" in agent.text
        assert not watches(agent)

    def test_money_that_moved_without_a_carrier(self, agent: Browser, fake_engine: FakeEngine) -> None:
        show(agent, fake_engine, OrderState.SUCCEEDED, kind=OrderKind.DEPOSIT, number="", province="", serial_number="")
        assert "预存" in agent.text
        assert "凭证号" not in agent.text
        assert "/reverse" not in links(agent)
        assert "/complaint" not in links(agent)

    def test_times_are_the_deployments(self, agent: Browser, fake_engine: FakeEngine) -> None:
        show(agent, fake_engine, OrderState.SUCCEEDED)
        assert "2026-11-21 12:30:00" in agent.text
        assert "2026-11-21 12:30:02" in agent.text


class TestMessages:
    def test_what_was_told_to_whom_and_whether_it_went_out(self, agent: Browser, fake_engine: FakeEngine) -> None:
        told = [Told("充值成功：13800138000 50.00。"), Told("您的号码已充值50.00。", "customer", "waiting")]
        fake_engine.messages_by_order["100000001"] = told
        show(agent, fake_engine, OrderState.SUCCEEDED)
        lines = [" ".join(line.text_content().split()) for line in agent.root.xpath("//ul[@class='messages']/li")]
        assert lines == [
            "给网点 · 2026-11-21 12:30:00 · 已发送 充值成功：13800138000 50.00。",
            "给客户 · 2026-11-21 12:30:00 · 待发送 您的号码已充值50.00。",
        ]

    def test_none_yet(self, agent: Browser, fake_engine: FakeEngine) -> None:
        show(agent, fake_engine, OrderState.SENDING)
        assert "发出的通知" not in agent.text


class TestLivePart:
    def test_it_is_only_the_part_and_says_the_new_state(self, agent: Browser, fake_engine: FakeEngine) -> None:
        order = fake_engine.put(order_view(1, state=OrderState.SENDING))
        part = agent.open(f"{PATH}/state", HX_Request="true").get_data(as_text=True)
        assert "<html" not in part
        assert "运营商正在办理" in part
        fake_engine.put(ended(order, OrderState.SUCCEEDED))
        agent.open(f"{PATH}/state", HX_Request="true")
        assert "充值成功" in agent.text
        assert not watches(agent)

    def test_it_does_not_hold_a_thread(self, agent: Browser, fake_engine: FakeEngine) -> None:
        fake_engine.put(order_view(1))
        agent.open(f"{PATH}/state", HX_Request="true")
        assert not fake_engine.waits

    @pytest.mark.parametrize(
        ("age", "every"), [({"seconds": 0}, 1), ({"seconds": 29}, 1), ({"seconds": 30}, 5), ({"minutes": 10}, 30), ({"days": 3}, 30)]
    )
    def test_it_asks_less_often_as_the_order_grows_old(
        self, agent: Browser, fake_engine: FakeEngine, age: dict[str, float], every: int
    ) -> None:
        show(agent, fake_engine, OrderState.UNKNOWN, held_at=NOW - timedelta(**age))
        assert watches(agent) == [f"every {every}s"]

    def test_changes_are_read_aloud(self, agent: Browser, fake_engine: FakeEngine) -> None:
        show(agent, fake_engine, OrderState.UNKNOWN)
        assert agent.root.xpath("//*[@id='order']//*[@aria-live='polite']")

    def test_busy_leaves_the_page_as_it_is(self, agent: Browser, fake_engine: FakeEngine) -> None:
        fake_engine.put(order_view(1))
        fake_engine.away = True
        page = agent.open(f"{PATH}/state", HX_Request="true")
        assert (page.status_code, page.headers["HX-Reswap"]) == (503, "none")


class TestReversal:
    def test_the_button_stands_beside_a_fresh_success(self, agent: Browser, fake_engine: FakeEngine) -> None:
        show(agent, fake_engine, OrderState.SUCCEEDED)
        assert f"{PATH}/reverse" in links(agent)

    @pytest.mark.parametrize(
        ("state", "age_hours"), [(OrderState.FAILED, 0), (OrderState.UNKNOWN, 0), (OrderState.REVERSED, 0), (OrderState.SUCCEEDED, 24)]
    )
    def test_and_beside_nothing_else(self, agent: Browser, fake_engine: FakeEngine, state: OrderState, age_hours: int) -> None:
        show(agent, fake_engine, state, held_at=NOW - timedelta(hours=age_hours))
        assert "/reverse" not in links(agent)

    def test_those_who_do_not_sell_have_none(self, agent: Browser, fake_engine: FakeEngine) -> None:
        fake_engine.logins[1] = login(role=Role.CUSTOMER_SERVICE)
        show(agent, fake_engine, OrderState.SUCCEEDED)
        assert "/reverse" not in links(agent)

    def begin(self, agent: Browser, engine: FakeEngine) -> None:
        show(agent, engine, OrderState.SUCCEEDED)
        agent.open(f"{PATH}/reverse")

    def test_it_asks_first_and_shows_what_comes_back(self, agent: Browser, fake_engine: FakeEngine) -> None:
        self.begin(agent, fake_engine)
        assert "返销这笔充值？" in agent.text
        assert "¥49.50" in agent.text
        assert not [item for item in fake_engine.asked if isinstance(item.operation, Reverse)]

    def test_with_the_password_it_goes_its_way(self, agent: Browser, fake_engine: FakeEngine) -> None:
        self.begin(agent, fake_engine)
        agent.send(f"{PATH}/reverse", {"password": SERVICE_PASSWORD})
        asked = next(item for item in fake_engine.asked if isinstance(item.operation, Reverse))
        assert asked.operation == Reverse(order_number="100000001")
        assert asked.credential == ServicePassword(SERVICE_PASSWORD)
        assert asked.origin.reference
        assert agent.path == PATH
        assert "正在返销" in agent.text

    def test_a_double_click_is_one(self, agent: Browser, fake_engine: FakeEngine) -> None:
        self.begin(agent, fake_engine)
        sent = agent.form(f"{PATH}/reverse") | {"password": SERVICE_PASSWORD}
        for _ in range(2):
            assert agent.post(f"{PATH}/reverse", sent, follow=False).status_code == 303
        references = {item.origin.reference for item in fake_engine.asked if isinstance(item.operation, Reverse)}
        assert len(references) == 1

    @pytest.mark.parametrize(
        ("password", "refusal", "said", "status"),
        [
            ("", None, "需要服务密码", 422),
            ("999999", None, "还可再试4次", 422),
            (SERVICE_PASSWORD, RefusalCode.REVERSAL_TOO_LATE, "已过返销时限", 422),
            (SERVICE_PASSWORD, RefusalCode.NOT_REVERSIBLE, "不能返销", 422),
            (SERVICE_PASSWORD, RefusalCode.BUSY, "不会重复扣款", 503),
        ],
    )
    def test_refused(
        self, agent: Browser, fake_engine: FakeEngine, password: str, refusal: RefusalCode | None, said: str, status: int
    ) -> None:
        self.begin(agent, fake_engine)
        token = agent.form(f"{PATH}/reverse")["token"]
        fake_engine.refuse_next += [Refusal(refusal)] if refusal else []
        assert agent.send(f"{PATH}/reverse", {"password": password}).status_code == status
        assert said in agent.text
        kept = agent.form(f"{PATH}/reverse")["token"] == token
        assert kept == (not password or refusal is RefusalCode.BUSY)


class TestComplaint:
    def begin(self, agent: Browser, engine: FakeEngine) -> None:
        show(agent, engine, OrderState.SUCCEEDED)
        agent.open(f"{PATH}/complaint")

    def test_it_is_handed_in_and_said_so(self, agent: Browser, fake_engine: FakeEngine) -> None:
        self.begin(agent, fake_engine)
        agent.send(f"{PATH}/complaint", {"text": "客户说没有到账"})
        asked = next(item for item in fake_engine.asked if isinstance(item.operation, Complaint))
        assert asked.operation == Complaint("100000001", "客户说没有到账")
        assert asked.credential == SignedIn()
        assert agent.path == PATH
        assert "投诉已交到客服" in agent.text

    def test_without_a_word_it_is_not(self, agent: Browser, fake_engine: FakeEngine) -> None:
        self.begin(agent, fake_engine)
        assert agent.send(f"{PATH}/complaint", {"text": "  \n "}).status_code == 422
        assert "请写下哪里不对" in agent.text

    def test_what_was_written_is_not_lost(self, agent: Browser, fake_engine: FakeEngine) -> None:
        self.begin(agent, fake_engine)
        fake_engine.refuse_next.append(Refusal(RefusalCode.NOT_ALLOWED))
        agent.send(f"{PATH}/complaint", {"text": "<b>没有</b>到账"})
        assert agent.root.xpath("//textarea")[0].text == "<b>没有</b>到账"
        assert not agent.root.xpath("//textarea/b")

    def test_an_address_cannot_put_words_on_the_page(self, agent: Browser, fake_engine: FakeEngine) -> None:
        show(agent, fake_engine, OrderState.SUCCEEDED)
        agent.open(f"{PATH}?done=<script>intruder</script>")
        assert "intruder" not in agent.page.get_data(as_text=True)


class TestList:
    def test_newest_first_with_state(self, agent: Browser, fake_engine: FakeEngine) -> None:
        fake_engine.put(ended(order_view(1), OrderState.SUCCEEDED))
        fake_engine.put(order_view(2, number="13911112222", state=OrderState.UNKNOWN))
        agent.open("/orders")
        lines = [" ".join(line.text_content().split()) for line in agent.root.xpath("//a[contains(@class, 'order-line')]")]
        assert "139 1111 2222" in lines[0]
        assert "结果确认中" in lines[0]
        assert "138 0013 8000" in lines[1]
        assert "成功" in lines[1]
        assert "11-21 12:30 · 北京" in lines[1]

    def test_money_without_a_number_is_named_by_what_it_is(self, agent: Browser, fake_engine: FakeEngine) -> None:
        fake_engine.put(order_view(1, kind=OrderKind.DEPOSIT, number="", province="", state=OrderState.SUCCEEDED))
        agent.open("/orders")
        assert "预存" in agent.root.xpath("//a[contains(@class, 'order-line')]")[0].text_content()

    def test_none_yet(self, agent: Browser) -> None:
        agent.open("/orders")
        assert "还没有订单" in agent.text

    def test_while_the_database_is_away(self, agent: Browser, fake_engine: FakeEngine) -> None:
        fake_engine.away = True
        assert agent.open("/orders").status_code == 503


class TestSearch:
    @pytest.mark.parametrize("wanted", ["100000001", "13800138000", " 138 0013 8000 "])
    def test_by_order_number_or_customers_number(self, agent: Browser, fake_engine: FakeEngine, wanted: str) -> None:
        fake_engine.put(ended(order_view(1), OrderState.SUCCEEDED))
        agent.open("/orders")
        agent.send("/orders/find", {"wanted": wanted})
        assert agent.path == PATH

    def test_what_is_not_there(self, agent: Browser) -> None:
        agent.open("/orders")
        assert agent.send("/orders/find", {"wanted": "13911112222"}).status_code == 404
        assert "没有找到" in agent.text
        assert agent.root.xpath("//input[@name='wanted']/@value") == ["13911112222"]

    def test_while_the_database_is_away(self, agent: Browser, fake_engine: FakeEngine) -> None:
        agent.open("/orders")
        fake_engine.away = True
        assert agent.send("/orders/find", {"wanted": "13911112222"}).status_code == 503


def test_an_order_nobody_has(agent: Browser, clock: MovableClock) -> None:
    for wanted in ("999", "abc", "1" * 300, "-1", "%00"):
        assert agent.open(f"/orders/{wanted}").status_code == 404, wanted
