"""XML from outside, read as a stream: no document types, no entities, no network, and the schema checked on the way."""

import re
from collections.abc import Generator, Iterator
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import IO

from lxml import etree

from bank_settle.files.errors import BadFile, Fault

SCHEMAS = Path(__file__).parent.parent / "schemas"
_HEAD = 4096
_ENCODING = re.compile(rb"""<\?xml[^>]*encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_ENCODINGS = frozenset({b"utf-8", b"gbk", b"gb2312", b"gb18030", b"us-ascii", b"iso-8859-1"})


def look_first(path: Path) -> None:
    """Refuse what no bank sends before a parser sees it. Raises BadFile(HOSTILE or UNREADABLE or EMPTY)."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError as error:
        raise BadFile(Fault.UNREADABLE) from error
    if not head.strip() and len(head) < _HEAD:
        raise BadFile(Fault.EMPTY)
    named = _ENCODING.search(head)
    if b"\x00" in head or head[:2] in {b"\xff\xfe", b"\xfe\xff"} or (named and named[1].lower() not in _ENCODINGS):
        raise BadFile(Fault.ENCODING)
    if b"<!DOCTYPE" in head or b"<!ENTITY" in head:
        raise BadFile(Fault.HOSTILE)


def namespace_of(path: Path) -> str:
    """The message name behind the root's namespace: camt.053.001.08, or "" without one. Raises BadFile."""
    with closing(_events(path, ("start",), None, None)) as found:
        for element in found:
            return str(etree.QName(element).namespace or "").rpartition(":")[2]
    raise BadFile(Fault.SCHEMA)


def elements(path: Path, names: frozenset[str], message: str | None) -> Generator[etree._Element]:
    """The elements of these local names as they end, each forgotten when the next is asked for. Raises BadFile.

    With a message name the file is checked against the official schema while it is read; ask `namespace_of` first, which refuses
    document types.
    """
    schema = None if message is None else _schema(message)
    with closing(_events(path, ("end",), [f"{{*}}{name}" for name in names], schema)) as found:
        for element in found:
            yield element
            if etree.QName(element).localname == "Ntry":
                _forget(element)


def _events(path: Path, events: tuple[str, ...], tags: list[str] | None, schema: etree.XMLSchema | None) -> Generator[etree._Element]:
    look_first(path)
    try:
        with path.open("rb") as file:
            yield from _parsed(file, events, tags, schema)
    except etree.XMLSyntaxError as error:
        # The parser's message may quote the content; only its kind and place are told.
        fault = Fault.HOSTILE if "ntity" in (error.msg or "") else Fault.SCHEMA
        raise BadFile(fault, error.lineno or 0) from None


def _parsed(file: IO[bytes], events: tuple[str, ...], tags: list[str] | None, schema: etree.XMLSchema | None) -> Iterator[etree._Element]:
    # With a schema, lxml swallows the parser's own errors once entities are left alone; by then the root was looked at without one.
    entities = {} if schema is not None else {"resolve_entities": False}
    stream = etree.iterparse(file, events=events, tag=tags, schema=schema, no_network=True, load_dtd=False, huge_tree=False, **entities)
    for _, element in stream:
        if element.getroottree().docinfo.internalDTD is not None:
            raise BadFile(Fault.HOSTILE)
        yield element


def _forget(element: etree._Element) -> None:
    element.clear()
    while element.getprevious() is not None:
        parent = element.getparent()
        if parent is None or etree.QName(parent[0]).localname != "Ntry":
            return
        del parent[0]


@cache
def _schema(message: str) -> etree.XMLSchema:
    path = SCHEMAS / f"{message}.xsd"
    if not path.exists():
        raise BadFile(Fault.SCHEMA, detail=message)
    return etree.XMLSchema(etree.parse(str(path)))


def valid(content: bytes, message: str) -> bool:
    """Whether bytes of our own making hold to the official schema."""
    return _schema(message).validate(etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True)))
