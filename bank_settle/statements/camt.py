"""ISO 20022 camt.052, .053 and .054 in editions 02 and 08: streamed and checked against the official schema; no IBAN is needed."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from lxml import etree

from bank_settle.files.amounts import from_major
from bank_settle.files.errors import BadFile, Fault
from bank_settle.statements.model import BankLine, BankStatement, Wanted
from bank_settle.statements.safe_xml import elements, namespace_of

_MESSAGES = frozenset(f"camt.{number}.001.{edition}" for number in ("052", "053", "054") for edition in ("02", "08"))
_TOPS = frozenset({"Stmt", "Rpt", "Ntfctn"})
_WANTED = frozenset({"Ntry", "Bal", "Acct", "ElctrncSeqNb"}) | _TOPS
_OPENING, _CLOSING = frozenset({"OPBD", "PRCD"}), "CLBD"


@dataclass(slots=True)
class _Gathering:
    """What has been seen of the statement that is being read."""

    account: str = ""
    currency: str = ""
    number: int | None = None
    opening: int | None = None
    closing: int | None = None
    lines: list[BankLine] = field(default_factory=list)
    pending: int = 0

    def statement(self) -> BankStatement:
        return BankStatement(self.account, self.currency, tuple(self.lines), self.opening, self.closing, self.number, self.pending)


def read_camt(path: Path, wanted: Wanted) -> BankStatement:
    """The statement of the wanted account. Raises BadFile: not valid, hostile, or not there."""
    message = namespace_of(path)
    if message not in _MESSAGES:
        raise BadFile(Fault.SCHEMA, detail=message)
    # The whole file is read to its end, so that what comes after the wanted account is checked as well.
    found = [item for item in _statements(path, message, wanted) if item.account == wanted.account]
    if len(found) != 1:
        raise BadFile(Fault.TWICE if found else Fault.WRONG_OWNER)
    return found[0]


def _statements(path: Path, message: str, wanted: Wanted) -> Iterator[BankStatement]:
    gathering = _Gathering()
    with closing(elements(path, _WANTED, message)) as found:
        for element in found:
            name = etree.QName(element).localname
            if name in _TOPS:
                yield gathering.statement()
                gathering = _Gathering()
            elif _local(element.getparent()) in _TOPS:
                _take(gathering, element, name, wanted)


def _take(gathering: _Gathering, element: etree._Element, name: str, wanted: Wanted) -> None:
    try:
        _TAKE[name](gathering, element, wanted)
    except ValueError:
        raise BadFile(Fault.AMOUNT, _at(element)) from None


def _account(gathering: _Gathering, element: etree._Element, _: Wanted) -> None:
    gathering.account = _text(element, "Id/Othr/Id") or _text(element, "Id/IBAN")
    gathering.currency = _text(element, "Ccy")


def _number(gathering: _Gathering, element: etree._Element, _: Wanted) -> None:
    gathering.number = int(element.text or 0)


def _balance(gathering: _Gathering, element: etree._Element, wanted: Wanted) -> None:
    code, amount = _text(element, "Tp/CdOrPrtry/Cd"), _signed(element, wanted)
    if code in _OPENING:
        gathering.opening = amount
    elif code == _CLOSING:
        gathering.closing = amount


def _entry(gathering: _Gathering, element: etree._Element, wanted: Wanted) -> None:
    status = _text(element, "Sts/Cd") or _text(element, "Sts")
    if status != "BOOK":
        gathering.pending += 1
        return
    day = _day(_text(element, "BookgDt/Dt") or _text(element, "BookgDt/DtTm") or _text(element, "ValDt/Dt"), element)
    amount = _signed(element, wanted)
    details = list(element.iterfind("{*}NtryDtls/{*}TxDtls"))
    parts = [_amount(_find(item, "Amt", "AmtDtls/TxAmt/Amt"), wanted) for item in details]
    if len(details) > 1 and None not in parts and sum(part or 0 for part in parts) == abs(amount):
        sign = 1 if amount > 0 else -1
        gathering.lines += [_line(element, item, day, sign * (part or 0)) for item, part in zip(details, parts, strict=True)]
    else:
        gathering.lines.append(_line(element, details[0] if details else None, day, amount))


_TAKE = {"Acct": _account, "ElctrncSeqNb": _number, "Bal": _balance, "Ntry": _entry}


def _line(entry: etree._Element, details: etree._Element | None, day: date, amount: int) -> BankLine:
    reference = _text(entry, "AcctSvcrRef") or _text(entry, "NtryRef")
    if details is None:
        return BankLine(day, amount, None, _text(entry, "AddtlNtryInf")[:400], bank_reference=reference, reversal=_reversed(entry))
    side = "Dbtr" if amount > 0 else "Cdtr"
    remittance = " ".join(item.text or "" for item in details.iterfind("{*}RmtInf/{*}Ustrd"))
    return BankLine(
        day,
        amount,
        None,
        (remittance or _text(details, "AddtlTxInf") or _text(entry, "AddtlNtryInf"))[:400],
        _text(details, f"RltdPties/{side}Acct/Id/Othr/Id") or _text(details, f"RltdPties/{side}Acct/Id/IBAN"),
        _text(details, f"RltdPties/{side}/Pty/Nm") or _text(details, f"RltdPties/{side}/Nm"),
        _text(details, "RltdPties/CdtrAcct/Id/Othr/Id") if amount > 0 else "",
        _text(details, "RmtInf/Strd/CdtrRefInf/Ref") or _end_to_end(details),
        _text(details, "Refs/AcctSvcrRef") or reference,
        _reversed(entry),
    )


def _end_to_end(details: etree._Element) -> str:
    told = _text(details, "Refs/EndToEndId")
    return "" if told == "NOTPROVIDED" else told


def _reversed(entry: etree._Element) -> bool:
    return _text(entry, "RvslInd") == "true"


def _signed(element: etree._Element, wanted: Wanted) -> int:
    amount = _amount(element.find("{*}Amt"), wanted)
    if amount is None:
        raise BadFile(Fault.CURRENCY, _at(element))
    return -amount if _text(element, "CdtDbtInd") == "DBIT" else amount


def _amount(element: etree._Element | None, wanted: Wanted) -> int | None:
    if element is None or element.get("Ccy") != wanted.currency:
        return None
    whole = (element.text or "").strip()
    # The schema allows 5 decimals; zeros beyond the currency's own say nothing.
    head, dot, tail = whole.partition(".")
    kept = tail[: wanted.minor_digits]
    if tail[wanted.minor_digits :].strip("0"):
        raise BadFile(Fault.AMOUNT, _at(element))
    return from_major(f"{head}.{kept}" if dot and kept else head, wanted.minor_digits)


def _day(text: str, element: etree._Element) -> date:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        raise BadFile(Fault.DATE, _at(element)) from None


def _at(element: etree._Element) -> int:
    line: Any = element.sourceline
    return int(line or 0)


def _find(element: etree._Element, *paths: str) -> etree._Element | None:
    return next((found for path in paths if (found := element.find(_path(path))) is not None), None)


def _text(element: etree._Element, path: str) -> str:
    return (element.findtext(_path(path)) or "").strip()


def _path(path: str) -> str:
    return "/".join(f"{{*}}{step}" for step in path.split("/"))


def _local(element: etree._Element | None) -> str:
    return "" if element is None else etree.QName(element).localname
