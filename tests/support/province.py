"""The small province, built once and copied from then on: building it takes sixty transactions, copying it takes one."""

from dataclasses import dataclass

from tests.support.picture import Picture, put_back, taken
from tests.support.world import MORNING, World


@dataclass(frozen=True, slots=True)
class _Built:
    """What stood in the books when the province was built."""

    picture: Picture
    last_id: int
    link_id: int


_built: dict[bool, _Built] = {}


class Province(World):
    """A World that starts from the picture of an earlier one, where there is one of this kind of database."""

    def _build(self) -> None:
        built = _built.get(self.database.is_sqlite)
        if self.clock.moment != MORNING:
            super()._build()
        elif built is None:
            super()._build()
            _built[self.database.is_sqlite] = _Built(taken(self.database), self.ids._last, self.link_id)
        else:
            put_back(self.database, built.picture)
            # Ids go on after those of the picture, as they would have.
            self.ids._last, self.link_id = built.last_id, built.link_id
