"""PIN blocks in clear: with an account number (ANSI X9.8, ISO 9564 format 0) and without one."""

from pos.crypto.des import xored

_SHORTEST, _LONGEST = 4, 12


class BadPinBlock(Exception):
    """A block that opens to no PIN: another key, or another account number. Says nothing of what stood in it."""


def open_block(clear: bytes, account: str = "") -> str:
    """The digits of a clear PIN block (8 octets). `account` is F2, for a block made with one. Raises BadPinBlock."""
    text = xored(clear, account_part(account)).hex() if account else clear.hex()
    length = int(text[1], 16)
    digits, filling = text[2 : 2 + length], text[2 + length :]
    if text[0] != "0" or not _SHORTEST <= length <= _LONGEST or not digits.isdigit() or filling.strip("f"):
        raise BadPinBlock
    return digits


def make_block(digits: str, account: str = "") -> bytes:
    """The clear block of some digits."""
    clear = bytes.fromhex(f"{len(digits):02x}{digits}".ljust(16, "f"))
    return xored(clear, account_part(account)) if account else clear


def account_part(account: str) -> bytes:
    """The 12 digits of an account number before its check digit, zeros on the left."""
    return bytes.fromhex(account[:-1][-12:].zfill(16))
