"""Cards that sent something lately, as they were seen then: good enough to prove a message, never enough to believe it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from recharge import AnyRow
from stk_sms.cards.reading import Sights
from stk_sms.cards.records import Card, KeyVersion

# About a kilobyte each. Where more cards than these send, those of a while ago are looked up again.
MOST = 50_000


@dataclass(frozen=True, slots=True)
class Known:
    """A card with the versions of its key set. `rows` are those it was read from, to be compared with what stands now."""

    card: Card
    versions: Mapping[tuple[str, int], KeyVersion]
    rows: frozenset[AnyRow]


class KnownCards:
    """By number, in one process. Safe for threads: what one writes, another finds whole or not at all."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._cards: dict[str, Known] = {}

    def keep(self, sights: Sights) -> None:
        """What was seen just now."""
        if len(self._cards) + len(sights.cards) > self._most:
            self._cards = {}
        for number, card in sights.cards.items():
            versions = {key: version for key, version in sights.versions.items() if version.key_set == card.key_set}
            self._cards[number] = Known(card, versions, frozenset(sights.rows[number]))

    def of(self, numbers: Iterable[str]) -> list[Known] | None:
        """The cards of these numbers, in their order; None where one is not known."""
        found = [self._cards.get(number) for number in numbers]
        known = [card for card in found if card is not None]
        return known if len(known) == len(found) else None
