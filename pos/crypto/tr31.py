"""Opening TR-31 key blocks (ASC X9 TR 31-2018): versions A and C (variants), B (derived, TDES), D (derived, AES)."""

import hmac
from collections.abc import Callable
from dataclasses import dataclass

from Crypto.Cipher import AES

from pos.crypto.des import Double, padded, xored

_HEADER = 16
_ENCRYPTING, _AUTHENTICATING = 0x45, 0x4D
_MAC_OCTETS = {"A": 4, "B": 8, "C": 4, "D": 16}
_OPTIONAL_HEAD = 4
Cipher = Callable[[bytes], bytes]


class BadKeyBlock(Exception):
    """A key block that cannot be taken; the text says why and holds no key."""


@dataclass(frozen=True, slots=True)
class KeyBlock:
    """What a block carries: its usage (K0: a key for keys), algorithm (T: TDES), mode of use, and the key."""

    usage: str
    algorithm: str
    mode: str
    key: bytes

    def __repr__(self) -> str:
        return f"KeyBlock({self.usage}, {self.algorithm}, {self.mode}, ***)"


def open_block(protection: bytes, text: str) -> KeyBlock:
    """The key in a block under a protection key: 16 octets for A, B and C; 16, 24 or 32 for D. Raises BadKeyBlock."""
    version, header, body = _parts(text)
    if len(protection) != 16 and version != "D":
        raise BadKeyBlock("a protection key of another length")
    if len(protection) not in (16, 24, 32):
        raise BadKeyBlock("a protection key of another length")
    size = _MAC_OCTETS[version]
    secret, mac = body[:-size], body[-size:]
    block = 16 if version == "D" else 8
    if not secret or len(secret) % block:
        raise BadKeyBlock("not whole blocks")
    opened = (_open_variant if version in "AC" else _open_derived)(protection, header, secret, mac)
    bits = int.from_bytes(opened[:2], "big")
    if bits % 8 or not 0 < bits // 8 <= len(opened) - 2:
        raise BadKeyBlock("a key of a length that cannot be")
    return KeyBlock(text[5:7], text[7], text[8], opened[2 : 2 + bits // 8])


def cmac(encrypt: Cipher, block: int, octets: bytes) -> bytes:
    """CMAC over a cipher (NIST SP 800-38B)."""
    reduction = 0x87 if block == 16 else 0x1B
    first = _doubled(encrypt(bytes(block)), reduction)
    start = max(0, (len(octets) - 1) // block * block)
    head, last = octets[:start], octets[start:]
    whole = len(last) == block
    last = xored(last, first) if whole else xored((last + b"\x80").ljust(block, b"\0"), _doubled(first, reduction))
    state = bytes(block)
    for begin in range(0, len(head), block):
        state = encrypt(xored(state, head[begin : begin + block]))
    return encrypt(xored(state, last))


def _parts(text: str) -> tuple[str, bytes, bytes]:
    """Version, header with its optional blocks, and the octets behind it."""
    if not text.isascii() or len(text) < _HEADER or text[0] not in _MAC_OCTETS:
        raise BadKeyBlock("not a key block of version A, B, C or D")
    if not text[1:5].isdigit() or int(text[1:5]) != len(text) or not text[12:14].isdigit():
        raise BadKeyBlock("another length than it says")
    end = _HEADER
    for _ in range(int(text[12:14])):
        try:
            length = int(text[end + 2 : end + 4], 16)
        except ValueError:
            raise BadKeyBlock("an optional block without a length") from None
        if length < _OPTIONAL_HEAD:
            raise BadKeyBlock("an optional block that is too short")
        end += length
    try:
        return text[0], text[:end].encode("ascii"), bytes.fromhex(text[end:])
    except ValueError:
        raise BadKeyBlock("not hexadecimal") from None


def _open_variant(protection: bytes, header: bytes, secret: bytes, mac: bytes) -> bytes:
    """A and C: the keys are variants of the protection key; the MAC is over what is enciphered."""
    authenticating = Double(bytes(octet ^ _AUTHENTICATING for octet in protection))
    state = bytes(8)
    whole = padded(header + secret)
    for begin in range(0, len(whole), 8):
        state = authenticating.encrypt(xored(state, whole[begin : begin + 8]))
    if not hmac.compare_digest(state[:4], mac):
        raise BadKeyBlock("changed, or under another key")
    encrypting = Double(bytes(octet ^ _ENCRYPTING for octet in protection))
    return _cbc(encrypting.decrypt, 8, header[:8], secret)


def _open_derived(protection: bytes, header: bytes, secret: bytes, mac: bytes) -> bytes:
    """B and D: the keys are derived by CMAC; the MAC is over the clear key, and is the chaining's beginning."""
    aes = header[:1] == b"D"
    block = 16 if aes else 8
    encrypting, authenticating = (_derived(protection, use, aes=aes) for use in (0, 1))
    decrypt = AES.new(encrypting, AES.MODE_ECB).decrypt if aes else Double(encrypting).decrypt
    opened = _cbc(decrypt, block, mac, secret)
    if not hmac.compare_digest(cmac(_encryptor(authenticating, aes=aes), block, header + opened), mac):
        raise BadKeyBlock("changed, or under another key")
    return opened


def _derived(protection: bytes, use: int, *, aes: bool) -> bytes:
    block, length = (16, len(protection)) if aes else (8, 16)
    algorithm = {16: 2, 24: 3, 32: 4}[length] if aes else 0
    encrypt = _encryptor(protection, aes=aes)
    pieces = [
        cmac(encrypt, block, bytes([counter, 0, use, 0, 0, algorithm]) + (length * 8).to_bytes(2, "big"))
        for counter in range(1, -(-length // block) + 1)
    ]
    return b"".join(pieces)[:length]


def _encryptor(key: bytes, *, aes: bool) -> Cipher:
    return AES.new(key, AES.MODE_ECB).encrypt if aes else Double(key).encrypt


def _cbc(decrypt: Cipher, block: int, before: bytes, octets: bytes) -> bytes:
    pieces = []
    for begin in range(0, len(octets), block):
        piece = octets[begin : begin + block]
        pieces.append(xored(decrypt(piece), before))
        before = piece
    return b"".join(pieces)


def _doubled(octets: bytes, reduction: int) -> bytes:
    bits = 8 * len(octets)
    value = int.from_bytes(octets, "big") << 1
    if value >> bits:
        value = (value & ((1 << bits) - 1)) ^ reduction
    return value.to_bytes(len(octets), "big")
