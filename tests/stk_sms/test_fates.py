"""What networks say became of messages reaches staff: the outbox, the notices, a card's history."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from recharge.domain.outcomes import OutcomeState
from recharge.engine.story import story
from simulators.sim_card.card import SimCard
from stk_sms import tables
from stk_sms.cards.gate import GateRules
from stk_sms.cli import CardTools, sim
from stk_sms.fates import Fates, Told, reference_of
from stk_sms.notices import NoticeBook, NoticeDesk, NoticeState
from stk_sms.service import keepers
from stk_sms.transport import DeliveryReport, DeliveryState
from tests.stk_sms.till import ICCID, MSISDN, Till
from tests.support.world import NUMBER, PASSWORD


@pytest.fixture
def till_url(clean_database_url: str) -> str:
    """Both databases."""
    return clean_database_url


def report(told: Told | str, known_by: str, state: DeliveryState = DeliveryState.DELIVERED, error: str = "") -> DeliveryReport:
    reference = reference_of(told, known_by) if isinstance(told, Told) else known_by
    return DeliveryReport("cmcc", reference, "0a1b", state, error)


class Kept:
    """Remembers what it is to write down."""

    def __init__(self) -> None:
        self.seen: list[tuple[list[str], bool]] = []
        self.away = False

    def keep(self, reports: Sequence[DeliveryReport], delivered: bool) -> None:
        if self.away:
            raise OSError("the database is away")
        self.seen.append(([each.reference for each in reports], delivered))


def fates_of(till: Till) -> Fates:
    return Fates(keepers(till.engine, NoticeBook(till.world.database, till.now)))


def told(fates: Fates, *reports: DeliveryReport) -> None:
    for each in reports:
        fates.report(each)
    asyncio.run(fates.write_down())


def test_reports_of_one_kind_and_end_are_written_down_together() -> None:
    kept = Kept()
    fates = Fates({Told.OUTBOX: kept.keep})
    ends = (DeliveryState.DELIVERED, DeliveryState.FAILED, DeliveryState.DELIVERED, DeliveryState.EXPIRED)
    told(fates, *(report(Told.OUTBOX, str(number), state) for number, state in enumerate(ends)))
    assert kept.seen == [(["0", "2"], True), (["1", "3"], False)]
    told(fates)
    assert len(kept.seen) == 2


def test_what_says_nothing_is_not_written_down() -> None:
    kept = Kept()
    told(
        Fates({Told.OUTBOX: kept.keep}),
        report(Told.OUTBOX, "1", DeliveryState.BUFFERED),
        report(Told.OUTBOX, "2", DeliveryState.UNKNOWN),
        report(Told.NOTICE, "3"),
        report("somebody else's", "4"),
    )
    assert kept.seen == []


def test_what_cannot_be_written_now_waits(caplog: pytest.LogCaptureFixture) -> None:
    kept = Kept()
    kept.away = True
    fates = Fates({Told.OUTBOX: kept.keep})
    told(fates, report(Told.OUTBOX, "1"))
    assert "1 delivery reports wait: OSError" in caplog.text
    kept.away = False
    told(fates, report(Told.OUTBOX, "2"))
    assert kept.seen == [(["1", "2"], True)]


def test_reports_that_wait_are_not_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stk_sms.fates._MOST_KEPT", 1)
    kept = Kept()
    told(Fates({Told.OUTBOX: kept.keep}), report(Told.OUTBOX, "1"), report(Told.OUTBOX, "2"))
    assert kept.seen == [(["1"], True)]


def test_it_writes_once_more_when_it_ends() -> None:
    kept = Kept()
    fates = Fates({Told.OUTBOX: kept.keep})

    async def steps() -> None:
        over = asyncio.Event()
        life = asyncio.create_task(fates.run(over))
        await asyncio.sleep(0)
        fates.report(report(Told.OUTBOX, "1"))
        over.set()
        await life

    asyncio.run(steps())
    assert kept.seen == [(["1"], True)]


@pytest.mark.parametrize(
    ("state", "stands", "words"),
    [
        (DeliveryState.DELIVERED, "delivered", "已送达"),
        (DeliveryState.FAILED, "failed", "未能送达"),
        (DeliveryState.EXPIRED, "failed", "未能送达"),
    ],
)
def test_a_message_of_the_outbox_and_the_orders_story(till: Till, sim: SimCard, state: DeliveryState, stands: str, words: str) -> None:
    reply = till.one(sim.recharge("13800138009", 5000, PASSWORD)).reply
    assert reply is not None
    assert reply.order is not None
    till.world.hear(till.world.send(reply), OutcomeState.SUCCESS, serial_number="SN1")
    ids = [message.id for message in till.engine.messages_of(reply.order.order_number)]
    told(fates_of(till), *(report(Told.OUTBOX, str(each), state) for each in ids))
    rows = till.world.rows(f"SELECT state, due_at, sent_at FROM outbox WHERE order_id = {reply.order.order_number}")
    assert {(row[0], row[1], row[2] is not None) for row in rows} == {(stands, None, True)}
    shown = story(till.world.database, reply.order.order_number, "zh_CN").steps
    assert [words in step.text for step in shown].count(True) == 2
    # A late report changes nothing any more.
    told(fates_of(till), *(report(Told.OUTBOX, str(each)) for each in ids))
    assert {message.state for message in till.engine.messages_of(reply.order.order_number)} == {stands}


def test_notices_and_how_far_they_have_come(till: Till) -> None:
    desk = NoticeDesk(till.world.database, till.now)
    numbers = [f"1390013900{digit}" for digit in range(4)]
    desk.tell(numbers, "移动通道较慢", timedelta(hours=2))
    till.world.clock.pass_time(seconds=1)
    desk.tell(numbers[:1], "已恢复", timedelta(hours=2))
    book = NoticeBook(till.world.database, till.now)
    claimed = book.claim()
    book.settle(claimed[1:4], NoticeState.SENT)
    first, second, third, *_ = (str(one.id) for one in claimed)
    # The first came before anybody wrote that it is out.
    told(fates_of(till), report(Told.NOTICE, first), report(Told.NOTICE, second), report(Told.NOTICE, third, DeliveryState.EXPIRED))
    newest, before = desk.latest(10)
    assert (newest.text, newest.states) == ("已恢复", {"waiting": 1})
    assert (before.text, before.states) == ("移动通道较慢", {"delivered": 2, "failed": 1, "sent": 1})
    assert desk.latest(1) == [newest]
    tools = CardTools(till.desk, till.keys, till.updates(), GateRules(), "en", till.now, 2, desk)
    shown = CliRunner().invoke(sim, ["notices", "--count", "5"], obj=tools).output.splitlines()
    assert shown[1].endswith("delivered 2 · failed 1 · sent 1\t移动通道较慢")


def test_answers_to_cards_stand_in_the_cards_history(till: Till, tmp_path: Path) -> None:
    answer = till.one(till.card(tmp_path).recharge(NUMBER, 5000, PASSWORD))
    iccid, _, reference = answer.about.partition("/")
    assert (iccid, reference) == (ICCID, till.rows(tables.message)[0]["reference"])
    told(fates_of(till), report(Told.ANSWER, answer.about), report(Told.ANSWER, answer.about, DeliveryState.FAILED, "11"))
    events = till.desk.history(ICCID).events
    assert {(row.kind, row.detail) for row in events} == {
        ("answer_delivered", f"{reference} cmcc delivered"),
        ("answer_failed", f"{reference} cmcc failed 11"),
    }
    assert all(MSISDN not in row.detail for row in events)
