"""The small province, built once and copied from then on: building it takes sixty transactions, copying it takes one."""

from dataclasses import dataclass

from recharge.books.ids import IdMaker
from recharge.engine.administration import Administration
from tests.support.picture import Picture, put_back, taken
from tests.support.world import MORNING, ManualClock, World


@dataclass(frozen=True, slots=True)
class _Built:
    """What stood in the books when the province was built, in the morning."""

    picture: Picture
    last_id: int
    link_id: int


_built: dict[bool, _Built] = {}


class Province(World):
    """A World that was built in the morning, whatever its clock says since, and is a copy of an earlier one where there is one."""

    def _build(self) -> None:
        if self.clock.now() < MORNING:
            super()._build()
            return
        built = _built.get(self.database.is_sqlite)
        if built is None:
            built = _built[self.database.is_sqlite] = self._build_in_the_morning()
        else:
            put_back(self.database, built.picture)
        # Ids go on after those of the picture, as they would have.
        self.ids._last, self.link_id = max(self.ids._last, built.last_id), built.link_id

    def _build_in_the_morning(self) -> _Built:
        ids, office, morning = self.ids, self.office, ManualClock()
        self.ids = IdMaker(1, morning)
        self.office = Administration(self.database, self.ids, morning, self.keys)
        super()._build()
        built = _Built(taken(self.database), self.ids._last, self.link_id)
        self.ids, self.office = ids, office
        return built
