"""ids of messages whose delivery reports are awaited"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0011"
down_revision = "0010"

_MOMENT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
_MESSAGE_ID = "the network's, without what is spelt differently in its reports"


def upgrade() -> None:
    op.create_table(
        "stk_awaited",
        sa.Column("link", sa.String(length=32), nullable=False, comment="as the settings name it"),
        sa.Column("message_id", sa.String(length=64), nullable=False, comment=_MESSAGE_ID),
        sa.Column("reference", sa.String(length=80), nullable=False, comment="what the message was, and which one"),
        sa.Column("recipient", sa.String(length=20), nullable=False, comment="the phone's number, or its end"),
        sa.Column("parts", sa.Text(), nullable=False, comment="ids of all parts of the message, by blanks"),
        sa.Column("at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("link", "message_id", name=op.f("pk_stk_awaited")),
        mariadb_charset="utf8mb4",
        mariadb_collate="utf8mb4_bin",
        mariadb_engine="InnoDB",
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        mysql_engine="InnoDB",
    )
    op.create_index(op.f("ix_stk_awaited_at"), "stk_awaited", ["at"], unique=False)


def downgrade() -> None:
    raise NotImplementedError("migrations run forward")
