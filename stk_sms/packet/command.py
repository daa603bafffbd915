"""Command packets, from a card or to one: the clear header, opening with its checks, and sealing."""

import hmac
from dataclasses import dataclass

from stk_sms.packet.crypto import BLOCKS, checksum, cipher, decipher
from stk_sms.packet.diversify import CardKeys
from stk_sms.packet.errors import PacketError, ResponseStatus
from stk_sms.packet.level import CHECKSUM_OCTETS, HEADER_LENGTH, Algorithm, key_octet
from stk_sms.packet.user_data import COMMAND_PACKET, LONGEST_USER_DATA, header_of, secured_part

TAR_OCTETS = 3
COUNTER_OCTETS = 5
LARGEST_COUNTER = (1 << 8 * COUNTER_OCTETS) - 1
# CPL(2) CHL(1) SPI(2) KIc(1) KID(1) TAR(3)
_CLEAR = 10
# CNTR(5) PCNTR(1) CC(8), the ciphered part of the header.
_HIDDEN = COUNTER_OCTETS + 1 + CHECKSUM_OCTETS
# Checksum, ciphering, "counter must be higher"; no proof of receipt is asked for.
TO_CARD = bytes((0b10110, 0))


@dataclass(frozen=True, slots=True)
class CommandPacket:
    """The clear half of a command packet. `clear` is CPL to TAR as sent; `secured` is everything behind it; nothing is proved yet."""

    header_length: int
    spi: bytes
    kic: int
    kid: int
    tar: bytes
    clear: bytes
    secured: bytes


@dataclass(frozen=True, slots=True)
class OpenedPacket:
    """A packet whose checksum held under the card's own key: its counter (0 to 2^40 - 1) and the application's octets."""

    counter: int
    data: bytes

    def __repr__(self) -> str:
        # The data carry a service password.
        return f"OpenedPacket(counter={self.counter}, {len(self.data)} octets)"


def parse_command(user_data: bytes) -> CommandPacket:
    """The clear header of a secured message with its lengths checked. Raises PacketError."""
    packet, start = secured_part(user_data, COMMAND_PACKET)
    if len(packet) < _CLEAR:
        raise PacketError("CPL", start, "header cut short")
    length = int.from_bytes(packet[:2])
    if length != len(packet) - 2:
        raise PacketError("CPL", start, f"says {length} octets, {len(packet) - 2} follow")
    header_length = packet[2]
    if not _CLEAR - 3 + COUNTER_OCTETS + 1 <= header_length <= length - 1:
        raise PacketError("CHL", start + 2, f"{header_length}")
    return CommandPacket(header_length, packet[3:5], packet[5], packet[6], packet[7:10], packet[:_CLEAR], packet[_CLEAR:])


def open_command(packet: CommandPacket, algorithm: Algorithm, keys: CardKeys) -> OpenedPacket:
    """Decipher and prove a packet whose level was found sufficient. Raises PacketError (CIPHERING or CHECKSUM_FAILED).

    The checksum covers CPL to PCNTR, then the data with their padding (TS 102 225, 5.1.3; 3GPP TS 31.115, 4.2).
    """
    if len(packet.secured) % BLOCKS[algorithm] or len(packet.secured) < _HIDDEN:
        raise PacketError("secured", _CLEAR, f"{len(packet.secured)} octets are no whole blocks", ResponseStatus.CIPHERING)
    plain = decipher(algorithm, keys.kic, packet.secured)
    counter, padding, claimed = plain[:COUNTER_OCTETS], plain[COUNTER_OCTETS], plain[COUNTER_OCTETS + 1 : _HIDDEN]
    padded = plain[_HIDDEN:]
    expected = checksum(algorithm, keys.kid, packet.clear + plain[: COUNTER_OCTETS + 1] + padded)
    if not hmac.compare_digest(expected, claimed):
        raise PacketError("CC", _CLEAR + COUNTER_OCTETS + 1, "does not hold", ResponseStatus.CHECKSUM_FAILED)
    if padding >= BLOCKS[algorithm] or padding > len(padded):
        raise PacketError("PCNTR", _CLEAR + COUNTER_OCTETS, f"{padding}", ResponseStatus.CIPHERING)
    return OpenedPacket(int.from_bytes(counter), padded[: len(padded) - padding])


def seal_command(
    algorithm: Algorithm, key_version: int, keys: CardKeys, tar: bytes, counter: int, data: bytes, spi: bytes = TO_CARD
) -> bytes:
    """The user data of one secured message, header included. Raises PacketError when it does not fit into 140 octets."""
    if not 0 <= counter <= LARGEST_COUNTER:
        raise PacketError("CNTR", _CLEAR, f"{counter}", ResponseStatus.COUNTER_HIGH)
    padding = -(_HIDDEN + len(data)) % BLOCKS[algorithm]
    length = _CLEAR - 2 + _HIDDEN + len(data) + padding
    if 3 + 2 + length > LONGEST_USER_DATA:
        raise PacketError("data", _CLEAR + _HIDDEN, f"{len(data)} octets do not fit into one message")
    octet = key_octet(algorithm, key_version)
    clear = length.to_bytes(2) + bytes((HEADER_LENGTH,)) + spi + bytes((octet, octet)) + tar
    head = counter.to_bytes(COUNTER_OCTETS) + bytes((padding,))
    padded = data + bytes(padding)
    proof = checksum(algorithm, keys.kid, clear + head + padded)
    return header_of(COMMAND_PACKET) + clear + cipher(algorithm, keys.kic, head + proof + padded)
