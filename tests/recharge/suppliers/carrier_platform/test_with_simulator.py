"""The link against the simulated carrier, a process of its own that shares no code with it: what each behaviour comes to."""

import asyncio
import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count

import pytest

from recharge.clock import SystemClock
from recharge.domain.orders import OrderKind
from recharge.domain.outcomes import Outcome, OutcomeState
from recharge.suppliers.contract import AttemptOrder, CannotTell, LinkParts, StatementKind, StatementLine, SupplierLink
from recharge.suppliers.registry import make_link
from simulators.carrier.testing import RunningCarrier, start

S = OutcomeState
QUICK = {"final": 0.1, "hidden": 0.3, "queue": 0.3, "take_back": 0.1, "withhold": 0.9, "slow_median": 0.01, "gap": 0.1}
REFERENCES = count(80000000000000000001)


@pytest.fixture(scope="module")
def carrier_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCarrier]:
    with start(tmp_path_factory.mktemp("carrier")) as running:
        yield running


@pytest.fixture
def carrier(carrier_process: RunningCarrier) -> RunningCarrier:
    carrier_process.control.reset()
    carrier_process.control.behave(durations=QUICK)
    wait_until_open(carrier_process)
    return carrier_process


def wait_until_open(carrier: RunningCarrier) -> None:
    """A test before may have closed the platform's port."""
    deadline = time.monotonic() + 20
    with socket.socket() as probe:
        while probe.connect_ex(("127.0.0.1", carrier.port)) != 0:
            assert time.monotonic() < deadline
            time.sleep(0.02)


def order(suffix: str = "8000", kind: OrderKind = OrderKind.RECHARGE) -> AttemptOrder:
    return AttemptOrder(str(next(REFERENCES)), f"1380013{suffix}", 5000, kind, "CMCC", datetime.now(UTC))


def link_to(carrier: RunningCarrier, secret: bytes | None = None) -> SupplierLink:
    settings = {"url": f"{carrier.base_url}/recharge/v1", "partner": carrier.partner, "connect_seconds": 2, "answer_seconds": 0.6}
    return make_link("carrier_platform", LinkParts("CARRIER", settings, secret or carrier.secret, SystemClock()))


async def submit_then_query(carrier: RunningCarrier, sent: AttemptOrder, until: OutcomeState) -> tuple[Outcome, Outcome]:
    link = link_to(carrier)
    try:
        said = await link.submit(sent)
        deadline = time.monotonic() + 20
        told = await link.query(sent)
        while told.state is not until and time.monotonic() < deadline:
            await asyncio.sleep(0.05)
            told = await link.query(sent)
        return said, told
    finally:
        await link.close()


CASES = {
    "9000": (S.SUCCESS, S.SUCCESS),
    "9001": (S.SUCCESS, S.SUCCESS),
    "9002": (S.UNKNOWN, S.SUCCESS),
    "9003": (S.UNKNOWN, S.SUCCESS),
    "9004": (S.UNKNOWN, S.SUCCESS),
    "9005": (S.UNKNOWN, S.SUCCESS),
    "9006": (S.UNKNOWN, S.SUCCESS),
    "9007": (S.UNKNOWN, S.SUCCESS),
    "9008": (S.UNKNOWN, S.NOT_FOUND),
    "9009": (S.UNKNOWN, S.NOT_FOUND),
    "9010": (S.ACCEPTED, S.SUCCESS),
    "9011": (S.ACCEPTED, S.FAILED),
    "9013": (S.ACCEPTED, S.SUCCESS),
    "9014": (S.ACCEPTED, S.ACCEPTED),
    "9030": (S.UNKNOWN, S.SUCCESS),
    "9031": (S.UNKNOWN, S.SUCCESS),
    "9040": (S.SUCCESS, S.SUCCESS),
    "9041": (S.SUCCESS, S.REVERSED),
    "9042": (S.UNKNOWN, S.SUCCESS),
    "9043": (S.UNKNOWN, S.FAILED),
    "9044": (S.UNKNOWN, S.SUCCESS),
    "9050": (S.FAILED, S.FAILED),
    "9051": (S.FAILED, S.FAILED),
    "9052": (S.FAILED, S.FAILED),
    "9054": (S.FAILED, S.FAILED),
    "9060": (S.NOT_SENT, S.NOT_FOUND),
    "9061": (S.NOT_SENT, S.NOT_FOUND),
    "9062": (S.NOT_SENT, S.NOT_FOUND),
    "9063": (S.NOT_SENT, S.NOT_FOUND),
    "9064": (S.NOT_SENT, S.NOT_FOUND),
    "9070": (S.UNKNOWN, S.NOT_FOUND),
}


@pytest.mark.parametrize(("suffix", "expected"), CASES.items())
def test_a_behaviour_comes_to(carrier: RunningCarrier, suffix: str, expected: tuple[OutcomeState, OutcomeState]) -> None:
    sent = order(suffix)
    said, told = asyncio.run(submit_then_query(carrier, sent, expected[1]))
    assert (said.state, told.state) == expected
    assert len(credited(carrier, sent)) <= 1


def credited(carrier: RunningCarrier, sent: AttemptOrder) -> list[object]:
    """How often the carrier's own ledger says that the customer was credited for an attempt."""
    return [row for row in carrier.control.ledger(reference=sent.reference)["credits"] if row["direction"] == 1]


def test_an_amount_delivered_in_part_is_told(carrier: RunningCarrier) -> None:
    said, _ = asyncio.run(submit_then_query(carrier, order("9040"), S.SUCCESS))
    assert said.delivered_minor == 2500
    assert said.charged_minor == 2500


def test_the_same_attempt_sent_twice_is_credited_once(carrier: RunningCarrier) -> None:
    sent = order()

    async def twice() -> list[Outcome]:
        link = link_to(carrier)
        try:
            return [await link.submit(sent), await link.submit(sent)]
        finally:
            await link.close()

    first, second = asyncio.run(twice())
    assert (first.state, second.state, first.serial_number) == (S.SUCCESS, S.SUCCESS, second.serial_number)
    assert len(credited(carrier, sent)) == 1


def test_a_reversal_and_what_is_told_of_both(carrier: RunningCarrier) -> None:
    sent = order()
    back = replace(sent, reference=str(next(REFERENCES)), original_reference=sent.reference)

    async def scene() -> list[Outcome]:
        link = link_to(carrier)
        try:
            again = replace(back, reference=str(next(REFERENCES)))
            return [
                await link.submit(sent),
                await link.reverse(back),
                await link.query(back),
                await link.query(sent),
                await link.reverse(again),
            ]
        finally:
            await link.close()

    outcomes = asyncio.run(scene())
    assert [outcome.state for outcome in outcomes] == [S.SUCCESS, S.SUCCESS, S.SUCCESS, S.REVERSED, S.FAILED]
    assert outcomes[-1].code == "6004"


def test_a_bill_payment(carrier: RunningCarrier) -> None:
    sent = order(kind=OrderKind.BILL_PAYMENT)
    carrier.control.subscriber(sent.number, kind="postpaid")
    said, told = asyncio.run(submit_then_query(carrier, sent, S.SUCCESS))
    assert (said.state, told.state) == (S.SUCCESS, S.SUCCESS)


def test_stock_falls_with_what_is_charged(carrier: RunningCarrier) -> None:
    async def scene() -> tuple[int, int, int | None]:
        link = link_to(carrier)
        try:
            before = await link.balance()
            said = await link.submit(order())
            after = await link.balance()
            return before.free_minor, after.free_minor, said.stock_after_minor
        finally:
            await link.close()

    before, after, told = asyncio.run(scene())
    assert before - after == 5000
    assert told == after


def test_another_secret_is_refused_and_its_word_not_believed(carrier: RunningCarrier) -> None:
    async def scene() -> Outcome:
        link = link_to(carrier, b"x" * 39)
        try:
            with pytest.raises(CannotTell):
                await link.balance()
            return await link.submit(order())
        finally:
            await link.close()

    # The carrier's own "signature wrong" is signed with the secret we do not have.
    assert asyncio.run(scene()).state is S.UNKNOWN


def test_the_days_statement_lists_what_was_done(carrier: RunningCarrier) -> None:
    done, refused = order(), order("9050")

    async def scene() -> list[StatementLine]:
        link = link_to(carrier)
        try:
            said = await link.submit(done)
            await link.submit(refused)
            assert said.state is S.SUCCESS
            day = carrier_day(carrier, done)
            carrier.control.issue_statement(f"{day:%Y%m%d}")
            return list(await link.statement(day))
        finally:
            await link.close()

    lines = {line.reference: line for line in asyncio.run(scene())}
    assert refused.reference not in lines
    line = lines[done.reference]
    assert (line.kind, line.amount_minor, line.state) == (StatementKind.RECHARGE, 5000, S.SUCCESS)


def carrier_day(carrier: RunningCarrier, sent: AttemptOrder) -> datetime:
    """The accounting day of an order in the carrier's own ledger."""
    told = carrier.control.ledger(reference=sent.reference)
    return datetime.strptime(str(told["orders"][0]["day"]), "%Y%m%d").replace(tzinfo=UTC)


def test_down_is_not_sent(carrier: RunningCarrier) -> None:
    carrier.control.behave("refused")
    sent = order()

    async def scene() -> Outcome:
        link = link_to(carrier)
        try:
            return await link.submit(sent)
        finally:
            await link.close()

    deadline = time.monotonic() + 10
    outcome = asyncio.run(scene())
    while outcome.state is not S.NOT_SENT and time.monotonic() < deadline:
        outcome = asyncio.run(scene())
    assert outcome.state is S.NOT_SENT
    assert credited(carrier, sent) == []
