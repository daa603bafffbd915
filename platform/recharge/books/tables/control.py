"""What the processes need among themselves: worker numbers for ids, wrapped secrets, heartbeats."""

from sqlalchemy import Column, Integer, LargeBinary, String, Table, UniqueConstraint

from recharge.books.tables.metadata import Code, UtcMoment, id_column, metadata

worker = Table(
    "worker",
    metadata,
    Column(
        "number",
        Integer,
        primary_key=True,
        autoincrement=False,
        comment="0 to 1023, part of every id made by its holder",
    ),
    Column("holder", String(80), nullable=False),
    Column("seen_at", UtcMoment, nullable=False),
)

secret = Table(
    "secret",
    metadata,
    id_column(),
    Column("purpose", Code, nullable=False, comment="part of the associated data, so that one cannot stand in for another"),
    Column("name", String(64), nullable=False),
    Column("version", Integer, nullable=False),
    Column("wrapped", LargeBinary(1024), nullable=False, comment="AES-256-GCM under the local master key: nonce, tag, text"),
    Column("created_at", UtcMoment, nullable=False),
    UniqueConstraint("purpose", "name", "version"),
)

leader = Table(
    "duty",
    metadata,
    Column("name", Code, primary_key=True, comment="roll-up, sealing, ...: one process at a time"),
    Column("holder", String(80), nullable=False),
    Column("until", UtcMoment, nullable=False),
)
