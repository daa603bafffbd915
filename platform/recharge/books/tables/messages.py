"""Outbox: messages to agents and customers, written in the same transaction as the fact they tell."""

from sqlalchemy import Column, Index, Integer, String, Table, UniqueConstraint

from recharge.books.tables.metadata import Code, Facts, Id, UtcMoment, id_column, metadata

outbox = Table(
    "outbox",
    metadata,
    id_column(),
    Column("order_id", Id, nullable=False),
    Column("kind", Code, nullable=False, comment="succeeded, failed, reversed, reversal_failed, received, ..."),
    Column("recipient", Code, nullable=False, comment="agent or customer"),
    Column("endpoint_id", Id, nullable=False, comment="the agent's endpoint that asked"),
    Column("channel", Code, nullable=False, comment="which sender port carries it"),
    Column("address", String(32), nullable=False, comment="number or identity it goes to"),
    Column("language", Code, nullable=False),
    Column("facts", Facts, nullable=False, comment="JSON: what its text needs"),
    Column("state", Code, nullable=False, comment="waiting, sent, delivered or failed"),
    Column("tries", Integer, nullable=False),
    Column("due_at", UtcMoment, nullable=True),
    Column("created_at", UtcMoment, nullable=False),
    Column("sent_at", UtcMoment, nullable=True),
    # An order may fail to be reversed more than once, and each time is told.
    UniqueConstraint("order_id", "recipient", "kind", "created_at"),
    Index(None, "due_at"),
)
