"""The page as HTML: a phone with its cards, menu and keys, and beside it the screen with SMS, which renews itself in a frame."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape
from typing import Final
from urllib.parse import urlencode

from simulators.pages import BASE_STYLE, current, document, hidden, languages
from simulators.phone.drawer import is_clone
from simulators.phone.network import Seen, Sms, same_number
from simulators.phone.shopkeeper import ABOUT_LAST, FIELDS, TRICKS, Sent
from simulators.phone.texts import PAGE

_SCREEN_SECONDS: Final = 2
_SECRET: Final = ("password", "new_password")

STYLE: Final = (
    BASE_STYLE
    + """
main { max-width: 1100px; }
.side { display: grid; grid-template-columns: minmax(300px, 380px) minmax(300px, 1fr); gap: 24px; margin-top: 16px; align-items: start; }
@media (max-width: 720px) { .side { grid-template-columns: 1fr; } }
.phone { background: #111827; border-radius: 36px; padding: 18px 14px 26px; box-shadow: 0 8px 24px #0003; }
.phone > .glass { background: #fff; border-radius: 20px; padding: 14px; min-height: 520px; }
.cards { display: flex; flex-direction: column; gap: 6px; margin-bottom: 14px; }
.cards a { border: 1px solid var(--line); border-radius: 8px; padding: 6px 10px; color: var(--ink); display: block; }
.cards a[aria-current] { border-color: var(--accent); background: #eff6ff; } .cards small { color: var(--pale); display: block; }
.cards a.clone { border-style: dashed; }
.menu { display: grid; grid-template-columns: repeat(3, 1fr); gap: 6px; margin-bottom: 14px; }
.menu a { text-align: center; border: 1px solid var(--line); border-radius: 8px; padding: 8px 2px; color: var(--ink); }
.menu a[aria-current] { background: var(--accent); border-color: var(--accent); color: #fff; }
label { display: block; color: var(--pale); margin-bottom: 8px; }
input { font: inherit; width: 100%; padding: 8px 10px; border: 1px solid #cbd5e1; border-radius: 8px; color: var(--ink); }
button { font: inherit; padding: 7px 12px; border: 1px solid #cbd5e1; border-radius: 8px; background: #fff; color: var(--ink);
  cursor: pointer; }
button:hover { border-color: var(--accent); }
button.send { width: 100%; background: #16a34a; border-color: #16a34a; color: #fff; font-weight: 600; padding: 10px; }
.tricks { margin-top: 16px; padding-top: 12px; border-top: 1px solid var(--line); display: flex; flex-wrap: wrap; gap: 6px; }
.tricks h2, .tricks p { flex-basis: 100%; margin: 0; } .tricks p { font-size: 13px; }
.notice { padding: 6px 10px; border-radius: 8px; background: #fef9c3; color: #854d0e; margin-bottom: 10px; }
.notice.good { background: #dcfce7; color: #166534; }
iframe { width: 100%; height: 760px; border: 1px solid var(--line); border-radius: 8px; background: #fff; }
.screen { background: #fff; padding: 14px; min-height: 100vh; align-items: start;
  display: grid; grid-template-columns: 3fr 2fr; gap: 0 24px; }
@media (max-width: 420px) { .screen { grid-template-columns: 1fr; } }
.sms { max-width: 85%; padding: 7px 11px; border-radius: 12px; margin: 6px 0; width: fit-content; overflow-wrap: anywhere; }
.sms small { display: block; opacity: .75; } .in { background: #e5e7eb; } .out { background: #dbeafe; margin-left: auto; }
.to-customer { background: #dcfce7; } .warn { color: #b91c1c; }
section + section { border-left: 1px solid var(--line); padding-left: 14px; }
"""
)


@dataclass(frozen=True)
class Choice:
    """What the person has chosen: a card by name ("" for none), a menu item, a language, and the notice of the last press."""

    card: str
    item: str
    language: str
    notice: str = ""
    number: str = ""
    amount: str = ""

    def link(self, **changes: str) -> str:
        """The page with something else chosen."""
        told = {"card": self.card, "item": self.item, "lang": self.language} | changes
        return "/?" + urlencode(told)


def render(choice: Choice, numbers: Mapping[str, str], counter: int) -> str:
    """The page with the phone. `numbers` are the cards' phone numbers by name, `counter` is the chosen card's."""
    frame = urlencode({"card": choice.card, "lang": choice.language})
    screen = f'<iframe title="{_say("screen", choice)}" src="/screen?{frame}"></iframe>'
    glass = f"{_cards(choice, numbers, counter)}{_chosen(choice)}" if numbers else f"<p>{_say('no_cards', choice)}</p>"
    phone = f'<div class="phone"><div class="glass">{glass}</div></div>'
    inside = f'<main>{_header(choice)}<div class="side">{phone}{screen}</div></main>'
    return document(PAGE.text("title", choice.language), inside, choice.language)


def _header(choice: Choice) -> str:
    words = f"<div><h1>{_say('title', choice)}</h1><p>{_say('note', choice)}</p></div>"
    links = languages(choice.language, PAGE.text("language", choice.language), lambda code: choice.link(lang=code))
    return f"<header>{words}{links}</header>"


def _cards(choice: Choice, numbers: Mapping[str, str], counter: int) -> str:
    return f'<h2>{_say("cards", choice)}</h2><div class="cards">{"".join(_card(choice, *one, counter) for one in numbers.items())}</div>'


def _card(choice: Choice, name: str, number: str, counter: int) -> str:
    chosen = name == choice.card
    look = ' class="clone"' if is_clone(name) else ""
    kind = f" · {_say('clone_of', choice)}" if is_clone(name) else ""
    count = f" · {_say('counter', choice)} {counter}" if chosen else ""
    address = escape(choice.link(card=name))
    return f'<a href="{address}"{look}{current(chosen)}>{escape(number)}{kind}<small>{escape(name)}{count}</small></a>'


def _chosen(choice: Choice) -> str:
    items = "".join(f'<a href="{escape(choice.link(item=item))}"{current(item == choice.item)}>{_say(item, choice)}</a>' for item in FIELDS)
    menu = f'<h2>{_say("menu", choice)}</h2><div class="menu">{items}</div>'
    return f"{menu}{_notice(choice)}{_order_form(choice)}{_tricks(choice)}"


def _notice(choice: Choice) -> str:
    text = PAGE.notice(choice.notice, choice.language)
    look = "notice good" if choice.notice in ("sent", "cloned") else "notice"
    return f'<div class="{look}" role="status">{escape(text)}</div>' if text else ""


def _order_form(choice: Choice) -> str:
    about = f"<p>{_say('about_last', choice)}</p>" if choice.item in ABOUT_LAST else ""
    fields = "".join(_field(choice, field) for field in FIELDS[choice.item])
    return f'<form method="post" action="/send">{_hidden(choice)}{about}{fields}<button class="send">{_say("send", choice)}</button></form>'


def _field(choice: Choice, field: str) -> str:
    secret = field in _SECRET
    kind, mode = ("password", "numeric") if secret else ("text", "decimal")
    value = {"number": choice.number, "amount": choice.amount}.get(field, "")
    inside = f'<input name="{field}" type="{kind}" inputmode="{mode}" autocomplete="off" value="{escape(value)}" required>'
    return f"<label>{_say(field, choice)}{inside}</label>"


def _tricks(choice: Choice) -> str:
    buttons = "".join(f'<button name="trick" value="{trick}">{_say(trick, choice)}</button>' for trick in TRICKS)
    words = f"<h2>{_say('tricks', choice)}</h2>{buttons}<p>{_say('tricks_note', choice)}</p>"
    return f'<form class="tricks" method="post" action="/trick">{_hidden(choice)}{words}</form>'


def _hidden(choice: Choice) -> str:
    return hidden({"card": choice.card, "item": choice.item, "lang": choice.language})


def render_screen(language: str, number: str, sent: Iterable[Sent], seen: Seen | None, shops: Iterable[str]) -> str:
    """The screen: the SMS of one number, and those to customers, which are all that go to none of the shops' numbers."""
    if seen is None:
        inside = f'<p class="warn">{escape(PAGE.text("was.no_network", language))}</p>'
    else:
        inside = _mine(language, number, sent, seen) + _customers(language, seen, list(shops))
    again = f'<meta http-equiv="refresh" content="{_SCREEN_SECONDS}">'
    return document(PAGE.text("screen", language), f'<div class="screen">{inside}</div>', language, extra=again)


def _mine(language: str, number: str, sent: Iterable[Sent], seen: Seen) -> str:
    # What was sent stands behind the SMS that had come before it; the newest is on top, where it is seen.
    told = [(sms.place, 0, _came(sms, "in")) for sms in seen.sms if same_number(sms.recipient, number)]
    told += [(one.after, one.id, _went(one, seen, language)) for one in sent]
    lines = "".join(line for *_, line in sorted(told, reverse=True)) or f"<p>{escape(PAGE.text('nothing_yet', language))}</p>"
    bound = "bound" if seen.bound else "not_bound"
    look = "" if seen.bound else ' class="warn"'
    heading = f"<h2>{escape(PAGE.text('screen', language))} · {escape(number)}</h2>"
    return f"<section>{heading}<p{look}>{escape(PAGE.text(bound, language))}</p>{lines}</section>"


def _customers(language: str, seen: Seen, shops: list[str]) -> str:
    theirs = [sms for sms in seen.sms if not any(same_number(sms.recipient, shop) for shop in shops)]
    heading = f"<h2>{escape(PAGE.text('customers', language))}</h2>"
    lines = "".join(_came(sms, "to-customer", f"{PAGE.text('to', language)} {sms.recipient}") for sms in reversed(theirs))
    none = f"<p>{escape(PAGE.text('customers_none', language))}</p>"
    return f"<section>{heading}{lines or none}</section>"


def _came(sms: Sms, look: str, head: str = "") -> str:
    small = escape(head or sms.sender)
    return f'<div class="sms {look}"><small>{small}</small>{escape(sms.text)}</div>'


def _went(one: Sent, seen: Seen, language: str) -> str:
    state, status = seen.states.get(one.id, ("sent", 0))
    standing = PAGE.text(f"state.{state if state in ('waiting', 'sent', 'taken', 'refused') else 'sent'}", language)
    code = f" (0x{status:02x})" if status else ""
    what = " ".join((PAGE.text(one.item, language), *one.about))
    return f'<div class="sms out"><small>{escape(standing)}{code}</small>{escape(what)}</div>'


def _say(name: str, choice: Choice) -> str:
    return escape(PAGE.text(name, choice.language))
