"""What the card's menu puts into a message: tags and values, built with the card's own code."""

RECHARGE, REPEAT, QUERY, BALANCE, REVERSAL, TRANSFER, PASSWORD, KEYS_TAKEN = range(1, 9)


def digits(number: str, octets: int) -> bytes:
    """Two digits an octet, the rest F."""
    text = number + "F" * (2 * max(octets, (len(number) + 1) // 2) - len(number))
    return bytes(int(text[i : i + 2], 16) for i in range(0, len(text), 2))


def field(tag: int, value: bytes) -> bytes:
    """One field."""
    return bytes([tag, len(value)]) + value


def begin(operation: int, nonce: bytes) -> bytes:
    """How every message begins: version, operation, nonce."""
    return field(0x81, bytes([1, operation])) + field(0x82, nonce)


def sale(operation: int, nonce: bytes, number: str, amount: int, password: str, mark: int = 0) -> bytes:
    """A recharge or its repeat; the amount in fen."""
    fields = begin(operation, nonce) + field(0x83, digits(number, 6)) + field(0x84, amount.to_bytes(4, "big"))
    return fields + field(0x85, digits(password, 3)) + (field(0xC0, bytes([mark])) if mark else b"")


def about(operation: int, nonce: bytes, original: bytes, password: str = "") -> bytes:
    """A query for, or the reversal of, what an earlier message asked."""
    return begin(operation, nonce) + (field(0x85, digits(password, 3)) if password else b"") + field(0x88, original)


def transfer(nonce: bytes, to: str, amount: int, password: str) -> bytes:
    """Money to another account."""
    fields = begin(TRANSFER, nonce) + field(0x84, amount.to_bytes(4, "big")) + field(0x85, digits(password, 3))
    return fields + field(0x86, digits(to, 0))


def new_password(nonce: bytes, old: str, new: str) -> bytes:
    """Another service password."""
    return begin(PASSWORD, nonce) + field(0x85, digits(old, 3)) + field(0x87, digits(new, 3))


def fields_of(body: bytes) -> dict[int, bytes]:
    """The fields of a message to the card."""
    found: dict[int, bytes] = {}
    while body:
        found[body[0]] = body[2 : 2 + body[1]]
        body = body[2 + body[1] :]
    return found
