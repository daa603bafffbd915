"""notices to agents' phones"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0004"
down_revision = "0003"

_MOMENT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")


def upgrade() -> None:
    op.create_table(
        "stk_notice",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("msisdn", sa.String(length=20), nullable=False, comment="national digits"),
        sa.Column("text", sa.Text(), nullable=False, comment="what staff wrote; empty for a secured message"),
        sa.Column("user_data", sa.LargeBinary(length=140), nullable=False, comment="a secured message to the card, until it is out"),
        sa.Column("state", sa.String(length=24), nullable=False, comment="waiting, sent or failed"),
        sa.Column("due_at", _MOMENT, nullable=True),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("until", _MOMENT, nullable=False, comment="of no use later"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stk_notice")),
        mariadb_charset="utf8mb4",
        mariadb_collate="utf8mb4_bin",
        mariadb_engine="InnoDB",
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        mysql_engine="InnoDB",
    )
    op.create_index(op.f("ix_stk_notice_due_at"), "stk_notice", ["due_at"], unique=False)


def downgrade() -> None:
    raise NotImplementedError("migrations run forward")
