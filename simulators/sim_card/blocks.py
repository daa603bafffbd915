"""Block ciphers chained by hand: CBC, CMAC (RFC 4493) and CBC-MAC over single blocks, so that nothing is shared with the other side."""

import itertools
from collections.abc import Callable

from Crypto.Cipher import AES, DES3

Block = Callable[[bytes], bytes]
AES_BLOCK, DES_BLOCK = 16, 8
# The constants of RFC 4493, 2.3.
_TOP, _RB = 0x80, 0x87


def block_size(kind: str) -> int:
    """Octets of a block: 16 for aes, 8 for 3des2 and 3des3."""
    return AES_BLOCK if kind == "aes" else DES_BLOCK


def forward(kind: str, key: bytes) -> Block:
    """Encrypts one block."""
    if kind == "aes":
        return AES.new(key, AES.MODE_ECB).encrypt
    return DES3.new(key, DES3.MODE_ECB).encrypt


def backward(kind: str, key: bytes) -> Block:
    """Decrypts one block."""
    if kind == "aes":
        return AES.new(key, AES.MODE_ECB).decrypt
    return DES3.new(key, DES3.MODE_ECB).decrypt


def xor(first: bytes, second: bytes) -> bytes:
    """Octet by octet, as long as the shorter."""
    return bytes(a ^ b for a, b in zip(first, second, strict=False))


def chain(encrypt: Block, size: int, data: bytes) -> bytes:
    """CBC from a zero IV."""
    last, out = bytes(size), b""
    for start in range(0, len(data), size):
        last = encrypt(xor(last, data[start : start + size]))
        out += last
    return out


def unchain(decrypt: Block, size: int, data: bytes) -> bytes:
    """The inverse of `chain`."""
    blocks = [bytes(size), *(data[start : start + size] for start in range(0, len(data), size))]
    return b"".join(xor(decrypt(block), before) for before, block in itertools.pairwise(blocks))


def mac(kind: str, key: bytes, data: bytes) -> bytes:
    """Eight octets that prove data: half an AES-CMAC, or the last block of a zero-padded 3DES chain."""
    if kind == "aes":
        return cmac(key, data)[:8]
    padded = data + bytes(-len(data) % DES_BLOCK)
    return chain(forward(kind, key), DES_BLOCK, padded)[-DES_BLOCK:]


def cmac(key: bytes, data: bytes) -> bytes:
    """AES-CMAC after RFC 4493, 2.4."""
    encrypt = forward("aes", key)
    first = _doubled(encrypt(bytes(AES_BLOCK)))
    head_length = (max(len(data), 1) - 1) // AES_BLOCK * AES_BLOCK
    head, tail = data[:head_length], data[head_length:]
    tail = xor(tail, first) if len(tail) == AES_BLOCK else xor((tail + b"\x80").ljust(AES_BLOCK, b"\x00"), _doubled(first))
    return chain(encrypt, AES_BLOCK, head + tail)[-AES_BLOCK:]


def _doubled(block: bytes) -> bytes:
    shifted = int.from_bytes(block) << 1 & (1 << 128) - 1
    return (shifted ^ (_RB if block[0] & _TOP else 0)).to_bytes(AES_BLOCK)
