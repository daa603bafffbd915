"""Messages of the carrier platform: flat XML, written and read strictly (sections 1, 4 and 5)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from lxml import etree

from recharge.suppliers.contract import AttemptOrder

LARGEST_ANSWER = 65_536
_DECLARATION = re.compile(r"""^<\?xml version=["']1\.0["'](?: encoding=["'][Uu][Tt][Ff]-8["'])?\s*\?>\s*""")
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>'

_TYPES: dict[str, re.Pattern[str]] = {
    "reference": re.compile(r"[1-9][0-9]{0,19}"),
    "number": re.compile(r"1[0-9]{10}"),
    "fen": re.compile(r"0|[1-9][0-9]{0,14}"),
    "time": re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\+08:00"),
    "day": re.compile(r"[0-9]{8}"),
    "code": re.compile(r"[0-9]{4}"),
    "identifier": re.compile(r"[A-Z0-9]{1,32}"),
    "text": re.compile(r".{1,200}", re.DOTALL),
    "whole": re.compile(r"[1-9][0-9]{0,8}"),
}
_FIELDS = {
    "Reference": "reference",
    "OriginalReference": "reference",
    "Number": "number",
    "Amount": "fen",
    "Charged": "fen",
    "Delivered": "fen",
    "Returned": "fen",
    "StockAfter": "fen",
    "Reserved": "fen",
    "Code": "code",
    "Text": "text",
    "CarrierReference": "identifier",
    "SerialNumber": "identifier",
    "Day": "day",
    "FinishedAt": "time",
    "AsOf": "time",
    "Event": "identifier",
    "Sequence": "whole",
}


class BadMessage(Exception):
    """A message that is not as the protocol page says; the reason never repeats its content."""


class BadField(Exception):
    """Something of ours that the protocol has no form for; nothing was sent."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message that was read: its root's name and the fields that are known, all of right form."""

    root: str
    fields: Mapping[str, str]

    def get(self, name: str) -> str:
        """A field's text, "" when it is not there."""
        return self.fields.get(name, "")

    def fen(self, name: str) -> int | None:
        """An amount, None when it is not there."""
        return int(self.fields[name]) if name in self.fields else None


def order_request(root: str, order: AttemptOrder) -> bytes:
    """Recharge, BillPayment, Query (of either) or, with an original reference, Reverse. Raises BadField."""
    original = (("OriginalReference", order.original_reference),) if root == "Reverse" else ()
    return _written(
        root,
        ("Reference", order.reference),
        *original,
        ("Number", order.number),
        ("Amount", str(order.face_minor)),
    )


def balance_request() -> bytes:
    """The question for our stock."""
    return _written("Balance")


def statement_request(day: date) -> bytes:
    """The question for the newest statement of a day."""
    return _written("Statement", ("Day", f"{day:%Y%m%d}"))


def _written(root: str, *fields: tuple[str, str]) -> bytes:
    # Every field we send is digits by its type, so nothing needs escaping.
    for name, text in fields:
        if not _TYPES[_FIELDS[name]].fullmatch(text):
            raise BadField(name)
    inner = "".join(f"<{name}>{text}</{name}>" for name, text in fields)
    return f"{_HEAD}<{root}>{inner}</{root}>".encode()


def read(body: bytes) -> Message:
    """Read one message; unknown elements are skipped. Raises BadMessage for anything not flat, well-formed and of the right types."""
    root = _tree(_without_declaration(body))
    if root.attrib or root.nsmap or (root.text or "").strip():
        raise BadMessage("root")
    fields: dict[str, str] = {}
    for child in root:
        name = _flat(child)
        kind = _FIELDS.get(name)
        if kind is None:
            continue
        if name in fields or not _TYPES[kind].fullmatch(child.text or ""):
            raise BadMessage(name)
        fields[name] = child.text or ""
    return Message(str(root.tag), fields)


def _without_declaration(body: bytes) -> str:
    if len(body) > LARGEST_ANSWER:
        raise BadMessage("too large")
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise BadMessage("not UTF-8") from None
    text = _DECLARATION.sub("", text, count=1)
    # Comments, CDATA, DOCTYPE with its entities, and processing instructions are not part of the protocol.
    if "<!" in text or "<?" in text:
        raise BadMessage("not plain elements")
    return text


def _tree(text: str) -> etree._Element:
    parser = etree.XMLParser(encoding="utf-8", resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        return etree.fromstring(text.encode("utf-8"), parser)
    except (etree.XMLSyntaxError, ValueError):
        raise BadMessage("not well-formed") from None


def _flat(child: etree._Element) -> str:
    """The name of an element that holds text only. Raises BadMessage."""
    if len(child) or child.attrib or child.nsmap or (child.tail or "").strip():
        raise BadMessage("not flat")
    return str(child.tag)
