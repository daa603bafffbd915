"""Ways out: links, what they carry and at what cost, attempts, the answers to them, and the links' health."""

from sqlalchemy import Boolean, Column, Index, Integer, String, Table, Text, UniqueConstraint

from recharge.books.tables.metadata import Code, Facts, Id, Minor, Name, UtcMoment, id_column, metadata

link = Table(
    "link",
    metadata,
    id_column(),
    Column("code", String(24), nullable=False),
    Column("name", Name, nullable=False),
    Column("kind", Code, nullable=False, comment="folder name under suppliers/"),
    Column("settings", Facts, nullable=False, comment="JSON: what the link kind's own settings class reads; no secrets"),
    Column("secret_id", Id, nullable=True, comment="in the key store"),
    Column("paused", Boolean, nullable=False, default=False),
    Column("most_in_flight", Integer, nullable=False),
    Column("reserve_minor", Minor, nullable=False, default=0, comment="stock that is not sold down"),
    UniqueConstraint("code"),
)

route = Table(
    "route",
    metadata,
    id_column(),
    Column("link_id", Id, nullable=False),
    Column("carrier_id", Id, nullable=False),
    Column("province", String(24), nullable=False, default="", comment="'' for everywhere"),
    Column("kind", Code, nullable=False, comment="recharge or bill_payment"),
    Column("cost_bp", Integer, nullable=False, comment="of the face value"),
    Column("priority", Integer, nullable=False, comment="lower is tried first"),
    Column("opens", String(5), nullable=False, default="00:00", comment="local time"),
    Column("closes", String(5), nullable=False, default="24:00"),
    Index(None, "carrier_id"),
)

attempt = Table(
    "attempt",
    metadata,
    id_column(),
    Column("order_id", Id, nullable=False),
    Column("action", Code, nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("link_id", Id, nullable=False),
    Column("state", Code, nullable=False),
    Column("number", String(16), nullable=False),
    Column("face_minor", Minor, nullable=False),
    Column("cost_minor", Minor, nullable=False, comment="what we expect to pay"),
    Column("target_id", Id, nullable=True, comment="a reversal's original attempt"),
    Column("candidates", Facts, nullable=False, comment="JSON: the links looked at and why each was taken or not"),
    Column("claimed_at", UtcMoment, nullable=False),
    Column("supplier_reference", String(64), nullable=False),
    Column("serial_number", String(40), nullable=False),
    Column("charged_minor", Minor, nullable=True),
    Column("delivered_minor", Minor, nullable=True),
    Column("queries", Integer, nullable=False),
    Column("not_found", Integer, nullable=False, comment="consecutive NOT_FOUND answers after the settle window"),
    Column("ended_at", UtcMoment, nullable=True),
    UniqueConstraint("order_id", "action", "ordinal"),
    # What is on its way is counted at each claim: it must not take longer with every order ever sent.
    Index(None, "state", "link_id"),
)

answer = Table(
    "answer",
    metadata,
    id_column(),
    Column("attempt_id", Id, nullable=False),
    Column("order_id", Id, nullable=False),
    Column("at", UtcMoment, nullable=False),
    Column("source", Code, nullable=False),
    Column("state", Code, nullable=False),
    Column("code", String(32), nullable=False),
    Column("text", String(200), nullable=False),
    Column("raw", Text, nullable=False, comment="masked, cut to 2000 characters"),
    Index(None, "order_id"),
)

link_health = Table(
    "link_health",
    metadata,
    Column("link_id", Id, primary_key=True, autoincrement=False),
    Column("breaker", Code, nullable=False, comment="closed, open or half_open"),
    Column("opened_at", UtcMoment, nullable=True),
    Column("window", String(64), nullable=False, comment="latest outcomes, oldest first: . good, x fault, ? unknown"),
    Column("probe_at", UtcMoment, nullable=True),
    Column("stock_minor", Minor, nullable=True, comment="as the supplier last told it"),
    Column("stock_at", UtcMoment, nullable=True),
    Column("version", Integer, nullable=False, default=0),
)

stock_alarm = Table(
    "stock_alarm",
    metadata,
    Column("link_id", Id, primary_key=True, autoincrement=False),
    Column("level", Code, nullable=False, comment="low or out"),
    Column("raised_at", UtcMoment, nullable=False),
    Column("runs_out_at", UtcMoment, nullable=True, comment="as it was forecast when people were told"),
)
