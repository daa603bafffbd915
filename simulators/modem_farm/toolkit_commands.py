"""AT commands of the SIM toolkit, each make's own: what the card wishes, and the client's answers."""

from typing import TYPE_CHECKING, Final

from simulators.modem_farm import alphabet
from simulators.modem_farm.answers import NOT_ALLOWED, Answer, Call, Failed, Prompt, bad, cme
from simulators.modem_farm.basic_commands import Handler, need_card
from simulators.modem_farm.toolkit import Wish
from simulators.modem_farm.toolkit_dialects import SHORT, decimal, elements

if TYPE_CHECKING:
    from simulators.modem_farm.modem import Modem

_CHOOSE, _END_SESSION = 253, 254
_ITEM, _TEXT, _RESULT = 0x10, 0x0D, 0x03


def _only(model: str, handler: Handler) -> Handler:
    def checked(modem: "Modem", call: Call) -> Answer | Prompt:
        if modem.plan.model != model:
            raise Failed
        return handler(modem, call)

    return checked


def _switch(modem: "Modem", call: Call) -> Answer:
    if call.mode == "set":
        need_card(modem)
        wanted = call.number(0, 0, 2)
        modem.profile.toolkit = 1 if wanted else 0
        return Answer(then=modem.toolkit.offer_menu if wanted == 1 or (call.name == "+QSTK" and wanted) else None)
    return Answer([f"{call.name}: {'(0-2)' if call.mode == 'test' else modem.profile.toolkit}"])


def _wished(modem: "Modem", kind_number: int, numbers: dict[str, int]) -> Wish:
    """The wish of a kind: the menu always, others while the card waits for them. Raises Failed."""
    if not modem.toolkit.on:
        raise cme(NOT_ALLOWED)
    if kind_number == numbers["menu"] and modem.toolkit.menu is not None:
        return modem.toolkit.menu
    wish = modem.toolkit.wish
    if wish is None or numbers[wish.kind] != kind_number:
        raise cme(NOT_ALLOWED)
    return wish


# Wavecom


def _wavecom_information(modem: "Modem", call: Call) -> Answer:
    if call.mode == "test":
        return Answer(["+STGI: (0-11)"])
    wish = _wished(modem, call.number(0), SHORT)
    items = [f'+STGI: {number},{len(wish.items)},"{label}",0' for number, label in wish.items.items()]
    head = {
        "menu": f'+STGI: "{wish.title}"',
        "item": f'+STGI: 0,"{wish.title}"',
        "text": f'+STGI: 0,"{wish.title}",1',
        "input": f'+STGI: 0,{int(not wish.hidden)},{wish.least},{wish.most},0,"{wish.title}"',
        "sms": f'+STGI: "{wish.title}"',
    }[wish.kind]
    return Answer([head, *items])


def _wavecom_response(modem: "Modem", call: Call) -> Answer | Prompt:
    kind, result = call.number(0), call.number(1, 1)
    if kind == SHORT["menu"]:
        return _choose(modem, call.number(2)) if modem.toolkit.on else _refuse()
    wish = _wished(modem, kind, SHORT)
    if result != 1:
        return _respond(modem, None)
    if wish.kind == "input" and len(call.arguments) < 3:
        return Prompt(lambda text: _respond(modem, text.decode("latin-1")))
    return _respond(modem, call.argument(2) or ("1" if wish.kind == "text" else None))


def _refuse() -> Answer:
    raise cme(NOT_ALLOWED)


def _choose(modem: "Modem", item: int) -> Answer:
    need_card(modem)
    if modem.toolkit.menu is None or item not in modem.toolkit.menu.items:
        raise bad()
    return Answer(then=lambda: modem.toolkit.choose(item))


def _respond(modem: "Modem", text: str | None) -> Answer:
    wish = modem.toolkit.wish
    if wish is not None and wish.kind == "input" and text is not None and not wish.least <= len(text) <= wish.most:
        raise bad()
    return Answer(then=lambda: modem.toolkit.respond(text))


# Huawei


def _huawei_information(modem: "Modem", call: Call) -> Answer:
    if call.mode == "test":
        return Answer(["^STGI: (0-12)"])
    wish = _wished(modem, call.number(0), SHORT)
    items = [f'^STGI: {number},{len(wish.items)},"{label}",0' for number, label in wish.items.items()]
    head = {
        "menu": f'^STGI: 0,{len(wish.items)},"{wish.title}"',
        "item": f'^STGI: 0,{len(wish.items)},"{wish.title}"',
        "text": f'^STGI: "{wish.title}",0,1',
        "input": f'^STGI: "{wish.title}",0,2,0,{int(not wish.hidden)},{wish.least},{wish.most},0',
        "sms": f'^STGI: "{wish.title}"',
    }[wish.kind]
    return Answer([head, *items])


def _huawei_response(modem: "Modem", call: Call) -> Answer:
    kind, result = call.number(0), call.number(2, 1)
    if kind == SHORT["menu"]:
        return _choose(modem, call.number(3)) if modem.toolkit.on else _refuse()
    wish = _wished(modem, kind, SHORT)
    if call.number(1) != modem.toolkit.index:
        raise cme(NOT_ALLOWED)
    if result != 1:
        return _respond(modem, None)
    return _respond(modem, _huawei_text(call) if wish.kind == "input" else call.argument(3) or "1")


def _huawei_text(call: Call) -> str:
    """The input: as it is, or after a code that says how it is written, 4 and 8 in hexadecimal."""
    if len(call.arguments) < 5:
        return call.argument(3)
    code, text = call.number(3), call.argument(4)
    try:
        return text if code == 0 else bytes.fromhex(text).decode("latin-1") if code == 4 else alphabet.from_ucs2(bytes.fromhex(text))
    except ValueError as problem:
        raise bad() from problem


# Quectel

_DECIMAL: Final = {kind: decimal(kind) for kind in SHORT}


def _quectel_information(modem: "Modem", call: Call) -> Answer:
    if call.mode == "test":
        return Answer()
    kind = call.number(0)
    wish = _wished(modem, kind, _DECIMAL)
    items = [f'+QSTKGI: {kind},{number},"{label}",0' for number, label in wish.items.items()]
    head = {
        "text": f'+QSTKGI: {kind},128,"{wish.title}"',
        "input": f'+QSTKGI: {kind},{4 if wish.hidden else 0},"{wish.title}",{wish.least},{wish.most}',
    }.get(wish.kind, f'+QSTKGI: {kind},0,{len(wish.items)},"{wish.title}"')
    return Answer([head, *items])


def _quectel_response(modem: "Modem", call: Call) -> Answer:
    kind, result = call.number(0), call.number(1, 0)
    if not modem.toolkit.on:
        raise cme(NOT_ALLOWED)
    if kind == _CHOOSE:
        return _choose(modem, call.number(2))
    if kind == _END_SESSION:
        return _respond(modem, None)
    if kind == _DECIMAL["menu"]:
        # The menu itself is only taken note of.
        return Answer()
    wish = _wished(modem, kind, _DECIMAL)
    if result:
        return _respond(modem, None)
    return _respond(modem, call.argument(2) or ("1" if wish.kind == "text" else None))


# 27.007


def _raw_activate(modem: "Modem", call: Call) -> Answer:
    need_card(modem)
    if call.mode == "set":
        modem.profile.toolkit = call.number(0, 1, 1)
        return Answer(then=modem.toolkit.offer_menu if modem.profile.toolkit else None)
    return Answer([f"+CUSATA: {'(0,1)' if call.mode == 'test' else modem.profile.toolkit}"])


def _raw_envelope(modem: "Modem", call: Call) -> Answer:
    """AT+CUSATE: a menu selection, D3."""
    inside = elements(_octets(call)).get(0xD3 & 0x7F, b"")
    item = elements(inside).get(_ITEM, b"") if inside else b""
    if not item or not modem.toolkit.on:
        raise bad()
    answer = _choose(modem, item[0])
    return Answer(["+CUSATE: 0"], then=answer.then)


def _octets(call: Call) -> bytes:
    try:
        octets = bytes.fromhex(call.argument(0))
        elements(octets)
    except ValueError as problem:
        raise bad() from problem
    return octets


def _raw_response(modem: "Modem", call: Call) -> Answer:
    """AT+CUSATT: a terminal response; a result above 0x0F ends the session."""
    told = elements(_octets(call))
    result, wish = told.get(_RESULT, b""), modem.toolkit.wish
    if not result or not modem.toolkit.on:
        raise bad()
    if wish is None:
        # The menu was taken note of.
        return Answer(["+CUSATT: 0"])
    answer = _respond(modem, _raw_text(told, wish) if result[0] < 0x10 else None)
    return Answer(["+CUSATT: 0"], then=answer.then)


def _raw_text(told: dict[int, bytes], wish: Wish) -> str | None:
    if wish.kind == "item":
        item = told.get(_ITEM)
        return str(item[0]) if item else None
    if wish.kind != "input":
        return "1"
    text = told.get(_TEXT, b"")
    return alphabet.from_ucs2(text[1:]) if text[:1] == b"\x08" else _eight_or_seven(text)


def _eight_or_seven(text: bytes) -> str:
    if text[:1] == b"\x00":
        return alphabet.from_septets(alphabet.unpack(text[1:], (len(text) - 1) * 8 // 7)).rstrip("@")
    return text[1:].decode("latin-1")


HANDLERS: Final[dict[str, Handler]] = {
    "+STSF": _only("wavecom", _switch),
    "+STGI": _only("wavecom", _wavecom_information),
    "+STGR": _only("wavecom", _wavecom_response),
    "^STSF": _only("huawei", _switch),
    "^STGI": _only("huawei", _huawei_information),
    "^STGR": _only("huawei", _huawei_response),
    "+QSTK": _only("quectel", _switch),
    "+QSTKGI": _only("quectel", _quectel_information),
    "+QSTKRSP": _only("quectel", _quectel_response),
    "+CUSATA": _only("generic", _raw_activate),
    "+CUSATW": _only("generic", lambda modem, call: Answer()),
    "+CUSATR": _only("generic", lambda modem, call: Answer()),
    "+CUSATE": _only("generic", _raw_envelope),
    "+CUSATT": _only("generic", _raw_response),
}
