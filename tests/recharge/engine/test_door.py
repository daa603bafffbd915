"""The engine as channels see it: it answers, waits, tells and recognises, and says BUSY instead of losing anything."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from sqlalchemy.exc import OperationalError

from recharge.books.database import DatabaseBusy, NamedRow
from recharge.domain import requests as ask
from recharge.domain.errors import Refusal, RefusalCode
from recharge.domain.outcomes import OutcomeState
from recharge.domain.parties import Endpoint
from recharge.domain.replies import Reply
from recharge.domain.requests import Channel, EndpointKind, Origin
from recharge.engine.administration import SHELL
from recharge.engine.door import Engine
from recharge.outbox.port import Message, MessageState, SendResult
from tests.recharge.engine.conftest import open_engine
from tests.support.books import code_of, number_of, order_of, sold, succeed
from tests.support.world import NUMBER, World

LONG = 30
LOGIN = "a long enough password"


def code(work: Callable[[], object]) -> RefusalCode | None:
    """Why something at the door is refused."""
    try:
        work()
    except Refusal as refusal:
        return refusal.code
    return None


def test_taken_once_and_told_ever_after(world: World, engine: Engine) -> None:
    request = world.request("A", ask.Recharge(NUMBER, 5000))
    reply = engine.take(request)
    assert order_of(reply).state == "held"
    assert engine.take(request).repeated
    assert engine.take_many([]) == []
    assert [item.repeated for item in engine.take_many([request, request])] == [True, True]
    assert engine.database is world.database


def test_what_became_of_a_reference(world: World, engine: Engine) -> None:
    request = world.request("A", ask.Recharge(NUMBER, 5000))
    assert code_of(engine.tell(request.origin)) is RefusalCode.UNKNOWN_ORDER
    reply = engine.take(request)
    told = engine.tell(request.origin)
    assert (order_of(told).state, order_of(told).carrier_code, order_of(told).province) == ("held", "CMCC", "北京")
    succeed(world, reply)
    assert order_of(engine.tell(request.origin)).state == "succeeded"
    assert world.one("SELECT COUNT(*) FROM orders WHERE kind = 'recharge'") == 1


def test_a_process_that_has_taken_nothing_yet_tells_the_carrier_too(world: World) -> None:
    request = world.request("A", ask.Recharge(NUMBER, 5000))
    world.intake.take([request])
    fresh = open_engine(world)
    assert order_of(fresh.tell(request.origin)).carrier_code == "CMCC"
    fresh.close()


def test_a_refusal_is_told_again_and_a_stranger_is_told_nothing(world: World, engine: Engine) -> None:
    request = world.request("B", ask.Recharge(NUMBER, 5000))
    engine.take(request)
    assert code_of(engine.tell(request.origin)) is RefusalCode.INSUFFICIENT_BALANCE
    stranger = Origin(Channel.POS, EndpointKind.POS_TERMINAL, "T9", request.origin.reference)
    assert code_of(engine.tell(stranger)) is RefusalCode.UNKNOWN_ENDPOINT
    broken = Origin(Channel.POS, EndpointKind.POS_TERMINAL, "\ud800", "r")
    assert code_of(engine.tell(broken)) is RefusalCode.BAD_REQUEST


def test_a_reference_voided_before_and_after(world: World, engine: Engine) -> None:
    early, late = (world.request("A", ask.Recharge(NUMBER, amount)) for amount in (1000, 3000))
    assert engine.void(early.origin).done
    assert code_of(engine.take(early)) is RefusalCode.VOIDED
    assert engine.tell(early.origin).done
    reply = engine.take(late)
    assert number_of(engine.void(late.origin)) == number_of(reply)


class Told:
    """A channel's port that keeps what it was handed."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def send(self, message: Message) -> SendResult:
        self.texts.append(message.text)
        return SendResult.SENT


def test_a_channel_sends_its_own_messages_and_reads_them_back(world: World, engine: Engine) -> None:
    reply = sold(world)
    customer = Told()
    assert engine.sender({Channel.SMS: customer}).step() == 1
    assert len(customer.texts) == 1
    assert NUMBER in customer.texts[0]
    found = {message.recipient: message for message in engine.messages_of(number_of(reply))}
    assert (found["customer"].state, found["agent"].state) == (MessageState.SENT, MessageState.WAITING)
    assert found["customer"].text == customer.texts[0]
    point = engine.endpoint(world.one("SELECT id FROM endpoint WHERE identity = 'shop-a'"))
    assert point is not None
    assert found["agent"].text in [message.text for message in engine.latest_messages(point.party.id, 10)]


def test_waiting_returns_as_soon_as_the_order_has_ended(world: World, engine: Engine) -> None:
    reply = engine.take(world.request("A", ask.Recharge(NUMBER, 5000)))
    with ThreadPoolExecutor(4) as pool:
        waiting = [pool.submit(engine.wait, number_of(reply), LONG) for _ in range(4)]
        succeed(world, reply)
        assert {future.result(LONG).state for future in waiting} == {"succeeded"}
    assert engine.wait(number_of(reply), LONG).serial_number == "SN1"


def test_waiting_for_nothing(world: World, engine: Engine) -> None:
    reply = engine.take(world.request("A", ask.Recharge(NUMBER, 5000)))
    assert engine.wait(number_of(reply), 0).state == "held"
    for number in ("1", "x", "", "9" * 19, "9" * 4000):
        assert code(partial(engine.wait, number, 0)) is RefusalCode.UNKNOWN_ORDER


def test_a_number_is_recognised_as_it_is_typed(engine: Engine) -> None:
    found = engine.recognise("138 0013-8000")
    assert (found.number, found.carrier_code, found.carrier_name, found.province) == (NUMBER, "CMCC", "中国移动", "北京")
    assert engine.recognise("18600000000").carrier_code == "CUCC"
    assert code(lambda: engine.recognise("138")) is RefusalCode.BAD_NUMBER
    assert code(lambda: engine.recognise("19900000000")) is RefusalCode.UNKNOWN_RANGE


def test_the_amounts_for_the_buttons_are_there_the_first_time(world: World, engine: Engine) -> None:
    assert engine.amounts(NUMBER) == (1000, 3000, 5000, 10000)
    world.office.catalogue.set_active(SHELL, "MS30", active=False)
    assert engine.amounts(NUMBER) == (1000, 5000, 10000)
    assert code(lambda: engine.amounts("1")) is RefusalCode.BAD_NUMBER


def test_the_price_is_told_before_anything_is_held(world: World, engine: Engine) -> None:
    origin = world.request("A", ask.Balance()).origin
    assert engine.quote(origin, "138-0013-8000", 5000) == 4900
    assert order_of(world.recharge("A")).price_minor == 4900
    world.office.parties.set_shares(SHELL, "A", discount_bp=350)
    assert engine.quote(origin, NUMBER, 5000) == 4825
    assert world.hold_balance() == 4900


def test_a_price_that_cannot_be_told(world: World, engine: Engine) -> None:
    origin = world.request("A", ask.Balance()).origin
    assert code(lambda: engine.quote(origin, "1", 5000)) is RefusalCode.BAD_NUMBER
    assert code(lambda: engine.quote(origin, NUMBER, 5050)) is RefusalCode.BAD_AMOUNT
    assert code(lambda: engine.quote(origin, NUMBER, 2**70)) is RefusalCode.BAD_REQUEST
    for identity, why in (("nobody", RefusalCode.UNKNOWN_ENDPOINT), ("\ud800", RefusalCode.BAD_REQUEST)):
        stranger = Origin(Channel.WEB, EndpointKind.WEB_LOGIN, identity, "")
        assert code(partial(engine.quote, stranger, NUMBER, 5000)) is why
    world.office.catalogue.add_fixed(SHELL, "MS20", "20元", "CMCC", 2000)
    assert code(lambda: engine.quote(origin, NUMBER, 2000)) is RefusalCode.NO_PRICE


def test_signing_in(world: World, engine: Engine) -> None:
    world.office.endpoints.set_login(SHELL, "shop-a", LOGIN)
    found = engine.sign_in("shop-a", LOGIN)
    assert (found.identity, found.party.code) == ("shop-a", "A")
    assert code(lambda: engine.sign_in("shop-a", "wrong password")) is RefusalCode.WRONG_PASSWORD
    assert code(lambda: engine.sign_in("nobody", LOGIN)) is RefusalCode.WRONG_PASSWORD
    world.office.parties.block(SHELL, "A")
    assert code(lambda: engine.sign_in("shop-a", LOGIN)) is RefusalCode.BLOCKED


def test_a_session_sees_a_block_at_once(world: World, engine: Engine) -> None:
    number = world.one("SELECT id FROM endpoint WHERE identity = 'shop-a'")
    found = engine.endpoint(number)
    assert found is not None
    assert not found.stopped
    world.office.endpoints.block(SHELL, EndpointKind.WEB_LOGIN, "shop-a")
    blocked = engine.endpoint(number)
    assert blocked is not None
    assert blocked.stopped
    assert engine.endpoint(12345) is None
    named = engine.endpoint_named(EndpointKind.WEB_LOGIN, "shop-a")
    assert named is not None
    assert (named.id, named.stopped) == (number, True)
    assert engine.endpoint_named(EndpointKind.STK_SIM, "shop-a") is None


@pytest.mark.parametrize("error", [DatabaseBusy(), OperationalError("BEGIN", {}, Exception(2002, "can't connect"))])
def test_busy_while_the_database_is_away_and_the_same_order_afterwards(
    world: World, engine: Engine, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = world.request("A", ask.Recharge(NUMBER, 5000))

    def away() -> object:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(world.database, "write", away)
        assert [code_of(reply) for reply in engine.take_many([request, request])] == [RefusalCode.BUSY] * 2
    assert engine.take(request).done
    assert engine.take(request).repeated
    assert world.balance("A") == 95100


def test_a_closed_engine_is_busy(world: World) -> None:
    made = open_engine(world)
    made.close()
    assert code_of(made.take(world.request("A", ask.Balance()))) is RefusalCode.BUSY


def test_requests_of_many_threads_are_each_answered_with_their_own(world: World, engine: Engine) -> None:
    numbers = [f"138001380{n:02}" for n in range(60)]

    def buy(number: str) -> str:
        return order_of(engine.take(world.request("A", ask.Recharge(number, 1000)))).number

    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(buy, numbers)) == numbers
    assert world.balance("A") == 100000 - 60 * 980


def test_looking_never_disturbs_what_is_being_taken_in(world: World, engine: Engine) -> None:
    """Parties change all the while: nobody is taken for a stranger, and nobody is shown the door."""
    number = world.one("SELECT id FROM endpoint WHERE identity = 'shop-a'")
    over, wrong = threading.Event(), list[object]()

    def look() -> None:
        while not over.is_set():
            if engine.endpoint(number) is None or engine.recognise(NUMBER).carrier_code != "CMCC":
                wrong.append("unknown")

    def change() -> None:
        turn = 0
        while not over.is_set():
            turn += 1
            world.office.parties.rename(SHELL, "D3", f"分销商{turn}")

    with ThreadPoolExecutor(3) as pool:
        others = [pool.submit(look), pool.submit(look), pool.submit(change)]
        replies: list[Reply] = [engine.take(world.request("A", ask.Recharge(f"138{n:08}", 1000))) for n in range(40)]
        over.set()
        for other in others:
            other.result(LONG)
    assert [reply.refusal for reply in replies if reply.refusal] == []
    assert wrong == []


def test_who_looked_before_a_block_does_not_undo_it(world: World, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody reads an endpoint, it is blocked, a batch sees the block, and only then the first one keeps what he has read."""
    number, looked = world.one("SELECT id FROM endpoint WHERE identity = 'shop-a'"), list[object]()
    directory = engine._parts.directory
    read = directory._endpoint

    def slowly(row: NamedRow) -> Endpoint:
        found = read(row)
        if not looked:
            looked.append(row)
            world.office.endpoints.block(SHELL, EndpointKind.WEB_LOGIN, "shop-a")
            assert code_of(engine.take(world.request("A", ask.Recharge(NUMBER, 1000)))) is RefusalCode.BLOCKED
        return found

    monkeypatch.setattr(directory, "_endpoint", slowly)
    engine.endpoint(number)
    assert code_of(engine.take(world.request("A", ask.Recharge(NUMBER, 1000)))) is RefusalCode.BLOCKED
    later = engine.endpoint(number)
    assert later is not None
    assert later.stopped


def test_two_engines_asked_the_same_at_the_same_time_make_one_order(world: World) -> None:
    engines = [open_engine(world), open_engine(world)]
    requests = [world.request("A", ask.Recharge(f"138001380{n:02}", 1000), reference=f"same-{n}") for n in range(30)]

    def take(place: int) -> list[str]:
        return [number_of(engines[place].take(request)) for request in requests]

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(take, (0, 1))
    for made in engines:
        made.close()
    assert first == second
    assert world.one("SELECT COUNT(*) FROM orders WHERE kind = 'recharge'") == 30
    assert world.balance("A") == 100000 - 30 * 980


def test_two_engines_given_the_same_evidence_credit_it_once(world: World) -> None:
    engines = [open_engine(world), open_engine(world)]

    def deposit(place: int) -> list[bool]:
        operations = [ask.Deposit("A", 1000, f"bank 8/{n}") for n in range(20)]
        return [engines[place].take(world.request("SETTLE", item, password=None)).done for item in operations]

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(deposit, (0, 1))
    for made in engines:
        made.close()
    assert [one != other for one, other in zip(first, second, strict=True)] == [True] * 20
    assert world.balance("A") == 120000


@pytest.mark.parametrize("engines", [1, 3])
def test_sixteen_threads_on_one_account_never_overdraw(world: World, engines: int) -> None:
    doors = [open_engine(world) for _ in range(engines)]

    def buy(number: int) -> RefusalCode | None:
        reply = doors[number % engines].take(world.request("A", ask.Recharge(f"138{number:08}", 5000)))
        return reply.refusal.code if reply.refusal else None

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(buy, range(48)))
    for made in doors:
        made.close()
    assert answers.count(None) == 20
    assert set(answers) == {None, RefusalCode.INSUFFICIENT_BALANCE}
    assert world.balance("A") == 100000 - 20 * 4900


def test_ends_and_new_orders_on_one_account_at_the_same_time(world: World, engine: Engine) -> None:
    attempts = [world.send(world.recharge("A", "10.00", f"139001380{n:02}".replace("139", "138", 1))) for n in range(30)]
    states = [OutcomeState.SUCCESS, OutcomeState.FAILED, OutcomeState.UNKNOWN]

    def end(place: int) -> None:
        world.hear(attempts[place], states[place % 3])

    def buy(place: int) -> bool:
        return engine.take(world.request("A", ask.Recharge(f"1386{place:07}", 1000))).done

    with ThreadPoolExecutor(8) as pool:
        ended = [pool.submit(end, place) for place in range(30)]
        bought = [pool.submit(buy, place) for place in range(30)]
        for future in ended:
            future.result(LONG)
        assert all(future.result(LONG) for future in bought)
    assert world.balance("A") == 100000 - 50 * 980
    assert sold(world, amount="30.00").done


def test_many_orders_are_looked_at_in_one_query(world: World, engine: Engine) -> None:
    first, second = (engine.take(world.request("A", ask.Recharge(number, 5000))) for number in (NUMBER, "13800138001"))
    numbers = [number_of(first), number_of(second)]
    assert engine.orders([]) == {}
    assert set(engine.orders([*numbers, "1"])) == set(numbers)
    assert engine.orders(numbers, ended=True) == {}
    succeed(world, first)
    ended = engine.orders(numbers, ended=True)
    assert [view.state.value for view in ended.values()] == ["succeeded"]
    assert engine.orders(numbers)[numbers[1]].state.value == "held"
    assert code(lambda: engine.orders(["not a number"])) is RefusalCode.UNKNOWN_ORDER


def test_what_an_endpoint_asked_under_a_range_of_references(world: World, engine: Engine) -> None:
    made = world.request("A", ask.Recharge(NUMBER, 5000), reference="b1-2")
    order = number_of(engine.take(made))
    refused = engine.take(world.request("A", ask.Recharge(NUMBER, 1), reference="b1-1"))
    engine.void(world.request("A", ask.Balance(), reference="b1-3").origin)
    for elsewhere in ("b0-9", "b2-1"):
        engine.void(world.request("A", ask.Balance(), reference=elsewhere).origin)
    engine.void(world.request("B", ask.Balance(), reference="b1-4").origin)
    first = world.request("A", ask.Balance(), reference="b1-").origin
    found = engine.remembered(first, "b1-~")
    assert [(item.reference, item.code) for item in found] == [("b1-1", code_of(refused).value), ("b1-2", ""), ("b1-3", "voided")]
    assert [item.order.order_number if item.order else "" for item in found] == ["", order, ""]
    stranger = Origin(Channel.POS, EndpointKind.POS_TERMINAL, "NOBODY", "")
    assert code(lambda: engine.remembered(stranger, "~")) is RefusalCode.UNKNOWN_ENDPOINT
