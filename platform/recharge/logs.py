"""Logs: one JSON line an event, in UTC, without passwords, keys or customers' numbers, whoever wrote it (ours or a library)."""

import logging
import re
import sys
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from datetime import date
from typing import TextIO

import structlog
from structlog.contextvars import bound_contextvars, merge_contextvars
from structlog.stdlib import ProcessorFormatter
from structlog.typing import EventDict, Processor, WrappedLogger

from recharge.domain.numbers import masked

HIDDEN = "***"
_SECRET_WORDS = frozenset(
    {"password", "passphrase", "pin", "secret", "key", "token", "digits", "credential", "mac", "cookie", "authorization", "signature", "ki"}
)
# Written together with other words, too: dbpassword, mastersecret.
_SECRET_PARTS = ("password", "passwd", "secret", "passphrase")
_NUMBER_FIELDS = frozenset({"number", "address", "msisdn", "phone", "caller"})
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")
# Ten to thirteen digits on their own: a telephone number with or without its country code. Our order numbers are longer, and a
# serial number's letters keep it apart.
_NUMBER_IN_TEXT = re.compile(r"(?<![0-9A-Za-z_.])\+?[0-9]{10,13}(?![0-9A-Za-z_])")


def configure_logs(level: str = "INFO", stream: TextIO | None = None) -> None:
    """Send everything this process logs to a stream (standard error by default), from a level on ("DEBUG" to "ERROR")."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(ProcessorFormatter(foreign_pre_chain=_common(), processors=_last()))
    root = logging.getLogger()
    for earlier in root.handlers[:]:
        root.removeHandler(earlier)
    root.addHandler(handler)
    root.setLevel(level)
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *_common(), ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def about_order(order_number: str) -> AbstractContextManager[None]:
    """Within this block every line, also a library's, carries the order's number."""
    return bound_contextvars(order_number=order_number)


def redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Mask secrets by their field's name and telephone numbers wherever they stand, however deep."""
    return {name: _field(str(name), value) for name, value in event.items()}


def _common() -> list[Processor]:
    return [
        merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        structlog.processors.StackInfoRenderer(),
        # Tracebacks without local variables: those hold what must not be written down.
        structlog.processors.format_exc_info,
    ]


def _last() -> list[Processor]:
    return [ProcessorFormatter.remove_processors_meta, redact, structlog.processors.JSONRenderer(ensure_ascii=False)]


def _field(name: str, value: object) -> object:
    if _is_secret(name):
        return HIDDEN
    if name.lower() in _NUMBER_FIELDS and isinstance(value, str | int):
        return masked(str(value))
    return _value(value)


def _is_secret(name: str) -> bool:
    words = {word.lower().removesuffix("s") for word in _WORD.findall(name)} | {word.lower() for word in _WORD.findall(name)}
    return bool(words & _SECRET_WORDS) or any(part in name.lower() for part in _SECRET_PARTS)


def _value(value: object) -> object:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return _without_numbers(value)
    if isinstance(value, bytes):
        # May be a key or a packet.
        return f"{len(value)} bytes"
    if isinstance(value, Mapping):
        return {str(name): _field(str(name), inner) for name, inner in value.items()}
    if isinstance(value, Iterable):
        return [_value(inner) for inner in value]
    return value.isoformat() if isinstance(value, date) else _without_numbers(repr(value))


def _without_numbers(text: str) -> str:
    return _NUMBER_IN_TEXT.sub(lambda found: masked(found.group()), text)
