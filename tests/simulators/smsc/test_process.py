"""The centre as a process, with the product's link on the other side."""

import asyncio
from collections.abc import Iterator
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from simulators.smsc.testing import RunningCentre, start
from stk_sms.smpp.esme import EsmeSettings
from stk_sms.smpp.link import LinkSettings, SmppLink
from stk_sms.smpp.ussd import reply
from stk_sms.transport import DeliveryReport, DeliveryState, Inbound, Outbound, UssdOperation, Verdict
from tests.stk_sms.smpp.peers import until
from tests.support import machine

PHONE = "13800138000"
ORDER = {"sender": PHONE, "recipient": "10086", "udh": "027000", "data": "00380e", "coding": 0xF6, "pid": 0x7F}


@pytest.fixture(scope="module")
def process() -> Iterator[RunningCentre]:
    with start(machine.free_port(), machine.free_port(), "--account", "kongchong:secret") as centre:
        yield centre


@pytest.fixture
def centre(process: RunningCentre) -> RunningCentre:
    process.ask("/control/reset", {})
    return process


class Scene:
    """A link to the centre, and what came over it."""

    def __init__(self, centre: RunningCentre, mode: Any = "transceiver") -> None:
        self.centre = centre
        self.link = SmppLink(LinkSettings("mobile", EsmeSettings("127.0.0.1", centre.port, "kongchong", "secret", mode=mode)))
        self.messages: list[Inbound] = []
        self.reports: list[DeliveryReport] = []
        self.verdicts: list[Verdict] = []

    async def handle(self, batch: list[Inbound]) -> list[Verdict]:
        self.messages += batch
        return [self.verdicts.pop(0) if self.verdicts else Verdict.ACCEPTED for _ in batch]

    async def __aenter__(self) -> "Scene":
        await self.link.start(self.handle, self.reports.append)
        await self.link.bound()
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.link.stop()

    async def mo(self) -> list[dict[str, Any]]:
        found = await asyncio.to_thread(self.centre.messages)
        return [one for one in found["mo"] if not one["receipt"]]

    async def send(self, *messages: dict[str, Any]) -> list[int]:
        return await asyncio.to_thread(self.centre.send, *messages)

    async def all_taken(self) -> None:
        """The last answers may still be on their way."""
        for _ in range(1000):
            if {one["state"] for one in await self.mo()} == {"taken"}:
                return
            await asyncio.sleep(0.01)
        raise AssertionError("something was never taken")

    async def behave(self, **settings: object) -> None:
        await asyncio.to_thread(lambda: self.centre.behave(**settings))

    async def taken(self, count: int) -> list[Inbound]:
        await until(lambda: len(self.messages) >= count, f"{count} messages")
        return self.messages


def test_an_order_in_a_reply_and_its_receipt_back(centre: RunningCentre) -> None:
    async def steps() -> None:
        async with Scene(centre) as on:
            await on.send(ORDER)
            (message,) = await on.taken(1)
            assert message.user_data.hex() == "02700000380e"
            assert (message.coding, message.protocol_id) == (0xF6, 0x7F)
            await on.link.send(Outbound("order-1", PHONE, "充值成功" * 30, sender="10086", want_report=True))
            await until(lambda: bool(on.reports), "a report")
            assert on.reports[0].state is DeliveryState.DELIVERED
            shown = (await asyncio.to_thread(centre.messages, PHONE))["mt"]
            assert "".join(one["text"] for one in shown) == "充值成功" * 30
            assert [one["udh"][-4:] for one in shown] == ["0201", "0202"]

    asyncio.run(steps())


@pytest.mark.parametrize("settings", [{"ids": "receipt-hexadecimal"}, {"ids": "padded", "receipt_tlvs": False}, {"early_receipts": True}])
def test_receipts_of_centres_with_ways_of_their_own(centre: RunningCentre, settings: dict[str, object]) -> None:
    async def steps() -> None:
        async with Scene(centre) as on:
            await on.behave(outcome="UNDELIV", **settings)
            await on.link.send(Outbound("order-1", PHONE, "x", want_report=True))
            await until(lambda: bool(on.reports), "a report")
            assert [(report.reference, report.state) for report in on.reports] == [("order-1", DeliveryState.FAILED)]

    asyncio.run(steps())


def test_a_message_that_was_not_taken_comes_again(centre: RunningCentre) -> None:
    async def steps() -> None:
        async with Scene(centre) as on:
            await on.behave(redeliver_seconds=0.1)
            on.verdicts = [Verdict.TEMPORARY]
            await on.send(ORDER)
            first, second = await on.taken(2)
            assert first.user_data == second.user_data
            await on.all_taken()
            assert [told["tries"] for told in await on.mo()] == [2]

    asyncio.run(steps())


def test_many_are_one_batch_after_another_and_none_is_lost(centre: RunningCentre) -> None:
    async def steps() -> None:
        async with Scene(centre, "pair") as on:
            await on.send(*({**ORDER, "sender": f"138{number:08}"} for number in range(300)))
            assert len({message.sender for message in await on.taken(300)}) == 300
            await on.all_taken()

    asyncio.run(steps())


def test_throttling_is_waited_out(centre: RunningCentre) -> None:
    async def steps() -> None:
        async with Scene(centre) as on:
            await on.behave(throttle=1, answer_delay=0.01)
            assert len(await on.link.send(Outbound("1", PHONE, "x"))) == 1
            assert len((await asyncio.to_thread(centre.messages, PHONE))["mt"]) == 1

    asyncio.run(steps())


@pytest.mark.parametrize("how", ["disconnect", "unbind"])
def test_a_lost_connection_comes_back_and_messages_wait_for_it(centre: RunningCentre, how: str) -> None:
    async def steps() -> None:
        async with Scene(centre) as on:
            await asyncio.to_thread(centre.ask, f"/control/{how}", {})
            await until(lambda: not on.link.ready, "the loss")
            await on.send(ORDER)
            await on.taken(1)
            assert on.link.ready

    asyncio.run(steps())


def test_a_person_brings_a_message_again(centre: RunningCentre) -> None:
    async def steps() -> None:
        async with Scene(centre) as on:
            (number,) = await on.send({"sender": PHONE, "recipient": "10086", "text": "余额"})
            await on.taken(1)
            await on.all_taken()
            assert (await asyncio.to_thread(centre.ask, "/control/redeliver", {"id": number})) == {"found": True}
            assert [message.text for message in await on.taken(2)] == ["余额", "余额"]

    asyncio.run(steps())


def test_a_dialogue(centre: RunningCentre) -> None:
    async def steps() -> None:
        async with Scene(centre) as on:
            await on.send({"sender": PHONE, "recipient": "888", "text": "*888#", "ussd": {"operation": 1, "session": 9}})
            asked = (await on.taken(1))[0]
            assert asked.ussd is not None
            assert (asked.ussd.operation, asked.ussd.session) == (UssdOperation.PSSR_INDICATION, 9)
            await on.link.send(reply(asked, "手机号?", more=True))
            await on.link.send(reply(asked, "完成", more=False))
            shown = (await asyncio.to_thread(centre.messages, PHONE))["mt"]
            assert [one["ussd"] for one in shown] == [{"operation": op, "session": 9, "end": end} for op, end in ((2, False), (17, True))]

    asyncio.run(steps())


def test_a_wrong_password_is_not_bound(centre: RunningCentre) -> None:
    async def steps() -> None:
        link = SmppLink(LinkSettings("x", EsmeSettings("127.0.0.1", centre.port, "kongchong", "wrong")))
        await link.start(Scene(centre).handle)
        await asyncio.sleep(0.2)
        assert not link.ready
        await link.stop()

    asyncio.run(steps())


def test_the_page(centre: RunningCentre) -> None:
    base = f"http://127.0.0.1:{centre.control_port}"
    form = b"sender=13800138000&recipient=10086&text=%3Cb%3E+00"
    with urlopen(f"{base}/send", form, timeout=20) as answer:  # noqa: S310  # on loopback
        shown = answer.read().decode()
    assert "&lt;b&gt; 00" in shown
    assert centre.messages(PHONE)["mo"][0]["text"] == "<b> 00"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/control/mo", {"sender": "1"}),
        ("/control/mo", {**ORDER, "data": "xyz"}),
        ("/control/mo", {**ORDER, "coding": 300}),
        ("/control/behaviour", {"x": 1}),
    ],
)
def test_what_is_refused(centre: RunningCentre, path: str, body: dict[str, object]) -> None:
    with pytest.raises(HTTPError) as caught:
        centre.ask(path, body)
    with caught.value as error:
        assert error.code == 400
    assert centre.messages()["mo"] == []
