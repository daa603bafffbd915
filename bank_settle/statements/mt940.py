"""SWIFT MT940: each message of a file is read by the mt-940 library; messages that follow one another make one statement."""

import re
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import mt940

from bank_settle.files.errors import BadFile, Fault
from bank_settle.statements.model import BankLine, BankStatement, Wanted

_MESSAGE = re.compile(r"^:20:", re.MULTILINE)
_LARGEST = 64 * 1024 * 1024
_TAGS = (":25:", ":60F:", ":62F:")


def read_mt940(path: Path, wanted: Wanted) -> BankStatement:
    """The wanted account's statement. Raises BadFile."""
    content = path.read_bytes()
    if not content.strip():
        raise BadFile(Fault.EMPTY)
    if len(content) > _LARGEST:
        raise BadFile(Fault.UNREADABLE)
    text = _decoded(content)
    starts = [found.start() for found in _MESSAGE.finditer(text)]
    messages = [text[start:end] for start, end in pairwise([*starts, len(text)])]
    mine = [item for item in map(_message, messages) if item.account.rpartition("/")[2] == wanted.account]
    if not mine:
        raise BadFile(Fault.WRONG_OWNER if messages else Fault.HEADER)
    return _joined(mine)


def _decoded(content: bytes) -> str:
    for encoding in ("utf-8", "gb18030"):
        try:
            return content.decode(encoding).replace("\r\n", "\n")
        except UnicodeDecodeError:
            continue
    raise BadFile(Fault.ENCODING)


def _message(text: str) -> BankStatement:
    if ":25:" not in text or not re.search(r"^:60[FM]:", text, re.MULTILINE) or not re.search(r"^:62[FM]:", text, re.MULTILINE):
        raise BadFile(Fault.HEADER)
    try:
        parsed = mt940.parse(text.rstrip().removesuffix("-").rstrip() + "\n")
    except (ValueError, RuntimeError, IndexError, KeyError, ArithmeticError) as error:
        # The library quotes what it could not read; that may be a customer's own.
        raise BadFile(Fault.LINE, detail=type(error).__name__) from None
    data = parsed.data
    opening, closing = _balance(data, "opening"), _balance(data, "closing")
    number = str(data.get("statement_number") or "")
    lines = tuple(_line(item.data) for item in parsed.transactions if item.data.get("amount") is not None)
    account = str(data.get("account_identification", ""))
    told = data.get("final_opening_balance") or data["intermediate_opening_balance"]
    return BankStatement(
        account, str(told.amount.currency), lines, opening, closing, int(number) if number.isdigit() and int(number) else None
    )


def _balance(data: dict[str, Any], which: str) -> int:
    found = data.get(f"final_{which}_balance") or data.get(f"intermediate_{which}_balance")
    if found is None:
        raise BadFile(Fault.BALANCE)
    return _minor(found.amount.amount)


def _minor(amount: Any) -> int:
    minor = amount.scaleb(2)
    if minor != minor.to_integral_value():
        raise BadFile(Fault.AMOUNT)
    return int(minor)


def _line(data: dict[str, Any]) -> BankLine:
    booked = data.get("entry_date") or data["date"]
    reference = data.get("customer_reference") or ""
    details = str(data.get("transaction_details") or data.get("purpose") or "").replace("\n", " ")
    return BankLine(
        date(booked.year, booked.month, booked.day),
        _minor(data["amount"].amount),
        None,
        details[:400],
        str(data.get("applicant_iban") or data.get("gvc_applicant_iban") or "")[:40],
        str(data.get("applicant_name") or "")[:140],
        "",
        "" if reference in {"NONREF", "None"} else str(reference),
        str(data.get("bank_reference") or ""),
        str(data.get("status", "")).startswith("R"),
    )


def _joined(parts: list[BankStatement]) -> BankStatement:
    for before, after in pairwise(parts):
        if before.closing_minor != after.opening_minor:
            raise BadFile(Fault.BALANCE)
    first, last = parts[0], parts[-1]
    lines = tuple(line for part in parts for line in part.lines)
    return BankStatement(first.account.rpartition("/")[2], first.currency, lines, first.opening_minor, last.closing_minor, last.number)
