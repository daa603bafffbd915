"""Payments out as ISO 20022 pain.001.001.03 and .09: accounts without IBAN, CNAPS codes, Chinese names; always the same bytes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from lxml import etree

from bank_settle.files.amounts import to_major

_LONGEST_NAME = 70
MESSAGES = ("pain.001.001.03", "pain.001.001.09")


@dataclass(frozen=True, slots=True)
class Payer:
    """Our side: name, account number, 12-digit CNAPS code of our bank."""

    name: str
    account: str
    bank_code: str


@dataclass(frozen=True, slots=True)
class Payment:
    """One payment. `id` is its EndToEndId (at most 35 characters); amount in minor units."""

    id: str
    amount_minor: int
    name: str
    account: str
    bank_code: str
    purpose: str


@dataclass(frozen=True, slots=True)
class Order:
    """A whole file: its message id, when it was made (the bank's local time), when the bank shall pay."""

    message_id: str
    made_at: datetime
    execute_on: date
    currency: str
    payer: Payer
    payments: Sequence[Payment]
    minor_digits: int = 2

    @property
    def total_minor(self) -> int:
        """The sum of all payments."""
        return sum(payment.amount_minor for payment in self.payments)


def render(order: Order, message: str) -> bytes:
    """The file. `message` is one of MESSAGES."""
    new = message.endswith(".09")
    space = f"urn:iso:std:iso:20022:tech:xsd:{message}"
    namespaces: Any = {None: space}
    root = etree.Element(f"{{{space}}}Document", nsmap=namespaces)
    whole = _Writer(root, space).inside("CstmrCdtTrfInitn")
    sums = {"NbOfTxs": str(len(order.payments)), "CtrlSum": to_major(order.total_minor, order.minor_digits)}
    head = whole.inside("GrpHdr")
    head.texts({"MsgId": order.message_id, "CreDtTm": f"{order.made_at:%Y-%m-%dT%H:%M:%S}", **sums})
    head.inside("InitgPty").text("Nm", order.payer.name[:_LONGEST_NAME])
    block = whole.inside("PmtInf")
    block.texts({"PmtInfId": order.message_id, "PmtMtd": "TRF", **sums})
    if new:
        block.inside("ReqdExctnDt").text("Dt", order.execute_on.isoformat())
    else:
        block.text("ReqdExctnDt", order.execute_on.isoformat())
    block.inside("Dbtr").text("Nm", order.payer.name[:_LONGEST_NAME])
    block.account("DbtrAcct", order.payer.account)
    block.bank("DbtrAgt", order.payer.bank_code)
    for payment in order.payments:
        _payment(block.inside("CdtTrfTxInf"), payment, order)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True)


def _payment(writer: "_Writer", payment: Payment, order: Order) -> None:
    writer.inside("PmtId").texts({"EndToEndId": payment.id})
    amount = writer.inside("Amt").inside("InstdAmt")
    amount.element.set("Ccy", order.currency)
    amount.element.text = to_major(payment.amount_minor, order.minor_digits)
    writer.bank("CdtrAgt", payment.bank_code)
    writer.inside("Cdtr").text("Nm", payment.name[:_LONGEST_NAME])
    writer.account("CdtrAcct", payment.account)
    if payment.purpose:
        writer.inside("RmtInf").text("Ustrd", payment.purpose)


class _Writer:
    """Puts elements of one namespace under each other."""

    def __init__(self, element: etree._Element, space: str) -> None:
        self.element, self._space = element, space

    def inside(self, name: str) -> "_Writer":
        """A new element under this one."""
        return _Writer(etree.SubElement(self.element, f"{{{self._space}}}{name}"), self._space)

    def text(self, name: str, text: str) -> None:
        """A new element with a text."""
        self.inside(name).element.text = text

    def texts(self, texts: dict[str, str]) -> None:
        """New elements with texts, in their order."""
        for name, text in texts.items():
            self.text(name, text)

    def account(self, name: str, number: str) -> None:
        """An account that is no IBAN."""
        self.inside(name).inside("Id").inside("Othr").text("Id", number)

    def bank(self, name: str, code: str) -> None:
        """A bank by its clearing code (CNAPS 联行号)."""
        self.inside(name).inside("FinInstnId").inside("ClrSysMmbId").text("MmbId", code)
