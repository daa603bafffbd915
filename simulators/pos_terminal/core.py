"""What every function of the terminal uses: its memory, its line, and the outcome that is being made."""

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Final

from simulators.pos_terminal.checks import is_accepted
from simulators.pos_terminal.exchange import Answer, Exchange
from simulators.pos_terminal.faults import Faults
from simulators.pos_terminal.memory import Memory, State
from simulators.pos_terminal.messages import Message
from simulators.pos_terminal.outcome import Outcome
from simulators.pos_terminal.slips import Slip

_NOTHING_ASKED: Final = "0"
SIGN_IN_WISH: Final = "3"
# Codes that say that keys or batch are not the host's: signing in puts them right.
SIGN_IN_CODES: Final = frozenset({"77", "97", "99", "A0"})
_BEIJING: Final = timezone(timedelta(hours=8))


class MustSignIn(Exception):
    """The terminal has no work keys."""


class BadAnswer(Exception):
    """A success that lacks what it should have brought."""


class CannotDo(Exception):
    """The terminal itself refuses; `why` is the name of a text."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def beijing_time() -> datetime:
    """The clock of a terminal nobody has set: the machine's, in the field's time zone."""
    return datetime.now(_BEIJING)


class Core:
    """Memory, exchange, faults and the outcome of the operation that runs."""

    def __init__(self, memory: Memory, exchange: Exchange, now: Callable[[], datetime] = beijing_time) -> None:
        self.memory, self.exchange, self.now = memory, exchange, now
        self.outcome, self.faults = Outcome(), Faults()
        self.wishes: list[str] = []
        self.signed_in_again = False

    @property
    def state(self) -> State:
        """The memory's content."""
        return self.memory.state

    def begin(self, faults: Faults | None) -> Outcome:
        """A new operation."""
        self.outcome, self.faults, self.wishes = Outcome(), faults or Faults(), []
        self.signed_in_again = False
        return self.outcome

    def must_be_signed_in(self) -> None:
        """Raises MustSignIn."""
        if not self.state.signed_in:
            raise MustSignIn

    async def ask(self, message: Message, faults: Faults | None = None) -> Answer:
        """Ask, and note what the host wants of the terminal. Raises as Exchange.ask does."""
        answer = await self.exchange.ask(message, faults)
        if answer.wish != _NOTHING_ASKED:
            self.wish(answer.wish)
        self.note_code(answer.code)
        return answer

    def note_code(self, code: str) -> None:
        """Some refusals are put right by signing in."""
        if code in SIGN_IN_CODES:
            self.wish(SIGN_IN_WISH)

    def wish(self, wish: str) -> None:
        """Something to be done after the operation, each once."""
        if wish not in self.wishes:
            self.wishes.append(wish)

    async def enquire(self, message: Message) -> Answer | None:
        """Ask something that moves no money; a refusal is shown, and None."""
        answer = await self.ask(message, self.faults)
        self.outcome.answer = answer.message
        if is_accepted(answer.message):
            self.outcome.end("done", answer.code)
            return answer
        self.refused(answer)
        return None

    def refused(self, answer: Answer) -> None:
        """Show why not."""
        self.outcome.end("refused", answer.code)
        self.outcome.show("refused", answer.code)
        self.outcome.show(f"code.{answer.code}")

    def trace(self) -> str:
        """The next trace, already kept: a power cut does not bring it back."""
        trace = self.state.next_trace()
        self.memory.keep()
        return trace

    def print(self, slip: Slip) -> None:
        """Print, and keep for printing again."""
        self.state.print(slip)
        self.outcome.slips.append(slip)
