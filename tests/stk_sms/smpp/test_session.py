"""Sessions: window, answers in time, link checks, nacks, unreadable octets, leaving in order. No test waits for a clock."""

import asyncio

import pytest

from stk_sms.smpp.asking import ErrorStatus, NoResponse, SessionEnded
from stk_sms.smpp.codec import Pdu
from stk_sms.smpp.pdus import (
    Body,
    DeliverSm,
    DeliverSmResp,
    EnquireLink,
    EnquireLinkResp,
    GenericNack,
    QuerySm,
    QuerySmResp,
    SubmitSm,
    SubmitSmResp,
    Unbind,
    UnbindResp,
)
from stk_sms.smpp.session import SessionRules, State
from stk_sms.smpp.status import Status
from tests.stk_sms.smpp.peers import settle, until
from tests.stk_sms.smpp.scenes import play, scene


def test_a_request_is_answered() -> None:
    async def steps() -> None:
        async with scene() as on:
            asked = asyncio.create_task(on.session.request(SubmitSm()))
            heard = await on.peer.hear()
            on.peer.say(SubmitSmResp("abc"), heard.sequence)
            assert (await asked).body == SubmitSmResp("abc")

    play(steps())


def test_answers_may_come_in_any_order() -> None:
    async def steps() -> None:
        async with scene() as on:
            asked = [asyncio.create_task(on.session.request(SubmitSm(source_addr=str(number)))) for number in range(5)]
            for pdu in reversed([await on.peer.hear() for _ in range(5)]):
                assert isinstance(pdu.body, SubmitSm)
                on.peer.say(SubmitSmResp(pdu.body.source_addr), pdu.sequence)
            assert [(await one).body for one in asked] == [SubmitSmResp(str(number)) for number in range(5)]

    play(steps())


def test_no_more_than_the_window_is_out() -> None:
    async def steps() -> None:
        async with scene(SessionRules(window=3)) as on:
            asked = [asyncio.create_task(on.session.request(SubmitSm())) for _ in range(5)]
            first = [await on.peer.hear() for _ in range(3)]
            await settle()
            assert not on.peer._kept
            on.peer.say(SubmitSmResp("1"), first[0].sequence)
            fourth = await on.peer.hear()
            assert fourth.sequence == 4
            for task in asked:
                task.cancel()

    play(steps())


@pytest.mark.parametrize(
    ("body", "status", "told"),
    [(SubmitSmResp(), 0x45, 0x45), (GenericNack(), Status.RINVCMDID, 3), (GenericNack(), 0, Status.RUNKNOWNERR)],
)
def test_errors_are_told(body: Body, status: int, told: int) -> None:
    async def steps() -> None:
        async with scene() as on:
            asked = asyncio.create_task(on.session.request(SubmitSm()))
            on.peer.say(body, (await on.peer.hear()).sequence, status)
            with pytest.raises(ErrorStatus) as caught:
                await asked
            assert caught.value.status == told

    play(steps())


def test_an_answer_to_something_else_is_no_answer() -> None:
    async def steps() -> None:
        async with scene() as on:
            asked = asyncio.create_task(on.session.request(SubmitSm()))
            on.peer.say(QuerySmResp(), (await on.peer.hear()).sequence)
            with pytest.raises(NoResponse):
                await asked

    play(steps())


def test_an_answer_that_cannot_be_read_is_no_answer() -> None:
    async def steps() -> None:
        async with scene() as on:
            asked = asyncio.create_task(on.session.request(SubmitSm()))
            sequence = (await on.peer.hear()).sequence
            on.peer.say_octets(bytes.fromhex("0000001180000004") + bytes(4) + sequence.to_bytes(4, "big") + b"x")
            with pytest.raises(NoResponse):
                await asked

    play(steps())


def test_an_answer_that_does_not_come() -> None:
    async def steps() -> None:
        async with scene() as on:
            asked = asyncio.create_task(on.session.request(SubmitSm()))
            sequence = (await on.peer.hear()).sequence
            await on.timers.advance(9)
            assert not asked.done()
            await on.timers.advance(2)
            with pytest.raises(NoResponse):
                await asked
            on.peer.say(SubmitSmResp("late"), sequence)
            on.peer.say(SubmitSmResp("to nothing"), 4711)
            on.peer.say(EnquireLink(), 9)
            assert await on.peer.hear() == Pdu(EnquireLinkResp(), 9)

    play(steps())


def test_a_quiet_link_is_checked_and_a_dead_one_dropped() -> None:
    async def steps() -> None:
        async with scene() as on:
            await on.timers.advance(31)
            assert (await on.peer.hear()).body == EnquireLink()
            await on.timers.advance(30)
            assert (await on.peer.hear()).body == EnquireLink()
            await on.timers.advance(30)
            await until(lambda: on.session.state is State.CLOSED)
            assert on.session.ended == "silent for 2 link checks"

    play(steps())


def test_a_link_that_answers_stays() -> None:
    async def steps() -> None:
        async with scene() as on:
            for _ in range(5):
                await on.timers.advance(31)
                on.peer.say(EnquireLinkResp(), (await on.peer.hear()).sequence)
                heard = on.session
                await until(lambda session=heard: session._enquiries == 0)  # type: ignore[misc]
            assert on.session.state is State.BOUND_TRX

    play(steps())


def test_whoever_does_not_bind_is_dropped() -> None:
    async def steps() -> None:
        async with scene(state=State.OPEN) as on:
            await on.timers.advance(11)
            assert await on.peer.closed()
            assert on.session.ended == "not bound in time"

    play(steps())


@pytest.mark.parametrize(
    ("octets", "answer"),
    [
        ("00000010000077770000000000000009", Pdu(GenericNack(), 9, Status.RINVCMDID)),
        ("00000011000000150000000000000009ff", Pdu(EnquireLinkResp(), 9, Status.RINVCMDLEN)),
        ("00000010000000050000000000000009", Pdu(DeliverSmResp(), 9, Status.RINVPARLEN)),
    ],
)
def test_what_cannot_be_read_is_refused_and_the_link_stays(octets: str, answer: Pdu) -> None:
    async def steps() -> None:
        async with scene() as on:
            on.peer.say_octets(bytes.fromhex(octets))
            assert await on.peer.hear() == answer
            on.peer.say(DeliverSm(), 10)
            assert (await on.peer.hear()).status == 0

    play(steps())


def test_too_much_of_it_ends_the_link() -> None:
    async def steps() -> None:
        async with scene() as on:
            on.peer.say_octets(bytes.fromhex("00000010000077770000000000000009") * 12)
            assert await on.peer.closed()
            assert on.session.ended == "too much that cannot be read"

    play(steps())


def test_an_impossible_length_ends_the_link() -> None:
    async def steps() -> None:
        async with scene() as on:
            on.peer.say_octets(b"GET / HTTP/1.1\r\n\r\n")
            assert await on.peer.closed()
            assert "BadFrame" in on.session.ended

    play(steps())


def test_the_peer_leaves() -> None:
    async def steps() -> None:
        async with scene() as on:
            asked = asyncio.create_task(on.session.request(SubmitSm()))
            await on.peer.hear()
            on.peer.say(Unbind(), 3)
            assert await on.peer.hear() == Pdu(UnbindResp(), 3)
            assert await on.peer.closed()
            with pytest.raises(SessionEnded) as caught:
                await asked
            assert caught.value.sent
            with pytest.raises(SessionEnded) as caught:
                await on.session.request(SubmitSm())
            assert not caught.value.sent

    play(steps())


def test_leaving_answers_what_came_in_first() -> None:
    async def steps() -> None:
        async with scene() as on:
            on.hold = asyncio.Event()
            on.peer.say(DeliverSm(), 1)
            await until(lambda: len(on.batches) == 1)
            leaving = asyncio.create_task(on.session.unbind())
            await settle()
            on.peer.say(DeliverSm(), 2)
            assert await on.peer.hear() == Pdu(DeliverSmResp(), 2, Status.RX_T_APPN)
            on.hold.set()
            assert await on.peer.hear() == Pdu(DeliverSmResp(), 1)
            unbind = await on.peer.hear()
            assert unbind.body == Unbind()
            on.peer.say(UnbindResp(), unbind.sequence)
            await leaving
            assert on.session.ended == "unbound by us"

    play(steps())


def test_leaving_a_peer_that_does_not_answer() -> None:
    async def steps() -> None:
        async with scene() as on:
            leaving = asyncio.create_task(on.session.unbind())
            assert (await on.peer.hear()).body == Unbind()
            await on.timers.advance(11)
            await leaving

    play(steps())


def test_a_cut_connection_tells_whoever_waits() -> None:
    async def steps() -> None:
        async with scene() as on:
            asked = asyncio.create_task(on.session.request(QuerySm("1")))
            await on.peer.hear()
            on.peer.close()
            with pytest.raises(SessionEnded) as caught:
                await asked
            assert caught.value.sent
            assert on.session.ended == "closed by the peer"

    play(steps())


def test_a_batch_that_has_begun_is_carried_through_when_the_connection_goes() -> None:
    async def steps() -> None:
        finished = []
        async with scene() as on:
            on.hold = asyncio.Event()
            on.peer.say(DeliverSm(), 1)
            await until(lambda: len(on.batches) == 1)
            (carried,) = on.session._batches
            carried.add_done_callback(lambda one: finished.append(one.cancelled()))
            on.peer.close()
            await until(lambda: on.session.state is State.CLOSED)
            on.hold.set()
            await until(lambda: bool(finished))
        assert finished == [False]

    play(steps())


def test_sequence_numbers_begin_again_after_the_last() -> None:
    async def steps() -> None:
        async with scene() as on:
            on.session._asking.sequence = 0x7FFFFFFE
            for _ in range(2):
                on.session.tell(EnquireLink())
            assert [(await on.peer.hear()).sequence for _ in range(2)] == [0x7FFFFFFF, 1]

    play(steps())
