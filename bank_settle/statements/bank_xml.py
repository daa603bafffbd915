"""Bank-enterprise XML (银企直连) as the bank's own front end hands it over: CMB GetTransInfo and ICBC QHISD, GBK."""

from datetime import date, datetime
from pathlib import Path

from lxml import etree

from bank_settle.files.amounts import from_major, from_minor
from bank_settle.files.errors import BadFile, Fault
from bank_settle.statements.model import BankLine, BankStatement, Wanted
from bank_settle.statements.safe_xml import look_first

_LARGEST = 128 * 1024 * 1024


def read_cmb(path: Path, wanted: Wanted) -> BankStatement:
    """CMB: one NTQTSINFZ a line; the two renderings of each amount must agree. The answer names no account. Raises BadFile."""
    root = _root(path, "CMBSDKPGK")
    if _text(root, "INFO/RETCOD") != "0" or _text(root, "INFO/FUNNAM") != "GetTransInfo":
        raise BadFile(Fault.HEADER, detail=_text(root, "INFO/RETCOD"))
    lines = tuple(_cmb_line(item, number) for number, item in enumerate(root.iterfind("NTQTSINFZ"), 1))
    return BankStatement("", wanted.currency, lines)


def _cmb_line(item: etree._Element, number: int) -> BankLine:
    amount = _same(item, "TRSAMT", number)
    return BankLine(
        _day(_text(item, "ETYDAT"), number),
        _direction(_text(item, "AMTCDR"), {"C": 1, "D": -1}, number) * amount,
        _same(item, "TRSBLV", number),
        (_text(item, "NARYUR") or _text(item, "BUSNAM"))[:400],
        _text(item, "RPYACC")[:40],
        _text(item, "RPYNAM")[:140],
        _text(item, "ACCNBR")[:40],
        _text(item, "YURREF")[:64],
        _text(item, "REFNBR")[:64],
    )


def _same(item: etree._Element, name: str, number: int) -> int:
    try:
        plain = from_major(_text(item, name))
        shown = _text(item, f"C_{name}")
        if shown and from_major(shown) != plain:
            raise BadFile(Fault.AMOUNT, number, name)
    except ValueError:
        raise BadFile(Fault.AMOUNT, number, name) from None
    return plain


def read_icbc(path: Path, wanted: Wanted) -> BankStatement:
    """ICBC: one rd a line, amounts in fen; an answer with a NextTag is only the first page and not used. Raises BadFile."""
    root = _root(path, "CMS")
    if _text(root, "eb/pub/RetCode") not in {"0", "00000", ""} or _text(root, "eb/pub/TransCode") != "QHISD":
        raise BadFile(Fault.HEADER, detail=_text(root, "eb/pub/RetCode"))
    out = root.find("eb/out")
    if out is None or _text(out, "NextTag"):
        raise BadFile(Fault.PENDING)
    lines = tuple(_icbc_line(item, number) for number, item in enumerate(out.iterfind("rd"), 1))
    return BankStatement(_text(out, "AccNo"), wanted.currency, lines)


def _icbc_line(item: etree._Element, number: int) -> BankLine:
    sign = _direction(_text(item, "Drcrf"), {"2": 1, "1": -1}, number)
    try:
        amount = from_minor(_text(item, "CreditAmount" if sign > 0 else "DebitAmount"))
        balance = from_minor(_text(item, "Balance"))
    except ValueError:
        raise BadFile(Fault.AMOUNT, number) from None
    return BankLine(
        _day(_text(item, "Date"), number),
        sign * amount,
        balance,
        (_text(item, "PostScript") or _text(item, "UseCN") or _text(item, "Summary"))[:400],
        _text(item, "RecipAccNo")[:40],
        _text(item, "RecipName")[:140],
        "",
        _text(item, "Oref")[:64],
        _text(item, "Ref")[:64],
    )


def _root(path: Path, name: str) -> etree._Element:
    look_first(path)
    if path.stat().st_size > _LARGEST:
        raise BadFile(Fault.UNREADABLE)
    try:
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
        tree = etree.parse(str(path), parser)
    except OSError:
        # What lxml says of octets that are not in the encoding the file names.
        raise BadFile(Fault.ENCODING) from None
    except etree.XMLSyntaxError as error:
        raise BadFile(Fault.ENCODING if "ncod" in (error.msg or "") else Fault.SCHEMA, error.lineno or 0) from None
    if tree.docinfo.internalDTD is not None:
        raise BadFile(Fault.HOSTILE)
    root = tree.getroot()
    if root.tag != name:
        raise BadFile(Fault.HEADER)
    return root


def _direction(told: str, signs: dict[str, int], number: int) -> int:
    if told not in signs:
        raise BadFile(Fault.CODE, number)
    return signs[told]


def _day(text: str, number: int) -> date:
    try:
        return datetime.strptime(text, "%Y%m%d").date()  # noqa: DTZ007  a date has no zone
    except ValueError:
        raise BadFile(Fault.DATE, number) from None


def _text(element: etree._Element, path: str) -> str:
    return (element.findtext(path) or "").strip()
