"""An order's story: complete, in order, in three languages, and the same on both databases."""

from collections.abc import Iterator
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from recharge.books.database import Database
from recharge.books.tables import orders
from recharge.domain.errors import Refusal, RefusalCode
from recharge.domain.routing import Candidate, Reason
from recharge.engine.story import Story, story, tell
from recharge.texts import LANGUAGES, explain
from tests.recharge.engine.story_scene import (
    FIRST,
    FIRST_LINK,
    NOON,
    ORDER,
    OTHER_POINT,
    POINT,
    SECOND,
    SECOND_LINK,
    SIM,
    STOPPED,
    TIER,
    Scene,
    at,
)

NUMBER = str(ORDER)
CHINA = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def scene(clean_database_url: str) -> Iterator[Scene]:
    """A house without orders, on each kind of database."""
    database = Database(clean_database_url)
    made = Scene(database)
    made.house()
    yield made
    database.close()


def read(scene: Scene, language: str = "zh_CN") -> Story:
    return story(scene.database, NUMBER, language)


def sentences(scene: Scene, language: str = "zh_CN") -> list[str]:
    return [step.text for step in read(scene, language).steps]


def heading(scene: Scene, label: str) -> list[str]:
    return [value for name, value in read(scene).heading if name == label]


def test_the_everyday_story_in_chinese(scene: Scene) -> None:
    scene.success()
    assert tell(scene.database, NUMBER, "zh_CN", zone=CHINA).splitlines() == [
        "订单250123456789654321：充值，成功",
        "",
        "  代理      P1001 城东营业厅",
        "  入口      网页登录 point-a（S01 王五）",
        "  客户号码  13800138000",
        "  运营商    CMCC 中国移动 广东",
        "  产品      OPEN 话费",
        "  面值      50.00",
        "  售价      49.00",
        "  佣金      D01 城区分销 0.25",
        "  到账      50.00",
        "  成本      48.00",
        "  成功通道  carrier-a",
        "  凭证号    SN26112100000017",
        "  营业日    2026-11-21",
        "",
        "经过 (CST)",
        "  2026-11-21",
        "  12:00:00.000  +0.000s  P1001 城东营业厅经网页提出充值，流水号form-1",
        "  12:00:00.012  +0.012s  受理并冻结49.00",
        "  12:00:00.060  +0.048s  第1次发送：通道carrier-a，预计成本48.00，我方单号1001",
        "      - carrier-a：选用，成本48.00，优先级1，成功率98%",
        "      - carrier-b：备选，成本48.50，优先级2，成功率91%",
        "  12:00:00.850  +0.790s  carrier-a，当场答复：办理成功，代码0000，充值成功",
        "  12:00:00.900  +0.050s  办结：成功",
        "  12:00:00.900  +0.000s  通知代理网点，网页，已发出，12:00:01",
        "      - 充值成功：13800138000 50.00，凭证号SN26112100000017，单号尾号654321。",
        "  共用时0.900秒",
        "",
        "账务",
        "  2026-11-21 12:00:00.012  冻结",
        "      P1001 城东营业厅的预存  -49.00",
        "      在途冻结                +49.00",
        "  2026-11-21 12:00:00.900  结算",
        "      D01 城区分销的佣金  +0.25",
        "      carrier-a的库存     +48.00",
        "      在途冻结            -49.00",
        "      平台收入            +0.75",
    ]


def test_the_everyday_story_in_english(scene: Scene) -> None:
    scene.success()
    assert sentences(scene, "en") == [
        "P1001 城东营业厅 asked by web page: Recharge, reference form-1",
        "Accepted, 49.00 held",
        "Attempt 1: sent on link carrier-a, expected cost 48.00, our reference 1001",
        "carrier-a, direct answer: done, code 0000, 充值成功",
        "Ended: Succeeded",
        "Message to the agent point by web page, sent at 04:00:01",
    ]


def test_the_everyday_story_in_indonesian(scene: Scene) -> None:
    scene.success()
    assert sentences(scene, "id")[:3] == [
        "P1001 城东营业厅 meminta lewat situs web: Isi pulsa, referensi form-1",
        "Diterima, 49.00 ditahan",
        "Percobaan 1: dikirim lewat jalur carrier-a, perkiraan biaya 48.00, referensi kami 1001",
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_left_unfilled_in_any_language(scene: Scene, language: str) -> None:
    everything(scene)
    text = tell(scene.database, NUMBER, language)
    assert "{" not in text
    assert "None" not in text


@pytest.mark.parametrize("language", ["en", "id"])
def test_no_chinese_of_ours_is_left_in_a_translated_story(scene: Scene, language: str) -> None:
    everything(scene)
    told = read(scene, language)
    ours = [told.title, told.total, told.steps_title, told.entries_title, *(label for label, _ in told.heading)]
    ours += [entry.title for entry in told.entries]
    assert not [text for text in ours if any("\u4e00" <= letter <= "\u9fff" for letter in text)]


def everything(scene: Scene) -> None:
    """An order to which nearly everything happened."""
    scene.order(state="reversing", attempts=2, due_at=at(90000))
    scene.asked()
    scene.asked(30, endpoint=SIM, reference="nonce-7")
    scene.limit("platform", 0, day_minor=100000000, month_minor=900000000)
    scene.limit("tier", TIER, month_count=5000)
    scene.limit("party", POINT, order_most_minor=50000, day_count=100)
    scene.entry(0.012, 1, "hold", deposit=-4900, hold=4900)
    scene.event(0.05, "no_route", candidates=[STOPPED.facts()])
    first = scene.attempt(1, FIRST, SECOND, state="not_sent")
    scene.answer(1.5, first, "not_sent", code="2010")
    second = scene.attempt(2, SECOND, ordinal=2, link_id=SECOND_LINK)
    scene.answer(5, second, "unknown")
    scene.answer(9, second, "accepted", source="query", code="1000", text="处理中")
    scene.answer(12, second, "success", source="callback", code="0000")
    scene.entry(12, 2, "settle", hold=-4900, stock=4800, commission=25, revenue=75)
    scene.told(12, sent=13, serial_number="SN26112100000017", balance_minor=95100)
    scene.told(12, recipient="customer", serial_number="SN26112100000017")
    scene.event(13, "quarantine", attempt="1002", source="callback", state="success", code="0000")
    scene.event(14, "dispute", attempt="1002", source="statement", state="failed", code="3001")
    scene.put(orders.complaint, order_id=ORDER, party_id=POINT, endpoint_id=31, at=at(20), text="客户说没有到账", open=True)
    scene.event(30, "reversal_asked", channel="stk", endpoint=str(SIM))
    scene.attempt(31, FIRST, action="reverse", state="unknown", target_id=second, cost_minor=0)
    scene.event(40, "link_away", link="carrier-b")
    scene.case(3600, None, "proposed", succeeded=False)
    scene.event(3700, "adjudicated", case="77", maker=41, checker=42)
    scene.event(3800, "invented", thing=1)


def test_a_long_story_is_told_in_the_order_of_time(scene: Scene) -> None:
    everything(scene)
    assert [(step.at - NOON).total_seconds() for step in read(scene).steps] == sorted(
        (step.at - NOON).total_seconds() for step in read(scene).steps
    )
    assert sentences(scene) == [
        "P1001 城东营业厅经网页提出充值，流水号form-1",
        "受理并冻结49.00",
        "没有可用的通道",
        "办结：返销中",
        "第1次发送：通道carrier-a，预计成本48.00，我方单号1002",
        "carrier-a，当场答复：未发出，代码2010",
        "第2次发送：通道carrier-b，预计成本48.00，我方单号1004",
        "carrier-b，当场答复：结果不明",
        "carrier-b，查询：已收下，办理中，代码1000，处理中",
        "carrier-b，回调：办理成功，代码0000",
        "通知代理网点，网页，已发出，04:00:13",
        "通知客户，短信，待发",
        "答复与本单不符，不予采信：回调，办理成功，代码0000",
        "答复与已定结果矛盾，须人工核查：对账单，办理失败，代码3001",
        "投诉：客户说没有到账",
        "同一订单的又一请求，入口8986001234，流水号nonce-7",
        "经STK菜单提出返销",
        "第1次返销：通道carrier-a，我方单号1014",
        "通道carrier-b未在运行，稍后再看",
        "F01 张三提出裁定，事项1016，结果应为失败：对账单已列",
        "两人裁定：F01 张三提出，F02 李四复核，事项77",
        "事件invented",
    ]


def test_each_step_says_how_long_it_took(scene: Scene) -> None:
    scene.success()
    took = [step.took for step in read(scene).steps]
    assert took[0] == timedelta(0)
    assert took[3] == timedelta(seconds=0.79)
    assert sum(took, timedelta()) == timedelta(seconds=0.9)
    assert read(scene).total == "共用时0.900秒"


def test_a_new_day_is_named(scene: Scene) -> None:
    scene.order(state="succeeded", ended_at=at(86400))
    scene.asked()
    lines = tell(scene.database, NUMBER, "en").splitlines()
    assert lines.count("  2026-11-21") == 1
    assert lines.index("  2026-11-22") == lines.index("  04:00:00.000  +86399.988s  Ended: Succeeded") - 1


def test_times_are_on_the_readers_clock(scene: Scene) -> None:
    scene.success()
    there = story(scene.database, NUMBER, "en", zone=CHINA)
    assert there.steps[0].at.isoformat() == "2026-11-21T12:00:00+08:00"
    assert there.entries[0].at.hour == 12
    assert read(scene).steps[0].at.isoformat() == "2026-11-21T04:00:00+00:00"


def test_the_candidates_of_a_try_say_why(scene: Scene) -> None:
    scene.order()
    scene.attempt(1, FIRST, SECOND, STOPPED, Candidate(9, "chip-1", Reason.NO_STOCK, 4900, 3, 100))
    details = next(step.details for step in read(scene).steps if step.details)
    assert details == (
        "carrier-a：选用，成本48.00，优先级1，成功率98%",
        "carrier-b：备选，成本48.50，优先级2，成功率91%",
        "carrier-b：已暂停，成本0.00，优先级0，成功率100%",
        "chip-1：库存不足，成本49.00，优先级3，成功率100%",
    )


def test_an_order_no_link_could_take_says_which_were_looked_at(scene: Scene) -> None:
    scene.order(state="failed", failure="no_route", link_id=None, cost_minor=None, delivered_minor=None, serial_number="", ended_at=at(60))
    scene.event(60, "no_route", candidates=[Candidate(FIRST_LINK, "carrier-a", Reason.NO_ROUTE).facts()])
    steps = {step.text: step.details for step in read(scene).steps}
    assert steps["没有可用的通道"][0].startswith("carrier-a：不承接此号码或业务")
    assert steps["办结：失败，款已退回"] == ("暂不支持此号码的运营商或地区",)
    assert heading(scene, "失败原因") == ["暂不支持此号码的运营商或地区"]


def test_the_limits_that_stand_are_named_by_scope(scene: Scene) -> None:
    scene.order()
    scene.limit("party", POINT, order_most_minor=50000, day_count=100)
    scene.limit("platform", 0, day_minor=100000000)
    scene.limit("tier", TIER, month_count=5000, month_minor=1000)
    scene.limit("party", OTHER_POINT, day_count=1)
    limits = ["平台 每日1000000.00", "级别 每月5000笔 · 每月10.00", "代理 单笔500.00 · 每日100笔"]
    assert heading(scene, "现行限额") == limits


def test_a_scope_without_any_limit_is_not_mentioned(scene: Scene) -> None:
    scene.order()
    scene.limit("party", POINT)
    assert heading(scene, "现行限额") == []


def test_every_share_of_the_price_is_named(scene: Scene) -> None:
    scene.order(split="[[62, 25], [999, 10]]")
    assert heading(scene, "佣金") == ["D01 城区分销 0.25", "999 0.10"]


def test_a_case_names_its_two_people_and_what_they_decided(scene: Scene) -> None:
    scene.order()
    scene.case(10, 20, "approved")
    told = sentences(scene)
    assert "F01 张三提出裁定，事项1001，结果应为成功：对账单已列" in told
    assert "F02 李四复核通过，事项1001" in told


def test_a_rejected_case(scene: Scene) -> None:
    scene.order()
    scene.case(10, 20, "rejected")
    assert "F02 李四驳回，事项1001" in sentences(scene)


def test_a_transfer_names_both_sides(scene: Scene) -> None:
    blank = {"number": "", "carrier_id": None, "product_id": None, "province": "", "serial_number": "", "split": "[]", "link_id": None}
    scene.order(kind="transfer", related_id=OTHER_POINT, delivered_minor=None, cost_minor=None, **blank)
    assert heading(scene, "对方") == ["P1002 城西营业厅"]
    assert heading(scene, "客户号码") == []
    assert "受理并入账50.00" in sentences(scene)


def test_an_order_of_the_house_itself_has_a_story_too(scene: Scene) -> None:
    """A stock purchase is made from the console: no endpoint, no request, no price."""
    blank = {"number": "", "carrier_id": None, "product_id": None, "province": "", "serial_number": "", "split": "[]"}
    scene.order(kind="stock_purchase", party_id=1, endpoint_id=0, channel="console", delivered_minor=None, cost_minor=None, **blank)
    assert heading(scene, "代理") == ["ROOT 省公司"]
    assert heading(scene, "入口") == []
    assert sentences(scene)[0] == "受理并入账50.00"


def test_an_open_order_says_when_it_is_looked_at_next(scene: Scene) -> None:
    scene.order(state="unknown", due_at=at(15), ended_at=None)
    assert heading(scene, "下次处理") == ["2026-11-21 04:00:15 UTC"]
    assert not [text for text in sentences(scene) if text.startswith("办结")]


def test_an_endpoint_without_a_person_is_named_alone(scene: Scene) -> None:
    scene.order(endpoint_id=SIM, channel="stk")
    assert heading(scene, "入口") == ["STK卡 8986001234"]


def test_the_legs_of_every_entry_sum_to_zero(scene: Scene) -> None:
    everything(scene)
    for entry in read(scene).entries:
        assert sum(int(amount.replace(".", "")) for _, amount in entry.legs) == 0


def test_an_account_nobody_has_words_for_is_shown_by_its_kind(scene: Scene) -> None:
    from recharge.books.tables import ledger

    scene.order()
    scene.put(ledger.account, id=99, kind="suspense", owner_id=0, balance_minor=None)
    scene.put(ledger.entry, order_id=ORDER, step=2, kind="correction", business_date=NOON.date(), at=at(1))
    scene.put(ledger.posting, order_id=ORDER, step=2, account_id=99, amount_minor=0)
    (entry,) = read(scene).entries
    assert (entry.title, entry.legs) == ("correction", (("suspense", "0.00"),))


def test_a_currency_without_decimals(scene: Scene) -> None:
    scene.success()
    told = story(scene.database, NUMBER, "zh_CN", minor_digits=0)
    assert ("售价", "4900") in told.heading
    assert told.entries[0].legs == (("P1001 城东营业厅的预存", "-4900"), ("在途冻结", "+4900"))
    assert any("预计成本4800，" in step.text for step in told.steps)


def test_another_orders_rows_are_left_out(scene: Scene) -> None:
    scene.success()
    before = read(scene)
    scene.put(orders.order_event, order_id=ORDER + 1, at=at(1), kind="dispute", facts="{}")
    scene.put(orders.complaint, order_id=ORDER + 1, party_id=POINT, endpoint_id=31, at=at(2), text="别的单", open=True)
    assert read(scene) == before


@pytest.mark.parametrize("number", ["250123456789654322", "", "abc", "-1", "9" * 30, "1; DROP TABLE orders"])
def test_an_order_that_is_not_there_is_a_clear_refusal(scene: Scene, number: str) -> None:
    scene.success()
    with pytest.raises(Refusal) as refused:
        tell(scene.database, number, "zh_CN")
    assert refused.value.code is RefusalCode.UNKNOWN_ORDER
    assert explain(refused.value, "zh_CN") == f"没有找到单号{number[:20]}，请核对后再查。"


def test_spaces_around_an_order_number_do_no_harm(scene: Scene) -> None:
    scene.success()
    assert story(scene.database, f" {NUMBER} ", "en").order_number == NUMBER
