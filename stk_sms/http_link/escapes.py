"""Queries as Kannel writes them: octets behind percent signs, `+` for a space, binary data in both (Kannel's %b and %u)."""

from urllib.parse import unquote_to_bytes

MOST_OCTETS = 8_192


class BadQuery(ValueError):
    """A query that cannot be read; `field` names what is wrong with it."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field


def read_query(query: str) -> dict[str, bytes]:
    """Names and raw values; the first of a repeated name counts. Nothing is read as text yet: `bin` and `udh` are octets.

    Raises BadQuery.
    """
    if len(query) > MOST_OCTETS:
        raise BadQuery("query", f"longer than {MOST_OCTETS}")
    found: dict[str, bytes] = {}
    for piece in query.split("&"):
        name, _, value = piece.partition("=")
        if name:
            found.setdefault(octets(name).decode("latin-1"), octets(value))
    return found


def octets(value: str) -> bytes:
    """What an escaped value stands for. A `+` is a space; a plus sign itself comes as %2B."""
    return unquote_to_bytes(value.replace("+", " "))


def text(values: dict[str, bytes], name: str, *, most: int = 255) -> str:
    """A value as UTF-8 text, trimmed. Raises BadQuery."""
    try:
        found = values.get(name, b"").decode("utf-8").strip()
    except UnicodeDecodeError:
        raise BadQuery(name, "not UTF-8") from None
    if len(found) > most:
        raise BadQuery(name, f"longer than {most}")
    return found


def number(values: dict[str, bytes], name: str, default: int = 0) -> int:
    """A value as a whole number; Kannel writes -1 for what it does not know, which is the default. Raises BadQuery."""
    written = text(values, name)
    if not written:
        return default
    try:
        found = int(written)
    except ValueError:
        raise BadQuery(name, "not a number") from None
    return default if found < 0 else found
