"""Service passwords: six digits that nobody guesses first, and what a run of wrong ones leads to."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from recharge.domain.errors import Refusal, RefusalCode

LENGTH = 6


@dataclass(frozen=True, slots=True)
class TryRules:
    """After `pause_after` wrong tries in a row a pause begins; after `lock_after` somebody must reset the password."""

    pause_after: int = 3
    pause: timedelta = timedelta(minutes=15)
    lock_after: int = 5


@dataclass(slots=True)
class TryState:
    """Wrong tries counted across all channels, changed in memory while its row is locked."""

    tries: int
    locked_until: datetime | None
    locked: bool

    def check_open(self, now: datetime) -> None:
        """Raises Refusal(PASSWORD_LOCKED) while no try is allowed."""
        if self.locked:
            raise Refusal(RefusalCode.PASSWORD_LOCKED)
        if self.locked_until is not None and now < self.locked_until:
            minutes = -(-int((self.locked_until - now).total_seconds()) // 60)
            raise Refusal(RefusalCode.PASSWORD_LOCKED, {"minutes": max(1, minutes)})

    def wrong(self, now: datetime, rules: TryRules) -> Refusal:
        """Count a wrong try; the refusal says how many are left before the lock."""
        self.tries += 1
        if self.tries >= rules.lock_after:
            self.locked = True
        elif self.tries >= rules.pause_after:
            self.locked_until = now + rules.pause
        return Refusal(RefusalCode.WRONG_PASSWORD, {"left": max(0, rules.lock_after - self.tries)})

    def right(self) -> bool:
        """Forget earlier wrong tries; True when there was something to forget."""
        changed = self.tries != 0 or self.locked_until is not None
        self.tries, self.locked_until = 0, None
        return changed


def check_new(digits: str, endpoint_tail: str = "") -> None:
    """Raises Refusal(WEAK_PASSWORD) for anything that is not six digits or is among the first a thief tries."""
    if len(digits) != LENGTH or not (digits.isascii() and digits.isdigit()):
        raise Refusal(RefusalCode.WEAK_PASSWORD)
    if _is_common(digits) or (endpoint_tail and digits == endpoint_tail[-LENGTH:]):
        raise Refusal(RefusalCode.WEAK_PASSWORD)


def _is_common(digits: str) -> bool:
    steps = {(int(after) - int(before)) % 10 for before, after in pairwise(digits)}
    one_step = len(steps) == 1 and steps <= {0, 1, 9}
    halves = digits[:3] == digits[3:] or digits[:2] * 3 == digits
    return one_step or halves or digits in _COMMON or _is_date(digits)


_COMMON = frozenset(
    {
        "112233",
        "123123",
        "123321",
        "520131",
        "521521",
        "168168",
        "888666",
        "666888",
        "147258",
        "159357",
        "131452",
        "110120",
    }
)


def _is_date(digits: str) -> bool:
    """Whether it reads as a birthday: YYMMDD or DDMMYY."""
    return any(1 <= month <= 12 and 1 <= day <= 31 for month, day in _month_days(digits))


def _month_days(digits: str) -> list[tuple[int, int]]:
    first, middle, last = int(digits[:2]), int(digits[2:4]), int(digits[4:])
    return [(middle, last), (middle, first)]
