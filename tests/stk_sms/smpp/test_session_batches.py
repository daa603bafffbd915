"""What the peer asks comes in batches: taken together, answered together, kept by the peer where that fails."""

import asyncio

import pytest

from stk_sms.smpp.codec import Pdu
from stk_sms.smpp.pdus import (
    AlertNotification,
    DataSm,
    DataSmResp,
    DeliverSm,
    DeliverSmResp,
    EnquireLink,
    EnquireLinkResp,
    SubmitSm,
    SubmitSmResp,
)
from stk_sms.smpp.session import SessionRules
from tests.stk_sms.smpp.peers import until
from tests.stk_sms.smpp.scenes import play, scene


def test_what_one_write_brought_is_one_batch_and_is_answered_together() -> None:
    async def steps() -> None:
        async with scene() as on:
            on.peer.say_all(*(Pdu(DeliverSm(source_addr=str(number)), number) for number in range(1, 17)))
            answers = [await on.peer.hear() for _ in range(16)]
            assert [len(batch) for batch in on.batches] == [16]
            assert [pdu.sequence for pdu in answers] == list(range(1, 17))
            assert {pdu.status for pdu in answers} == {0}

    play(steps())


def test_what_comes_while_a_batch_is_taken_is_the_next_batch_and_checks_are_answered_meanwhile() -> None:
    async def steps() -> None:
        async with scene() as on:
            on.hold = asyncio.Event()
            on.peer.say(DeliverSm(), 1)
            await until(lambda: len(on.batches) == 1)
            for sequence in (2, 3):
                on.peer.say(DeliverSm(), sequence)
            on.peer.say(EnquireLink(), 4)
            assert await on.peer.hear() == Pdu(EnquireLinkResp(), 4)
            on.hold.set()
            assert [(await on.peer.hear()).sequence for _ in range(3)] == [1, 2, 3]
            assert [len(batch) for batch in on.batches] == [1, 2]

    play(steps())


def test_much_is_shared_by_two_batches_and_little_waits_for_one_of_them() -> None:
    async def steps() -> None:
        async with scene() as on:
            on.hold = asyncio.Event()
            on.peer.say_all(*(Pdu(DeliverSm(), number) for number in range(1, 42)))
            await until(lambda: len(on.batches) == 2)
            on.peer.say_all(*(Pdu(DeliverSm(), number) for number in range(42, 60)), Pdu(EnquireLink(), 60))
            assert (await on.peer.hear()).sequence == 60
            on.hold.set()
            assert sorted([(await on.peer.hear()).sequence for _ in range(59)]) == list(range(1, 60))
            assert [len(batch) for batch in on.batches] == [21, 20, 18]

    play(steps())


def test_little_is_not_begun_beside_a_batch() -> None:
    async def steps() -> None:
        async with scene(SessionRules(worth_a_batch=2)) as on:
            on.hold = asyncio.Event()
            on.peer.say(DeliverSm(), 1)
            await until(lambda: len(on.batches) == 1)
            for sequence, begun in ((2, 1), (3, 2)):
                on.peer.say_all(Pdu(DeliverSm(), sequence), Pdu(EnquireLink(), sequence + 10))
                assert (await on.peer.hear()).sequence == sequence + 10
                await until(lambda count=begun: len(on.batches) == count)  # type: ignore[misc]
            on.hold.set()
            assert {(await on.peer.hear()).status for _ in range(3)} == {0}

    play(steps())


def test_what_one_batch_took_long_for_holds_up_no_other() -> None:
    async def steps() -> None:
        async with scene(SessionRules(worth_a_batch=1)) as on:
            slow = on.hold = asyncio.Event()
            on.peer.say(DeliverSm(), 1)
            await until(lambda: len(on.batches) == 1)
            on.hold = None
            on.peer.say(DeliverSm(), 2)
            assert (await on.peer.hear()).sequence == 2
            slow.set()
            assert (await on.peer.hear()).sequence == 1

    play(steps())


def test_nothing_is_acknowledged_before_it_was_taken() -> None:
    async def steps() -> None:
        async with scene() as on:
            on.hold = asyncio.Event()
            on.peer.say(DeliverSm(), 1)
            await until(lambda: len(on.batches) == 1)
            on.peer.say(EnquireLink(), 2)
            assert (await on.peer.hear()).sequence == 2
            assert not on.peer._kept
            on.hold.set()
            assert (await on.peer.hear()).body == DeliverSmResp()

    play(steps())


@pytest.mark.parametrize("how", ["fail", "short"])
def test_a_batch_that_fails_stays_at_the_peer(how: str) -> None:
    async def steps() -> None:
        async with scene() as on:
            setattr(on, how, True)
            on.peer.say_all(Pdu(DeliverSm(), 1), Pdu(AlertNotification(), 2), Pdu(DataSm(), 3), Pdu(SubmitSm(), 4))
            answers = [await on.peer.hear() for _ in range(3)]
            assert answers == [Pdu(DeliverSmResp(), 1, 0x64), Pdu(DataSmResp(), 3, 0x64), Pdu(SubmitSmResp(), 4, 0x14)]
            setattr(on, how, False)
            on.peer.say(DeliverSm(), 5)
            assert await on.peer.hear() == Pdu(DeliverSmResp(), 5)

    play(steps())


def test_a_flood_is_told_to_come_again() -> None:
    async def steps() -> None:
        async with scene(SessionRules(most_waiting=10)) as on:
            on.hold = asyncio.Event()
            on.peer.say_all(*(Pdu(DeliverSm(), number) for number in range(1, 16)))
            early = [await on.peer.hear() for _ in range(5)]
            assert {(pdu.sequence, pdu.status) for pdu in early} == {(number, 0x64) for number in range(11, 16)}
            on.hold.set()
            assert {(await on.peer.hear()).status for _ in range(10)} == {0}

    play(steps())


def test_a_large_batch_is_taken_in_pieces() -> None:
    async def steps() -> None:
        async with scene(SessionRules(most_batch=4)) as on:
            on.peer.say_all(*(Pdu(DeliverSm(), number) for number in range(1, 11)))
            assert [(await on.peer.hear()).sequence for _ in range(10)] == list(range(1, 11))
            assert [len(batch) for batch in on.batches] == [4, 4, 2]

    play(steps())
