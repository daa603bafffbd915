"""Writes a day's reports into a folder of the day and version, and has them sent where they are wanted."""

from datetime import date
from pathlib import Path

from bank_settle.parts import Parts
from bank_settle.reports.delivery import deliver
from bank_settle.reports.files import as_csv, as_pdf, as_xlsx
from bank_settle.reports.sheets import SHEETS
from bank_settle.reports.source import read_source, stamp_of


def write_reports(parts: Parts, day: date, language: str | None = None) -> list[Path]:
    """All sheets as one workbook, and each as PDF and CSV; the files written.

    Raises LookupError before the snapshot, NoFont, and NotDelivered when all is written but did not get everywhere.
    """
    source = read_source(parts, day, language)
    stamp, sheets = stamp_of(source), [make(source) for make in SHEETS]
    folder = parts.configuration.reports / f"{day:%Y%m%d}" / f"v{stamp.version}"
    folder.mkdir(parents=True, exist_ok=True)
    written = [_put(folder / f"{day:%Y%m%d}.xlsx", as_xlsx(sheets, stamp, language, parts.minor_digits))]
    for sheet in sheets:
        written.append(_put(folder / f"{sheet.key}.pdf", as_pdf(sheet, stamp, language, parts.minor_digits)))
        written.append(_put(folder / f"{sheet.key}.csv", as_csv(sheet, parts.minor_digits)))
    deliver(parts.configuration.delivery, f"{stamp.house} {day}", written)
    return written


def _put(path: Path, content: bytes) -> Path:
    """A file appears whole: nobody reads half a report."""
    under_way = path.with_suffix(path.suffix + ".part")
    under_way.write_bytes(content)
    under_way.rename(path)
    return path
