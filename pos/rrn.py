"""F37: an order's number in 12 characters, the same for ever; and something to find a message by where there is no order."""

from datetime import datetime

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
LENGTH = 12
_MOST = 36**LENGTH


def of_order(order_number: str) -> str:
    """The reference of an order: its number to the base 36, which fits for as long as numbers are made of milliseconds since 2025."""
    value, text = int(order_number) % _MOST, ""
    while value:
        value, digit = divmod(value, len(_DIGITS))
        text = _DIGITS[digit] + text
    return text.rjust(LENGTH, "0")


def order_of(reference: str) -> str:
    """The order's number behind a reference; "" for what is none."""
    plain = reference.strip().upper()
    if len(plain) != LENGTH or any(character not in _DIGITS for character in plain):
        return ""
    return str(int(plain, len(_DIGITS)))


def of_moment(local: datetime) -> str:
    """The reference of an answer without an order: year's last digit, day, and time to a hundredth of a second."""
    return f"{local.year % 10}{local:%j%H%M%S}{local.microsecond // 10_000:02d}"
