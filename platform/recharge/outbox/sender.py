"""Sends what waits in the outbox: claimed in tens under a lease, at least once, never within a transaction."""

import threading
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta

import structlog

from recharge.books.database import Database, DatabaseBusy
from recharge.clock import Clock
from recharge.outbox import rows
from recharge.outbox.port import Message, MessageState, SenderPort, SendResult
from recharge.outbox.rows import Claim, Settlement

CLAIM_COUNT = 10
LEASE = timedelta(minutes=2)
MOST_TRIES = 10
BACK_OFF = (timedelta(seconds=10), timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30))
# A slow channel's messages are not held in memory as sent for longer than this: a crash would send them again.
SETTLE_AFTER = timedelta(seconds=1)
IDLE_SECONDS = 0.5

_log = structlog.get_logger(__name__)


class Sender:
    """One process's sender. `ports` are the channels' own, by channel.

    With a `default` it carries all other channels as well, but for those that are sent `elsewhere`; without one it takes only the
    channels it has ports for.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        ports: Mapping[str, SenderPort],
        default: SenderPort | None,
        minor_digits: int = 2,
        elsewhere: Collection[str] = (),
    ) -> None:
        self._database, self._clock = database, clock
        self._ports, self._default = ports, default
        self._share = rows.Share(frozenset(ports)) if default is None else rows.Share(frozenset(elsewhere), all_but=True)
        self._minor_digits = minor_digits

    def step(self) -> int:
        """Send what is due, at most ten messages; how many were dealt with. Raises DatabaseBusy."""
        now = self._clock.now()
        if not rows.any_due(self._database, now, self._share):
            return 0
        claims = rows.claim(self._database, self._share, now, LEASE, CLAIM_COUNT, MOST_TRIES, self._minor_digits)
        done: list[Settlement] = []
        settled_at = now
        for claim in claims:
            if self._clock.now() >= claim.until:
                # Another sender may be at the rest by now.
                break
            done.append(self._send(claim))
            if self._clock.now() - settled_at >= SETTLE_AFTER:
                rows.settle(self._database, done, self._clock.now())
                done, settled_at = [], self._clock.now()
        rows.settle(self._database, done, self._clock.now())
        return len(claims)

    def reported(self, ids: Sequence[int], state: MessageState) -> None:
        """The network says of messages, by their ids, that they are DELIVERED or FAILED. Raises what the database raises."""
        rows.report(self._database, ids, state, self._clock.now())

    def run(self, stop: threading.Event) -> None:
        """Step until told to stop; look again after half a second when there is nothing to do."""
        while not stop.is_set():
            if not self._stepped():
                stop.wait(IDLE_SECONDS)

    def _stepped(self) -> bool:
        try:
            return self.step() > 0
        except DatabaseBusy:
            _log.warning("outbox_waits_for_database")
            return False

    def _send(self, claim: Claim) -> Settlement:
        result = self._handed_over(claim.message)
        if result is SendResult.SENT:
            return Settlement(claim, MessageState.SENT)
        if result is SendResult.NEVER or claim.tries >= MOST_TRIES:
            _log.warning("message_given_up", order_number=claim.message.order_number, channel=claim.message.channel, tries=claim.tries)
            return Settlement(claim, MessageState.FAILED)
        return Settlement(claim, MessageState.WAITING, self._clock.now() + back_off(claim.tries))

    def _handed_over(self, message: Message) -> SendResult:
        port = self._ports.get(message.channel, self._default)
        try:
            return SendResult.LATER if port is None else port.send(message)
        except Exception as error:  # a channel's fault must not keep other channels' messages back
            _log.error("port_failed", order_number=message.order_number, channel=message.channel, error=type(error).__name__)
            return SendResult.LATER


def back_off(tries: int) -> timedelta:
    """How long to wait after so many tries."""
    return BACK_OFF[min(tries, len(BACK_OFF)) - 1]
