"""The plain batch file (代收代付) that Chinese banks' front ends take: GBK, a head line with count and sum, a line a payment."""

from bank_settle.banks.pain001 import Order
from bank_settle.files.amounts import to_major

_LONGEST_NAME, _LONGEST_PURPOSE = 60, 30


def render(order: Order) -> bytes:
    """笔数|金额|付款账号|批次号, then 批次号|序号|item|account|name|bank|amount|purpose.

    Raises ValueError for a letter that GBK does not have.
    """
    head = f"{len(order.payments)}|{to_major(order.total_minor, order.minor_digits)}|{order.payer.account}|{order.message_id}"
    lines = [head]
    for place, item in enumerate(order.payments, 1):
        amount = to_major(item.amount_minor, order.minor_digits)
        name, purpose = _plain(item.name, _LONGEST_NAME), _plain(item.purpose, _LONGEST_PURPOSE)
        lines.append(f"{order.message_id}|{place}|{item.id}|{item.account}|{name}|{item.bank_code}|{amount}|{purpose}")
    return "".join(line + "\r\n" for line in lines).encode("gbk")


def _plain(text: str, longest: int) -> str:
    """Without what parts fields and lines."""
    return " ".join(text.replace("|", " ").split())[:longest]
