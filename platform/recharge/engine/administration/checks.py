"""What a code, a name, a share or an amount must look like before it is kept."""

import re
from datetime import datetime

from recharge.domain.money import BASIS_POINTS
from recharge.domain.requests import EndpointKind
from recharge.engine.administration.errors import bad

_CODE = re.compile(r"[A-Z0-9][A-Z0-9_-]{0,23}")
_IDENTITIES: dict[EndpointKind, re.Pattern[str]] = {
    EndpointKind.STK_SIM: re.compile(r"[0-9]{18,20}"),
    EndpointKind.PHONE_LINE: re.compile(r"[0-9]{5,16}"),
    EndpointKind.POS_TERMINAL: re.compile(r"[A-Z0-9]{1,24}"),
    EndpointKind.WEB_LOGIN: re.compile(r"[a-z0-9][a-z0-9._-]{1,31}"),
    EndpointKind.PARTNER_KEY: re.compile(r"[A-Za-z0-9_-]{8,64}"),
    EndpointKind.CONSOLE: re.compile(r"[a-z0-9][a-z0-9._-]{1,31}"),
}
_DIGITS = re.compile(r"[0-9]{2,16}")
_TIME_OF_DAY = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]|24:00")
MOST_MINOR = 10**15
MOST_NAME = 80


def code(field: str, text: str) -> str:
    """A code as people type it, in upper case: letters, digits, - and _, at most 24."""
    upper = text.strip().upper()
    # Letters beyond ASCII may become ASCII ones in upper case: the German sharp s is such a one.
    if not (text.isascii() and _CODE.fullmatch(upper)):
        raise bad(field, text)
    return upper


def name(text: str) -> str:
    """A name for people: 1 to 80 characters that can be shown on one line."""
    plain = text.strip()
    if not plain or len(plain) > MOST_NAME or not plain.isprintable():
        raise bad("name", text)
    return plain


def identity(kind: EndpointKind, text: str) -> str:
    """What names an endpoint within its kind: an ICCID, a line's number, a terminal's number, a user name, a key's id."""
    plain = text.strip()
    if not _IDENTITIES[kind].fullmatch(plain):
        raise bad("identity", text)
    return plain


def digits(field: str, text: str) -> str:
    """National digits of a number or a prefix."""
    if not _DIGITS.fullmatch(text):
        raise bad(field, text)
    return text


def share(field: str, basis_points: int) -> int:
    """A share of the face value: 0 to 10000 basis points."""
    if not 0 <= basis_points <= BASIS_POINTS:
        raise bad(field, basis_points)
    return basis_points


def share_or_none(field: str, basis_points: int | None) -> int | None:
    """A share, or None where the tier's holds."""
    return None if basis_points is None else share(field, basis_points)


def amount(field: str, amount_minor: int) -> int:
    """A positive amount of minor units."""
    if not 0 < amount_minor <= MOST_MINOR:
        raise bad(field, amount_minor)
    return amount_minor


def limit(field: str, most: int | None) -> int | None:
    """A limit: a count or a value, zero for nothing at all, None for no limit."""
    if most is not None and not 0 <= most <= MOST_MINOR:
        raise bad(field, most)
    return most


def time_of_day(field: str, text: str) -> str:
    """A local time of day, 00:00 to 24:00."""
    if not _TIME_OF_DAY.fullmatch(text):
        raise bad(field, text)
    return text


def aware(field: str, moment: datetime) -> datetime:
    """A moment with a time zone; without one nobody knows what is meant."""
    if moment.tzinfo is None:
        raise bad(field, moment)
    return moment


def printable(field: str, text: str, most: int) -> str:
    """A short text that can be shown on one line; may be empty."""
    if len(text) > most or not text.isprintable():
        raise bad(field, text)
    return text
