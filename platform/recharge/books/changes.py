"""How a change of parties or catalogue reaches every process at once: each batch of requests looks at one version number first."""

from sqlalchemy import Connection, select

from recharge.books.tables.catalogue import change, version

THE_ROW = 1
PARTY, PERSON, ENDPOINT, CATALOGUE = "party", "person", "endpoint", "catalogue"


def record_change(connection: Connection, kind: str, object_id: int) -> None:
    """Note, in the transaction that changes it, that cached knowledge of an object is stale.

    The version row is locked until the commit, so versions become visible in their own order and no reader can miss one.
    """
    connection.execute(version.update().where(version.c.id == THE_ROW).values(version=version.c.version + 1))
    now = connection.scalar(select(version.c.version).where(version.c.id == THE_ROW))
    if now is None:
        now = 1
        connection.execute(version.insert().values(id=THE_ROW, version=now))
    connection.execute(change.insert().values(version=now, kind=kind, object_id=object_id))
