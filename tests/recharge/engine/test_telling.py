"""What the engine itself writes, told: stories, messages and refusals of orders that really lived, on both databases."""

import pytest

from recharge.domain import requests as ask
from recharge.domain.errors import RefusalCode
from recharge.domain.outcomes import AnswerSource, AttemptAction, OutcomeState
from recharge.domain.replies import Reply
from recharge.engine.story import tell
from recharge.outbox.log_port import LogPort
from recharge.outbox.port import Message, MessageState
from recharge.outbox.rows import latest_messages
from recharge.outbox.sender import Sender
from recharge.texts import LANGUAGES, explain
from tests.support.world import World


def told(world: World, reply: Reply, language: str = "zh_CN") -> str:
    assert reply.order is not None, reply
    return tell(world.database, reply.order.order_number, language)


def sent(world: World, party: str) -> list[Message]:
    """Send what waits, and read a party's messages as its page does, oldest first."""
    sender = Sender(world.database, world.clock, {}, LogPort())
    while sender.step():
        pass
    party_id = world.one("SELECT id FROM party WHERE code = ?", party)
    return latest_messages(world.database, party_id, 50)[::-1]


def texts(messages: list[Message], recipient: str = "agent") -> list[str]:
    return [message.text for message in messages if message.recipient == recipient]


def succeeded(world: World) -> Reply:
    reply = world.recharge("A", "50.00")
    world.clock.pass_time(seconds=1)
    attempt = world.send(reply)
    world.clock.pass_time(seconds=2)
    world.hear(attempt, OutcomeState.SUCCESS, serial_number="SN1", code="0000", text="充值成功")
    return reply


def tail(reply: Reply) -> str:
    assert reply.order is not None
    return reply.order.order_number[-6:]


def refusal_of(reply: Reply, language: str = "zh_CN") -> str:
    assert reply.refusal is not None, reply
    return explain(reply.refusal, language)


def test_a_recharge_that_succeeded(world: World) -> None:
    reply = succeeded(world)
    lines = told(world, reply).splitlines()
    assert lines[0].endswith("：充值，成功")
    assert "  代理      A 网点A" in lines
    assert [line.split(maxsplit=1)[1] for line in lines if line.strip().startswith("佣金")] == [f"D{n} 分销商D{n} 0.10" for n in (3, 2, 1)]
    assert [line for line in lines if "受理并冻结49.00" in line]
    assert [line for line in lines if "第1次发送：通道CARRIER，预计成本48.00" in line and "+1.000s" in line]
    assert [line for line in lines if "CARRIER，当场答复：办理成功，代码0000，充值成功" in line and "+2.000s" in line]
    legs = [line.split() for line in lines]
    assert ["CARRIER的库存", "+48.00"] in legs
    assert ["A", "网点A的预存", "-49.00"] in legs


def test_the_agent_and_the_customer_are_told_of_a_success(world: World) -> None:
    reply = succeeded(world)
    messages = sent(world, "A")
    assert texts(messages)[-1].startswith("充值成功：13800138000 50.00，凭证号SN1，")
    assert texts(messages)[-1].endswith(f"单号尾号{tail(reply)}。")
    assert texts(messages, "customer") == ["您的号码13800138000充值50.00已成功，凭证号SN1。"]
    assert {message.state for message in messages} == {MessageState.SENT}
    assert {message.recipient: message.address for message in messages} == {"agent": "shop-a", "customer": "13800138000"}


def test_a_recharge_that_failed(world: World) -> None:
    reply = world.recharge("A", "50.00")
    world.hear(world.send(reply), OutcomeState.FAILED, code="3009", text="拒绝")
    assert "办结：失败，款已退回" in told(world, reply)
    assert "退回" in told(world, reply)
    told_agent = texts(sent(world, "A"))[-1]
    assert told_agent == f"充值未成功：13800138000 50.00，运营商未能办理，款已退回，余额1000.00，单号尾号{tail(reply)}。"


def test_a_recharge_delivered_in_part(world: World) -> None:
    reply = world.recharge("A", "50.00")
    world.hear(world.send(reply), OutcomeState.SUCCESS, serial_number="SN2", delivered_minor=3000, charged_minor=2880)
    assert texts(sent(world, "A"))[-1] == "充值部分成功：13800138000到账30.00，应50.00，差额已退，凭证号SN2，余额970.60。"
    assert "到账      30.00" in told(world, reply)


def test_a_reversal(world: World) -> None:
    reply = succeeded(world)
    assert reply.order is not None
    asked = world.ask("A", ask.Reverse(order_number=reply.order.order_number))
    assert asked.done
    world.hear(world.send(reply, AttemptAction.REVERSE), OutcomeState.SUCCESS, serial_number="SN3")
    story = told(world, reply)
    assert "经网页提出返销" in story
    assert "第1次返销：通道CARRIER" in story
    assert story.splitlines()[0].endswith("已返销")
    messages = sent(world, "A")
    assert texts(messages)[-1] == f"返销成功：13800138000 50.00，款已退回，余额1000.00，单号尾号{tail(reply)}。"
    assert texts(messages, "customer")[-1] == "您的号码13800138000充值50.00已撤回，如有疑问请联系代理网点。"


def test_an_answer_that_contradicts_and_one_that_does_not_fit(world: World) -> None:
    reply = succeeded(world)
    attempt = world.one("SELECT id FROM attempt")
    world.hear(attempt, OutcomeState.FAILED, AnswerSource.CALLBACK, code="3001")
    world.hear(attempt, OutcomeState.SUCCESS, AnswerSource.CALLBACK, code="0000", number="13900139000")
    story = told(world, reply)
    assert "答复与已定结果矛盾，须人工核查：回调，办理失败，代码3001" in story
    assert "答复与本单不符，不予采信：回调，办理成功，代码0000" in story


def test_an_order_ended_by_two_people(world: World) -> None:
    reply = world.recharge("A", "50.00")
    assert reply.order is not None
    world.hear(world.send(reply), OutcomeState.UNKNOWN)
    proposed = world.ask(
        "FIN1", ask.ProposeAdjudication(reply.order.order_number, succeeded=True, reason="对账单已列", serial_number="SN9")
    )
    decided = world.ask("FIN2", ask.DecideCase(proposed.case_number, approve=True))
    assert decided.done
    story = told(world, reply)
    assert "FIN1 FIN1提出裁定" in story
    assert "结果应为成功：对账单已列" in story
    assert "FIN2 FIN2复核通过" in story
    assert "两人裁定：FIN1 FIN1提出，FIN2 FIN2复核" in story
    assert "人工裁定：办理成功" in story


def test_a_deposit_and_a_transfer_are_told_to_who_receives(world: World) -> None:
    deposit = world.deposit("B", "20.00")
    assert "预存入账" in told(world, deposit)
    messages = texts(sent(world, "B"))
    assert messages == [f"收到20.00，余额20.00，单号尾号{tail(deposit)}。"]


def test_a_complaint_is_part_of_the_story(world: World) -> None:
    reply = succeeded(world)
    assert reply.order is not None
    world.ask("A", ask.Complaint(reply.order.order_number, "客户说没有到账"))
    assert "投诉：客户说没有到账" in told(world, reply)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_story_can_be_told_in_every_language(world: World, language: str) -> None:
    succeeded(world)
    world.clock.pass_time(hours=1)
    open_one = world.recharge("A", "30.00")
    world.hear(world.send(open_one), OutcomeState.ACCEPTED, code="1000")
    world.deposit("B", "20.00")
    for (order_id,) in world.rows("SELECT id FROM orders"):
        story = tell(world.database, str(order_id), language)
        assert "{" not in story
        assert "None" not in story


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_the_engine_refuses_is_explained_with_its_facts(world: World, language: str) -> None:
    world.deposit("B", "20.00")
    poor = world.recharge("B", "100.00")
    assert poor.refusal is not None
    assert poor.refusal.code is RefusalCode.INSUFFICIENT_BALANCE
    assert "20.00" in refusal_of(poor, language)
    assert "98.00" in refusal_of(poor, language)
    wrong = world.recharge("A", "50.00", password="000001")
    assert "4" in refusal_of(wrong, language)
    assert "1380013" in refusal_of(world.recharge("A", "50.00", number="1380013"), language)


def test_a_repeated_order_names_the_first_one_and_the_mark_to_use(world: World) -> None:
    first = succeeded(world)
    assert first.order is not None
    text = refusal_of(world.recharge("A", "50.00"))
    assert text == f"刚办过13800138000 50.00（单号{first.order.order_number}）。确需再办，请加重复标记1。"


def test_a_balance_never_reaches_the_customer(world: World) -> None:
    succeeded(world)
    for text in texts(sent(world, "A"), "customer"):
        assert "余额" not in text
        assert "951.00" not in text
