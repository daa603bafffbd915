"""Commands of the external gateway: written from what an order says, read strictly."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from lxml import etree

_HEAD = '<?xml version="1.0"?>'
# Some installations put this one line into every answer; any other declaration is none of theirs.
_PROLOGUE = re.compile(
    r'^\s*(?:<\?xml [^>]*\?>)?\s*(?:<!DOCTYPE COMMAND PUBLIC "-//Ocam//DTD XML Command 1\.0//EN" "xml/command\.dtd">)?\s*'
)


class BadMessage(Exception):
    """An answer that is not a command; the reason never repeats its content."""


@dataclass(frozen=True, slots=True)
class Command:
    """An answer that was read: its fields by name, and its records (one for each product, in answers to a balance request)."""

    fields: Mapping[str, str]
    records: Sequence[Mapping[str, str]]

    def get(self, name: str) -> str:
        """A field's text, "" when it is not there."""
        return self.fields.get(name, "")


def command(kind: str, fields: Mapping[str, str]) -> bytes:
    """One command, its fields in the order given."""
    inner = "".join(f"<{name}>{escape(text)}</{name}>" for name, text in fields.items())
    return f"{_HEAD}<COMMAND><TYPE>{kind}</TYPE>{inner}</COMMAND>".encode()


def read(body: bytes) -> Command:
    """Read one answer. Raises BadMessage for anything that is not one COMMAND of text fields and RECORDs."""
    try:
        text = _PROLOGUE.sub("", body.decode("utf-8"), count=1)
    except UnicodeDecodeError:
        raise BadMessage("not UTF-8") from None
    # Comments, CDATA, other document types with their entities, and processing instructions are no part of the protocol.
    if "<!" in text or "<?" in text:
        raise BadMessage("not plain elements")
    root = _tree(text)
    if root.tag != "COMMAND":
        raise BadMessage("not a command")
    records = [_flat(child) for child in root if child.tag == "RECORD"]
    return Command(_flat(root, skip="RECORD"), records)


def _tree(text: str) -> etree._Element:
    parser = etree.XMLParser(encoding="utf-8", resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        return etree.fromstring(text.encode("utf-8"), parser)
    except (etree.XMLSyntaxError, ValueError):
        raise BadMessage("not well-formed") from None


def _flat(element: etree._Element, skip: str = "") -> dict[str, str]:
    fields: dict[str, str] = {}
    for child in element:
        name = str(child.tag)
        if name == skip:
            continue
        if len(child) or name in fields:
            raise BadMessage(name)
        fields[name] = (child.text or "").strip()
    return fields
