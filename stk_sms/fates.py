"""What networks say became of our messages, kept for staff: gathered as reports come, written down together."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum

from stk_sms.pauses import pause
from stk_sms.transport import DeliveryReport, DeliveryState

_log = logging.getLogger(__name__)
_LOOK_SECONDS = 1.0
_MOST_KEPT = 50_000


class Told(StrEnum):
    """What a message was: it stands before the rest of its reference, which comes back with the report."""

    ANSWER = "answer"
    NOTICE = "notice"
    OUTBOX = "outbox"


Keep = Callable[[Sequence[DeliveryReport], bool], None]
"""Writes down that messages were delivered, or that they were not; each report's reference is what the message is known by."""


def reference_of(told: Told, known_by: str) -> str:
    """The reference of a message."""
    return f"{told.value}:{known_by}"


class Fates:
    """Reports on their way to where staff looks. `keep` may block: it is called off the loop."""

    def __init__(self, keep: Mapping[Told, Keep]) -> None:
        self._keep = {told.value: one for told, one in keep.items()}
        self._waiting: dict[tuple[str, bool], list[DeliveryReport]] = defaultdict(list)

    def report(self, report: DeliveryReport) -> None:
        """From a link, on the loop: what became of a message (stk_sms.transport.ReportHandler)."""
        if not report.state.final:
            return
        _log.info("%s: %s %s %s", report.link, report.reference, report.state.value, report.error)
        kind, _, known_by = report.reference.partition(":")
        # The network does not know: nor do we, and the message stands as it stood.
        if kind in self._keep and report.state is not DeliveryState.UNKNOWN and self._count < _MOST_KEPT:
            self._waiting[kind, report.state is DeliveryState.DELIVERED].append(replace(report, reference=known_by))

    async def run(self, over: asyncio.Event) -> None:
        """Write down what has come, every second until the event is set, and once more then."""
        while not over.is_set():
            await pause(over, _LOOK_SECONDS)
            await self.write_down()

    async def write_down(self) -> None:
        """Write down what has come. What cannot be written now waits."""
        waiting, self._waiting = self._waiting, defaultdict(list)
        for (kind, delivered), reports in waiting.items():
            try:
                await asyncio.to_thread(self._keep[kind], reports, delivered)
            except Exception as error:  # with the database away the fates wait; the gateway goes on taking orders
                _log.warning("%d delivery reports wait: %s", len(reports), type(error).__name__)
                self._waiting[kind, delivered] += reports

    @property
    def _count(self) -> int:
        return sum(map(len, self._waiting.values()))
