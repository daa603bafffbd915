"""A database on which something else happens between the two halves of a transaction (books/database.py `in_two_halves`)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import Connection

from recharge.books.database import Database


class OvertakenDatabase(Database):
    """`meanwhile` is carried out once, when the next reader has closed its sight of the books; `looks` counts the readers."""

    meanwhile: Callable[[], object] | None = None
    looks = 0

    @contextmanager
    def read(self, *, unchanging: bool = False) -> Iterator[Connection]:
        """As ever; then what happens meanwhile."""
        with super().read(unchanging=unchanging) as connection:
            yield connection
        self.looks += 1
        happens, self.meanwhile = self.meanwhile, None
        if happens is not None:
            happens()
