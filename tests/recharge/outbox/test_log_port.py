"""The log port: every message counts as told, and the log never says what it said."""

from dataclasses import replace
from datetime import UTC, datetime

from structlog.testing import capture_logs

from recharge.outbox.log_port import LogPort
from recharge.outbox.port import Message, MessageState, SendResult

MESSAGE = Message(
    id=10,
    order_number="1",
    kind="succeeded",
    recipient="agent",
    channel="web",
    address="13800138000",
    language="zh_CN",
    text="充值成功：13800138000 50.00，余额12345.67。",
    state=MessageState.WAITING,
    created_at=datetime(2026, 11, 21, 4, 0, tzinfo=UTC),
)


def test_every_message_is_sent() -> None:
    port = LogPort()
    for channel in ("web", "sms", "ivr", "pos"):
        assert port.send(replace(MESSAGE, channel=channel)) is SendResult.SENT


def test_one_line_says_which_message_it_was() -> None:
    with capture_logs() as logs:
        LogPort().send(MESSAGE)
    assert logs == [
        {
            "event": "message_logged",
            "log_level": "info",
            "order_number": "1",
            "message_kind": "succeeded",
            "recipient": "agent",
            "channel": "web",
            "language": "zh_CN",
        }
    ]


def test_the_line_says_neither_text_nor_address() -> None:
    with capture_logs() as logs:
        LogPort().send(MESSAGE)
    assert "13800138000" not in str(logs)
    assert "12345.67" not in str(logs)
