"""Several links at once over the real engine: on-net answers, fall-back, dialogues, partners, a Kannel."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from pydantic import SecretStr
from yarl import URL

from recharge import EndpointKind, Settings
from recharge.engine.administration import SHELL
from simulators.smsc.testing import RunningCentre, start
from stk_sms.configuration import Configuration
from stk_sms.service import Service
from stk_sms.smpp.codec import Pdu
from stk_sms.smpp.pdus import BindTransceiver, DeliverSm, DeliverSmResp, SubmitSm, SubmitSmResp
from tests.stk_sms.smpp.peers import Peer, until
from tests.stk_sms.till import Till
from tests.support import machine
from tests.support.world import MASTER_KEY, NUMBER, PASSWORD

MOBILE_LINE, UNICOM_LINE = "13800138009", "18600138009"
FORMATS = [
    {"intent": "recharge", "template": "{number} {amount} {password} {mark}", "sample": "13800138000 50 274961"},
    {"intent": "balance", "template": "00", "sample": "00"},
]
QUESTIONS = {"number": "手机号?", "amount": "金额?", "password": "密码?"}


@contextmanager
def centres(*names: str) -> Iterator[dict[str, RunningCentre]]:
    """A simulated centre for each name."""
    if not names:
        yield {}
        return
    with start(machine.free_port(), machine.free_port()) as first, centres(*names[1:]) as rest:
        yield {names[0]: first, **rest}


@pytest.fixture(scope="module")
def networks() -> Iterator[dict[str, RunningCentre]]:
    with centres("cmcc", "cucc") as running:
        yield running


@pytest.fixture
def network(networks: dict[str, RunningCentre]) -> dict[str, RunningCentre]:
    for centre in networks.values():
        centre.ask("/control/reset", {})
    return networks


@pytest.fixture(autouse=True)
def lines(till: Till) -> None:
    """Point A orders from one line of either network."""
    for line in (MOBILE_LINE, UNICOM_LINE):
        till.world.office.endpoints.bind(SHELL, EndpointKind.PHONE_LINE, line, "A")


def service_of(till: Till, **told: Any) -> Service:
    settings = Settings(database_url=till.world.url, master_key=SecretStr(MASTER_KEY.hex()), environment="development")
    return Service(till.engine, Configuration.model_validate({"formats": FORMATS, **told}), settings, till.masters)


def smpp(name: str, centre: RunningCentre) -> dict[str, object]:
    return {"kind": "smpp", "name": name, "host": "127.0.0.1", "port": centre.port, "system_id": "kongchong"}


def both(network: dict[str, RunningCentre]) -> dict[str, object]:
    links = [smpp(name, centre) for name, centre in network.items()]
    return {"links": links, "by_carrier": {"CMCC": ["cmcc"], "CUCC": ["cucc"]}, "otherwise": ["cmcc", "cucc"]}


def play(service: Service, steps: Callable[[], Awaitable[None]]) -> None:
    """Run the service, with every link up, for the length of some steps."""

    async def whole() -> None:
        over, ready = asyncio.Event(), asyncio.Event()
        life = asyncio.create_task(service.run(over, ready.set))
        await ready.wait()
        await until(lambda: all(link.ready for link in service._links), "links up")
        try:
            await steps()
        finally:
            over.set()
            await life

    asyncio.run(whole())


def text(line: str, words: str) -> dict[str, object]:
    return {"sender": line, "recipient": "10086", "text": words}


def shown(centre: RunningCentre, line: str) -> list[str]:
    return [str(one["text"]) for one in centre.messages(line)["mt"]]


@pytest.mark.parametrize(("line", "own", "other"), [(MOBILE_LINE, "cmcc", "cucc"), (UNICOM_LINE, "cucc", "cmcc")])
def test_an_answer_leaves_by_the_phones_own_network(till: Till, network: dict[str, RunningCentre], line: str, own: str, other: str) -> None:
    async def steps() -> None:
        # The question came in by the other network's link.
        await asyncio.to_thread(network[other].send, text(line, "00"))
        await until(lambda: bool(shown(network[own], line)), "an answer")

    play(service_of(till, **both(network)), steps)
    assert "1000.00" in shown(network[own], line)[0]
    assert shown(network[other], line) == []


def test_another_link_answers_where_the_networks_own_is_down(till: Till, network: dict[str, RunningCentre]) -> None:
    service = service_of(till, **both(network))
    own = next(link for link in service._links if link.name == "cmcc")

    async def steps() -> None:
        await own.stop()
        await asyncio.to_thread(network["cucc"].send, text(MOBILE_LINE, f"{NUMBER} 50 {PASSWORD}"))
        await until(lambda: bool(shown(network["cucc"], MOBILE_LINE)), "an answer")

    play(service, steps)
    assert "951.00" in shown(network["cucc"], MOBILE_LINE)[0]
    assert till.sales() == [(NUMBER, 5000)]


def test_a_dialogue_over_the_air(till: Till, network: dict[str, RunningCentre]) -> None:
    centre = network["cmcc"]
    asked = [("*888#", 1), (NUMBER, 18), ("50", 18), (PASSWORD, 18)]

    async def steps() -> None:
        for number, (words, operation) in enumerate(asked, 1):
            message = {"sender": MOBILE_LINE, "recipient": "888", "text": words, "ussd": {"operation": operation, "session": 7}}
            await asyncio.to_thread(centre.send, message)
            await until(lambda number=number: len(shown(centre, MOBILE_LINE)) == number, "the next step")  # type: ignore[misc]

    play(service_of(till, links=[smpp("cmcc", centre)], ussd={"service": "888", "questions": QUESTIONS}), steps)
    *questions, done = centre.messages(MOBILE_LINE)["mt"]
    assert [one["text"] for one in questions] == list(QUESTIONS.values())
    assert [one["ussd"]["operation"] for one in questions] == [2, 2, 2]
    assert done["ussd"] == {"operation": 17, "session": 7, "end": True}
    assert NUMBER in done["text"]
    assert till.sales() == [(NUMBER, 5000)]


def test_a_partners_application_is_answered_itself(till: Till, free_port: int) -> None:
    told = {"port": free_port, "accounts": [{"system_id": "acme", "password": "secret"}]}
    heard: list[Pdu] = []

    async def steps() -> None:
        peer = Peer(*await asyncio.open_connection("127.0.0.1", free_port))
        peer.say(BindTransceiver("acme", "secret"), 1)
        await peer.hear()
        order = SubmitSm(source_addr=MOBILE_LINE, destination_addr="10086", short_message=f"{NUMBER} 50 {PASSWORD}".encode())
        peer.say_all(Pdu(order, 2), Pdu(order, 3))
        heard.extend([await peer.hear() for _ in range(4)])
        for pdu in heard:
            if isinstance(pdu.body, DeliverSm):
                peer.say(DeliverSmResp(), pdu.sequence)
        peer.close()

    play(service_of(till, partners=told), steps)
    assert [pdu.sequence for pdu in heard if isinstance(pdu.body, SubmitSmResp)] == [2, 3]
    said = [pdu.body.short_message.decode("utf-16-be") for pdu in heard if isinstance(pdu.body, DeliverSm)]
    # The second of the same is the first one's order.
    assert len(said) == 2
    assert said[0] == said[1]
    assert till.sales() == [(NUMBER, 5000)]


def test_over_http_the_order_is_committed_before_the_answer(till: Till) -> None:
    asked: list[URL] = []
    own, theirs = machine.free_port(), machine.free_port()
    link = {"kind": "http", "name": "kannel", "port": own, "sendsms_url": f"http://127.0.0.1:{theirs}/cgi-bin/sendsms", "secret": "s"}

    async def sendsms(http: web.Request) -> web.Response:
        asked.append(http.rel_url)
        return web.Response(status=202)

    async def steps() -> None:
        application = web.Application()
        application.router.add_get("/cgi-bin/sendsms", sendsms)
        runner = web.AppRunner(application)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", theirs).start()
        words = f"{NUMBER}+50+{PASSWORD}"
        async with aiohttp.ClientSession() as kannel:
            for query in (f"from={MOBILE_LINE}&to=10086&bin={words}&coding=0&secret=s",) * 2:
                async with kannel.get(URL(f"http://127.0.0.1:{own}/sms/mo?{query}", encoded=True)) as answer:
                    assert answer.status == 200
                assert till.sales() == [(NUMBER, 5000)]
        await until(lambda: len(asked) == 2, "two answers")
        await runner.cleanup()

    play(service_of(till, links=[link]), steps)
    assert {url.query["to"] for url in asked} == {MOBILE_LINE}
    assert all("951.00" in url.query["text"] for url in asked)
