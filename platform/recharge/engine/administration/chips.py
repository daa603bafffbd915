"""The desk of dealer chips: how each stands, what went through it, letting it work again, and its pace and hours."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from recharge.books.changes import CATALOGUE
from recharge.books.chip_statements import AWAY, READY, ChipBook, ChipOrder, ChipRow, read_chips
from recharge.books.tables.chips import chip
from recharge.books.tables.suppliers import link
from recharge.engine.administration import checks, lookups
from recharge.engine.administration.errors import bad, unknown
from recharge.engine.administration.office import Change, Desk, Duty, duty
from recharge.suppliers.chip_modem.ledger import value_minor
from recharge.suppliers.chip_modem.stockroom import expected, told_now

KIND = "chip_modem"
_LONG = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class ChipView:
    """A chip as a person sees it. Stock in minor units, None where it was never told; `open_orders` nobody knows the end of."""

    row: ChipRow
    told_minor: int | None
    expected_minor: int | None
    open_orders: int


class Chips(Desk):
    """Dealer chips, each named by its link's code."""

    def all(self, now: datetime) -> Sequence[ChipView]:
        """Every chip that was ever seen by a link, by link."""
        book = ChipBook(self.office.database, self.office.ids)
        return [_view(row, book.orders(row.iccid, now - _LONG)) for row in book.all_chips()]

    def transactions(self, code: str, count: int, now: datetime) -> Sequence[ChipOrder]:
        """The latest orders of a chip, newest first. Raises AdministrationError for a link without a chip."""
        with self.office.database.read() as connection:
            row = _chip(connection, code)
        return ChipBook(self.office.database, self.office.ids).orders(row.iccid, now - _LONG)[::-1][:count]

    @duty(Duty.BLOCKING)
    def release(self, change: Change, code: str) -> None:
        """Let a chip work again where it is now. Its PIN may be tried once more; stock that did not fit is counted anew."""
        row = _chip(change.connection, code)
        values = {
            "state": READY if row.seen_in else AWAY,
            "reason": "",
            "pin_tried": False,
            "slot": row.seen_in or "",
            "told": "{}" if row.state == "paused" else _told(row),
            "changed_at": change.now,
        }
        change.connection.execute(chip.update().where(chip.c.iccid == row.iccid).values(**values))
        change.note("chip_released", f"link:{code}", iccid=row.iccid, was=row.state, why=row.reason, slot=row.seen_in)

    @duty(Duty.BLOCKING)
    def hold(self, change: Change, code: str, reason: str) -> None:
        """Send nothing through a chip until it is released."""
        row = _chip(change.connection, code)
        values = {"state": "paused", "reason": checks.printable("reason", reason, 80), "changed_at": change.now}
        change.connection.execute(chip.update().where(chip.c.iccid == row.iccid).values(**values))
        change.note("chip_held", f"link:{code}", iccid=row.iccid, why=reason)

    @duty(Duty.LINKS)
    def set_pace(self, change: Change, code: str, pace: Mapping[str, float | None]) -> None:
        """Gaps in seconds and counts: gap_seconds, same_number_seconds, most_an_hour, most_a_day; None leaves one as it is."""
        _settings(change, code, {name: value for name, value in pace.items() if value is not None})

    @duty(Duty.LINKS)
    def set_hours(self, change: Change, code: str, opens: str, closes: str) -> None:
        """Local times of the chip's zone between which it works."""
        hours = {"opens": checks.time_of_day("opens", opens), "closes": checks.time_of_day("closes", closes)}
        _settings(change, code, hours)


def _chip(connection: Any, code: str) -> ChipRow:
    row = next((row for row in read_chips(connection) if row.link_code == code), None)
    if row is None:
        raise unknown("chip", code)
    return row


def _told(row: ChipRow) -> str:
    return json.dumps({str(face): (count, at.isoformat()) for face, (count, at) in row.told.items()})


def _view(row: ChipRow, orders: Sequence[ChipOrder]) -> ChipView:
    told, left = told_now(row.told), expected(row.told, orders)
    return ChipView(
        row,
        value_minor(told) if told else None,
        value_minor(left) if left else None,
        sum(1 for order in orders if order.is_open),
    )


def _settings(change: Change, code: str, new: dict[str, Any]) -> None:
    found = lookups.row_of(change.connection, "link", code)
    if found.kind != KIND:
        raise bad("link", code)
    before = change.connection.execute(select(link.c.settings).where(link.c.id == found.id)).scalar()
    told = json.loads(str(before)) | new
    change.connection.execute(link.update().where(link.c.id == found.id).values(settings=json.dumps(told, ensure_ascii=False)))
    change.note("chip_settings", f"link:{code}", **new)
    change.stale(CATALOGUE, found.id)
