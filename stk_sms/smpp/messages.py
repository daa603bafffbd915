"""Between PDUs and messages as the gateway knows them: addresses, headers, parts, payloads."""

from dataclasses import dataclass
from datetime import datetime

from gsm import concat, septets, udh
from gsm import text as gsm_text
from stk_sms.smpp import tlvs, ussd
from stk_sms.smpp.pdus import DataSm, DeliverSm, SubmitSm
from stk_sms.smpp.wire import Tlv
from stk_sms.transport import Inbound, Outbound

UDHI = 0x40
_SHORTEST = 254


@dataclass(frozen=True, slots=True)
class Address:
    """A number or name with its kind (SMPP 3.4, 5.2.5 and 5.2.6)."""

    ton: int
    npi: int
    digits: str


@dataclass(frozen=True, slots=True)
class OutRules:
    """How a centre wants messages: kinds of addresses, and whether it has the GSM alphabet packed as over the air."""

    sender: str = ""
    source_ton: int = 0
    source_npi: int = 1
    destination_ton: int = 0
    destination_npi: int = 1
    packed: bool = False


def address_of(text: str, ton: int, npi: int) -> Address:
    """+… is international; what has letters is a name; the rest is as the centre wants it."""
    if text.startswith("+"):
        return Address(1, 1, text[1:])
    if not text.isdigit() and text:
        return Address(5, 0, text[:11])
    return Address(ton, npi, text)


def payload_of(body: DeliverSm | SubmitSm | DataSm) -> bytes:
    """The octets of a message: short_message, or the TLV message_payload where that is empty."""
    short = b"" if isinstance(body, DataSm) else body.short_message
    return short or tlvs.value_of(body.tlvs, tlvs.Tag.MESSAGE_PAYLOAD) or b""


@dataclass(frozen=True, slots=True)
class Arrived:
    """One PDU's message, and which part of a long one it is."""

    message: Inbound
    part: udh.Part | None

    @property
    def key(self) -> concat.Key:
        """What the parts of one long message have in common."""
        part = self.part or udh.Part(0, 1, 1)
        return (self.message.sender, self.message.recipient, part.reference, part.count)


def arrived(link: str, message_id: str, body: DeliverSm | SubmitSm | DataSm, now: datetime, *, packed: bool = False) -> Arrived:
    """The message in a PDU. Raises udh.BadHeader where UDHI is set and the header does not hold together."""
    octets = payload_of(body)
    header = b""
    if body.esm_class & UDHI:
        header, octets = udh.split_user_data(octets)
    if packed and gsm_text.is_gsm7(body.data_coding):
        octets = septets.unpack_text(octets, septets.fill_bits(len(header)))
    part = udh.part_of(header) or _segment(body.tlvs)
    message = Inbound(
        link,
        message_id,
        body.source_addr.lstrip("+"),
        body.destination_addr.lstrip("+"),
        octets,
        now,
        header,
        body.data_coding,
        protocol_id=0 if isinstance(body, DataSm) else body.protocol_id,
        ussd=ussd.read(body.service_type, body.tlvs),
    )
    return Arrived(message, part if part and part.count > 1 else None)


def _segment(told: tuple[Tlv, ...]) -> udh.Part | None:
    """A part told by the sar_ TLVs (SMPP 3.4, 5.3.2.22 to 24)."""
    if not told:
        return None
    tags = (tlvs.Tag.SAR_MSG_REF_NUM, tlvs.Tag.SAR_TOTAL_SEGMENTS, tlvs.Tag.SAR_SEGMENT_SEQNUM)
    reference, count, number = (tlvs.number_of(told, tag) for tag in tags)
    if reference is None or count is None or number is None or not 1 <= number <= count <= concat.MOST_PARTS:
        return None
    return udh.Part(reference, count, number, wide=True)


def submissions(message: Outbound, reference: int, rules: OutRules) -> list[SubmitSm]:
    """The submit_sm PDUs of a message: several for a long text. Raises concat.TooLong."""
    if message.data:
        return [_submit(message, concat.Piece(message.udh, message.data, message.coding), rules)]
    if message.ussd is not None:
        data, coding = gsm_text.encode(message.text)
        return [_submit(message, concat.Piece(b"", data, coding), rules)]
    return [_submit(message, piece, rules) for piece in concat.split(message.text, reference)]


def _submit(message: Outbound, piece: concat.Piece, rules: OutRules) -> SubmitSm:
    source = address_of(message.sender or rules.sender, rules.source_ton, rules.source_npi)
    target = address_of(message.recipient, rules.destination_ton, rules.destination_npi)
    packed = rules.packed and not message.data and piece.coding == gsm_text.GSM7
    octets = piece.header + (septets.pack(piece.data, septets.fill_bits(len(piece.header))) if packed else piece.data)
    long = len(octets) > _SHORTEST
    extra = (Tlv(tlvs.Tag.MESSAGE_PAYLOAD, octets),) if long else ()
    return SubmitSm(
        service_type=ussd.SERVICE_TYPE if message.ussd else "",
        source_addr_ton=source.ton,
        source_addr_npi=source.npi,
        source_addr=source.digits,
        dest_addr_ton=target.ton,
        dest_addr_npi=target.npi,
        destination_addr=target.digits,
        esm_class=UDHI if piece.header else 0,
        protocol_id=message.protocol_id,
        validity_period=_period(message.valid_seconds),
        registered_delivery=1 if message.want_report else 0,
        data_coding=piece.coding,
        short_message=b"" if long else octets,
        tlvs=extra + (ussd.write(message.ussd) if message.ussd else ()),
    )


def _period(seconds: int) -> str:
    """A relative time (7.1.1.2), days at most."""
    if not seconds:
        return ""
    minutes, second = divmod(min(seconds, 30 * 86_400), 60)
    hours, minute = divmod(minutes, 60)
    day, hour = divmod(hours, 24)
    return f"0000{day:02}{hour:02}{minute:02}{second:02}000R"
