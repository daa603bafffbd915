"""The one MetaData, its naming convention, and the column types that are the same on SQLite and MariaDB."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, Column, DateTime, Dialect, Integer, LargeBinary, MetaData, String, Table, Text, event
from sqlalchemy.dialects import mysql
from sqlalchemy.types import TypeDecorator

from recharge.clock import stored

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "pk": "pk_%(table_name)s",
    }
)


@event.listens_for(Table, "after_parent_attach")
def _same_everywhere(table: Table, parent: object) -> None:
    """Text is compared as SQLite does, whatever the database server's own habit: "a" and "A" are two references, two user names."""
    if parent is metadata:
        for dialect in ("mysql", "mariadb"):
            table.dialect_kwargs.update(
                {f"{dialect}_engine": "InnoDB", f"{dialect}_charset": "utf8mb4", f"{dialect}_collate": "utf8mb4_bin"}
            )


_STAMP_LENGTH = len("2026-11-20 09:00:00.000000")


def stamp(moment: datetime) -> str:
    """An aware moment as both databases store it: UTC text with microseconds, which sorts as time does."""
    utc = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    return utc.isoformat(" ", "microseconds")[:_STAMP_LENGTH]


def moment_of(stored: str | datetime) -> datetime:
    """The aware moment behind a stored value, whichever driver read it."""
    if isinstance(stored, str):
        return datetime.fromisoformat(stored).replace(tzinfo=UTC)
    return stored.replace(tzinfo=UTC)


class UtcMoment(TypeDecorator[datetime]):
    """Aware UTC in Python, DATETIME(6) in MariaDB (TIMESTAMP would end in 2038), text in SQLite."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        kind = mysql.DATETIME(fsp=6) if dialect.name in {"mysql", "mariadb"} else DateTime()
        return dialect.type_descriptor(kind)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else stored(value)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


# SQLite only makes an INTEGER PRIMARY KEY the row's own id; BIGINT would cost it a second index.
Id = BigInteger().with_variant(Integer, "sqlite")
Minor = BigInteger()
Digest = LargeBinary(32).with_variant(mysql.BINARY(32), "mysql", "mariadb")
ShortDigest = LargeBinary(16).with_variant(mysql.BINARY(16), "mysql", "mariadb")
Code = String(24)
Name = String(80)
Facts = Text().with_variant(mysql.MEDIUMTEXT(), "mysql", "mariadb")


class ColumnKinds:
    """Kinds of column for the tables that channels and the close keep of their own."""

    moment = DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
    """Microseconds, so that what came within a second keeps its order; the table's owner keeps UTC in it, without a zone."""
    number = Id
    code = Code
    facts = Facts


def id_column() -> Column[int]:
    """The primary key every table with an id has: made by the program (books/ids.py), never by the database."""
    return Column("id", Id, primary_key=True, autoincrement=False)
