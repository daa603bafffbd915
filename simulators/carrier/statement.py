"""The daily statement file (docs/carrier-protocol.md section 8), and the differences a test may have planted in it."""

import hashlib
import json
import random
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from simulators.carrier.clock import CHINA

TITLE: Final = "空中充值日对账单"
ENCODING: Final = "gb18030"


@dataclass(frozen=True, slots=True)
class Line:
    """One detail line; amounts in fen, negative for what was taken back; `at` is `YYYYMMDDhhmmss` at +08:00."""

    kind: str
    reference: str
    original_reference: str
    carrier_reference: str
    serial_number: str
    number: str
    amount_minor: int
    charged_minor: int
    delivered_minor: int
    state: str
    at: str


def lines_of(connection: sqlite3.Connection, day: str) -> list[Line]:
    """What the ledger credited and took back on an accounting day, by time."""
    rows = connection.execute(
        "select c.kind, c.reference, c.original_reference, c.carrier_reference, c.serial_number, c.number,"
        " c.amount_minor, c.charged_minor, c.delivered_minor, case"
        " when c.direction = 1 and exists (select 1 from credit b where b.order_id = c.order_id and b.direction = -1"
        " and b.day = c.day) then 'REVERSED'"
        " when c.delivered_minor = c.amount_minor or c.direction = -1 then 'SUCCESS' else 'PARTIAL' end,"
        " replace(replace(replace(substr(c.at, 1, 19), '-', ''), 'T', ''), ':', '')"
        " from credit c where c.day = ? order by c.at, c.id",
        (day,),
    )
    return [Line(*row) for row in rows]


def render(lines: Sequence[Line], partner: str, day: str, issue: int, created: datetime) -> bytes:
    """The file: header, one line a record, trailer with sums and the checksum over everything before it."""
    head = f"H|{partner}|{day}|{issue}|{created:%Y%m%d%H%M%S}|+08:00|{TITLE}\n"
    details = "".join([f"D|{position}|{_detail(line)}\n" for position, line in enumerate(lines, 1)])
    covered = (head + details).encode(ENCODING)
    sums = sums_of(lines)
    totals = f"{len(lines)}|{sums['amount_minor']}|{sums['charged_minor']}|{sums['delivered_minor']}"
    return covered + f"T|{totals}|{hashlib.sha256(covered).hexdigest()}\n".encode(ENCODING)


def _detail(line: Line) -> str:
    amounts = f"{line.amount_minor}|{line.charged_minor}|{line.delivered_minor}"
    identity = f"{line.kind}|{line.reference}|{line.original_reference}|{line.carrier_reference}|{line.serial_number}"
    return f"{identity}|{line.number}|{amounts}|{line.state}|{line.at}"


def sums_of(lines: Sequence[Line]) -> dict[str, int]:
    """Plain sums over the lines, signs included (fen)."""
    return {
        "amount_minor": sum(line.amount_minor for line in lines),
        "charged_minor": sum(line.charged_minor for line in lines),
        "delivered_minor": sum(line.delivered_minor for line in lines),
    }


Note = dict[str, object]
Planter = Callable[[list[Line], random.Random], Note]


def _pick(lines: list[Line], chance: random.Random) -> int:
    if not lines:
        raise ValueError("no line left to plant a difference in")
    return chance.randrange(len(lines))


def _missing(lines: list[Line], chance: random.Random) -> Note:
    line = lines.pop(_pick(lines, chance))
    return {"reference": line.reference, "amount_minor": line.amount_minor}


def _extra(lines: list[Line], chance: random.Random) -> Note:
    position = _pick(lines, chance)
    stranger = replace(
        lines[position],
        kind="R",
        reference=str(chance.randrange(9 * 10**19, 10**20)),
        original_reference="",
        carrier_reference=f"CX{chance.randrange(10**15):015d}",
        serial_number=f"SX{chance.randrange(10**15):015d}",
        number="13800138000",
        amount_minor=5000,
        charged_minor=5000,
        delivered_minor=5000,
        state="SUCCESS",
    )
    lines.insert(position, stranger)
    return {"reference": stranger.reference, "amount_minor": stranger.amount_minor}


def _amount(lines: list[Line], chance: random.Random) -> Note:
    position = _pick(lines, chance)
    line, off = lines[position], chance.choice([-100, 100, 1000])
    lines[position] = replace(
        line,
        amount_minor=line.amount_minor + off,
        charged_minor=line.charged_minor + off,
        delivered_minor=line.delivered_minor + off,
    )
    return {"reference": line.reference, "true_minor": line.amount_minor, "told_minor": line.amount_minor + off}


def _state(lines: list[Line], chance: random.Random) -> Note:
    position = _pick(lines, chance)
    line = lines[position]
    told = "REVERSED" if line.state != "REVERSED" else "SUCCESS"
    lines[position] = replace(line, state=told)
    return {"reference": line.reference, "true_state": line.state, "told_state": told}


def _duplicate(lines: list[Line], chance: random.Random) -> Note:
    line = lines[_pick(lines, chance)]
    lines.append(line)
    return {"reference": line.reference, "amount_minor": line.amount_minor}


PLANTERS: Final[Mapping[str, Planter]] = {
    "missing": _missing,
    "extra": _extra,
    "amount": _amount,
    "state": _state,
    "duplicate": _duplicate,
}


def _truncated(content: bytes) -> bytes:
    return content[: len(content) * 2 // 3]


def _bad_checksum(content: bytes) -> bytes:
    return content[:-65] + content[-65:-1][::-1] + b"\n"


DAMAGES: Final[Mapping[str, Callable[[bytes], bytes]]] = {"truncated": _truncated, "bad_checksum": _bad_checksum}
MIDNIGHT: Final = "midnight"
DIFFERENCES: Final = (*PLANTERS, MIDNIGHT, *DAMAGES)


def move_past_midnight(connection: sqlite3.Connection, day: str, chance: random.Random) -> Note:
    """Let the carrier's own books say that one credit of the day fell just after midnight. Raises ValueError if there is none."""
    rows = connection.execute(
        "select id, reference, amount_minor from credit c where day = ? and direction = 1 and not exists"
        " (select 1 from credit b where b.order_id = c.order_id and b.direction = -1) order by id",
        (day,),
    ).fetchall()
    if not rows:
        raise ValueError("no line left to move past midnight")
    credit, reference, amount_minor = rows[chance.randrange(len(rows))]
    next_day = datetime.strptime(day, "%Y%m%d").replace(tzinfo=CHINA) + timedelta(days=1, seconds=1)
    told_day = f"{next_day:%Y%m%d}"
    connection.execute("update credit set day = ?, at = ? where id = ?", (told_day, next_day.isoformat(), credit))
    connection.execute("update orders set day = ? where id = (select order_id from credit where id = ?)", (told_day, credit))
    return {"reference": reference, "amount_minor": amount_minor, "told_day": told_day}


def seal(sheet: Mapping[str, object]) -> str:
    """The answer sheet as JSON together with the SHA-256 of its canonical form."""
    canonical = json.dumps(sheet, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return json.dumps({"sheet": sheet, "sha256": hashlib.sha256(canonical.encode()).hexdigest()}, ensure_ascii=False)
