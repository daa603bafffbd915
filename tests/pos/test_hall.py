"""The hall over real parts: answers in time, and what is said when database, lanes or keys are away."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy.exc import OperationalError

from pos.codec.frame import parse
from pos.codec.message import Message, decode
from pos.hall import BadFrame, Hall, Parts
from pos.judge import Inbound
from pos.keys.vault import VaultError
from recharge import Refusal, RefusalCode
from tests.pos.stand import Stand
from tests.pos.waiting import until


def parts_of(stand: Stand) -> Parts:
    return Parts(
        stand.engine,
        stand.reader,
        stand.judge,
        stand.counter,
        stand.desk,
        stand.settlement,
        stand.answers,
        stand.journal,
        stand.now,
        "zh_CN",
    )


def play(stand: Stand, script: Callable[[Hall], Awaitable[None]], seconds: float = 0.3) -> None:
    async def run() -> None:
        hall = Hall(parts_of(stand), seconds)
        hall.start()
        try:
            await script(hall)
        finally:
            await hall.close()

    asyncio.run(run())


def inbound(stand: Stand, message: Message, **how: object) -> Inbound:
    return Inbound(parse(stand.hand.frame(message, **how)), "192.0.2.9:1", stand.now())  # type: ignore[arg-type]


def read(frame: bytes | None) -> Message:
    assert frame is not None
    return decode(parse(frame[2:]).body)


def test_a_sale_is_answered_when_the_carrier_has_answered(stand: Stand) -> None:
    async def script(hall: Hall) -> None:
        task = asyncio.create_task(hall.answer(inbound(stand, stand.hand.sale())))
        await until(lambda: bool(stand.orders()))
        number = str(stand.world.one("SELECT id FROM orders WHERE kind = 'recharge'"))
        await asyncio.to_thread(stand.carrier, number)
        assert read(await task).text(39) == "00"

    play(stand, script, seconds=30)


def test_a_sale_that_nobody_ends_is_answered_in_time(stand: Stand) -> None:
    async def script(hall: Hall) -> None:
        assert read(await hall.answer(inbound(stand, stand.hand.sale()))).text(39) == "A6"

    play(stand, script)
    assert stand.journal.flush() > 0


def test_a_reversal_is_driven_while_its_terminal_waits(stand: Stand) -> None:
    sale, _ = stand.sold()

    async def script(hall: Hall) -> None:
        task = asyncio.create_task(hall.answer(inbound(stand, stand.hand.about(sale, "0400"))))
        await until(lambda: stand.orders() == [(5000, "reversing")])
        number = str(stand.world.one("SELECT id FROM orders WHERE kind = 'recharge'"))
        await asyncio.to_thread(stand.carrier, number)
        assert read(await task).text(39) == "00"

    play(stand, script, seconds=30)


def test_every_desk_has_its_lane(unsigned: Stand) -> None:
    async def script(hall: Hall) -> None:
        answer = read(await hall.answer(inbound(unsigned, unsigned.hand.sign_in_message(), mac=False)))
        unsigned.hand.take_keys(answer)
        totals = {11: "000099", 48: "0" * 62, 49: "156", 63: b"01 "}
        settled = read(await hall.answer(inbound(unsigned, unsigned.hand.message("0500", totals, network="201"))))  # type: ignore[arg-type]
        assert settled.text(48)[30] == "1"

    play(unsigned, script)


def test_octets_that_are_no_message_are_the_connections_affair(stand: Stand) -> None:
    async def script(hall: Hall) -> None:
        frame = parse(stand.hand.frame(stand.hand.sale())[:40] + bytes(30))
        with pytest.raises(BadFrame):
            await hall.answer(Inbound(frame, "192.0.2.9:1", stand.now()))

    play(stand, script)


def test_turned_away(stand: Stand) -> None:
    async def script(hall: Hall) -> None:
        answer = read(await hall.answer(inbound(stand, stand.hand.sale(batch=9))))
        assert answer.text(39) == "77"
        assert answer.octets(63).decode("gbk") == "01 批次不符，请签到"

    play(stand, script)


def test_a_database_that_is_away_leaves_terminals_without_an_answer(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_: object) -> None:
        raise OperationalError("select", {}, Exception("gone"))

    monkeypatch.setattr(stand.reader, "sights", away)

    async def script(hall: Hall) -> None:
        assert await hall.answer(inbound(stand, stand.hand.sale())) is None

    play(stand, script)


def test_one_that_goes_away_later_leaves_a_sale_undecided(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_: object) -> None:
        raise OperationalError("insert", {}, Exception("gone"))

    sale, echo = stand.hand.sale(), stand.hand.message("0820", {}, network="301")
    monkeypatch.setattr(stand.counter, "take", away)
    monkeypatch.setattr(stand.desk, "take", away)

    async def script(hall: Hall) -> None:
        assert read(await hall.answer(inbound(stand, sale))).text(39) == "98"
        assert read(await hall.answer(inbound(stand, echo))).text(39) == "96"

    play(stand, script)


def test_an_order_that_cannot_be_looked_at_is_undecided(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object, **__: object) -> None:
        raise Refusal(RefusalCode.BUSY)

    sale = stand.hand.sale()
    monkeypatch.setattr(stand.engine, "orders", away)

    async def script(hall: Hall) -> None:
        assert read(await hall.answer(inbound(stand, sale))).text(39) == "98"

    play(stand, script)


def test_keys_that_are_away_when_the_answer_is_written(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> None:
        raise VaultError("away")

    monkeypatch.setattr(stand.answers, "write", away)

    async def script(hall: Hall) -> None:
        assert await hall.answer(inbound(stand, stand.hand.message("0820", {}, network="301"))) is None

    play(stand, script)


def test_a_polite_no(stand: Stand) -> None:
    async def script(hall: Hall) -> None:
        assert read(hall.refuse(inbound(stand, stand.hand.sale()))).text(39) == "98"
        assert read(hall.refuse(inbound(stand, stand.hand.message("0820", {}, network="301")))).text(39) == "96"
        assert read(hall.refuse(inbound(stand, stand.hand.message("0820", {}, network="999")))).text(39) == "96"
        broken = parse(stand.hand.frame(stand.hand.sale())[:40] + bytes(30))
        assert hall.refuse(Inbound(broken, "192.0.2.9:1", stand.now())) is None

    play(stand, script)
    assert stand.orders() == []
