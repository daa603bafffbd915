"""Which message of ours each of a centre's ids stands for: what is awaited now, and what is to be written down of it (stk_sms.awaiting)."""

from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from stk_sms.smpp.receipts import Receipt, plain, spellings
from stk_sms.transport import DeliveryState

# What another process sent is written down by then.
_LOOKED_UP_AFTER_SECONDS = 2.0
Settled = tuple[str, Receipt]
"""The reference of a message of ours, and what became of it."""


@dataclass(frozen=True, slots=True)
class Awaited:
    """An id of the centre's (`plain`) that a receipt is awaited for. `parts`: the ids of all parts of its message, itself among them."""

    message_id: str
    reference: str
    recipient: str
    parts: tuple[str, ...]


Changes = Mapping[str, Awaited | None]
"""By id: what is awaited now, or None where nothing is any more."""


@dataclass(slots=True)
class _Message:
    """The parts of a message that nothing was heard of, and whether it has been told of."""

    open: set[str]
    told: bool = False


@dataclass(slots=True)
class _Early:
    """A receipt for an id that is not known."""

    came: float
    receipt: Receipt
    looked_up: bool = False


class ReceiptBook:
    """A receipt may come before the answer that names its id, in another process than that which sent the message, or after a restart.

    Times are seconds of any clock that only rises.
    """

    def __init__(self, most: int = 100_000, early_seconds: float = 60.0) -> None:
        self._most, self._early_seconds = most, early_seconds
        self._awaited: OrderedDict[str, tuple[Awaited, _Message]] = OrderedDict()
        self._early: OrderedDict[str, _Early] = OrderedDict()
        self._changes: dict[str, Awaited | None] = {}

    def __len__(self) -> int:
        return len(self._awaited)

    def sent(self, reference: str, recipient: str, message_ids: tuple[str, ...], now: float) -> list[Settled]:
        """A message went out under these ids; receipts that were here before it, as `match` gives them."""
        # Some centres name no id: no receipt can name it either.
        ids = tuple(plain(message_id) for message_id in message_ids if message_id)
        made = [Awaited(message_id, reference, recipient, ids) for message_id in ids]
        for one in made:
            self._change(one.message_id, one)
        return self._await(made, now)

    def match(self, receipt: Receipt, now: float) -> list[Settled]:
        """The reference the receipt settles, if any: of several parts the first bad one, or the last good one.

        A receipt for an id that is not known yet is kept a while.
        """
        key = self._key(receipt)
        if key is None:
            self._forget_early(now)
            self._early[receipt.message_id] = _Early(now, receipt)
            while len(self._early) > self._most:
                self._early.popitem(last=False)
            return []
        awaited, message = self._awaited[key]
        if not receipt.state.final:
            return [(awaited.reference, receipt)] if len(message.open) == 1 and not message.told else []
        del self._awaited[key]
        self._change(key, None)
        return self._settle(key, awaited, message, receipt)

    def take_changes(self) -> Changes:
        """What is to be written down since the last call."""
        changes, self._changes = self._changes, {}
        return changes

    def give_back(self, changes: Changes) -> None:
        """They could not be written down; what has changed since then stands."""
        self._changes = {**changes, **self._changes}

    def unknown(self, now: float) -> list[str]:
        """Ids, in all their spellings, of receipts that came a moment ago for nothing known here. Each is given once."""
        self._forget_early(now)
        wanted = [one for one in self._early.values() if not one.looked_up and now - one.came >= _LOOKED_UP_AFTER_SECONDS]
        for one in wanted:
            one.looked_up = True
        return [spelt for one in wanted for spelt in spellings(one.receipt.message_id)]

    def look_up_again(self) -> None:
        """Nobody could say what the unknown ids are."""
        for one in self._early.values():
            one.looked_up = False

    def restore(self, written: Iterable[Awaited], now: float) -> list[Settled]:
        """What was written down of some ids, all parts of their messages; receipts that were here before it, as `match` gives them."""
        return self._await([one for one in written if one.message_id not in self._awaited], now)

    def _await(self, made: Iterable[Awaited], now: float) -> list[Settled]:
        messages: dict[tuple[str, ...], _Message] = defaultdict(lambda: _Message(set()))
        for one in made:
            messages[one.parts].open.add(one.message_id)
            self._awaited[one.message_id] = (one, messages[one.parts])
        while len(self._awaited) > self._most:
            # It stays written down.
            self._awaited.popitem(last=False)
        self._forget_early(now)
        found = []
        for receipt in [early.receipt for early in self._early.values() if self._key(early.receipt) is not None]:
            del self._early[receipt.message_id]
            found += self.match(receipt, now)
        return found

    def _settle(self, key: str, awaited: Awaited, message: _Message, receipt: Receipt) -> list[Settled]:
        message.open.discard(key)
        bad = receipt.state is not DeliveryState.DELIVERED
        if message.told or (message.open and not bad):
            return []
        message.told = True
        for other in message.open:
            # Nothing that comes of them is told: no other process is to begin with them anew.
            self._change(other, None)
        return [(awaited.reference, receipt)]

    def _change(self, key: str, now: Awaited | None) -> None:
        self._changes[key] = now
        if len(self._changes) > self._most:
            del self._changes[next(iter(self._changes))]

    def _key(self, receipt: Receipt) -> str | None:
        """Another spelling counts only where the phone agrees: 10 and 0x10 are both ids of somebody."""
        exact, *others = spellings(receipt.message_id)
        if exact in self._awaited:
            return exact
        return next((key for key in others if key in self._awaited and self._same_phone(key, receipt)), None)

    def _same_phone(self, key: str, receipt: Receipt) -> bool:
        tail = receipt.recipient[-8:]
        return bool(tail) and self._awaited[key][0].recipient.endswith(tail)

    def _forget_early(self, now: float) -> None:
        while self._early and now - next(iter(self._early.values())).came > self._early_seconds:
            self._early.popitem(last=False)
