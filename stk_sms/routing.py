"""Which link a message leaves by: that of the phone's own network where there is one (on-net is cheaper), another where that is down."""

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from stk_sms.transport import NotSent, Outbound, Sender, SendError

_log = logging.getLogger(__name__)
CarrierOf = Callable[[str], str]
"""The carrier code of a phone's number; empty where it is not known. May block: it looks into the books."""
Sent = tuple[str, tuple[str, ...]]
"""The link that took a message, and the message's ids there."""
_KEPT_SECONDS = 600.0
_MOST_KEPT = 20_000


@dataclass(frozen=True, slots=True)
class Routes:
    """Links by carrier, best first, and those that reach everybody, best first. All by link name."""

    by_carrier: Mapping[str, Sequence[str]]
    otherwise: Sequence[str] = ()

    def names(self, carrier: str, came_by: str) -> list[str]:
        """Links in the order to try: the carrier's own, the one the question came by, then the others; none twice."""
        wanted = [*self.by_carrier.get(carrier, ()), *([came_by] if came_by else []), *self.otherwise]
        return list(dict.fromkeys(wanted))


class Carriers:
    """Carriers of numbers, asked off the loop and kept for a while: agents' phones come again and again, and seldom change."""

    def __init__(self, carrier_of: CarrierOf, now: Callable[[], float] = time.monotonic) -> None:
        self._carrier_of, self._now = carrier_of, now
        self._kept: OrderedDict[str, tuple[str, float]] = OrderedDict()

    async def of(self, number: str) -> str:
        """The carrier code of a number; empty where it is not known, which is not kept: it may be known the next time."""
        carrier, until = self._kept.get(number, ("", 0.0))
        if self._now() < until:
            return carrier
        carrier = await asyncio.to_thread(self._carrier_of, number)
        if carrier:
            self._kept[number] = (carrier, self._now() + _KEPT_SECONDS)
            if len(self._kept) > _MOST_KEPT:
                self._kept.popitem(last=False)
        return carrier


class Router:
    """Sends by the best link that takes a message."""

    def __init__(self, senders: Sequence[Sender], routes: Routes, carrier_of: CarrierOf) -> None:
        self._senders = {sender.name: sender for sender in senders}
        unknown = {name for names in (*routes.by_carrier.values(), routes.otherwise) for name in names} - self._senders.keys()
        if unknown:
            raise ValueError(f"no such link: {', '.join(sorted(unknown))}")
        self._routes, self._carriers = routes, Carriers(carrier_of)

    @property
    def ready(self) -> bool:
        """Whether a link to the networks is up."""
        return any(sender.ready for sender in self._senders.values())

    async def send(self, message: Outbound, came_by: str = "") -> Sent:
        """The link that took the message, and its ids there. Raises NotSent, Refused or SendUnknown."""
        (told,) = await self.send_all([(message, came_by)])
        if isinstance(told, SendError):
            raise told
        return told

    async def send_all(self, messages: Sequence[tuple[Outbound, str]]) -> list[Sent | SendError]:
        """For each message and the link its question came by: the link that took it and its ids there, or why none did.

        Another link is tried only where a link surely did not send: one message is never sent by two. A USSD text can only go back
        the way its dialogue came.
        """
        told: list[Sent | SendError] = [NotSent("no link took it") for _ in messages]
        ways = [iter(await self._candidates(message, came_by)) for message, came_by in messages]
        left: Sequence[int] = range(len(messages))
        while by_link := _by_link(left, ways):
            await asyncio.gather(*(self._hand(sender, indexes, messages, told) for sender, indexes in by_link))
            left = [index for _, indexes in by_link for index in indexes if isinstance(told[index], NotSent)]
        return told

    @staticmethod
    async def _hand(sender: Sender, indexes: Sequence[int], messages: Sequence[tuple[Outbound, str]], told: list[Sent | SendError]) -> None:
        for index, one in zip(indexes, await sender.send_all([messages[index][0] for index in indexes]), strict=True):
            if isinstance(one, NotSent):
                _log.warning("link %s did not send: %s", sender.name, one)
            told[index] = one if isinstance(one, SendError) else (sender.name, one)

    async def _candidates(self, message: Outbound, came_by: str) -> list[Sender]:
        # Where no carrier has links of its own, whose number it is makes no difference.
        carrier = await self._carriers.of(message.recipient) if self._routes.by_carrier and not message.ussd else ""
        names = [came_by] if message.ussd else self._routes.names(carrier, came_by)
        found = [self._senders[name] for name in names if name in self._senders]
        # A link that seems down is still better than none: it may come back while the message waits.
        return sorted(found, key=lambda sender: not sender.ready)


def _by_link(indexes: Iterable[int], ways: Sequence[Iterator[Sender]]) -> list[tuple[Sender, list[int]]]:
    """The next link of each message that has one, with its messages."""
    found: dict[str, tuple[Sender, list[int]]] = {}
    for index in indexes:
        sender = next(ways[index], None)
        if sender is not None:
            found.setdefault(sender.name, (sender, []))[1].append(index)
    return list(found.values())
