"""The operator's list of latest transactions, read for one order: there, surely not there, or not to be told."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from zoneinfo import ZoneInfo

from recharge.books.chip_statements import ChipOrder
from recharge.domain.reply_notation import Likeness, likeness
from recharge.suppliers.chip_modem.settings import ChipSettings

# The operator's clock and ours, and its minutes without seconds.
_SLACK = timedelta(minutes=3)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the list; `at` None where it tells no time."""

    number: str
    units: int
    serial_number: str
    at: datetime | None


class Found(Enum):
    """What a list says of an order beside an entry that is its own."""

    ABSENT = "absent"
    CANNOT_TELL = "cannot_tell"


def entries(text: str, settings: ChipSettings, now: datetime) -> list[Entry] | None:
    """The list in a text, newest first as operators write it; None when the text is no such list."""
    lines = [_entry(found, settings, now) for found in re.finditer(settings.last_line, text)]
    if lines:
        return lines
    return [] if settings.last_none and re.search(settings.last_none, text) else None


def search(listed: Sequence[Entry], order: ChipOrder, settings: ChipSettings, proves: Callable[[str], int | None]) -> Entry | Found:
    """The entry of an order. `proves` gives the attempt that a serial number has already proved, if any.

    ABSENT only where the list surely reaches back beyond the moment the order was sent.
    """
    units = order.face_minor // settings.unit_minor
    same = [one for one in listed if one.units == units and likeness(one.number, order.number) is not Likeness.OTHER]
    mine = [one for one in same if one.at is None or one.at >= order.sent_at - _SLACK]
    free = [one for one in mine if proves(one.serial_number) in {None, order.attempt_id}]
    if len(free) == 1:
        return free[0]
    if free or not _reaches(listed, order, settings):
        return Found.CANNOT_TELL
    return Found.ABSENT


def _reaches(listed: Sequence[Entry], order: ChipOrder, settings: ChipSettings) -> bool:
    if not listed:
        return True
    oldest = listed[-1].at
    return len(listed) <= settings.last_count and oldest is not None and oldest < order.sent_at - _SLACK


def _entry(found: "re.Match[str]", settings: ChipSettings, now: datetime) -> Entry:
    told = found.groupdict()
    return Entry(told.get("number") or "", int(told.get("units") or 0), told.get("sn") or "", _moment(told, settings, now))


def _moment(told: dict[str, str | None], settings: ChipSettings, now: datetime) -> datetime | None:
    """Day and month without a year: the latest such moment that is not in the future."""
    day, month, clock = told.get("day"), told.get("month"), told.get("time")
    if not (day and month and clock):
        return None
    zone = ZoneInfo(settings.zone)
    hour, minute = (int(part) for part in clock.split(":")[:2])
    for year in (now.astimezone(zone).year, now.astimezone(zone).year - 1):
        try:
            at = datetime(year, int(month), int(day), hour, minute, tzinfo=zone)
        except ValueError:
            continue
        if at <= now + _SLACK:
            return at
    return None
