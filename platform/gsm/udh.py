"""The user data header: information elements before a message's text or data (3GPP TS 23.040, 9.2.3.24)."""

from dataclasses import dataclass
from functools import lru_cache

CONCATENATED_8 = 0x00
CONCATENATED_16 = 0x08
PORTS_16 = 0x05
COMMAND_PACKET = 0x70
RESPONSE_PACKET = 0x71


class BadHeader(ValueError):
    """A header that does not hold together; `position` counts octets from the length octet."""

    def __init__(self, reason: str, position: int) -> None:
        super().__init__(f"{reason} at {position}")
        self.position = position


@dataclass(frozen=True, slots=True)
class Element:
    """One information element."""

    tag: int
    value: bytes = b""


@dataclass(frozen=True, slots=True)
class Part:
    """Which part of which long message this is: `number` of `count`, both from 1."""

    reference: int
    count: int
    number: int
    wide: bool = False


def split_user_data(user_data: bytes) -> tuple[bytes, bytes]:
    """Header with its length octet, and what follows it. Raises BadHeader."""
    if not user_data or user_data[0] + 1 > len(user_data):
        raise BadHeader("the header is longer than the message", 0)
    end = user_data[0] + 1
    return user_data[:end], user_data[end:]


# Cards' packets all have the same header, and are most of what is read.
@lru_cache(maxsize=256)
def parse(header: bytes) -> tuple[Element, ...]:
    """The elements of a header with its length octet. Raises BadHeader."""
    if not header:
        return ()
    if header[0] + 1 != len(header):
        raise BadHeader("the length does not fit", 0)
    elements: list[Element] = []
    position = 1
    while position < len(header):
        if position + 2 > len(header):
            raise BadHeader("an element without a length", position)
        end = position + 2 + header[position + 1]
        if end > len(header):
            raise BadHeader("an element is cut off", position)
        elements.append(Element(header[position], header[position + 2 : end]))
        position = end
    return tuple(elements)


def build(elements: tuple[Element, ...]) -> bytes:
    """A header with its length octet; empty for no elements. Raises BadHeader where it would be too long."""
    if not elements:
        return b""
    body = b"".join(bytes([element.tag, len(element.value)]) + element.value for element in elements)
    if len(body) > 139:
        raise BadHeader("more than a message holds", 0)
    return bytes([len(body)]) + body


def part_of(header: bytes) -> Part | None:
    """The last concatenation element that makes sense (9.2.3.24.1: others are ignored), or None. Raises BadHeader."""
    found = None
    for element in parse(header):
        part = _part(element)
        found = part or found
    return found


def _part(element: Element) -> Part | None:
    wide = element.tag == CONCATENATED_16
    if element.tag not in (CONCATENATED_8, CONCATENATED_16) or len(element.value) != (4 if wide else 3):
        return None
    *reference, count, number = element.value
    if not 1 <= number <= count:
        return None
    return Part(int.from_bytes(reference, "big"), count, number, wide)


def part_element(part: Part) -> Element:
    """The element that says which part this is."""
    size = 2 if part.wide else 1
    return Element(
        CONCATENATED_16 if part.wide else CONCATENATED_8, part.reference.to_bytes(size, "big") + bytes([part.count, part.number])
    )


def without_part(header: bytes) -> bytes:
    """The header with its concatenation elements taken out. Raises BadHeader."""
    return build(tuple(element for element in parse(header) if element.tag not in (CONCATENATED_8, CONCATENATED_16)))
