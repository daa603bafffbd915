"""Command templates, as dealers type them: `*777*{number}*{units}*{pin}#`."""

import re
from collections.abc import Mapping

FIELDS = frozenset({"number", "units", "pin"})
_FIELD = re.compile(r"\{(\w*)\}")


class BadTemplate(ValueError):
    """A template with a field that there is none of, or a brace that stands alone."""


def check(template: str) -> None:
    """Raises BadTemplate."""
    strange = set(_FIELD.findall(template)) - FIELDS
    if strange:
        raise BadTemplate(f"no such field: {', '.join(sorted(strange))}")
    if set('{}"\r\n') & set(_FIELD.sub("", template)):
        raise BadTemplate("braces, quotes and line ends cannot stand in a command")


def fill(template: str, values: Mapping[str, str]) -> str:
    """The command."""
    return _FIELD.sub(lambda found: values[found[1]], template)
