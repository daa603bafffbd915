"""The SMS benchmark measures real work: orders in the books, an answer for each, and a Kannel that carries every message."""

import asyncio
from collections import Counter
from collections.abc import Iterator

import pytest

from bench import sms
from bench._centre import Heard, Plan, centre
from bench._province import Province, sqlite_province
from recharge.books.database import Database
from simulators.smsc import pdu
from stk_sms.packet import Algorithm, StkOperation, card_keys, open_command, parse_body, parse_command
from tests.support import machine

FEW = 20


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few messages, and no more time than it takes to see that it works."""
    for name, value in (("SECONDS", 0.3), ("WARM_UP_SECONDS", 0.0), ("MESSAGES_A_CARD", 5)):
        monkeypatch.setattr(sms, name, value)


@pytest.fixture
def province() -> Iterator[Province]:
    with sqlite_province(3) as made:
        yield made


def test_messages_are_recharges_that_the_product_opens() -> None:
    (card,) = sms.cards(1)
    (sender, user_data), *_ = sms.messages([card], 2)
    keys = card_keys(Algorithm.AES, *sms._MASTERS, card.iccid, sms._VERSION)
    opened = open_command(parse_command(user_data), Algorithm.AES, keys)
    body = parse_body(opened.data)
    assert sender == card.msisdn
    assert opened.counter == 11
    assert (body.operation, body.number, body.amount_minor) == (StkOperation.RECHARGE, "13800000010", 5000)


def test_no_customer_and_no_counter_comes_twice() -> None:
    drawer = sms.cards(4)
    packets = [packet for case in (0, 1) for _, packet in sms.messages(drawer, case)]
    assert len(set(packets)) == len(packets) == 2 * 4 * 5


def test_every_message_is_an_order_and_is_answered(province: Province) -> None:
    drawer = sms.cards(FEW)
    sms.issue(province, drawer)
    result = sms.measure(province, "few", 10, sms.messages(drawer, 0))
    assert result.value > 0
    assert result.p50_ms is not None
    database = Database(province.url)
    with database.read() as connection:
        found = database.rows(connection, "SELECT channel, state, COUNT(*) FROM orders GROUP BY channel, state")
        seen = database.rows(connection, "SELECT COUNT(*) FROM stk_message")[0][0]
    database.close()
    assert [(row[0], row[1]) for row in found] == [("stk", "held")]
    assert found[0][2] == seen
    assert 0 < seen <= FEW * 5


def test_what_is_acknowledged_and_not_committed_ends_the_benchmark(province: Province, monkeypatch: pytest.MonkeyPatch) -> None:
    drawer = sms.cards(2)
    sms.issue(province, drawer)
    monkeypatch.setattr(sms, "_orders", lambda _: 0)
    with pytest.raises(RuntimeError, match="0 committed"):
        sms.measure(province, "few", 10, sms.messages(drawer, 0))


def test_without_kannel_the_rest_is_measured(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(machine, "kannel_missing", lambda: "not here")
    assert sms.peers([]) == ([], {})
    assert "NOT MEASURED: not here" in capsys.readouterr().err


def test_only_what_came_within_the_time_is_counted() -> None:
    heard = Heard([(1.0, 0.1), (2.0, 0.2), (4.0, 0.3)], [0.5, 2.5], Counter({0: 3}), begun=1.5, over=3.0)
    assert heard.measured() == [0.2]
    assert heard.measured_arrivals() == 1


def test_the_centre_keeps_its_window(free_port: int) -> None:
    """Of five messages two are under way until one is acknowledged."""

    async def talk() -> list[pdu.Head]:
        reader, writer = await asyncio.open_connection("127.0.0.1", free_port)
        writer.write(pdu.pack(pdu.BIND_TRANSCEIVER, 1, b"kannel\0secret\0"))
        stream, found = bytearray(), list[pdu.Head]()
        while len(found) < 5:
            stream += await reader.read(65_536)
            under_way = [head for head in pdu.cut(stream) if head.command == pdu.DELIVER_SM]
            assert len(under_way) <= 2
            found += under_way
            for head in under_way:
                writer.write(pdu.pack(pdu.DELIVER_SM | pdu.RESPONSE, head.sequence, b"\0"))
                writer.write(pdu.pack(pdu.SUBMIT_SM, head.sequence, b"answer"))
        await writer.drain()
        while await reader.read(65_536):
            pass
        writer.close()
        return found

    plan = Plan(free_port, 2, 0.0, 30.0, [("13900000000", b"%d" % number) for number in range(5)])
    with centre(plan) as running:
        found = asyncio.run(talk())
        heard = running.heard()
    assert len(found) == 5
    assert heard.statuses == {0: 5}
    assert heard.answers == 5
