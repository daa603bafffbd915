"""The gate: which check turns a message away, in which order, and that nothing is told to whom has proved nothing."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.sim_card import menu
from simulators.sim_card.card import SimCard
from simulators.sim_card.packet import Keys, pack
from stk_sms.cards.gate import CardMessage, Gate, GateRules, Let, Pace, Turned, national
from stk_sms.cards.keyring import Keyring
from stk_sms.cards.reading import Sights
from stk_sms.cards.records import Card, CardState, EventKind, KeyState, KeyVersion
from stk_sms.cards.window import CounterWindow, Sight
from stk_sms.packet import Algorithm, ResponseStatus, card_keys, seal_command
from tests.stk_sms.till import ICCID, KEY_SET, MASTERS, MSISDN

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
CARD = Card(ICCID, MSISDN, KEY_SET, CardState.ACTIVE)
ACTIVE = KeyVersion(KEY_SET, 1, Algorithm.AES, KeyState.ACTIVE)
KEYS = card_keys(Algorithm.AES, *MASTERS, ICCID, 1)
TAR = bytes.fromhex("b2c001")
BALANCE = menu.begin(menu.BALANCE, bytes(8))


class OneKeySet:
    """Master keys without a key store."""

    def open(self, key_set: str, version: int) -> tuple[bytes, bytes]:
        if key_set != KEY_SET or version > 2:
            raise LookupError(version)
        return MASTERS


@pytest.fixture
def gate() -> Gate:
    return Gate(Keyring(OneKeySet()), GateRules())  # type: ignore[arg-type]  # all a keyring asks of master keys


def sights(card: Card | None = CARD, version: KeyVersion | None = ACTIVE, window: CounterWindow | None = None) -> Sights:
    made = Sights()
    if card is not None:
        made.cards[card.msisdn] = card
    if version is not None:
        made.versions[version.key_set, version.version] = version
    if window is not None:
        made.windows[ICCID, 1] = window
    return made


def message(counter: int = 1, body: bytes = BALANCE, spi: bytes = b"\x0e\x00", tar: bytes = TAR, version: int = 1) -> CardMessage:
    keys = card_keys(Algorithm.AES, *MASTERS, ICCID, version)
    return CardMessage("+8613800138000", seal_command(Algorithm.AES, version, keys, tar, counter, body, spi))


def turned(gate: Gate, given: CardMessage, seen: Sights | None = None) -> Turned:
    judged = gate.judge(given, sights() if seen is None else seen, NOW)
    assert isinstance(judged, Turned)
    return judged


def let(gate: Gate, given: CardMessage, seen: Sights | None = None) -> Let:
    judged = gate.judge(given, sights() if seen is None else seen, NOW)
    assert isinstance(judged, Let)
    return judged


def test_a_good_message_is_let_in(gate: Gate) -> None:
    judged = let(gate, message(7))
    assert judged.sight is Sight.NEW
    assert (judged.opened.card, judged.opened.key_version, judged.opened.counter) == (CARD, 1, 7)
    assert judged.opened.reference == "1:0000000000000000"


def test_lengths_come_first(gate: Gate) -> None:
    # Even from nobody we know, and whatever the card's state.
    judged = turned(gate, CardMessage("+8613800138000", b"\x02\x70\x00\x00\x40"), Sights())
    assert (judged.event.kind, judged.event.status) == (EventKind.MALFORMED, ResponseStatus.UNDEFINED)


def test_then_the_card(gate: Gate) -> None:
    judged = turned(gate, message(tar=b"\0\0\0"), Sights())
    assert (judged.event.kind, judged.event.msisdn, judged.card) == (EventKind.UNKNOWN_SENDER, MSISDN, None)


@pytest.mark.parametrize("state", [CardState.BLOCKED, CardState.RETIRED])
def test_then_its_state(gate: Gate, state: CardState) -> None:
    judged = turned(gate, message(tar=b"\0\0\0"), sights(replace(CARD, state=state, reason="lost")))
    assert (judged.event.kind, judged.event.status) == (EventKind.CARD_BLOCKED, ResponseStatus.BLOCKED)
    assert judged.event.detail == "lost"


def test_then_the_tar(gate: Gate) -> None:
    judged = turned(gate, message(tar=b"\xb0\x00\x10", spi=b"\x00\x00"))
    assert (judged.event.kind, judged.event.status) == (EventKind.UNKNOWN_TAR, ResponseStatus.UNKNOWN_TAR)


@pytest.mark.parametrize("spi", [b"\x00\x00", b"\x06\x00", b"\x0a\x00", b"\x0d\x00"])
def test_then_the_level(gate: Gate, spi: bytes) -> None:
    judged = turned(gate, message(spi=spi, version=3))
    assert (judged.event.kind, judged.event.status) == (EventKind.WEAK, ResponseStatus.INSUFFICIENT_LEVEL)


@pytest.mark.parametrize(
    "version",
    [
        None,
        replace(ACTIVE, state=KeyState.PENDING),
        replace(ACTIVE, state=KeyState.DEAD),
        replace(ACTIVE, state=KeyState.RETIRING, retire_at=NOW),
        replace(ACTIVE, state=KeyState.RETIRING),
        replace(ACTIVE, algorithm=Algorithm.TRIPLE_DES_2),
        replace(ACTIVE, key_set="JS"),
    ],
)
def test_then_the_key_version(gate: Gate, version: KeyVersion | None) -> None:
    damaged = message()
    judged = turned(gate, replace(damaged, user_data=damaged.user_data[:-1] + b"\0"), sights(version=version))
    assert judged.event.kind is EventKind.KEY_VERSION
    assert judged.card is None


def test_a_retiring_version_is_taken_until_its_time(gate: Gate) -> None:
    retiring = replace(ACTIVE, state=KeyState.RETIRING, retire_at=NOW + timedelta(seconds=1))
    assert let(gate, message(), sights(version=retiring)).opened.key_version == 1


def test_then_the_checksum_and_nothing_is_told(gate: Gate) -> None:
    given = message(counter=10**9)
    judged = turned(gate, replace(given, user_data=given.user_data[:-1] + bytes([given.user_data[-1] ^ 1])))
    assert (judged.event.kind, judged.event.status) == (EventKind.CHECKSUM, ResponseStatus.CHECKSUM_FAILED)
    assert (judged.event.iccid, judged.card) == (ICCID, None)


def test_a_false_sender_has_the_wrong_keys(gate: Gate) -> None:
    other = sights(replace(CARD, iccid="89860050110899556979"))
    assert turned(gate, message(), other).event.kind is EventKind.CHECKSUM


def test_then_the_counter_too_far(gate: Gate) -> None:
    judged = turned(gate, message(counter=100_101, body=b"nonsense"), sights(window=CounterWindow(100)))
    assert (judged.event.kind, judged.event.status) == (EventKind.COUNTER_FAR, ResponseStatus.COUNTER_HIGH)


def test_then_the_body(gate: Gate) -> None:
    judged = turned(gate, message(body=b"nonsense"))
    assert judged.event.kind is EventKind.BAD_BODY
    assert judged.card == CARD
    assert "octet" in judged.event.detail


@pytest.mark.parametrize(
    ("counter", "sight"), [(100, Sight.SEEN), (99, Sight.NEW), (37, Sight.NEW), (36, Sight.TOO_OLD), (101, Sight.NEW), (500, Sight.NEW)]
)
def test_the_counter_as_the_window_sees_it(gate: Gate, counter: int, sight: Sight) -> None:
    assert let(gate, message(counter), sights(window=CounterWindow(100, 1))).sight is sight


@pytest.mark.parametrize(
    ("counter", "sight"), [(100, Sight.SEEN), (99, Sight.OVERTAKEN), (101, Sight.NEW), (500, Sight.NEW), (36, Sight.TOO_OLD)]
)
def test_a_card_that_wants_its_counter_to_rise(gate: Gate, counter: int, sight: Sight) -> None:
    assert let(gate, message(counter, spi=b"\x16\x00"), sights(window=CounterWindow(100, 1))).sight is sight


@pytest.mark.parametrize(("counter", "sight"), [(100, Sight.SEEN), (99, Sight.OVERTAKEN), (101, Sight.NEW)])
def test_a_card_that_wants_its_counter_to_rise_by_one(gate: Gate, counter: int, sight: Sight) -> None:
    assert let(gate, message(counter, spi=b"\x1e\x00"), sights(window=CounterWindow(100, 1))).sight is sight


def test_a_rising_counter_begins_above_what_staff_set(gate: Gate) -> None:
    assert let(gate, message(100, spi=b"\x16\x00"), sights(window=CounterWindow(100))).sight is Sight.OVERTAKEN
    assert let(gate, message(100), sights(window=CounterWindow(100))).sight is Sight.NEW


def test_a_card_that_wants_one_and_jumps(gate: Gate) -> None:
    assert turned(gate, message(102, spi=b"\x1e\x00"), sights(window=CounterWindow(100, 1))).event.kind is EventKind.COUNTER_FAR


def test_a_key_store_without_the_keys_is_our_own_fault(gate: Gate) -> None:
    judged = turned(gate, message(version=3), sights(version=replace(ACTIVE, version=3)))
    assert judged.again
    assert judged.event.kind is EventKind.KEY_VERSION


def test_windows_belong_to_key_versions(gate: Gate) -> None:
    seen = sights(window=CounterWindow(100, 1))
    seen.versions[KEY_SET, 2] = replace(ACTIVE, version=2)
    assert let(gate, message(100, version=2), seen).sight is Sight.NEW


def test_legacy_cards_with_triple_des(gate: Gate, tmp_path: Path) -> None:
    for kind, algorithm in (("3des2", Algorithm.TRIPLE_DES_2), ("3des3", Algorithm.TRIPLE_DES_3)):
        card = SimCard.make(tmp_path / kind, ICCID, MSISDN, kind, 1, MASTERS)
        version = replace(ACTIVE, algorithm=algorithm)
        assert let(gate, CardMessage(MSISDN, card.balance()), sights(version=version)).opened.counter == 1


@given(st.binary(max_size=100))
def test_any_body_of_a_proved_card_is_let_in_or_turned(body: bytes) -> None:
    tried = Gate(Keyring(OneKeySet()), GateRules())  # type: ignore[arg-type]  # as above
    user_data = pack(Keys("aes", 1, KEYS.kic, KEYS.kid), TAR, 1, body[:98])
    judged = tried.judge(CardMessage(MSISDN, user_data), sights(), NOW)
    assert isinstance(judged, Let) or judged.event.kind is EventKind.BAD_BODY


@pytest.mark.parametrize(
    ("address", "rules", "number"),
    [
        ("+8613800138000", GateRules(), "13800138000"),
        ("8613800138000", GateRules(), "13800138000"),
        ("008613800138000", GateRules(), "13800138000"),
        ("13800138000", GateRules(), "13800138000"),
        (" +86 138-0013-8000", GateRules(), "13800138000"),
        ("+6281389092678", GateRules(country_code="62", trunk_prefix="0", longest_number=12), "81389092678"),
        ("081389092678", GateRules(country_code="62", trunk_prefix="0", longest_number=12), "81389092678"),
        ("6281389092678", GateRules(country_code="62", trunk_prefix="0", longest_number=12), "81389092678"),
        ("", GateRules(), ""),
        ("CARRIER", GateRules(), ""),
    ],
)
def test_senders_as_smscs_write_them(address: str, rules: GateRules, number: str) -> None:
    assert national(address, rules) == number


def test_the_pace_of_a_card() -> None:
    pace = Pace(3)
    assert [pace.allows("a", NOW) for _ in range(4)] == [True, True, True, False]
    assert pace.allows("b", NOW)
    assert not pace.allows("a", NOW + timedelta(seconds=59))
    assert pace.allows("a", NOW + timedelta(seconds=60))


def test_the_pace_holds_in_many_threads() -> None:
    pace = Pace(50)

    def often(number: int) -> int:
        pace.forget(NOW)
        return sum(pace.allows(f"card {index % 7}", NOW) for index in range(number, number + 100))

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(often, range(8))) == 7 * 50


def test_the_pace_forgets_quiet_cards() -> None:
    pace = Pace(3)
    pace.allows("a", NOW)
    pace.allows("b", NOW + timedelta(seconds=50))
    pace.forget(NOW + timedelta(seconds=70))
    assert list(pace._times) == ["b"]


def test_a_message_is_not_shown_whole() -> None:
    given = message()
    assert given.user_data.hex()[10:] not in repr(given)
    assert str(len(given.user_data)) in repr(given)
