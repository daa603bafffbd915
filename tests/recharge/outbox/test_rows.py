"""What pages read of the outbox."""

from datetime import timedelta

from recharge.outbox.port import MessageState
from recharge.outbox.rows import ORDERS_LOOKED_AT, latest_messages, messages_of
from tests.recharge.outbox.conftest import NOON, PARTY, Box, ScriptedPort


def test_the_latest_messages_of_a_party_come_newest_first(box: Box) -> None:
    for order in range(1, 6):
        box.put(order)
        box.book(order, PARTY)
    latest = latest_messages(box.database, PARTY, 3)
    assert [message.order_number for message in latest] == ["5", "4", "3"]


def test_all_endpoints_of_a_party_are_read_and_nobody_elses(box: Box) -> None:
    box.bind(12, PARTY, address="", identity="second")
    box.bind(13, PARTY + 1, address="", identity="stranger")
    box.put(1)
    box.put(2, endpoint_id=12)
    box.put(3, endpoint_id=13)
    for order in (1, 2):
        box.book(order, PARTY)
    # A transfer from one to the other is told to the one who got it.
    box.book(3, PARTY, PARTY + 1)
    assert [message.order_number for message in latest_messages(box.database, PARTY, 10)] == ["2", "1"]
    assert [message.order_number for message in latest_messages(box.database, PARTY + 1, 10)] == ["3"]
    assert latest_messages(box.database, PARTY + 2, 10) == []


def test_news_of_an_earlier_order_comes_before_later_orders(box: Box) -> None:
    """A reversal late in the day: its message is the newest, its order is not."""
    for order in range(1, 21):
        box.put(order)
        box.book(order, PARTY)
    box.put(3, id=9000, kind="reversed")
    assert [(message.order_number, message.kind) for message in latest_messages(box.database, PARTY, 2)] == [
        ("3", "reversed"),
        ("20", "succeeded"),
    ]


def test_only_the_latest_orders_are_looked_through(box: Box) -> None:
    for order in range(1, ORDERS_LOOKED_AT + 6):
        box.book(order, PARTY)
    box.put(5)
    box.put(6)
    assert [message.order_number for message in latest_messages(box.database, PARTY, 50)] == ["6"]


def test_messages_say_how_they_stand(box: Box, port: ScriptedPort) -> None:
    box.put(1)
    box.put(2, state="failed", due_at=None)
    box.put(3, due_at=NOON + timedelta(hours=1))
    for order in (1, 2, 3):
        box.book(order, PARTY)
    box.sender(port).step()
    states = {message.order_number: message.state for message in latest_messages(box.database, PARTY, 10)}
    assert states == {"1": MessageState.SENT, "2": MessageState.FAILED, "3": MessageState.WAITING}


def test_a_message_stays_readable_after_it_was_sent(box: Box, port: ScriptedPort) -> None:
    box.put(1, language="en")
    box.book(1, PARTY)
    before = latest_messages(box.database, PARTY, 1)[0].text
    box.sender(port).step()
    assert latest_messages(box.database, PARTY, 1)[0].text == before == port.handed[0].text


def test_amounts_have_the_currencys_decimals(box: Box) -> None:
    box.put(1)
    box.book(1, PARTY)
    assert "余额1234567" in latest_messages(box.database, PARTY, 1, minor_digits=0)[0].text


def test_the_messages_of_an_order_come_with_when_they_were_sent(box: Box, port: ScriptedPort) -> None:
    box.put(1)
    box.put(1, id=11, recipient="customer", channel="sms", address="13800138000", due_at=NOON + timedelta(minutes=1))
    box.put(2)
    box.sender(port).step()
    with box.database.read() as connection:
        (agent, agent_at), (customer, customer_at) = messages_of(connection, 1)
    assert (agent.recipient, agent_at) == ("agent", NOON)
    assert (customer.recipient, customer_at) == ("customer", None)
