"""Notices that staff writes: to every phone once, under a lease, while they are of use; secured messages go the same way."""

import asyncio
from datetime import timedelta

import pytest

from simulators.sim_card.card import SimCard
from simulators.smsc.testing import start
from stk_sms import tables
from stk_sms.notices import NoticeBook, NoticeDesk, NoticeSender, NoticeState
from stk_sms.packet import Algorithm
from stk_sms.routing import Router, Routes
from stk_sms.transport import NotSent, OneByOne, Outbound, Refused, SendUnknown
from tests.stk_sms.smpp.peers import until
from tests.stk_sms.test_outbox import live, service_of
from tests.stk_sms.till import ICCID, MSISDN, NEW_MASTERS, Till
from tests.support import machine

OTHER = "13800138009"
HOUR = timedelta(hours=1)


class Link(OneByOne):
    """A link that does as it is told."""

    name = "mobile"

    def __init__(self) -> None:
        self.ready = True
        self.sent: list[Outbound] = []
        self.raises: dict[str, Exception] = {}

    async def send(self, message: Outbound) -> tuple[str, ...]:
        self.sent.append(message)
        if message.recipient in self.raises:
            raise self.raises[message.recipient]
        return ("1",)


@pytest.fixture
def till_url(clean_database_url: str) -> str:
    """Both databases."""
    return clean_database_url


@pytest.fixture
def link() -> Link:
    return Link()


@pytest.fixture(autouse=True)
def nothing_waits(till: Till) -> None:
    with till.world.database.write() as connection:
        connection.execute(tables.notice.delete())


def desk(till: Till) -> NoticeDesk:
    return NoticeDesk(till.world.database, till.now)


def sender(till: Till, link: Link) -> NoticeSender:
    router = Router([link], Routes({}, ["mobile"]), lambda _: "")
    return NoticeSender(NoticeBook(till.world.database, till.now), router, till.now)


def states(till: Till) -> dict[str, str]:
    return {row["msisdn"]: row["state"] for row in till.rows(tables.notice)}


def test_each_phone_is_told_once(till: Till, link: Link) -> None:
    assert desk(till).tell([MSISDN, OTHER, MSISDN, ""], "移动通道较慢", HOUR) == 2
    assert asyncio.run(sender(till, link).send_due()) == 2
    assert asyncio.run(sender(till, link).send_due()) == 0
    assert {(one.recipient, one.text, one.valid_seconds) for one in link.sent} == {
        (MSISDN, "移动通道较慢", 3600),
        (OTHER, "移动通道较慢", 3600),
    }
    assert set(states(till).values()) == {"sent"}


def test_what_was_not_sent_is_due_again_and_what_was_refused_is_not(till: Till, link: Link) -> None:
    desk(till).tell([MSISDN, OTHER, "13800138008"], "slow", HOUR)
    link.raises = {MSISDN: NotSent("down"), OTHER: Refused("bad number"), "13800138008": SendUnknown("no answer")}
    asyncio.run(sender(till, link).send_due())
    assert states(till) == {MSISDN: "waiting", OTHER: "failed", "13800138008": "sent"}
    link.raises = {}
    assert asyncio.run(sender(till, link).send_due()) == 0
    till.world.clock.pass_time(seconds=31)
    assert asyncio.run(sender(till, link).send_due()) == 1
    assert states(till)[MSISDN] == "sent"


def test_a_process_that_died_with_a_notice_leaves_it_to_another(till: Till, link: Link) -> None:
    desk(till).tell([MSISDN], "slow", HOUR)
    book = NoticeBook(till.world.database, till.now)
    assert [one.msisdn for one in book.claim()] == [MSISDN]
    assert book.claim() == []
    till.world.clock.pass_time(seconds=121)
    assert asyncio.run(sender(till, link).send_due()) == 1
    assert states(till) == {MSISDN: "sent"}


def test_a_late_notice_is_not_sent(till: Till, link: Link) -> None:
    desk(till).tell([MSISDN], "slow", HOUR)
    till.world.clock.pass_time(seconds=3601)
    assert asyncio.run(sender(till, link).send_due()) == 0
    assert states(till) == {MSISDN: "failed"}
    assert link.sent == []


def test_nothing_is_claimed_without_a_link(till: Till, link: Link) -> None:
    desk(till).tell([MSISDN], "slow", HOUR)
    link.ready = False
    assert asyncio.run(sender(till, link).send_due()) == 0
    assert len(NoticeBook(till.world.database, till.now).claim()) == 1


def test_new_keys_reach_the_card(till: Till, sim: SimCard, link: Link) -> None:
    version = till.new_keys(Algorithm.AES, NEW_MASTERS)
    desk(till).secured(MSISDN, till.updates().message(ICCID, version, till.now()), HOUR)
    asyncio.run(sender(till, link).send_due())
    (sent,) = link.sent
    assert (sent.udh.hex(), sent.coding, sent.protocol_id, sent.text) == ("027000", 0xF6, 0x7F, "")
    acknowledged = sim.hear(sent.udh + sent.data)
    assert acknowledged is not None
    assert "密钥" in till.one(acknowledged).text
    # What carried keys is gone once it is out.
    assert till.rows(tables.notice)[0]["user_data"] == b""


def test_the_gateway_goes_on_without_the_database(till: Till, link: Link, monkeypatch: pytest.MonkeyPatch) -> None:
    over = asyncio.Event()
    lost = sender(till, link)
    tries = []

    def claim() -> list[object]:
        tries.append(1)
        if len(tries) == 2:
            over.set()
        raise OSError("away")

    monkeypatch.setattr(lost._book, "claim", claim)
    monkeypatch.setattr(lost, "_look_seconds", 0.0)
    asyncio.run(lost.run(over))
    assert len(tries) == 2


def test_a_running_gateway_tells(till: Till) -> None:
    desk(till).tell([MSISDN], "移动通道较慢，请稍后再充", timedelta(days=400))
    with start(machine.free_port(), machine.free_port()) as centre:

        async def steps(_over: asyncio.Event) -> None:
            await until(lambda: states(till) == {MSISDN: NoticeState.DELIVERED.value}, "the notice")

        live(service_of(till, centre), steps)
        (one,) = centre.messages()["mt"]
    assert (one["recipient"], one["text"]) == (MSISDN, "移动通道较慢，请稍后再充")
    assert [(one.text, one.states) for one in desk(till).latest(5)] == [("移动通道较慢，请稍后再充", {"delivered": 1})]
