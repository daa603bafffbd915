"""The two operations under every packet: ciphering in CBC mode from a zero IV, and the checksum of eight octets."""

from Crypto.Cipher import AES, DES3
from Crypto.Hash import CMAC

from stk_sms.packet.level import CHECKSUM_OCTETS, Algorithm

BLOCKS = {Algorithm.AES: 16, Algorithm.TRIPLE_DES_2: 8, Algorithm.TRIPLE_DES_3: 8}


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
        return CMAC.new(key, data, ciphermod=AES).digest()[:CHECKSUM_OCTETS]
    block = BLOCKS[algorithm]
    return cipher(algorithm, key, data + bytes(-len(data) % block))[-block:]
