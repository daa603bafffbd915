"""Septets packed into octets as they travel over the air (3GPP TS 23.038, 6.1.2.1), with fill bits behind a user data header."""


def fill_bits(header_octets: int) -> int:
    """Bits left empty so that the text behind a header of so many octets begins at a septet boundary (3GPP TS 23.040, 9.2.3.24)."""
    return -header_octets * 8 % 7


def pack(septets: bytes, fill: int = 0) -> bytes:
    """Septets (one an octet, below 128) to octets, behind `fill` empty bits. Raises ValueError for an octet that is no septet."""
    if septets and max(septets) > 127:
        raise ValueError("not a septet")
    bits = sum(septet << 7 * index for index, septet in enumerate(septets)) << fill
    return bits.to_bytes(-(-(7 * len(septets) + fill) // 8), "little")


def unpack(octets: bytes, count: int | None = None, fill: int = 0) -> bytes:
    """Octets to `count` septets (as many as fit where it is not told), skipping `fill` bits. Raises ValueError when too few came."""
    room = max(8 * len(octets) - fill, 0) // 7
    wanted = room if count is None else count
    if not 0 <= wanted <= room:
        raise ValueError(f"{wanted} septets do not lie in {len(octets)} octets")
    bits = int.from_bytes(octets, "little") >> fill
    return bytes(bits >> 7 * index & 0x7F for index in range(wanted))


def unpack_text(octets: bytes, fill: int = 0) -> bytes:
    """All septets, without the last where it may be nothing but seven spare bits: a text seldom ends in `@` (6.1.2.3.1)."""
    found = unpack(octets, fill=fill)
    spare = found and (8 * len(octets) - fill) % 7 == 0 and found[-1] == 0
    return found[:-1] if spare else found
