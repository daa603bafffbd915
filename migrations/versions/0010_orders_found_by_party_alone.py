"""a party's orders are found by the party alone: postings need no order of their own by account, which cost eight rows an order"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_index("ix_orders_related_id", "orders", ["related_id"], sqlite_where=sa.text("related_id IS NOT NULL"))
    op.drop_index("ix_posting_account_id_order_id", table_name="posting")
    if op.get_bind().dialect.name == "sqlite":
        return
    # Only MariaDB keeps comments.
    op.alter_column(
        "orders",
        "related_id",
        existing_type=sa.BigInteger(),
        existing_nullable=True,
        comment="the other party of a transfer, or the bank account of a deposit or a purchase",
    )
    op.alter_column("outbox", "state", existing_type=sa.String(24), existing_nullable=False, comment="waiting, sent, delivered or failed")


def downgrade() -> None:
    raise NotImplementedError("migrations run forward")
