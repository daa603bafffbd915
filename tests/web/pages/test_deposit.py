"""A deposit ticket on the agent's page: the exact amount, where it goes, and every reason why there is none."""

from datetime import timedelta
from typing import Any

import pytest

from recharge import BadAmount, DepositTicket, NoAmountFree, NoDepositTickets, Refusal, RefusalCode, TooManyTickets
from tests.web.browsing import Browser
from tests.web.fake_engine import NOW, FakeEngine, login, point
from web.pages import deposit

TICKET = DepositTicket(50001, NOW + timedelta(hours=24), "江西空充", "62284800001234567", "102421000013", "KCP1001X5")


class Provider:
    """Gives one ticket, or raises."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []
        self.answer: DepositTicket | Exception = TICKET

    def __call__(self, *asked: Any) -> DepositTicket:
        self.asked.append(asked[1:])
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Provider:
    made = Provider()
    monkeypatch.setattr(deposit, "open_deposit_ticket", made)
    return made


def test_the_way_there_is_on_the_account_page(agent: Browser) -> None:
    agent.open("/balance")
    assert agent.root.xpath("//a[@href='/deposit']")
    agent.open("/deposit")
    assert "想存多少" in agent.text


def test_the_exact_amount_and_where_it_goes(agent: Browser, provider: Provider) -> None:
    agent.open("/deposit")
    assert agent.send("/deposit", {"amount": "500"}).status_code == 200
    for fact in ("¥500.01", "2026-11-22 12:30:00", "江西空充", "62284800001234567", "102421000013", "KCP1001X5", "一分不差"):
        assert fact in agent.text
    assert provider.asked == [("P1001", 50000, NOW)]


def test_a_provider_that_says_the_amount_alone(agent: Browser, provider: Provider) -> None:
    provider.answer = DepositTicket(50001, NOW)
    agent.open("/deposit")
    agent.send("/deposit", {"amount": "500"})
    assert "¥500.01" in agent.text
    assert "收款账号" not in agent.text
    assert "附言" not in agent.root.xpath("//dl")[0].text_content()


@pytest.mark.parametrize(
    ("typed", "answer", "said", "status"),
    [
        ("", TICKET, "金额", 422),
        ("x", TICKET, "金额", 422),
        ("0", BadAmount("0"), "金额", 422),
        ("500", NoAmountFree("50000"), "约满", 422),
        ("500", TooManyTickets(10), "10 笔预约转账还没有到账", 422),
        ("500", NoDepositTickets("none"), "没有开通", 422),
        ("500", Refusal(RefusalCode.BUSY), "", 503),
    ],
)
def test_why_there_is_none(agent: Browser, provider: Provider, typed: str, answer: Any, said: str, status: int) -> None:
    provider.answer = answer
    agent.open("/deposit")
    assert agent.send("/deposit", {"amount": typed}).status_code == status
    troubles = agent.root.xpath("//*[@role='alert'][not(@hidden)]")
    assert said in "".join(item.text_content() for item in troubles)
    assert "一分不差" not in agent.text
    assert agent.form("/deposit")["amount"] == typed


def test_every_language(agent: Browser, provider: Provider) -> None:
    for language, word in (("en", "Transfer exactly this amount"), ("id", "Transfer tepat sejumlah ini")):
        agent.open("/deposit")
        agent.post("/language", {"language": language, "back": "/deposit", "guard": agent.form("/deposit")["guard"]})
        agent.send("/deposit", {"amount": "500"})
        assert word in agent.text


def test_staff_open_them_elsewhere(visitor: Browser, fake_engine: FakeEngine, provider: Provider) -> None:
    from recharge import Role

    fake_engine.logins[3] = login("finance", point("P3003"), Role.FINANCE, 3)
    visitor.sign_in("finance")
    assert visitor.open("/deposit").status_code == 403
    visitor.open("/balance")
    assert not visitor.root.xpath("//a[@href='/deposit']")


def test_nobody_without_a_login(visitor: Browser) -> None:
    visitor.open("/deposit")
    assert visitor.path == "/login"
