"""Lets messages in: everything that is checked before the engine is asked, in the order that gives an attacker least to learn."""

import threading
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from stk_sms.cards.keyring import Keyring
from stk_sms.cards.reading import Sights
from stk_sms.cards.records import Card, CardState, Event, EventKind, KeyVersion, Opened
from stk_sms.cards.window import CounterWindow, Sight
from stk_sms.packet import (
    CardKeys,
    CommandPacket,
    Level,
    OpenedPacket,
    PacketError,
    ResponseStatus,
    check_level,
    open_command,
    parse_body,
    parse_command,
)
from stk_sms.packet.level import Counter

DEFAULT_TAR = bytes.fromhex("b2c001")
_MINUTE = timedelta(minutes=1)
_EVENTS = {
    ResponseStatus.INSUFFICIENT_LEVEL: EventKind.WEAK,
    ResponseStatus.UNKNOWN_TAR: EventKind.UNKNOWN_TAR,
    ResponseStatus.CHECKSUM_FAILED: EventKind.CHECKSUM,
}


@dataclass(frozen=True, slots=True)
class CardMessage:
    """A message as it came in: the sender's number as the SMSC gave it, TP-UD with its header, the SMSC's id for it."""

    sender: str
    user_data: bytes
    message_id: str = ""

    def __repr__(self) -> str:
        # Not even ciphered does a whole message belong into a log.
        return f"CardMessage({self.sender!r}, {len(self.user_data)} octets, {self.message_id!r})"


@dataclass(frozen=True, slots=True)
class Turned:
    """A message that is not let in, with its event. `card` if the sender is proved; `again` if the fault is ours."""

    event: Event
    card: Card | None = None
    again: bool = False


@dataclass(frozen=True, slots=True)
class Proved:
    """A message whose sender is who he says: his card, the level it was secured at, its counter and the application's octets."""

    card: Card
    level: Level
    plain: OpenedPacket

    def sight(self, window: CounterWindow) -> Sight:
        """How its counter looks against its card's window, as strictly as the card asks for."""
        return _strictly(window.look(self.plain.counter), self.level.counter, self.plain.counter, window.high)

    def opened(self) -> Opened:
        """With its body. Raises PacketError."""
        return Opened(self.card, self.level.key_version, self.plain.counter, parse_body(self.plain.data))


@dataclass(frozen=True, slots=True)
class Let:
    """A proved message. Unless its counter is NEW, only the engine's memory of its nonce can tell what it is."""

    opened: Opened
    sight: Sight


@dataclass(frozen=True, slots=True)
class GateRules:
    """What a deployment may set. `most_a_minute` messages of one card are let in per process and minute."""

    tar: bytes = DEFAULT_TAR
    country_code: str = "86"
    trunk_prefix: str = ""
    longest_number: int = 11
    most_a_minute: int = 30


class Pace:
    """Counts the messages of each card within a minute, in this process."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._times: dict[str, deque[datetime]] = {}
        self._tidied: datetime | None = None
        self._lock = threading.Lock()

    def allows(self, iccid: str, now: datetime) -> bool:
        """Whether one more is within the pace; it is then counted."""
        with self._lock:
            times = self._times.setdefault(iccid, deque())
            while times and times[0] <= now - _MINUTE:
                times.popleft()
            if len(times) >= self._most:
                return False
            times.append(now)
            return True

    def allows_all(self, iccids: Sequence[str], now: datetime) -> bool:
        """Whether one more of each is within the pace; they are counted then, and else none of them."""
        for number, iccid in enumerate(iccids):
            if not self.allows(iccid, now):
                self.take_back(iccids[:number])
                return False
        return True

    def take_back(self, iccids: Iterable[str]) -> None:
        """Messages that were counted last are to be judged once more."""
        with self._lock:
            for iccid in iccids:
                if times := self._times.get(iccid):
                    times.pop()

    def forget(self, now: datetime) -> None:
        """Drop cards that have been quiet for a minute; looks once a minute."""
        with self._lock:
            if self._tidied is not None and now < self._tidied + _MINUTE:
                return
            self._tidied = now
            self._times = {iccid: times for iccid, times in self._times.items() if times and times[-1] > now - _MINUTE}


class Gate:
    """Judges messages against what was seen of their cards. Touches no database."""

    def __init__(self, keyring: Keyring, rules: GateRules) -> None:
        self._keyring, self._rules = keyring, rules

    def sender(self, address: str) -> str:
        """A sender's number in national digits, as cards are registered: +86 138..., 0086 138... and 138... are one."""
        return national(address, self._rules)

    def judge(self, message: CardMessage, sights: Sights, now: datetime) -> Let | Turned:
        """Lengths, card, level, key version, checksum, counter, body: the first that fails turns the message away."""
        number = self.sender(message.sender)
        proved = self.prove(message, number, sights.cards.get(number), sights.versions, now)
        return proved if isinstance(proved, Turned) else _judge_proved(proved, sights)

    def prove(
        self, message: CardMessage, number: str, card: Card | None, versions: Mapping[tuple[str, int], KeyVersion], now: datetime
    ) -> Proved | Turned:
        """The same but for counter and body: who has this number may have sent it, and nobody else."""
        iccid = card.iccid if card else ""
        try:
            packet = parse_command(message.user_data)
            if card is None:
                return Turned(Event(EventKind.UNKNOWN_SENDER, ResponseStatus.UNDEFINED, number))
            if card.state is not CardState.ACTIVE:
                return Turned(Event(EventKind.CARD_BLOCKED, ResponseStatus.BLOCKED, number, iccid, card.reason))
            level = self._level(packet)
            version = versions.get((card.key_set, level.key_version))
            if version is None or version.algorithm is not level.algorithm or not version.verifies(now):
                state = "unknown" if version is None else version.state.value
                detail = f"{level.algorithm.value} {level.key_version} ({state})"
                return Turned(Event(EventKind.KEY_VERSION, ResponseStatus.UNDEFINED, number, iccid, detail))
            keys = self._keys(iccid, version)
            if keys is None:
                return Turned(Event(EventKind.KEY_VERSION, ResponseStatus.UNDEFINED, number, iccid, "not in the key store"), again=True)
            plain = open_command(packet, level.algorithm, keys)
        except PacketError as error:
            return Turned(Event(_EVENTS.get(error.status, EventKind.MALFORMED), error.status, number, iccid, str(error)))
        return Proved(card, level, plain)

    def _keys(self, iccid: str, version: KeyVersion) -> CardKeys | None:
        try:
            return self._keyring.keys_of(iccid, version)
        except LookupError:
            return None

    def _level(self, packet: CommandPacket) -> Level:
        if packet.tar != self._rules.tar:
            raise PacketError("TAR", 7, packet.tar.hex(), ResponseStatus.UNKNOWN_TAR)
        return check_level(packet.spi, packet.kic, packet.kid, packet.header_length)


def _judge_proved(proved: Proved, sights: Sights) -> Let | Turned:
    """The counter, then the body."""
    card = proved.card
    window = sights.windows.get((card.iccid, proved.level.key_version), CounterWindow())
    sight = proved.sight(window)
    if sight is Sight.TOO_FAR:
        where = f"counter {proved.plain.counter}, highest {window.high}"
        return Turned(Event(EventKind.COUNTER_FAR, ResponseStatus.COUNTER_HIGH, card.msisdn, card.iccid, where), card)
    try:
        return Let(proved.opened(), sight)
    except PacketError as error:
        return Turned(Event(EventKind.BAD_BODY, error.status, card.msisdn, card.iccid, str(error)), card)


def _strictly(sight: Sight, asked: Counter, counter: int, high: int) -> Sight:
    """What a card asks for that wants its counter to rise, or to rise by one (TS 102 225, 5.1.1)."""
    if sight is not Sight.NEW or asked is Counter.AVAILABLE:
        return sight
    if counter <= high:
        return Sight.OVERTAKEN
    return Sight.TOO_FAR if asked is Counter.NEXT and counter > high + 1 else sight


def national(address: str, rules: GateRules) -> str:
    """A number without what stands before its national digits."""
    bare = address.isascii() and address.isdigit()
    digits = address if bare else "".join(character for character in address if character.isascii() and character.isdigit())
    digits = digits.removeprefix("00")
    # Longer than any number at home: what it begins with is the country.
    if digits.startswith(rules.country_code) and (address.strip().startswith("+") or len(digits) > rules.longest_number):
        return digits[len(rules.country_code) :]
    return digits.removeprefix(rules.trunk_prefix) if rules.trunk_prefix else digits
