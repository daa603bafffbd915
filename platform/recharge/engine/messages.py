"""Rows of the outbox: what an order's end, or money that moved, has to tell the agent and the customer."""

from recharge.books.json_text import json_text
from recharge.books.rows import MessageRow, OrderRow
from recharge.domain.requests import Channel

AGENT, CUSTOMER = "agent", "customer"
WAITING = "waiting"
Facts = dict[str, str | int]


def agent_message(new_id: int, row: OrderRow, kind: str, facts: Facts, now_text: str) -> MessageRow:
    """To the endpoint that asked; its address is looked up when the message is sent, because a SIM may change until then."""
    return MessageRow(
        new_id, row.id, kind, AGENT, row.endpoint_id, row.channel, "", row.language, json_text(facts), WAITING, 0, now_text, now_text, None
    )


def customer_message(new_id: int, row: OrderRow, kind: str, facts: Facts, now_text: str) -> MessageRow:
    """By SMS to the number that was recharged."""
    channel = Channel.SMS.value
    return MessageRow(
        new_id,
        row.id,
        kind,
        CUSTOMER,
        row.endpoint_id,
        channel,
        row.number,
        row.language,
        json_text(facts),
        WAITING,
        0,
        now_text,
        now_text,
        None,
    )
