"""Text of a short message by its data coding scheme: GSM 7-bit, Latin-1, UTF-16 (3GPP TS 23.038, 4; SMPP 3.4, 5.2.19)."""

from gsm import alphabet

GSM7 = 0x00
ASCII = 0x01
BINARY = 0x04
LATIN_1 = 0x03
UCS2 = 0x08
SINGLE_SEPTETS = 160
SINGLE_OCTETS = 140


def is_binary(coding: int) -> bool:
    """Whether a coding says 8-bit data: SMPP's 2 and 4, general groups 0x04/0x14.., message class groups 0xF4..0xF7."""
    if coding in (0x02, BINARY):
        return True
    group = coding & 0xF0
    return (group == 0xF0 and bool(coding & 0x04)) or (0x10 <= group < 0x40 and coding & 0x0C == 0x04)


def is_ucs2(coding: int) -> bool:
    """Whether a coding says UCS2: 8, general groups 0x18.., message waiting group 0xE0."""
    group = coding & 0xF0
    return coding == UCS2 or group == 0xE0 or (0x10 <= group < 0x40 and coding & 0x0C == 0x08)


def is_gsm7(coding: int) -> bool:
    """Whether a coding says the GSM alphabet, which some centres pass on packed."""
    return not (is_binary(coding) or is_ucs2(coding) or coding in (ASCII, LATIN_1))


def decode(data: bytes, coding: int) -> str:
    """The text; what cannot be read becomes U+FFFD, for a phone's text is never refused here."""
    if is_ucs2(coding):
        return data.decode("utf-16-be", "replace")
    return alphabet.decode(data) if is_gsm7(coding) else data.decode("latin-1")


def encode(text: str) -> tuple[bytes, int]:
    """Data and coding: the GSM alphabet (one septet an octet) where it suffices, else UTF-16BE. Half a surrogate pair becomes `?`."""
    if alphabet.covers(text):
        return alphabet.encode(text), GSM7
    try:
        return text.encode("utf-16-be"), UCS2
    except UnicodeEncodeError:
        return text.encode("utf-16-be", "surrogatepass").decode("utf-16-be", "replace").encode("utf-16-be"), UCS2


def fits_one(data: bytes, coding: int) -> bool:
    """Whether an encoded text goes out as a single message: 160 septets, or 70 UTF-16 units."""
    return len(data) <= (SINGLE_SEPTETS if coding == GSM7 else SINGLE_OCTETS)
