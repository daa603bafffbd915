"""The sender: everything waiting is sent at least once, slow and broken channels hold nobody up, and nothing is tried for ever."""

import threading
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from recharge.books.database import Database, DatabaseBusy
from recharge.outbox.port import Message, SendResult
from recharge.outbox.sender import BACK_OFF, CLAIM_COUNT, LEASE, MOST_TRIES, Sender, back_off
from tests.recharge.outbox.conftest import NOON, Box, ScriptedPort


def test_an_empty_outbox_is_nothing_to_do(box: Box, port: ScriptedPort) -> None:
    assert box.sender(port).step() == 0
    assert port.handed == []


def test_a_waiting_message_is_sent_once_and_marked(box: Box, port: ScriptedPort) -> None:
    message_id = box.put(1)
    sender = box.sender(port)
    assert sender.step() == 1
    row = box.row(message_id)
    assert (row.state, row.tries, row.due_at, row.sent_at) == ("sent", 1, None, NOON)
    assert sender.step() == 0
    assert port.orders == ["1"]


def test_what_the_port_is_handed(box: Box, port: ScriptedPort) -> None:
    message_id = box.put(250123456789654321 // 10)
    box.sender(port).step()
    (message,) = port.handed
    assert message.id == message_id
    assert message.order_number == "25012345678965432"
    assert (message.kind, message.recipient, message.channel, message.language) == ("succeeded", "agent", "web", "zh_CN")
    assert message.text == "充值成功：13800138000 50.00，凭证号SN26112100000017，余额12345.67，单号尾号965432。"
    assert message.created_at == NOON


def test_a_message_is_worded_in_its_own_language(box: Box, port: ScriptedPort) -> None:
    box.put(1, language="id")
    box.put(2, language="en")
    box.put(3, language="fr")
    box.sender(port).step()
    first, second, third = (message.text for message in port.handed)
    assert first.startswith("Isi pulsa berhasil")
    assert second.startswith("Recharge succeeded")
    assert third.startswith("充值成功")


def test_a_currency_without_decimals(box: Box, port: ScriptedPort) -> None:
    box.put(1)
    Sender(box.database, box.clock, {}, port, minor_digits=0).step()
    assert "13800138000 5000，" in port.handed[0].text


def test_a_channels_own_process_takes_its_messages_and_nobody_elses(box: Box, port: ScriptedPort) -> None:
    box.put(1)
    box.put(2, channel="stk")
    box.put(3, recipient="customer", address="13900139000", channel="sms")
    own = Sender(box.database, box.clock, {"sms": port, "stk": port}, None)
    assert own.step() == 2
    assert own.step() == 0
    assert sorted(message.channel for message in port.handed) == ["sms", "stk"]
    assert box.states() == {1: "waiting", 2: "sent", 3: "sent"}


def test_what_is_sent_elsewhere_is_left_alone(box: Box, port: ScriptedPort) -> None:
    box.put(1)
    box.put(2, channel="stk")
    sender = Sender(box.database, box.clock, {}, port, elsewhere=["stk", "sms"])
    assert sender.step() == 1
    assert sender.step() == 0
    assert box.states() == {1: "sent", 2: "waiting"}


def test_an_agents_message_goes_where_the_endpoint_is_reached_now(box: Box, port: ScriptedPort) -> None:
    box.bind(12, 7, address="", identity="point-b")
    box.put(1)
    box.put(2, endpoint_id=12)
    box.put(3, recipient="customer", address="13900139000", channel="sms")
    box.put(4, endpoint_id=999)
    box.sender(port).step()
    assert [message.address for message in port.handed] == ["13800138000", "point-b", "13900139000", ""]


def test_messages_are_claimed_in_tens_oldest_first(box: Box, port: ScriptedPort) -> None:
    for order in range(1, 24):
        box.put(order, due_at=NOON - timedelta(seconds=order))
    sender = box.sender(port)
    assert [sender.step() for _ in range(4)] == [CLAIM_COUNT, CLAIM_COUNT, 3, 0]
    assert {int(order) for order in port.orders[:10]} == set(range(14, 24))
    assert len(set(port.orders)) == 23


def test_a_message_that_is_not_due_yet_waits(box: Box, port: ScriptedPort) -> None:
    box.put(1, due_at=NOON + timedelta(seconds=1))
    sender = box.sender(port)
    assert sender.step() == 0
    box.clock.turn(seconds=1)
    assert sender.step() == 1


def test_what_was_sent_or_failed_is_left_alone(box: Box, port: ScriptedPort) -> None:
    box.put(1, state="sent", due_at=None)
    box.put(2, state="failed", due_at=None)
    assert box.sender(port).step() == 0


def test_each_channel_has_its_own_port_and_the_rest_the_default(box: Box, port: ScriptedPort) -> None:
    sms = ScriptedPort()
    box.put(1)
    box.put(2, channel="sms")
    box.put(3, channel="ivr")
    box.sender(port, sms=sms).step()
    assert sms.orders == ["2"]
    assert port.orders == ["1", "3"]


def test_later_means_again_after_a_growing_pause(box: Box, port: ScriptedPort) -> None:
    message_id = box.put(1)
    port.script = [SendResult.LATER] * 3
    sender = box.sender(port)
    for tries, pause in enumerate(BACK_OFF[:3], start=1):
        assert sender.step() == 1
        row = box.row(message_id)
        assert (row.state, row.tries, row.due_at) == ("waiting", tries, box.clock.now() + pause)
        box.clock.turn(seconds=pause.total_seconds() - 1)
        assert sender.step() == 0
        box.clock.turn(seconds=1)
    sender.step()
    assert box.row(message_id).state == "sent"
    assert len(port.handed) == 4


def test_the_pause_stops_growing_at_half_an_hour() -> None:
    assert [back_off(tries) for tries in (1, 2, 3, 4, 5, 9)] == [*BACK_OFF, BACK_OFF[-1], BACK_OFF[-1]]
    assert sum((back_off(tries) for tries in range(1, MOST_TRIES)), timedelta()) > timedelta(hours=2)


def test_after_ten_tries_a_message_has_failed(box: Box, port: ScriptedPort) -> None:
    message_id = box.put(1)
    port.script = [SendResult.LATER] * MOST_TRIES
    sender = box.sender(port)
    with capture_logs() as logs:
        for _ in range(MOST_TRIES):
            assert sender.step() == 1
            box.clock.turn(hours=1)
    row = box.row(message_id)
    assert (row.state, row.tries, row.due_at, row.sent_at) == ("failed", MOST_TRIES, None, None)
    assert sender.step() == 0
    assert [line["event"] for line in logs] == ["message_given_up"]


def test_never_is_not_tried_again(box: Box, port: ScriptedPort) -> None:
    message_id = box.put(1)
    port.script = [SendResult.NEVER]
    box.sender(port).step()
    row = box.row(message_id)
    assert (row.state, row.tries, row.due_at) == ("failed", 1, None)


def test_a_port_that_raises_is_asked_again_and_holds_nobody_up(box: Box, port: ScriptedPort) -> None:
    for order in (1, 2, 3):
        box.put(order)
    port.script = [SendResult.SENT, RuntimeError("the modem is gone"), SendResult.SENT]
    with capture_logs() as logs:
        assert box.sender(port).step() == 3
    assert box.states() == {1: "sent", 2: "waiting", 3: "sent"}
    (line,) = logs
    assert (line["event"], line["order_number"], line["error"]) == ("port_failed", "2", "RuntimeError")
    assert "modem" not in str(line)


def test_no_transaction_is_open_while_a_port_is_busy(box: Box, port: ScriptedPort) -> None:
    """On SQLite a second writer would wait for the first one; it must get through at once."""
    box.put(1)
    port.during = lambda: box.put(2)
    box.sender(port).step()
    assert box.states() == {1: "sent", 2: "waiting"}


def test_the_claim_is_committed_before_the_first_word_leaves(box: Box, port: ScriptedPort) -> None:
    message_id = box.put(1)
    seen = []
    port.during = lambda: seen.append(box.row(message_id))
    box.sender(port).step()
    (row,) = seen
    assert (row.state, row.tries, row.due_at) == ("waiting", 1, NOON + LEASE)


def test_a_sender_that_died_is_followed_by_another_after_the_lease(box: Box, port: ScriptedPort) -> None:
    box.put(1)

    def die() -> None:
        raise KeyboardInterrupt

    port.during = die
    with pytest.raises(KeyboardInterrupt):
        box.sender(port).step()
    second = ScriptedPort()
    assert box.sender(second).step() == 0
    box.clock.turn(seconds=LEASE.total_seconds())
    assert box.sender(second).step() == 1
    assert second.orders == ["1"]
    assert box.row(10).tries == 2


def test_a_message_that_kills_its_sender_is_not_tried_for_ever(box: Box, port: ScriptedPort) -> None:
    message_id = box.put(1, tries=MOST_TRIES)
    assert box.sender(port).step() == 0
    row = box.row(message_id)
    assert (row.state, row.due_at) == ("failed", None)
    assert port.handed == []


def test_a_slow_channel_stops_at_the_end_of_the_lease(box: Box, port: ScriptedPort) -> None:
    for order in range(1, 6):
        box.put(order)
    port.during = lambda: box.clock.turn(seconds=50)
    box.sender(port).step()
    assert port.orders == ["1", "2", "3"]
    assert list(box.states().values()) == ["sent"] * 3 + ["waiting"] * 2
    port.during = None
    box.sender(port).step()
    assert port.orders == ["1", "2", "3", "4", "5"]


def test_what_a_slow_channel_sent_is_written_down_as_it_goes(box: Box, port: ScriptedPort) -> None:
    for order in (1, 2, 3):
        box.put(order)
    seen: list[list[str]] = []

    def slowly() -> None:
        seen.append(list(box.states().values()))
        box.clock.turn(seconds=2)

    port.during = slowly
    box.sender(port).step()
    assert seen[1] == ["sent", "waiting", "waiting"]
    assert seen[2] == ["sent", "sent", "waiting"]


def test_sent_stays_sent_when_another_sender_claimed_it_meanwhile(box: Box, port: ScriptedPort) -> None:
    """A send that outlived its lease: the second sender says later, the first has in fact sent."""
    message_id = box.put(1)
    other = ScriptedPort([SendResult.LATER])

    def outlive_the_lease() -> None:
        box.clock.turn(seconds=LEASE.total_seconds())
        box.sender(other).step()

    port.during = outlive_the_lease
    box.sender(port).step()
    assert other.orders == ["1"]
    assert box.row(message_id).state == "sent"


def test_an_old_later_does_not_undo_what_another_sender_did(box: Box, port: ScriptedPort) -> None:
    message_id = box.put(1)
    other = ScriptedPort([SendResult.SENT])
    port.script = [SendResult.LATER]

    def outlive_the_lease() -> None:
        box.clock.turn(seconds=LEASE.total_seconds())
        box.sender(other).step()

    port.during = outlive_the_lease
    box.sender(port).step()
    row = box.row(message_id)
    assert (row.state, row.due_at) == ("sent", None)


def test_two_senders_at_once_share_the_work_and_send_nothing_twice(box: Box) -> None:
    for order in range(1, 61):
        box.put(order)
    ports = [ScriptedPort(), ScriptedPort()]

    def drain(port: ScriptedPort) -> None:
        sender = box.sender(port)
        idle = 0
        while idle < 3:
            idle = 0 if sender.step() else idle + 1

    threads = [threading.Thread(target=drain, args=(port,)) for port in ports]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    orders = [order for port in ports for order in port.orders]
    assert sorted(map(int, orders)) == list(range(1, 61))
    assert set(box.states().values()) == {"sent"}


def test_run_sends_until_it_is_told_to_stop(box: Box, port: ScriptedPort) -> None:
    for order in range(1, 16):
        box.put(order)
    stop = threading.Event()

    def stop_at_the_last() -> None:
        if len(port.handed) == 15:
            stop.set()

    port.during = stop_at_the_last
    box.sender(port).run(stop)
    assert len(port.handed) == 15
    assert set(box.states().values()) == {"sent"}


def test_run_outlives_a_database_that_is_away(box: Box, port: ScriptedPort, monkeypatch: pytest.MonkeyPatch) -> None:
    box.put(1)
    sender, stop = box.sender(port), threading.Event()
    steps = iter([DatabaseBusy(), None])
    whole_step = sender.step

    def step() -> int:
        trouble = next(steps)
        if trouble is not None:
            raise trouble
        stop.set()
        return whole_step()

    monkeypatch.setattr(sender, "step", step)
    with capture_logs() as logs:
        sender.run(stop)
    assert [line["event"] for line in logs] == ["outbox_waits_for_database"]
    assert box.states() == {1: "sent"}


def test_a_claim_that_was_overtaken_is_taken_anew(box: Box, port: ScriptedPort, monkeypatch: pytest.MonkeyPatch) -> None:
    """The transaction is repeated when a message is no longer as it was read; nothing is lost and nothing sent twice."""
    from recharge.outbox import rows

    for order in (1, 2):
        box.put(order)
    whole_look, looks = rows._locked_due, []

    def look_once_too_early(*arguments: object) -> dict[int, int]:
        looks.append(1)
        found = whole_look(*arguments)  # type: ignore[arg-type]
        return {**found, 999: 0} if len(looks) == 1 else found

    monkeypatch.setattr(rows, "_locked_due", look_once_too_early)
    assert box.sender(port).step() == 2
    assert port.orders == ["1", "2"]


def test_a_message_shows_neither_text_nor_address_in_a_log(box: Box, port: ScriptedPort) -> None:
    box.put(1)
    box.sender(port).step()
    shown = repr(port.handed[0])
    assert "13800138000" not in shown
    assert "12345.67" not in shown


def test_a_database_that_stays_away_is_told_to_the_caller(box: Box, port: ScriptedPort, monkeypatch: pytest.MonkeyPatch) -> None:
    box.put(1)

    def away(self: Database, work: object) -> list[Message]:
        raise DatabaseBusy

    monkeypatch.setattr(Database, "retrying", away)
    with pytest.raises(DatabaseBusy):
        box.sender(port).step()
    assert port.handed == []
