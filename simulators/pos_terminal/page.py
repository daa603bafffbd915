"""The page as HTML: the terminal with its display and keys, and beside it the slips and the messages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final
from urllib.parse import urlencode

from simulators.pages import BASE_STYLE, current, document, hidden, languages
from simulators.pos_terminal.counter import FIELDS, Shown
from simulators.pos_terminal.faults import STEPS, SWITCHES
from simulators.pos_terminal.memory import Sale, State
from simulators.pos_terminal.page_texts import PAGE
from simulators.pos_terminal.record import Record
from simulators.pos_terminal.service import yuan
from simulators.pos_terminal.slips import render as render_slip
from simulators.pos_terminal.texts import say

_SECRET: Final = ("password",)
_REPEATABLE: Final = ("recharge", "bill")
_SHOWN_SLIPS, _SHOWN_SALES = 3, 8

STYLE: Final = (
    BASE_STYLE
    + """
main { max-width: 1180px; }
.side { display: grid; grid-template-columns: minmax(300px, 400px) minmax(280px, 340px) minmax(280px, 1fr); gap: 24px; margin-top: 16px;
  align-items: start; }
@media (max-width: 1000px) { .side { grid-template-columns: 1fr; } }
.case { background: #334155; border-radius: 24px; padding: 16px; box-shadow: 0 8px 24px #0003; }
.display { background: #d9f99d; color: #1a2e05; border-radius: 8px; padding: 10px 12px; min-height: 110px; margin-bottom: 12px;
  font: 15px/1.45 ui-monospace, "Noto Sans Mono CJK SC", "WenQuanYi Micro Hei Mono", monospace; }
.display div { overflow-wrap: anywhere; }
.glass { background: #fff; border-radius: 14px; padding: 14px; }
.terminals { display: flex; flex-direction: column; gap: 6px; margin-bottom: 14px; }
.terminals a { border: 1px solid var(--line); border-radius: 8px; padding: 6px 10px; color: var(--ink); display: block; }
.terminals a[aria-current] { border-color: var(--accent); background: #eff6ff; } .terminals small { color: var(--pale); display: block; }
.menu { display: grid; grid-template-columns: repeat(4, 1fr); gap: 6px; margin-bottom: 14px; }
.menu a { text-align: center; border: 1px solid var(--line); border-radius: 8px; padding: 7px 2px; color: var(--ink); font-size: 14px; }
.menu a[aria-current] { background: var(--accent); border-color: var(--accent); color: #fff; }
label { display: block; color: var(--pale); margin-bottom: 8px; } label.tick { display: inline-block; margin: 0 12px 4px 0; }
input, select { font: inherit; width: 100%; padding: 7px 10px; border: 1px solid #cbd5e1; border-radius: 8px; color: var(--ink);
  background: #fff; }
.tick input { width: auto; margin-right: 4px; }
button { font: inherit; width: 100%; background: #16a34a; border: 1px solid #16a34a; border-radius: 8px; color: #fff; font-weight: 600;
  padding: 10px; cursor: pointer; }
details { margin-top: 12px; } summary { cursor: pointer; color: var(--pale); }
.notice { padding: 6px 10px; border-radius: 8px; background: #fef9c3; color: #854d0e; margin-bottom: 10px; }
.slip { background: #fff; border: 1px solid var(--line); border-bottom: 3px dotted #cbd5e1; padding: 12px; margin: 0 0 14px;
  white-space: pre; overflow-x: auto; font: 13px/1.5 "WenQuanYi Micro Hei Mono", "Noto Sans Mono CJK SC", ui-monospace, monospace; }
.frame { border: 1px solid var(--line); border-left: 4px solid #64748b; border-radius: 6px; background: #fff; margin-bottom: 10px;
  padding: 8px 10px; font-size: 13px; } .frame.in { border-left-color: #16a34a; } .frame.disliked { border-left-color: #b91c1c; }
.frame dl { display: grid; grid-template-columns: 36px 1fr; gap: 0 8px; margin: 4px 0 0; font-family: ui-monospace, monospace; }
dt { color: var(--pale); } dd { margin: 0; overflow-wrap: anywhere; }
table { width: 100%; border-collapse: collapse; font-size: 13px; } td { padding: 3px 4px; border-bottom: 1px solid var(--line); }
td.money { text-align: right; }
"""
)


@dataclass(frozen=True)
class Choice:
    """What the person has chosen: a terminal by name ("" for none), a function, a language, and the notice of the last press."""

    terminal: str
    item: str
    language: str
    notice: str = ""
    number: str = ""
    amount: str = ""

    def link(self, **changes: str) -> str:
        """The page with something else chosen."""
        told = {"terminal": self.terminal, "item": self.item, "lang": self.language} | changes
        return "/?" + urlencode(told)


def render(choice: Choice, states: Mapping[str, State], shown: Shown) -> str:
    """The page. `states` are all terminals' by name, `shown` is what the chosen one shows."""
    if not states:
        return document(
            PAGE.text("title", choice.language), f"<main>{_header(choice)}<p>{_say('no_terminals', choice)}</p></main>", choice.language
        )
    state = states[choice.terminal]
    glass = f"{_terminals(choice, states)}{_menu(choice)}{_notice(choice)}{_form(choice)}"
    case = f'<div class="case">{_display(choice, shown)}<div class="glass">{glass}</div></div>'
    paper = f"<section>{_slips(choice, state)}{_sales(choice, state.sales)}</section>"
    side = f'<div class="side">{case}{paper}{_frames(choice, shown.records)}</div>'
    return document(PAGE.text("title", choice.language), f"<main>{_header(choice)}{side}</main>", choice.language)


def _header(choice: Choice) -> str:
    words = f"<div><h1>{_say('title', choice)}</h1><p>{_say('note', choice)}</p></div>"
    links = languages(choice.language, PAGE.text("language", choice.language), lambda code: choice.link(lang=code))
    return f"<header>{words}{links}</header>"


def _display(choice: Choice, shown: Shown) -> str:
    lines = [line_of(name, value, choice.language) for name, value in shown.outcome.display] if shown.outcome else []
    if shown.outcome is None:
        lines = [PAGE.text("dark" if choice.notice == "cut" else "welcome", choice.language)]
    return f'<div class="display" role="status">{"".join(f"<div>{escape(line)}</div>" for line in lines)}</div>'


def line_of(name: str, value: str, language: str) -> str:
    """A line of the display; a name that ends with ~ has another text's name for its value."""
    text = say(name.rstrip("~"), language)
    shown = say(value, language) if name.endswith("~") else value
    return f"{text} {shown}".strip()


def _terminals(choice: Choice, states: Mapping[str, State]) -> str:
    return f'<div class="terminals">{"".join(_terminal(choice, *one) for one in states.items())}</div>'


def _terminal(choice: Choice, name: str, state: State) -> str:
    words = [PAGE.text("signed_in" if state.signed_in else "signed_out", choice.language)]
    words.append(f"{PAGE.text('batch', choice.language)} {state.batch}")
    if state.pending:
        words.append(f"{PAGE.text('in_doubt', choice.language)} {state.pending.trace}")
    address, small = escape(choice.link(terminal=name)), escape(" · ".join(words))
    return f'<a href="{address}"{current(name == choice.terminal)}>{escape(state.terminal)}<small>{small}</small></a>'


def _menu(choice: Choice) -> str:
    items = "".join(
        f'<a href="{escape(choice.link(item=item))}"{current(item == choice.item)}>{escape(say(f"function.{item}", choice.language))}</a>'
        for item in FIELDS
    )
    return f'<div class="menu">{items}</div>'


def _notice(choice: Choice) -> str:
    text = PAGE.notice(choice.notice, choice.language)
    return f'<div class="notice" role="alert">{escape(text)}</div>' if text else ""


def _form(choice: Choice) -> str:
    chosen = hidden({"terminal": choice.terminal, "item": choice.item, "lang": choice.language})
    fields = "".join(_field(choice, field) for field in FIELDS[choice.item])
    again = _tick("again", "1", PAGE.text("again", choice.language)) if choice.item in _REPEATABLE else ""
    return f'<form method="post" action="/press">{chosen}{fields}{again}<button>{_say("press", choice)}</button>{_faults(choice)}</form>'


def _field(choice: Choice, field: str) -> str:
    kind, mode = ("password", "numeric") if field in _SECRET else ("text", "decimal")
    value = {"number": choice.number, "amount": choice.amount}.get(field, "")
    inside = f'<input name="{field}" type="{kind}" inputmode="{mode}" autocomplete="off" value="{escape(value)}" required>'
    return f"<label>{_say(field, choice)}{inside}</label>"


def _tick(name: str, value: str, text: str) -> str:
    return f'<label class="tick"><input type="checkbox" name="{name}" value="{value}">{escape(text)}</label>'


def _faults(choice: Choice) -> str:
    ticks = "".join(_tick("fault", name, PAGE.text(f"fault.{name}", choice.language)) for name in SWITCHES)
    steps = "".join(f'<option value="{f"cut:{step}" if step else ""}">{_say(f"cut.{step}", choice)}</option>' for step in ("", *STEPS))
    cut = f'<label>{_say("cut", choice)}<select name="fault">{steps}</select></label>'
    delay = f'<label>{_say("delay", choice)}<input name="delay" type="number" min="0" max="60" value="0"></label>'
    return f"<details><summary>{_say('faults', choice)}</summary>{ticks}{cut}{delay}</details>"


def _slips(choice: Choice, state: State) -> str:
    newest = list(reversed(state.slips))[:_SHOWN_SLIPS]
    papers = "".join(f'<div class="slip">{escape(render_slip(slip, choice.language))}</div>' for slip in newest)
    none = f"<p>{_say('no_slips', choice)}</p>"
    return f"<h2>{_say('slips', choice)}</h2>{papers or none}"


def _sales(choice: Choice, sales: Sequence[Sale]) -> str:
    rows = "".join(_sale(choice, sale) for sale in list(reversed(sales))[:_SHOWN_SALES])
    return f"<h2>{_say('sales', choice)}</h2><table>{rows}</table>" if rows else ""


def _sale(choice: Choice, sale: Sale) -> str:
    state = PAGE.text(f"state.{'cancelled' if sale.cancelled else sale.state}", choice.language)
    cells = (sale.trace, say(f"function.{sale.function}", choice.language), sale.number)
    plain = "".join(f"<td>{escape(cell)}</td>" for cell in cells)
    return f'<tr>{plain}<td class="money">{yuan(sale.amount_minor)}</td><td>{escape(state)}</td></tr>'


def _frames(choice: Choice, records: Sequence[Record]) -> str:
    shown = "".join(map(_frame, records)) or f"<p>{_say('no_frames', choice)}</p>"
    return f"<section><h2>{_say('frames', choice)}</h2>{shown}</section>"


def _frame(record: Record) -> str:
    arrow = "→" if record.direction == "out" else "←"
    look = f"frame {record.direction}{' disliked' if record.note else ''}"
    note = f" · {escape(record.note)}" if record.note else ""
    rows = "".join(f"<dt>{number}</dt><dd>{escape(value)}</dd>" for number, value in record.fields)
    head = f"<b>{arrow} {escape(record.type)}</b> {record.octets} · {escape(record.tpdu)} · {escape(record.header)}{note}"
    return f'<div class="{look}">{head}<dl>{rows}</dl></div>'


def _say(name: str, choice: Choice) -> str:
    return escape(PAGE.text(name, choice.language))
