"""UCIP messages: XML-RPC calls with one struct, written and read by the standard library, what is read held to the types we use."""

import xmlrpc.client as xmlrpc
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from xml.parsers.expat import ExpatError

_WRONG = (ExpatError, xmlrpc.Error, ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError)


class BadMessage(Exception):
    """An answer that is no struct of a method's answer; the reason never repeats its content."""


def call(method: str, fields: Mapping[str, Any]) -> bytes:
    """One method call."""
    return xmlrpc.dumps((dict(fields),), method).encode("utf-8")


def stamp(moment: datetime) -> xmlrpc.DateTime:
    """A local moment as UCIP writes it: 20261121T20:40:00+0800."""
    return xmlrpc.DateTime(f"{moment:%Y%m%dT%H:%M:%S%z}")


def read(body: bytes) -> Mapping[str, Any]:
    """The struct of an answer. Raises BadMessage, also for an XML-RPC fault: AIR does not say what it had done before it."""
    if b"<!" in body:
        raise BadMessage("not plain elements")
    try:
        values, method = xmlrpc.loads(body)
    except xmlrpc.Fault as fault:
        raise BadMessage(f"fault {fault.faultCode}") from None
    except _WRONG:
        raise BadMessage("not XML-RPC") from None
    if method is not None or len(values) != 1 or not isinstance(values[0], dict):
        raise BadMessage("not one struct")
    return values[0]


def code_of(told: Mapping[str, Any]) -> int | None:
    """The response code."""
    code = told.get("responseCode")
    return code if isinstance(code, int) and not isinstance(code, bool) else None


def text_of(told: Mapping[str, Any], name: str) -> str:
    """A member that is text or a whole number, as text; "" when it is not there."""
    value = told.get(name)
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
