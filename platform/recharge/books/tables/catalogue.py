"""What is sold: carriers, number ranges, products and the codes agents type, prices by tier, limits."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, String, Table, UniqueConstraint

from recharge.books.tables.metadata import Code, Id, Minor, Name, UtcMoment, id_column, metadata

carrier = Table(
    "carrier",
    metadata,
    id_column(),
    Column("code", String(24), nullable=False),
    Column("name", Name, nullable=False),
    UniqueConstraint("code"),
)

number_range = Table(
    "number_range",
    metadata,
    Column("prefix", String(16), primary_key=True, comment="national digits; the longest match wins"),
    Column("carrier_id", Id, nullable=False),
    Column("province", String(24), nullable=False, default=""),
)

ported_number = Table(
    "ported_number",
    metadata,
    Column("number", String(16), primary_key=True),
    Column("carrier_id", Id, nullable=False),
    Column("since", UtcMoment, nullable=False),
)

product = Table(
    "product",
    metadata,
    id_column(),
    Column("code", String(24), nullable=False, comment="as agents type it, upper case: S10"),
    Column("name", Name, nullable=False),
    Column("kind", Code, nullable=False, comment="recharge or bill_payment"),
    Column("carrier_id", Id, nullable=False),
    Column("fixed_minor", Minor, nullable=True, comment="face value of a fixed denomination"),
    Column("least_minor", Minor, nullable=True, comment="open amount: limits and step"),
    Column("most_minor", Minor, nullable=True),
    Column("step_minor", Minor, nullable=True),
    Column("active", Boolean, nullable=False, default=True),
    UniqueConstraint("code"),
)

price = Table(
    "price",
    metadata,
    id_column(),
    Column("tier_id", Id, nullable=False),
    Column("product_id", Id, nullable=False),
    Column("effective_from", UtcMoment, nullable=False),
    Column("discount_bp", Integer, nullable=False, comment="off the face value, for a point of this tier"),
    Column(
        "margin_bp",
        Integer,
        nullable=False,
        comment="of the face value, for a distributor of this tier, on what is sold below it",
    ),
    UniqueConstraint("tier_id", "product_id", "effective_from"),
)

limits = Table(
    "limits",
    metadata,
    Column("scope", Code, primary_key=True, comment="platform, tier or party"),
    Column("scope_id", Id, primary_key=True, autoincrement=False),
    Column("order_most_minor", Minor, nullable=True),
    Column("day_count", BigInteger, nullable=True),
    Column("day_minor", Minor, nullable=True),
    Column("month_count", BigInteger, nullable=True),
    Column("month_minor", Minor, nullable=True),
)

usage = Table(
    "usage_total",
    metadata,
    Column("scope", Code, primary_key=True),
    Column("scope_id", Id, primary_key=True, autoincrement=False),
    Column("period", String(10), primary_key=True, comment="2026-11-21 or 2026-11"),
    Column("orders", BigInteger, nullable=False),
    Column("face_minor", Minor, nullable=False),
)

usage_accrual = Table(
    "usage_accrual",
    metadata,
    id_column(),
    Column("scope", Code, nullable=False),
    Column("scope_id", Id, nullable=False),
    Column("business_date", String(10), nullable=False),
    Column("orders", BigInteger, nullable=False),
    Column("face_minor", Minor, nullable=False),
)

change = Table(
    "directory_change",
    metadata,
    Column(
        "version",
        Id,
        primary_key=True,
        autoincrement=False,
        comment="made under the lock of directory_version, so it grows in commit order",
    ),
    Column("kind", Code, nullable=False, comment="party, person, endpoint or catalogue"),
    Column("object_id", Id, nullable=False),
)

version = Table(
    "directory_version",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("version", Id, nullable=False),
)

Index(None, price.c.product_id)
