"""The elements that tell an order's state, alike in answers and callbacks (docs/carrier-protocol.md sections 5 and 7)."""

from typing import Final

from simulators.carrier import codes
from simulators.carrier.orders import Order

_PROVEN: Final = frozenset({codes.DONE, codes.DONE_IN_PART, codes.TAKEN_BACK})
_FINAL_REFUSALS: Final = ("3", "6")


def elements(order: Order, stock_after_minor: int, told: str = "") -> dict[str, str | int]:
    """An order's elements; `told` is a code to be told instead of the true one, with amounts to match."""
    code = told or order.code
    proven = code in _PROVEN
    shown: dict[str, str | int] = {"Code": code, "Text": codes.text_of(code, order.kind), "Reference": order.reference}
    if order.kind == "V":
        shown["OriginalReference"] = order.original_reference
    shown |= {"Number": order.number, "Amount": order.amount_minor, "CarrierReference": order.carrier_reference}
    if proven:
        shown["SerialNumber"] = order.serial_number
    shown |= {
        "Charged": order.charged_minor if proven else 0,
        "Delivered": order.delivered_minor if proven else 0,
    }
    if order.kind == "V":
        shown["Returned"] = order.returned_minor if proven else 0
    shown["StockAfter"] = stock_after_minor
    if proven:
        shown["Day"] = order.day
    if proven or code.startswith(_FINAL_REFUSALS):
        shown["FinishedAt"] = order.finished_at
    return shown
