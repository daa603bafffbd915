"""Short messages as modems write them: SMS-DELIVER and SMS-STATUS-REPORT made, SMS-SUBMIT read (3GPP TS 23.040)."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from simulators.modem_farm import alphabet

SEVEN_BITS: Final = 0
EIGHT_BITS: Final = 4
UCS2: Final = 8
_MOST_OCTETS: Final = 140
_DIGITS: Final = "0123456789*#abc"
_ALPHANUMERIC: Final = 0x50


class BadPdu(ValueError):
    """Octets that are no SMS-SUBMIT; the text says where they break."""


@dataclass(frozen=True)
class Part:
    """One message's user data: `content` is one octet a septet for SEVEN_BITS, else octets; `header` without its length octet."""

    content: bytes
    coding: int = SEVEN_BITS
    header: bytes = b""

    @property
    def text(self) -> str:
        """What a phone shows of this part; binary as hexadecimal."""
        if self.coding == SEVEN_BITS:
            return alphabet.from_septets(self.content)
        return alphabet.from_ucs2(self.content) if self.coding == UCS2 else self.content.hex().upper()

    @property
    def place(self) -> tuple[int, int, int] | None:
        """Reference, count and number (from 1) of a concatenated message's part."""
        rest = self.header
        while len(rest) >= 2:
            name, value, rest = rest[0], rest[2 : 2 + rest[1]], rest[2 + rest[1] :]
            if (name, len(value)) in ((0, 3), (8, 4)):
                return int.from_bytes(value[:-2], "big"), value[-2], value[-1]
        return None

    def user_data(self) -> bytes:
        """The length octet and the user data as they lie in the air."""
        head = bytes([len(self.header)]) + self.header if self.header else b""
        if self.coding != SEVEN_BITS:
            return bytes([len(head) + len(self.content)]) + head + self.content
        fill_bits = -8 * len(head) % 7
        length = (8 * len(head) + fill_bits) // 7 + len(self.content)
        return bytes([length]) + head + alphabet.pack(self.content, fill_bits)


@dataclass(frozen=True)
class Submit:
    """A message a modem was told to send."""

    recipient: str
    part: Part
    report: bool = False
    protocol: int = 0
    smsc: str = ""
    message_class: int | None = None


@dataclass(frozen=True)
class Deliver:
    """A message that arrives; `sender` may be letters, `at` is aware."""

    sender: str
    part: Part
    at: datetime
    smsc: str = ""
    protocol: int = 0

    def octets(self) -> bytes:
        """The TPDU."""
        first = 0x04 | (0x40 if self.part.header else 0)
        return (
            bytes([first]) + write_address(self.sender) + bytes([self.protocol, self.part.coding]) + stamp(self.at) + self.part.user_data()
        )


@dataclass(frozen=True)
class Report:
    """A delivery report: `status` 0 is delivered, 0x40 and above is never."""

    reference: int
    recipient: str
    sent_at: datetime
    done_at: datetime
    status: int = 0
    smsc: str = ""
    part: Part = field(default_factory=lambda: Part(b""))

    def octets(self) -> bytes:
        """The TPDU."""
        return (
            bytes([0x06, self.reference]) + write_address(self.recipient) + stamp(self.sent_at) + stamp(self.done_at) + bytes([self.status])
        )


def whole(message: Deliver | Report) -> tuple[str, int]:
    """A message as a modem prints it: hexadecimal with the centre's address before it, and the TPDU's length in octets."""
    tpdu = message.octets()
    return (_service_centre(message.smsc) + tpdu).hex().upper(), len(tpdu)


def _service_centre(number: str) -> bytes:
    if not number:
        return b"\0"
    address = write_address(number)[1:]
    return bytes([len(address)]) + address


def write_address(number: str) -> bytes:
    """An address field: its length in digits (or half octets of letters), its type, its digits."""
    digits = number.removeprefix("+")
    if not digits or any(letter not in _DIGITS for letter in digits):
        packed = alphabet.pack(alphabet.to_septets(number[:11]))
        return bytes([-(-7 * len(alphabet.to_septets(number[:11])) // 4), 0xD0]) + packed
    return bytes([len(digits), 0x91 if number.startswith("+") else 0x81]) + _swapped(digits)


def _swapped(digits: str) -> bytes:
    codes = [_DIGITS.index(letter) for letter in digits] + [0xF] * (len(digits) % 2)
    return bytes(low | high << 4 for low, high in zip(codes[::2], codes[1::2], strict=True))


def _unswapped(octets: bytes, count: int) -> str:
    codes = [code for octet in octets for code in (octet & 0xF, octet >> 4)][:count]
    return "".join(_DIGITS[code] for code in codes if code < len(_DIGITS))


def stamp(moment: datetime) -> bytes:
    """A time stamp in swapped half octets, its zone in quarters of an hour."""
    quarters = int((moment.utcoffset() or timedelta()).total_seconds()) // 900
    fields = [moment.year % 100, moment.month, moment.day, moment.hour, moment.minute, moment.second, abs(quarters)]
    octets = bytearray(value // 10 | value % 10 << 4 for value in fields)
    octets[-1] |= 0x08 if quarters < 0 else 0
    return bytes(octets)


class _Reader:
    """Takes octets from the front and says what was missing."""

    def __init__(self, octets: bytes) -> None:
        self.rest = octets

    def take(self, count: int, what: str) -> bytes:
        taken, self.rest = self.rest[:count], self.rest[count:]
        if len(taken) < count:
            raise BadPdu(what)
        return taken

    def octet(self, what: str) -> int:
        return self.take(1, what)[0]

    def address(self, what: str) -> str:
        count, kind = self.octet(what), self.octet(what)
        octets = self.take((count + 1) // 2, what)
        if kind & 0x70 == _ALPHANUMERIC:
            return alphabet.from_septets(alphabet.unpack(octets, count * 4 // 7))
        return ("+" if kind & 0x70 == 0x10 else "") + _unswapped(octets, count)


def read_submit(text: str, length: int) -> Submit:
    """Read what came after CMGS's prompt: hexadecimal, centre first; `length` is the TPDU's octets. Raises BadPdu."""
    try:
        octets = bytes.fromhex(text)
    except ValueError as problem:
        raise BadPdu("hexadecimal") from problem
    if not octets or len(octets) != octets[0] + 1 + length:
        raise BadPdu("length")
    centre = octets[1 : octets[0] + 1]
    smsc = ("+" if centre[:1] == b"\x91" else "") + _unswapped(centre[1:], 2 * len(centre))
    return _read_tpdu(_Reader(octets[octets[0] + 1 :]), smsc)


def _read_tpdu(reader: _Reader, smsc: str) -> Submit:
    first = reader.octet("first octet")
    if first & 3 != 1:
        raise BadPdu("no SMS-SUBMIT")
    reader.octet("reference")
    recipient = reader.address("recipient")
    protocol, scheme = reader.octet("protocol"), reader.octet("coding")
    reader.take({0: 0, 0x10: 1, 0x08: 7, 0x18: 7}[first & 0x18], "validity")
    coding, message_class = coding_of(scheme)
    part = _read_part(reader, coding, has_header=bool(first & 0x40))
    return Submit(recipient, part, bool(first & 0x20), protocol, smsc, message_class)


def coding_of(scheme: int) -> tuple[int, int | None]:
    """Coding and message class of a data coding scheme (3GPP TS 23.038, 4)."""
    if scheme & 0xF0 == 0xF0:
        return (EIGHT_BITS if scheme & 4 else SEVEN_BITS), scheme & 3
    if scheme & 0xC0 == 0:
        coding = {0: SEVEN_BITS, 4: EIGHT_BITS, 8: UCS2}.get(scheme & 0x0C, SEVEN_BITS)
        return coding, scheme & 3 if scheme & 0x10 else None
    return (UCS2 if scheme & 0xF0 == 0xE0 else SEVEN_BITS), None


def _read_part(reader: _Reader, coding: int, *, has_header: bool) -> Part:
    length = reader.octet("user data length")
    octets = reader.take((7 * length + 7) // 8 if coding == SEVEN_BITS else length, "user data")
    if reader.rest:
        raise BadPdu("octets after the user data")
    if len(octets) > _MOST_OCTETS:
        raise BadPdu("user data too long")
    head = octets[0] + 1 if has_header and octets else 0
    if head > len(octets):
        raise BadPdu("header longer than the user data")
    if coding != SEVEN_BITS:
        return Part(octets[head:], coding, octets[1:head])
    fill_bits = -8 * head % 7
    count = length - (8 * head + fill_bits) // 7
    return Part(alphabet.unpack(octets[head:], max(count, 0), fill_bits), coding, octets[1:head])


def parts_of(text: str, reference: int) -> list[Part]:
    """A text as one message, or as parts with an 8-bit reference; letters are never cut."""
    if alphabet.fits_seven_bits(text):
        pieces, coding, alone, each = [bytes(codes) for codes in alphabet.letters_to_septets(text)], SEVEN_BITS, 160, 153
    else:
        pieces, coding, alone, each = alphabet.ucs2_units(text), UCS2, 140, 134
    if sum(map(len, pieces)) <= alone:
        return [Part(b"".join(pieces), coding)]
    contents = _filled(pieces, each)
    return [Part(content, coding, bytes([0, 3, reference & 0xFF, len(contents), n])) for n, content in enumerate(contents, 1)]


def _filled(pieces: list[bytes], each: int) -> list[bytes]:
    contents = [b""]
    for piece in pieces:
        if len(contents[-1]) + len(piece) > each:
            contents.append(b"")
        contents[-1] += piece
    return contents
