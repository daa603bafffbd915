"""A fuzzer's target for what a stranger can send to the SMPP port."""

from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from gsm.udh import BadHeader
from stk_sms.smpp import receipts, ussd
from stk_sms.smpp.codec import BadFrame, FrameReader, decode, encode
from stk_sms.smpp.messages import arrived
from stk_sms.smpp.pdus import DataSm, DeliverSm, SubmitSm
from stk_sms.smpp.wire import MalformedPdu

CORPUS = Path(__file__).with_name("smpp_corpus")
MOMENT = datetime(2026, 11, 20, tzinfo=UTC)


def target(octets: bytes) -> int:
    """Reads a stream of PDUs as the product does; how many could be read. Any error but the parsers' own is a find."""
    reader = FrameReader()
    readable = 0
    with suppress(BadFrame):
        # Two reads, so that frames are cut by them.
        for piece in (octets[: len(octets) // 2], octets[len(octets) // 2 :]):
            for frame in reader.feed(piece):
                readable += read(frame)
    return readable


def read(frame: bytes) -> bool:
    """One frame: whether it is a PDU. What was read must be written again as it was read."""
    try:
        pdu = decode(frame)
    except MalformedPdu:
        return False
    if decode(encode(pdu)) != pdu:
        raise AssertionError(frame.hex())
    body = pdu.body
    if isinstance(body, DeliverSm | DataSm | SubmitSm):
        with suppress(BadHeader):
            str(arrived("fuzz", "1", body, MOMENT).message.text)
        ussd.read(body.service_type, body.tlvs)
    if isinstance(body, DeliverSm | DataSm):
        receipts.is_receipt(body)
        found = receipts.read(body)
        list(receipts.spellings(found.message_id) if found else ())
    return True


def corpus() -> dict[str, bytes]:
    """What is kept, by name; the files are hexadecimal so that a change of them can be read."""
    return {path.stem: bytes.fromhex(path.read_text(encoding="ascii")) for path in sorted(CORPUS.glob("*.hex"))}
