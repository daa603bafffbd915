"""The site's own tables: sessions that can be ended from the server's side."""

from sqlalchemy import BigInteger, Column, DateTime, Index, String, Table

from recharge import metadata

session = Table(
    "web_session",
    metadata,
    Column(
        "token_digest",
        String(64),
        primary_key=True,
        comment="SHA-256 of the cookie's token: a stolen table opens nothing",
    ),
    Column("endpoint_id", BigInteger, nullable=False),
    Column("language", String(24), nullable=False),
    Column("created_at", DateTime, nullable=False),
    Column("seen_at", DateTime, nullable=False),
    Column("address", String(45), nullable=False),
    Index(None, "endpoint_id"),
)
