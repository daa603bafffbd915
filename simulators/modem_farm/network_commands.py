"""AT commands about the network: signal, registration, operator, and USSD (27.007)."""

from typing import TYPE_CHECKING, Final

from simulators.modem_farm import alphabet
from simulators.modem_farm.answers import NO_SERVICE, Answer, Call, Failed, bad, cme
from simulators.modem_farm.basic_commands import Handler, need_card

if TYPE_CHECKING:
    from simulators.modem_farm.modem import Modem

_LONGEST_USSD: Final = 182


def _signal(modem: "Modem", call: Call) -> Answer:
    if call.mode == "test":
        return Answer(["+CSQ: (0-31,99),(0-7,99)"])
    heard = modem.signal if modem.functionality == 1 and modem.signal > 0 else 99
    return Answer([f"+CSQ: {heard},99"])


def _registration(modem: "Modem", call: Call) -> Answer:
    if call.mode == "set":
        modem.profile.registration_lines = call.number(0, 0, 2)
        return Answer()
    told = "(0-2)" if call.mode == "test" else f"{modem.profile.registration_lines},{modem.registration}"
    return Answer([f"+CREG: {told}"])


def _operator(modem: "Modem", call: Call) -> Answer:
    if call.mode == "set":
        if call.number(0, 0, 4) == 3:
            modem.profile.operator_format = call.number(1, 0, 2)
        return Answer()
    if not modem.registered or modem.sim is None:
        return Answer(["+COPS: 0"])
    plan = modem.around.network.desk(modem.sim).plan
    title = plan.title or plan.name
    if call.mode == "test":
        return Answer([f'+COPS: (2,"{title}","{title}","{plan.network}"),,(0-4),(0-2)'])
    shown = plan.network if modem.profile.operator_format == 2 else title
    return Answer([f'+COPS: 0,{modem.profile.operator_format},"{shown}"'])


def _own_number(modem: "Modem", call: Call) -> Answer:
    # Most dealers' cards were never told their own number: the entry is there and empty.
    need_card(modem)
    return Answer(['+CNUM: "","",129'] if call.mode == "run" else [])


def _ussd(modem: "Modem", call: Call) -> Answer:
    if call.mode == "test":
        return Answer(["+CUSD: (0-2)"])
    if call.mode != "set":
        return Answer([f"+CUSD: {modem.profile.ussd_lines}"])
    wanted = call.number(0, 0, 2)
    sim = need_card(modem)
    if wanted == 2:
        modem.around.network.end_session(sim)
        return Answer()
    modem.profile.ussd_lines = wanted
    text = call.argument(1)
    return _send_ussd(modem, _read(modem, text)) if text else Answer()


def _send_ussd(modem: "Modem", text: str) -> Answer:
    if not modem.registered:
        raise cme(NO_SERVICE)
    if len(text) > _LONGEST_USSD:
        raise bad()
    return modem.around.network.ussd(modem, need_card(modem), text)


def _read(modem: "Modem", text: str) -> str:
    """The client's text, in the character set it chose."""
    try:
        if modem.profile.letters == "UCS2":
            return alphabet.from_ucs2(bytes.fromhex(text))
        if modem.profile.letters == "HEX":
            return alphabet.from_septets(bytes.fromhex(text))
    except ValueError as problem:
        raise bad() from problem
    return text if modem.profile.letters != "GSM" else alphabet.from_septets(text.encode("latin-1"))


def _dial(modem: "Modem", call: Call) -> Answer:
    number = call.raw.strip().removesuffix(";")
    if number.startswith(("*", "#")) and number.endswith("#"):
        return _send_ussd(modem, number)
    need_card(modem)
    return Answer(final="NO CARRIER")


def _registered_only(modem: "Modem", call: Call) -> Answer:
    if modem.plan.model != "huawei":
        raise Failed
    service = 2 if modem.registered else 0
    return Answer([f"^SYSINFO: {service},{service and 3},0,3,{int(modem.usable)},,4"])


HANDLERS: Final[dict[str, Handler]] = {
    "+CSQ": _signal,
    "+CREG": _registration,
    "+COPS": _operator,
    "+CNUM": _own_number,
    "+CUSD": _ussd,
    "D": _dial,
    "^SYSINFO": _registered_only,
}
