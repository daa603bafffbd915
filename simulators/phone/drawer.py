"""The drawer with the shop's SIM cards: one file a card, clones among them."""

import re
from pathlib import Path

from simulators.sim_card.card import SimCard

_NAME = re.compile(r"[0-9A-Za-z_-]{1,60}")
_CLONE = "-clone"


class NoSuchCard(LookupError):
    """There is no card of this name in the drawer."""


class Drawer:
    """A folder of card files, NAME.json each."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def names(self) -> list[str]:
        """All cards, clones behind their originals."""
        return sorted(path.stem for path in self._folder.glob("*.json") if _NAME.fullmatch(path.stem))

    def card(self, name: str) -> SimCard:
        """One card. Raises NoSuchCard."""
        path = self._path(name)
        if not path.exists():
            raise NoSuchCard(name)
        return SimCard(path)

    def numbers(self) -> dict[str, str]:
        """The phone number of each card, by name."""
        return {name: self.card(name).msisdn for name in self.names()}

    def clone(self, name: str) -> str:
        """Copy a card with its keys and its counter as they stand now; the copy's name."""
        original = name.partition(_CLONE)[0]
        copy = next(free for number in range(1, 1000) if not self._path(free := f"{original}{_CLONE}{number}").exists())
        self.card(name).clone(self._path(copy))
        return copy

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise NoSuchCard(name)
        return self._folder / f"{name}.json"


def is_clone(name: str) -> bool:
    """Whether a card is a copy."""
    return _CLONE in name
