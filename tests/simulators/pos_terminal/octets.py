"""A second reading of the dialect for the tests' host: field table, packing and DES by hand, sharing nothing with the terminal."""

from typing import Any

from Crypto.Cipher import DES

BLOCK = 8
# Kinds: n digits, c characters, b octets; a count of length octets before it where it varies; r or l says where an odd one is filled.
TABLE: dict[int, tuple[str, int, int]] = {
    2: ("n", 1, 19), 3: ("n", 0, 6), 4: ("n", 0, 12), 11: ("n", 0, 6), 12: ("n", 0, 6), 13: ("n", 0, 4), 15: ("n", 0, 4),
    22: ("n", 0, 3), 25: ("n", 0, 2), 26: ("n", 0, 2), 32: ("n", 1, 11), 37: ("c", 0, 12), 38: ("c", 0, 6), 39: ("c", 0, 2),
    41: ("c", 0, 8), 42: ("c", 0, 15), 48: ("b", 2, 999), 49: ("c", 0, 3), 52: ("b", 0, 8), 53: ("n", 0, 16), 54: ("c", 2, 20),
    60: ("n", 2, 40), 61: ("n", 2, 40), 62: ("b", 2, 999), 63: ("c", 2, 163), 64: ("b", 0, 8),
}  # fmt: skip
SETTLING = {"0500", "0510", "0320", "0330"}


def kind_of(message_type: str, number: int) -> tuple[str, int, int]:
    """How a field is packed in a message."""
    return ("n", 2, 322) if number == 48 and message_type in SETTLING else TABLE[number]


def read(body: bytes) -> tuple[str, dict[int, str]]:
    """Message type and fields, octets as hexadecimal."""
    message_type, bitmap, place = body[:2].hex(), int.from_bytes(body[2:10], "big"), 10
    fields = {}
    for number in (one for one in range(1, 65) if bitmap >> (64 - one) & 1):
        kind, counted, length = kind_of(message_type, number)
        if counted:
            length = int(body[place : place + counted].hex())
            place += counted
        size = (length + 1) // 2 if kind == "n" else length
        octets = body[place : place + size]
        assert len(octets) == size, number
        fields[number] = {"n": octets.hex()[:length], "c": octets.decode("gbk", "replace"), "b": octets.hex()}[kind]
        place += size
    assert place == len(body)
    return message_type, fields


def write(message_type: str, fields: dict[int, str]) -> bytes:
    """The other way."""
    bitmap = sum(1 << (64 - number) for number in fields)
    parts = [bytes.fromhex(message_type), bitmap.to_bytes(8, "big")]
    for number, value in sorted(fields.items()):
        kind, counted, _ = kind_of(message_type, number)
        octets = value.encode("gbk") if kind == "c" else bytes.fromhex(value + "0" * (len(value) % 2))
        length = len(value) if kind == "n" else len(octets)
        parts.append((bytes.fromhex(f"{length:0{counted * 2}d}") if counted else b"") + octets)
    return b"".join(parts)


def des(key: bytes, mode: int, *more: bytes) -> Any:
    """The field's cipher."""
    return DES.new(key, mode, *more)  # noqa: S304  terminals in the field know no other


def ede(key: bytes, block: bytes, *, decrypt: bool = False) -> bytes:
    """One block or more under a single or double key, put together from single DES."""
    first, second = des(key[:8], DES.MODE_ECB), des(key[-8:], DES.MODE_ECB)
    ways = (first.decrypt, second.encrypt, first.decrypt) if decrypt else (first.encrypt, second.decrypt, first.encrypt)
    for way in ways:
        block = way(block)
    return block


def padded(octets: bytes) -> bytes:
    """Zeros to a whole block."""
    return octets + bytes(-len(octets) % BLOCK)


def x9_19(key: bytes, octets: bytes) -> bytes:
    """ISO 9797-1 algorithm 3."""
    single = des(key[:8], DES.MODE_CBC, bytes(8)).encrypt(padded(octets))[-8:]
    found: bytes = des(key[:8], DES.MODE_ECB).encrypt(des(key[8:], DES.MODE_ECB).decrypt(single))
    return found


def cup_ecb(key: bytes, octets: bytes) -> bytes:
    """UnionPay's."""
    folded = 0
    whole = padded(octets)
    for start in range(0, len(whole), BLOCK):
        folded ^= int.from_bytes(whole[start : start + BLOCK], "big")
    letters = f"{folded:016X}".encode()
    half = int.from_bytes(ede(key, letters[:8]), "big") ^ int.from_bytes(letters[8:], "big")
    return ede(key, half.to_bytes(8, "big")).hex().upper().encode()[:8]


def x9_9(key: bytes, octets: bytes) -> bytes:
    """CBC under a single key."""
    whole: bytes = des(key[:8], DES.MODE_CBC, bytes(8)).encrypt(padded(octets))
    return whole[-8:]


MACS = {"x9.19": x9_19, "cup-ecb": cup_ecb, "x9.9": x9_9}
