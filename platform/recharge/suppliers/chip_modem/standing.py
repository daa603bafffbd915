"""How a chip stands in the books, and its quarantine: from whatever was odd until the operator's word, or an answer to a question."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from gsm.modem.startup import Identity
from recharge.books.chip_statements import AWAY, HELD, NO_RULE, PAUSED, QUARANTINED, READY, ChipBook, ChipOrder, ChipRow
from recharge.clock import Clock
from recharge.domain.outcomes import Outcome, OutcomeState
from recharge.suppliers.chip_modem.settings import ChipSettings

# How long a chip rests after something odd where its operator cannot be asked anything.
_REST = timedelta(minutes=1)
_ASK_EVERY = timedelta(seconds=30)
# Orders in a row without a word of the operator's that one can read, after which only a person lets the chip go on.
MOST_WITHOUT_WORD = 2
_log = structlog.get_logger(__name__)


class Standing:
    """State and reason of one chip. Called from the slot's thread; `state` may be read from any."""

    def __init__(self, book: ChipBook, row: ChipRow, settings: ChipSettings, clock: Clock) -> None:
        self._book, self._clock, self._settings = book, clock, settings
        self._iccid, self._link_code = row.iccid, row.link_code
        self.state, self.reason = row.state, row.reason
        self._odd: tuple[str, datetime] | None = None
        self._without_word = 0
        self._asked_at: datetime | None = None
        self._forgiven_until: datetime | None = None

    def set(self, state: str, reason: str) -> None:
        """Write it down."""
        self.state, self.reason = state, reason[:80]
        self._book.change_chip(self._iccid, self._clock.now(), state=state, reason=self.reason)
        _log.warning("chip_state", link=self._link_code, state=state, why=reason)

    def came_up(self, row: ChipRow, slot: str, identity: Identity) -> None:
        """A modem with this chip is ready: in its own slot it works, or stays paused; in another one it is held."""
        home = row.slot or slot
        moved = home != slot
        state, reason = (HELD, f"moved to {slot}") if moved else (READY, "")
        if row.state == PAUSED and not moved:
            state, reason = row.state, row.reason
        values = {"slot": home, "seen_in": slot, "imei": identity.imei, "pin_tried": False, "state": state, "reason": reason[:80]}
        self._book.change_chip(self._iccid, self._clock.now(), **values)
        self.state, self.reason = state, reason[:80]
        if moved:
            _log.error("chip_held", link=self._link_code, why=reason)

    def went_down(self, why: str, *, given_up: bool) -> None:
        """The modem is not usable."""
        if self.state != PAUSED:
            self.set(QUARANTINED if given_up or why not in {"gone", "stopped"} else AWAY, why)
        self._book.change_chip(self._iccid, self._clock.now(), seen_in="")

    def takes_over(self, row: ChipRow) -> bool:
        """Stand as the books say, when a person changed them; whether one has. One who frees a chip has looked at what was odd."""
        if (row.state, row.reason) == (self.state, self.reason):
            return False
        self.state, self.reason = row.state, row.reason
        if row.state == READY:
            self._odd, self._without_word, self._forgiven_until = None, 0, self._clock.now()
        return True

    # Quarantine.

    def odd(self, why: str) -> None:
        """Something that no order explains: nothing is sold until the operator has answered a question."""
        self._odd = self._odd or (why, self._clock.now())

    def heard(self) -> None:
        """The operator said how an order ended, at once or late."""
        self._without_word = 0

    def unheard(self, outcome: Outcome) -> None:
        """An order got no answer, or none that one can read: it ended, or will, by other evidence."""
        self.odd(outcome.code)
        if outcome.state is OutcomeState.NOT_SENT:
            return
        self._without_word += 1
        if self._without_word >= MOST_WITHOUT_WORD and self.state != PAUSED:
            self.set(PAUSED, f"unheard {outcome.code}")

    def answered(self) -> None:
        """The operator answered a question in words one can read."""
        self._odd = None

    def weigh(self, orders: Sequence[ChipOrder]) -> None:
        """Begin or end the quarantine of a chip whose modem works."""
        why = self._doubt(orders)
        if why and self.state == READY:
            self._asked_at = None
            self.set(QUARANTINED, why)
        elif not why and self.state == QUARANTINED:
            self.set(READY, "")

    def wants_to_ask(self) -> bool:
        """Whether it is time for a question that may end the quarantine; asked at once, then every half minute."""
        can_ask = bool(self._settings.stock or self._settings.last)
        now = self._clock.now()
        if self.state != QUARANTINED or not can_ask or (self._asked_at is not None and now - self._asked_at < _ASK_EVERY):
            return False
        self._asked_at = now
        return True

    def _doubt(self, orders: Sequence[ChipOrder]) -> str:
        """Why nothing may be sold now; "" where all is well."""
        now = self._clock.now()
        if self._odd is not None and not (self._settings.stock or self._settings.last) and now - self._odd[1] >= _REST:
            self._odd = None
        settle = timedelta(seconds=self._settings.settle_seconds)
        for order in orders:
            # Words that nobody can read would come again with the next order; mere silence may have been the network's.
            lasts = order.code == NO_RULE or now - order.sent_at < settle
            forgiven = self._forgiven_until is not None and order.sent_at <= self._forgiven_until
            if order.is_unanswered and lasts and not forgiven:
                return order.code or order.state
        return self._odd[0] if self._odd is not None else ""
