"""Sheets as files: XLSX for the spreadsheet, PDF for the folder, CSV for other programs. The same sheet gives the same bytes."""

import csv
import io
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import xlsxwriter
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFError, TTFont
from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from bank_settle.reports.sheet import Sheet, Stamp, harmless, shown
from bank_settle.texts import lazy_gettext as _
from bank_settle.texts import say

# TrueType outlines only: the CFF fonts of Noto CJK cannot be embedded this way, and a font that is not embedded is not there elsewhere.
FONTS = (
    Path("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc"),
    Path("/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc"),
    Path("/usr/share/fonts/truetype/arphic/uming.ttc"),
)
_FONT = "settle"
FOOTER = _("第{version}版 · 制表 {maker} · 复核 {checker} · 关账 {closed_at} · 审计链头 {head}")
OPEN_FOOTER = _("第{version}版 · 未关账")
PAGE = _("第{page}页")
_STILL = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)
_WIDEST_SHEET_NAME = 31


class NoFont(Exception):
    """No TrueType font with Chinese letters is on this machine: install Debian's fonts-wqy-microhei."""

    def __init__(self) -> None:
        super().__init__("no TrueType font with Chinese letters: apt-get install fonts-wqy-microhei")


def footer(stamp: Stamp, language: str | None) -> str:
    """What stands under every page."""
    names = ("version", "maker", "checker", "closed_at", "head")
    facts: dict[str, str | int] = {name: getattr(stamp, name) for name in names}
    return say(FOOTER if stamp.head else OPEN_FOOTER, language, facts)


def as_csv(sheet: Sheet, digits: int) -> bytes:
    """UTF-8 with a mark, so that every spreadsheet reads the Chinese; formulas are neutralised."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([harmless(column.title) for column in sheet.columns])
    for row in sheet.all_rows:
        cells = zip(row, sheet.columns, strict=True)
        writer.writerow(
            [harmless(shown(v, c.kind, digits)) if c.kind == "text" else shown(v, c.kind, digits).replace(",", "") for v, c in cells]
        )
    return text.getvalue().encode("utf-8-sig")


def as_xlsx(sheets: Sequence[Sheet], stamp: Stamp, language: str | None, digits: int) -> bytes:
    """One workbook, a worksheet a report; money as numbers with two decimals, texts as texts and never as formulas."""
    content = io.BytesIO()
    book = xlsxwriter.Workbook(content, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"title": f"{stamp.house} {stamp.day}", "created": _STILL})
    formats = _formats(book, digits)
    for sheet in sheets:
        _worksheet(book.add_worksheet(sheet.title[:_WIDEST_SHEET_NAME]), sheet, formats, stamp, footer(stamp, language), digits)
    book.close()
    return content.getvalue()


def _formats(book: Any, digits: int) -> dict[str, Any]:
    font = {"font_name": "文泉驿微米黑", "font_size": 10}
    money = "#,##0" + ("." + "0" * digits if digits else "") + ";[Red]-#,##0" + ("." + "0" * digits if digits else "")
    made = {
        "title": book.add_format({**font, "font_size": 14, "bold": True}),
        "head": book.add_format({**font, "bold": True, "bg_color": "#E8EEF4", "border": 1, "align": "center", "text_wrap": True}),
        "plain": book.add_format(font),
    }
    for kind, number in (("text", "@"), ("money", money), ("count", "#,##0")):
        made[kind] = book.add_format({**font, "border": 1, "num_format": number})
        made[f"total {kind}"] = book.add_format({**font, "border": 1, "num_format": number, "bold": True, "bg_color": "#F5F5F5"})
    return made


def _worksheet(page: Any, sheet: Sheet, formats: dict[str, Any], stamp: Stamp, foot: str, digits: int) -> None:
    page.write_string(0, 0, f"{sheet.title}  {stamp.day}", formats["title"])
    page.write_string(1, 0, f"{stamp.house}  {sheet.note}".strip(), formats["plain"])
    for place, column in enumerate(sheet.columns):
        page.set_column(place, place, column.width * 1.4)
        page.write_string(2, place, column.title, formats["head"])
    for number, row in enumerate(sheet.all_rows, 3):
        total = "total " if sheet.total is not None and number == 3 + len(sheet.rows) else ""
        for place, (value, column) in enumerate(zip(row, sheet.columns, strict=True)):
            _cell(page, number, place, value, column.kind, formats[f"{total}{column.kind}"], digits)
    page.write_string(4 + len(sheet.all_rows), 0, foot, formats["plain"])
    page.freeze_panes(3, 1)
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    page.repeat_rows(2)
    page.set_footer("&L&8" + foot.replace("&", "&&")[:200] + "&R&8&P/&N")


def _cell(page: Any, row: int, place: int, value: Any, kind: str, style: Any, digits: int) -> None:
    if value is None:
        page.write_blank(row, place, None, style)
    elif kind == "money" and isinstance(value, int):
        page.write_number(row, place, value / 10**digits, style)
    elif isinstance(value, int):
        page.write_number(row, place, value, style)
    else:
        page.write_string(row, place, value, style)


@cache
def _font() -> str:
    for path in FONTS:
        if path.exists():
            try:
                pdfmetrics.registerFont(TTFont(_FONT, str(path), subfontIndex=0))
            except TTFError:
                continue
            return _FONT
    raise NoFont


def as_pdf(sheet: Sheet, stamp: Stamp, language: str | None, digits: int) -> bytes:
    """A4 across, the head repeated on every page, the letters embedded. Raises NoFont."""
    font = _font()
    content = io.BytesIO()
    size = landscape(A4)
    document = SimpleDocTemplate(
        content, pagesize=size, leftMargin=12 * mm, rightMargin=12 * mm, topMargin=12 * mm, bottomMargin=16 * mm,
        title=f"{sheet.title} {stamp.day}", author=stamp.house, invariant=1,
    )  # fmt: skip
    wide = size[0] - 24 * mm
    story = [
        Paragraph(_escaped(f"{sheet.title}　{stamp.day}"), ParagraphStyle("title", fontName=font, fontSize=15, leading=20)),
        Paragraph(_escaped(f"{stamp.house}　{sheet.note}"), ParagraphStyle("note", fontName=font, fontSize=9, leading=13)),
        Spacer(1, 3 * mm),
        _table(sheet, font, wide, digits),
    ]
    foot = footer(stamp, language)

    def draw(canvas: Any, page: Any) -> None:
        canvas.saveState()
        canvas.setFont(font, 7.5)
        canvas.drawString(12 * mm, 9 * mm, foot)
        canvas.drawRightString(size[0] - 12 * mm, 9 * mm, say(PAGE, language, {"page": page.page}))
        canvas.restoreState()

    document.build(story, onFirstPage=draw, onLaterPages=draw)
    return content.getvalue()


def _table(sheet: Sheet, font: str, wide: float, digits: int) -> Table:
    cell = ParagraphStyle("cell", fontName=font, fontSize=8, leading=10, wordWrap="CJK")
    head = ParagraphStyle("head", parent=cell, alignment=1)
    number = ParagraphStyle("number", parent=cell, alignment=2)
    shares = sum(column.width for column in sheet.columns)
    rows = [[Paragraph(_escaped(column.title), head) for column in sheet.columns]]
    for row in sheet.all_rows:
        cells = zip(row, sheet.columns, strict=True)
        rows.append([Paragraph(_escaped(shown(v, c.kind, digits)), cell if c.kind == "text" else number) for v, c in cells])
    table = Table(rows, colWidths=[wide * column.width / shares for column in sheet.columns], repeatRows=1)
    style = [
        ("GRID", (0, 0), (-1, -1), 0.4, colors.HexColor("#9AA5B1")),
        ("BACKGROUND", (0, 0), (-1, 0), colors.HexColor("#E8EEF4")),
        ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
        ("TOPPADDING", (0, 0), (-1, -1), 2),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
    ]
    if sheet.total is not None:
        style.append(("BACKGROUND", (0, -1), (-1, -1), colors.HexColor("#F5F5F5")))
    table.setStyle(TableStyle(style))
    return table


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
