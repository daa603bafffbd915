"""Short messages as a modem takes and gives them: SUBMIT, DELIVER and STATUS-REPORT in hexadecimal (3GPP TS 23.040, 9.2.2)."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone

from gsm import alphabet, concat, septets, text, udh

UNKNOWN, INTERNATIONAL, ALPHANUMERIC = 0, 1, 5
_DIGITS = "0123456789*#abc"
_DELIVER, _SUBMIT, _STATUS_REPORT = 0, 1, 2
_HEADER, _REPORT, _RELATIVE = 0x40, 0x20, 0x10
_NOT_PERIOD = 0x18
# Longest of each step of the relative validity period (9.2.3.12.1): the octet's bounds, seconds a step, and what the first one stands for.
_PERIODS = ((0, 143, 300, 300), (144, 167, 1800, 45_000), (168, 196, 86_400, 172_800), (197, 255, 604_800, 3_024_000))


class BadPdu(ValueError):
    """Octets that are no message; `position` counts octets of the whole PDU."""

    def __init__(self, reason: str, position: int) -> None:
        super().__init__(f"{reason} at {position}")
        self.position = position


@dataclass(frozen=True, slots=True)
class Address:
    """A number with its type (9.1.2.5), or a name (`kind` ALPHANUMERIC)."""

    digits: str
    kind: int = UNKNOWN
    plan: int = 1

    def __str__(self) -> str:
        return f"+{self.digits}" if self.kind == INTERNATIONAL else self.digits

    @classmethod
    def of(cls, written: str) -> "Address":
        """A number as people write it: with `+` it is international."""
        return cls(written[1:], INTERNATIONAL) if written.startswith("+") else cls(written)


@dataclass(frozen=True, slots=True)
class Submit:
    """A message to the network. `data` is one septet an octet where `coding` says the GSM alphabet; `header` has its length octet."""

    recipient: Address
    data: bytes = field(repr=False)
    coding: int = text.GSM7
    header: bytes = b""
    protocol_id: int = 0
    reference: int = 0
    want_report: bool = False
    valid_seconds: int = 0
    centre: Address | None = None


@dataclass(frozen=True, slots=True)
class Deliver:
    """A message from the network. `sent_at` is the centre's time (aware), None where it cannot be read."""

    sender: Address
    data: bytes = field(repr=False)
    sent_at: datetime | None
    coding: int = text.GSM7
    header: bytes = b""
    protocol_id: int = 0
    centre: Address | None = None

    @property
    def text(self) -> str:
        """The data as text; what cannot be read becomes U+FFFD."""
        return text.decode(self.data, self.coding)


@dataclass(frozen=True, slots=True)
class StatusReport:
    """What became of a message of ours; `status` by 9.2.3.15: below 0x20 delivered, below 0x40 still tried, else not delivered."""

    reference: int
    recipient: Address
    sent_at: datetime | None
    done_at: datetime | None
    status: int


Message = Deliver | StatusReport | Submit


def submits(recipient: str, message: str, reference: int, want_report: bool = False, valid_seconds: int = 0) -> tuple[Submit, ...]:
    """A text as the messages it takes. Raises concat.TooLong."""
    address = Address.of(recipient)
    pieces = concat.split(message, reference)
    return tuple(
        Submit(address, piece.data, piece.coding, piece.header, want_report=want_report, valid_seconds=valid_seconds) for piece in pieces
    )


def encode(message: Submit) -> tuple[str, int]:
    """The PDU in hexadecimal with its centre's address in front, and the octets behind that address, which AT+CMGS names.

    Raises ValueError for what does not fit one message.
    """
    first = (
        _SUBMIT | (_HEADER if message.header else 0) | (_REPORT if message.want_report else 0) | (_RELATIVE if message.valid_seconds else 0)
    )
    period = bytes([_period(message.valid_seconds)]) if message.valid_seconds else b""
    fixed = bytes([message.protocol_id, message.coding])
    body = bytes([first, message.reference]) + _address(message.recipient) + fixed + period + _user_data(message)
    return (_centre(message.centre) + body).hex().upper(), len(body)


def encode_deliver(message: Deliver) -> tuple[str, int]:
    """A message from the network as a modem shows it, and its octets without the centre's address; `sent_at` must be given."""
    assert message.sent_at is not None
    first = _DELIVER | 0x04 | (_HEADER if message.header else 0)
    fixed = bytes([message.protocol_id, message.coding])
    body = bytes([first]) + _address(message.sender) + fixed + _stamp(message.sent_at) + _user_data(message)
    return (_centre(message.centre) + body).hex().upper(), len(body)


def decode(line: str) -> Message:
    """A message as a modem shows it. A message type 1 is a SUBMIT of ours that lies stored. Raises BadPdu."""
    try:
        reader = _Reader(bytes.fromhex(line))
    except ValueError:
        raise BadPdu("not hexadecimal", 0) from None
    centre = reader.centre()
    first = reader.octet()
    kind = first & 0x03
    if kind == _STATUS_REPORT:
        return StatusReport(reader.octet(), reader.address(), reader.stamp(), reader.stamp(), reader.octet())
    if kind == _DELIVER:
        sender, protocol_id, coding, sent_at = reader.address(), reader.octet(), reader.octet(), reader.stamp()
        header, data = reader.user_data(coding, bool(first & _HEADER))
        return Deliver(sender, data, sent_at, coding, header, protocol_id, centre)
    if kind == _SUBMIT:
        return _read_submit(reader, first, centre)
    raise BadPdu("a reserved message type", reader.position - 1)


def _read_submit(reader: "_Reader", first: int, centre: Address | None) -> Submit:
    reference, recipient, protocol_id, coding = reader.octet(), reader.address(), reader.octet(), reader.octet()
    seconds = 0
    if first & _NOT_PERIOD == _RELATIVE:
        seconds = _seconds(reader.octet())
    elif first & _NOT_PERIOD:
        reader.take(7)
    header, data = reader.user_data(coding, bool(first & _HEADER))
    return Submit(recipient, data, coding, header, protocol_id, reference, bool(first & _REPORT), seconds, centre)


class _Reader:
    def __init__(self, octets: bytes) -> None:
        self._octets, self.position = octets, 0

    def take(self, count: int) -> bytes:
        end = self.position + count
        if end > len(self._octets):
            raise BadPdu("the message is cut off", len(self._octets))
        found, self.position = self._octets[self.position : end], end
        return found

    def octet(self) -> int:
        return self.take(1)[0]

    def centre(self) -> Address | None:
        length = self.octet()
        if not length:
            return None
        kind, *rest = self.take(length)
        return Address(_semi_octets(bytes(rest)).rstrip("f"), kind >> 4 & 0x07, kind & 0x0F)

    def address(self) -> Address:
        length, kind = self.octet(), self.octet()
        octets = self.take((length + 1) // 2)
        if kind >> 4 & 0x07 == ALPHANUMERIC:
            name = alphabet.decode(septets.unpack(octets, length * 4 // 7))
            return Address(name, ALPHANUMERIC, kind & 0x0F)
        return Address(_semi_octets(octets)[:length], kind >> 4 & 0x07, kind & 0x0F)

    def stamp(self) -> datetime | None:
        return _moment(self.take(7))

    def user_data(self, coding: int, has_header: bool) -> tuple[bytes, bytes]:
        """Header and data, GSM text unpacked."""
        length = self.octet()
        packed = _is_packed(coding)
        octets = self.take(-(-length * 7 // 8) if packed else length)
        header = b""
        if has_header:
            try:
                header, octets = udh.split_user_data(octets)
            except udh.BadHeader as error:
                raise BadPdu(str(error), self.position) from None
        if not packed:
            return header, octets
        count = length - -(-len(header) * 8 // 7)
        try:
            return header, septets.unpack(octets, count, septets.fill_bits(len(header)))
        except ValueError as error:
            raise BadPdu(str(error), self.position) from None


def _is_packed(coding: int) -> bool:
    compressed = coding < 0x80 and bool(coding & 0x20)
    return not compressed and text.is_gsm7(coding) and coding & 0xF0 != 0xE0


def _user_data(message: Submit | Deliver) -> bytes:
    if not _is_packed(message.coding):
        whole = message.header + message.data
        if len(whole) > text.SINGLE_OCTETS:
            raise ValueError("more than a message holds")
        return bytes([len(whole)]) + whole
    length = -(-len(message.header) * 8 // 7) + len(message.data)
    if length > text.SINGLE_SEPTETS:
        raise ValueError("more than a message holds")
    return bytes([length]) + message.header + septets.pack(message.data, septets.fill_bits(len(message.header)))


def _address(address: Address) -> bytes:
    kind = 0x80 | address.kind << 4 | address.plan
    if address.kind == ALPHANUMERIC:
        name = alphabet.encode(address.digits)
        return bytes([-(-len(name) * 7 // 4), kind]) + septets.pack(name)
    return bytes([len(address.digits), kind]) + _swapped(address.digits)


def _centre(address: Address | None) -> bytes:
    if address is None:
        return b"\0"
    digits = _swapped(address.digits)
    return bytes([len(digits) + 1, 0x80 | address.kind << 4 | address.plan]) + digits


def _swapped(digits: str) -> bytes:
    codes = [_DIGITS.index(digit) for digit in digits.lower()]
    codes += [0x0F] * (len(codes) % 2)
    return bytes(high << 4 | low for low, high in zip(codes[::2], codes[1::2], strict=True))


def _semi_octets(octets: bytes) -> str:
    return "".join((_DIGITS + "f")[nibble] for octet in octets for nibble in (octet & 0x0F, octet >> 4))


def _stamp(moment: datetime) -> bytes:
    offset = moment.utcoffset() or timedelta()
    quarters = abs(int(offset.total_seconds())) // 900
    numbers = [*(int(f"{moment:%{part}}") for part in "ymdHMS"), quarters]
    octets = [number % 10 << 4 | number // 10 for number in numbers]
    octets[6] |= 0x08 if offset < timedelta() else 0
    return bytes(octets)


def _moment(octets: bytes) -> datetime | None:
    zone = octets[6]
    minutes = 15 * ((zone & 0x07) * 10 + (zone >> 4)) * (-1 if zone & 0x08 else 1)
    year, *rest = [(octet & 0x0F) * 10 + (octet >> 4) for octet in octets[:6]]
    try:
        return datetime(2000 + year, *rest, tzinfo=timezone(timedelta(minutes=minutes)) if minutes else UTC)  # type: ignore[arg-type, misc]
    except ValueError:
        return None


def _period(seconds: int) -> int:
    """The shortest period that is not shorter than wanted; the longest there is beyond it."""
    for low, high, step, first in _PERIODS:
        number = low + max(-(-(seconds - first) // step), 0)
        if number <= high:
            return number
    return 255


def _seconds(octet: int) -> int:
    low, _, step, first = next(period for period in _PERIODS if period[0] <= octet <= period[1])
    return first + (octet - low) * step
