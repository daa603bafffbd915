"""F48 of recharges: `CZ`, a version, elements of tag, length and value, and `#` at the end (our own layout, docs/pos.md)."""

from collections.abc import Mapping
from enum import StrEnum

from pos.codec.errors import FrameError

_FIELD = 48
_HEAD = b"CZ01"
_END = b"#"
_MOST_VALUE = 99


class Tag(StrEnum):
    """Elements by what they say."""

    NUMBER = "01"
    CARRIER = "02"
    PRODUCT = "03"
    ORDER = "04"
    SERIAL = "05"
    BALANCE = "06"
    TEXT = "07"
    MARK = "08"
    PROVINCE = "09"
    AMOUNTS = "10"
    OUTCOME = "11"


class Outcome(StrEnum):
    """How an order stands, for a terminal."""

    DONE = "00"
    IN_HAND = "01"
    FAILED = "02"
    REVERSED = "03"
    BEING_REVERSED = "04"


def read(octets: bytes) -> dict[Tag, str]:
    """The elements of a request, in GBK. Elements of tags we do not know are passed over. Raises FrameError."""
    if not octets.startswith(_HEAD) or not octets.endswith(_END) or len(octets) <= len(_HEAD):
        raise FrameError(_FIELD, 0, "not CZ01 ... #")
    found: dict[str, str] = {}
    position, end = len(_HEAD), len(octets) - 1
    while position < end:
        tag, value, position = _element(octets, position, end)
        if tag in found:
            raise FrameError(_FIELD, position, "a tag that stands twice")
        found[tag] = value
    return {Tag(tag): value for tag, value in found.items() if tag in set(Tag)}


def write(elements: Mapping[Tag, str]) -> bytes:
    """Elements as octets; empty ones are left out, texts that are too long are cut at a whole character."""
    pieces = [_HEAD]
    for tag, value in elements.items():
        octets = cut(value, _MOST_VALUE)
        if octets:
            pieces.append(b"%s%02d%s" % (tag.value.encode(), len(octets), octets))
    return b"".join([*pieces, _END])


def cut(text: str, most: int) -> bytes:
    """A text in GBK, at most so many octets of it, without half a character. What GBK has no letter for becomes `?`."""
    octets = text.encode("gbk", "replace")
    return octets if len(octets) <= most else octets[:most].decode("gbk", "ignore").encode("gbk")


def _element(octets: bytes, position: int, end: int) -> tuple[str, str, int]:
    head = octets[position : position + 4]
    if len(head) < 4 or not head.isdigit():
        raise FrameError(_FIELD, position, "no tag and length")
    begin = position + 4
    after = begin + int(head[2:])
    if after > end:
        raise FrameError(_FIELD, begin, "an element that is cut off")
    try:
        value = octets[begin:after].decode("gbk")
    except UnicodeDecodeError as error:
        raise FrameError(_FIELD, begin + error.start, "not GBK") from None
    return head[:2].decode("ascii"), value, after
