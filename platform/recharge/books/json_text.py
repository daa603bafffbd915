"""JSON as the books keep it: compact, letters as they are."""

from typing import Any

from pydantic_core import to_json


def json_text(value: Any) -> str:
    """Of anything JSON can say. The standard library makes an encoder for every call, which costs more than most facts."""
    return to_json(value).decode()
