"""The card's own packet code: user data header, command header, checksum, ciphering, both ways."""

from dataclasses import dataclass

from simulators.sim_card.blocks import backward, block_size, chain, forward, mac, unchain

HEADER = b"\x02\x70\x00"
ALGORITHMS = {"aes": 2, "3des2": 5, "3des3": 9}
# Checksum, ciphered, counter present; no proof of receipt.
SPI = b"\x0e\x00"


@dataclass(frozen=True, slots=True)
class Keys:
    """A key version as it lies on the card."""

    kind: str
    version: int
    kic: bytes
    kid: bytes


class NotForMe(Exception):
    """A message to the card that the card would drop in silence."""


def pack(keys: Keys, tar: bytes, counter: int, body: bytes) -> bytes:
    """A secured message: what goes into TP-UD."""
    size = block_size(keys.kind)
    padding = (size - (14 + len(body)) % size) % size
    key_octet = keys.version * 16 + ALGORITHMS[keys.kind]
    length = 8 + 14 + len(body) + padding
    head = bytes([length >> 8, length & 0xFF, 21]) + SPI + bytes([key_octet, key_octet]) + tar
    count = counter.to_bytes(5, "big") + bytes([padding])
    tail = body + bytes(padding)
    proof = mac(keys.kind, keys.kid, head + count + tail)
    return HEADER + head + chain(forward(keys.kind, keys.kic), size, count + proof + tail)


def unpack(versions: dict[int, Keys], tar: bytes, message: bytes) -> tuple[int, bytes]:
    """Counter and body of a message to the card. Raises NotForMe."""
    if message[:3] != HEADER or message[10:13] != tar:
        raise NotForMe("another header or TAR")
    keys = versions.get(message[8] >> 4)
    secured, size = message[13:], block_size(keys.kind) if keys else 1
    if keys is None or message[8] & 15 != ALGORITHMS[keys.kind] or len(secured) % size or not secured:
        raise NotForMe("keys this card does not have")
    plain = unchain(backward(keys.kind, keys.kic), size, secured)
    count, proof, tail = plain[:6], plain[6:14], plain[14:]
    if mac(keys.kind, keys.kid, message[3:13] + count + tail) != proof:
        raise NotForMe("the checksum does not hold")
    return int.from_bytes(count[:5], "big"), tail[: len(tail) - count[5]]
