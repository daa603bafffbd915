"""The small province, built once and copied from then on: building it takes sixty transactions, copying it takes one."""

from dataclasses import dataclass
from typing import Any

from recharge.books.tables.metadata import metadata
from tests.support.world import MORNING, World

Rows = dict[str, list[tuple[Any, ...]]]


@dataclass(frozen=True, slots=True)
class _Picture:
    """Everything that stood in the books when the province was built, by tables that have rows."""

    rows: Rows
    last_id: int
    link_id: int


_pictures: dict[bool, _Picture] = {}


class Province(World):
    """A World that starts from the picture of an earlier one, where there is one of this kind of database."""

    def _build(self) -> None:
        picture = _pictures.get(self.database.is_sqlite)
        if self.clock.moment != MORNING:
            super()._build()
        elif picture is None:
            super()._build()
            _pictures[self.database.is_sqlite] = _Picture(self._all_rows(), self.ids._last, self.link_id)
        else:
            self._copy(picture)

    def _all_rows(self) -> Rows:
        with self.database.read() as connection:
            names = [table.name for table in metadata.sorted_tables]
            rows = {name: [tuple(row) for row in self.database.rows(connection, f"SELECT * FROM {name}")] for name in names}
        return {name: found for name, found in rows.items() if found}

    def _copy(self, picture: _Picture) -> None:
        with self.database.write() as connection:
            for name, rows in picture.rows.items():
                # What the migrations left; nothing else is in an empty database.
                self.database.change(connection, f"DELETE FROM {name}")
                marks = ", ".join("?" for _ in rows[0])
                self.database.change_many(connection, f"INSERT INTO {name} VALUES ({marks})", rows)
        # Ids go on after those of the picture, as they would have.
        self.ids._last, self.link_id = picture.last_id, picture.link_id
