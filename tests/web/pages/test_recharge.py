"""The main job: two steps, one order however often it is sent, and every refusal where it can be put right."""

import pytest

from recharge import OrderState, Recharge, Refusal, RefusalCode, ServicePassword, SignedIn
from tests.web.browsing import Browser
from tests.web.fake_engine import SERVICE_PASSWORD, FakeEngine


def recharges(engine: FakeEngine) -> list[Recharge]:
    """The recharges the engine was asked for, repeats too."""
    return [request.operation for request in engine.asked if isinstance(request.operation, Recharge)]


def value(browser: Browser, name: str) -> str:
    """What stands in a field of the page's main form."""
    found = browser.root.xpath(f"(//main//form)[1]//input[@name='{name}'][not(@type='radio') or @checked]/@value")
    return str(found[0]) if found else ""


class TestFirstStep:
    def test_it_begins_empty_with_the_cursor_in_the_number(self, agent: Browser) -> None:
        agent.open("/recharge")
        assert agent.root.xpath("//input[@id='number']/@autofocus")
        assert value(agent, "number") == ""
        assert "输入号码后显示运营商和省份" in agent.text

    def look(self, agent: Browser, number: str, **fields: str) -> Browser:
        agent.open("/recharge")
        sent = agent.form("/recharge/confirm") | {"number": number, **fields}
        agent.post("/recharge/number", sent, HX_Request="true")
        return agent

    def test_a_number_is_recognised_as_it_is_typed(self, agent: Browser) -> None:
        self.look(agent, "138 0013 8000")
        assert "中国移动" in agent.text
        assert "北京" in agent.text

    def test_its_amounts_become_buttons(self, agent: Browser) -> None:
        self.look(agent, "13800138000")
        assert agent.root.xpath("//input[@type='radio']/@value") == ["10", "20", "30", "50", "100", "200", "other"]

    def test_the_amount_chosen_stays_chosen(self, agent: Browser) -> None:
        self.look(agent, "13800138000", amount="30")
        assert agent.root.xpath("//input[@type='radio'][@checked]/@value") == ["30"]

    def test_an_amount_of_ones_own_stays_too(self, agent: Browser) -> None:
        self.look(agent, "13800138000", amount="other", other_amount="35")
        assert agent.root.xpath("//input[@type='radio'][@checked]/@value") == ["other"]
        assert agent.root.xpath("//input[@name='other_amount']/@value") == ["35"]

    def test_a_number_still_being_typed_is_not_called_wrong(self, agent: Browser) -> None:
        self.look(agent, "138 0013")
        assert not agent.root.xpath("//*[contains(@class, 'text-danger')]")
        assert "输入号码后显示" in agent.text

    def test_a_number_that_has_become_too_long_is(self, agent: Browser) -> None:
        self.look(agent, "138001380000")
        assert agent.root.xpath("//*[contains(@class, 'text-danger')]")

    def test_a_range_nobody_sells_is_named_while_typing(self, agent: Browser) -> None:
        self.look(agent, "19900001111")
        assert "号段" in agent.text

    def test_a_province_the_table_does_not_know(self, agent: Browser) -> None:
        self.look(agent, "13700001111")
        assert "省份未知" in agent.text

    def test_a_carrier_without_denominations_takes_a_typed_amount(self, agent: Browser) -> None:
        self.look(agent, "13600001111")
        assert agent.root.xpath("//input[@type='radio']/@value") == ["other"]
        assert agent.root.xpath("//input[@type='radio']/@checked")


class TestSecondStep:
    def test_it_shows_what_the_customer_must_agree_to(self, agent: Browser) -> None:
        assert agent.confirm().status_code == 200
        shown = agent.root.xpath("//*[@class='look-number']")[0].text_content()
        assert shown == "138 0013 8000"
        for fact in ("中国移动", "北京", "¥50.00", "扣预存¥49.50"):
            assert fact in agent.text

    def test_nothing_is_asked_of_the_engine_yet(self, agent: Browser, fake_engine: FakeEngine) -> None:
        agent.confirm()
        assert not recharges(fake_engine)

    def test_an_amount_of_ones_own(self, agent: Browser) -> None:
        agent.confirm(amount="other", other="35.5")
        assert "¥35.50" in agent.text

    @pytest.mark.parametrize(
        ("typed", "said", "kept"),
        [
            ({"number": "1380013"}, "请核对后重新输入", {"number": "1380013"}),
            ({"number": "19900001111"}, "号段", {"number": "19900001111"}),
            ({"amount": "other", "other": "lots"}, "金额", {"other_amount": "lots"}),
            ({"amount": ""}, "金额", {"number": "138 0013 8000"}),
        ],
    )
    def test_what_is_wrong_is_said_beside_it_and_nothing_typed_is_lost(
        self, agent: Browser, typed: dict[str, str], said: str, kept: dict[str, str]
    ) -> None:
        page = agent.confirm(**typed)
        assert page.status_code == 422
        assert said in " ".join(agent.root.xpath("//*[contains(@class, 'invalid-feedback')]/text()"))
        for name, text in kept.items():
            assert value(agent, name) == text

    def test_back_to_change_something_keeps_what_was_typed(self, agent: Browser) -> None:
        agent.confirm()
        agent.send("/recharge")
        assert value(agent, "number") == "138 0013 8000"
        assert agent.root.xpath("//input[@type='radio'][@checked]/@value") == ["50"]

    def test_going_back_with_another_amount_shows_it_as_typed(self, agent: Browser) -> None:
        agent.confirm(amount="other", other="35")
        agent.send("/recharge")
        assert value(agent, "other_amount") == "35"
        assert agent.root.xpath("//input[@type='radio'][@checked]/@value") == ["other"]

    def test_no_password_yet_uses_nothing_up(self, agent: Browser, fake_engine: FakeEngine) -> None:
        agent.confirm()
        token = value(agent, "token")
        assert agent.charge("").status_code == 422
        assert "需要服务密码" in agent.text
        assert value(agent, "token") == token
        assert not recharges(fake_engine)


class TestOneOrder:
    def test_it_leads_to_the_order(self, agent: Browser, fake_engine: FakeEngine) -> None:
        agent.confirm()
        page = agent.send("/recharge/order", {"password": SERVICE_PASSWORD}, follow=False)
        assert (page.status_code, page.headers["Location"]) == (303, "/orders/100000001")
        request = fake_engine.asked[-1]
        assert request.operation == Recharge("13800138000", 5000)
        assert request.credential == ServicePassword(SERVICE_PASSWORD)
        assert (request.origin.channel.value, request.origin.identity) == ("web", "chaoyang")

    def test_reads_come_without_the_password(self, agent: Browser, fake_engine: FakeEngine) -> None:
        agent.open("/orders")
        assert fake_engine.asked[-1].credential == SignedIn()

    def test_the_script_is_told_where_to_go(self, agent: Browser) -> None:
        agent.confirm()
        sent = agent.form("/recharge/order") | {"password": SERVICE_PASSWORD}
        page = agent.post("/recharge/order", sent, HX_Request="true")
        assert (page.status_code, page.headers["HX-Redirect"]) == (204, "/orders/100000001")

    def test_a_double_click_is_one_order(self, agent: Browser, fake_engine: FakeEngine) -> None:
        agent.confirm()
        sent = agent.form("/recharge/order") | {"password": SERVICE_PASSWORD}
        first, second = (agent.post("/recharge/order", sent, follow=False).headers["Location"] for _ in range(2))
        assert first == second
        assert len(fake_engine.orders) == 1

    def test_the_back_button_from_the_order_leads_to_the_order(self, agent: Browser, fake_engine: FakeEngine) -> None:
        agent.open("/recharge")
        first_step = agent.form("/recharge/confirm") | {"number": "13800138000", "amount": "50"}
        agent.post("/recharge/confirm", first_step)
        agent.charge(SERVICE_PASSWORD)
        # The browser shows the second step by sending the first one again.
        agent.post("/recharge/confirm", first_step)
        assert agent.path == "/orders/100000001"
        assert len(fake_engine.orders) == 1

    def test_a_used_form_with_something_new_typed_is_another_order(self, agent: Browser, fake_engine: FakeEngine) -> None:
        agent.open("/recharge")
        form = agent.form("/recharge/confirm") | {"number": "13800138000", "amount": "50"}
        agent.post("/recharge/confirm", form)
        agent.charge(SERVICE_PASSWORD)
        agent.post("/recharge/confirm", form | {"amount": "30"})
        agent.charge(SERVICE_PASSWORD)
        assert [order.face_minor for order in fake_engine.orders.values()] == [5000, 3000]

    def test_a_used_form_with_a_wrong_number_is_told_so(self, agent: Browser) -> None:
        agent.open("/recharge")
        form = agent.form("/recharge/confirm") | {"number": "13800138000", "amount": "50"}
        agent.post("/recharge/confirm", form)
        agent.charge(SERVICE_PASSWORD)
        assert agent.post("/recharge/confirm", form | {"number": "138"}).status_code == 422

    def test_a_form_whose_try_was_refused_gets_a_new_token(self, agent: Browser, fake_engine: FakeEngine) -> None:
        agent.open("/recharge")
        form = agent.form("/recharge/confirm") | {"number": "13800138000", "amount": "50"}
        agent.post("/recharge/confirm", form)
        agent.charge("999999")
        agent.post("/recharge/confirm", form)
        assert value(agent, "token") != form["token"]
        agent.charge(SERVICE_PASSWORD)
        assert len(fake_engine.orders) == 1


class TestRefused:
    def test_a_wrong_password_is_asked_for_again_under_a_new_token(self, agent: Browser, fake_engine: FakeEngine) -> None:
        agent.confirm()
        token = value(agent, "token")
        assert agent.charge("999999").status_code == 422
        assert "还可再试4次" in agent.text
        assert value(agent, "token") != token
        agent.charge(SERVICE_PASSWORD)
        assert agent.path == "/orders/100000001"
        assert len(fake_engine.orders) == 1

    def test_a_repeat_is_offered_explicitly(self, agent: Browser, fake_engine: FakeEngine) -> None:
        fake_engine.refuse_next.append(Refusal(RefusalCode.REPEATED_ORDER, {"order_number": "100000009"}))
        agent.confirm()
        token = value(agent, "token")
        agent.charge(SERVICE_PASSWORD)
        assert "刚刚已经充过同样的号码和金额" in agent.text
        assert agent.root.xpath("//a[@href='/orders/100000009']")
        assert value(agent, "token") != token
        assert value(agent, "repeat_mark") == "1"
        agent.charge(SERVICE_PASSWORD)
        assert [item.repeat_mark for item in recharges(fake_engine)] == [0, 1]
        assert len(fake_engine.orders) == 1

    def test_a_third_one_counts_on(self, agent: Browser, fake_engine: FakeEngine) -> None:
        fake_engine.refuse_next += [Refusal(RefusalCode.REPEATED_ORDER), Refusal(RefusalCode.REPEATED_ORDER)]
        agent.confirm()
        for _ in range(3):
            agent.charge(SERVICE_PASSWORD)
        assert [item.repeat_mark for item in recharges(fake_engine)] == [0, 1, 2]

    def test_a_wrong_password_at_the_repeat_keeps_the_mark(self, agent: Browser, fake_engine: FakeEngine) -> None:
        fake_engine.refuse_next.append(Refusal(RefusalCode.REPEATED_ORDER))
        agent.confirm()
        agent.charge(SERVICE_PASSWORD)
        agent.charge("999999")
        assert value(agent, "repeat_mark") == "1"

    @pytest.mark.parametrize(
        ("code", "said"),
        [
            (RefusalCode.INSUFFICIENT_BALANCE, "余额不足"),
            (RefusalCode.BAD_AMOUNT, "换一个金额"),
            (RefusalCode.OVER_ORDER_LIMIT, "单笔"),
        ],
    )
    def test_trouble_with_the_amount_goes_back_to_the_first_step(
        self, agent: Browser, fake_engine: FakeEngine, code: RefusalCode, said: str
    ) -> None:
        fake_engine.refuse_next.append(Refusal(code))
        agent.confirm()
        agent.charge(SERVICE_PASSWORD)
        assert said in " ".join(agent.root.xpath("//*[@id='amount-trouble']/text()"))
        assert value(agent, "number") == "138 0013 8000"
        assert agent.root.xpath("//input[@type='radio'][@checked]/@value") == ["50"]

    @pytest.mark.parametrize(
        ("code", "said"),
        [
            (RefusalCode.OVER_DAY_LIMIT, "本日限额"),
            (RefusalCode.NO_PRICE, "价格"),
            (RefusalCode.OUTSIDE_HOURS, "受理时间"),
            (RefusalCode.NOT_ALLOWED, "权限"),
        ],
    )
    def test_other_trouble_stands_above_the_form(self, agent: Browser, fake_engine: FakeEngine, code: RefusalCode, said: str) -> None:
        fake_engine.refuse_next.append(Refusal(code))
        agent.confirm()
        assert agent.charge(SERVICE_PASSWORD).status_code == 422
        assert said in " ".join(agent.root.xpath("//*[@role='alert']//text()"))
        assert "138 0013 8000" in agent.text

    def test_a_number_that_went_bad_in_between(self, agent: Browser, fake_engine: FakeEngine) -> None:
        agent.confirm()
        assert agent.charge(SERVICE_PASSWORD, number="19900001111").status_code == 422
        assert not recharges(fake_engine)
        assert value(agent, "number") == "19900001111"

    def test_busy_keeps_the_token_so_that_trying_again_can_never_charge_twice(self, agent: Browser, fake_engine: FakeEngine) -> None:
        agent.confirm()
        token = value(agent, "token")
        fake_engine.away = True
        assert agent.charge(SERVICE_PASSWORD).status_code == 503
        assert "不会重复扣款" in agent.text
        assert value(agent, "token") == token
        fake_engine.away = False
        agent.charge(SERVICE_PASSWORD)
        assert len(fake_engine.orders) == 1

    def test_a_temporary_password_must_be_changed_first_and_the_recharge_waits(self, agent: Browser, fake_engine: FakeEngine) -> None:
        fake_engine.refuse_next.append(Refusal(RefusalCode.PASSWORD_MUST_CHANGE))
        agent.confirm()
        agent.charge(SERVICE_PASSWORD)
        assert not agent.root.xpath("//input[@type='password']")
        agent.send("/password/first")
        assert "号码和金额都还在" in agent.text
        agent.send("/password", {"password": SERVICE_PASSWORD, "new_password": "314159", "again": "314159"})
        assert "服务密码改好了" in agent.text
        agent.send("/recharge/confirm")
        assert "138 0013 8000" in agent.text
        assert "¥50.00" in agent.text


def test_home_is_the_main_job(agent: Browser) -> None:
    assert agent.open("/").request.path == "/recharge"


def test_the_first_look_at_an_order_waits_a_moment_for_its_end(agent: Browser, fake_engine: FakeEngine) -> None:
    fake_engine.next_state = OrderState.SENDING
    agent.confirm()
    agent.charge(SERVICE_PASSWORD)
    assert fake_engine.waits
    assert max(fake_engine.waits) <= 1
