"""The control page as HTML: an agent's phone, the slots, what may be broken, and what the operators did."""

from dataclasses import dataclass
from html import escape
from typing import Any, Final
from urllib.parse import urlencode

from simulators.modem_farm import views
from simulators.modem_farm.farm import Farm
from simulators.modem_farm.fault_texts import fault_text
from simulators.modem_farm.faults import EVERYBODY, FAULTS
from simulators.modem_farm.replies import money
from simulators.modem_farm.texts import PAGE
from simulators.pages import BASE_STYLE, document, hidden, languages

_FIRST_PHONE: Final = "081200000001"
_SLOT_COLUMNS: Final = ("slot", "model", "number", "operator", "stock", "credited", "network", "stored", "state")
_REQUEST_COLUMNS: Final = ("time", "chip", "channel", "customer", "units", "outcome", "serial")

STYLE: Final = (
    BASE_STYLE
    + """
main { max-width: 1400px; } h2 { font-size: 16px; margin: 0 0 10px; }
section { background: #fff; border: 1px solid var(--line); border-radius: 8px; padding: 16px; margin-top: 16px; overflow-x: auto; }
.side { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(380px, 100%), 1fr)); gap: 0 16px; align-items: start; }
form { display: flex; flex-wrap: wrap; gap: 8px; align-items: end; margin-top: 8px; }
label { display: grid; color: var(--pale); font-size: 13px; } label.wide { flex: 1 1 240px; }
label { min-width: 0; max-width: 100%; grid-template-columns: minmax(0, 1fr); }
input, select { font: inherit; padding: 6px 8px; border: 1px solid #cbd5e1; border-radius: 6px; color: var(--ink); background: #fff; }
input, select { max-width: 100%; }
input.short { width: 6em; }
button { font: inherit; padding: 7px 14px; border: 1px solid #cbd5e1; border-radius: 6px; background: #fff; color: var(--ink); }
button { cursor: pointer; } button:hover { border-color: var(--accent); }
button.main { background: var(--accent); border-color: var(--accent); color: #fff; }
button.grave { border-color: #dc2626; color: #b91c1c; }
dl { display: grid; grid-template-columns: 1fr auto; gap: 4px 16px; margin: 0; } dt { color: var(--pale); }
dd { margin: 0; text-align: right; font-variant-numeric: tabular-nums; }
table { border-collapse: collapse; width: 100%; font-size: 14px; } th { text-align: left; color: var(--pale); font-weight: 500; }
th, td { padding: 6px 8px; border-bottom: 1px solid var(--line); white-space: nowrap; }
td form { margin: 0; display: inline-flex; } td button { padding: 1px 10px; } td a { color: var(--accent); margin-right: 8px; }
.state { padding: 1px 8px; border-radius: 10px; background: #fee2e2; color: #991b1b; }
.state.good { background: #dcfce7; color: #166534; }
.bubble { max-width: 85%; margin: 6px 0; padding: 6px 12px; border-radius: 12px; background: #eef2f7; white-space: pre-wrap; }
.bubble { width: fit-content; }
.bubble.own { background: #dbeafe; margin-left: auto; } .bubble small { color: var(--pale); display: block; }
.problem { color: #b91c1c; font-weight: 600; }
pre { margin: 0; font-size: 13px; max-height: 420px; overflow: auto; }
"""
)


@dataclass(frozen=True)
class Shown:
    """What the page shows, read in one go. `slot` is the one whose tty is looked at."""

    slots: list[dict[str, Any]]
    chips: dict[str, dict[str, Any]]
    requests: list[dict[str, Any]]
    serials: dict[int, str]
    totals: dict[str, Any]
    messages: list[dict[str, Any]]
    faults: list[dict[str, Any]]
    traffic: list[tuple[str, str, str]]
    drawer: list[str]
    phone: str
    slot: str
    problem: str

    @classmethod
    def of(cls, farm: Farm, phone: str, slot: str, problem: str) -> "Shown":
        """Read the farm."""
        phone = phone or _FIRST_PHONE
        told = views.whole(farm.ledger, limit=25)
        chips = {row["iccid"]: row | {"shown": _stock(farm, row)} for row in farm.chip_values()}
        return cls(
            farm.slot_values(), chips, told["requests"], {row["request_id"]: row["serial_number"] for row in told["credits"]},
            told["totals"], views.messages(farm.ledger, phone, 12), farm.around.faults.as_values(),
            list(farm.around.traffic.get(slot, [])), [modem.plan.imei for modem in farm.around.modems if not modem.slot],
            phone, slot, problem,
        )  # fmt: skip


def _stock(farm: Farm, row: dict[str, Any]) -> str:
    plan = farm.network.desks[row["operator"]].plan
    if not plan.by_pieces:
        return money(plan, row["stock_minor"])
    return " ".join(f"{units}:{pieces}" for units, pieces in row["pieces"].items()) or "–"


def render(shown: Shown, language: str) -> str:
    """The whole page."""
    page = _Page(shown, language)
    inside = "".join(
        [
            page.header(),
            f'<div class="side">{page.phone()}<div>{page.breaking()}{page.totals()}{page.transfer()}</div></div>',
            page.slots(),
            page.traffic(),
            page.requests(),
        ]
    )
    return document(PAGE.text("title", language), f"<main>{inside}</main>", language, "/control/style.css")


class _Page:
    """Writes the parts of the page in one language."""

    def __init__(self, shown: Shown, language: str) -> None:
        self._shown, self._language = shown, language

    def text(self, name: str) -> str:
        return escape(PAGE.text(name, self._language))

    def _form(self, action: str, inside: str) -> str:
        fields = {"action": action, "lang": self._language, "back_phone": self._shown.phone, "back_slot": self._shown.slot}
        return f'<form method="post" action="/control/press">{hidden(fields)}{inside}</form>'

    def _button(self, name: str, look: str = "") -> str:
        return f'<button class="{look}">{self.text(name)}</button>'

    def _input(self, label: str, name: str, value: str = "", look: str = "", more: str = "") -> str:
        wide = "wide" if look == "wide" else ""
        return (
            f'<label class="{wide}">{self.text(label)}<input class="{look}" name="{name}" value="{escape(value)}" {more}></label>'
        )  # fmt: skip

    def _select(self, label: str, name: str, options: list[tuple[str, str]]) -> str:
        listed = "".join(f'<option value="{escape(value)}">{escape(shown)}</option>' for value, shown in options)
        return f'<label>{self.text(label)}<select name="{name}">{listed}</select></label>'

    def _table(self, columns: tuple[str, ...], rows: list[list[str]]) -> str:
        head = "".join(f"<th>{self.text(name)}</th>" for name in columns)
        body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
        return f"<table><thead><tr>{head}<th></th></tr></thead><tbody>{body}</tbody></table>"

    def header(self) -> str:
        shown = {"phone": self._shown.phone, "slot": self._shown.slot}
        links = languages(self._language, PAGE.text("language", self._language), lambda code: "?" + urlencode({"lang": code, **shown}))
        problem = f'<p class="problem" role="alert">{escape(self._shown.problem)}</p>' if self._shown.problem else ""
        words = f"<div><h1>{self.text('title')}</h1><p>{self.text('note')}</p></div>"
        return f"<header>{words}{links}</header>{problem}"

    def phone(self) -> str:
        """An agent's phone: what it sent and was sent, and a form to send."""
        numbers = [(chip["number"], f"{chip['number']} · {chip['operator']}") for chip in self._shown.chips.values()]
        bubbles = "".join(self._bubble(one) for one in reversed(self._shown.messages)) or f"<p>{self.text('no_messages')}</p>"
        form = self._form(
            "sms",
            self._input("from", "sender", self._shown.phone, more='inputmode="tel"')
            + self._select("to", "recipient", numbers)
            + self._input("text", "text", look="wide", more="required")
            + self._button("send", "main"),
        )
        return f"<section><h2>{self.text('phone')}</h2>{self._pick_phone()}{bubbles}{form}</section>"

    def _pick_phone(self) -> str:
        kept = {"lang": self._language, "slot": self._shown.slot}
        hidden = "".join(f'<input type="hidden" name="{name}" value="{escape(value)}">' for name, value in kept.items())
        return f'<form method="get">{hidden}{self._input("from", "phone", self._shown.phone)}{self._button("look")}</form>'

    def _bubble(self, one: dict[str, Any]) -> str:
        own = one["sender"] == self._shown.phone
        other = one["recipient"] if own else one["sender"]
        arrow = "→" if own else "←"
        small = f"<small>{arrow} {escape(other)} · {one['at'][11:19]} · {escape(one['state'])}</small>"
        return f'<div class="bubble{" own" if own else ""}">{small}{escape(one["text"])}</div>'

    def breaking(self) -> str:
        """Faults to arm, and those that wait."""
        places = [(EVERYBODY, PAGE.text("everybody", self._language)), *((one["slot"], one["slot"]) for one in self._shown.slots)]
        faults = [(name, f"{name} – {fault_text(name, self._language)}") for name in FAULTS]
        form = self._form(
            "fault",
            self._select("fault", "name", faults)
            + self._select("target", "target", places)
            + self._input("times", "times", "1", "short", 'type="number" min="1"')
            + self._button("arm", "main"),
        )
        waiting = ", ".join(f"{one['name']} ×{one['times']} @ {one['target']}" for one in self._shown.faults)
        listed = f"<p>{self.text('waiting')}: {escape(waiting) or self.text('nothing')}</p>"
        return f"<section><h2>{self.text('break')}</h2>{form}{listed}{self._form('clear', self._button('clear'))}</section>"

    def totals(self) -> str:
        """What the ledger adds up to."""
        names = ("requests", "credits", "most_credits")
        listed = "".join(f"<dt>{self.text(name)}</dt><dd>{self._shown.totals[name]}</dd>" for name in names)
        return f"<section><h2>{self.text('totals')}</h2><dl>{listed}</dl>{self._form('reset', self._button('reset', 'grave'))}</section>"

    def transfer(self) -> str:
        """Stock for a chip."""
        chips = [(iccid, f"{chip['number']} · {chip['shown']}") for iccid, chip in self._shown.chips.items()]
        number = 'type="number"'
        form = self._form(
            "transfer",
            self._select("chip", "iccid", chips)
            + self._input("units", "units", "10", "short", number)
            + self._input("pieces", "pieces", "0", "short", number)
            + self._input("amount_minor", "amount_minor", "0", "short", number)
            + self._button("put"),
        )
        return f"<section><h2>{self.text('transfer')}</h2>{form}</section>"

    def slots(self) -> str:
        """Every slot with its modem and card."""
        rows = [self._slot(one) for one in self._shown.slots]
        return f"<section><h2>{self.text('slots')}</h2>{self._table(_SLOT_COLUMNS, rows)}</section>"

    def _slot(self, one: dict[str, Any]) -> list[str]:
        if not one["imei"]:
            imeis = [(imei, imei) for imei in self._shown.drawer]
            slot = f'<input type="hidden" name="slot" value="{escape(one["slot"])}">'
            form = self._form("plug", slot + self._select("model", "imei", imeis) + self._button("plug")) if imeis else ""
            return [escape(one["slot"]), *[""] * 7, self._state("gone"), form]
        chip = self._shown.chips.get(one["iccid"], {})
        network = f"{self.text('registration.' + str(one['registration']))} · {one['signal']}"
        stored = f"{one['stored']}/{one['room']}" + (f" +{one['waiting']}" if one["waiting"] else "")
        cells = [
            one["slot"],
            one["model"],
            chip.get("number", ""),
            chip.get("operator", ""),
            chip.get("shown", ""),
            str(chip.get("credits", "")),
        ]
        return [*map(escape, cells), network, stored, self._state(_state_of(one, chip)), self._slot_buttons(one["slot"])]

    def _slot_buttons(self, slot: str) -> str:
        look = f"?lang={self._language}&amp;phone={escape(self._shown.phone)}&amp;slot={escape(slot)}#tty"
        form = self._form("unplug", f'<input type="hidden" name="slot" value="{escape(slot)}">{self._button("unplug")}')
        return f'<a href="{look}">{self.text("look")}</a>{form}'

    def _state(self, name: str) -> str:
        shown = self.text(name) if name in ("ready", "hanging", "gone", "starting", "no_card", "locked") else escape(name)
        return f'<span class="state{" good" if name == "ready" else ""}">{shown}</span>'

    def traffic(self) -> str:
        """What went over the tty of the slot that is looked at."""
        if not self._shown.slot:
            return ""
        lines = "\n".join(f"{at} {way} {octets.strip()!r}" for at, way, octets in self._shown.traffic if octets.strip())
        heading = f"{self.text('traffic')}: {escape(self._shown.slot)}"
        return f'<section id="tty"><h2>{heading}</h2><pre>{escape(lines) or self.text("nothing")}</pre></section>'

    def requests(self) -> str:
        """The latest requests of dealers' chips."""
        rows = [self._request(one) for one in self._shown.requests]
        listed = self._table(_REQUEST_COLUMNS, rows) if rows else f"<p>{self.text('none')}</p>"
        return f"<section><h2>{self.text('latest')}</h2>{listed}</section>"

    def _request(self, one: dict[str, Any]) -> list[str]:
        number = self._shown.chips.get(one["iccid"], {}).get("number", "")
        outcome = f'<span class="state{" good" if one["outcome"] in ("credited", "answered") else ""}">{escape(one["outcome"])}</span>'
        units = str(one["units"] or "")
        return [
            one["at"][11:19],
            escape(number),
            one["channel"],
            escape(one["number"]),
            units,
            outcome,
            self._shown.serials.get(one["id"], ""),
            "",
        ]


def _state_of(one: dict[str, Any], chip: dict[str, Any]) -> str:
    if not one["present"]:
        return "starting"
    if one["hanging"]:
        return "hanging"
    if not one["iccid"]:
        return "no_card"
    if one["card"] != "READY":
        return str(one["card"])
    return "locked" if chip.get("locked") else "ready"
