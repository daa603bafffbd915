"""AT commands of the modem itself: who it is, how it talks, its power, its card and the card's PIN (V.250, 27.007)."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, Protocol

from simulators.modem_farm.answers import NO_SIM, NOT_ALLOWED, Answer, Call, Failed, Prompt, bad, cme

if TYPE_CHECKING:
    from simulators.modem_farm.modem import Modem
    from simulators.modem_farm.sim import Sim

_MAKERS: Final[Mapping[str, tuple[str, str, str]]] = {
    "generic": ("GENERIC", "GSM900", "1.00"),
    "wavecom": ("WAVECOM MODEM", "MULTIBAND  900E  1800", "657e09gg.Q2406B"),
    "huawei": ("huawei", "E1550", "11.608.14.11.00"),
    "quectel": ("Quectel", "EC20", "EC20CEFAGR06A05M4G"),
}
_LETTER_SETS: Final = ("GSM", "IRA", "UCS2", "HEX", "8859-1")
_EF_ICCID: Final = 12258
_LAST_WORDS_SECONDS: Final = 0.05


class Handler(Protocol):
    """What carries a command out. Raises Failed."""

    def __call__(self, modem: "Modem", call: Call) -> Answer | Prompt: ...


def need_card(modem: "Modem") -> "Sim":
    """The card, ready to use. Raises Failed with the code that says why not."""
    sim = card(modem)
    wanted = {"SIM PIN": 11, "SIM PUK": 12}.get(sim.state())
    if wanted:
        raise cme(wanted)
    return sim


def card(modem: "Modem") -> "Sim":
    """The card, locked or not. Raises Failed."""
    if modem.sim is None or modem.functionality == 0:
        raise cme(NO_SIM)
    if modem.sim.failure:
        raise cme(modem.sim.failure)
    return modem.sim


def greeting(modem: "Modem") -> list[str]:
    """What a modem says of itself when it has started."""
    state = "NOT INSERTED" if modem.sim is None else modem.sim.state()
    ready = modem.usable
    if modem.plan.model == "wavecom":
        return ["+WIND: 1", "+WIND: 7", *(["+WIND: 4"] if ready else [])] if modem.sim is not None else ["+WIND: 0"]
    if modem.plan.model == "huawei":
        return ["^BOOT:20423123,0,0,0,20", f"^SIMST:{int(ready)}", "^RSSI:18"]
    if modem.plan.model == "quectel":
        return ["RDY", "+CFUN: 1", f"+CPIN: {state}", *(["+QIND: SMS DONE"] if ready else [])]
    return [f"+CPIN: {state}"]


def _fixed(*lines: str) -> Handler:
    return lambda modem, call: Answer([] if call.mode == "test" else list(lines))


def _silent(modem: "Modem", call: Call) -> Answer:
    return Answer()


def _echo(modem: "Modem", call: Call) -> Answer:
    modem.profile.echo = call.number(0, 0, 1) == 1
    return Answer()


def _verbose(modem: "Modem", call: Call) -> Answer:
    modem.profile.verbose = call.number(0, 0, 1) == 1
    return Answer()


def _quiet(modem: "Modem", call: Call) -> Answer:
    modem.profile.quiet = call.number(0, 0, 1) == 1
    return Answer()


def _defaults(modem: "Modem", call: Call) -> Answer:
    modem.profile = type(modem.profile)()
    return Answer()


def _about(modem: "Modem", call: Call) -> Answer:
    maker, model, revision = _MAKERS[modem.plan.model]
    lines = [f"Manufacturer: {maker}", f"Model: {model}", f"Revision: {revision}", f"IMEI: {modem.plan.imei}"]
    return Answer([maker, model, f"Revision: {revision}"] if modem.plan.model == "quectel" else lines)


def _maker(place: int) -> Handler:
    return lambda modem, call: Answer([] if call.mode == "test" else [_MAKERS[modem.plan.model][place]])


def _imei(modem: "Modem", call: Call) -> Answer:
    return Answer([] if call.mode == "test" else [modem.plan.imei])


def _imsi(modem: "Modem", call: Call) -> Answer:
    return Answer([] if call.mode == "test" else [need_card(modem).imsi])


def _iccid(modem: "Modem", call: Call) -> Answer:
    if modem.plan.model == "huawei":
        raise Failed
    return Answer([] if call.mode == "test" else [f"{call.name}: {_written(modem, card(modem).iccid)}"])


def _written(modem: "Modem", iccid: str) -> str:
    return f'"{iccid}"' if modem.plan.model == "wavecom" else iccid.ljust(20, "F")


def _own_iccid(name: str, model: str) -> Handler:
    def handler(modem: "Modem", call: Call) -> Answer:
        if modem.plan.model != model:
            raise Failed
        return Answer([f"{name}: {card(modem).iccid.ljust(20, 'F')}"])

    return handler


def _read_file(modem: "Modem", call: Call) -> Answer:
    """AT+CRSM: READ BINARY (176) and GET RESPONSE (192) of the card's number; other files are not there (148, 4)."""
    if call.mode != "set":
        return Answer()
    sim, command, file = card(modem), call.number(0), call.number(1, most=65_535)
    if file != _EF_ICCID:
        return Answer(["+CRSM: 148,4"])
    if command == 176:
        octets = sim.full_number[call.number(3, 0) :][: call.number(4, 10)]
        return Answer([f'+CRSM: 144,0,"{octets.hex().upper()}"'])
    if command == 192:
        return Answer(['+CRSM: 144,0,"0000000A2FE2040000FF01020000"'])
    return Answer(["+CRSM: 109,0"])


def _detail(modem: "Modem", call: Call) -> Answer:
    if call.mode == "set":
        modem.profile.detail = call.number(0, 0, 2)
        return Answer()
    return Answer([f"+CMEE: {'(0-2)' if call.mode == 'test' else modem.profile.detail}"])


def _letters(modem: "Modem", call: Call) -> Answer:
    if call.mode == "set":
        wanted = call.argument(0).upper()
        if wanted not in _LETTER_SETS:
            raise bad()
        modem.profile.letters = wanted
        return Answer()
    listed = ",".join(f'"{name}"' for name in _LETTER_SETS)
    return Answer([f"+CSCS: ({listed})" if call.mode == "test" else f'+CSCS: "{modem.profile.letters}"'])


def _pin(modem: "Modem", call: Call) -> Answer:
    if call.mode == "test":
        return Answer()
    sim = card(modem)
    if call.mode == "read":
        return Answer([f"+CPIN: {sim.state()}"])
    if sim.state() == "READY":
        raise cme(NOT_ALLOWED)
    needs_puk = sim.state() == "SIM PUK"
    if needs_puk and len(call.arguments) < 2:
        raise cme(12)
    if not (sim.enter_puk(call.argument(0), call.argument(1)) if needs_puk else sim.enter_pin(call.argument(0))):
        raise cme(16 if sim.pin_left or needs_puk else 12)
    return Answer(then=modem.card_changed)


def _tries(modem: "Modem", call: Call) -> Answer:
    """AT+CPINR: tries left, for all codes or one."""
    if call.mode == "test":
        return Answer()
    sim = card(modem)
    lines = {"SIM PIN": f"+CPINR: SIM PIN,{sim.pin_left},3", "SIM PUK": f"+CPINR: SIM PUK,{sim.puk_left},10"}
    wanted = call.argument(0)
    if wanted and wanted not in lines:
        raise bad()
    return Answer([lines[wanted]] if wanted else list(lines.values()))


def _huawei_tries(modem: "Modem", call: Call) -> Answer:
    """AT^CPIN?: what is wanted, then tries left of PUK, PIN, PUK2, PIN2 as Huawei tells them."""
    if modem.plan.model != "huawei" or call.mode != "read":
        raise Failed
    sim = card(modem)
    wanted = {"SIM PIN": str(sim.pin_left), "SIM PUK": str(sim.puk_left)}.get(sim.state(), "")
    return Answer([f"^CPIN: {sim.state()},{wanted},{sim.puk_left},{sim.pin_left},10,3"])


def _wavecom_tries(modem: "Modem", call: Call) -> Answer:
    """AT+CPINC: tries left of PIN1, PIN2, PUK1, PUK2 as Wavecom tells them."""
    if modem.plan.model != "wavecom":
        raise Failed
    sim = card(modem)
    return Answer([f"+CPINC: {sim.pin_left},3,{sim.puk_left},10"])


def _quectel_tries(modem: "Modem", call: Call) -> Answer:
    """AT+QPINC: tries left as Quectel tells them."""
    if modem.plan.model != "quectel":
        raise Failed
    sim = card(modem)
    return Answer([f'+QPINC: "SC",{sim.pin_left},{sim.puk_left}', '+QPINC: "P2",3,10'])


def _functionality(modem: "Modem", call: Call) -> Answer:
    if call.mode != "set":
        return Answer(["+CFUN: (0,1,4),(0-1)" if call.mode == "test" else f"+CFUN: {modem.functionality}"])
    wanted, reset = call.number(0, 1, 4), call.number(1, 0, 1)
    if wanted not in (0, 1, 4):
        raise bad()
    if reset:
        # The OK is on its way out before the port goes.
        return Answer(then=lambda: modem.around.later(_LAST_WORDS_SECONDS, modem.restart))
    modem.functionality = wanted
    return Answer(then=modem.card_changed)


def _indications(modem: "Modem", call: Call) -> Answer:
    if modem.plan.model != "wavecom":
        raise Failed
    return Answer(["+WIND: 50"] if call.mode == "read" else [])


def _kept(default: str) -> Handler:
    """A setting that is kept and told, and does nothing else."""

    def handler(modem: "Modem", call: Call) -> Answer:
        if call.mode == "set":
            modem.profile.extras[call.name] = call.raw
            return Answer()
        return Answer([] if call.mode in ("test", "run") else [f"{call.name}: {modem.profile.extras.get(call.name, default)}"])

    return handler


HANDLERS: Final[dict[str, Handler]] = {
    "E": _echo,
    "V": _verbose,
    "Q": _quiet,
    "Z": _defaults,
    "&F": _defaults,
    "I": _about,
    **dict.fromkeys(("H", "&W", "&C", "&D", "&K", "X", "L", "M", "S0", "S3", "S4", "S5", "S7", "^CURC", "+IPR", "+IFC", "+CVHU"), _silent),
    **{name + command: _maker(place) for place, command in enumerate(("MI", "MM", "MR")) for name in ("+CG", "+G")},
    "+CGSN": _imei,
    "+GSN": _imei,
    "+CIMI": _imsi,
    "+CCID": _iccid,
    "+ICCID": _own_iccid("+ICCID", "generic"),
    "^ICCID": _own_iccid("^ICCID", "huawei"),
    "+QCCID": _own_iccid("+QCCID", "quectel"),
    "+CRSM": _read_file,
    "+CMEE": _detail,
    "+CSCS": _letters,
    "+CPIN": _pin,
    "+CPINR": _tries,
    "^CPIN": _huawei_tries,
    "+CPINC": _wavecom_tries,
    "+QPINC": _quectel_tries,
    "+CFUN": _functionality,
    "+WIND": _indications,
    "+CLIP": _kept("0,1"),
    "+CRC": _kept("0"),
    "+CGREG": _kept("0,1"),
    "+GCAP": _fixed("+GCAP: +CGSM"),
    "+CLAC": lambda modem, call: Answer(sorted(modem.known_commands())),
}
