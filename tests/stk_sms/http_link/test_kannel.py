"""A real Kannel between the simulated centre and our link: an order in, the reply and its report back, nothing lost while we are away."""

import asyncio
from pathlib import Path

from simulators.smsc.testing import RunningCentre, start
from stk_sms.http_link.link import HttpLink, HttpSettings
from stk_sms.transport import DeliveryReport, DeliveryState, Inbound, Outbound, Verdict
from tests.stk_sms.http_link import kannel
from tests.stk_sms.smpp.peers import until
from tests.support import machine

ORDER = bytes.fromhex("0270000038150e001212b2c00134904f51227f0af2202b2681f97736b1d690820b96c73cee6d")


class Gateway:
    """Says "later" to the first message, takes the others."""

    def __init__(self) -> None:
        self.messages: list[Inbound] = []
        self.reports: list[DeliveryReport] = []
        self.sent_away = 0

    async def handle(self, batch: list[Inbound]) -> list[Verdict]:
        if not self.sent_away:
            self.sent_away = len(batch)
            return [Verdict.TEMPORARY for _ in batch]
        self.messages += batch
        return [Verdict.ACCEPTED for _ in batch]


def test_an_order_through_kannel(tmp_path: Path) -> None:
    kannel.program("bearerbox")
    own, sendsms = machine.free_port(), machine.free_port()
    settings = HttpSettings("kannel", f"http://127.0.0.1:{sendsms}/cgi-bin/sendsms", "kc", "secret", port=own, secret="between")
    gateway = Gateway()
    with start(machine.free_port(), machine.free_port(), "--account", "kannel:secret") as centre:
        with kannel.running(tmp_path, centre.port, sendsms, f"http://127.0.0.1:{own}"):
            asyncio.run(gate(HttpLink(settings), centre, gateway))
        shown = centre.messages("13800138000")["mt"]
    assert [one["text"] for one in shown] == ["充值成功 50元"]
    assert gateway.sent_away == 1
    (message,) = gateway.messages
    assert (message.sender, message.recipient) == ("13800138000", "10086")
    assert message.user_data == ORDER
    assert message.udh.hex() == "027000"
    (report,) = [one for one in gateway.reports if one.state.final]
    assert (report.reference, report.state) == ("order-1", DeliveryState.DELIVERED)


async def gate(link: HttpLink, centre: RunningCentre, gateway: Gateway) -> None:
    await link.start(gateway.handle, gateway.reports.append)
    order = {"sender": "13800138000", "recipient": "10086", "udh": ORDER[:3].hex(), "data": ORDER[3:].hex(), "coding": 4}
    await asyncio.to_thread(centre.send, order)
    await until(lambda: bool(gateway.messages), "the order")
    await link.send(Outbound("order-1", "13800138000", "充值成功 50元", sender="10086", want_report=True))
    await until(lambda: any(report.state.final for report in gateway.reports), "the report")
    await link.stop()
