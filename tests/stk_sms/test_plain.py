"""Plain texts and dialogues over the real engine: orders, duplicates, marks, strangers, holders of cards."""

from datetime import date

import pytest

from gsm import text as gsm_text
from recharge import EndpointKind
from recharge.domain.outcomes import OutcomeState
from recharge.engine.administration import SHELL
from stk_sms.cards.gate import GateRules, national
from stk_sms.commands import Commands, Format
from stk_sms.plain import Answer, PlainOrders, PlainRules
from stk_sms.smpp.ussd import Menu, MenuService, Question
from stk_sms.transport import Inbound, Ussd, UssdOperation, Verdict
from tests.stk_sms.smpp.peers import NOW
from tests.stk_sms.till import MSISDN, Till
from tests.support.world import NUMBER, PASSWORD

LINE = "13900139000"
FORMATS = [
    Format("recharge", "{number} {amount} {password} {mark}", "13800138000 50 274961"),
    Format("balance", "00", "00"),
    Format("last", "11", "11"),
    Format("recap", "R", "R"),
]
QUESTIONS = (Question("number", "手机号?"), Question("amount", "金额?"), Question("password", "密码?"))


def plain(text: str, sender: str = LINE) -> Inbound:
    """A text as it comes over the air."""
    data, coding = gsm_text.encode(text)
    return Inbound("mobile", "1", sender, "10086", data, NOW, coding=coding)


class Desk:
    """The plain-text half over the till's engine; the line 13900139000 is point A's."""

    def __init__(self, till: Till) -> None:
        self.till = till
        till.world.office.endpoints.bind(SHELL, EndpointKind.PHONE_LINE, LINE, "A")
        self.today = date(2026, 11, 20)
        rules = PlainRules(lambda number: national(number, GateRules()), lambda: self.today, lambda numbers: {MSISDN} & set(numbers))
        self.orders = PlainOrders(till.engine, rules, Commands(FORMATS), Menu([MenuService("888", "recharge", QUESTIONS)]))

    def take(self, *texts: str, sender: str = LINE) -> list[Answer]:
        return self.orders.take([plain(text, sender) for text in texts])

    def one(self, text: str, sender: str = LINE) -> str:
        (answer,) = self.take(text, sender=sender)
        assert answer.verdict is Verdict.ACCEPTED
        return answer.text

    def dial(self, text: str, operation: UssdOperation = UssdOperation.PSSR_INDICATION) -> Answer:
        return self.orders.take([Inbound("mobile", "1", LINE, "888", text.encode(), NOW, ussd=Ussd(operation, 3))])[0]


@pytest.fixture
def desk(till: Till) -> Desk:
    return Desk(till)


ORDER = f"{NUMBER} 50 {PASSWORD}"


def test_an_order_is_held_and_told(desk: Desk) -> None:
    said = desk.one(ORDER)
    assert NUMBER in said
    assert "951.00" in said
    assert desk.till.sales() == [(NUMBER, 5000)]


def test_the_same_text_again_gets_the_first_answer(desk: Desk) -> None:
    first = desk.one(ORDER)
    assert desk.one(f" {NUMBER},50,{PASSWORD} ") == first
    assert [answer.text for answer in desk.take(ORDER, ORDER)] == [first, first]
    assert len(desk.till.sales()) == 1


def test_two_of_the_same_in_one_read_are_one_order(desk: Desk) -> None:
    answers = desk.take(ORDER, ORDER)
    assert answers[0] == answers[1]
    assert len(desk.till.sales()) == 1


def test_a_mark_makes_a_second_order(desk: Desk) -> None:
    desk.one(ORDER)
    desk.one(f"{ORDER}#2")
    assert len(desk.till.sales()) == 2


def test_what_was_refused_may_be_tried_again(desk: Desk) -> None:
    wrong = desk.one(f"{NUMBER} 50 999999")
    assert wrong
    assert desk.till.sales() == []
    desk.one(ORDER)
    assert len(desk.till.sales()) == 1


def test_an_order_that_failed_is_told_again_and_tried_again_with_a_mark(desk: Desk) -> None:
    desk.one(ORDER)
    world = desk.till.world
    reply = desk.till.engine.take_many([desk.orders._request(plain(ORDER), LINE, desk.orders._commands.parse("", ORDER))])[0]
    world.hear(world.send(reply), OutcomeState.FAILED)
    assert world.state(reply) == "failed"
    assert desk.one(ORDER) == desk.one(ORDER)
    assert len(desk.till.sales()) == 1
    desk.one(f"{ORDER}#2")
    assert [row[0] for row in world.rows("SELECT state FROM orders WHERE kind = 'recharge' ORDER BY id")] == ["failed", "held"]


def test_another_day_is_another_order(desk: Desk) -> None:
    desk.one(ORDER)
    desk.today = date(2026, 11, 21)
    desk.till.world.clock.pass_time(days=1)
    desk.one(ORDER)
    assert len(desk.till.sales()) == 2


def test_enquiries(desk: Desk) -> None:
    assert "1000.00" in desk.one("00")
    desk.one(ORDER)
    assert NUMBER in desk.one("11")
    assert "50.00" in desk.one("R")
    assert "951.00" in desk.one("００")


def test_strangers_and_rubbish_cost_no_sms(desk: Desk) -> None:
    assert desk.one(ORDER, sender="13700137000") == ""
    assert desk.one("hello") == ""
    assert desk.till.sales() == []


def test_the_number_of_a_card_orders_with_the_card(desk: Desk) -> None:
    desk.till.world.office.endpoints.bind(SHELL, EndpointKind.PHONE_LINE, MSISDN, "B")
    assert desk.one(ORDER, sender=f"86{MSISDN}") == ""
    assert desk.till.sales() == []


def test_the_country_code_makes_no_other_sender(desk: Desk) -> None:
    assert desk.one("00", sender=f"86{LINE}") == desk.one("00")


def test_a_dialogue_makes_an_order(desk: Desk) -> None:
    assert desk.dial("*888#") == Answer(text="手机号?", more=True)
    assert desk.dial(NUMBER, UssdOperation.USSR_CONFIRM) == Answer(text="金额?", more=True)
    assert desk.dial("50", UssdOperation.USSR_CONFIRM).text == "密码?"
    done = desk.dial(PASSWORD, UssdOperation.USSR_CONFIRM)
    assert not done.more
    assert NUMBER in done.text
    assert desk.till.world.rows("SELECT channel FROM orders WHERE kind = 'recharge'") == [("ussd",)]


def test_a_string_keyed_at_once_makes_an_order(desk: Desk) -> None:
    assert NUMBER in desk.dial(f"*888*{NUMBER}*50*{PASSWORD}#").text
    assert desk.dial("*999#") == Answer()
    assert desk.dial("*888*x*y*z#") == Answer()


def test_a_database_that_is_away_leaves_messages_at_the_network(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.till.engine._committer.close()
    assert desk.take("00") == [Answer(Verdict.TEMPORARY)]
