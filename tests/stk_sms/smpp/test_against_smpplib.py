"""PDUs as smpplib writes and reads them: an independent opinion of the layout."""

import logging
import struct
from collections.abc import Callable
from typing import Any

import pytest
import smpplib.client  # type: ignore[import-untyped]
import smpplib.smpp  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st

from stk_sms.smpp.codec import Pdu, decode, encode
from stk_sms.smpp.pdus import (
    BindReceiver,
    BindTransceiver,
    BindTransmitter,
    Body,
    DeliverSm,
    EnquireLink,
    SubmitSm,
    SubmitSmResp,
    Unbind,
)
from stk_sms.smpp.wire import Tlv

ADDRESS = st.text("0123456789", max_size=20)
OCTET = st.integers(0, 255)


@pytest.fixture(scope="module")
def client() -> Any:
    """smpplib's client, which never connects: only its way to write and read is wanted."""
    logging.getLogger("smpplib").setLevel(logging.CRITICAL)
    return smpplib.client.Client("127.0.0.1", 1, allow_unknown_opt_params=True)


def as_smpplib_writes(client: Any, command: str, sequence: int, **fields: Any) -> bytes:
    """The octets of one PDU."""
    made = smpplib.smpp.make_pdu(command, client=client, **fields)
    made.sequence = sequence
    octets = made.generate()
    return bytes(octets)


def as_smpplib_reads(client: Any, octets: bytes) -> Any:
    """The PDU in these octets."""
    return smpplib.smpp.parse_pdu(octets, client=client, allow_unknown_opt_params=True)


@pytest.mark.parametrize(
    ("command", "body"), [("bind_transmitter", BindTransmitter), ("bind_receiver", BindReceiver), ("bind_transceiver", BindTransceiver)]
)
def test_binds(client: Any, command: str, body: Callable[..., Body]) -> None:
    octets = as_smpplib_writes(client, command, 7, system_id="acme", password="secret", system_type="kc", address_range="10")
    assert decode(octets) == Pdu(body("acme", "secret", "kc", address_range="10"), 7)


@pytest.mark.parametrize(("command", "body"), [("enquire_link", EnquireLink()), ("unbind", Unbind())])
def test_headers_alone(client: Any, command: str, body: Body) -> None:
    assert decode(as_smpplib_writes(client, command, 9)) == Pdu(body, 9)


@given(ADDRESS, ADDRESS, OCTET, OCTET, OCTET, st.binary(min_size=1, max_size=254))
def test_messages_as_it_writes_them(source: str, target: str, esm_class: int, coding: int, registered: int, octets: bytes) -> None:
    fields = {"source_addr": source, "destination_addr": target, "esm_class": esm_class, "data_coding": coding}
    written = as_smpplib_writes(_quiet(), "submit_sm", 3, short_message=octets, registered_delivery=registered, **fields)
    body = decode(written).body
    assert isinstance(body, SubmitSm)
    assert (body.source_addr, body.destination_addr, body.short_message) == (source, target, octets)
    assert (body.esm_class, body.data_coding, body.registered_delivery) == (esm_class, coding, registered)


@given(ADDRESS, ADDRESS, OCTET, OCTET, OCTET, st.binary(max_size=254))
def test_messages_as_it_reads_them(source: str, target: str, protocol: int, coding: int, priority: int, octets: bytes) -> None:
    numbers = {"protocol_id": protocol, "data_coding": coding, "priority_flag": priority}
    body = DeliverSm(source_addr=source, destination_addr=target, short_message=octets, tlvs=(Tlv(0x1E, b"abc\0"),), **numbers)  # type: ignore[arg-type]
    found = as_smpplib_reads(_quiet(), encode(Pdu(body, 5)))
    assert (found.command, found.sequence, found.status) == ("deliver_sm", 5, 0)
    assert (found.source_addr or b"", found.destination_addr or b"") == (source.encode(), target.encode())
    assert (found.short_message or b"") == octets
    assert (found.protocol_id, found.data_coding, found.priority_flag) == (protocol, coding, priority)
    assert found.receipted_message_id == b"abc"


def test_an_answer_as_it_reads_it(client: Any) -> None:
    found = as_smpplib_reads(client, encode(Pdu(SubmitSmResp("0a1b2c"), 5)))
    assert (found.command, found.message_id) == ("submit_sm_resp", b"0a1b2c")


def test_the_header_is_sixteen_octets_in_network_order(client: Any) -> None:
    assert struct.unpack(">IIII", encode(Pdu(EnquireLink(), 0x01020304))) == (16, 0x15, 0, 0x01020304)


def _quiet() -> Any:
    """A client for one example."""
    return smpplib.client.Client("127.0.0.1", 1, allow_unknown_opt_params=True)
