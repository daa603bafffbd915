"""Batches that follow each other closely: what one took is shown to the next before it is written down."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from simulators.sim_card.card import SimCard
from stk_sms.cards.gate import CardMessage
from stk_sms.cards.service import CardAnswer
from stk_sms.cards.under_way import Taken, UnderWay
from stk_sms.packet import ResponseStatus
from tests.stk_sms.till import MSISDN, Till
from tests.support.world import NUMBER, PASSWORD

OTHER_NUMBER = "13800138009"


@pytest.fixture
def till_url(clean_database_url: str) -> str:
    """Both databases."""
    return clean_database_url


class Held:
    """The till's channel with its first batch held between the engine's commit and what is written down."""

    def __init__(self, till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
        self.till, self.pool = till, ThreadPoolExecutor(3)
        self.reached, self.let_go = threading.Event(), threading.Event()
        self._write: Callable[..., dict[tuple[str, str], int]] = till.orders._writer.write_down
        monkeypatch.setattr(till.orders._writer, "write_down", self._write_down)

    def _write_down(self, *arguments: object) -> dict[tuple[str, str], int]:
        if not self.reached.is_set():
            self.reached.set()
            assert self.let_go.wait(20)
        return self._write(*arguments)

    def begin(self, message: bytes) -> "Future[list[CardAnswer]]":
        """A batch of its own."""
        return self.pool.submit(self.till.orders.take, [CardMessage(MSISDN, message)])

    def first(self, message: bytes) -> "Future[list[CardAnswer]]":
        """The batch that is held."""
        begun = self.begin(message)
        assert self.reached.wait(20)
        return begun

    def close(self) -> None:
        self.let_go.set()
        self.pool.shutdown()


@pytest.fixture
def held(till: Till, monkeypatch: pytest.MonkeyPatch) -> Iterator[Held]:
    made = Held(till, monkeypatch)
    yield made
    made.close()


def statuses(*batches: "Future[list[CardAnswer]]") -> list[ResponseStatus]:
    return [answer.status for batch in batches for answer in batch.result(20)]


def test_the_next_batch_is_answered_while_the_one_before_is_written(held: Held, sim: SimCard) -> None:
    first = held.first(sim.recharge(NUMBER, 5000, PASSWORD))
    assert statuses(held.begin(sim.recharge(OTHER_NUMBER, 5000, PASSWORD))) == [ResponseStatus.OK]
    assert not first.done()
    held.let_go.set()
    assert statuses(first) == [ResponseStatus.OK]
    assert len(held.till.sales()) == 2
    assert held.till.events() == []


def test_a_message_brought_again_is_one_order_and_no_clone(held: Held, sim: SimCard) -> None:
    first, again = held.first(sim.recharge(NUMBER, 5000, PASSWORD)), held.begin(sim.resend())
    assert statuses(again) == [ResponseStatus.OK]
    held.let_go.set()
    assert first.result(20)[0].text == again.result()[0].text
    assert len(held.till.sales()) == 1
    assert held.till.events() == []


def test_a_clone_is_noticed_before_it_can_order(held: Held, sim: SimCard, tmp_path: Path) -> None:
    clone = sim.clone(tmp_path / "clone.json")
    first = held.first(sim.recharge(NUMBER, 5000, PASSWORD))
    its = held.begin(clone.recharge(OTHER_NUMBER, 5000, PASSWORD))
    assert statuses(its) == [ResponseStatus.BLOCKED]
    held.let_go.set()
    assert statuses(first) == [ResponseStatus.OK]
    assert held.till.sales() == [(NUMBER, 5000)]
    assert held.till.events() == ["cloned"]
    assert held.till.state() == "blocked"


def test_a_card_that_a_batch_before_blocks_is_blocked_for_the_next(held: Held, sim: SimCard, tmp_path: Path) -> None:
    clone = sim.clone(tmp_path / "clone.json")
    mine, its = sim.recharge(NUMBER, 5000, PASSWORD), clone.recharge(OTHER_NUMBER, 5000, PASSWORD)
    both = held.pool.submit(held.till.orders.take, [CardMessage(MSISDN, mine), CardMessage(MSISDN, its)])
    assert held.reached.wait(20)
    assert statuses(held.begin(clone.balance())) == [ResponseStatus.BLOCKED]
    held.let_go.set()
    assert statuses(both) == [ResponseStatus.OK, ResponseStatus.BLOCKED]


def test_what_speaks_of_an_earlier_message_waits_for_it(held: Held, sim: SimCard) -> None:
    order = sim.recharge(NUMBER, 5000, PASSWORD)
    first, taken_back = held.first(order), held.begin(sim.reversal(PASSWORD))
    assert not taken_back.done()
    held.let_go.set()
    assert statuses(first, taken_back) == [ResponseStatus.OK] * 2
    assert "没有找到" not in taken_back.result()[0].text


def test_nothing_of_a_batch_that_failed_is_left(till: Till, sim: SimCard, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> None:
        raise OSError("away")

    message = sim.recharge(NUMBER, 5000, PASSWORD)
    with monkeypatch.context() as patched:
        patched.setattr(till.orders._writer, "write_down", away)
        with pytest.raises(OSError, match="away"):
            till.one(message)
    assert till.orders._under_way._batches == {}
    assert till.one(message).status is ResponseStatus.OK
    assert len(till.sales()) == 1


def test_a_batch_waits_for_those_before_it_and_for_no_other() -> None:
    way, nothing = UnderWay(), Taken({}, {})
    with way.judging() as earlier:
        assert earlier == []
        first = way.enter(nothing)
    with way.judging() as earlier:
        assert earlier == [nothing]
        second = way.enter(Taken({("1", 1, 1): "a"}, {}))
    way.wait_for_earlier(first)
    waiting = threading.Thread(target=way.wait_for_earlier, args=(second,))
    waiting.start()
    assert waiting.is_alive()
    way.leave(first)
    waiting.join(20)
    assert not waiting.is_alive()
    way.leave(second)
