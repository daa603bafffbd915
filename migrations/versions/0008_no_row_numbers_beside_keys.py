"""no row numbers beside keys: on SQLite, the books' busiest tables are kept by their primary key alone"""

from alembic import op

revision = "0008"
down_revision = "0007"

# Each row of these stood in two trees, one by a number nobody asks for and one by the key; MariaDB keeps rows by the key anyway.
_TABLES = ("request", "entry", "posting", "seal")


def upgrade() -> None:
    if op.get_bind().dialect.name != "sqlite":
        return
    for name in _TABLES:
        with op.batch_alter_table(name, recreate="always", table_kwargs={"sqlite_with_rowid": False}):
            pass


def downgrade() -> None:
    raise NotImplementedError("migrations run forward")
