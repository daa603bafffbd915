"""The control page as HTML: the ledger's latest orders, totals and stock, and the buttons that break the carrier."""

import sqlite3
from dataclasses import dataclass
from html import escape
from typing import Final

from simulators.carrier import views
from simulators.carrier.behaviour import BEHAVIOURS
from simulators.carrier.controls import Settings
from simulators.carrier.texts import PAGE, behaviour_text, code_text
from simulators.pages import BASE_STYLE, document, hidden, languages

_BUTTONS: Final = ("ok", "slow", "silent_done", "down", "callback_five", "late")
_ORDER_COLUMNS: Final = (
    "time", "kind", "reference", "number", "amount", "delivered", "state", "callbacks", "serial", "behaviour",
)  # fmt: skip

STYLE: Final = (
    BASE_STYLE
    + """
main { max-width: 1400px; } h2 { font-size: 16px; margin: 0 0 10px; }
section { background: #fff; border: 1px solid var(--line); border-radius: 8px; padding: 16px; margin-top: 16px; overflow-x: auto; }
.side { display: grid; grid-template-columns: repeat(auto-fit, minmax(320px, 1fr)); gap: 0 16px; }
form { display: flex; flex-wrap: wrap; gap: 8px; align-items: center; margin-top: 8px; }
button { font: inherit; padding: 7px 14px; border: 1px solid #cbd5e1; border-radius: 6px; background: #fff; color: var(--ink); }
button { cursor: pointer; } button:hover { border-color: var(--accent); }
button[aria-pressed="true"] { background: var(--accent); border-color: var(--accent); color: #fff; }
button.grave { border-color: #dc2626; color: #b91c1c; margin-left: auto; }
dl { display: grid; grid-template-columns: 1fr auto; gap: 4px 16px; margin: 0; } dt { color: var(--pale); }
dd { margin: 0; text-align: right; font-variant-numeric: tabular-nums; }
table { border-collapse: collapse; width: 100%; font-size: 14px; } th { text-align: left; color: var(--pale); font-weight: 500; }
th, td { padding: 6px 8px; border-bottom: 1px solid var(--line); white-space: nowrap; }
td form { margin: 0; } td button { padding: 1px 10px; }
td.figure, th.figure { text-align: right; font-variant-numeric: tabular-nums; }
.state { padding: 1px 8px; border-radius: 10px; background: #e5e7eb; }
.state.c0 { background: #dcfce7; color: #166534; } .state.c1 { background: #fef9c3; color: #854d0e; }
.state.c3, .state.c6 { background: #fee2e2; color: #991b1b; } .state.back { background: #e0e7ff; color: #3730a3; }
.good { color: #166534; } .bad { color: #b91c1c; font-weight: 600; }
"""
)


@dataclass(frozen=True)
class Shown:
    """What the page shows, read in one go."""

    orders: list[views.Row]
    totals: dict[str, int]
    stock: dict[str, int]
    agrees: bool
    default: str

    @classmethod
    def from_ledger(cls, connection: sqlite3.Connection, settings: Settings) -> "Shown":
        """Read the ledger."""
        agrees = views.agrees(connection)
        return cls(views.orders(connection), views.totals(connection), views.stock_of(connection), agrees, settings.default)


def render(shown: Shown, language: str) -> str:
    """The whole page; it loads itself again every five seconds."""
    inside = "".join(
        [
            _header(language),
            _breaking(shown, language),
            f'<div class="side">{_stock(shown, language)}{_totals(shown, language)}</div>',
            _orders(shown, language),
            _behaviours(shown, language),
        ]
    )
    again = '<meta http-equiv="refresh" content="5">'
    return document(PAGE.text("title", language), f"<main>{inside}</main>", language, "/control/style.css", again)


def _header(language: str) -> str:
    title, note = escape(PAGE.text("title", language)), escape(PAGE.text("note", language))
    links = languages(language, PAGE.text("language", language), lambda code: f"?lang={code}")
    return f"<header><div><h1>{title}</h1><p>{note}</p></div>{links}</header>"


def _breaking(shown: Shown, language: str) -> str:
    now = f"{PAGE.text('now', language)}: {shown.default} – {behaviour_text(shown.default, language)}"
    buttons = "".join(_button(name, f"button.{name}", shown, language) for name in _BUTTONS)
    reset = f'<button class="grave" name="button" value="reset">{escape(PAGE.text("reset", language))}</button>'
    heading = escape(PAGE.text("break", language))
    return f"<section><h2>{heading}</h2><p>{escape(now)}</p>{_form(buttons + reset, language)}</section>"


def _form(buttons: str, language: str) -> str:
    return f'<form method="post" action="/control/press">{hidden({"lang": language})}{buttons}</form>'


def _stock(shown: Shown, language: str) -> str:
    figures = {
        "opening": shown.stock["opening_minor"],
        "charged": shown.totals["charged_minor"],
        "reserved": shown.stock["reserved_minor"],
        "free": shown.stock["free_minor"],
    }
    listed = _figures({name: yuan(amount_minor) for name, amount_minor in figures.items()}, language)
    name, look = ("agrees", "good") if shown.agrees else ("disagrees", "bad")
    verdict = f'<p class="{look}">{escape(PAGE.text(name, language))}</p>'
    return f"<section><h2>{escape(PAGE.text('stock', language))}</h2>{listed}{verdict}</section>"


def _totals(shown: Shown, language: str) -> str:
    names = ("orders", "credits", "taken_back", "in_process", "failed", "most_credits")
    listed = _figures({name: str(shown.totals[name]) for name in names}, language)
    return f"<section><h2>{escape(PAGE.text('totals', language))}</h2>{listed}</section>"


def _figures(figures: dict[str, str], language: str) -> str:
    listed = "".join(f"<dt>{escape(PAGE.text(name, language))}</dt><dd>{text}</dd>" for name, text in figures.items())
    return f"<dl>{listed}</dl>"


def _orders(shown: Shown, language: str) -> str:
    heading = f"<h2>{escape(PAGE.text('latest', language))}</h2>"
    if not shown.orders:
        return f"<section>{heading}<p>{escape(PAGE.text('none', language))}</p></section>"
    columns = "".join(f"<th{_figure(name)}>{escape(PAGE.text(name, language))}</th>" for name in _ORDER_COLUMNS)
    rows = "".join(_order(row, language) for row in shown.orders)
    return f"<section>{heading}<table><thead><tr>{columns}</tr></thead><tbody>{rows}</tbody></table></section>"


def _figure(name: str) -> str:
    return ' class="figure"' if name in ("amount", "delivered", "callbacks") else ""


def _order(row: views.Row, language: str) -> str:
    code = str(row["code"])
    look = "back" if code == "0002" else f"c{code[0]}"
    cells = {
        "time": escape(str(row["finished_at"])[5:19].replace("T", " ")),
        "kind": escape(PAGE.text(f"kind.{row['kind']}", language)),
        "reference": escape(str(row["reference"])),
        "number": escape(str(row["number"])),
        "amount": yuan(int(row["amount_minor"] or 0)),
        "delivered": yuan(int(row["delivered_minor"] or 0)),
        "state": f'<span class="state {look}">{code} {escape(code_text(code, language))}</span>',
        "serial": escape(str(row["serial_number"])),
        "behaviour": escape(str(row["behaviour"])),
        "callbacks": f"{row['callbacks_sent']}/{row['callbacks_acknowledged']}",
    }
    return "<tr>" + "".join(f"<td{_figure(name)}>{cells[name]}</td>" for name in _ORDER_COLUMNS) + "</tr>"


def _behaviours(shown: Shown, language: str) -> str:
    names = ("digits", "behaviour", "meaning", "default")
    columns = "".join(f"<th>{escape(PAGE.text(name, language))}</th>" for name in names)
    rows = "".join(
        f"<tr><td>{one.suffix or '–'}</td><td>{one.name}</td><td>{escape(behaviour_text(one.name, language))}</td>"
        f"<td>{_form(_button(one.name, 'apply', shown, language), language)}</td></tr>"
        for one in BEHAVIOURS.values()
    )
    heading = escape(PAGE.text("suffixes", language))
    return f"<section><h2>{heading}</h2><table><thead><tr>{columns}</tr></thead><tbody>{rows}</tbody></table></section>"


def _button(name: str, text: str, shown: Shown, language: str) -> str:
    pressed = str(name == shown.default).lower()
    label = escape(PAGE.text(text, language))
    return f'<button name="button" value="{name}" aria-pressed="{pressed}">{label}</button>'


def yuan(amount_minor: int) -> str:
    """An amount of fen as people write it, 5000 as 50.00."""
    sign = "-" if amount_minor < 0 else ""
    return f"{sign}{abs(amount_minor) // 100:,}.{abs(amount_minor) % 100:02d}"
