"""What links read replies with: the rules of the day, kept fresh by the dispatcher, and a tray for the texts that none could read."""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from recharge.domain.reply_rules import Reply, ReplyRule, RuleSet, Scope, Unread

MOST_WAITING = 10_000


@dataclass(frozen=True, slots=True)
class UnreadText:
    """A text for the queue of people. `attempt_id` None where it is not known whose reply it is."""

    scope: Scope
    text: str = field(repr=False)
    unread: Unread
    received: datetime
    attempt_id: int | None = None


class ReplyReader:
    """One for all links of a process. Reading touches neither network nor database; safe for threads."""

    def __init__(self, rules: Iterable[ReplyRule] = (), minor_digits: int = 2) -> None:
        self._minor_digits = minor_digits
        self._rules = RuleSet(rules, minor_digits)
        self._tray: deque[UnreadText] = deque(maxlen=MOST_WAITING)
        self._lock = threading.Lock()

    @property
    def rules(self) -> tuple[ReplyRule, ...]:
        """The rules of now, in their order."""
        return self._rules.rules

    def take(self, rules: Iterable[ReplyRule]) -> None:
        """Read by these rules from now on."""
        self._rules = RuleSet(rules, self._minor_digits)

    def read(self, text: str, scope: Scope, received: datetime, attempt_id: int | None = None) -> Reply | None:
        """What a text says, None when it cannot be read: then it counts as unknown, and a person is shown it.

        `scope.link` is the link's code; `attempt_id` the attempt it answers, where the caller knows.
        """
        told = self._rules.read(text, scope, received)
        if isinstance(told, Reply):
            return told
        with self._lock:
            self._tray.append(UnreadText(scope, text, told, received, attempt_id))
        return None

    def peek(self, text: str, scope: Scope, received: datetime) -> Reply | None:
        """What a kept text says by the rules of now; None when it still cannot be read, which is in the queue already."""
        told = self._rules.read(text, scope, received)
        return told if isinstance(told, Reply) else None

    def keep(self, save: Callable[[Sequence[UnreadText]], None]) -> None:
        """Hand the unread texts over; they stay in the tray when `save` raises."""
        with self._lock:
            texts = list(self._tray)
        if not texts:
            return
        save(texts)
        with self._lock:
            for _ in texts:
                self._tray.popleft()
