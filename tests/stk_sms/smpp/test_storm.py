"""A bad day at the network, by chance: cuts, refusals, repeats, throttling. Nothing a phone sent is lost, no fate of ours is guessed."""

import asyncio
import random

import pytest

from simulators.smsc.book import Book
from simulators.smsc.centre import Centre
from simulators.smsc.control import message_of
from stk_sms.smpp.esme import EsmeSettings
from stk_sms.smpp.link import LinkSettings, SmppLink
from stk_sms.smpp.session import SessionRules
from stk_sms.transport import DeliveryReport, Inbound, NotSent, Outbound, SendUnknown, Verdict
from tests.stk_sms.smpp.peers import until

MESSAGES = 600


class Quick:
    """Time that runs a hundred times as fast, so that pauses of seconds are over at once."""

    def now(self) -> float:
        return asyncio.get_running_loop().time() * 100

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / 100)


class Storm:
    """A centre in this process, a link to it, and chance."""

    def __init__(self, seed: int, port: int) -> None:
        self.chance, self.port = random.Random(seed), port
        self.centre = Centre(Book(), {})
        self.centre.book.change({"redeliver_seconds": 0.02, "window": 8})
        rules = SessionRules(window=8, response_seconds=60.0)
        settings = LinkSettings("storm", EsmeSettings("127.0.0.1", port, "kongchong"), session=rules)
        self.link = SmppLink(settings, Quick(), chance=self.chance)
        self.accepted: dict[str, int] = {}
        self.reports: list[DeliveryReport] = []
        self.fates: dict[str, str] = {}
        self.cuts = 0

    async def handle(self, batch: list[Inbound]) -> list[Verdict]:
        """Takes most, sends some away, fails now and then as a whole."""
        await asyncio.sleep(self.chance.random() * 0.004)
        if self.chance.random() < 0.1:
            raise ConnectionError("the database is away")
        verdicts = [Verdict.TEMPORARY if self.chance.random() < 0.2 else Verdict.ACCEPTED for _ in batch]
        for message, verdict in zip(batch, verdicts, strict=True):
            if verdict is Verdict.ACCEPTED:
                self.accepted[message.sender] = self.accepted.get(message.sender, 0) + 1
        return verdicts

    async def trouble(self) -> None:
        """Cuts the connection and throttles, again and again."""
        while True:
            # The first cut comes at once: a quick machine would be done before any other.
            await asyncio.sleep(self.chance.random() * 0.02 if self.cuts else 0)
            if not self.cuts or self.chance.random() < 0.4:
                self.cuts += 1
                self.centre.disconnect()
            else:
                self.centre.book.settings.throttle = self.chance.randrange(3)

    async def send(self, number: int) -> None:
        """One message to a phone, tried again only where it was surely not sent."""
        reference = f"order-{number}"
        while True:
            try:
                await self.link.send(Outbound(reference, f"139{number:08}", "hello", want_report=True))
            except NotSent:
                await asyncio.sleep(0.005)
                continue
            except SendUnknown:
                self.fates[reference] = "unknown"
            else:
                self.fates[reference] = "sent"
            return

    async def blow(self) -> None:
        """Everything at once, until all is calm."""
        server = await asyncio.start_server(self.centre.connected, "127.0.0.1", self.port)
        delivering = asyncio.create_task(self.centre.deliver_forever())
        await self.link.start(self.handle, self.reports.append)
        trouble = asyncio.create_task(self.trouble())
        for number in range(MESSAGES):
            self.centre.book.put(message_of({"sender": f"138{number:08}", "recipient": "10086", "text": "00"}))
        await asyncio.gather(*(self.send(number) for number in range(MESSAGES)))
        trouble.cancel()
        await until(lambda: all(message.state == "taken" for message in self.centre.book.from_phones), "calm")
        await self.link.stop()
        delivering.cancel()
        server.close()
        self.centre.disconnect()
        await until(lambda: not self.centre.connections)


def test_nothing_is_lost_and_nothing_is_guessed(request: pytest.FixtureRequest, free_port: int) -> None:
    seed = int(request.config.getoption("randomly_seed", default=1))
    storm = Storm(seed, free_port)
    asyncio.run(storm.blow())
    assert storm.cuts, seed
    phones = {f"138{number:08}" for number in range(MESSAGES)}
    assert set(storm.accepted) == phones, seed
    shown: dict[str, int] = {}
    for message in storm.centre.book.to_phones:
        shown[message.short.target] = shown.get(message.short.target, 0) + 1
    for number in range(MESSAGES):
        fate, times = storm.fates[f"order-{number}"], shown.get(f"139{number:08}", 0)
        # Sent is on the phone once; unknown is there once or not at all: never twice.
        assert times == 1 if fate == "sent" else times <= 1, (seed, number, fate, times)
    assert len({report.reference for report in storm.reports}) == len(storm.reports), seed
    assert {report.reference for report in storm.reports} <= {reference for reference, fate in storm.fates.items() if fate == "sent"}
