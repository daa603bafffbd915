"""What every business asks for: numbers, amounts, passwords, confirmations; and when enough wrong keys are enough."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from ivr.desk import Desk
from ivr.steps import Ask, Keys, Talk, ask, say, work
from ivr.voice import Voice
from recharge import BadAmount, Refusal, RefusalCode, parse_amount

MOST_BAD = 3
_LONGEST = 24
_KEYED_SECONDS = 5.0
_PASSWORD_DIGITS = 6
BACK = "*"


class Enough(Exception):
    """So many wrong inputs one after another that the call ends."""


class GoBack(Exception):
    """The caller wants the menu."""


class Confirmed(Enum):
    """What a caller says to what was read back."""

    YES = auto()
    AGAIN = auto()


Check = Callable[[str], Refusal | None]


@dataclass
class Conversation:
    """One call's. Wrong inputs are counted until a business comes to its end."""

    desk: Desk
    voice: Voice
    bad: int = 0

    def done(self) -> None:
        """A business came to its end: wrong inputs before it count no more."""
        self.bad = 0

    def wrong(self, *prompts: str) -> Talk[None]:
        """Tell the caller that this was not right. Raises Enough at the third time."""
        self.bad += 1
        if self.bad >= MOST_BAD:
            raise Enough
        yield from say(*prompts)

    def refused(self, refusal: Refusal) -> Talk[None]:
        """Tell why not; a wrong password is a wrong input."""
        prompts = self.voice.refusal(refusal)
        if refusal.code is RefusalCode.WRONG_PASSWORD and refusal.facts.get("left") != 0:
            yield from self.wrong(*prompts)
        else:
            yield from say(*prompts)

    def choice(self, prompts: Sequence[str], keys: str, *, fresh: bool = False) -> Talk[str]:
        """One of these keys."""
        while True:
            told = yield from ask(Ask(tuple(prompts), fresh=fresh))
            if told.digits and told.digits in keys:
                return told.digits
            # Keys that follow a wrong one were meant for other questions.
            fresh = True
            yield from self.wrong("bad/key" if told.digits else "bad/silence")

    def number(self, *prompts: str) -> Talk[str]:
        """A customer's number that can be served. Raises GoBack."""
        return (yield from self._keyed(prompts, self._number_wrong))

    def amount(self, prompt: str, check: Callable[[int], Refusal | None]) -> Talk[int]:
        """An amount in minor units, with the star key for the decimal point. Raises GoBack."""
        digits = self.voice.minor_digits

        def problem(keyed: str) -> Talk[list[str]]:
            try:
                amount_minor = parse_amount(keyed.replace(BACK, "."), digits)
            except BadAmount:
                return ["refusal/bad_amount"]
            if amount_minor == 0:
                return ["refusal/bad_amount"]
            refusal = yield from work(lambda: check(amount_minor))
            return self._unless_busy(refusal)

        keyed = yield from self._keyed((prompt,), problem)
        return parse_amount(keyed.replace(BACK, "."), digits)

    def password(self, prompt: str = "enter/password") -> Talk[str]:
        """Six digits. Raises GoBack."""

        def problem(keyed: str) -> Talk[list[str]]:
            yield from ()
            return [] if len(keyed) == _PASSWORD_DIGITS and keyed.isdigit() else ["bad/password"]

        return (yield from self._keyed((prompt,), problem))

    def party(self) -> Talk[str]:
        """Digits that name another party. Raises GoBack."""

        def problem(keyed: str) -> Talk[list[str]]:
            yield from ()
            return [] if keyed.isdigit() else ["refusal/unknown_party"]

        return (yield from self._keyed(("enter/party",), problem))

    def confirm(self, *prompts: str) -> Talk[Confirmed]:
        """What was understood is read back whole, and a key pressed from then on says whether it is right. Raises GoBack."""
        told = yield from self.choice([*prompts, "confirm"], "12" + BACK, fresh=True)
        if told == BACK:
            raise GoBack
        return Confirmed.YES if told == "1" else Confirmed.AGAIN

    def _number_wrong(self, keyed: str) -> Talk[list[str]]:
        refusal = yield from work(lambda: self.desk.check_number(keyed))
        return self._unless_busy(refusal)

    def _unless_busy(self, refusal: Refusal | None) -> list[str]:
        """A check made early spares the caller the rest; where it cannot be made, the order itself will tell."""
        return [] if refusal is None or refusal.code is RefusalCode.BUSY else self.voice.refusal(refusal)

    def _keyed(self, prompts: Sequence[str], problem: Callable[[str], Talk[list[str]]]) -> Talk[str]:
        fresh = False
        while True:
            told: Keys = yield from ask(Ask(tuple(prompts), _LONGEST, _KEYED_SECONDS, fresh))
            if told.digits == BACK:
                raise GoBack
            wrong = ["bad/silence"] if not told.digits else (yield from problem(told.digits))
            if not wrong:
                return told.digits
            fresh = True
            yield from self.wrong(*wrong)
