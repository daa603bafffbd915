"""A fuzzer's targets for the other inputs of the SMS links: headers, parts, Kannel's queries, plain text, keyed strings, formats."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

from gsm import alphabet, concat, septets, udh
from gsm import text as gsm_text
from stk_sms.commands import BadFormats, Commands, Unclear, read_formats
from stk_sms.http_link.escapes import BadQuery
from stk_sms.http_link.inbound import read_message, read_report
from stk_sms.smpp.ussd import direct_fields

MOMENT = datetime(2026, 11, 20, tzinfo=UTC)
COMMANDS = Commands()


def header(octets: bytes) -> None:
    """A user data header: what is read can be built again."""
    with suppress(udh.BadHeader):
        whole, _ = udh.split_user_data(octets)
        elements = udh.parse(whole)
        if elements and len(whole) <= 140 and udh.build(elements) != whole:
            raise AssertionError(octets.hex())
        udh.part_of(whole)
        udh.without_part(whole)


def letters(octets: bytes) -> None:
    """Text of any coding, packed or not; what was read can be split into parts that say the same."""
    coding, data = octets[:1], octets[1:]
    words = gsm_text.decode(data, coding[0] if coding else 0)
    alphabet.decode(septets.unpack_text(data))
    pieces = concat.split(words, 1)
    told = "".join(gsm_text.decode(piece.data, piece.coding) for piece in pieces)
    if told != words:
        raise AssertionError(octets.hex())


def query(octets: bytes) -> None:
    """What Kannel, or somebody who pretends to be it, asks."""
    asked = octets.decode("latin-1")
    with suppress(BadQuery):
        str(read_message("fuzz", asked, MOMENT).text)
    with suppress(BadQuery):
        read_report("fuzz", asked)


def words(octets: bytes) -> None:
    """A text as typed, and a string as keyed."""
    typed = octets.decode("utf-8", "replace")
    direct_fields(typed)
    for recipient in ("", "0353910", "0353911"):
        with suppress(Unclear):
            COMMANDS.parse(recipient, typed)


def formats(octets: bytes) -> None:
    """The formats of a deployment's file: taken whole, or refused with what is wrong."""
    with suppress(BadFormats):
        read_formats(octets.decode("utf-8", "replace"))


HEADERS = ("02700078", "0500031f0201", "0b0504158200000003aa0202", "06080401020302")
LETTERS = ("0068656c6c6f", "085145d83dde00", "001b651b", "f600ff", "00e8329bfd4697d9ec37")
QUERIES = (b"from=138&to=1&udh=%02%70%00&bin=%00+a&coding=1&id=x", b"ref=1&type=1&id=2&answer=x", b"from=%ff&coding=-1")
WORDS = ("S10.13800138000.2233#2", "Ｓ１０．１３８", "*888*138*50#", "13800138000 50", "K 1234567 x")
FORMATS = (
    b'[{"intent": "balance", "template": "00", "sample": "00", "access": ["0353910"]}]',
    b'[{"intent": "recharge", "template": "{number} {amount} {mark}", "sample": "13800138000 50"}]',
    # A field in capital letters once was no field and no error either.
    b'[{"intent": "recharge", "template": "{numbEr} {amount}", "sample": "13800138000 50"}]',
)
TARGETS: dict[str, tuple[Callable[[bytes], None], tuple[bytes, ...]]] = {
    "header": (header, tuple(map(bytes.fromhex, HEADERS))),
    "letters": (letters, tuple(map(bytes.fromhex, LETTERS))),
    "query": (query, QUERIES),
    "formats": (formats, FORMATS),
    "words": (words, tuple(text.encode() for text in WORDS)),
}
