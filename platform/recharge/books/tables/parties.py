"""Parties, the people who act for them, the endpoints bound to them, and their credentials."""

from sqlalchemy import Boolean, Column, Index, Integer, String, Table, UniqueConstraint

from recharge.books.tables.metadata import Code, Digest, Facts, Id, Name, ShortDigest, UtcMoment, id_column, metadata

party = Table(
    "party",
    metadata,
    id_column(),
    Column("code", String(24), nullable=False, comment="what people call it: P1001"),
    Column("name", Name, nullable=False),
    Column("kind", Code, nullable=False, comment="platform, distributor or point"),
    Column("parent_id", Id, nullable=True),
    Column("path", String(700), nullable=False, comment="ids from the root to itself: /1/7/42/; 36 levels, as long as an index may be"),
    Column("tier_id", Id, nullable=True, comment="its price list and limits"),
    Column("discount_bp", Integer, nullable=True, comment="its own discount, beats the tier's"),
    Column("margin_bp", Integer, nullable=True, comment="its own margin on what is sold below it, beats the tier's"),
    Column("language", Code, nullable=False),
    Column("blocked", Boolean, nullable=False, default=False),
    Column("created_at", UtcMoment, nullable=False),
    UniqueConstraint("code"),
    Index(None, "parent_id"),
    Index(None, "path"),
)

tier = Table(
    "tier",
    metadata,
    id_column(),
    Column("code", String(24), nullable=False),
    Column("name", Name, nullable=False),
    UniqueConstraint("code"),
)

person = Table(
    "person",
    metadata,
    id_column(),
    Column("code", String(24), nullable=False),
    Column("name", Name, nullable=False),
    Column("party_id", Id, nullable=False),
    Column("role", Code, nullable=False, comment="domain/parties.py: owner, salesperson, account_manager, operations, ..."),
    Column("blocked", Boolean, nullable=False, default=False),
    Column("created_at", UtcMoment, nullable=False),
    UniqueConstraint("code"),
    Index(None, "party_id"),
)

endpoint = Table(
    "endpoint",
    metadata,
    id_column(),
    Column("kind", Code, nullable=False),
    Column("identity", String(64), nullable=False),
    Column("party_id", Id, nullable=False),
    Column("person_id", Id, nullable=True),
    Column(
        "address",
        String(32),
        nullable=False,
        default="",
        comment="where messages go: the SIM's number; may differ from the identity",
    ),
    Column("language", Code, nullable=True, comment="beats the party's"),
    Column("blocked", Boolean, nullable=False, default=False),
    Column("created_at", UtcMoment, nullable=False),
    UniqueConstraint("kind", "identity"),
    Index(None, "party_id"),
)

credential = Table(
    "credential",
    metadata,
    id_column(),
    Column("party_id", Id, nullable=False),
    Column("person_id", Id, nullable=False, default=0, comment="0: the party's own service password"),
    Column("salt", ShortDigest, nullable=False),
    Column("mac", Digest, nullable=False, comment="keyed digest, never reversible without the key store"),
    Column("key_version", Integer, nullable=False),
    Column("must_change", Boolean, nullable=False),
    Column("tries", Integer, nullable=False, default=0, comment="wrong ones since the last right one, all channels"),
    Column("locked_until", UtcMoment, nullable=True),
    Column("locked", Boolean, nullable=False, default=False, comment="until somebody resets it"),
    Column("changed_at", UtcMoment, nullable=False),
    UniqueConstraint("party_id", "person_id"),
)

login = Table(
    "login",
    metadata,
    Column("endpoint_id", Id, primary_key=True, autoincrement=False),
    Column("password_hash", String(200), nullable=False, comment="argon2id"),
    Column("tries", Integer, nullable=False, default=0),
    Column("locked_until", UtcMoment, nullable=True),
    Column("changed_at", UtcMoment, nullable=False),
)

audit = Table(
    "audit",
    metadata,
    id_column(),
    Column("at", UtcMoment, nullable=False),
    Column("person_id", Id, nullable=True),
    Column("endpoint_id", Id, nullable=True),
    Column("action", Code, nullable=False),
    Column("object", String(80), nullable=False),
    Column("facts", Facts, nullable=False, comment="JSON, no secrets"),
    Index(None, "at"),
)
