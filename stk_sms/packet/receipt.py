"""Response packets (proof of receipt, TS 102 225 clause 5.2) with which a card answers what we sent it secured."""

import hmac
from dataclasses import dataclass

from stk_sms.packet.crypto import BLOCKS, checksum, decipher
from stk_sms.packet.diversify import CardKeys
from stk_sms.packet.errors import PacketError, ResponseStatus
from stk_sms.packet.level import CHECKSUM_OCTETS, Algorithm
from stk_sms.packet.user_data import RESPONSE_PACKET, header_of, secured_part

# RPL(2) RHL(1) TAR(3) in clear; CNTR(5) PCNTR(1) STATUS(1) CC(8) ciphered.
_CLEAR = 6
_PROVED = 7
_HIDDEN = _PROVED + CHECKSUM_OCTETS
_RHL = 3 + _HIDDEN


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a card says of a message we sent it: its counter, the standard's status octet, and the application's answer."""

    tar: bytes
    counter: int
    status: int
    data: bytes


def open_receipt(user_data: bytes, algorithm: Algorithm, keys: CardKeys) -> Receipt:
    """A ciphered receipt with a checksum, proved. Raises PacketError.

    Unlike a command's, a receipt's checksum begins at the user data header, 02 71 00 (3GPP TS 31.115, 4.4).
    """
    packet, start = secured_part(user_data, RESPONSE_PACKET)
    if len(packet) < _CLEAR or int.from_bytes(packet[:2]) != len(packet) - 2:
        raise PacketError("RPL", start, f"{len(packet)} octets")
    if packet[2] != _RHL:
        raise PacketError("RHL", start + 2, f"{packet[2]}", ResponseStatus.INSUFFICIENT_LEVEL)
    secured = packet[_CLEAR:]
    if len(secured) % BLOCKS[algorithm] or len(secured) < _HIDDEN:
        raise PacketError("secured", start + _CLEAR, f"{len(secured)} octets are no whole blocks", ResponseStatus.CIPHERING)
    plain = decipher(algorithm, keys.kic, secured)
    padded = plain[_HIDDEN:]
    proved = header_of(RESPONSE_PACKET) + packet[:_CLEAR] + plain[:_PROVED] + padded
    if not hmac.compare_digest(checksum(algorithm, keys.kid, proved), plain[_PROVED:_HIDDEN]):
        raise PacketError("CC", start + _CLEAR + _PROVED, "does not hold", ResponseStatus.CHECKSUM_FAILED)
    padding = plain[5]
    if padding >= BLOCKS[algorithm] or padding > len(padded):
        raise PacketError("PCNTR", start + _CLEAR + 5, f"{padding}", ResponseStatus.CIPHERING)
    return Receipt(packet[3:_CLEAR], int.from_bytes(plain[:5]), plain[6], padded[: len(padded) - padding])
