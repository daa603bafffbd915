"""Double-entry books: accounts, entries, postings, accruals, seals. Entries and postings are only ever inserted."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    Index,
    Integer,
    SmallInteger,
    String,
    Table,
    UniqueConstraint,
)

from recharge.books.tables.metadata import Code, Digest, Id, Minor, Name, UtcMoment, id_column, metadata

account = Table(
    "account",
    metadata,
    id_column(),
    Column("kind", Code, nullable=False, comment="deposit, commission, hold, stock, revenue, bank, adjustment, ..."),
    Column("owner_id", Id, nullable=False, comment="party or link; 0 for the platform's own"),
    Column(
        "balance_minor",
        Minor,
        nullable=True,
        comment="kept for deposit (in the same transaction) and commission (by the roll-up) only",
    ),
    Column("floor_minor", Minor, nullable=False, default=0, comment="credit limit as a negative number"),
    Column(
        "version",
        BigInteger,
        nullable=False,
        default=0,
        comment="one more at each change; a writer that saw another one is refused",
    ),
    Column("day", Date, nullable=True, comment="business day the day counters speak of"),
    Column("day_count", BigInteger, nullable=False, default=0),
    Column("day_minor", Minor, nullable=False, default=0),
    Column("month", String(7), nullable=False, default=""),
    Column("month_count", BigInteger, nullable=False, default=0),
    Column("month_minor", Minor, nullable=False, default=0),
    UniqueConstraint("kind", "owner_id"),
    CheckConstraint("balance_minor IS NULL OR balance_minor >= floor_minor", name="floor"),
)

bank_account = Table(
    "bank_account",
    metadata,
    id_column(),
    Column("code", Code, nullable=False, unique=True),
    Column("name", Name, nullable=False),
)

entry = Table(
    "entry",
    metadata,
    Column("order_id", Id, primary_key=True, autoincrement=False),
    Column(
        "step",
        SmallInteger,
        primary_key=True,
        autoincrement=False,
        comment="1 hold, 2 end, 3 reversal: so each happens once",
    ),
    Column("kind", Code, nullable=False),
    Column("business_date", Date, nullable=False),
    Column("at", UtcMoment, nullable=False),
    Index(None, "business_date", "at"),
    sqlite_with_rowid=False,
)

posting = Table(
    "posting",
    metadata,
    Column("order_id", Id, primary_key=True, autoincrement=False),
    Column("step", SmallInteger, primary_key=True, autoincrement=False),
    Column("account_id", Id, primary_key=True, autoincrement=False, comment="one leg an account an entry"),
    Column("amount_minor", Minor, nullable=False, comment="positive: credit, we owe more; negative: debit"),
    sqlite_with_rowid=False,
)

accrual = Table(
    "accrual",
    metadata,
    id_column(),
    Column("account_id", Id, nullable=False),
    Column("amount_minor", Minor, nullable=False),
)

seal = Table(
    "seal",
    metadata,
    Column("business_date", Date, primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("order_id", Id, nullable=False),
    Column("step", SmallInteger, nullable=False),
    Column("hash", Digest, nullable=False),
    UniqueConstraint("order_id", "step"),
    sqlite_with_rowid=False,
)

seal_day = Table(
    "seal_day",
    metadata,
    Column("business_date", Date, primary_key=True),
    Column("algorithm", Code, nullable=False, comment="sm3 or sha256"),
    Column("count", Integer, nullable=False),
    Column("head", Digest, nullable=False),
    Column("closed_at", UtcMoment, nullable=True),
)
