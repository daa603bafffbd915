"""Addresses with their fields filled in, texts decoded, and the fields of callbacks."""

from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode

_MOST_FIELDS = 40


class BadMessage(Exception):
    """A callback that cannot be taken apart; the reason never repeats its content."""


def address(base: str, path: str, fields: Mapping[str, str], facts: Mapping[str, str]) -> str:
    """One encoded address."""
    filled = {name: _filled(template, facts) for name, template in fields.items()}
    return f"{base}{path}?{urlencode(filled)}" if filled else base + path


def text_of(body: bytes) -> str:
    """The text of an answer; such servers write UTF-8 or, the older ones, Latin-1."""
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return body.decode("latin-1")


def fields_of(body: bytes, query: str) -> dict[str, str]:
    """A callback's fields, from its address or its form. Raises BadMessage, also where a name comes twice."""
    try:
        pairs = parse_qsl(query or body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise BadMessage("not a form") from None
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise BadMessage("a field twice")
    return fields


def _filled(template: str, facts: Mapping[str, str]) -> str:
    for name, text in facts.items():
        template = template.replace(f"{{{name}}}", text)
    return template
