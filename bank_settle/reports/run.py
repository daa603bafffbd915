"""Writes a day's reports into a folder of the day and version, and sends them where they are wanted: another folder, or by mail."""

import shutil
import smtplib
import ssl
from collections.abc import Sequence
from datetime import date
from email.message import EmailMessage
from pathlib import Path

from bank_settle.configuration import Delivery
from bank_settle.parts import Parts
from bank_settle.reports.files import as_csv, as_pdf, as_xlsx
from bank_settle.reports.sheets import SHEETS, read_source, stamp_of

_SMTP_SECONDS = 30


def write_reports(parts: Parts, day: date, language: str | None = None) -> list[Path]:
    """All sheets as one workbook, and each as PDF and CSV; the files written. Raises LookupError before the snapshot, NoFont."""
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


def deliver(to: Delivery, subject: str, files: Sequence[Path]) -> None:
    """Copy into the folder and mail, as far as they are set. Raises OSError or SMTPException; the reports then lie where they are."""
    if to.folder is not None:
        target = to.folder / files[0].parent.parent.name / files[0].parent.name
        target.mkdir(parents=True, exist_ok=True)
        for path in files:
            shutil.copy2(path, target / path.name)
    if to.smtp and to.recipients:
        _mail(to, subject, [path for path in files if path.suffix in {".xlsx", ".pdf"}])


def _mail(to: Delivery, subject: str, files: Sequence[Path]) -> None:
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = subject, to.sender, ", ".join(to.recipients)
    message.set_content(subject)
    for path in files:
        subtype = "pdf" if path.suffix == ".pdf" else "vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        message.add_attachment(path.read_bytes(), maintype="application", subtype=subtype, filename=path.name)
    host, _, port = to.smtp.rpartition(":")
    with smtplib.SMTP(host, int(port), timeout=_SMTP_SECONDS) as server:
        if to.starttls:
            server.starttls(context=ssl.create_default_context())
        if to.username and to.password_file is not None:
            server.login(to.username, to.password_file.read_text(encoding="utf-8").strip())
        server.send_message(message)
