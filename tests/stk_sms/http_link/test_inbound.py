"""What Kannel asks of us: messages, reports, batches, refusals."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from stk_sms.http_link.escapes import BadQuery
from stk_sms.http_link.inbound import DLR_PATH, MO_PATH, read_message, read_report
from stk_sms.http_link.link import HttpLink, HttpSettings
from stk_sms.transport import DeliveryReport, DeliveryState, Inbound, Verdict
from tests.stk_sms.smpp.peers import NOW, until

PACKET = bytes.fromhex("38150e001212b2c00134904f51227f0af281")
ESCAPED = "".join(f"%{octet:02x}" for octet in PACKET)


def test_a_secured_packet() -> None:
    message = read_message("kannel", f"from=%2B13800138000&to=10086&udh=%02%70%00&bin={ESCAPED}&id=u-1&smsc=cmcc&coding=1", NOW)
    assert (message.sender, message.recipient, message.message_id) == ("13800138000", "10086", "u-1")
    assert message.user_data == b"\x02\x70\x00" + PACKET
    assert message.link == "kannel"


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("coding=0&bin=00", "00"),
        ("coding=-1&bin=S10.138.1", "S10.138.1"),
        ("coding=2&bin=%4f%59%98%9d", "余额"),
        ("coding=0&bin=%e4%bd%99", "余"),
    ],
)
def test_texts(query: str, text: str) -> None:
    assert read_message("kannel", f"from=138&to=1&{query}", NOW).text == text


@pytest.mark.parametrize(
    "query", ["", "to=1", "from=138&udh=%05%00", "from=138&coding=9", "from=%ff", "from=138&coding=x", "from=138&id=" + "1" * 65]
)
def test_what_is_refused(query: str) -> None:
    with pytest.raises(BadQuery):
        read_message("kannel", query, NOW)


@given(st.text(alphabet=st.characters(codec="ascii"), max_size=200))
def test_any_query_is_a_message_or_refused(query: str) -> None:
    try:
        read_message("kannel", query, NOW)
        read_report("kannel", query)
    except BadQuery as error:
        if not error.field:
            raise


@pytest.mark.parametrize(
    ("kind", "state"), [(1, DeliveryState.DELIVERED), (2, DeliveryState.FAILED), (4, DeliveryState.BUFFERED), (16, DeliveryState.FAILED)]
)
def test_reports(kind: int, state: DeliveryState) -> None:
    assert read_report("kannel", f"ref=order-1&type={kind}&id=77&answer=NACK%2F11") == DeliveryReport(
        "kannel", "order-1", "77", state, "NACK/11"
    )


@pytest.mark.parametrize("query", ["ref=1", "type=1", "ref=1&type=3"])
def test_reports_that_say_nothing(query: str) -> None:
    with pytest.raises(BadQuery):
        read_report("kannel", query)


class Scene:
    """A listening link, what it was told, and a client that asks as Kannel does."""

    def __init__(self, secret: str) -> None:
        self.link = HttpLink(HttpSettings("kannel", "http://127.0.0.1:1/", secret=secret), lambda: NOW)
        self.batches: list[list[Inbound]] = []
        self.reports: list[DeliveryReport] = []
        self.verdict = Verdict.ACCEPTED
        self.hold: asyncio.Event | None = None
        self.fail = False
        self.client: aiohttp.ClientSession

    async def handle(self, batch: list[Inbound]) -> list[Verdict]:
        self.batches.append(batch)
        if self.hold is not None:
            await self.hold.wait()
        if self.fail:
            raise RuntimeError("the database is away")
        return [self.verdict for _ in batch]

    async def get(self, path: str, query: str) -> int:
        async with self.client.get(URL(f"{self.link.own_url}{path}?{query}", encoded=True)) as answer:
            return answer.status


@asynccontextmanager
async def scene(secret: str = "") -> AsyncIterator[Scene]:
    on = Scene(secret)
    await on.link.start(on.handle, on.reports.append)
    async with aiohttp.ClientSession() as on.client:
        try:
            yield on
        finally:
            await on.link.stop()


def play(steps: Coroutine[Any, Any, None]) -> None:
    asyncio.run(steps)


@pytest.mark.parametrize(("verdict", "status"), [(Verdict.ACCEPTED, 200), (Verdict.TEMPORARY, 503), (Verdict.PERMANENT, 403)])
def test_verdicts(verdict: Verdict, status: int) -> None:
    async def steps() -> None:
        async with scene() as on:
            on.verdict = verdict
            assert await on.get(MO_PATH, f"from=138&to=1&udh=%02%70%00&bin={ESCAPED}&coding=1") == status
            assert on.batches[0][0].user_data == b"\x02\x70\x00" + PACKET

    play(steps())


def test_what_waits_is_the_next_batch() -> None:
    async def steps() -> None:
        async with scene() as on:
            on.hold = asyncio.Event()
            first = asyncio.create_task(on.get(MO_PATH, "from=1&bin=a"))
            await until(lambda: bool(on.batches))
            others = [asyncio.create_task(on.get(MO_PATH, f"from={number}&bin=a")) for number in range(2, 8)]
            await until(lambda: len(on.link._gate._waiting) == 6)
            assert not first.done()
            on.hold.set()
            assert set(await asyncio.gather(first, *others)) == {200}
            assert [len(batch) for batch in on.batches] == [1, 6]

    play(steps())


def test_a_batch_that_fails_stays_at_kannel() -> None:
    async def steps() -> None:
        async with scene() as on:
            on.fail = True
            assert await on.get(MO_PATH, "from=1&bin=a") == 503
            on.fail = False
            assert await on.get(MO_PATH, "from=1&bin=a") == 200

    play(steps())


def test_bad_queries_and_reports() -> None:
    async def steps() -> None:
        async with scene() as on:
            assert await on.get(MO_PATH, "to=1") == 400
            assert await on.get(DLR_PATH, "ref=1&type=9") == 400
            assert await on.get(DLR_PATH, "ref=order-1&type=1&id=7") == 200
            assert on.reports == [DeliveryReport("kannel", "order-1", "7", DeliveryState.DELIVERED)]

    play(steps())


def test_strangers_are_kept_out() -> None:
    async def steps() -> None:
        async with scene("between us") as on:
            for path in (MO_PATH, DLR_PATH):
                assert await on.get(path, "from=1&bin=a&ref=1&type=1") == 403
                assert await on.get(path, "from=1&bin=a&ref=1&type=1&secret=guess") == 403
            assert await on.get(MO_PATH, "from=1&bin=a&secret=between+us") == 200
            assert await on.get(DLR_PATH, "ref=1&type=1&secret=between+us") == 200

    play(steps())


def test_whoever_comes_when_we_leave_is_told_to_come_again() -> None:
    async def steps() -> None:
        async with scene() as on:
            await on.link._gate.stop()
            assert await on.get(MO_PATH, "from=1&bin=a") == 503

    play(steps())
