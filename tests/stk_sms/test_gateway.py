"""The gateway: verdicts to the network, answers to phones, what is nobody's, what is tried again."""

import asyncio
import threading
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from recharge import Message, MessageState, SendResult
from stk_sms.cards.gate import CardMessage
from stk_sms.cards.service import CardAnswer
from stk_sms.gateway import Gateway, SmsPort, is_secured
from stk_sms.packet import ResponseStatus
from stk_sms.plain import Answer
from stk_sms.routing import Router, Routes
from stk_sms.transport import Inbound, NotSent, Outbound, Refused, SendUnknown, Ussd, UssdOperation, Verdict
from tests.stk_sms.smpp.peers import NOW, ManualTimers, until
from tests.stk_sms.test_routing import FakeSender

PHONE = "13800138000"


class FakeCards:
    """Answers every card with its message id, and asks for "again" to be kept."""

    def __init__(self) -> None:
        self.batches: list[list[CardMessage]] = []

    def take(self, messages: Sequence[CardMessage]) -> list[CardAnswer]:
        self.batches.append(list(messages))
        return [
            CardAnswer(
                one.sender, ResponseStatus.OK, f"card {one.message_id}", again=one.message_id == "again", about=f"8986/1:{one.message_id}"
            )
            for one in messages
        ]


class FakePlain:
    """Answers every text with itself."""

    def take(self, messages: Sequence[Inbound]) -> list[Answer]:
        if any(message.text == "away" for message in messages):
            raise RuntimeError("the database is away")
        return [Answer(text=f"plain {message.text}", more=message.ussd is not None) for message in messages]


def card(message_id: str = "1", parts: int = 1) -> Inbound:
    return Inbound("mobile", message_id, PHONE, "10086", b"\0\x38", NOW, udh=b"\x02\x70\x00", coding=0xF6, parts=parts)


def plain(text: str, ussd: Ussd | None = None) -> Inbound:
    return Inbound("mobile", "1", PHONE, "10086", text.encode(), NOW, ussd=ussd)


class Scene:
    """A gateway with one link."""

    def __init__(self, *, with_plain: bool = True, reports: bool = False) -> None:
        self.cards, self.sender, self.timers = FakeCards(), FakeSender("mobile"), ManualTimers()
        self.router = Router([self.sender], Routes({}, ["mobile"]), lambda _: "")
        self.gateway = Gateway(self.cards, FakePlain() if with_plain else None, self.router, self.timers, reports=reports)

    def handle(self, *batch: Inbound) -> list[Verdict]:
        async def steps() -> list[Verdict]:
            verdicts = await self.gateway.handle(list(batch))
            await self.gateway.stop()
            return verdicts

        return asyncio.run(steps())

    @property
    def said(self) -> list[str]:
        return sorted(message.text for message in self.sender.sent)


@pytest.mark.parametrize(
    ("header", "secured"),
    [("027000", True), ("", False), ("0500031f0201", False), ("0770000003010201", True), ("05", False), ("027100", False)],
)
def test_what_is_a_secured_packet(header: str, secured: bool) -> None:
    assert is_secured(Inbound("x", "1", "1", "2", b"", NOW, udh=bytes.fromhex(header))) is secured


def test_a_mixed_batch_keeps_its_order() -> None:
    on = Scene()
    verdicts = on.handle(plain("00"), card("1"), card("again"), plain("11"), card("2", parts=2))
    assert verdicts == [Verdict.ACCEPTED, Verdict.ACCEPTED, Verdict.TEMPORARY, Verdict.ACCEPTED, Verdict.PERMANENT]
    assert on.said == ["card 1", "plain 00", "plain 11"]
    assert [len(batch) for batch in on.cards.batches] == [2]


def test_a_card_message_is_handed_on_as_it_lay_in_the_air() -> None:
    on = Scene()
    on.handle(card("7"))
    (one,) = on.cards.batches[0]
    assert (one.sender, one.user_data.hex(), one.message_id) == (PHONE, "0270000038", "7")


def test_an_answer_comes_from_the_number_that_was_asked() -> None:
    on = Scene()
    on.handle(plain("00"))
    (said,) = on.sender.sent
    assert (said.sender, said.recipient) == ("10086", PHONE)


def test_a_dialogue_is_answered_as_one() -> None:
    on = Scene()
    on.handle(plain("*888#", Ussd(UssdOperation.PSSR_INDICATION, 5)))
    assert on.sender.sent[0].ussd == Ussd(UssdOperation.USSR_REQUEST, 5, 1)


def test_without_plain_text_only_cards_are_heard() -> None:
    on = Scene(with_plain=False)
    assert on.handle(plain("00"), card()) == [Verdict.ACCEPTED] * 2
    assert on.said == ["card 1"]


def test_a_database_that_is_away_is_the_links_business() -> None:
    with pytest.raises(RuntimeError):
        Scene().handle(plain("away"))


def test_an_answer_that_was_not_sent_is_tried_again() -> None:
    on = Scene()
    on.sender.raises = NotSent("down")

    async def steps() -> None:
        await on.gateway.handle([plain("00")])
        await until(lambda: bool(on.timers.slept))
        await on.timers.advance(2)
        on.sender.raises = None
        await on.timers.advance(10)
        await on.gateway.stop()

    asyncio.run(steps())
    assert on.said == ["plain 00"]
    assert on.timers.slept == [2.0, 10.0]


@pytest.mark.parametrize("error", [Refused("bad number"), SendUnknown("no answer")])
def test_an_answer_that_was_refused_or_may_be_out_is_not(error: Exception) -> None:
    on = Scene()
    on.sender.raises = error
    on.handle(plain("00"))
    assert on.timers.slept == []


def test_an_answer_is_given_up_in_the_end() -> None:
    on = Scene()
    on.sender.raises = NotSent("down")

    async def steps() -> None:
        await on.gateway.handle([plain("00")])
        await until(lambda: bool(on.timers.slept))
        for _ in range(3):
            await on.timers.advance(30)
        await on.gateway.stop()

    asyncio.run(steps())
    assert on.timers.slept == [2.0, 10.0, 30.0]


@pytest.mark.parametrize("reports", [False, True])
def test_answers_to_cards_ask_for_reports_where_they_are_wanted(*, reports: bool) -> None:
    on = Scene(reports=reports)
    on.handle(card("7"), plain("00"))
    assert sorted((said.reference, said.want_report) for said in on.sender.sent) == [
        ("1", False),
        ("answer:8986/1:7", True) if reports else ("7", False),
    ]


def test_a_flood_of_answers_that_wait_is_left_out(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr("stk_sms.gateway._MOST_ANSWERS", 2)
    on = Scene()
    on.sender.raises = NotSent("down")

    async def steps() -> None:
        await on.gateway.handle([card("1"), card("2")])
        await on.gateway.handle([card("3")])
        await until(lambda: bool(on.timers.slept))
        on.sender.raises = None
        await on.timers.advance(2)
        await on.gateway.stop()
        await on.gateway.handle([card("4")])
        await on.gateway.stop()

    asyncio.run(steps())
    assert on.said == ["card 1", "card 2", "card 4"]
    assert "1 answers were left out" in caplog.text


def test_of_a_batch_only_what_was_not_sent_is_tried_again() -> None:
    on = Scene()
    on.sender.refuses = {"card 1": NotSent("down"), "card 2": SendUnknown("no answer")}

    async def steps() -> None:
        await on.gateway.handle([card("1"), card("2"), card("3")])
        await until(lambda: bool(on.timers.slept))
        assert on.said == ["card 3"]
        on.sender.refuses.clear()
        await on.timers.advance(2)
        await on.gateway.stop()

    asyncio.run(steps())
    assert on.said == ["card 1", "card 3"]


@pytest.mark.parametrize(
    ("error", "result"),
    [(None, SendResult.SENT), (NotSent(""), SendResult.LATER), (SendUnknown(""), SendResult.LATER), (Refused(""), SendResult.NEVER)],
)
def test_the_outboxs_way_to_phones(error: Exception | None, result: SendResult) -> None:
    on = Scene()
    on.sender.raises = error
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        moment = datetime(2026, 11, 20, tzinfo=UTC)
        message = Message(7, "1", "succeeded", "customer", "sms", PHONE, "zh_CN", "充值成功", MessageState.WAITING, moment)
        assert SmsPort(on.router, loop).send(message) is result
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
    assert on.sender.sent == ([Outbound("outbox:7", PHONE, "充值成功", want_report=True)] if error is None else [])
