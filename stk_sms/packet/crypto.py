"""The two operations under every packet: ciphering in CBC mode from a zero IV, and the checksum of eight octets."""

from functools import lru_cache

from Crypto.Cipher import AES, DES3

from stk_sms.packet.level import CHECKSUM_OCTETS, Algorithm

BLOCKS = {Algorithm.AES: 16, Algorithm.TRIPLE_DES_2: 8, Algorithm.TRIPLE_DES_3: 8}
_BLOCK = 16
_ALL_BITS = (1 << 8 * _BLOCK) - 1
_POLYNOMIAL = 0x87
_KEPT = 4096


def cipher(algorithm: Algorithm, key: bytes, data: bytes) -> bytes:
    """Cipher whole blocks. A zero IV is the standard's; the counter in the first block keeps equal orders apart."""
    if algorithm is Algorithm.AES:
        return bytes(AES.new(key, AES.MODE_CBC, iv=bytes(16)).encrypt(data))
    return bytes(DES3.new(key, DES3.MODE_CBC, iv=bytes(8)).encrypt(data))


def decipher(algorithm: Algorithm, key: bytes, data: bytes) -> bytes:
    """The inverse of `cipher`."""
    if algorithm is Algorithm.AES:
        return bytes(AES.new(key, AES.MODE_CBC, iv=bytes(16)).decrypt(data))
    return bytes(DES3.new(key, DES3.MODE_CBC, iv=bytes(8)).decrypt(data))


def checksum(algorithm: Algorithm, key: bytes, data: bytes) -> bytes:
    """Eight octets: AES-CMAC cut to its first half, or the last block of a triple DES CBC over zero-padded data (TS 102 225, 5.1.3)."""
    if algorithm is Algorithm.AES:
        return cmac(key, data)[:CHECKSUM_OCTETS]
    block = BLOCKS[algorithm]
    return cipher(algorithm, key, data + bytes(-len(data) % block))[-block:]


def cmac(key: bytes, data: bytes) -> bytes:
    """AES-CMAC (NIST SP 800-38B, 6.2; RFC 4493), sixteen octets.

    The library's own makes four cipher objects for each message; with the two masks kept, one is enough.
    """
    whole, cut = _masks(key)
    start = max(len(data) - 1, 0) // _BLOCK * _BLOCK
    tail = data[start:]
    mask = whole if len(tail) == _BLOCK else cut
    padded = tail if len(tail) == _BLOCK else (tail + b"\x80").ljust(_BLOCK, b"\0")
    last = (int.from_bytes(padded) ^ mask).to_bytes(_BLOCK)
    return bytes(AES.new(key, AES.MODE_CBC, iv=bytes(_BLOCK)).encrypt(data[:start] + last)[-_BLOCK:])


@lru_cache(maxsize=_KEPT)
def _masks(key: bytes) -> tuple[int, int]:
    """K1 for a last block that is whole, K2 for one that is not (SP 800-38B, 6.1)."""
    whole = _doubled(int.from_bytes(AES.new(key, AES.MODE_ECB).encrypt(bytes(_BLOCK))))
    return whole, _doubled(whole)


def _doubled(block: int) -> int:
    over = block >> 8 * _BLOCK - 1
    return (block << 1 & _ALL_BITS) ^ (_POLYNOMIAL if over else 0)
