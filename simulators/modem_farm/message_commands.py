"""AT commands for short messages (27.005), in PDU and text mode."""

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Final

from simulators.modem_farm import pdu
from simulators.modem_farm.alphabet import fits_seven_bits, to_ucs2
from simulators.modem_farm.answers import Answer, Call, Prompt, bad, cms
from simulators.modem_farm.basic_commands import Handler, need_card
from simulators.modem_farm.message_text import read_letters, text_lines
from simulators.modem_farm.pdu import Deliver, Report, Submit
from simulators.modem_farm.sim import READ, UNREAD, Store, Stored

if TYPE_CHECKING:
    from simulators.modem_farm.modem import Modem

_STORES: Final = ("SM", "ME")
_WORDS: Final = {"REC UNREAD": 0, "REC READ": 1, "STO UNSENT": 2, "STO SENT": 3, "ALL": 4}
_LISTED: Final = '"REC UNREAD","REC READ","STO UNSENT","STO SENT","ALL"'
_ROOM_SECONDS: Final = 0.01
_CARD_ERRORS: Final = {10: 310, 11: 311, 12: 316, 13: 313}


def receive(modem: "Modem", message: Deliver | Report) -> bool:
    """A message from the network: shown at once or kept, as AT+CNMI says. False where there is no room."""
    _, mt, _, ds, _ = modem.profile.notify
    direct = (ds == 1) if isinstance(message, Report) else mt in (2, 3)
    if direct:
        _show(modem, message)
        return True
    if isinstance(message, Report) and ds != 2:
        return True
    name = modem.profile.stores[2]
    store = modem.store(name)
    if store is None or store.full:
        return _no_room(modem, name)
    place = store.put(message)
    if isinstance(message, Report):
        modem.say(f'+CDSI: "{name}",{place}')
    elif mt == 1:
        modem.say(f'+CMTI: "{name}",{place}')
    return True


def _no_room(modem: "Modem", name: str) -> bool:
    if modem.plan.model == "huawei":
        modem.say(f'^SMMEMFULL:"{name}"')
    return False


def _show(modem: "Modem", message: Deliver | Report) -> None:
    name = "+CDS" if isinstance(message, Report) else "+CMT"
    if modem.profile.text_mode:
        head, *lines = text_lines(modem, message)
        modem.say("\r\n".join([f"{name}: {head}", *lines]))
        return
    octets, length = pdu.whole(message)
    modem.say(f"{name}: {length}\r\n{octets}" if name == "+CDS" else f"{name}: ,{length}\r\n{octets}")


def _format(modem: "Modem", call: Call) -> Answer:
    if call.mode == "set":
        modem.profile.text_mode = call.number(0, 0, 1) == 1
        return Answer()
    return Answer([f"+CMGF: {'(0,1)' if call.mode == 'test' else int(modem.profile.text_mode)}"])


def _notify(modem: "Modem", call: Call) -> Answer:
    most = (3, 3, 3, 2, 1)
    if call.mode == "set":
        modem.profile.notify = tuple(call.number(place, modem.profile.notify[place], most[place]) for place in range(5))
        return Answer(then=modem.has_room)
    told = "(0-3),(0-3),(0,2,3),(0-2),(0,1)" if call.mode == "test" else ",".join(map(str, modem.profile.notify))
    return Answer([f"+CNMI: {told}"])


def _store(modem: "Modem", place: int) -> Store:
    need_card_for_messages(modem)
    store = modem.store(modem.profile.stores[place])
    if store is None:
        raise cms(310)
    return store


def need_card_for_messages(modem: "Modem") -> None:
    """Message commands tell a card's troubles by numbers of their own. Raises Failed."""
    if modem.sim is None:
        raise cms(310)
    if modem.sim.failure:
        raise cms(_CARD_ERRORS.get(modem.sim.failure, 314))
    if modem.sim.state() != "READY":
        raise cms(_CARD_ERRORS[11 if modem.sim.state() == "SIM PIN" else 12])


def _stores(modem: "Modem", call: Call) -> Answer:
    need_card_for_messages(modem)
    if call.mode == "test":
        each = '("SM","ME")'
        return Answer([f"+CPMS: {each},{each},{each}"])
    if call.mode == "set":
        if any(name not in _STORES for name in call.arguments) or not 1 <= len(call.arguments) <= 3:
            raise bad()
        modem.profile.stores[: len(call.arguments)] = call.arguments
    used = [(name, _used(modem, name)) for name in modem.profile.stores]
    if call.mode == "set":
        return Answer([f"+CPMS: {','.join(counts for _, counts in used)}"])
    return Answer(["+CPMS: " + ",".join(f'"{name}",{counts}' for name, counts in used)])


def _used(modem: "Modem", name: str) -> str:
    store = modem.store(name)
    return f"{len(store.places)},{store.room}" if store is not None else "0,0"


def _list(modem: "Modem", call: Call) -> Answer:
    if call.mode == "test":
        return Answer([f"+CMGL: ({_LISTED if modem.profile.text_mode else '0-4'})"])
    wanted = _wanted_status(modem, call)
    store = _store(modem, 0)
    lines: list[str] = []
    for place, stored in sorted(store.places.items()):
        if wanted in (4, stored.status):
            lines += _listed(modem, place, stored)
            stored.status = READ
    return Answer(lines)


def _wanted_status(modem: "Modem", call: Call) -> int:
    if not modem.profile.text_mode:
        return call.number(0, 0, 4)
    wanted = call.argument(0, "REC UNREAD").upper()
    if wanted not in _WORDS:
        raise bad()
    return _WORDS[wanted]


def _listed(modem: "Modem", place: int, stored: Stored) -> Iterator[str]:
    if modem.profile.text_mode:
        head, *lines = text_lines(modem, stored.message)
        yield "\r\n".join([f'+CMGL: {place},"{_status(stored)}",{head}', *lines])
    else:
        octets, length = pdu.whole(stored.message)
        yield f"+CMGL: {place},{stored.status},,{length}\r\n{octets}"


def _status(stored: Stored) -> str:
    return "REC UNREAD" if stored.status == UNREAD else "REC READ"


def _read(modem: "Modem", call: Call) -> Answer:
    if call.mode == "test":
        return Answer()
    stored = _store(modem, 0).places.get(call.number(0))
    if stored is None:
        raise cms(321)
    if modem.profile.text_mode:
        head, *lines = text_lines(modem, stored.message)
        answer = Answer(["\r\n".join([f'+CMGR: "{_status(stored)}",{head}', *lines])])
    else:
        octets, length = pdu.whole(stored.message)
        answer = Answer([f"+CMGR: {stored.status},,{length}\r\n{octets}"])
    stored.status = READ
    return answer


def _delete(modem: "Modem", call: Call) -> Answer:
    store = _store(modem, 0)
    if call.mode == "test":
        return Answer([f"+CMGD: ({','.join(map(str, sorted(store.places)))}),(0-4)"])
    place, flag = call.number(0), call.number(1, 0, 4)
    if flag == 0 and not 1 <= place <= store.room:
        raise cms(321)
    if modem.around.strikes(modem, "card", "") != "card_stuck":
        store.take_out({0: "one", 4: "all"}.get(flag, "read"), place)
    modem.around.later(_ROOM_SECONDS, modem.has_room)
    return Answer()


def _send(modem: "Modem", call: Call) -> Answer | Prompt:
    if call.mode != "set":
        return Answer()
    need_card_for_messages(modem)
    if not modem.registered:
        raise cms(331)
    if modem.profile.text_mode:
        recipient = _recipient(modem, call)
        return Prompt(lambda text: _submit(modem, _from_text(modem, recipient, text)))
    length = call.number(0)
    return Prompt(lambda text: _submit(modem, _from_pdu(text, length)))


def _recipient(modem: "Modem", call: Call) -> str:
    number = call.argument(0)
    if modem.profile.letters == "UCS2":
        number = read_letters(modem, number.encode())
    kind = call.argument(1)
    number = f"+{number}" if kind == "145" and not number.startswith("+") else number
    if not number.removeprefix("+").replace("*", "").replace("#", "").isdigit():
        raise bad()
    return number


def _from_pdu(text: bytes, length: int) -> Submit:
    try:
        return pdu.read_submit(text.decode("latin-1").strip(), length)
    except pdu.BadPdu as problem:
        raise cms(304) from problem


def _from_text(modem: "Modem", recipient: str, text: bytes) -> Submit:
    first, _, protocol, scheme = modem.profile.text_details
    words = read_letters(modem, text.replace(b"\r", b"\n"))
    parts = pdu.parts_of(words, 0)
    if len(parts) > 1:
        raise cms(305)
    wide = pdu.coding_of(scheme)[0] == pdu.UCS2 or not fits_seven_bits(words)
    part = pdu.Part(to_ucs2(words), pdu.UCS2) if wide else parts[0]
    if len(part.content) > 140 and wide:
        raise cms(305)
    return Submit(recipient, part, bool(first & 0x20), protocol)


def _submit(modem: "Modem", message: Submit) -> Answer:
    sim = need_card(modem)
    modem.reference = (modem.reference + 1) % 256
    struck = modem.around.network.post.submit(sim, message, modem.reference)
    after = modem.around.about(modem.around.settings.submit_seconds)
    if struck == "cms_500_sent":
        return Answer(final="+CMS ERROR: 500", after=after)
    if struck == "cmgs_lost":
        return Answer(final="")
    return Answer([f"+CMGS: {modem.reference}"], after=after)


def _centre(modem: "Modem", call: Call) -> Answer:
    sim = need_card(modem)
    if call.mode == "set":
        modem.service_centre = call.argument(0)
        return Answer()
    if call.mode == "test":
        return Answer()
    number = modem.service_centre or modem.around.network.desk(sim).plan.smsc
    return Answer([f'+CSCA: "{number}",{145 if number.startswith("+") else 129}'])


def _text_details(modem: "Modem", call: Call) -> Answer:
    if call.mode == "set":
        modem.profile.text_details = tuple(call.number(place, modem.profile.text_details[place]) for place in range(4))
        return Answer()
    return Answer([] if call.mode == "test" else ["+CSMP: " + ",".join(map(str, modem.profile.text_details))])


def _service(modem: "Modem", call: Call) -> Answer:
    return Answer(["+CSMS: 1,1,1"] if call.mode == "set" else ["+CSMS: 0,1,1,1"])


def _headers(modem: "Modem", call: Call) -> Answer:
    if call.mode == "set":
        modem.profile.text_headers = call.number(0, 0, 1) == 1
        return Answer()
    return Answer([] if call.mode == "test" else [f"+CSDH: {int(modem.profile.text_headers)}"])


def junk(store: Store, at: datetime) -> None:
    """Fill a store up with old messages."""
    while not store.full:
        store.places[store.put(Deliver("INFO", pdu.parts_of("Promo", 0)[0], at))].status = READ


HANDLERS: Final[dict[str, Handler]] = {
    "+CMGF": _format,
    "+CNMI": _notify,
    "+CPMS": _stores,
    "+CMGL": _list,
    "+CMGR": _read,
    "+CMGD": _delete,
    "+CMGS": _send,
    "+CSCA": _centre,
    "+CSMP": _text_details,
    "+CSMS": _service,
    "+CSDH": _headers,
    "+CNMA": lambda modem, call: Answer(),
}
