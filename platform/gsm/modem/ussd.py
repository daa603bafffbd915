"""USSD by AT+CUSD: what is sent, and what +CUSD says in its three alphabets (3GPP TS 27.007, 7.15; 23.038, 5)."""

import re
from dataclasses import dataclass
from enum import IntEnum

from gsm import alphabet, septets

GSM_SCHEME = 15
_CUSD = re.compile(r'\+CUSD: ?(\d)(?:, ?"(.*?)"?(?:, ?(\d+))?)?$', re.DOTALL)
_HEXADECIMAL = re.compile(r"(?:[0-9A-Fa-f]{2})+$")


class UssdState(IntEnum):
    """The <m> of +CUSD."""

    DONE = 0
    ANSWER_WANTED = 1
    ENDED_BY_NETWORK = 2
    OTHER_CLIENT = 3
    NOT_SUPPORTED = 4
    TIME_OUT = 5


@dataclass(frozen=True, slots=True)
class UssdSaid:
    """One +CUSD line. `state` None for a number the standard does not have."""

    state: UssdState | None
    text: str = ""


def command(text: str) -> str:
    """What sends a USSD string, or the answer to a question."""
    return f'AT+CUSD=1,"{text}",{GSM_SCHEME}'


CANCEL = "AT+CUSD=2"


def read(line: str) -> UssdSaid | None:
    """What a +CUSD line says, None for one that cannot be read."""
    found = _CUSD.match(line)
    if not found:
        return None
    number = int(found[1])
    state = UssdState(number) if number in set(UssdState) else None
    return UssdSaid(state, _text(found[2] or "", int(found[3] or GSM_SCHEME)))


def _text(written: str, scheme: int) -> str:
    if not _HEXADECIMAL.match(written):
        return written
    octets = bytes.fromhex(written)
    if scheme == 0x11:
        # UCS2 behind a language in GSM letters (two, in three octets with CR).
        return octets[2:].decode("utf-16-be", "replace")
    if scheme & 0xEC == 0x48 or scheme == 0x48:
        return octets.decode("utf-16-be", "replace")
    if len(written) % 4 == 0 and _looks_like_ucs2(octets):
        return octets.decode("utf-16-be", "replace")
    # Digits alone are also hexadecimal: a serial number or a balance by itself is text.
    if written.isdigit() or len(octets) < 4:
        return written
    return alphabet.decode(septets.unpack_text(octets)).rstrip("\r")


def _looks_like_ucs2(octets: bytes) -> bool:
    """Some modems give UCS2 under a scheme that says GSM: plain letters then have a zero before each."""
    return octets[0::2].count(0) * 2 > len(octets[0::2])
