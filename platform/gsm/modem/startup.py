"""Bringing a modem up: from a port that answers to a SIM card with a name, its PIN tried once at most (docs/chip-modems.md)."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from gsm.modem.channel import Channel, ModemError

_ICCID_DIGITS = re.compile(r"(\d{18,20})[Ff]?")
_IMEI = r"\d{14,16}$"
MEMORY = "SM"


class Trouble(StrEnum):
    """Why a modem cannot be used now."""

    SILENT = "silent"
    NOISY = "noisy"
    LATE = "late"
    NO_SIM = "no_sim"
    PIN_WANTED = "pin_wanted"
    PIN_REFUSED = "pin_refused"
    PUK_WANTED = "puk_wanted"
    NO_ICCID = "no_iccid"
    SETTING_REFUSED = "setting_refused"
    STRANGE_CARD = "strange_card"


class NotUp(Exception):
    """The modem is not ready; `trouble` says why."""

    def __init__(self, trouble: Trouble, detail: str = "") -> None:
        super().__init__(f"{trouble.value} {detail}".strip())
        self.trouble = trouble


@dataclass(frozen=True, slots=True)
class Identity:
    """Which device and which card answer here. `imei` may be empty, `iccid` never is."""

    imei: str
    iccid: str


PinGiver = Callable[[str], str | None]
"""The PIN for an ICCID ("" where the card did not tell it), None when there is none or it must not be tried."""


def greet(channel: Channel, tries: int = 3, seconds: float = 1.0) -> bool:
    """Whether a modem answers AT."""
    for _ in range(tries):
        try:
            if channel.ask("AT", seconds=seconds).ok:
                return True
        except ModemError:
            if channel.gone.is_set():
                return False
    return False


def read_identity(channel: Channel) -> Identity:
    """IMEI and ICCID. Raises NotUp(NO_ICCID) or ModemError."""
    imei = channel.ask("AT+CGSN", _IMEI, must_tell=True)
    iccid = read_iccid(channel)
    if not iccid:
        raise NotUp(Trouble.NO_ICCID)
    return Identity(imei.lines[0] if imei.lines else "", iccid)


def read_iccid(channel: Channel) -> str:
    """The card's ICCID by whichever command this modem knows, "" by none. Raises ModemError.

    AT+CCID and AT+ICCID are makers' own; AT+CRSM=176 reads EF_ICCID (3GPP TS 51.011, 10.1.1), whose digits lie nibble-swapped.
    """
    for command, wanted in (("AT+CCID", r'(\+CCID: ?)?"?\d{18,20}[Ff]?"?'), ("AT+ICCID", r'(\+ICCID: ?)?"?\d{18,20}[Ff]?"?')):
        answer = channel.ask(command, wanted)
        found = _ICCID_DIGITS.search(answer.lines[0]) if answer.ok and answer.lines else None
        if found:
            return found[1]
    answer = channel.ask("AT+CRSM=176,12258,0,0,10", r"\+CRSM:")
    found = re.search(r'\+CRSM: ?144,\d+,"?([0-9A-Fa-f]{20})"?', answer.lines[0]) if answer.lines else None
    return _swapped(found[1]) if found else ""


def _swapped(text: str) -> str:
    digits = "".join(text[index + 1] + text[index] for index in range(0, len(text), 2))
    return digits.rstrip("Ff")


def bring_up(channel: Channel, pin_of: PinGiver) -> Identity:
    """The whole start-up up to a usable SIM card. Raises NotUp or ModemError."""
    if not greet(channel):
        raise NotUp(Trouble.SILENT)
    channel.ask("ATE0")
    channel.ask("AT+CMEE=1")
    channel.ask("AT+CFUN=1", seconds=15.0)
    _unlock(channel, pin_of)
    identity = read_identity(channel)
    for command in ("AT+CREG=1", "AT+CMGF=0", 'AT+CSCS="GSM"', "AT+CNMI=2,1,0,0,0", "AT+CUSD=1"):
        answer = channel.ask(command, seconds=10.0)
        if not answer.ok and command.startswith("AT+CMGF"):
            # Without PDU mode nothing of the SIM's store could be read.
            raise NotUp(Trouble.SETTING_REFUSED, command)
    channel.ask(f'AT+CPMS="{MEMORY}","{MEMORY}","{MEMORY}"', r"\+CPMS:", seconds=10.0)
    return identity


def _unlock(channel: Channel, pin_of: PinGiver) -> None:
    answer = channel.ask("AT+CPIN?", r"\+CPIN: ", seconds=10.0)
    said = answer.lines[0].partition(":")[2].strip() if answer.lines else ""
    if said == "READY":
        return
    if said == "SIM PUK":
        raise NotUp(Trouble.PUK_WANTED)
    if said != "SIM PIN":
        raise NotUp(Trouble.NO_SIM, said or answer.final)
    # Many cards tell their ICCID before the PIN; with it the right PIN is known for certain.
    pin = pin_of(read_iccid(channel))
    if pin is None:
        raise NotUp(Trouble.PIN_WANTED)
    if not channel.ask(f'AT+CPIN="{pin}"', seconds=10.0).ok:
        raise NotUp(Trouble.PIN_REFUSED)
    again = channel.ask("AT+CPIN?", r"\+CPIN: READY", seconds=10.0)
    if not again.lines:
        raise NotUp(Trouble.PIN_REFUSED, "not ready")


@dataclass(frozen=True, slots=True)
class Signal:
    """How well the network is heard (TS 27.007, 8.5: 0..31, 99 not known) and whether the modem is registered (1 home, 5 roaming)."""

    strength: int
    registration: int

    @property
    def good(self) -> bool:
        """Whether an order may be sent: below 8 answers get lost."""
        return self.strength != 99 and self.strength >= 8 and self.registration in {1, 5}


def read_signal(channel: Channel) -> Signal:
    """Signal and registration, asked between orders only. Raises ModemError."""
    quality = channel.ask("AT+CSQ", r"\+CSQ: ?\d+", must_tell=True)
    registered = channel.ask("AT+CREG?", r"\+CREG: ?\d+, ?\d+", must_tell=True)
    strength = re.search(r"\d+", quality.lines[0]) if quality.lines else None
    state = re.search(r"\d+, ?(\d+)", registered.lines[0]) if registered.lines else None
    return Signal(int(strength[0]) if strength else 99, int(state[1]) if state else 0)
