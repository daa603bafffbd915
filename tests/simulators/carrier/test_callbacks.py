"""Callbacks: written with the event they tell, sent as each behaviour wants, repeated to plan until acknowledged."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress

import pytest

from simulators.carrier.callbacks import Caller
from simulators.carrier.signing import Signer
from simulators.carrier.testing import RunningCarrier
from tests.simulators.carrier.conftest import EVENING, World
from tests.simulators.carrier.partner import NAME, SAMPLE, SECRET, Heard, Listener, Partner, eventually, fields_of, listening, with_digits


def written(world: World, reference: str) -> list[tuple[object, ...]]:
    return world.rows("select sequence, code, forged, again, due_at from callback where reference = ? order by id", reference)


def bodies(world: World, reference: str) -> list[dict[str, str]]:
    rows = world.rows("select body from callback where reference = ? order by id", reference)
    return [fields_of(body) for (body,) in rows if isinstance(body, bytes)]


@pytest.mark.parametrize("name", ["ok", "barred", "silent_done", "accepted_never_called", "accepted_failed_never_called"])
def test_some_orders_are_never_called_about(world: World, name: str) -> None:
    world.take("1001", behaviour=name)
    world.later(60)
    assert written(world, "1001") == []


def test_the_callback_is_written_with_the_end(world: World) -> None:
    world.take("1001", behaviour="accepted_ok")
    assert written(world, "1001") == []
    world.later(2)
    assert written(world, "1001") == [(1, "0000", 0, 1, EVENING + 2)]


def test_a_callback_tells_what_an_answer_would(world: World) -> None:
    world.take("1001", behaviour="accepted_partial")
    world.later(2)
    (told,) = bodies(world, "1001")
    assert (told["Sequence"], told["Code"], told["Reference"], told["Number"]) == ("1", "0001", "1001", SAMPLE)
    assert (told["Amount"], told["Charged"], told["Delivered"]) == ("5000", "2500", "2500")
    assert told["Event"].isalnum()
    assert len(told["Event"]) <= 32
    assert {"CarrierReference", "SerialNumber", "StockAfter", "Day", "FinishedAt"} <= told.keys()


def test_five_copies_are_one_event(world: World) -> None:
    world.take("1001", behaviour="callback_five")
    world.later(2)
    assert [row[:4] for row in written(world, "1001")] == [(1, "0000", 0, 1)] + [(1, "0000", 0, 0)] * 4
    assert len({told["Event"] for told in bodies(world, "1001")}) == 1


def test_a_lie_after_the_truth_is_newer(world: World) -> None:
    world.take("1001", behaviour="callback_failed_after_ok")
    world.later(2)
    assert [row[:2] for row in written(world, "1001")] == [(1, "0000"), (2, "3009")]
    assert world.order("1001").code == "0000"


def test_a_lie_before_the_truth_is_older(world: World) -> None:
    world.take("1001", behaviour="callback_failed_before_ok")
    world.later(2)
    assert [row[:2] for row in written(world, "1001")] == [(1, "3009"), (2, "0000")]
    assert [told["Charged"] for told in bodies(world, "1001")] == ["0", "5000"]


def test_taking_back_overtakes_the_success(world: World) -> None:
    world.take("1001", behaviour="callback_out_of_order")
    world.later(2)
    world.later(3)
    rows = sorted(written(world, "1001"), key=lambda row: str(row[4]))
    assert [row[:2] for row in rows] == [(2, "0002"), (1, "0000")]


def test_the_end_of_an_accepted_reversal_is_called(world: World) -> None:
    world.take("1001")
    world.take("1002", operation="Reverse", original="1001", behaviour="accepted_ok")
    world.later(2)
    (told,) = bodies(world, "1002")
    assert (told["Code"], told["OriginalReference"], told["Returned"]) == ("0000", "1001", "5000")


def test_a_reversed_order_is_called_about(world: World) -> None:
    world.take("1001")
    world.reverse("1002", "1001")
    assert [row[:2] for row in written(world, "1001")] == [(1, "0002")]


@pytest.fixture
def hearing() -> Iterator[Listener]:
    with listening() as heard:
        yield heard


def call_for(world: World, url: str, done: str) -> list[tuple[object, ...]]:
    """Let the caller run on a world's ledger until a query about the callbacks gives a row."""
    world.controls.change({"callback_url": url, "callback_plan": [5, 15], "callback_wait_seconds": 1})

    async def run() -> None:
        caller = Caller(world.ledger, Signer(NAME, SECRET, world.clock.seconds), world.clock, world.controls)
        tasks = [asyncio.create_task(world.ledger.commit_forever()), asyncio.create_task(caller.run_forever())]
        while not world.rows(done):  # noqa: ASYNC110  # the ledger is looked at as another process would
            await asyncio.sleep(0.01)
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    world.runner.run(run())
    return world.rows("select tries, last_status, acknowledged, due_at from callback order by id")


def test_an_acknowledged_callback_is_not_sent_again(world: World, hearing: Listener) -> None:
    world.take("1001", behaviour="accepted_ok")
    world.later(2)
    rows = call_for(world, hearing.url, "select 1 from callback where tries = 1")
    assert rows == [(1, "200", 1, None)]
    assert hearing.heard[0].proven


@pytest.mark.parametrize(("status", "body"), [(200, b"OK"), (200, b""), (200, b"<Nack/>"), (500, b"<Ack/>"), (401, b""), (204, b"")])
def test_anything_but_an_acknowledgement_means_again(world: World, hearing: Listener, status: int, body: bytes) -> None:
    hearing.answer = lambda _heard: (status, body)
    world.take("1001", behaviour="accepted_ok")
    world.later(2)
    rows = call_for(world, hearing.url, "select 1 from callback where tries = 1")
    assert rows == [(1, str(status), 0, EVENING + 2 + 5)]


def test_nobody_listening_means_again(world: World) -> None:
    world.take("1001", behaviour="accepted_ok")
    world.later(2)
    rows = call_for(world, "http://127.0.0.1:1/nobody", "select 1 from callback where tries = 1")
    assert rows[0][0::2] == (1, 0)
    assert rows[0][3] == EVENING + 2 + 5


def test_the_plan_comes_to_an_end(world: World, hearing: Listener) -> None:
    hearing.answer = lambda _heard: (503, b"")
    world.take("1001", behaviour="accepted_ok")
    world.later(2)
    due = []
    for tries, wait in ((1, 5), (2, 15), (3, 0)):
        rows = call_for(world, hearing.url, f"select 1 from callback where tries = {tries}")
        due.append(rows[0][3])
        world.hand.wait(wait)
    assert due == [EVENING + 7, EVENING + 22, None]
    assert len(hearing.heard) == 3


def test_repeats_have_the_same_body_and_fresh_headers(world: World, hearing: Listener) -> None:
    hearing.answer = lambda _heard: (503, b"")
    world.take("1001", behaviour="accepted_ok")
    world.later(2)
    call_for(world, hearing.url, "select 1 from callback where tries = 1")
    world.hand.wait(5)
    call_for(world, hearing.url, "select 1 from callback where tries = 2")
    first, second = hearing.heard
    assert first.body == second.body
    assert first.headers["X-Nonce"] != second.headers["X-Nonce"]
    assert first.headers["X-Timestamp"] != second.headers["X-Timestamp"]
    assert first.proven
    assert second.proven


def test_copies_made_on_purpose_are_not_repeated(world: World, hearing: Listener) -> None:
    hearing.answer = lambda _heard: (503, b"")
    world.take("1001", behaviour="callback_five")
    world.later(2)
    rows = call_for(world, hearing.url, "select 1 where (select sum(tries) from callback) = 5")
    assert [row[3] is None for row in rows] == [False, True, True, True, True]


def test_a_forged_signature_is_wrong_every_time(world: World, hearing: Listener) -> None:
    world.take("1001", behaviour="callback_bad_signature")
    world.later(2)
    call_for(world, hearing.url, "select 1 from callback where tries = 1")
    assert not hearing.heard[0].proven


def test_without_an_address_nothing_is_sent(world: World) -> None:
    world.take("1001", behaviour="accepted_ok")
    world.later(2)
    assert call_for(world, "", "select 1 from callback where tries = 1")[0][1] == "no address"


def test_hundreds_are_sent_each_once(world: World, hearing: Listener) -> None:
    for n in range(300):
        world.take(str(2000 + n), behaviour="accepted_ok", amount=100)
    for _ in range(2):
        world.later(2)
    call_for(world, hearing.url, "select 1 where (select sum(acknowledged) from callback) = 300")
    assert sorted(one.fields["Reference"] for one in hearing.heard) == [str(2000 + n) for n in range(300)]


def test_a_callback_comes_before_the_answer(partner: Partner, listener: Listener) -> None:
    answered: list[int] = []

    def answer(_heard: Heard) -> tuple[int, bytes]:
        answered.append(len(answered))
        return 200, b"<Ack/>"

    listener.answer = answer
    told = partner.recharge(1001, with_digits("9021"))
    assert told.code == "1000"
    assert len(answered) == 1, "the callback had been heard when the answer came"
    assert listener.about(1001)[0].fields["Code"] == "0000"


def test_a_repeat_of_that_order_does_not_wait_for_another_callback(partner: Partner, listener: Listener) -> None:
    for _ in range(3):
        assert partner.recharge(1001, with_digits("9021")).code == "1000"
    assert len(listener.about(1001)) == 1


def test_contradicting_callbacks_arrive_in_their_order(partner: Partner, listener: Listener) -> None:
    partner.recharge(1001, with_digits("9025"))
    partner.recharge(1002, with_digits("9024"))
    eventually(lambda: len(listener.about(1001)) == len(listener.about(1002)) == 2)
    assert [one.fields["Code"] for one in listener.about(1001)] == ["3009", "0000"]
    assert [one.fields["Code"] for one in listener.about(1002)] == ["0000", "3009"]


def test_out_of_order_means_the_newer_first(partner: Partner, listener: Listener) -> None:
    partner.recharge(1001, with_digits("9023"))
    eventually(lambda: len(listener.about(1001)) == 2)
    assert [(one.fields["Sequence"], one.fields["Code"]) for one in listener.about(1001)] == [("2", "0002"), ("1", "0000")]


def test_five_times_is_five_times(partner: Partner, listener: Listener, carrier: RunningCarrier) -> None:
    partner.recharge(1001, with_digits("9020"))
    eventually(lambda: carrier.control.ledger("1001")["orders"][0]["callbacks_acknowledged"] == 5)
    assert len(listener.about(1001)) == 5
    assert len({one.headers["X-Nonce"] for one in listener.about(1001)}) == 5


def test_a_lost_acknowledgement_brings_it_again(partner: Partner, listener: Listener, carrier: RunningCarrier) -> None:
    heard: list[Heard] = []

    def answer(one: Heard) -> tuple[int, bytes]:
        heard.append(one)
        return (200, b"<Ack/>") if len(heard) > 2 else (500, b"")

    listener.answer = answer
    partner.recharge(1001, with_digits("9010"))
    eventually(lambda: carrier.control.ledger("1001")["orders"][0]["callbacks_acknowledged"] == 1)
    assert len({one.body for one in heard}) == 1
    assert len(heard) == 3
