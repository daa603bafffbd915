"""The PDUs of SMPP 3.4 as plain values: each body's fields in their order on the wire (clause 4)."""

from dataclasses import dataclass, field
from typing import Annotated, ClassVar

from stk_sms.smpp.wire import Counted, CString, Destination, Destinations, Integer, Tlv, Tlvs, Unsuccessful, UnsuccessfulList

RESPONSE = 0x80000000
Octet = Annotated[int, Integer()]
Address = Annotated[str, CString(21)]
Time = Annotated[str, CString(17)]
MessageId = Annotated[str, CString(65)]
Octets = Annotated[bytes, Counted()]
Optional = Annotated[tuple[Tlv, ...], Tlvs()]


@dataclass(frozen=True, slots=True)
class Body:
    """What every body has: its command id."""

    command: ClassVar[int] = 0


@dataclass(frozen=True, slots=True)
class _Bind(Body):
    system_id: Annotated[str, CString(16)] = ""
    password: Annotated[str, CString(9)] = field(default="", repr=False)
    system_type: Annotated[str, CString(13)] = ""
    interface_version: Octet = 0x34
    addr_ton: Octet = 0
    addr_npi: Octet = 0
    address_range: Annotated[str, CString(41)] = ""
    tlvs: Optional = ()


@dataclass(frozen=True, slots=True)
class _BindResp(Body):
    system_id: Annotated[str, CString(16)] = ""
    tlvs: Optional = ()


class BindReceiver(_Bind):
    """4.1.3"""

    __slots__ = ()
    command = 0x01


class BindTransmitter(_Bind):
    """4.1.1"""

    __slots__ = ()
    command = 0x02


class BindTransceiver(_Bind):
    """4.1.5"""

    __slots__ = ()
    command = 0x09


class BindReceiverResp(_BindResp):
    """4.1.4"""

    __slots__ = ()
    command = RESPONSE | 0x01


class BindTransmitterResp(_BindResp):
    """4.1.2"""

    __slots__ = ()
    command = RESPONSE | 0x02


class BindTransceiverResp(_BindResp):
    """4.1.6"""

    __slots__ = ()
    command = RESPONSE | 0x09


Bind = BindReceiver | BindTransmitter | BindTransceiver


@dataclass(frozen=True, slots=True)
class Outbind(Body):
    """4.1.7: the centre asks the application to bind."""

    command = 0x0B
    system_id: Annotated[str, CString(16)] = ""
    password: Annotated[str, CString(9)] = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Unbind(Body):
    """4.2.1"""

    command = 0x06


@dataclass(frozen=True, slots=True)
class UnbindResp(Body):
    """4.2.2"""

    command = RESPONSE | 0x06


@dataclass(frozen=True, slots=True)
class GenericNack(Body):
    """4.3.1"""

    command = RESPONSE


@dataclass(frozen=True, slots=True)
class EnquireLink(Body):
    """4.11.1"""

    command = 0x15


@dataclass(frozen=True, slots=True)
class EnquireLinkResp(Body):
    """4.11.2"""

    command = RESPONSE | 0x15


@dataclass(frozen=True, slots=True)
class _ShortMessage(Body):
    service_type: Annotated[str, CString(6)] = ""
    source_addr_ton: Octet = 0
    source_addr_npi: Octet = 0
    source_addr: Address = ""
    dest_addr_ton: Octet = 0
    dest_addr_npi: Octet = 0
    destination_addr: Address = ""
    esm_class: Octet = 0
    protocol_id: Octet = 0
    priority_flag: Octet = 0
    schedule_delivery_time: Time = ""
    validity_period: Time = ""
    registered_delivery: Octet = 0
    replace_if_present_flag: Octet = 0
    data_coding: Octet = 0
    sm_default_msg_id: Octet = 0
    short_message: Octets = field(default=b"", repr=False)
    tlvs: Optional = field(default=(), repr=False)


class SubmitSm(_ShortMessage):
    """4.4.1"""

    __slots__ = ()
    command = 0x04


class DeliverSm(_ShortMessage):
    """4.6.1"""

    __slots__ = ()
    command = 0x05


@dataclass(frozen=True, slots=True)
class _MessageResp(Body):
    message_id: MessageId = ""
    tlvs: Optional = ()


class SubmitSmResp(_MessageResp):
    """4.4.2"""

    __slots__ = ()
    command = RESPONSE | 0x04


class DeliverSmResp(_MessageResp):
    """4.6.2"""

    __slots__ = ()
    command = RESPONSE | 0x05


@dataclass(frozen=True, slots=True)
class SubmitMulti(Body):
    """4.5.1"""

    command = 0x21
    service_type: Annotated[str, CString(6)] = ""
    source_addr_ton: Octet = 0
    source_addr_npi: Octet = 0
    source_addr: Address = ""
    destinations: Annotated[tuple[Destination, ...], Destinations()] = ()
    esm_class: Octet = 0
    protocol_id: Octet = 0
    priority_flag: Octet = 0
    schedule_delivery_time: Time = ""
    validity_period: Time = ""
    registered_delivery: Octet = 0
    replace_if_present_flag: Octet = 0
    data_coding: Octet = 0
    sm_default_msg_id: Octet = 0
    short_message: Octets = field(default=b"", repr=False)
    tlvs: Optional = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class SubmitMultiResp(Body):
    """4.5.2"""

    command = RESPONSE | 0x21
    message_id: MessageId = ""
    unsuccessful: Annotated[tuple[Unsuccessful, ...], UnsuccessfulList()] = ()
    tlvs: Optional = ()


@dataclass(frozen=True, slots=True)
class DataSm(Body):
    """4.7.1"""

    command = 0x103
    service_type: Annotated[str, CString(6)] = ""
    source_addr_ton: Octet = 0
    source_addr_npi: Octet = 0
    source_addr: Annotated[str, CString(65)] = ""
    dest_addr_ton: Octet = 0
    dest_addr_npi: Octet = 0
    destination_addr: Annotated[str, CString(65)] = ""
    esm_class: Octet = 0
    registered_delivery: Octet = 0
    data_coding: Octet = 0
    tlvs: Optional = field(default=(), repr=False)


class DataSmResp(_MessageResp):
    """4.7.2"""

    __slots__ = ()
    command = RESPONSE | 0x103


@dataclass(frozen=True, slots=True)
class QuerySm(Body):
    """4.8.1"""

    command = 0x03
    message_id: MessageId = ""
    source_addr_ton: Octet = 0
    source_addr_npi: Octet = 0
    source_addr: Address = ""


@dataclass(frozen=True, slots=True)
class QuerySmResp(Body):
    """4.8.2"""

    command = RESPONSE | 0x03
    message_id: MessageId = ""
    final_date: Time = ""
    message_state: Octet = 0
    error_code: Octet = 0


@dataclass(frozen=True, slots=True)
class CancelSm(Body):
    """4.9.1"""

    command = 0x08
    service_type: Annotated[str, CString(6)] = ""
    message_id: MessageId = ""
    source_addr_ton: Octet = 0
    source_addr_npi: Octet = 0
    source_addr: Address = ""
    dest_addr_ton: Octet = 0
    dest_addr_npi: Octet = 0
    destination_addr: Address = ""


@dataclass(frozen=True, slots=True)
class CancelSmResp(Body):
    """4.9.2"""

    command = RESPONSE | 0x08


@dataclass(frozen=True, slots=True)
class ReplaceSm(Body):
    """4.10.1"""

    command = 0x07
    message_id: MessageId = ""
    source_addr_ton: Octet = 0
    source_addr_npi: Octet = 0
    source_addr: Address = ""
    schedule_delivery_time: Time = ""
    validity_period: Time = ""
    registered_delivery: Octet = 0
    sm_default_msg_id: Octet = 0
    short_message: Octets = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class ReplaceSmResp(Body):
    """4.10.2"""

    command = RESPONSE | 0x07


@dataclass(frozen=True, slots=True)
class AlertNotification(Body):
    """4.12.1: a phone is within reach again; nothing answers it."""

    command = 0x102
    source_addr_ton: Octet = 0
    source_addr_npi: Octet = 0
    source_addr: Annotated[str, CString(65)] = ""
    esme_addr_ton: Octet = 0
    esme_addr_npi: Octet = 0
    esme_addr: Annotated[str, CString(65)] = ""
    tlvs: Optional = ()


BODIES: tuple[type[Body], ...] = (
    BindReceiver, BindReceiverResp, BindTransmitter, BindTransmitterResp, BindTransceiver, BindTransceiverResp, Outbind, Unbind,
    UnbindResp, GenericNack, EnquireLink, EnquireLinkResp, SubmitSm, SubmitSmResp, DeliverSm, DeliverSmResp, SubmitMulti,
    SubmitMultiResp, DataSm, DataSmResp, QuerySm, QuerySmResp, CancelSm, CancelSmResp, ReplaceSm, ReplaceSmResp, AlertNotification,
)  # fmt: skip
UNANSWERED = (AlertNotification, Outbind)
"""Requests that have no response."""
