"""One modem on a pty and a dialect that talks through it; what texts mean is said by the test."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gsm.modem.channel import Event
from gsm.modem.sim_store import Stored
from gsm.modem.slot import Slot, SlotTimes, Talk
from gsm.modem.startup import Identity
from recharge.books.chip_statements import ChipText
from recharge.domain.outcomes import Outcome, OutcomeState
from recharge.domain.reply_rules import Meaning, Reply
from recharge.suppliers.chip_modem.arrivals import Word
from recharge.suppliers.chip_modem.exchange import Dialect, Exchange
from tests.gsm.modem.fake import FakeModem

NUMBER, PIN = "081389092678", "1234"
AT = datetime(2026, 11, 27, 12, tzinfo=UTC)
TIMES = SlotTimes(greet=0.2, tick=0.02, check_every=60, sweep_every=60)
WAIT = 30.0
S = OutcomeState


def said(state: OutcomeState, code: str = "RULE") -> Word:
    """A text that a rule reads as the end of the order."""
    return Word(Outcome(state, AT, code=code))


def question(number: str = "") -> Word:
    """A text that a rule reads as a question."""
    return Word(question=Reply("ASK", Meaning.QUESTION, number=number))


class Stage:
    """`words` says what each text means, None that it speaks of something else; a text that is not in it cannot be read."""

    def __init__(self, modem: FakeModem) -> None:
        self.modem = modem
        self.words: dict[str, Word | None] = {}
        self.heard_texts: list[str] = []
        self.exchange: Exchange | None = None
        self.up_event = threading.Event()
        self.slot = Slot("slot1", lambda: [str(modem.path)] if modem.path.exists() else [], self, TIMES)

    # gsm.modem.slot.SlotUser

    def pin_of(self, iccid: str) -> str | None:
        return None

    def up(self, slot: Slot, identity: Identity) -> None:
        return

    def down(self, slot: Slot, why: str, given_up: bool) -> None:
        return

    def keep(self, slot: Slot, stored: Sequence[Stored]) -> Sequence[Stored]:
        return stored

    def heard(self, slot: Slot, event: Event) -> None:
        return

    def idle(self, slot: Slot) -> None:
        self.up_event.set()

    def take(self, told: ChipText) -> Word | None:
        """What the chip's arrivals would make of a text."""
        self.heard_texts.append(told.text)
        return self.words[told.text] if told.text in self.words else said(S.UNKNOWN, "no_rule")

    def exchange_of(self, **instead: Any) -> Exchange:
        """An order of ten units."""
        values = {"number": NUMBER, "units": "10", "pin": PIN}
        made: dict[str, Any] = {"values": values, "take": self.take, "now": lambda: AT, "seconds": 1.0, "number": NUMBER}
        return Exchange(**(made | instead))

    def carry(self, dialect: Dialect, **instead: Any) -> Outcome:
        """One order through the modem."""
        self.exchange = exchange = self.exchange_of(**instead)
        return self.slot.run(lambda talk: dialect.carry(talk, exchange)).result(WAIT)

    def ask(self, dialect: Dialect, template: str, answer: str) -> str | None:
        """One question through the modem; `answer` begins the text that answers it."""
        exchange = self.exchange_of(seconds=0.5)

        def job(talk: Talk) -> str | None:
            return dialect.ask(talk, template, exchange, lambda text: text.startswith(answer))

        return self.slot.run(job).result(WAIT)


@contextmanager
def on_stage(folder: Path) -> Iterator[Stage]:
    """A stage whose modem is up."""
    with FakeModem(folder / "tty" / "slot1") as modem:
        stage = Stage(modem)
        stage.slot.start()
        try:
            assert stage.up_event.wait(WAIT)
            yield stage
        finally:
            stage.slot.stop()
