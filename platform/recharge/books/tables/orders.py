"""Orders, the one memory of requests, and what people add to an order: events, complaints, cases."""

from sqlalchemy import Boolean, Column, Date, Index, Integer, String, Table, text

from recharge.books.tables.metadata import Code, Facts, Id, Minor, ShortDigest, UtcMoment, id_column, metadata

request = Table(
    "request",
    metadata,
    Column("endpoint_id", Id, primary_key=True, autoincrement=False),
    Column("reference", String(64), primary_key=True),
    Column("body", ShortDigest, nullable=False, comment="domain/requests.py body_hash; zeros for a tombstone"),
    Column("received_at", UtcMoment, nullable=False),
    Column("order_id", Id, nullable=True),
    Column("code", Code, nullable=False, comment="'' when done, a refusal code, or 'voided'"),
    Column("facts", Facts, nullable=False, comment="JSON of the answer that does not live in the order"),
    Index(None, "order_id"),
    sqlite_with_rowid=False,
)

orders = Table(
    "orders",
    metadata,
    id_column(),
    Column("kind", Code, nullable=False),
    Column("state", Code, nullable=False),
    Column("party_id", Id, nullable=False, comment="whose deposit pays"),
    Column("endpoint_id", Id, nullable=False),
    Column("channel", Code, nullable=False),
    Column("language", Code, nullable=False),
    Column("number", String(16), nullable=False, comment="the customer's, national digits; '' when there is none"),
    Column("carrier_id", Id, nullable=True),
    Column("province", String(24), nullable=False),
    Column("product_id", Id, nullable=True),
    Column("face_minor", Minor, nullable=False),
    Column("price_minor", Minor, nullable=False, comment="what the point pays for it"),
    Column(
        "split",
        Facts,
        nullable=False,
        comment="JSON [[commission account, minor units]] frozen when the money was held",
    ),
    Column("repeat_mark", Integer, nullable=False),
    Column("business_date", Date, nullable=False),
    Column("held_at", UtcMoment, nullable=False),
    Column(
        "due_at",
        UtcMoment,
        nullable=True,
        comment="when the dispatcher looks next; also the lease of who is at it; NULL when at rest",
    ),
    Column("lease", String(40), nullable=False, comment="claim token of the dispatcher that is at it"),
    Column("attempt_id", Id, nullable=True, comment="the present attempt"),
    Column("attempts", Integer, nullable=False, comment="how many submits there have been"),
    Column("link_id", Id, nullable=True, comment="where it succeeded"),
    Column("delivered_minor", Minor, nullable=True, comment="face value that reached the customer"),
    Column("cost_minor", Minor, nullable=True, comment="what the supplier took"),
    Column("serial_number", String(40), nullable=False),
    Column("failure", Code, nullable=False, comment="why it failed, as told to the agent"),
    Column("related_id", Id, nullable=True, comment="the other party of a transfer, or the bank account of a deposit or a purchase"),
    Column("ended_at", UtcMoment, nullable=True),
    Index(None, "due_at"),
    Index(None, "party_id", "held_at"),
    Index(None, "number", "held_at"),
    # Such orders are few: SQLite leaves the others out of it.
    Index(None, "related_id", sqlite_where=text("related_id IS NOT NULL")),
)

order_event = Table(
    "order_event",
    metadata,
    id_column(),
    Column("order_id", Id, nullable=False),
    Column("at", UtcMoment, nullable=False),
    Column("kind", Code, nullable=False, comment="no_route, reversal_asked, dispute, quarantine, adjudicated, ..."),
    Column("facts", Facts, nullable=False, comment="JSON"),
    Index(None, "order_id"),
)

complaint = Table(
    "complaint",
    metadata,
    id_column(),
    Column("order_id", Id, nullable=False),
    Column("party_id", Id, nullable=False),
    Column("endpoint_id", Id, nullable=False),
    Column("at", UtcMoment, nullable=False),
    Column("text", String(500), nullable=False),
    Column("open", Boolean, nullable=False),
    Index(None, "order_id"),
)

case = Table(
    "money_case",
    metadata,
    id_column(),
    Column("kind", Code, nullable=False, comment="deposit, adjustment or adjudication"),
    Column("party_id", Id, nullable=False),
    Column("order_id", Id, nullable=True, comment="the order adjudicated, or the one the adjustment made"),
    Column("amount_minor", Minor, nullable=False),
    Column("succeeded", Boolean, nullable=False),
    Column(
        "reference",
        String(80),
        nullable=False,
        comment="a deposit's evidence or an adjudicated success's serial number",
    ),
    Column("reason", String(200), nullable=False),
    Column("debited", String(40), nullable=False, server_default="", comment="a booking's accounts, as domain/account_names.py names them"),
    Column("credited", String(40), nullable=False, server_default=""),
    Column("state", Code, nullable=False, comment="proposed, approved or rejected"),
    Column("maker_id", Id, nullable=False),
    Column("made_at", UtcMoment, nullable=False),
    Column("checker_id", Id, nullable=True),
    Column("checked_at", UtcMoment, nullable=True),
    Index(None, "state"),
)

evidence_used = Table(
    "deposit_evidence",
    metadata,
    Column("evidence", String(80), primary_key=True, comment="bank line or receipt: credited once for ever"),
    Column("order_id", Id, nullable=False),
)
