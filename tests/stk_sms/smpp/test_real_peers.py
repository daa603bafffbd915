"""Peers that we did not write: npm's smpp as the centre, PyPI's smpplib as a partner's application, tshark as the reader of our octets."""

import asyncio
import json
import socket
import struct
import subprocess
import threading
from pathlib import Path
from typing import Any

import smpplib.client  # type: ignore[import-untyped]
import smpplib.consts  # type: ignore[import-untyped]

from stk_sms.smpp.codec import Pdu, encode
from stk_sms.smpp.esme import EsmeSettings
from stk_sms.smpp.link import LinkSettings, SmppLink
from stk_sms.smpp.partners import Partner, Partners
from stk_sms.smpp.pdus import DeliverSm, SubmitSm
from stk_sms.smpp.server import ServerSettings
from stk_sms.smpp.session import SessionRules
from stk_sms.smpp.wire import Tlv
from stk_sms.transport import DeliveryReport, DeliveryState, Inbound, Outbound, Verdict
from tests.stk_sms.smpp import node
from tests.stk_sms.smpp.peers import until
from tests.support import machine

ORDER = bytes.fromhex(
    "0270000038150e001212b2c00134904f51227f0af281f97736b1d690820b96c73cee6d4cb69c1c131fad857ab424869509f49d2eccc6069a0865393fe8"
)


class Gateway:
    """Takes everything and keeps it."""

    def __init__(self) -> None:
        self.messages: list[Inbound] = []
        self.reports: list[DeliveryReport] = []

    async def handle(self, batch: list[Inbound]) -> list[Verdict]:
        self.messages += batch
        return [Verdict.ACCEPTED for _ in batch]


def test_node_brings_a_binary_order_and_takes_the_reply(run_folder: Path, worker_name: str, free_port: int) -> None:
    folder = node.installed(run_folder / f"node-{worker_name}")
    gateway = Gateway()

    async def gate(centre: node.Centre) -> None:
        link = SmppLink(LinkSettings("node", EsmeSettings("127.0.0.1", free_port, "kongchong", "secret")))
        await link.start(gateway.handle, gateway.reports.append)
        await link.bound()
        await until(lambda: bool(gateway.messages), "an order")
        message = gateway.messages[0]
        ids = await link.send(Outbound("order-1", message.sender, "充值成功", sender=message.recipient, want_report=True))
        assert ids == ("0000000A1B",)
        await until(lambda: bool(gateway.reports), "a receipt")
        await link.stop()

    with node.centre(folder, free_port, ORDER) as centre:
        asyncio.run(gate(centre))
        assert centre.hear("bind") == {"event": "bind", "system_id": "kongchong", "password": "secret", "version": 0x34}
        assert centre.hear("order")["status"] == 0
        reply = centre.hear("reply")
        assert reply == {"event": "reply", "to": "13800138000", "coding": 8, "text": "充值成功", "report": 1}
        assert centre.hear("receipt")["status"] == 0
        centre.hear("unbind")
    (message,) = gateway.messages
    assert (message.user_data, message.udh.hex(), message.coding, message.protocol_id) == (ORDER, "027000", 0xF6, 0x7F)
    assert gateway.reports == [DeliveryReport("node", "order-1", "0000000A1B", DeliveryState.DELIVERED)]


class Application(threading.Thread):
    """A partner's application on smpplib, which blocks and so has a thread of its own."""

    def __init__(self, port: int) -> None:
        super().__init__(daemon=True)
        self._port = port
        self.answers: list[tuple[int, str]] = []
        self.received: list[tuple[str, bytes]] = []
        self.failed: BaseException | None = None

    def run(self) -> None:
        try:
            self._talk()
        except BaseException as error:  # what fails in a thread is told where the test can see it
            self.failed = error

    def _talk(self) -> None:
        client = smpplib.client.Client("127.0.0.1", self._port, allow_unknown_opt_params=True, timeout=20)
        client.set_message_sent_handler(lambda pdu: self.answers.append((pdu.status, pdu.message_id.decode())))
        client.set_message_received_handler(self._receive)
        client.connect()
        client.bind_transceiver(system_id="acme", password="secret")
        for text in (b"00", b"11"):
            client.send_message(source_addr="13800138000", destination_addr="10086", short_message=text, registered_delivery=True)
        while len(self.answers) < 2 or len(self.received) < 3:
            client.read_once()
        client.unbind()
        client.disconnect()

    def _receive(self, pdu: Any) -> int:
        self.received.append((pdu.receipted_message_id.decode() if pdu.receipted_message_id else "", pdu.short_message))
        return int(smpplib.consts.SMPP_ESME_ROK)


def test_smpplib_submits_and_is_answered(free_port: int) -> None:
    gateway, application = Gateway(), Application(free_port)

    async def gate() -> None:
        partners = Partners("partners", ServerSettings("127.0.0.1", free_port), {"acme": Partner("acme", "secret")}, SessionRules())
        await partners.start(gateway.handle)
        application.start()
        await until(lambda: len(application.answers) == 2 or application.failed is not None, "two answers")
        await partners.sender("acme").send(Outbound("1", "13800138000", "100.00", sender="10086"))
        await until(lambda: not application.is_alive(), "the partner's leaving")
        await partners.stop()

    asyncio.run(gate())
    assert application.failed is None
    assert [message.text for message in gateway.messages] == ["00", "11"]
    assert {status for status, _ in application.answers} == {0}
    assert application.received[0] == ("", b"100.00")
    assert {message_id for message_id, _ in application.received[1:]} == {message_id for _, message_id in application.answers}
    assert all(b"stat:DELIVRD" in text for _, text in application.received[1:])


def capture(path: Path, frames: list[bytes]) -> None:
    """A capture file (libpcap's format, raw IPv4) in which each frame is one TCP segment to port 2775."""
    sequence = 1
    with path.open("wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 101))
        for frame in frames:
            tcp = struct.pack(">HHIIBBHHH", 40000, 2775, sequence, 1, 0x50, 0x18, 8192, 0, 0) + frame
            loopback = socket.inet_aton("127.0.0.1")
            packet = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(tcp), 1, 0, 64, 6, 0) + loopback * 2 + tcp
            file.write(struct.pack("<IIII", 1, 0, len(packet), len(packet)) + packet)
            sequence += len(frame)


def test_tshark_reads_what_we_write(tmp_path: Path) -> None:
    why = machine.tshark_missing()
    if why is not None:
        machine.skip_or_fail(why)
    body = SubmitSm(
        source_addr="10086",
        destination_addr="13800138000",
        data_coding=8,
        short_message="充值".encode("utf-16-be"),
        tlvs=(Tlv(0x204, b"\0\7"),),
    )
    order = DeliverSm(source_addr="13800138000", destination_addr="10086", esm_class=0x40, data_coding=0xF6, short_message=ORDER)
    path = tmp_path / "smpp.pcap"
    capture(path, [encode(Pdu(body, 41)), encode(Pdu(order, 42))])
    command = ["tshark", "-r", str(path), "-d", "tcp.port==2775,smpp", "-T", "json", "-o", "tcp.check_checksum:FALSE"]
    told = json.loads(subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout)
    layers = [packet["_source"]["layers"] for packet in told]
    assert [layer["smpp"]["smpp.sequence_number"] for layer in layers] == ["41", "42"]
    assert layers[0]["smpp"]["smpp.source_addr"] == "10086"
    assert layers[0]["smpp"]["smpp.destination_addr"] == "13800138000"
    assert "Malformed" not in json.dumps(told)
    # The secured packet's identifier, 0x70 (3GPP TS 31.115), is seen in the message's header.
    assert "gsm_sms" in json.dumps(layers[1])
