"""What the outbox holds for agents and customers leaves by the gateway's own links, where the deployment says so."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator

import pytest
from pydantic import SecretStr

from recharge import Channel, EndpointKind, SendResult, Settings
from recharge.domain.outcomes import OutcomeState
from recharge.engine.administration import SHELL
from recharge.outbox.sender import Sender
from simulators.sim_card.card import SimCard
from simulators.smsc.testing import RunningCentre, start
from stk_sms.configuration import Configuration
from stk_sms.gateway import SmsPort
from stk_sms.service import Service
from tests.stk_sms.smpp.peers import until
from tests.stk_sms.till import MSISDN, Till
from tests.support import machine
from tests.support.world import MASTER_KEY, PASSWORD

CUSTOMER = "13800138009"


@pytest.fixture
def centre() -> Iterator[RunningCentre]:
    with start(machine.free_port(), machine.free_port()) as running:
        yield running


def service_of(till: Till, centre: RunningCentre, *elsewhere: Channel) -> Service:
    link = {"kind": "smpp", "name": "cmcc", "host": "127.0.0.1", "port": centre.port, "system_id": "kongchong", "sender": "10658"}
    secret = SecretStr(MASTER_KEY.hex())
    settings = Settings(database_url=till.world.url, master_key=secret, environment="development", sent_elsewhere=frozenset(elsewhere))
    return Service(till.engine, Configuration.model_validate({"links": [link]}), settings, till.masters)


def live(service: Service, steps: Callable[[asyncio.Event], Awaitable[None]]) -> None:
    """Run the service for the length of some steps."""

    async def whole() -> None:
        over, ready = asyncio.Event(), asyncio.Event()
        life = asyncio.create_task(service.run(over, ready.set))
        await ready.wait()
        try:
            await steps(over)
        finally:
            over.set()
            await life

    asyncio.run(whole())


def sold(till: Till, sim: SimCard) -> None:
    """An order that has succeeded, with its two messages waiting."""
    reply = till.one(sim.recharge(CUSTOMER, 5000, PASSWORD)).reply
    assert reply is not None
    till.world.hear(till.world.send(reply), OutcomeState.SUCCESS, serial_number="SN20261120001")


def waiting(till: Till) -> list[tuple[str, str]]:
    return [(channel, state) for channel, state in till.world.rows("SELECT channel, state FROM outbox ORDER BY channel")]


def test_both_are_told_by_the_gateway(till: Till, sim: SimCard, centre: RunningCentre) -> None:
    sold(till, sim)

    async def steps(_over: asyncio.Event) -> None:
        await until(lambda: [state for _, state in waiting(till)].count("delivered") == 2, "two messages")

    live(service_of(till, centre, Channel.SMS, Channel.STK), steps)
    told = {one["recipient"]: one["text"] for one in centre.messages()["mt"]}
    assert set(told) == {MSISDN, CUSTOMER}
    assert all("SN20261120001" in text for text in told.values())
    # The centre told, after each message, that the phone has it.
    assert {state for channel, state in waiting(till) if channel in ("stk", "sms")} == {"delivered"}


def test_channels_that_the_dispatcher_serves_are_left_alone(till: Till, sim: SimCard, centre: RunningCentre) -> None:
    sold(till, sim)
    before = waiting(till)

    async def steps(_over: asyncio.Event) -> None:
        await until(lambda: bool(centre.messages()["bound"]), "the binding")
        # The sender looks every half second.
        await asyncio.sleep(0.8)

    live(service_of(till, centre, Channel.WEB), steps)
    assert waiting(till) == before
    assert centre.messages()["mt"] == []


def test_a_sender_that_died_ends_the_process(till: Till, centre: RunningCentre, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("the outbox is gone")

    monkeypatch.setattr(Sender, "run", broken)

    async def steps(over: asyncio.Event) -> None:
        await asyncio.wait_for(over.wait(), 10)

    with pytest.raises(RuntimeError, match="the outbox is gone"):
        live(service_of(till, centre, Channel.SMS), steps)


def test_what_a_network_did_not_take_waits(till: Till, sim: SimCard, centre: RunningCentre, monkeypatch: pytest.MonkeyPatch) -> None:
    sold(till, sim)
    offered: list[str] = []

    def later(_port: SmsPort, message: object) -> SendResult:
        offered.append(type(message).__name__)
        return SendResult.LATER

    monkeypatch.setattr(SmsPort, "send", later)

    async def steps(_over: asyncio.Event) -> None:
        await until(lambda: len(offered) >= 2, "two offers")

    live(service_of(till, centre, Channel.SMS, Channel.STK), steps)
    assert {state for channel, state in waiting(till) if channel in ("stk", "sms")} == {"waiting"}


def test_nothing_is_tried_before_a_link_is_open(till: Till, sim: SimCard) -> None:
    sold(till, sim)
    nobody = RunningCentre(machine.free_port(), 0)

    async def steps(_over: asyncio.Event) -> None:
        await asyncio.sleep(0.5)

    live(service_of(till, nobody, Channel.SMS, Channel.STK), steps)
    assert {tries for (tries,) in till.world.rows("SELECT tries FROM outbox")} == {0}


def test_who_ordered_by_voice_is_told_by_sms(till: Till, centre: RunningCentre) -> None:
    line = "13800138077"
    till.world.office.endpoints.bind(SHELL, EndpointKind.PHONE_LINE, line, "A")
    reply = till.world.recharge("A", number=CUSTOMER, channel=Channel.IVR, kind=EndpointKind.PHONE_LINE, identity=line)
    till.world.hear(till.world.send(reply), OutcomeState.SUCCESS, serial_number="SN20261120002")

    async def steps(_over: asyncio.Event) -> None:
        await until(lambda: ("ivr", "delivered") in waiting(till), "the message to the line")

    live(service_of(till, centre, Channel.SMS, Channel.IVR), steps)
    assert line in {one["recipient"] for one in centre.messages()["mt"]}
