"""The two operations under every packet: ciphering in CBC mode from a zero IV, and the checksum of eight octets."""

from functools import lru_cache

from Crypto.Cipher import DES3
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.cmac import CMAC

from stk_sms.packet.level import CHECKSUM_OCTETS, Algorithm

BLOCKS = {Algorithm.AES: 16, Algorithm.TRIPLE_DES_2: 8, Algorithm.TRIPLE_DES_3: 8}
# A zero IV is the standard's; the counter in the first block keeps equal orders apart.
_ZERO_IV = CBC(bytes(16))
# As many cards as the keyring keeps keys of: what is made once for a key is then worth more than any single use of it costs.
_KEPT = 4096


def cipher(algorithm: Algorithm, key: bytes, data: bytes) -> bytes:
    """Cipher whole blocks. Raises ValueError for a broken one."""
    if algorithm is Algorithm.AES:
        forth = _aes(key).encryptor()
        return forth.update(data) + forth.finalize()
    return bytes(DES3.new(key, DES3.MODE_CBC, iv=bytes(8)).encrypt(data))


def decipher(algorithm: Algorithm, key: bytes, data: bytes) -> bytes:
    """The inverse of `cipher`."""
    if algorithm is Algorithm.AES:
        back = _aes(key).decryptor()
        return back.update(data) + back.finalize()
    return bytes(DES3.new(key, DES3.MODE_CBC, iv=bytes(8)).decrypt(data))


def checksum(algorithm: Algorithm, key: bytes, data: bytes) -> bytes:
    """Eight octets: AES-CMAC cut to its first half, or the last block of a triple DES CBC over zero-padded data (TS 102 225, 5.1.3)."""
    if algorithm is Algorithm.AES:
        return cmac(key, data)[:CHECKSUM_OCTETS]
    block = BLOCKS[algorithm]
    return cipher(algorithm, key, data + bytes(-len(data) % block))[-block:]


def cmac(key: bytes, data: bytes) -> bytes:
    """AES-CMAC (NIST SP 800-38B, 6.2; RFC 4493), sixteen octets."""
    mac = _mac(key).copy()
    mac.update(data)
    return mac.finalize()


@lru_cache(maxsize=_KEPT)
def _aes(key: bytes) -> "Cipher[CBC]":
    return Cipher(AES(key), _ZERO_IV)


@lru_cache(maxsize=_KEPT)
def _mac(key: bytes) -> CMAC:
    """A checksum over nothing yet, with the key's two masks worked out: copied, never used itself."""
    return CMAC(AES(key))
