"""The straight way takes what the long way would take, and turns nothing away: whatever is otherwise goes the long way."""

import random
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from recharge import RefusalCode
from simulators.sim_card import menu
from simulators.sim_card.card import SimCard, corrupted
from stk_sms import tables
from stk_sms.cards.card_list import ListedCard
from stk_sms.cards.gate import CardMessage, GateRules
from stk_sms.cards.known import KnownCards
from stk_sms.cards.reading import CardReader, Sights
from stk_sms.cards.records import Card, CardState
from stk_sms.cards.service import CardAnswer
from stk_sms.cards.straight import Straight
from stk_sms.packet import Algorithm, ResponseStatus
from tests.stk_sms.till import ICCID, KEY_SET, MSISDN, NEW_MASTERS, OTHER_ICCID, OTHER_MSISDN, Till
from tests.support.province import Province
from tests.support.world import NUMBER, PASSWORD

SEEDS = 12
STEPS = 40


@pytest.fixture
def till_url(clean_database_url: str) -> str:
    """Both databases: each checks at another moment whether what is known still stands."""
    return clean_database_url


class Looks:
    """How often somebody looked at cards: once for each batch that went the long way."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        look = CardReader.sights

        def counting(reader: CardReader, numbers: Sequence[str]) -> Sights:
            self.count += 1
            return look(reader, numbers)

        monkeypatch.setattr(CardReader, "sights", counting)


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> Looks:
    return Looks(monkeypatch)


@pytest.fixture
def known(till: Till, sim: SimCard, looks: Looks) -> SimCard:
    """The point's card after its first message."""
    assert till.one(sim.balance()).status is ResponseStatus.OK
    assert looks.count == 1
    return sim


def window(till: Till) -> tuple[int, int]:
    row = till.rows(tables.counter)[0]
    return row["high"], int.from_bytes(row["seen"])


def test_a_card_that_is_known_goes_straight(till: Till, known: SimCard, looks: Looks) -> None:
    answers = till.send(known.recharge(NUMBER, 5000, PASSWORD), known.balance(), known.recharge("13800138009", 1000, PASSWORD))
    assert [answer.status for answer in answers] == [ResponseStatus.OK] * 3
    assert till.sales() == [(NUMBER, 5000), ("13800138009", 1000)]
    assert answers[0].text.startswith(f"{NUMBER} 充值50.00")
    assert window(till) == (4, 0b1111)
    assert [row["outcome"] for row in till.rows(tables.message)] == ["taken"] * 4
    assert looks.count == 1


def test_messages_that_overtake_each_other_go_straight(till: Till, known: SimCard, looks: Looks) -> None:
    messages = [known.recharge(f"1380013800{last}", 1000, PASSWORD) for last in range(5)]
    for message in reversed(messages):
        assert till.one(message).status is ResponseStatus.OK
    assert window(till) == (6, 0b111111)
    assert looks.count == 1


def test_what_the_engine_refuses_is_written_down(till: Till, known: SimCard, looks: Looks) -> None:
    answer = till.one(known.recharge(NUMBER, 5000, "000000"))
    assert "密码未通过" in answer.text
    assert window(till) == (2, 0b11)
    assert {row["outcome"] for row in till.rows(tables.message)} == {"taken", RefusalCode.WRONG_PASSWORD.value}
    assert looks.count == 1


def _blocked(till: Till, known: SimCard, folder: Path) -> bytes:
    till.desk.block(ICCID, "lost")
    return known.recharge(NUMBER, 5000, PASSWORD)


def _retired(till: Till, known: SimCard, folder: Path) -> bytes:
    till.desk.retire(ICCID)
    return known.recharge(NUMBER, 5000, PASSWORD)


def _number_on_another_card(till: Till, known: SimCard, folder: Path) -> bytes:
    till.desk.retire(ICCID)
    till.desk.issue([ListedCard(OTHER_ICCID, MSISDN, "B")], KEY_SET)
    return known.recharge(NUMBER, 5000, PASSWORD)


def _keys_given_up(till: Till, known: SimCard, folder: Path) -> bytes:
    till.keys.kill(KEY_SET, 1)
    return known.recharge(NUMBER, 5000, PASSWORD)


def _keys_over(till: Till, known: SimCard, folder: Path) -> bytes:
    till.new_keys(Algorithm.AES, NEW_MASTERS, days=1)
    till.world.clock.pass_time(days=2)
    return known.recharge(NUMBER, 5000, PASSWORD)


def _cloned(till: Till, known: SimCard, folder: Path) -> bytes:
    clone = known.clone(folder / "clone.json")
    till.one(known.balance())
    return clone.recharge(NUMBER, 5000, PASSWORD)


def _cloned_at_another_process(till: Till, known: SimCard, folder: Path) -> bytes:
    """Which took the counter that this one has not seen yet."""
    clone = known.clone(folder / "clone.json")
    till.process().take([CardMessage(MSISDN, known.balance())])
    return clone.recharge(NUMBER, 5000, PASSWORD)


def _too_old(till: Till, known: SimCard, folder: Path) -> bytes:
    late = known.recharge(NUMBER, 5000, PASSWORD)
    known.counter = 500
    till.one(known.balance())
    return late


def _too_old_by_another_process(till: Till, known: SimCard, folder: Path) -> bytes:
    late = known.recharge(NUMBER, 5000, PASSWORD)
    known.counter = 500
    till.process().take([CardMessage(MSISDN, known.balance())])
    return late


def _too_far(till: Till, known: SimCard, folder: Path) -> bytes:
    known.counter = 200_000
    return known.recharge(NUMBER, 5000, PASSWORD)


def _damaged(till: Till, known: SimCard, folder: Path) -> bytes:
    message = known.recharge(NUMBER, 5000, PASSWORD)
    return message[:-1] + bytes([message[-1] ^ 1])


def _senseless(till: Till, known: SimCard, folder: Path) -> bytes:
    return known.with_body(b"\x81\x02\x01\x01")


Otherwise = Callable[[Till, SimCard, Path], bytes]
REFUSED: dict[Otherwise, tuple[ResponseStatus, list[str]]] = {
    _blocked: (ResponseStatus.BLOCKED, ["blocked_by_staff", "card_blocked"]),
    _retired: (ResponseStatus.UNDEFINED, ["unknown_sender"]),
    _number_on_another_card: (ResponseStatus.CHECKSUM_FAILED, ["checksum"]),
    _keys_given_up: (ResponseStatus.UNDEFINED, ["key_version"]),
    _keys_over: (ResponseStatus.UNDEFINED, ["key_version"]),
    _cloned: (ResponseStatus.BLOCKED, ["cloned"]),
    _cloned_at_another_process: (ResponseStatus.BLOCKED, ["cloned"]),
    _too_old: (ResponseStatus.COUNTER_LOW, ["counter_old"]),
    _too_old_by_another_process: (ResponseStatus.COUNTER_LOW, ["counter_old"]),
    _too_far: (ResponseStatus.COUNTER_HIGH, ["counter_far"]),
    _damaged: (ResponseStatus.CHECKSUM_FAILED, ["checksum"]),
    _senseless: (ResponseStatus.UNDEFINED, ["bad_body"]),
}


@pytest.mark.parametrize("otherwise", REFUSED, ids=lambda case: case.__name__.strip("_"))
def test_nothing_is_taken_on_what_was_known(till: Till, known: SimCard, looks: Looks, tmp_path: Path, otherwise: Otherwise) -> None:
    message = otherwise(till, known, tmp_path)
    before = looks.count
    status, events = REFUSED[otherwise]
    assert till.one(message).status is status
    assert till.sales() == []
    assert till.events() == events
    assert looks.count == before + 1


def test_new_keys_are_learnt_and_then_known(till: Till, known: SimCard, looks: Looks) -> None:
    till.new_keys(Algorithm.AES, NEW_MASTERS)
    assert till.one(known.balance()).status is ResponseStatus.OK
    assert till.one(known.balance()).status is ResponseStatus.OK
    assert looks.count == 2


def test_a_message_brought_again_is_the_long_ways(till: Till, known: SimCard, looks: Looks) -> None:
    first = till.one(known.recharge(NUMBER, 5000, PASSWORD))
    assert till.one(known.resend()).text == first.text
    assert till.sales() == [(NUMBER, 5000)]
    assert looks.count == 2


def test_a_message_twice_in_one_read_is_one_order(till: Till, known: SimCard, looks: Looks) -> None:
    message = known.recharge(NUMBER, 5000, PASSWORD)
    first, second = till.send(message, message)
    assert first.text == second.text
    assert till.sales() == [(NUMBER, 5000)]
    assert (till.events(), looks.count) == ([], 2)


def test_one_that_is_otherwise_takes_its_batch_the_long_way_with_it(till: Till, known: SimCard, looks: Looks) -> None:
    good, bad = known.recharge(NUMBER, 5000, PASSWORD), known.recharge("13800138009", 5000, PASSWORD)
    answers = till.send(good, corrupted(bad, random.Random(1)))
    assert answers[0].status is ResponseStatus.OK
    assert till.sales() == [(NUMBER, 5000)]
    assert looks.count == 2


def test_a_nonce_under_a_new_counter_is_answered_once_more(till: Till, known: SimCard, looks: Looks) -> None:
    """A phone that lost its card's memory of the counter, or a backup that was put back: the nonce decides."""
    first = till.one(known.recharge(NUMBER, 5000, PASSWORD))
    again = till.one(known.with_body(menu.sale(menu.RECHARGE, known.last_nonce, NUMBER, 5000, PASSWORD)))
    assert again.text == first.text
    assert again.reply is not None
    assert again.reply.repeated
    assert till.sales() == [(NUMBER, 5000)]
    assert sorted(row["answers"] for row in till.rows(tables.message)) == [1, 2]


def test_what_goes_the_long_way_in_the_end_is_counted_once_in_the_minute(till: Till, sim: SimCard) -> None:
    till.orders = till.process(GateRules(most_a_minute=4))
    for _ in range(2):
        till.one(sim.balance())
        till.one(sim.resend())
    assert till.one(sim.balance()).status is ResponseStatus.UNDEFINED
    assert till.events() == ["too_many"]


def test_a_batch_that_is_too_much_is_judged_one_by_one(till: Till, sim: SimCard) -> None:
    till.orders = till.process(GateRules(most_a_minute=3))
    till.one(sim.balance())
    answers = till.send(*(sim.recharge(f"1380013800{last}", 1000, PASSWORD) for last in range(3)))
    assert [answer.status for answer in answers] == [ResponseStatus.OK, ResponseStatus.OK, ResponseStatus.UNDEFINED]
    assert till.events() == ["too_many"]


def test_while_the_database_is_away_the_network_keeps_the_message(till: Till, known: SimCard, monkeypatch: pytest.MonkeyPatch) -> None:
    from recharge import Refusal, Reply

    message = known.recharge(NUMBER, 5000, PASSWORD)
    with monkeypatch.context() as patched:
        patched.setattr(till.engine, "take_many", lambda asked, _: [Reply(refusal=Refusal(RefusalCode.BUSY)) for _ in asked])
        assert till.one(message).again
    assert till.one(message).status is ResponseStatus.OK
    assert till.sales() == [(NUMBER, 5000)]


def test_only_so_many_cards_are_known() -> None:
    known = KnownCards(most=2)
    for number in "123":
        card = Card(f"iccid {number}", number, KEY_SET, CardState.ACTIVE)
        known.keep(Sights({number: card}, {}, {}, {number: {(card.iccid,)}}))
    assert known.of(["1"]) is None
    found = known.of(["3", "3"])
    assert found is not None
    assert [item.card.msisdn for item in found] == ["3", "3"]
    assert known.of([]) == []


class Pair:
    """Two provinces that hear the same: in one all goes the long way."""

    def __init__(self, tills: tuple[Till, Till], folder: Path, chance: random.Random) -> None:
        self.tills, self.chance = tills, chance
        self.cards = [
            self._card(folder, "first", ICCID, MSISDN),
            self._card(folder, "second", OTHER_ICCID, OTHER_MSISDN),
        ]
        for card in self.cards:
            # Never arrives; what asks for it finds nothing.
            card.recharge(NUMBER, 1000, PASSWORD)
        self.clone = self.cards[0].clone(folder / "clone.json")
        self.sent: list[tuple[str, bytes]] = []

    def _card(self, folder: Path, name: str, iccid: str, msisdn: str) -> SimCard:
        (folder / name).mkdir()
        return self.tills[0].card(folder / name, iccid, msisdn)

    def messages(self) -> list[tuple[str, bytes]]:
        """What one read brings."""
        return [self._message() for _ in range(self.chance.choice((1, 1, 2, 5)))]

    def _message(self) -> tuple[str, bytes]:
        chance = self.chance
        card = chance.choice([*self.cards, *self.cards, *self.cards, self.clone]) if chance.random() < 0.2 else chance.choice(self.cards)
        if self.sent and chance.random() < 0.15:
            sender, message = chance.choice(self.sent)
            return sender, corrupted(message, chance) if chance.random() < 0.3 else message
        number = f"1380013{chance.randrange(10_000):04}"
        makers: list[Callable[[], bytes]] = [
            *[lambda: card.recharge(number, 1000, PASSWORD)] * 6,
            card.balance,
            card.query,
            lambda: card.recharge(number, 1000, "000000" if chance.random() < 0.1 else PASSWORD),
            lambda: card.repeat(PASSWORD),
            lambda: card.reversal(PASSWORD),
            lambda: card.with_body(b"\x81\x02"),
        ]
        if chance.random() < 0.03:
            card.counter += chance.choice((3, 70, 100_500))
        made = (card.msisdn, chance.choice(makers)())
        self.sent.append(made)
        return made

    def befall(self) -> None:
        """What the office does now and then."""
        deed = self.chance.choice(("block", "unblock", "reset", "new process", "deposit"))
        iccid = self.chance.choice((ICCID, OTHER_ICCID))
        for till in self.tills:
            if deed == "new process":
                till.orders = till.process()
            elif deed == "deposit":
                till.world.deposit("A", "100.00")
            else:
                self._at_the_desk(till, deed, iccid)

    @staticmethod
    def _at_the_desk(till: Till, deed: str, iccid: str) -> None:
        from stk_sms.cards.errors import CardError

        try:
            if deed == "block":
                till.desk.block(iccid, "lost")
            elif deed == "unblock":
                till.desk.unblock(iccid)
            else:
                till.desk.reset_counter(iccid, 1, 7)
        except CardError:
            pass


@pytest.fixture
def pair(sqlite_template: Path, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pair]:
    tills = []
    for name in ("straight", "long"):
        books = Path(shutil.copy(sqlite_template, tmp_path / f"{name}.db"))
        world = Province(f"sqlite:///{books}")
        world.deposit("A", "1000.00")
        world.deposit("B", "1000.00")
        till = Till(world)
        till.desk.issue([ListedCard(OTHER_ICCID, OTHER_MSISDN, "B")], KEY_SET)
        tills.append(till)
    long = tills[1].engine
    take = Straight.take

    def only_here(way: Straight, messages: Sequence[CardMessage], now: Any) -> Any:
        return None if way._engine is long else take(way, messages, now)

    monkeypatch.setattr(Straight, "take", only_here)
    yield Pair((tills[0], tills[1]), tmp_path, random.Random(request.param))
    for till in tills:
        till.close()
        till.world.close()


def facts(till: Till, answers: Sequence[CardAnswer]) -> list[Any]:
    """What must be alike in both provinces: all but what the clock and the maker of ids give."""
    told = [(answer.number, answer.status, answer.again, len(answer.text), answer.about) for answer in answers]
    kept = [[{name: value for name, value in row.items() if name not in _OWN} for row in till.rows(table)] for table in _KEPT]
    return [told, kept, till.sales(), till.world.balance("A"), till.world.balance("B")]


_OWN = {"order_number", "received_at", "at", "id", "issued_at", "detail"}
_KEPT = (tables.card, tables.counter, tables.message, tables.event)


@pytest.mark.parametrize("pair", range(SEEDS), indirect=True)
def test_whatever_comes_both_ways_end_alike(pair: Pair) -> None:
    for _ in range(STEPS):
        if pair.chance.random() < 0.1:
            pair.befall()
        batch = pair.messages()
        straight, long = (facts(till, till.orders.take([CardMessage(*item) for item in batch])) for till in pair.tills)
        assert straight == long
        for till in pair.tills:
            till.world.clock.pass_time(seconds=20)
