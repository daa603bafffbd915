"""The user data header in front of a secured packet (3GPP TS 23.040 9.2.3.24, 3GPP TS 31.115 clause 4)."""

from stk_sms.packet.errors import PacketError

COMMAND_PACKET = 0x70
RESPONSE_PACKET = 0x71
CONCATENATED = (0x00, 0x08)
LONGEST_USER_DATA = 140


def header_of(element: int) -> bytes:
    """The header that announces a secured packet and nothing else: 02 70 00 or 02 71 00."""
    return bytes((2, element, 0))


def secured_part(user_data: bytes, element: int) -> tuple[bytes, int]:
    """What follows the header of a secured packet, and at which octet it begins. Raises PacketError."""
    if not 1 <= len(user_data) <= LONGEST_USER_DATA:
        raise PacketError("user_data", 0, f"{len(user_data)} octets")
    start = 1 + user_data[0]
    if start > len(user_data):
        raise PacketError("UDHL", 0, "longer than the message")
    if user_data[:start] == header_of(element):
        return user_data[start:], start
    elements = _elements(user_data[:start])
    if any(number in elements for number in CONCATENATED):
        raise PacketError("IEI", 1, "one part of a concatenated message")
    if elements.get(element) != 0:
        raise PacketError("IEI", 1, f"no secured packet of kind {element:02x}")
    return user_data[start:], start


def is_secured(user_data: bytes, element: int = COMMAND_PACKET) -> bool:
    """Whether a message with a header announces a secured packet of this kind; nothing behind the header is looked at."""
    try:
        secured_part(user_data, element)
    except PacketError:
        return False
    return True


def _elements(header: bytes) -> dict[int, int]:
    """Information elements by number, with the length of their data."""
    found: dict[int, int] = {}
    position = 1
    while position < len(header):
        if position + 1 >= len(header) or position + 2 + header[position + 1] > len(header):
            raise PacketError("IEIDL", position, "reaches past the header")
        if header[position] in found:
            raise PacketError("IEI", position, f"{header[position]:02x} twice")
        found[header[position]] = header[position + 1]
        position += 2 + header[position + 1]
    return found
