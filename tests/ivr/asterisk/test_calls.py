"""Calls over the manager's connection, many and strange ones, against the stand-in."""

import asyncio
import threading

import pytest
from asterisk.ami import Event
from sqlalchemy.exc import OperationalError

from ivr.asterisk.calls import AsyncLine, Calls
from ivr.line import Answer, HungUp, Line, LineLost
from tests.ivr.shop import LINE, PASSWORD, Shop
from tests.ivr.stage import FakeStage, fake_stage, served_in_thread, together, until


class FakeLink:
    """Keeps the actions."""

    def __init__(self) -> None:
        self.actions: list[tuple[str, dict[str, str]]] = []

    def send_actions(self, actions: list[object]) -> None:
        for action in actions:
            self.send_action(action)

    def send_action(self, action: object) -> None:
        self.actions.append((action.name, dict(action.keys)))  # type: ignore[attr-defined]


@pytest.fixture
def link() -> FakeLink:
    return FakeLink()


@pytest.fixture
def line(link: FakeLink) -> AsyncLine:
    return AsyncLine(link, "PJSIP/agents-00000001", "box-1700000000.1", LINE)  # type: ignore[arg-type]


def test_commands_are_queued_together_and_answered_by_number(line: AsyncLine, link: FakeLink) -> None:
    waiting = line.send(["NOOP one", "NOOP two"], 5)
    assert [keys["Command"] for _, keys in link.actions] == ["NOOP one", "NOOP two"]
    line.on_answer("2", "200 result=2\n")
    line.on_answer("1", "200 result=1 (told)\n")
    line.on_answer("77", "200 result=1\n")
    assert waiting.result() == [Answer(200, 1, "told"), Answer(200, 2, "")]


@pytest.mark.parametrize("text", ["200 result=-1\n", "200 result=-1 endpos=0\n"])
def test_a_command_on_a_call_that_is_gone(line: AsyncLine, text: str) -> None:
    waiting = line.send(["EXEC Read A", "GET FULL VARIABLE ${A}"], 5)
    line.on_answer("1", text)
    with pytest.raises(HungUp):
        waiting.result()
    with pytest.raises(HungUp):
        line.send(["NOOP"], 5)


def test_whoever_waits_is_told_of_the_end(line: AsyncLine) -> None:
    waiting = line.send(["NOOP"], 5)
    line.end(LineLost("cut"))
    line.end(HungUp())
    with pytest.raises(LineLost):
        waiting.result()
    with pytest.raises(LineLost):
        line.send(["NOOP"], 5)


def test_no_answer_in_time(line: AsyncLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ivr.asterisk.calls._GRACE_SECONDS", 0.01)
    with pytest.raises(LineLost, match="in time"):
        line.send(["NOOP"], 0).result()


def test_nonsense_for_an_answer(line: AsyncLine) -> None:
    waiting = line.send(["NOOP"], 5)
    line.on_answer("1", "what?")
    with pytest.raises(LineLost):
        waiting.result()


def test_keys_are_kept_in_their_order(line: AsyncLine) -> None:
    for key in "12#":
        line.on_key(key)
    assert line.typed_ahead() == "12#"
    line.forget_keys(1)
    assert line.typed_ahead() == "2#"
    line.forget_keys()
    assert line.typed_ahead() == ""


def begun(calls: Calls, owner: str = "us", unique: str = "box-1.1") -> None:
    keys = {
        "Channel": f"PJSIP/agents-{unique}",
        "Uniqueid": unique,
        "Env": "agi_callerid%3A%20138%0A%0A",
        "ChanVariable": {"IVR_OWNER": owner},
    }
    calls.on_event(Event("AsyncAGIStart", keys))


def test_anothers_calls_are_left_alone(link: FakeLink) -> None:
    seen: list[str] = []
    calls = Calls("us", lambda line: seen.append(line.caller))
    begun(calls)
    assert not seen
    calls.on_up(link)  # type: ignore[arg-type]
    begun(calls, owner="them")
    begun(calls)
    assert calls.wait(30)
    assert seen == ["138"]


def test_events_find_their_calls(link: FakeLink) -> None:
    lines: list[Line] = []
    go_on, there = threading.Event(), threading.Event()

    def carry(line: Line) -> None:
        lines.append(line)
        there.set()
        go_on.wait(30)

    calls = Calls("us", carry)
    calls.on_up(link)  # type: ignore[arg-type]
    begun(calls)
    assert there.wait(30)
    assert calls.number == 1
    for keys in ({"Direction": "Received", "Digit": "5"}, {"Direction": "Sent", "Digit": "6"}):
        calls.on_event(Event("DTMFEnd", {"Uniqueid": "box-1.1", **keys}))
    calls.on_event(Event("DTMFEnd", {"Uniqueid": "box-9.9", "Direction": "Received", "Digit": "7"}))
    calls.on_event(Event("VarSet", {}))
    assert lines[0].typed_ahead() == "5"
    waiting = lines[0].send(["NOOP"], 5)
    calls.on_event(Event("AsyncAGIExec", {"Uniqueid": "box-1.1", "CommandId": "1", "Result": "200%20result%3D0%0A"}))
    assert waiting.result() == [Answer(200, 0, "")]
    calls.on_event(Event("Hangup", {"Uniqueid": "box-1.1"}))
    with pytest.raises(HungUp):
        lines[0].send(["NOOP"], 5)
    go_on.set()
    assert calls.wait(30)


@pytest.mark.parametrize(
    ("keys", "moved"),
    [
        ({"Variable": "IVR_OWNER=us"}, True),
        ({"Variable": "IVR_OWNER=them"}, False),
        ({"Variable": "IVR_OWNER=us", "Context": "elsewhere"}, False),
        ({"Variable": "IVR_OWNER=us", "Exten": "sorry"}, False),
        ({}, False),
    ],
)
def test_calls_that_nobody_speaks_to_any_more_are_told(link: FakeLink, keys: dict[str, str], moved: bool) -> None:
    calls = Calls("us", lambda _: None)
    calls.on_up(link)  # type: ignore[arg-type]
    link.actions.clear()
    calls.on_event(Event("Status", {"Channel": "PJSIP/agents-7", "Uniqueid": "box-1.7", "Context": "kongchong", "Exten": "s"} | keys))
    redirects = [told for name, told in link.actions if name == "Redirect"]
    assert redirects == ([{"Channel": "PJSIP/agents-7", "Context": "kongchong", "Exten": "T", "Priority": "1"}] if moved else [])


def test_a_hundred_calls_at_once_order_exactly(shop: Shop) -> None:
    """Each its own number and amount, typed blindly; every order is right, and there is one for each."""
    numbers = [f"138001{number:05d}" for number in range(100)]

    async def orders(stage: FakeStage, number: str, amount: int) -> None:
        caller = await stage.call(LINE)
        await caller.press(f"1{number}#{amount}#{PASSWORD}#")
        await caller.hear_at_last("read-back/amount")
        await caller.press("1")
        await caller.hear_at_last("result/succeeded")
        await caller.press("0")
        await caller.ended()

    async def scene() -> None:
        async with fake_stage(patience=1.0) as stage, served_in_thread(shop.engine, stage.box()):
            stage.exchange.manager.chop = 7
            await together(*(orders(stage, number, 10 + at % 5) for at, number in enumerate(numbers)))
            await until(lambda: stage.exchange.calls_now() == 0)

    shop.world.deposit("A", "9000.00")
    asyncio.run(scene())
    wanted = {("recharge", number, 1000 + at % 5 * 100, "succeeded") for at, number in enumerate(numbers)}
    assert set(shop.orders()) == wanted
    assert len(shop.orders()) == len(wanted)
    shop.check()


@pytest.mark.parametrize("at", ["enter/number", "enter/amount", "enter/password", "read-back/recharge"])
def test_who_hangs_up_leaves_nothing_behind(shop: Shop, at: str) -> None:
    keys = {"enter/number": "1", "enter/amount": "113800138000#", "enter/password": "113800138000#50#"}

    async def scene() -> None:
        async with fake_stage(patience=1.0) as stage, served_in_thread(shop.engine, stage.box()) as service:
            caller = await stage.call(LINE)
            await caller.press(keys.get(at, f"113800138000#50#{PASSWORD}#"))
            await caller.hear_at_last(at)
            await caller.hang_up()
            await until(lambda: service.calls == 0)

    asyncio.run(scene())
    assert shop.orders() == []


def test_a_database_that_is_away_takes_no_call(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> None:
        raise OperationalError("SELECT", {}, Exception("away"))

    async def scene() -> None:
        async with fake_stage() as stage, served_in_thread(shop.engine, stage.box()):
            monkeypatch.setattr(shop.engine, "endpoint_named", away)
            assert await stage.refused(LINE) == ["busy"]

    asyncio.run(scene())


def test_a_fault_in_one_call_is_told_to_its_caller_only(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene() -> None:
        async with fake_stage(patience=1.0) as stage, served_in_thread(shop.engine, stage.box()):
            first, second = await stage.call(LINE), await stage.call(LINE)
            await second.hear_at_last("greeting")
            with monkeypatch.context() as patch:
                patch.setattr("ivr.desk.Desk.check_number", lambda *_: 1 / 0)
                await first.press("113800138000#")
                await first.hear_at_last("sorry")
                await first.ended()
            await second.press("0")
            await second.hear_at_last("bye")
            await second.ended()

    asyncio.run(scene())
