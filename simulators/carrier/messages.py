"""Messages of the carrier's interface (docs/carrier-protocol.md sections 1, 4 and 5): reading requests, writing answers."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from xml.etree import ElementTree
from xml.sax.saxutils import escape

BODY_LIMIT_BYTES: Final = 65_536
DECLARATION: Final = '<?xml version="1.0" encoding="UTF-8"?>'

_REFERENCE: Final = re.compile(r"[1-9][0-9]{0,19}")
_NUMBER: Final = re.compile(r"1[0-9]{10}")
_FEN: Final = re.compile(r"0|[1-9][0-9]{0,11}")
_DAY: Final = re.compile(r"[0-9]{8}")
_ISSUE: Final = re.compile(r"[1-9][0-9]{0,3}")

_ORDER: Final = {"Reference": _REFERENCE, "Number": _NUMBER, "Amount": _FEN}
_FORMS: Final[Mapping[str, Mapping[str, re.Pattern[str]]]] = {
    "Recharge": _ORDER,
    "BillPayment": _ORDER,
    "Query": _ORDER,
    "Reverse": {**_ORDER, "OriginalReference": _REFERENCE},
    "Balance": {},
    "Statement": {"Day": _DAY, "Issue": _ISSUE},
}
_OPTIONAL: Final = frozenset({"Issue"})
OPERATIONS: Final = tuple(_FORMS)
ORDER_OPERATIONS: Final = frozenset({"Recharge", "BillPayment", "Reverse"})


class MalformedMessage(ValueError):
    """The message is not of the form the interface demands; the text says where, and the operation if it could be read."""

    def __init__(self, text: str, operation: str = "") -> None:
        super().__init__(text)
        self.operation = operation


@dataclass(frozen=True, slots=True)
class Request:
    """One request as read: amounts in fen, elements that the operation does not have are empty or 0."""

    operation: str
    reference: str = ""
    number: str = ""
    amount_minor: int = 0
    original_reference: str = ""
    day: str = ""
    issue: int = 0

    def echo(self) -> dict[str, str | int]:
        """The elements that every answer about an order repeats."""
        if not self.reference:
            return {}
        echoed: dict[str, str | int] = {"Reference": self.reference}
        if self.original_reference:
            echoed["OriginalReference"] = self.original_reference
        return {**echoed, "Number": self.number, "Amount": self.amount_minor}


def read_request(body: bytes) -> Request:
    """Read a request. Raises MalformedMessage for anything that section 1 or 4 does not allow."""
    root = _parse(body)
    form = _FORMS.get(root.tag)
    if form is None:
        raise MalformedMessage("unknown operation")
    values = _values(root)
    for name, value in values.items():
        if name not in form or not form[name].fullmatch(value):
            raise MalformedMessage(name, root.tag)
    missing = form.keys() - values.keys() - _OPTIONAL
    if missing:
        raise MalformedMessage(min(missing), root.tag)
    return _request(root.tag, values)


def _request(operation: str, values: Mapping[str, str]) -> Request:
    return Request(
        operation,
        values.get("Reference", ""),
        values.get("Number", ""),
        int(values.get("Amount", "0")),
        values.get("OriginalReference", ""),
        values.get("Day", ""),
        int(values.get("Issue", "0")),
    )


def _parse(body: bytes) -> ElementTree.Element:
    # A message without `<!` has no DOCTYPE, so there is no entity to expand and nothing to fetch.
    if len(body) > BODY_LIMIT_BYTES or b"<!" in body:
        raise MalformedMessage("too long or with markup that is not allowed")
    try:
        return ElementTree.fromstring(body.decode("utf-8"))  # noqa: S314  # no DOCTYPE, see above
    except (UnicodeDecodeError, ElementTree.ParseError, ValueError) as problem:
        raise MalformedMessage("not well-formed UTF-8 XML") from problem


def _values(root: ElementTree.Element) -> dict[str, str]:
    values: dict[str, str] = {}
    if root.attrib or (len(root) == 0 and root.text) or (root.text or "").strip():
        raise MalformedMessage("attribute or text", root.tag)
    for child in root:
        if child.attrib or len(child) or child.tag in values or (child.tail or "").strip():
            raise MalformedMessage(child.tag, root.tag)
        values[child.tag] = child.text or ""
    return values


def write_message(root: str, elements: Mapping[str, str | int]) -> bytes:
    """A message with the elements in the order given, as the exact bytes to sign and send."""
    inside = "".join([f"<{name}>{escape(str(value))}</{name}>" for name, value in elements.items()])
    return f"{DECLARATION}<{root}>{inside}</{root}>".encode()


def is_acknowledgement(body: bytes) -> bool:
    """Whether the partner's answer to a callback is `<Ack/>` (section 7)."""
    try:
        return _parse(body).tag == "Ack"
    except MalformedMessage:
        return False
