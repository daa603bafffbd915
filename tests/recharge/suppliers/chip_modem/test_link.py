"""One chip behind its link: what is in the way of an order, what its own books know, and what stays when something fails under it."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from gsm.modem.slot import SlotTimes
from recharge.books.chip_statements import ChipBook, ChipOrder
from recharge.books.database import Database
from recharge.books.ids import IdMaker
from recharge.clock import SystemClock
from recharge.domain.orders import OrderKind
from recharge.domain.outcomes import Outcome, OutcomeState
from recharge.domain.routing import Reason
from recharge.suppliers.chip_modem.farm import FARMS
from recharge.suppliers.chip_modem.link import ChipModemLink
from recharge.suppliers.contract import (
    AttemptOrder,
    CannotTell,
    ForgedCallback,
    Gated,
    LinkDesk,
    LinkParts,
    RawCallback,
    StatementNotReady,
    Told,
)
from recharge.suppliers.replies import ReplyReader
from recharge.suppliers.starting_rules import starting_rules
from tests.gsm.modem.fake import ICCID, FakeModem
from tests.recharge.suppliers.chip_modem.farmyard import COMMANDS, QUICK, order, ready, until

S = OutcomeState
NUMBER = "13800138000"
FACE = 1000
PIN = "275391"
TIMES = SlotTimes(greet=0.2, tick=0.02, check_every=0.3, sweep_every=5, retry=0.05, retry_given_up=0.5, reset_gone=0.2, reset_back=2)
STOCK, LAST = f'AT+CUSD=1,"*776*{PIN}#",15', f'AT+CUSD=1,"*774*{PIN}#",15'


def cusd(text: str) -> str:
    return f'+CUSD: 0,"{text.encode("utf-16-be").hex().upper()}",72'


def done(number: str = NUMBER, serial: str = "2026112119300000001", balance: str = "490.40") -> str:
    return cusd(f"尊敬的代理商,您已成功为客户{number}充值10.00元,交易流水号:{serial},您的空中充值账户余额为{balance}元。中国移动")


def ordering(number: str = NUMBER) -> str:
    return f'AT+CUSD=1,"*777*{number}*10*{PIN}#",15'


def asked(reference: int = 1, number: str = NUMBER, **instead: Any) -> AttemptOrder:
    return order(reference, number, FACE, **instead)


class Till:
    """A modem, a database, and links to the chip in the modem."""

    def __init__(self, modem: FakeModem, database: Database) -> None:
        self.modem, self.database = modem, database
        self.told: list[Told] = []
        self.ids = IdMaker(5, SystemClock())
        self.book = ChipBook(database, self.ids)
        modem.answers |= {
            ordering(): ["OK", done()],
            STOCK: ["OK", cusd("您的空中充值账户余额为500.00元。")],
            LAST: ["OK", cusd("没有交易。")],
        }

    def link(self, **settings: Any) -> ChipModemLink:
        pattern = f"{self.modem.path.parent}/*"
        told = {"iccid": ICCID, "ports": pattern} | COMMANDS["fen"] | QUICK | {"answer_seconds": 0.5, "charge_bp": 9600} | settings
        reader = ReplyReader([rule for rule, _ in starting_rules("CN")])
        desk = LinkDesk(self.database, self.ids, self.told.append)
        secret = json.dumps({"service": PIN}).encode()
        return ChipModemLink(LinkParts("CHIP", told, secret, SystemClock(), reader, desk=desk), TIMES)

    def play(self, act: Callable[[ChipModemLink], Awaitable[Any]], *, wait: bool = True, **settings: Any) -> Any:
        link = self.link(**settings)

        async def played() -> Any:
            try:
                if wait:
                    await ready(link)
                return await act(link)
            finally:
                await link.close()

        return asyncio.run(played())

    def submit(self, *orders: AttemptOrder, **settings: Any) -> list[Outcome]:
        async def act(link: ChipModemLink) -> list[Outcome]:
            return [await link.submit(one) for one in orders]

        found: list[Outcome] = self.play(act, **settings)
        return found


@pytest.fixture
def till(tmp_path: Path, clean_sqlite_url: str) -> Iterator[Till]:
    database = Database(clean_sqlite_url)
    with FakeModem(tmp_path / "tty" / "slot1") as modem:
        yield Till(modem, database)
    database.close()


def test_a_sale_with_its_proof_and_the_stock_after_it(till: Till) -> None:
    [outcome] = till.submit(asked())
    assert (outcome.state, outcome.serial_number, outcome.stock_after_minor) == (S.SUCCESS, "2026112119300000001", 49_040)
    assert NUMBER not in outcome.raw + outcome.text
    standing = till.book.order(1)
    assert standing is not None
    assert (standing.state, standing.charge_minor) == ("success", 960)


def test_a_link_is_asked_before_an_order_comes(till: Till) -> None:
    link = till.link()
    assert isinstance(link, Gated)
    assert link.objection(NUMBER, FACE, datetime.now(UTC)) is Reason.NOT_RUNNING
    asyncio.run(link.close())
    assert link.objection(NUMBER, FACE, datetime.now(UTC)) is Reason.NOT_RUNNING


@pytest.mark.parametrize(
    ("instead", "code"),
    [({"kind": OrderKind.BILL_PAYMENT}, "kind"), ({"face_minor": 1050}, "no_route")],
)
def test_what_a_chip_cannot_sell_is_not_sent(till: Till, instead: dict[str, Any], code: str) -> None:
    [outcome] = till.submit(replace(asked(), **instead))
    assert (outcome.state, outcome.code) == (S.NOT_SENT, code)
    assert not till.modem.heard('AT+CUSD=1,"*777')
    assert till.book.order(1) is None


def test_an_order_that_waited_too_long_is_not_sent(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recharge.suppliers.chip_modem.link.LATEST_START", -1.0)
    [outcome] = till.submit(asked())
    assert (outcome.state, outcome.code) == (S.NOT_SENT, "too_late")
    assert not till.modem.heard('AT+CUSD=1,"*777')


def test_a_number_with_an_open_order_is_barred_and_others_are_not(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recharge.suppliers.chip_modem.chip._LOOK_EVERY", timedelta(seconds=0.05))
    till.modem.answers[ordering()] = ["OK"]

    async def act(link: ChipModemLink) -> tuple[list[Outcome], Reason | None]:
        first = await link.submit(asked(1))
        # The chip has told its stock since, and the settle window is over.
        await until(lambda: link.objection("13900139000", FACE, datetime.now(UTC)) is None)
        return [first, await link.submit(asked(2))], link.objection(NUMBER, FACE, datetime.now(UTC))

    (first, second), objection = till.play(act, settle_seconds=0)
    assert (first.state, second.state, second.code) == (S.UNKNOWN, S.NOT_SENT, "number_open")
    assert objection is Reason.NUMBER_OPEN
    assert len(till.modem.heard('AT+CUSD=1,"*777')) == 1


def test_within_the_settle_window_an_open_order_bars_the_whole_chip(till: Till) -> None:
    till.modem.answers[ordering()] = ["OK"]

    async def act(link: ChipModemLink) -> list[Reason | None]:
        await link.submit(asked(1))
        return [link.objection(number, FACE, datetime.now(UTC)) for number in (NUMBER, "13900139000")]

    assert till.play(act) == [Reason.HELD_BACK] * 2
    row = till.book.chip(ICCID)
    assert row is not None
    assert row.reason in {"no_cusd", "stopped"}


def test_pace_is_kept_over_a_restart(till: Till) -> None:
    till.submit(asked())

    async def act(link: ChipModemLink) -> None:
        await until(lambda: link.objection("13900139000", FACE, datetime.now(UTC)) is Reason.RESTING)

    till.play(act, wait=False, gap_seconds=3600)

    async def enough(link: ChipModemLink) -> None:
        await until(lambda: link.objection("13900139000", FACE, datetime.now(UTC)) is Reason.OVER_PACE)

    till.play(enough, wait=False, most_a_day=1)


def test_a_chip_without_signal_is_held_back(till: Till) -> None:
    till.modem.answers["AT+CSQ"] = ["+CSQ: 99,99", "OK"]

    async def act(link: ChipModemLink) -> Outcome:
        await until(lambda: link.objection(NUMBER, FACE, datetime.now(UTC)) is Reason.HELD_BACK)
        return await link.submit(asked())

    outcome = till.play(act, wait=False)
    assert (outcome.state, outcome.code) == (S.NOT_SENT, "no_signal")


def test_a_chip_that_is_away_sends_nothing_and_tells_nothing(till: Till) -> None:
    till.modem.unplug()

    async def act(link: ChipModemLink) -> None:
        assert (await link.submit(asked())).state is S.NOT_SENT
        assert (await link.query(asked())).state is S.NOT_FOUND
        with pytest.raises(CannotTell):
            await link.balance()

    till.play(act, wait=False)


def test_what_a_chip_never_does(till: Till) -> None:
    async def act(link: ChipModemLink) -> Outcome:
        with pytest.raises(StatementNotReady):
            await link.statement(datetime.now(UTC).date())
        with pytest.raises(ForgedCallback):
            link.read_callback(RawCallback({}, b""))
        return await link.reverse(asked())

    assert till.play(act).state is S.FAILED


def unknown_then(till: Till, answer: str, **settings: Any) -> Outcome:
    """An order that got no answer, asked about; `answer` is the operator's list."""
    till.modem.answers |= {ordering(): ["OK"], LAST: ["OK", cusd(answer)]}

    async def act(link: ChipModemLink) -> Outcome:
        assert (await link.submit(asked())).state is S.UNKNOWN
        return await link.query(asked())

    found: Outcome = till.play(act, answer_seconds=0.2, **settings)
    return found


def listed(minutes: int, serial: str, number: str = NUMBER, units: int = 10) -> str:
    at = datetime.now(UTC) + timedelta(minutes=minutes)
    return f"1.{at:%m-%d %H:%M} {number} {units}元 流水号{serial}"


def test_the_operators_list_proves_an_order(till: Till) -> None:
    outcome = unknown_then(till, f"最近交易:{listed(0, '77')}")
    assert (outcome.state, outcome.serial_number, outcome.code) == (S.SUCCESS, "77", "listed")
    assert not till.told


@pytest.mark.parametrize(
    # The list is made when it is asked for: it tells the time of day.
    ("answer", "state"),
    [
        (lambda: "没有交易。", S.NOT_FOUND),
        (lambda: f"最近交易:{listed(-60, '77', '13900139000')}", S.NOT_FOUND),
        (lambda: "请稍后再试", S.UNKNOWN),
        (lambda: f"最近交易:{listed(0, '77', '13900139000')}", S.UNKNOWN),
        (lambda: f"最近交易:{listed(0, '77')}; {listed(0, '78')}", S.UNKNOWN),
    ],
)
def test_what_the_list_does_not_say(till: Till, answer: Callable[[], str], state: OutcomeState) -> None:
    assert unknown_then(till, answer()).state is state


def test_absence_says_nothing_of_an_order_that_was_answered_in_unknown_words(till: Till) -> None:
    till.modem.answers[ordering()] = ["OK", cusd("已登记，请稍候")]

    async def act(link: ChipModemLink) -> list[Outcome]:
        return [await link.submit(asked()), await link.query(asked())]

    first, second = till.play(act)
    assert (first.state, first.code, second.state) == (S.UNKNOWN, "no_rule", S.UNKNOWN)


def test_without_a_list_the_stock_is_evidence(till: Till) -> None:
    told = iter(["500.00", "490.40"])
    till.modem.answers |= {
        ordering(): ["OK"],
        STOCK: lambda fake, _: fake.say("OK", cusd(f"您的空中充值账户余额为{next(told)}元。")),
    }

    async def act(link: ChipModemLink) -> Outcome:
        assert (await link.balance()).free_minor == 50_000
        assert (await link.submit(asked())).state is S.UNKNOWN
        return await link.query(asked())

    outcome = till.play(act, last="", answer_seconds=0.2)
    assert (outcome.state, outcome.code) == (S.SUCCESS, "stock_gap")
    # The dispatcher is told as well, by whichever way comes first.
    assert {told.reference for told in till.told} <= {"1"}


def test_balance_is_counted_while_it_is_fresh(till: Till) -> None:
    async def act(link: ChipModemLink) -> list[int]:
        stocks = [await link.balance(), await link.balance()]
        await link.submit(asked())
        stocks.append(await link.balance())
        return [stock.free_minor for stock in stocks]

    assert till.play(act) == [50_000, 50_000, 49_040]
    assert len(till.modem.heard(STOCK)) == 1


def test_a_stock_that_is_not_told_is_not_made_up(till: Till) -> None:
    till.modem.answers[STOCK] = ["OK", "+CUSD: 2"]

    async def act(link: ChipModemLink) -> None:
        with pytest.raises(CannotTell):
            await link.balance()

    till.play(act)


def test_an_answer_between_orders_is_of_an_earlier_one(till: Till) -> None:
    till.modem.answers[ordering()] = ["OK"]

    async def act(link: ChipModemLink) -> None:
        assert (await link.submit(asked(1))).state is S.UNKNOWN
        till.modem.say(done())
        await until(lambda: till.told)
        assert (await link.query(asked(1))).state is S.SUCCESS

    till.play(act, answer_seconds=0.2)
    assert [(told.reference, told.outcome.state, told.outcome.serial_number) for told in till.told] == [
        ("1", S.SUCCESS, "2026112119300000001")
    ]


def test_an_order_under_way_when_a_process_died_is_unknown_to_the_next(till: Till) -> None:
    till.book.make_chip(ICCID, "CHIP", datetime.now(UTC))
    till.book.begin(ICCID, ChipOrder(1, NUMBER, FACE, 960, "", datetime.now(UTC)))

    async def act(link: ChipModemLink) -> Reason | None:
        return link.objection(NUMBER, FACE, datetime.now(UTC))

    assert till.play(act, settle_seconds=0) is Reason.NUMBER_OPEN
    standing = till.book.order(1)
    assert standing is not None
    assert (standing.state, standing.code) == ("unknown", "recovered")


def test_a_database_that_is_away_leaves_the_order_unknown_or_unsent(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object, **__: object) -> None:
        raise OperationalError("", {}, Exception("away"))

    async def act(link: ChipModemLink) -> list[Outcome]:
        with monkeypatch.context() as patch:
            patch.setattr(ChipBook, "begin", away)
            first = await link.submit(asked(1))
        with monkeypatch.context() as patch:
            patch.setattr(ChipBook, "settle", away)
            second = await link.submit(asked(2))
        return [first, second]

    first, second = till.play(act)
    assert (first.state, first.code, second.state) == (S.NOT_SENT, "not_written_down", S.UNKNOWN)
    # The first was never written down, so it never left.
    assert len(till.modem.heard('AT+CUSD=1,"*777')) == 1


def test_the_modem_is_given_back_with_the_last_link(till: Till) -> None:
    async def act(link: ChipModemLink) -> None:
        other = till.link()
        await other.close()
        assert (await link.submit(asked())).state is S.SUCCESS

    till.play(act)
    assert not FARMS._farms


def test_what_a_person_changes_is_seen(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recharge.suppliers.chip_modem.chip._LOOK_EVERY", timedelta(seconds=0.05))

    async def act(link: ChipModemLink) -> None:
        till.book.change_chip(ICCID, datetime.now(UTC), state="paused", reason="by hand")
        await until(lambda: link.objection(NUMBER, FACE, datetime.now(UTC)) is Reason.PAUSED)
        till.book.change_chip(ICCID, datetime.now(UTC), state="ready", reason="")
        await until(lambda: link.objection(NUMBER, FACE, datetime.now(UTC)) is None)
        await until(lambda: (row := till.book.chip(ICCID)) and row.strength == 20)

    till.play(act)


def test_a_silent_modem_has_its_power_cycled_by_the_deployments_command(till: Till, tmp_path: Path) -> None:
    note = tmp_path / "cycled"
    till.modem.deaf = True

    async def act(_link: ChipModemLink) -> None:
        await until(note.exists)
        till.modem.deaf = False

    till.play(act, wait=False, power_cycle=("touch", str(note)))
