"""Deposit tickets by plain text: the password is proved by the engine first, then whoever takes deposits in reserves an amount."""

import logging
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.exc import OperationalError

from recharge import Database, DepositTicket, EndpointKind, NoAmountFree, Refusal, RefusalCode, TooManyTickets
from recharge.engine.administration import SHELL
from stk_sms import plain as channel
from stk_sms.commands import Commands
from stk_sms.plain import Answer, PlainOrders, PlainRules
from stk_sms.replies import fits_one_message
from stk_sms.smpp.ussd import Menu, MenuService, Question
from stk_sms.transport import Inbound, Ussd, UssdOperation, Verdict
from tests.stk_sms.test_plain import LINE, plain
from tests.stk_sms.till import MSISDN, Till
from tests.support.world import PASSWORD

NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)
UNTIL = "11-21 16:00"
ASKED = f"TIKET.500.{PASSWORD}"
SETTINGS = (
    'archive = "a"\nreports = "r"\n[[banks]]\naccount = "ICBC"\nnumber = "6228"\nname = "x"\nbank_code = "102421000013"\n'
    'form = "camt"\ninbox = "in"\n'
)


class Desk:
    """The plain-text half with the formats as they come; the line 13900139000 is point A's, 13900139001 is B's."""

    def __init__(self, till: Till) -> None:
        self.till, self.now = till, NOW
        for line, party in ((LINE, "A"), (f"{LINE[:-1]}1", "B")):
            till.world.office.endpoints.bind(SHELL, EndpointKind.PHONE_LINE, line, party)
        self.speak(None)

    def speak(self, language: str | None) -> None:
        """Answers from now on in this language."""
        zone = ZoneInfo("Asia/Shanghai")
        rules = PlainRules(str, lambda: date(2026, 11, 20), lambda numbers: {MSISDN} & set(numbers), language, 2, zone, lambda: self.now)
        questions = (Question("amount", "存多少?"), Question("password", "密码?"))
        self.orders = PlainOrders(self.till.engine, rules, Commands(), Menu([MenuService("888*7", "ticket", questions)]))

    def dial(self, *said: str, sender: str = LINE) -> list[Answer]:
        """A dialogue: the string that opens it, then what is answered."""
        operations = [UssdOperation.PSSR_INDICATION] + [UssdOperation.USSR_CONFIRM] * (len(said) - 1)
        return [
            self.orders.take([Inbound("mobile", "1", sender, "888", text.encode(), NOW, ussd=Ussd(operation, 3))])[0]
            for text, operation in zip(said, operations, strict=True)
        ]

    def one(self, text: str = ASKED, sender: str = LINE) -> Answer:
        return self.orders.take([plain(text, sender)])[0]

    def tickets(self) -> list[tuple[object, ...]]:
        rows = self.till.world.rows("SELECT party_code, amount_minor FROM settle_ticket ORDER BY amount_minor")
        return [tuple(row) for row in rows]


@pytest.fixture
def desk(till: Till, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    path = tmp_path / "settle.toml"
    path.write_text(SETTINGS, encoding="utf-8")
    monkeypatch.setenv("KONGCHONG_SETTLE_CONFIG", str(path))
    return Desk(till)


def test_the_exact_amount_and_the_time_are_told(desk: Desk) -> None:
    assert desk.one() == Answer(text=f"请在{UNTIL}前转账500.01，一分不差，到账后自动入账。")
    assert desk.tickets() == [("A", 50001)]


def test_a_message_that_comes_twice_gets_the_same_ticket(desk: Desk) -> None:
    first, second = desk.orders.take([plain(ASKED), plain(ASKED)])
    desk.now += timedelta(hours=1)
    assert first == second == desk.one()
    assert desk.tickets() == [("A", 50001)]


def test_the_ticket_is_the_line_s_own_partys(desk: Desk) -> None:
    desk.one()
    assert "500.02" in desk.one(sender=f"{LINE[:-1]}1").text
    assert desk.tickets() == [("A", 50001), ("B", 50002)]


def test_tickets_and_enquiries_keep_their_order_in_a_batch(desk: Desk) -> None:
    answers = desk.orders.take([plain("R"), plain("rubbish"), plain(ASKED), plain("TIKET.600.000000"), plain(ASKED, "13700137000")])
    assert [("500.01" in answer.text, bool(answer.text)) for answer in answers] == [
        (False, True),
        (False, False),
        (True, True),
        (False, True),
        (False, False),
    ]
    assert desk.tickets() == [("A", 50001)]


def test_wrong_passwords_open_nothing_and_count(desk: Desk) -> None:
    told = {desk.one("TIKET.500.000000").text for _ in range(8)}
    assert all(told)
    locked = desk.one()
    assert locked.text in told
    assert desk.tickets() == []


def test_a_dialogue_asks_for_amount_and_password(desk: Desk) -> None:
    answers = desk.dial("*888*7#", "500", PASSWORD)
    assert answers == [
        Answer(text="存多少?", more=True),
        Answer(text="密码?", more=True),
        Answer(text=f"请在{UNTIL}前转账500.01，一分不差，到账后自动入账。"),
    ]
    # The same wish by SMS and by the string keyed at once: while it runs it is one ticket.
    assert desk.one().text == answers[-1].text == desk.dial(f"*888*7*500*{PASSWORD}#")[0].text
    assert desk.tickets() == [("A", 50001)]


def test_a_dialogue_with_a_wrong_password_opens_nothing(desk: Desk) -> None:
    (answer,) = desk.dial("*888*7*500*000000#")
    assert answer.text
    assert not answer.more
    assert desk.dial("*888*7*0*274961#") == [Answer()]
    assert desk.dial("*888*7#", "500", PASSWORD, sender="13700137000")[-1] == Answer()
    assert desk.tickets() == []


def test_the_number_of_a_card_asks_for_no_ticket(desk: Desk) -> None:
    desk.till.world.office.endpoints.bind(SHELL, EndpointKind.PHONE_LINE, MSISDN, "B")
    assert desk.one(sender=MSISDN) == Answer()
    assert desk.tickets() == []


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh_CN", ("请在", "没有开通", "约满", "10笔")),
        ("en", ("Transfer", "not offered", "another", "10 of")),
        ("id", ("tepat", "tidak", "lain", "10 tiket")),
    ],
)
def test_every_answer_fits_one_message_in_every_language(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, language: str, words: tuple[str, ...]
) -> None:
    desk.speak(language)
    told = [desk.one().text]
    monkeypatch.delenv("KONGCHONG_SETTLE_CONFIG")
    told.append(desk.one().text)
    for error in (NoAmountFree("500"), TooManyTickets(10)):
        monkeypatch.setattr(channel, "open_deposit_ticket", Raising(error))
        told.append(desk.one().text)
    assert all(word in text for word, text in zip(words, told, strict=True)), told
    assert all(map(fits_one_message, told))


class Raising:
    """Opens no ticket."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def __call__(self, database: Database, party_code: str, wanted_minor: int, now: datetime) -> DepositTicket:
        raise self._error


@pytest.mark.parametrize("error", [Refusal(RefusalCode.BUSY), OperationalError("", None, Exception("gone"))])
def test_a_database_that_goes_away_after_the_password_leaves_the_message_at_the_network(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    with monkeypatch.context() as away:
        away.setattr(channel, "open_deposit_ticket", Raising(error))
        assert desk.one() == Answer(Verdict.TEMPORARY)
    assert "500.01" in desk.one().text


def test_a_database_that_is_away_leaves_the_message_at_the_network(desk: Desk) -> None:
    desk.till.engine._committer.close()
    assert desk.one() == Answer(Verdict.TEMPORARY)
    assert desk.tickets() == []


def test_a_line_that_was_taken_away_meanwhile_gets_no_ticket(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk.till.engine, "endpoint_named", lambda *_: None)
    assert desk.one() == Answer()
    assert desk.tickets() == []


def test_no_password_in_any_log(desk: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        desk.one()
        desk.one("TIKET.500.998877")
        desk.one(f"TIKET.0.{PASSWORD}")
        monkeypatch.delenv("KONGCHONG_SETTLE_CONFIG")
        desk.one()
    assert "a deposit ticket was asked for" in caplog.text
    assert PASSWORD not in caplog.text
    assert "998877" not in caplog.text
