"""A farm to begin with: four operators of different manners, as many chips as wanted, and one inbox for agents' messages."""

from itertools import cycle
from typing import Any, Final

from simulators.modem_farm.config import MODELS, MOST_SLOTS

INBOX: Final = "081100000001"
_OPERATORS: Final[list[dict[str, Any]]] = [
    {"name": "mkios", "style": "mkios", "title": "TELKOMSEL", "sender": "TELKOMSEL"},
    {
        "name": "server", "style": "server", "title": "XL", "network": "51011", "recharge": "*123*{number}*{units}*{pin}#",
        "stock": "*124*{pin}#", "last": "*125*{pin}#", "by_pieces": False, "service": "168", "discount_basis_points": 250,
    },
    {
        "name": "wallet", "style": "wallet", "title": "SMART", "network": "51503", "country": "63", "unit_minor": 100, "minor_digits": 2,
        "by_pieces": False, "service": "343", "sms_recharge": "LOAD {number} {units} {pin}", "sms_stock": "BAL {pin}",
        "sms_last": "HIST {pin}", "discount_basis_points": 450, "denominations": [10, 15, 30, 60, 100], "answer_by_sms": True,
        "smsc": "+639180000101",
    },
    {
        "name": "fen", "style": "fen", "title": "中国移动", "network": "46000", "country": "86", "trunk": "", "unit_minor": 100,
        "minor_digits": 2, "by_pieces": False, "service": "10086", "sms_recharge": "CZ#{number}#{units}#{pin}",
        "sms_stock": "YE#{pin}", "sms_last": "JY#{pin}", "denominations": [10, 20, 30, 50, 100, 200], "smsc": "+8613800100500",
    },
]  # fmt: skip
_NUMBERS: Final = {"mkios": "0812{:08d}", "server": "0817{:08d}", "wallet": "0918{:07d}", "fen": "139{:08d}"}


def operators(*names: str) -> list[dict[str, Any]]:
    """The operators of these names, all of them where none is named."""
    return [dict(one) for one in _OPERATORS if not names or one["name"] in names]


def chip(number: int, operator: str = "mkios") -> dict[str, Any]:
    """A dealer's chip of an operator, with some stock; the PIN is 1234."""
    pieces = {"5": 40, "10": 120, "20": 60, "50": 20, "100": 10}
    stock: dict[str, Any] = {"stock": pieces} if operator == "mkios" else {"stock_minor": 5_000_000}
    return {
        "iccid": f"8962{number:015d}", "number": _NUMBERS[operator].format(90_000 + number), "operator": operator, "dealer_pin": "1234",
    } | stock  # fmt: skip


def farm(slots: int, *names: str, inbox: bool = True) -> dict[str, Any]:
    """A configuration with so many slots, the first of them the inbox, the others dealers' chips of the operators in turn."""
    if not 1 <= slots <= MOST_SLOTS:
        raise ValueError(f"1 to {MOST_SLOTS} slots")
    listed = operators(*names)
    chips = [{"iccid": f"8962{0:015d}", "number": INBOX, "operator": listed[0]["name"], "room": 40}] if inbox else []
    turns = cycle(one["name"] for one in listed)
    chips += [chip(number, next(turns)) for number in range(1, slots + 1 - len(chips))]
    models = cycle(MODELS)
    placed = [
        {"name": f"pci-0000:00:14.0-usb-0:{place // 16 + 1}.{place % 16 + 1}:1.0", "model": next(models), "iccid": one["iccid"]}
        for place, one in enumerate(chips)
    ]
    return {"operators": listed, "slots": placed, "chips": chips}
