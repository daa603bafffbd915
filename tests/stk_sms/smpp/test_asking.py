"""Requests of our own: groups that wait once, the window between them, what each ends as."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from stk_sms.smpp.asking import Asking, ErrorStatus, NoResponse, SessionEnded, Told
from stk_sms.smpp.codec import Pdu, decode
from stk_sms.smpp.pdus import GenericNack, QuerySmResp, SubmitSm, SubmitSmResp, Unbind
from stk_sms.smpp.wire import Unencodable
from tests.stk_sms.smpp.peers import settle


class Wire:
    """What was written, and time that stands."""

    def __init__(self, window: int = 2) -> None:
        self.now = 100.0
        self.written: list[Pdu] = []
        self.asking = Asking(window, 10.0, lambda: self.now, lambda octets: self.written.append(decode(octets)))

    def ask(self, *names: str) -> "asyncio.Task[list[Told]]":
        return asyncio.create_task(self.asking.all([SubmitSm(source_addr=name) for name in names]))

    def answer(self, sequence: int, status: int = 0) -> None:
        self.asking.hear(Pdu(SubmitSmResp(f"m{sequence}" if not status else ""), sequence, status))
        self.asking.fill()


def play(steps: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(steps, 20))


def kinds(told: list[Told]) -> list[type]:
    return [type(one) for one in told]


def test_a_group_fills_the_window_and_waits_once() -> None:
    async def steps() -> None:
        on = Wire()
        asked = on.ask("a", "b", "c")
        await settle()
        assert [pdu.sequence for pdu in on.written] == [1, 2]
        on.answer(2)
        assert [pdu.sequence for pdu in on.written] == [1, 2, 3]
        on.answer(3)
        await settle()
        assert not asked.done()
        on.answer(1)
        assert [told.body for told in await asked if isinstance(told, Pdu)] == [SubmitSmResp("m1"), SubmitSmResp("m2"), SubmitSmResp("m3")]

    play(steps())


def test_groups_share_the_window_in_their_order() -> None:
    async def steps() -> None:
        on = Wire()
        first, second = on.ask("a", "b", "c"), on.ask("d")
        await settle()
        for sequence in (1, 2, 3, 4):
            on.answer(sequence)
        assert [pdu.body.source_addr for pdu in on.written if isinstance(pdu.body, SubmitSm)] == ["a", "b", "c", "d"]
        assert kinds(await first) == [Pdu] * 3
        assert kinds(await second) == [Pdu]

    play(steps())


def test_each_of_a_group_has_its_own_end() -> None:
    async def steps() -> None:
        on = Wire(window=5)
        asked = on.ask("a", "b", "充", "d", "e")
        await settle()
        assert len(on.written) == 4
        on.answer(1)
        on.answer(2, 0x58)
        # The one that cannot be written has used a number up.
        on.asking.hear(Pdu(GenericNack(), 4))
        on.asking.hear(Pdu(QuerySmResp(), 5))
        told = await asked
        assert kinds(told) == [Pdu, ErrorStatus, Unencodable, ErrorStatus, NoResponse]
        assert [one.status for one in told if isinstance(one, ErrorStatus)] == [0x58, 0xFF]

    play(steps())


def test_time_passes_only_for_what_is_out() -> None:
    async def steps() -> None:
        on = Wire()
        asked = on.ask("a", "b", "c")
        await settle()
        on.now += 5
        on.answer(1)
        on.now += 6
        on.asking.expire()
        on.answer(2)
        assert not asked.done()
        on.answer(3)
        assert kinds(await asked) == [Pdu, NoResponse, Pdu]

    play(steps())


def test_an_end_tells_what_may_be_out_from_what_is_not() -> None:
    async def steps() -> None:
        on = Wire(window=1)
        asked = on.ask("a", "b")
        await settle()
        on.asking.end("cut")
        told = await asked
        assert [one.sent for one in told if isinstance(one, SessionEnded)] == [True, False]
        (late,) = await on.asking.all([SubmitSm()])
        assert isinstance(late, SessionEnded)
        assert not late.sent

    play(steps())


def test_whoever_gives_up_makes_room() -> None:
    async def steps() -> None:
        on = Wire(window=1)
        given_up, other = on.ask("a", "b"), on.ask("c")
        await settle()
        given_up.cancel()
        await settle()
        assert [pdu.body.source_addr for pdu in on.written if isinstance(pdu.body, SubmitSm)] == ["a", "c"]
        on.answer(1)
        on.answer(2)
        assert kinds(await other) == [Pdu]

    play(steps())


def test_leaving_does_not_wait_for_the_window() -> None:
    async def steps() -> None:
        on = Wire(window=1)
        on.ask("a", "b").add_done_callback(lambda _: None)
        leaving = asyncio.create_task(on.asking.all([Unbind()], at_once=True))
        await settle()
        assert [type(pdu.body) for pdu in on.written] == [SubmitSm, Unbind]
        on.asking.end("over")
        assert kinds(await leaving) == [SessionEnded]

    play(steps())


def test_nothing_to_ask() -> None:
    assert asyncio.run(Wire().asking.all([])) == []


@pytest.mark.parametrize("sequence", [7, 0])
def test_an_answer_to_nothing(sequence: int) -> None:
    on = Wire()
    on.answer(sequence)
    on.asking.unreadable(sequence)
    assert on.written == []
