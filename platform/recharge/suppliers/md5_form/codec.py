"""Questions written and answers read in a dialect's charset and form; what is read is plain text by path."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlencode

from lxml import etree

_DECLARATION = re.compile(r"^\s*<\?xml [^>]*\?>\s*")
MOST_FIELDS = 60


class BadMessage(Exception):
    """An answer or a notice that is not as the dialect says; the reason never repeats its content."""


def form(fields: Mapping[str, str], charset: str) -> str:
    """Fields as a form or a query, encoded."""
    return urlencode(fields, encoding=charset, errors="replace")


def read_form(text: str | bytes, charset: str) -> dict[str, str]:
    """The fields of a form or a query. Raises BadMessage, also where a name comes twice: nobody knows which one was signed."""
    try:
        plain = text.decode("ascii") if isinstance(text, bytes) else text
        pairs = parse_qsl(plain, keep_blank_values=True, encoding=charset, errors="strict", max_num_fields=MOST_FIELDS)
    except ValueError:
        raise BadMessage("not a form") from None
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise BadMessage("a field twice")
    return fields


def read(body: bytes, form_of_answer: str, charset: str) -> Any:
    """An answer as nested plain values. Raises BadMessage."""
    try:
        text = body.decode(charset)
    except UnicodeDecodeError:
        raise BadMessage("charset") from None
    if form_of_answer == "text":
        return {"text": text.strip()}
    return _json(text) if form_of_answer == "json" else _xml(text)


def pick(node: Any, path: str) -> str:
    """The text at a path; "" where there is none, or no text or number."""
    value = walk(node, path)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return str(value).strip()


def walk(node: Any, path: str) -> Any:
    """Whatever is at a path, None where nothing is."""
    for name in path.split(".") if path else ():
        if isinstance(node, Mapping):
            node = node.get(name)
        elif isinstance(node, Sequence) and not isinstance(node, str) and name.isdecimal() and int(name) < len(node):
            node = node[int(name)]
        else:
            return None
    return node if path else None


def _json(text: str) -> Any:
    try:
        # Amounts are kept as they were written: 49.5 must not become something a little less.
        told = json.loads(text, parse_float=str)
    except (ValueError, RecursionError):
        raise BadMessage("not JSON") from None
    if not isinstance(told, dict):
        raise BadMessage("not an object")
    return told


def _xml(text: str) -> dict[str, str]:
    plain = _DECLARATION.sub("", text, count=1)
    if "<!" in plain or "<?" in plain:
        raise BadMessage("not plain elements")
    parser = etree.XMLParser(encoding="utf-8", resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(plain.encode("utf-8"), parser)
    except (etree.XMLSyntaxError, ValueError):
        raise BadMessage("not well-formed") from None
    fields = {str(child.tag): (child.text or "").strip() for child in root}
    if len(fields) != len(root) or any(len(child) for child in root):
        raise BadMessage("not flat")
    return fields
