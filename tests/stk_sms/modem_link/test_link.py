"""A SIM as a link: nothing is deleted before it was taken, nothing is sent twice, and what may have gone out is not called unsent."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gsm import pdu, text, udh
from gsm.modem.slot import SlotTimes
from stk_sms.modem_link.link import ModemLink, ModemSettings
from stk_sms.modem_link.room import Room
from stk_sms.transport import Inbound, NotSent, Outbound, Refused, SendError, SendUnknown, Ussd, UssdOperation, Verdict, ignore_report
from tests.gsm.modem.fake import ICCID, FakeModem

TIMES = SlotTimes(greet=0.2, tick=0.02, check_every=0.3, sweep_every=0.2, retry=0.1)
AT = datetime(2026, 11, 27, 12, tzinfo=UTC)
WAIT = 30.0
AGENT = "+6281300000009"


class Card:
    """What lies on the modem's card, and what was sent through it."""

    def __init__(self, modem: FakeModem) -> None:
        self.places: dict[int, str] = {}
        self.sent: list[pdu.Submit] = []
        self.answers: list[list[str]] = []
        modem.answers["AT+CMGL=4"] = self._list
        modem.begins["AT+CMGD="] = self._delete
        modem.begins["AT+CMGS="] = lambda fake, _: fake.prompt(self._take)
        self.modem = modem

    def put(self, words: str, sender: str = AGENT, at: datetime = AT, **instead: Any) -> None:
        for piece in instead.pop("pieces", None) or [text.encode(words)]:
            data, coding, header = (*piece, b"") if len(piece) == 2 else piece
            made = pdu.Deliver(pdu.Address.of(sender), data, at, coding, header, **instead)
            self.places[max(self.places, default=0) + 1] = pdu.encode_deliver(made)[0]

    def _list(self, modem: FakeModem, _command: str) -> None:
        lines = [line for place, held in self.places.items() for line in (f"+CMGL: {place},0,,{len(held) // 2 - 1}", held)]
        modem.say(*lines, "OK")

    def _delete(self, modem: FakeModem, command: str) -> None:
        self.places.pop(int(command.partition("=")[2]), None)
        modem.say("OK")

    def _take(self, modem: FakeModem, data: bytes) -> None:
        message = pdu.decode(data.decode())
        assert isinstance(message, pdu.Submit)
        self.sent.append(message)
        modem.say(*(self.answers.pop(0) if self.answers else [f"+CMGS: {len(self.sent)}", "OK"]))


@pytest.fixture
def card(tmp_path: Path) -> Iterator[Card]:
    with FakeModem(tmp_path / "tty" / "slot1") as modem:
        yield Card(modem)


class Taken:
    """A handler that says one thing after another, and accepts in the end."""

    def __init__(self, *verdicts: Verdict | Exception) -> None:
        self.verdicts = list(verdicts)
        self.messages: list[Inbound] = []

    async def handle(self, batch: list[Inbound]) -> list[Verdict]:
        found = []
        for message in batch:
            verdict = self.verdicts.pop(0) if self.verdicts else Verdict.ACCEPTED
            if isinstance(verdict, Exception):
                raise verdict
            self.messages.append(message)
            found.append(verdict)
        return found


def scene(card: Card, play: Callable[[ModemLink], Awaitable[Any]], taken: Taken | None = None, *, up: bool = True, **settings: Any) -> Any:
    told = {"name": "inbox", "ports": f"{card.modem.path.parent}/*", "iccid": ICCID, "number": "0353911"} | settings
    link = ModemLink(ModemSettings(**told), Room(told["ports"], TIMES), lambda: AT + timedelta(minutes=1))

    async def played() -> Any:
        await link.start((taken or Taken()).handle, ignore_report)
        try:
            if up:
                await until(lambda: link.ready)
            return await play(link)
        finally:
            await link.stop()

    return asyncio.run(played())


async def until(true: Callable[[], object]) -> None:
    for _ in range(int(WAIT / 0.01)):
        if true():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("in vain")


def test_a_message_is_handed_over_and_deleted(card: Card) -> None:
    taken = Taken()
    card.put("I.SIM10.081389092678.2233")

    async def play(_link: ModemLink) -> None:
        await until(lambda: not card.places)

    scene(card, play, taken)
    [message] = taken.messages
    assert (message.link, message.sender, message.recipient) == ("inbox", AGENT, "0353911")
    assert (message.text, message.parts) == ("I.SIM10.081389092678.2233", 1)


@pytest.mark.parametrize("first", [Verdict.TEMPORARY, RuntimeError("the database is away")])
def test_what_cannot_be_taken_now_stays_and_comes_again_as_the_same(card: Card, first: Verdict | Exception) -> None:
    taken = Taken(first)
    card.put("R")
    seen: list[str] = []

    async def play(_link: ModemLink) -> None:
        await until(lambda: not card.places)
        seen.extend(message.message_id for message in taken.messages)

    scene(card, play, taken)
    assert len(set(seen)) == 1


def test_what_is_refused_for_good_is_deleted(card: Card) -> None:
    card.put("nonsense")

    async def play(_link: ModemLink) -> None:
        await until(lambda: not card.places)

    scene(card, play, Taken(Verdict.PERMANENT))


def test_parts_wait_for_each_other_on_the_card(card: Card) -> None:
    taken = Taken()
    parts = pdu.submits("x", "长" * 100, 7)
    pieces = [(part.data, part.coding, part.header) for part in parts]
    card.put("", pieces=pieces[1:])

    async def play(_link: ModemLink) -> None:
        await asyncio.sleep(0.5)
        assert len(card.places) == 1
        card.put("", pieces=pieces[:1])
        await until(lambda: not card.places)

    scene(card, play, taken)
    assert [(message.text, message.parts, message.udh) for message in taken.messages] == [("长" * 100, 2, b"")]


def test_a_part_whose_others_never_came_is_dropped_after_a_day(card: Card) -> None:
    taken = Taken()
    part = pdu.submits("x", "x" * 200, 7)[0]
    card.put("", pieces=[(part.data, part.coding, part.header)], at=AT - timedelta(hours=25))

    async def play(_link: ModemLink) -> None:
        await until(lambda: not card.places)

    scene(card, play, taken)
    assert not taken.messages


def test_a_secured_packet_comes_as_it_is(card: Card) -> None:
    taken = Taken()
    header = udh.build((udh.Element(udh.COMMAND_PACKET),))
    card.put("", pieces=[(b"\x00\x10" * 9, 0xF6, header)], protocol_id=0x7F)

    async def play(_link: ModemLink) -> None:
        await until(lambda: taken.messages)

    scene(card, play, taken)
    [message] = taken.messages
    assert (message.udh, message.data, message.coding, message.protocol_id) == (header, b"\x00\x10" * 9, 0xF6, 0x7F)


def test_texts_are_sent_in_as_many_parts_as_they_take(card: Card) -> None:
    async def play(link: ModemLink) -> tuple[tuple[str, ...], ...]:
        return await link.send(Outbound("1", AGENT, "SN 0041")), await link.send(Outbound("2", AGENT, "长" * 100))

    assert scene(card, play) == (("1",), ("2", "3"))
    assert [str(message.recipient) for message in card.sent] == [AGENT] * 3
    assert text.decode(card.sent[0].data, card.sent[0].coding) == "SN 0041"


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (["+CMS ERROR: 38"], NotSent),
        (["+CMS ERROR: 331"], NotSent),
        (["+CMS ERROR: 21"], Refused),
        (["+CMS ERROR: 500"], SendUnknown),
        (["ERROR"], SendUnknown),
        (["+CME ERROR: 14"], SendUnknown),
    ],
)
def test_what_the_modem_says_of_a_message(card: Card, answer: list[str], error: type[SendError]) -> None:
    card.answers.append(answer)

    async def play(link: ModemLink) -> None:
        with pytest.raises(error):
            await link.send(Outbound("1", AGENT, "x"))

    scene(card, play)


def test_a_message_of_which_a_part_went_out_is_not_unsent(card: Card) -> None:
    card.answers += [["+CMGS: 1", "OK"], ["+CMS ERROR: 38"]]

    async def play(link: ModemLink) -> None:
        with pytest.raises(SendUnknown):
            await link.send(Outbound("1", AGENT, "长" * 100))

    scene(card, play)


def test_an_error_before_the_text_was_given_is_not_sent(card: Card) -> None:
    card.modem.begins["AT+CMGS="] = ["ERROR"]

    async def play(link: ModemLink) -> None:
        with pytest.raises(NotSent):
            await link.send(Outbound("1", AGENT, "x"))

    scene(card, play)


def test_what_a_link_cannot_do(card: Card) -> None:
    async def play(link: ModemLink) -> None:
        with pytest.raises(Refused):
            await link.send(Outbound("1", AGENT, "x", ussd=Ussd(UssdOperation.USSR_REQUEST)))
        with pytest.raises(Refused):
            await link.send(Outbound("1", AGENT, "x" * 153 * 256))
        with pytest.raises(Refused):
            await link.send(Outbound("1", AGENT, data=b"x" * 200, coding=text.BINARY))

    scene(card, play)


def test_without_its_card_nothing_is_sent(card: Card) -> None:
    async def play(link: ModemLink) -> None:
        await asyncio.sleep(0.3)
        assert not link.ready
        with pytest.raises(NotSent):
            await link.send(Outbound("1", AGENT, "x"))

    scene(card, play, up=False, iccid="8962000000000000999")


def test_a_link_without_a_cards_number_takes_what_is_there(card: Card) -> None:
    async def play(link: ModemLink) -> tuple[str, ...]:
        return await link.send(Outbound("1", AGENT, data=b"ab", coding=text.BINARY))

    assert scene(card, play, iccid="") == ("1",)


def test_the_pin_is_tried_once(card: Card) -> None:
    card.modem.answers["AT+CPIN?"] = ["+CPIN: SIM PIN", "OK"]

    async def play(_link: ModemLink) -> None:
        await until(lambda: len(card.modem.heard("AT+CPIN?")) >= 1)
        await asyncio.sleep(0.5)

    scene(card, play, up=False, pin="4711")
    assert card.modem.heard("AT+CPIN=") == ['AT+CPIN="4711"']


def test_two_links_share_the_modems(card: Card, tmp_path: Path) -> None:
    pattern = f"{card.modem.path.parent}/*"
    room = Room(pattern, TIMES)
    mine = ModemLink(ModemSettings("a", pattern, ICCID), room)
    other = ModemLink(ModemSettings("b", pattern, "8962000000000000999"), room)

    async def played() -> None:
        for link in (other, mine):
            await link.start(Taken().handle, ignore_report)
        await until(lambda: mine.ready)
        assert not other.ready
        await other.stop()
        assert await mine.send(Outbound("1", AGENT, "x")) == ("1",)
        await mine.stop()
        await mine.stop()

    asyncio.run(played())
